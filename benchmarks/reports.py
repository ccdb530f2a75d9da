"""Every report over a year of a large company: each page with its options, the rows behind its figures, and its files.

    python -m benchmarks.reports [--accounts 100000] [--touches 10000000] [--opportunities 50000] [--only TEXT] [--plans]

Of the people all but an eighth have a persona, a fifth had another one before; at every third account each has a role, a quarter
of them had another one. One account in twenty was once in the other segment, one touch in 500 was known twenty days late.

Makes a database of its own beside that of DATABASE_URL and drops it; with --of NAME it measures such a company that is there
already. The company is asked as it is, then with all months that are over closed five days after their end. Each page is asked
for through Django's test client in a warm process: the median of --times counts, of files the time to the first row. Beside the
wall clock stands the processor time of Python and of the connection's server process. With --plans the slowest statement of
each page is shown.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from benchmarks.base import database, fill, insist

if TYPE_CHECKING:
    from django.test import Client

BATCH = 5_000
MODELS = ("first", "last", "linear", "u", "w", "full_path", "time_decay", "markov")
YEAR_AGO = date.today() - timedelta(days=364)  # noqa: DTZ011 - which days a page is asked for
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
            _company(given.accounts, given.opportunities)
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


_LATE = 500
_HISTORY = (
    "UPDATE accounts_persona SET is_key = id <= 2",
    "UPDATE accounts_contact SET persona_id = 1 + id % 6 WHERE id % 8 > 0",
    """
    INSERT INTO accounts_contactfact (contact_id, field, value, known_from, source)
    SELECT id, 'persona', to_jsonb(CASE WHEN said.is_last THEN persona_id ELSE 1 + (id + 1) % 6 END),
           now() - make_interval(days => (CASE WHEN said.is_last AND id % 5 = 0 THEN id % 300 ELSE 400 END)::int), 'bench'
    FROM accounts_contact, (VALUES (false), (true)) said (is_last) WHERE persona_id IS NOT NULL AND (said.is_last OR id % 5 = 0)
    """,
    """
    INSERT INTO handoff_buyinggroup (center_id, created_at)
    SELECT id, now() - interval '400 days' FROM accounts_buyingcenter WHERE id % 3 = 0
    """,
    # Its trigger writes the spells one by one.
    "ALTER TABLE handoff_buyinggroupmember DISABLE TRIGGER USER",
    """
    INSERT INTO handoff_buyinggroupmember (group_id, contact_id, role, status, why, decided_at, created_at)
    SELECT g.id, c.id, (ARRAY['champion','economic_buyer','decision_maker','influencer'])[1 + c.id % 4], 'validated', '',
           now() - interval '300 days', now() - interval '300 days'
    FROM handoff_buyinggroup g JOIN accounts_buyingcenter b ON b.id = g.center_id JOIN accounts_contact c USING (account_id)
    """,
    "ALTER TABLE handoff_buyinggroupmember ENABLE TRIGGER USER",
    """
    INSERT INTO handoff_buyingrolespell (group_id, contact_id, role, since)
    SELECT group_id, contact_id, role, now() - make_interval(days => (contact_id % 300)::int) FROM handoff_buyinggroupmember
    """,
    """
    INSERT INTO handoff_buyingrolespell (group_id, contact_id, role, since, until)
    SELECT group_id, contact_id, 'end_user', since - interval '200 days', since FROM handoff_buyingrolespell
    WHERE contact_id % 4 = 0
    """,
    """
    INSERT INTO accounts_accountfact (account_id, field, value, known_from, source)
    SELECT id, 'is_target', to_jsonb(is_target <> (days = 400)), now() - make_interval(days => days), 'bench'
    FROM accounts_account, (VALUES (400), (100)) said (days) WHERE id % 20 = 0
    """,
    f"""
    UPDATE signals_touch SET known_from = received_at + interval '20 days'
    WHERE id % {_LATE} = 0 AND received_at < now() - interval '20 days'
    """,  # noqa: S608 - a constant
)
_STOOD = """
INSERT INTO signals_engagementday (day, centers, points)
SELECT day, string_agg(int8send(id), '' ORDER BY id), string_agg(int8send((random() * 30000000)::bigint), '' ORDER BY id)
FROM accounts_buyingcenter, generate_series(current_date - 360, current_date, interval '30 days') AS day GROUP BY day"""


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
    client = Client()
    client.force_login(User.objects.get(email="manager@bench.test"))
    over = [month.first for month in months(today=datetime.now(UTC).date())]
    for closed in (False, True):
        from reports.models import MonthClose

        MonthClose.objects.all().delete()
        for month in over if closed else ():
            close_month(month=month, by=None)
        for close in MonthClose.objects.all():
            close.known_at = datetime.combine(next_month(close.month), datetime.min.time(), tzinfo=UTC) + timedelta(
                days=5
            )
            close.save()
        with connection.cursor() as cursor:  # as autovacuum does soon after
            cursor.execute("ANALYZE reports_monthclose, reports_closeddeal")
        print(f"\nMonths {'closed' if closed else 'open'}")
        _table(client, pages, times=times, plans=plans)


def _table(client: Client, pages: list[str], *, times: int, plans: bool) -> None:
    from django.db import connection

    print(f"{'report':<75} {'ms':>6} {'Python':>7} {'server':>7} {'load':>5} {'statements':>11}")
    slow = []
    for page in pages:
        _ask(client, page)
        pid = connection.connection.info.backend_pid
        asked = []
        for _ in range(times):
            python, server = time.process_time(), _processor(pid)
            wall = _ask(client, page)
            asked.append((wall, (time.process_time() - python) * 1000, (_processor(pid) - server) * 1000))
        wall, python, server = sorted(asked)[times // 2]
        connection.force_debug_cursor = True
        connection.queries_log.clear()
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


def _processor(pid: int) -> float:
    """Seconds of processor time of a server process on this machine; 0 of one elsewhere."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _ask(client: Client, page: str) -> float:
    began = time.perf_counter()
    response = client.get(f"/reports/{page}")
    insist(response.status_code == 200, f"{page} answered {response.status_code}")
    if response.streaming:
        next(iter(response.streaming_content))  # type: ignore[attr-defined]
    return (time.perf_counter() - began) * 1000


