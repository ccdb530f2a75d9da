"""A database of its own with a company base in it, made in SQL from hashes of row numbers: every run has the same one.

With BENCH_KEEP=1 a base is kept beside it, under its size and day, and later runs copy it instead of making it again; drop
the databases named bench_kept_… when done.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
HISTORY_DAYS = 180
PEOPLE = 4

# Types by how often they come, as a web site and its mails make them.
TYPES = {
    "page_other": 6, "blog_page": 4, "product_page": 4, "pricing_page": 2, "email_open": 5, "email_click": 2, "case_study": 1,
    "content_download": 1, "webinar_attended": 1, "webinar_registered": 1, "comparison": 1, "call": 2, "email_sent": 3,
}  # fmt: skip


def insist(holds: bool, what: str) -> None:
    """End the benchmark when it did not measure what it should."""
    if not holds:
        raise SystemExit(f"not measured: {what}")


@contextmanager
def database(name: str, *, threads: int = 1) -> Iterator[str]:
    """A migrated database beside that of DATABASE_URL, dropped afterwards; settings point at it. `threads`: of frames in this
    process, one as in a worker, or more as in the web server.
    """
    parts = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(parts._replace(path=f"/{name}"))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}"')
        os.environ |= {
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "mqa_site.settings",
            "POLARS_MAX_THREADS": str(threads),
            "LOG_LEVEL": "WARNING",
        }
        os.environ.setdefault("SECRET_KEY", "bench")
        os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
        try:
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True)
            import django

            django.setup()
            yield url
        finally:
            from django.db import connections

            connections.close_all()
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def fill(*, accounts: int, touches: int, days: int = HISTORY_DAYS) -> None:
    """Accounts with a default center each, four people, touches over so many days (of 180, half in the look-back), intent for
    a third.
    """
    if os.environ.get("BENCH_KEEP") != "1":
        _make(accounts, touches, days)
        return
    from django.db import connection

    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5(string_agg(app || name, ',' ORDER BY app, name)) FROM django_migrations")
        schema = cursor.fetchone()[0][:8]
        kept = f"bench_kept_{accounts}_{touches}_{days}_{datetime.now(UTC):%m%d}_{schema}"
        cursor.execute("SELECT EXISTS (SELECT FROM pg_database WHERE datname = %s)", [kept])
        (is_kept,) = cursor.fetchone()
    if not is_kept:
        _make(accounts, touches, days)
    connection.close()
    server = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres"))
    with psycopg.connect(server, autocommit=True) as admin:
        if is_kept:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        source, target = (kept, name) if is_kept else (name, kept)
        admin.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY file_copy')


def _make(accounts: int, touches: int, days: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT signals_ensure_touch_partitions(now()::date - %s, now()::date)", [days + 20])
        for statement in _STATEMENTS:
            cursor.execute(statement, {"accounts": accounts, "touches": touches, "people": PEOPLE, "days": days})
        _touches(cursor, accounts, touches, days)
    call_command("sum_touches", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


_STATEMENTS = (
    """
    INSERT INTO accounts_account (id, name, website, industry, employees, annual_revenue_currency, city, is_target, lifecycle,
        custom, field_times, created_at, updated_at)
    SELECT n, 'Company ' || n, '', (ARRAY['Software','Logistics','Retail','Health'])[1 + n %% 4], 10 + (n * 7919) %% 5000, 'USD',
        '', n %% 10 = 0, 'prospect', '{}', '{}', now(), now() FROM generate_series(1, %(accounts)s) n
    """,
    """
    INSERT INTO accounts_buyingcenter (id, account_id, name, is_default, created_at)
    SELECT n, n, '', true, now() FROM generate_series(1, %(accounts)s) n
    """,
    """
    INSERT INTO accounts_contact (id, account_id, email, first_name, last_name, phone, title, department, seniority,
        seniority_overridden, persona_overridden, user_id, do_not_contact, excluded_from_scoring, domain, field_times,
        created_at, updated_at)
    SELECT n, 1 + (n - 1) / %(people)s, 'p' || n || '@example.com', 'P', n::text, '', '', '',
        (ARRAY['c_level','vp','director','manager','manager','manager','other','other'])[1 + n %% 8], false, false, '', false,
        false, '', '{}', now(), now() FROM generate_series(1, %(accounts)s * %(people)s) n
    """,
    """
    INSERT INTO signals_theme (id, key, name, created_at) SELECT n, 'theme-' || n, 'Theme ' || n, now() - interval '1000 days'
    FROM generate_series(1, 4) n
    """,
    """
    INSERT INTO signals_themerule (theme_id, position, field, match, value, property_name, created_at)
    SELECT n, n, 'path', 'contains', 'theme-' || n, '', now() FROM generate_series(1, 4) n
    """,
    """
    INSERT INTO signals_intenttopic (id, name, theme_id, theme_overridden)
    SELECT n, 'Topic ' || n, n, false FROM generate_series(1, 4) n
    """,
    """
    INSERT INTO signals_intentsignal (account_id, domain, topic_id, provider, kind, composite, observed_on, received_at, raw)
    SELECT n, 'example.com', 1 + n %% 4, 'bombora', 'topic_surge', n %% 100, (now() - interval '1 day' * (n %% 25))::date,
        now() - interval '1 day' * (n %% 25), '{}' FROM generate_series(3, %(accounts)s, 3) n
    """,
    "INSERT INTO accounts_source (id, name, created_at) VALUES (1000, 'Bench', now())",
)

# Hashes of the row's number, one for each property; a third is of visitors whom nobody knows.
_TOUCH = """
INSERT INTO signals_touch (account_id, contact_id, touch_type_id, theme_id, channel, campaign, minutes, ignored, known_from,
    source_id, message_id, occurred_at, received_at, kind, name, path, visitor, user_id, email, domain, group_id, payload)
