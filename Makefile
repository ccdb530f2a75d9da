# Everything one types. Needs only make and Python 3.11 or newer; see docs/development.md.
# Settings go behind the target or into the environment: `make run PORT=8001 DEMO=0`, `make test PYTEST_ARGS="-k queue"`.

# The first Python that is new enough and can make virtual environments; else python3, which then says what is missing.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && exit; \
	done; echo python3)

# exec: signals that make passes on reach the program itself.
define desk
@command -v $(PYTHON) >/dev/null 2>&1 || { echo "MQA Desk needs Python 3.11 or newer: install python3 and its venv module." >&2; exit 1; }; \
exec $(PYTHON) -B mqa_site/embedded/bootstrap.py
endef

.PHONY: help run test check format lock bench manage clean

help:
	@echo "make run     start the desk with everything it needs (PORT, HOST, DEMO=0, MQA_HOME, DATABASE_URL, REDIS_URL)"
	@echo "make test    every check and the whole test suite (PYTEST_ARGS)"
	@echo "make check   the quick checks alone: format, lint, types, imports, migrations, deployment settings"
	@echo "make format  let ruff format and mend what it can"
	@echo "make manage  a management command against the state of make run (ARGS=\"apikey create ...\")"
	@echo "make bench   the measurements of docs and promises (BENCH=name for one)"
	@echo "make lock    write requirements*.txt anew from pyproject.toml (UPGRADE=1 for newer versions)"
	@echo "make clean   remove what the commands above built in this checkout; data of make run stays"

run:
	$(desk) run

test:
	$(desk) test

check:
	$(desk) check

format:
	$(desk) format

bench:
	$(desk) bench

manage:
	$(desk) manage $(ARGS)

lock:
	$(desk) lock

clean:
	rm -rf .venv .venv-lock .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
