"""Which clocks of a past journey reminded and were breached, as `handoff.clocks` would have recorded them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from handoff.models import Handoff, SlaEvent

if TYPE_CHECKING:
    from accounts.models import User
    from handoff.demo.desk import Desk

Clock, Kind = SlaEvent.Clock, SlaEvent.Kind


def clocks_of_journey(handoff: Handoff, desk: Desk) -> Iterator[SlaEvent]:
    """The events of clocks that have stopped; those that run still are left to the desk itself."""
    claimed = handoff.claimed_at or (handoff.closed_at if handoff.state == "withdrawn" else None)
    yield from _fired(handoff, desk, Clock.CLAIM, handoff.claim_due_at, claimed, None)
    if handoff.claimed_at is None:
        return
    decided = handoff.passed_at or handoff.closed_at
    sdr = desk.user(handoff.claimed_by_id)
    reached = handoff.outreach_at or decided
    yield from _fired(handoff, desk, Clock.OUTREACH, handoff.outreach_due_at, reached, sdr)
    if handoff.state != "working":  # a returned one is decided anew
        yield from _fired(handoff, desk, Clock.DECISION, handoff.decision_due_at, decided, sdr)
    answered = handoff.accepted_at or (handoff.closed_at if handoff.passed_at else None)
    yield from _fired(handoff, desk, Clock.ANSWER, handoff.answer_due_at, answered, desk.user(handoff.ae_id))


def _fired(
    handoff: Handoff,
    desk: Desk,
    clock: SlaEvent.Clock,
    due: dt.datetime | None,
    stopped: dt.datetime | None,
    holder: User | None,
) -> Iterator[SlaEvent]:
    if due is None or stopped is None:
        return
    # The demo's desk works around the clock, so minutes of work are minutes.
    remind = due - dt.timedelta(minutes=desk.clocks.reminder_minutes)
    if stopped > remind:
        yield SlaEvent(
            handoff=handoff, clock=clock, kind=Kind.REMINDER, due_at=due, recorded_at=remind, by_holder=holder
        )
    if stopped > due:
        yield SlaEvent(handoff=handoff, clock=clock, kind=Kind.BREACH, due_at=due, recorded_at=due, by_holder=holder)
