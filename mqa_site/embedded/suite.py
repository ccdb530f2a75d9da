"""`make check`, `make test`, `make format`, `make bench`: the project's own tools, on servers of their own."""

import os
import secrets
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from mqa_site.embedded.bootstrap import CHECKOUT
from mqa_site.embedded.postgres import DATABASE
from mqa_site.embedded.processes import Child, die_with_parent
from mqa_site.embedded.run import Ended, end_on_signals
from mqa_site.embedded.services import Services, say

PYTHON = sys.executable
BIN = Path(sys.executable).parent
# Name and command of each quick check. None of them needs a server.
CHECKS: dict[str, Sequence[str | Path]] = {
    "format": [BIN / "ruff", "format", "--check", "--output-format=concise", "."],
    "lint": [BIN / "ruff", "check", "--output-format=concise", "."],
    "types": [PYTHON, "-m", "mypy", "--no-error-summary"],
    "imports": [BIN / "lint-imports", "--no-cache"],
    "migrations": [PYTHON, "-W", "ignore", "manage.py", "makemigrations", "--check", "--dry-run"],
    "deployment": [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
}
# More processes than this only share the database's time.
MOST_WORKERS = 4


def test() -> int:
    """Every check, then the test suite on throwaway servers. Returns an exit status."""
    end_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="mqa-test-"))
    services = Services(folder, durable=False)
    try:
        with services:
            environ = services.environ | {"DEBUG": "1", "LOG_LEVEL": "WARNING", "LOG_FORMAT": "line"}
            template = services.task("migrate", "manage.py", "migrate", "--noinput", "--verbosity=0")
            if not os.environ.get("DATABASE_URL"):
                # Beside the checks; each test process then copies this database instead of migrating its own.
                template.start()
                environ["TEST_DATABASE_TEMPLATE"] = DATABASE
            try:
                failed = run_checks(folder / "logs")
                if template.process:
                    services.finish(template, "The database could not be made")
            finally:
                template.stop()
            workers = min(os.cpu_count() or 1, MOST_WORKERS)
            arguments = shlex.split(os.environ.get("PYTEST_ARGS", ""))
            # Handed out in their order: tests that commit empty the tables, and come last in every process.
            parallel = [] if any(part.startswith(("-n", "--pdb")) for part in arguments) else ["-n", str(workers)]
            status = in_foreground([PYTHON, "-m", "pytest", *parallel, *arguments], environ)
    except Ended:
        say("Ended before the tests were through.")
        return 130
    finally:
        services.home.remove()
    if failed:
        say(f"These checks failed: {', '.join(failed)}; what they say is above.")
    return status or bool(failed)


def check() -> int:
    """The quick checks alone. Returns an exit status."""
    end_on_signals()
    try:
        with tempfile.TemporaryDirectory(prefix="mqa-check-") as folder:
            return bool(run_checks(Path(folder)))
    except Ended:
        return 130


def format_code() -> int:
    """Let ruff mend and format the code. Returns an exit status."""
    mended = subprocess.run([BIN / "ruff", "check", "--fix", "--quiet", "."], cwd=CHECKOUT, check=False).returncode
    return subprocess.run([BIN / "ruff", "format", "."], cwd=CHECKOUT, check=False).returncode or mended


def bench() -> int:
    """The measurements in benchmarks/, on servers of their own that keep what they are told. Returns an exit status."""
    end_on_signals()
    folder = Path(tempfile.mkdtemp(prefix="mqa-bench-"))
    services = Services(folder)
    try:
        with services:
            names = shlex.split(os.environ.get("BENCH", ""))
            return in_foreground([PYTHON, "-m", "benchmarks", *names], services.environ | {"DEBUG": "0"})
    except Ended:
        return 130
    finally:
        services.home.remove()


COMMANDS: dict[str, Callable[[], int]] = {"test": test, "check": check, "format": format_code, "bench": bench}


def run_checks(logs: Path) -> list[str]:
    """Run the quick checks side by side, print what the failing ones say. Returns the names of those."""
    environ = production_environ()
    children = {
        name: Child(name=name, command=command, log=logs / f"{name}.log", environ=environ, cwd=CHECKOUT)
        for name, command in CHECKS.items()
    }
    began = time.monotonic()
    failed = []
    try:
        for child in children.values():
            child.start()
        for name, child in children.items():
            assert child.process is not None
            if child.process.wait():
                failed.append(name)
                say(f"{name}: failed\n{child.log.read_text(errors='replace').rstrip()}")
            else:
                say(f"{name}: ok")
    finally:
        for child in children.values():
            child.stop()
    say(f"checks took {time.monotonic() - began:.0f} s")
    return failed


def production_environ() -> dict[str, str]:
    """What a deployment would set, with servers that nobody needs to reach: checks read settings, not data."""
    caches = BIN.parent / "caches"
    return os.environ | {
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "DJANGO_SETTINGS_MODULE": "mqa_site.settings",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DEBUG": "0",
        "HTTPS": "1",
        "ALLOWED_HOSTS": "desk.example.com",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        # Beside the environment: the checkout may be read-only.
        "MYPY_CACHE_DIR": str(caches / "mypy"),
        "RUFF_CACHE_DIR": str(caches / "ruff"),
    }


def in_foreground(command: Sequence[str | Path], environ: Mapping[str, str]) -> int:
    """Run a command on our terminal, and end it with all it started should we be ended. Returns its exit status."""
    process = subprocess.Popen(
        [str(part) for part in command],
        env=dict(environ),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(signal.SIGINT),  # one call, no threads here
    )
    try:
        return process.wait()
    except Ended:
        process.send_signal(signal.SIGINT)
        raise
    finally:
        try:
            process.wait(20)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
