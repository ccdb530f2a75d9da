"""A year of qualifying, handing over, selling and paying on top of a base (base.py), with a history.

Of the people all but an eighth have a persona, a fifth had another one before; at every third account each has a role, a quarter
of them had another one. One account in twenty was once in the other segment, one touch in 500 was known twenty days late. Those
who sell are of two teams, one handoff in ten came of a hand-raise.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

BATCH = 5_000
_LATE = 500
_HISTORY = (
    "INSERT INTO accounts_team (name) VALUES ('North'), ('South')",
    "UPDATE accounts_user SET team_id = (SELECT min(id) FROM accounts_team) + id % 2 WHERE role IN ('sdr', 'ae')",
    # Its trigger keeps each change of hands.
    "ALTER TABLE accounts_account DISABLE TRIGGER USER",
    """
    UPDATE accounts_account a SET owner_sdr_id = sdrs[1 + a.id % 20], owner_ae_id = aes[1 + a.id % 20]
    FROM (SELECT array_agg(id) FILTER (WHERE role = 'sdr') AS sdrs, array_agg(id) FILTER (WHERE role = 'ae') AS aes
          FROM accounts_user) staff
    """,
    "ALTER TABLE accounts_account ENABLE TRIGGER USER",
    """
    UPDATE handoff_handoff h SET decision_id = d.id, is_mqa = h.id % 10 > 0,
           hand_raise_at = CASE WHEN h.id % 10 = 0 THEN h.qualified_at END
    FROM signals_decision d WHERE d.account_id = h.account_id
    """,
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


def make_company(accounts: int, opportunities: int) -> None:
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