def _company(accounts: int, opportunities: int) -> None:
    """A year of qualifying, handing over, selling and paying; every third account qualified."""
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from handoff.models import Handoff, HandoffEvent, Opportunity, Reason, RevenueEvent, SlaEvent
    from signals import runs, sums
    from signals.models import Decision, MqlSpell
    from signals.publishing import active_model

    chance, now = random.Random(7), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_STOOD)
    staff = [
        User.objects.create_user(f"{role}{n or ''}@bench.test", name=f"{role} {n}", role=role)
        for role, count in (("manager", 1), ("sdr", 20), ("ae", 20))
        for n in range(count)
    ]
    sdrs, aes = staff[1:21], staff[21:]

    def ago(least: float, most: float) -> datetime:
        return now - timedelta(days=chance.uniform(least, most))

    model = active_model()
    _write(
        Decision,
        (
            Decision(
                center_id=account, account_id=account, model=model, as_of=ago(0, 180), qualified=account % 3 == 0,
                block="" if account % 3 == 0 else chance.choice(["relevance", "cluster", "spread", "direction", "threshold"]),
                stage="mqa" if account % 3 == 0 else "awareness", icp="in", score=chance.uniform(0, 100), fit=50.0,
                engagement=50.0, intent=50.0, points_micro=1, evidence={},
            )
            for account in range(1, accounts + 1)
        ),
    )  # fmt: skip
    deals = _write(
        Opportunity,
        (_deal(Opportunity, 1 + chance.randrange(accounts), chance, now, aes) for _ in range(opportunities)),
    )
    handoffs = _write(
        Handoff,
        (
            Handoff(
                center_id=account, account_id=account, state="recycled", qualified_at=at, queued_at=at, claimed_by=sdr,
                claimed_at=at, accepted_by=ae if account % 2 else None,
                accepted_at=at + timedelta(days=4) if account % 2 else None, outreach_at=at + timedelta(hours=3),
                closed_at=at + timedelta(days=60), closed_by=ae,
            )
            for account in range(3, accounts + 1, 3)
            for at, sdr, ae in [(ago(0, 365), chance.choice(sdrs), chance.choice(aes))]
        ),
    )  # fmt: skip
    reasons = list(Reason.objects.filter(kind="recycle"))
    _write(HandoffEvent, (event for row in handoffs for event in _events(HandoffEvent, row, chance.choice(reasons))))
    _write(
        SlaEvent,
        (
            SlaEvent(handoff=row, clock="claim", kind="breach", due_at=row.queued_at, by_holder=row.claimed_by)
            for row in handoffs[::5]
        ),
    )
    _write(
        MqlSpell,
        (
            MqlSpell(contact_id=4 * account, account_id=account, since=since, until=since + timedelta(days=40))
            for account in range(1, accounts + 1)
            if account % 5 < 3
            for since in [ago(41, 365).date()]
        ),
    )
    won = {deal.account_id: deal for deal in deals if deal.stage == "won"}
    _write(RevenueEvent, (event for deal in won.values() for event in _pays(RevenueEvent, deal, now)))
    with connection.cursor() as cursor:
        for statement in _HISTORY:
            cursor.execute(statement)
    while sums.sum_changes() + runs.make_runs(quiet=timedelta()):
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _deal(model: Any, account: int, chance: random.Random, now: datetime, aes: list[Any]) -> Any:
    created = now - timedelta(days=chance.uniform(0, 400))
    closed = (created + timedelta(days=chance.uniform(5, 120))).astimezone(UTC).date()
    stage = "open" if closed > now.date() else "won" if chance.random() < 0.3 else "lost"
    return model(
        account_id=account, name="Deal", amount=Decimal(chance.randrange(100_000, 9_999_999)) / 100,
        currency="EUR" if chance.random() < 0.3 else "USD", stage=stage, owner=chance.choice(aes), created_at=created,
        closed_on=None if stage == "open" else closed,
    )  # fmt: skip


