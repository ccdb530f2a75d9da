"""Every report over a year of a large company: each page with its options, the rows behind its figures, and its files.

    python -m benchmarks.reports [--accounts 100000] [--touches 10000000] [--opportunities 50000] [--only TEXT] [--plans]

Makes a database of its own beside that of DATABASE_URL and drops it; with --of NAME it measures such a company that is there
already. The company is asked as it is, then with all months that are over closed five days after their end. Each page is asked
for through Django's test client in a warm process: the median of --times counts, of files the time to the first row. Beside the
wall clock stands the processor time of Python and of the connection's server process. With --plans the slowest statement of
each page is shown.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from benchmarks.base import database, fill, insist
from benchmarks.selling import make_company

if TYPE_CHECKING:
    from django.test import Client

MODELS = ("first", "last", "linear", "u", "w", "full_path", "time_decay", "markov")
YEAR_AGO = date.today() - timedelta(days=364)  # noqa: DTZ011 - which days a page is asked for
NARROWED = ("segment=other", "team=1", "source=mqa", "model=1", "team=1&source=mqa&segment=other&model=1")
PAGES = (
    "monday/",
    "monday/?segment=target",
    "monday/?compare=year",
    "funnel/",
    "funnel/?compare=on",
    "funnel/?compare=on&segment=target&source=mqa&team=1&model=1",
    f"funnel/?from={YEAR_AGO}",
    "revenue/",
    "revenue/?compare=on",
    "speed/",
    "speed/?compare=on",
    "speed/?source=mqa&segment=other",
    f"speed/?from={YEAR_AGO}",
    "abm/",
    "abm/?compare=on",
    f"abm/?from={YEAR_AGO}",
    "model/",
    "model/?compare=on",
    *(f"attribution/?credit={model}" for model in MODELS),
    *(
        f"attribution/?credit={model}&by={by}"
        for model in ("w", "markov")
        for by in ("campaign", "person", "persona", "role")
    ),
    "attribution/?credit=w&compare=on",
    "attribution/?credit=markov&by=person&compare=on",
    "attribution/?credit=w&segment=target&source=mqa",
    "attribution/?credit=w&skip_direct=on&collapse=on",
    "attribution/?credit=w&money=open&lookback=365",
    "attribution/?credit=full_path&by=person&lookback=365",
    f"attribution/?credit=w&money=open&lookback=365&from={YEAR_AGO}",
    f"attribution/?credit=w&lookback=365&from={YEAR_AGO}",
    f"attribution/?credit=markov&by=person&lookback=365&from={YEAR_AGO}",
    *(
        f"attribution/?credit=markov&by={by}&money=open&lookback=365&from={YEAR_AGO}"
        for by in ("person", "persona", "role")
    ),
    "attribution/?credit=markov&by=role&compare=on",
    "attribution/?credit=w&by=persona&compare=on",
    *(
        f"{page}{narrowed}"
        for page in (
            "monday/?",
            "funnel/?compare=on&",
            "attribution/?credit=w&compare=on&",
            "revenue/?compare=on&",
            "speed/?compare=on&",
            "model/?compare=on&",
            "abm/?compare=on&",
        )
        for narrowed in NARROWED
    ),
    f"monday/?from={YEAR_AGO}",
    *(f"monday/?from={YEAR_AGO}&{narrowed}" for narrowed in NARROWED),
    f"funnel/?from={YEAR_AGO}&compare=on",
    f"funnel/?from={YEAR_AGO}&compare=on&segment=other",
    f"revenue/?from={YEAR_AGO}&compare=on",
    f"speed/?from={YEAR_AGO}&compare=on",
    f"model/?from={YEAR_AGO}&compare=on",
    f"abm/?from={YEAR_AGO}&compare=on",
    "learning/",
    "months/",
    f"months/{date.today().replace(day=1) - timedelta(days=1):%Y-%m}/",  # noqa: DTZ011
    "rows/mqa/",
    "rows/mqa_opportunity/",
    "rows/inquirers/",
    "rows/path/?path=mqa&step=start",
    "rows/path/?path=mql&step=start",
    "rows/path/?path=mqa&step=inquiry",
    "rows/velocity/?leg=whole",
    "rows/closed/?group=all",
    "rows/created/",
    "rows/credits/?credit=w&key=email",
    "rows/credits/?credit=markov&key=email",
    "rows/credited/",
    "rows/credited/?untouched=yes",
    f"rows/credits/?credit=markov&by=persona&money=open&lookback=365&from={YEAR_AGO}&key=Commercial+leader",
    "rows/clock/?clock=claim",
    "rows/answers/",
    "rows/moves/?action=recycle&reason=none",
    "rows/scored/",
    "rows/targets/",
    "rows/minutes/",
    "rows/key_people/",
    "rows/reach/?campaign=campaign-1",
    "rows/influence/?campaign=campaign-1&touched=yes",
    "rows/standing/?of=other",
    "rows/standing/?of=other&without=yes",
    "rows/retained/",
    "rows/customers/",
    "rows/revenue/",
    "funnel/?csv=velocity",
    "attribution/?credit=w&by=person&csv=credits",
    "abm/?csv=reach",
    "rows/inquirers/?csv=rows",
    "rows/standing/?of=other",
    "rows/mqa/?csv=rows",
    "rows/credits/?credit=w&key=email&csv=rows",
    "rows/scored/?csv=rows",
    "rows/key_people/?csv=rows",
)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--accounts", type=int, default=100_000)
    options.add_argument("--touches", type=int, default=10_000_000)
    options.add_argument("--opportunities", type=int, default=50_000)
    options.add_argument("--of", metavar="NAME", help="measure the company in this database, which stays")
    options.add_argument("--times", type=int, default=5, help="how often each page is asked for, after a first time")
    options.add_argument("--only", default="", help="pages whose address has this text")
    options.add_argument("--plans", action="store_true", help="show the slowest statement of each page")
    given = options.parse_args()
    with _existing(given.of) if given.of else database("bench_reports", threads=2):
        if not given.of:
            began = time.perf_counter()
            fill(accounts=given.accounts, touches=given.touches)
            make_company(given.accounts, given.opportunities)
            print(
                f"{given.accounts:,} accounts, {given.touches:,} touches, {given.opportunities:,} opportunities, "
                f"made in {time.perf_counter() - began:.0f} s"
            )
        _measure([page for page in PAGES if given.only in page], times=given.times, plans=given.plans)


@contextmanager
def _existing(name: str) -> Iterator[None]:
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
    os.environ |= {"DJANGO_SETTINGS_MODULE": "mqa_site.settings", "POLARS_MAX_THREADS": "2", "LOG_LEVEL": "WARNING"}
    os.environ.setdefault("SECRET_KEY", "bench")
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    import django

    django.setup()
    yield


def _measure(pages: list[str], *, times: int, plans: bool) -> None:
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from accounts.models import User
    from reports.closing import close_month, months
    from signals.touches_sql import next_month

    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    settings.DEBUG = False
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"  # no collectstatic
    )
    client = Client()
    client.force_login(User.objects.get(email="manager@bench.test"))
    over = [month.first for month in months(today=datetime.now(UTC).date())]
    for closed in (False, True):
        from reports.models import MonthClose

        MonthClose.objects.all().delete()
        for month in over if closed else ():
            ended = datetime.combine(next_month(month), datetime.min.time(), tzinfo=UTC)
            close_month(month=month, by=None, now=ended + timedelta(days=5))
        with connection.cursor() as cursor:  # as autovacuum does soon after
            cursor.execute("ANALYZE reports_monthclose, reports_closeddeal")
        print(f"\nMonths {'closed' if closed else 'open'}")
        _table(client, pages, times=times, plans=plans)


def _table(client: Client, pages: list[str], *, times: int, plans: bool) -> None:
    from django.db import connection, transaction

    print(f"{'report':<75} {'ms':>6} {'Python':>7} {'server':>7} {'load':>5} {'statements':>11}")
    slow = []
    for page in pages:
        _ask(client, page)
        pids = _backends()
        asked = []
        for _ in range(times):
            python, server = time.process_time(), _processor(pids)
            wall = _ask(client, page)
            asked.append((wall, (time.process_time() - python) * 1000, (_processor(pids) - server) * 1000))
        wall, python, server = sorted(asked)[times // 2]
        connection.force_debug_cursor = True
        connection.queries_log.clear()
        with transaction.atomic():  # so this connection asks all of them
            _ask(client, page)
        queries = list(connection.queries)
        connection.force_debug_cursor = False
        load = os.getloadavg()[0]
        print(f"{page:<75} {wall:>6.0f} {python:>7.0f} {server:>7.0f} {load:>5.1f} {len(queries):>11}", flush=True)
        if wall > 1_000:
            slow.append(page)
        if plans:
            worst = max(queries, key=lambda query: float(query["time"]))
            print(f"    {worst['time']} s: {' '.join(worst['sql'].split())[:300]}")
    print(f"{len(slow)} of {len(pages)} over a second")


def _backends() -> list[int]:
    """The server's processes that work for this database."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )
        return [pid for (pid,) in cursor.fetchall()]


def _processor(pids: list[int]) -> float:
    """Seconds of processor time of processes on this machine; 0 of those elsewhere."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _ask(client: Client, page: str) -> float:
    began = time.perf_counter()
    response = client.get(f"/reports/{page}")
    insist(response.status_code == 200, f"{page} answered {response.status_code}")
    if response.streaming:
        next(iter(response.streaming_content))  # type: ignore[attr-defined]
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
