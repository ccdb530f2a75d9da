"""Promise S7: CSV import beside COPY into the same tables with the same checks in SQL; memory at a million rows.

    python benchmarks/import_csv.py [--rows 100000] [--memory-rows 1000000]

Needs DATABASE_URL of a server where it may create databases; makes one of its own and drops it.
"""

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

CHECKOUT = Path(__file__).resolve().parent.parent
NAME = "mqa_bench_import"
HEADER = ("Account ID", "Account Name", "Website", "Industry", "Employees", "Annual Revenue", "Billing Country",
          "Billing State/Province", "Account Tier", "Target Account", "Customer Since")  # fmt: skip
INDUSTRIES = ("Software", "Retail", "Manufacturing", "Banking", "Health Care", "Logistics")
COUNTRIES = ("United States", "Germany", "France", "Japan", "Brazil")


def write_file(path: Path, rows: int) -> None:
    """A Salesforce report of so many accounts; one row in a hundred can't be taken."""
    dice = random.Random(7)
    with path.open("w", newline="", encoding="utf-8") as target:
        out = csv.writer(target)
        out.writerow(HEADER)
        for number in range(rows):
            bad = number % 100 == 99
            out.writerow(
                (
                    f"0015g{number:010d}"[:15], f"Company {number} Holdings", f"https://www.company{number}.com/",
                    dice.choice(INDUSTRIES), "many" if bad else dice.randint(1, 90_000), f"{dice.randint(1, 900) * 1000}.50",
                    dice.choice(COUNTRIES), f"Region {number % 40}", "ABC"[number % 3], str(number % 4 == 0).lower(),
                    f"20{number % 20:02d}-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
                )
            )  # fmt: skip


RAW = (
    "salesforce_id",
    "name",
    "website",
    "industry",
    "employees",
    "revenue",
    "country",
    "region",
    "tier",
    "target",
    "since",
)
CHECKS = r"""
CREATE TEMP TABLE checked AS
SELECT nextval(pg_get_serial_sequence('accounts_account', 'id')) AS id, r.*,
    lower(substring(website from '^(?:https?://)?(?:www\.)?([^/]+)')) AS domain
FROM (SELECT DISTINCT ON (salesforce_id) * FROM raw
    WHERE length(btrim(name)) BETWEEN 1 AND 255 AND salesforce_id ~ '^[A-Za-z0-9]{15}$' AND length(website) <= 255
    AND length(industry) <= 120 AND employees ~ '^[0-9]{1,9}$' AND revenue ~ '^[0-9]{1,14}(\.[0-9]+)?$'
    AND length(country) <= 80 AND length(region) <= 80 AND length(tier) <= 20 AND target IN ('true', 'false')
    AND since ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$') r
WHERE NOT EXISTS (SELECT FROM accounts_accountidentifier i WHERE i.system = 'salesforce' AND i.value = r.salesforce_id)
"""
INSERTS = (
    """INSERT INTO accounts_account (id, name, website, industry, employees, annual_revenue, annual_revenue_currency, country,
        region, city, is_target, tier, lifecycle, customer_since, custom, field_times, created_at, updated_at)
    SELECT id, btrim(name), website, industry, employees::int, revenue::numeric(18,2), 'USD', country, region, '', target::bool,
        tier,
        'prospect', since::date, '{}', (SELECT jsonb_object_agg(k, now()) FROM unnest(ARRAY['name', 'website', 'industry',
        'employees', 'annual_revenue', 'country', 'region', 'tier', 'is_target',
        'customer_since']) AS k), now(), now() FROM checked""",
    """INSERT INTO accounts_domain (account_id, name, is_primary)
    SELECT DISTINCT ON (domain) id, domain, true FROM checked c
    WHERE NOT EXISTS (SELECT FROM accounts_domain d WHERE d.name = c.domain)""",
    """INSERT INTO accounts_accountidentifier (account_id, system, value) SELECT id, 'salesforce', salesforce_id FROM checked""",
    """INSERT INTO accounts_buyingcenter (account_id, name, is_default, created_at) SELECT id, '', true, now() FROM checked""",
    """INSERT INTO accounts_accountfact (account_id, field, value, known_from, source)
    SELECT id, f.field, f.value, now(), 'import' FROM checked, LATERAL (VALUES ('industry', to_jsonb(industry)),
        ('employees', to_jsonb(employees::int)), ('annual_revenue', to_jsonb(revenue)), ('country', to_jsonb(country)),
        ('region', to_jsonb(region)), ('tier', to_jsonb(tier)), ('is_target', to_jsonb(target::bool)),
        ('lifecycle', to_jsonb('prospect'::text)), ('customer_since', to_jsonb(since))) AS f(field, value)""",
    """INSERT INTO signals_rescorerequest (center_id, due_at, priority, reason)
    SELECT b.id, now(), 10, 'import' FROM accounts_buyingcenter b JOIN checked c ON c.id = b.account_id""",
)  # fmt: skip


