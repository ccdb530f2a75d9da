"""The managers' wall: who is late and why, and how much everybody has. Queries don't grow with rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.formatting import counted
from accounts.models import User
from accounts.roles import Role
from handoff.models import Handoff, HandoffState
from handoff.policy import desk_policy
from handoff.queries import due_case
from handoff.shown import Clock, clock

MOST_LATE = 100


@dataclass(frozen=True, slots=True)
class Late:
    """A handoff whose clock has run out: whose turn it is, and why, as far as the desk can tell."""

    handoff: Handoff
    clock: Clock
    person: User | None
    why: str


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has: `working` or to be answered, `waiting` to be claimed, of which `late`."""

    user: User
    working: int
    waiting: int
    late: int
    next_due: dt.datetime | None
    capacity: int
    away: bool

    @property
    def full(self) -> bool:
        """True when rules hand out nothing more."""
        return self.user.role == Role.SDR and self.working + self.waiting >= self.capacity


def loads(now: dt.datetime | None = None) -> list[Load]:
    """Everybody who works the queue or receives passes, by team and name."""
    at = now or timezone.now()
    people = User.objects.filter(is_active=True, role__in=(Role.SDR, Role.AE)).select_related("team", "stand_in")
    open_ = Handoff.objects.order_by().annotate(due_at=due_case())
    figures = {"n": Count("pk"), "late": Count("pk", filter=Q(due_at__lt=at)), "next": Min("due_at")}
    with_sdr = _by(open_.filter(state=HandoffState.WORKING), "claimed_by", figures)
    with_ae = _by(open_.filter(state__in=(HandoffState.PASSED, HandoffState.ACCEPTED)), "ae", figures)
    waiting = open_.filter(state=HandoffState.QUEUED).annotate(whose=Coalesce("assigned_to", "account__owner_sdr"))
    waits = _by(waiting, "whose", figures)
    limit = desk_policy().claim_limit
    found = []
    for user in people.order_by("team__name", "name", "pk"):
        parts = [source[user.pk] for source in (with_sdr, with_ae, waits) if user.pk in source]
        nearest = [part["next"] for part in parts if part["next"]]
        found.append(
            Load(
                user=user,
                working=sum(source[user.pk]["n"] for source in (with_sdr, with_ae) if user.pk in source),
                waiting=waits[user.pk]["n"] if user.pk in waits else 0,
                late=sum(part["late"] for part in parts),
                next_due=min(nearest, default=None),
                capacity=limit if user.capacity is None else user.capacity,
                away=user.is_away(at),
            )
        )
    return found


def _by(rows: QuerySet[Handoff], column: str, figures: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {row[column]: row for row in rows.values(column).annotate(**figures)}


def late(people: list[Load], now: dt.datetime | None = None) -> list[Late]:
    """What has run out, the longest late first; at most 100."""
    at = now or timezone.now()
    rows = (
        Handoff.objects.filter(state__in=("queued", "working", "passed"))
        .annotate(due_at=due_case())
        .filter(due_at__lt=at)
        .select_related("center__account", "account__owner_sdr", "assigned_to", "claimed_by", "ae")
        .order_by("due_at", "pk")
    )
    load = {one.user.pk: one for one in people}
    found = []
    for row in rows[:MOST_LATE]:
        running, person = clock(row), row.holder or row.waits_for
        if running is not None:
            found.append(Late(row, running, person, why(row, load.get(person.pk) if person else None, at)))
    return found


def why(row: Handoff, load: Load | None, at: dt.datetime) -> str:
    """Why it is late, in words: away, full, offered back, or since when nothing has happened."""
    if load is not None and load.away:
        return f"away until {load.user.away_until:%d %b}"
    if row.state == HandoffState.QUEUED:
        return _not_claimed(load)
    if row.state == HandoffState.PASSED:
        return f"not answered for {_days(at, row.passed_at)}"
    if row.offered_back_at is not None:
        return f"offered back {_days(at, row.offered_back_at)} ago, not taken"
    since = ("outreach", row.claimed_at) if row.outreach_at is None else ("activity", row.last_activity_at)
    return f"no {since[0]} for {_days(at, since[1])}"


def _not_claimed(load: Load | None) -> str:
    if load is None:
        return "nobody owns it"
    return f"has {load.working} open of {load.capacity}" if load.full else "not claimed"


def _days(at: dt.datetime, since: dt.datetime | None) -> str:
    passed = at - (since or at)
    return counted(passed.days, "day,days") if passed.days else counted(passed.seconds // 3600, "hour,hours")