SELECT a, CASE WHEN who < %(people)s THEN (a - 1) * %(people)s + 1 + who END, (%(types)s::bigint[])[1 + t],
    CASE WHEN th < 4 THEN 1 + th END,
    (ARRAY['email', 'ads', 'organic', 'direct', 'social', 'webinar', 'partner', 'referral'])[1 + th],
    CASE WHEN t %% 3 = 0 THEN 'campaign-' || n %% 40 ELSE '' END, 1, '', at, 1000, 'm' || n, at, at, 'track', '', '',
    CASE WHEN who < %(people)s THEN '' ELSE 'v' || who END,
    '', '', '', '', '{}'
FROM (
    SELECT n, 1 + (hashint8extended(n, 1) & 2147483647) %% %(accounts)s AS a,
        (hashint8extended(n, 2) & 2147483647) %% (%(people)s + 2) AS who,
        (hashint8extended(n, 3) & 2147483647) %% cardinality(%(types)s::bigint[]) AS t,
        (hashint8extended(n, 4) & 2147483647) %% 8 AS th,
        now() - interval '1 minute' * (1 + (hashint8extended(n, 5) & 2147483647) %% (%(days)s * 1440)) AS at
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) n
) r"""


def _touches(cursor: Any, accounts: int, touches: int, days: int) -> None:
    """Without their indexes, which are made anew afterwards, and without notes: `sum_touches` reads them all."""
    cursor.execute("ALTER TABLE signals_touch DISABLE TRIGGER touches_came")
    cursor.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE i.indrelid = 'signals_touch'::regclass AND NOT i.indisprimary"
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    cursor.execute("SELECT key, id FROM signals_touchtype")
    ids = dict(cursor.fetchall())
    types = [ids[key] for key, often in TYPES.items() for _ in range(often)]
    for first in range(1, touches + 1, 500_000):
        last = min(first + 499_999, touches)
        values = {
            "accounts": accounts,
            "people": PEOPLE,
            "types": types,
            "days": days,
            "first": first,
            "last": last,
        }
        cursor.execute(_TOUCH, values)
    for _, definition in indexes:
        cursor.execute(definition.replace(" ON ONLY ", " ON "))
    cursor.execute("ALTER TABLE signals_touch ENABLE TRIGGER touches_came")