def _events(model: Any, row: Any, reason: Any) -> list[Any]:
    at, sdr = row.queued_at, row.claimed_by
    return [
        model(handoff=row, action="claim", at=at + timedelta(hours=2), by=sdr, from_state="queued", to_state="working"),
        model(handoff=row, action="pass", at=at + timedelta(days=2), by=sdr, from_state="working", to_state="passed"),
        model(
            handoff=row, action="accept" if row.accepted_at else "return", at=at + timedelta(days=4), by=row.closed_by,
            from_state="passed", to_state="accepted" if row.accepted_at else "working",
        ),
        model(
            handoff=row, action="recycle", at=at + timedelta(days=60), by=row.closed_by, from_state="working",
            to_state="recycled", reason=reason,
        ),
    ]  # fmt: skip


def _pays(model: Any, deal: Any, now: datetime) -> list[Any]:
    kinds = [("new", 0), ("expansion", 91), ("contraction", 182), ("renewal", 365)]
    days = [(kind, deal.closed_on + timedelta(days=after)) for kind, after in kinds]
    return [
        model(
            account_id=deal.account_id, opportunity=deal, kind=kind, amount=1000, currency=deal.currency, occurred_on=day,
            system="bench", external_id=f"{deal.pk}-{kind}",
        )
        for kind, day in days
        if day <= now.date()
    ]  # fmt: skip


def _write(model: Any, rows: Any) -> list[Any]:
    found: list[Any] = model.objects.bulk_create(rows, batch_size=BATCH)
    return found


if __name__ == "__main__":
    main()