def by_copy(url: str, path: Path) -> tuple[float, int]:
    """Seconds and rows of COPY, checks and inserts in SQL, in one transaction."""
    start = time.perf_counter()
    with psycopg.connect(url) as db, db.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE raw ({', '.join(f'{name} text' for name in RAW)})")
        with cursor.copy("COPY raw FROM STDIN (FORMAT csv, HEADER)") as copy, path.open("rb") as source:
            while block := source.read(1 << 20):
                copy.write(block)
        cursor.execute(CHECKS)
        for statement in INSERTS:
            cursor.execute(statement)
        cursor.execute("SELECT count(*) FROM checked")
        found = cursor.fetchone()
    return time.perf_counter() - start, int(found[0]) if found else 0


def by_import(path: Path) -> dict[str, float]:
    """Run the import in a process of its own, as a worker would; what it took."""
    done = subprocess.run(
        [sys.executable, __file__, "--worker", str(path)], check=True, stdout=subprocess.PIPE, text=True, cwd=CHECKOUT
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def work(path: Path) -> None:
    """In the worker: upload, check, commit; prints seconds, rows and memory."""
    import django

    django.setup()
    from accounts.imports import actions
    from accounts.imports.worker import work_step
    from accounts.models import Import

    def run(blocks: Iterator[bytes]) -> Import:
        owner = actions.upload(blocks=blocks, file_name=path.name, kind="accounts", by=None)
        stored = time.perf_counter()
        actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)
        while work_step():
            pass
        checked = time.perf_counter()
        actions.start_commit(owner=owner, by=None)
        while work_step():
            pass
        owner.refresh_from_db()
        times.extend((stored, checked, time.perf_counter()))
        return owner

    times: list[float] = []
    with path.open("rb") as source:
        lines = source.readline() + source.readline()
    run(iter([lines.replace(b"company0.com", b"warmup.com").replace(b"0015g0000000000", b"0015gWARMUP0000")]))
    idle = resident()
    times.clear()
    start = time.perf_counter()
    with path.open("rb") as source:
        owner = run(iter(lambda: source.read(1 << 16), b""))
    print(
        json.dumps(
            {
                "seconds": times[2] - start, "upload": times[0] - start, "check": times[1] - times[0],
                "commit": times[2] - times[1], "new": owner.made["new"], "rejected": owner.made["rejected"],
                "rows": owner.rows, "idle_mb": idle / 1024, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )  # fmt: skip


def resident() -> int:
    """Kilobytes of memory in use now."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def empty(url: str) -> None:
    """Take all accounts and imports away, and settle the tables."""
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("TRUNCATE accounts_account, accounts_import, signals_rescorerequest CASCADE")
        db.execute("VACUUM ANALYZE")
        db.execute("CHECKPOINT")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--memory-rows", type=int, default=1_000_000)
    parser.add_argument("--worker", type=Path)
    asked = parser.parse_args()
    if asked.worker:
        work(asked.worker)
        return
    parts = urlsplit(os.environ["DATABASE_URL"])
    server = urlunsplit(parts._replace(path="/postgres"))
    url = urlunsplit(parts._replace(path=f"/{NAME}"))
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(f'DROP DATABASE IF EXISTS "{NAME}"')
        db.execute(f'CREATE DATABASE "{NAME}"')
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mqa_site.settings")
    os.environ["PYTHONPATH"] = str(CHECKOUT)
    os.environ |= {"DEBUG": "0", "HTTPS": "0"}
    try:
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], check=True, cwd=CHECKOUT)
        with tempfile.TemporaryDirectory() as folder:
            compare(url, Path(folder) / "accounts.csv", asked.rows)
            if asked.memory_rows:
                memory(url, Path(folder) / "million.csv", asked.memory_rows)
    finally:
        with psycopg.connect(server, autocommit=True) as db:
            db.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')


def compare(url: str, path: Path, rows: int) -> None:
    """Three rounds of each, in turn; the best of each counts."""
    write_file(path, rows)
    copies, imports = [], []
    for _ in range(3):
        empty(url)
        copies.append(by_copy(url, path))
        empty(url)
        imports.append(by_import(path))
        print(f"  COPY {copies[-1][0]:.1f} s · import {imports[-1]['seconds']:.1f} s {imports[-1]}")
    ours = min(imports, key=lambda found: found["seconds"])
    seconds, count = min(copies)
    if count != ours["new"]:
        raise SystemExit(f"COPY took {count} rows, the import {ours['new']}")
    print(f"S7  COPY with the same checks in SQL {rows / seconds:,.0f} rows/s")
    print(
        f"    import, checked and committed    {rows / ours['seconds']:,.0f} rows/s"
        f" = {seconds / ours['seconds']:.2f} x (promised 0.5)"
    )


def memory(url: str, path: Path, rows: int) -> None:
    """One large file."""
    write_file(path, rows)
    empty(url)
    found = by_import(path)
    above = found["peak_mb"] - found["idle_mb"]
    print(
        f"S7  {rows:,} rows ({path.stat().st_size / 1e6:.0f} MB) in {found['seconds']:.0f} s:"
        f" {above:.0f} MB above idle (promised 150)"
    )


if __name__ == "__main__":
    main()
