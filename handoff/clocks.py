"""Fires the desk's clocks: reminders before a breach, breaches, offers back to the pool (domain.md §5, promise R7).

A due time is a column; there are no timers. A run looks for what is due and not recorded yet, so a scheduler that was
off catches up, and one that runs twice finds the row already there: SlaEvent is unique by handoff, clock, kind and due
time, and stands in one transaction with the notice and the message that leaves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from handoff import notify
from handoff.actions.core import clocks_of, lock
from handoff.models import Handoff, HandoffEvent, SlaEvent, TriageItem
from handoff.policy import business_calendar, desk_policy
from handoff.sla import BusinessCalendar, Clocks, idle_due
from handoff.who import holder_id

Clock, Kind = SlaEvent.Clock, SlaEvent.Kind


@dataclass(frozen=True, slots=True)
class Column:
    """A clock: the column with its due time, and when it runs."""

    clock: SlaEvent.Clock
    due: str
    runs: Q
    words: str


COLUMNS = (
    Column(Clock.CLAIM, "claim_due_at", Q(state="queued"), "be claimed"),
    Column(Clock.DECISION, "decision_due_at", Q(state="working"), "be decided"),
    Column(Clock.OUTREACH, "outreach_due_at", Q(state="working", outreach_at__isnull=True), "have a first outreach"),
    Column(Clock.ANSWER, "answer_due_at", Q(state="passed"), "be answered"),
)


def fire_due(limit: int = 500, *, now: dt.datetime | None = None) -> int:
    """Fires all that is due and has not fired; returns how much. A breach found late has no reminder any more."""
    at = now or timezone.now()
    policy = desk_policy()
    calendar, clocks = business_calendar(policy), clocks_of(policy)
    fired = 0
    for column in COLUMNS:
        for pk in _breached(column, at).values_list("pk", flat=True)[:limit]:
            fired += _fire(pk, column, Kind.BREACH, at)
        for pk in _to_remind(column, at, calendar, clocks, limit):
            fired += _fire(pk, column, Kind.REMINDER, at)
    return fired + _fire_triage(at, calendar, clocks) + _offer_back(at, calendar, clocks, limit)


def _unfired(column: Column, kind: SlaEvent.Kind) -> QuerySet[Handoff]:
    fired = SlaEvent.objects.filter(handoff=OuterRef("pk"), clock=column.clock, kind=kind, due_at=OuterRef(column.due))
    return Handoff.objects.filter(column.runs, **{f"{column.due}__isnull": False}).exclude(Exists(fired))


def _breached(column: Column, at: dt.datetime) -> QuerySet[Handoff]:
    return _unfired(column, Kind.BREACH).filter(**{f"{column.due}__lte": at}).order_by(column.due, "pk")


def _to_remind(
    column: Column, at: dt.datetime, calendar: BusinessCalendar, clocks: Clocks, limit: int
) -> Iterator[int]:
    """What is due within the reminder's working time. Its clock time is longest over nights, weekends and holidays."""
    horizon = calendar.add_hours(at, clocks.reminder_minutes / 60)
    elapsed = at + dt.timedelta(minutes=clocks.reminder_minutes)
    latest = elapsed if column.clock == Clock.OUTREACH else max(horizon, elapsed)
    rows = _unfired(column, Kind.REMINDER).filter(**{f"{column.due}__gt": at, f"{column.due}__lte": latest})
    yield from rows.order_by(column.due, "pk").values_list("pk", flat=True)[:limit]


@transaction.atomic
def _fire(handoff_id: int, column: Column, kind: SlaEvent.Kind, at: dt.datetime) -> bool:
    """Records one and tells who must know; False when it is recorded already, or the clock stopped in the meantime."""
    handoff = lock(handoff_id)
    due = getattr(handoff, column.due)
    if due is None or not Handoff.objects.filter(column.runs, pk=handoff_id).exists():
        return False
    holder = holder_id(handoff)
    event, made = SlaEvent.objects.get_or_create(
        handoff=handoff, clock=column.clock, kind=kind, due_at=due, defaults={"recorded_at": at, "by_holder_id": holder}
    )
    if not made:
        return False
    person = handoff.holder or handoff.waits_for
    if kind == Kind.REMINDER:
        text = f"{handoff.center} is to {column.words} by {due:%d %b %H:%M} UTC."
        people = [person, *(notify.managers_of(person) if person and person.is_away(at) else ())]
        notify.tell(people, kind="sla_reminder", text=text, handoff=handoff, key=f"sla:{event.pk}")
    else:
        who = f" ({person})" if person else ""
        text = f"{handoff.center} was to {column.words} by {due:%d %b %H:%M} UTC{who}."
        notify.tell(notify.managers_of(person), kind="sla_breach", text=text, handoff=handoff, key=f"sla:{event.pk}")
    return True


