"""What becomes of the work of somebody who is away (domain.md §5): it moves on, once per absence.

What waits for them goes to others by the assignment rules; what they work or have to answer goes to who stands in for
them, else back to the pool, or, with an AE's answer, to the managers to be given away. Recorded like a clock that
fired: an SlaEvent of the absence's first moment, so that a scheduler that was off, or runs double, moves nothing twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.roles import Capability
from handoff import notify
from handoff.actions.claiming import give
from handoff.actions.core import lock
from handoff.assigning import assign_waiting
from handoff.models import Handoff, HandoffEvent, HandoffState, SlaEvent
from handoff.policy import desk_policy

Clock, Kind = SlaEvent.Clock, SlaEvent.Kind


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody who is away now, since when, and who stands in (None: nobody who could).

    `since` is the first moment, told apart by person in microseconds: what moved on to somebody who is away since the
    same midnight moves once more, and one moment is recorded once.
    """

    user: User
    since: dt.datetime

    def stand_in(self, capability: Capability, at: dt.datetime) -> User | None:
        """Who takes it over: active, of the right role, and there."""
        other = self.user.stand_in
        able = other is not None and other.may(capability) and not other.is_away(at)
        return other if able else None


def present_absences(at: dt.datetime) -> list[Absence]:
    """Who is away at a moment, each by the days of their own zone."""
    around = at.date()
    found = User.objects.filter(is_active=True, away_until__gte=around - dt.timedelta(days=1)).select_related(
        "stand_in"
    )
    return [Absence(user, _since(user, at)) for user in found.order_by("pk") if user.is_away(at)]


def _since(user: User, at: dt.datetime) -> dt.datetime:
    """The first moment of the absence; one without a first day is told apart by its last, the same on each of its days."""
    zone = ZoneInfo(user.time_zone or "UTC")
    day = user.away_from or user.away_until or at.astimezone(zone).date()
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC) + dt.timedelta(microseconds=user.pk)


def move_on(limit: int = 500, *, now: dt.datetime | None = None) -> int:
    """Moves on what runs under a clock with who is away; returns how much."""
    at = now or timezone.now()
    moved = 0
    for absence in present_absences(at):
        ids = _open_with(absence).order_by("pk").values_list("pk", flat=True)[:limit]
        moved += sum(_move(pk, absence, at) for pk in list(ids))
    return moved


def _held(user: User) -> Q:
    waits = Q(assigned_to=user) | Q(assigned_to__isnull=True, account__owner_sdr=user)
    return (
        Q(state=HandoffState.WORKING, claimed_by=user)
        | Q(state=HandoffState.PASSED, ae=user)
        | (Q(state=HandoffState.QUEUED) & waits)
    )


def _open_with(absence: Absence) -> QuerySet[Handoff]:
    done = SlaEvent.objects.filter(
        handoff=OuterRef("pk"), clock=Clock.AWAY, kind=Kind.MOVED, due_at=absence.since, by_holder=absence.user
    )
    return Handoff.objects.filter(_held(absence.user)).exclude(Exists(done))


@transaction.atomic
def _move(handoff_id: int, absence: Absence, at: dt.datetime) -> bool:
    """One handoff, unless it was moved for this absence or has gone elsewhere in the meantime."""
    handoff = lock(handoff_id)
    if not Handoff.objects.filter(_held(absence.user), pk=handoff_id).exists():
        return False
    event, made = SlaEvent.objects.get_or_create(
        handoff=handoff,
        clock=Clock.AWAY,
        kind=Kind.MOVED,
        due_at=absence.since,
        defaults={"recorded_at": at, "by_holder": absence.user},
    )
    if not made:
        return False
    if handoff.state == HandoffState.QUEUED:
        _hand_on(handoff, at, f"sla:{event.pk}")
        return True
    working = handoff.state == HandoffState.WORKING
    other = absence.stand_in(Capability.WORK_QUEUE if working else Capability.RECEIVE, at)
    key = f"sla:{event.pk}"
    until = f"{absence.user} is away until {absence.user.away_until:%d %b}"
    if other is not None:
        give(handoff, other, by=None, policy=desk_policy(), comment=f"{until}; {other} stands in.", at=at)
    elif working:
        _offer(handoff, absence.user, event, until, at, key)
    else:
        text = f"{until} and has not answered {handoff.center}: give it to another AE."
        notify.tell(notify.managers_of(absence.user), kind="away", text=text, handoff=handoff, key=key)
    return True


def _hand_on(handoff: Handoff, at: dt.datetime, key: str) -> None:
    """To whom the rules name now that the one it waits for is away; else it is the pool's, as before."""
    to = assign_waiting(handoff, at=at)
    if to is not None:
        text = f"{handoff.center} waits in your queue."
        notify.tell([to], kind="queued", text=text, handoff=handoff, key=key)


def _offer(handoff: Handoff, user: User, event: SlaEvent, until: str, at: dt.datetime, key: str) -> None:
    """Anybody of the pool may take it over; it stays theirs until then."""
    if handoff.offered_back_at is None:
        handoff.offered_back_at = at
        handoff.save(update_fields=["offered_back_at"])
    HandoffEvent.objects.create(
        handoff=handoff,
        action="offer_back",
        at=at,
        from_state=handoff.state,
        to_state=handoff.state,
        comment=until,
        data={"sla": event.pk},
    )
    text = f"{until}: {handoff.center} is offered to the pool."
    notify.tell([user, *notify.managers_of(user)], kind="away", text=text, handoff=handoff, key=key)
