"""Every report over a year of a large company: each page, each option of attribution, and the widest rows.

    python -m benchmarks.reports [--accounts 100000] [--touches 10000000] [--opportunities 50000] [--keep]

Makes a database of its own beside that of DATABASE_URL and drops it. Each page is asked for three times through Django's test
client; the middle time counts. With --plans the slowest statement of each page is shown.
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from benchmarks.base import database, fill, insist

if TYPE_CHECKING:
    from django.test import Client

TIMES = 3
BATCH = 5_000
PAGES = (
    "monday/",
    "funnel/",
    "funnel/?compare=on",
    "revenue/",
    "speed/",
    "abm/",
    "model/",
    *(
        f"attribution/?credit={model}"
        for model in ("first", "last", "linear", "u", "w", "full_path", "time_decay", "markov")
    ),
    *(f"attribution/?credit=w&by={by}" for by in ("campaign", "person", "persona", "role")),
    "attribution/?credit=markov&by=person",
    "attribution/?credit=w&money=open&lookback=365",
    "rows/inquirers/",
    "rows/mqa/",
    "rows/path/?path=mql&step=start",
    "rows/closed/?group=all",
    "rows/credits/?credit=w&key=email",
    "rows/scored/",
    "rows/minutes/",
    "rows/key_people/",
    "rows/customers/",
    "months/",
)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--accounts", type=int, default=100_000)
    options.add_argument("--touches", type=int, default=10_000_000)
    options.add_argument("--opportunities", type=int, default=50_000)
    options.add_argument("--plans", action="store_true", help="show the slowest statement of each page")
    given = options.parse_args()
    with database("bench_reports"):
        began = time.perf_counter()
        fill(accounts=given.accounts, touches=given.touches)
        _company(given.accounts, given.opportunities)
        print(
            f"{given.accounts:,} accounts, {given.touches:,} touches, {given.opportunities:,} opportunities, "
            f"made in {time.perf_counter() - began:.0f} s\n"
        )
        _measure(plans=given.plans)


def _measure(*, plans: bool) -> None:
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from accounts.models import User

    settings.ALLOWED_HOSTS = ["*"]
    settings.SECURE_SSL_REDIRECT = False
    client = Client()
    client.force_login(User.objects.get(email="manager@bench.test"))
    print(f"{'report':<50} {'ms':>7} {'statements':>11}")
    slow = 0
    for page in PAGES:
        times = sorted(_ask(client, page) for _ in range(TIMES))
        connection.force_debug_cursor = True
        connection.queries_log.clear()
        _ask(client, page)
        queries = list(connection.queries)
        connection.force_debug_cursor = False
        print(f"{page:<50} {times[TIMES // 2]:>7.0f} {len(queries):>11}", flush=True)
        slow += times[TIMES // 2] > 1_000
        if plans:
            worst = max(queries, key=lambda query: float(query["time"]))
            print(f"    {worst['time']} s: {' '.join(worst['sql'].split())[:300]}")
    print(f"\n{slow} of {len(PAGES)} over a second")


def _ask(client: Client, page: str) -> float:
    began = time.perf_counter()
    response = client.get(f"/reports/{page}")
    insist(response.status_code == 200, f"{page} answered {response.status_code}")
    return (time.perf_counter() - began) * 1000


def _company(accounts: int, opportunities: int) -> None:
    """A year of qualifying, handing over, selling and paying; every third account qualified."""
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from handoff.models import Handoff, HandoffEvent, Opportunity, Reason, RevenueEvent, SlaEvent
    from signals.models import Decision, MqlSpell
    from signals.publishing import active_model

    chance, now = random.Random(7), timezone.now()
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
    connection.commit()
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