@transaction.atomic
def _fire_triage(at: dt.datetime, calendar: BusinessCalendar, clocks: Clocks) -> int:
    """The same clock on the triage list, which nobody holds: managers are reminded, and hear of a breach."""
    latest = max(
        calendar.add_hours(at, clocks.reminder_minutes / 60), at + dt.timedelta(minutes=clocks.reminder_minutes)
    )
    items = TriageItem.objects.select_for_update(skip_locked=True, no_key=True).filter(
        Q(breached_at__isnull=True, due_at__lte=at)
        | Q(breached_at__isnull=True, reminded_at__isnull=True, due_at__lte=latest),
        resolved_at__isnull=True,
    )
    fired = 0
    for item in items.order_by("due_at", "id"):
        late = item.due_at <= at
        item.breached_at, item.reminded_at = (at, item.reminded_at) if late else (None, at)
        item.save(update_fields=["breached_at", "reminded_at"])
        what = "was" if late else "is"
        notify.tell(
            notify.managers_of(None),
            kind="sla_breach" if late else "sla_reminder",
            text=f"A hand-raise on the triage list {what} to be placed by {item.due_at:%d %b %H:%M} UTC.",
            account=item.account,
            key=f"triage:{item.pk}:{'breach' if late else 'reminder'}",
        )
        fired += 1
    return fired


def _offer_back(at: dt.datetime, calendar: BusinessCalendar, clocks: Clocks, limit: int) -> int:
    """Offers to the pool what its holder has not touched for `idle_days` business days; it stays theirs until taken."""
    # Business days are never shorter than days: whoever was active later than this can't be due.
    latest = at - dt.timedelta(days=clocks.idle_days)
    rows = Handoff.objects.filter(state="working", offered_back_at__isnull=True, last_activity_at__lte=latest)
    ids = rows.order_by("last_activity_at", "pk").values_list("pk", "last_activity_at")[: limit * 4]
    due = [pk for pk, last in ids if idle_due(calendar, clocks, last) <= at]
    return sum(_offer(pk, at, calendar, clocks) for pk in due[:limit])


@transaction.atomic
def _offer(handoff_id: int, at: dt.datetime, calendar: BusinessCalendar, clocks: Clocks) -> bool:
    handoff = lock(handoff_id)
    due = idle_due(calendar, clocks, handoff.last_activity_at)
    if handoff.state != "working" or handoff.offered_back_at is not None or due > at:
        return False
    event, made = SlaEvent.objects.get_or_create(
        handoff=handoff,
        clock=Clock.IDLE,
        kind=Kind.BREACH,
        due_at=due,
        defaults={"recorded_at": at, "by_holder_id": handoff.claimed_by_id},
    )
    if not made:
        return False
    handoff.offered_back_at = at
    handoff.save(update_fields=["offered_back_at"])
    HandoffEvent.objects.create(
        handoff=handoff, action="offer_back", at=at, from_state="working", to_state="working", data={"sla": event.pk}
    )
    key = f"sla:{event.pk}"
    holder: User | None = handoff.claimed_by
    text = (
        f"{handoff.center} has been without activity for {clocks.idle_days} business days: it is offered to the pool."
    )
    notify.tell([holder], kind="offered_back", text=text, handoff=handoff, key=key)
    text = f"{holder} has let {handoff.center} lie for {clocks.idle_days} business days."
    notify.tell(notify.managers_of(holder), kind="offered_back", text=text, handoff=handoff, key=key)
    return True


def next_due(handoff: Handoff) -> dt.datetime | None:
    """The nearest due time of the clocks that run now."""
    running = {
        "queued": [handoff.claim_due_at],
        "working": [handoff.decision_due_at, None if handoff.outreach_at else handoff.outreach_due_at],
        "passed": [handoff.answer_due_at],
    }.get(handoff.state, [])
    return min((due for due in running if due is not None), default=None)
