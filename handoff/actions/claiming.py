"""Who works an account: claim, next, assign, reassign, release (domain.md §5)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.roles import Capability
from handoff import notify
from handoff.actions.core import authorise, clocks_of, lock, record, still_needed
from handoff.errors import MoveRefused
from handoff.models import DeskPolicy, Handoff, HandoffState
from handoff.policy import business_calendar, desk_policy
from handoff.queries import claimable
from handoff.sla import answer_due, decision_due, outreach_due
from handoff.transitions import Need


@transaction.atomic
def claim(*, handoff_id: int, by: User) -> Handoff:
    """`by` takes a queued account, or one that was offered back to the pool. Refused: held, role, state, limit."""
    policy = desk_policy()
    _refuse_beyond_limit(by, policy)
    return _claim(lock(handoff_id), by, policy)


@transaction.atomic
def claim_next(*, by: User) -> Handoff:
    """`by` takes the most urgent account of own ones and the team's pool. What others are taking is skipped.

    Refused: role; limit; `empty` when nothing waits.
    """
    if not by.may(Capability.WORK_QUEUE):
        raise MoveRefused("Only SDRs and managers work the queue.", "role")
    policy = desk_policy()
    _refuse_beyond_limit(by, policy)
    top = claimable(by).select_for_update(of=("self",), skip_locked=True, no_key=True).first()
    if top is None:
        raise MoveRefused("Nothing waits in your queue.", "empty")
    return _claim(lock(top.pk), by, policy)


def _refuse_beyond_limit(by: User, policy: DeskPolicy) -> None:
    """Holds the user's own row, so that two of one person's clicks are counted one after the other."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if Handoff.objects.filter(state=HandoffState.WORKING, claimed_by=by).count() >= policy.claim_limit:
        raise MoveRefused(
            f"You have {policy.claim_limit} open claims, which is the limit: pass, release or close one first.", "limit"
        )


def _claim(handoff: Handoff, by: User, policy: DeskPolicy) -> Handoff:
    action = "claim"
    if handoff.state == HandoffState.WORKING and handoff.offered_back_at and handoff.claimed_by_id != by.pk:
        action = "take_over"
    move = authorise(handoff, action, by)
    previous = handoff.claimed_by if action == "take_over" else None
    at = timezone.now()
    event = record(handoff, action, by=by, to=move.to, at=at, **_held_by(by, at, policy))
    if previous is not None:
        notify.tell(
            [previous],
            kind="taken_over",
            text=f"{by} took over {handoff.center}, which had been offered back to the pool.",
            handoff=handoff,
            event=event,
        )
    return handoff


def _held_by(user: User, at: dt.datetime, policy: DeskPolicy) -> dict[str, Any]:
    """The columns of a fresh claim. The claim clock stays as it was: releasing must not restart it."""
    clocks = clocks_of(policy)
    return {
        "claimed_by_id": user.pk,
        "claimed_at": at,
        "decision_due_at": decision_due(business_calendar(policy), clocks, at),
        "outreach_due_at": outreach_due(clocks, at),
        "outreach_at": None,
    }


@transaction.atomic
def assign(*, handoff_id: int, to: User, by: User, comment: str = "") -> Handoff:
    """A manager gives a queued account to an SDR, or what somebody holds to another SDR or AE.

    The claim limit does not bind managers. Refused: role, state, needs (the person is away, left or can't hold it).
    """
    handoff = lock(handoff_id)
    action = "assign" if handoff.state == HandoffState.QUEUED else "reassign"
    move = authorise(handoff, action, by)
    with_sdr = handoff.state in {HandoffState.QUEUED, HandoffState.WORKING}
    refuse_unable(to, Capability.WORK_QUEUE if with_sdr else Capability.RECEIVE, Need.USER)
    previous = handoff.holder
    if previous is not None and previous.pk == to.pk:
        raise MoveRefused(f"{to} has it already.", "held", holder=to)
    return give(handoff, to, by=by, policy=desk_policy(), comment=comment, at=timezone.now(), state=move.to)


def give(
    handoff: Handoff,
    to: User,
    *,
    by: User | None,
    policy: DeskPolicy,
    comment: str,
    at: dt.datetime,
    state: str | None = None,
) -> Handoff:
    """Puts a locked handoff into the hands of `to` with fresh clocks, and tells both. `by` None: the desk itself did."""
    with_sdr = handoff.state in {HandoffState.QUEUED, HandoffState.WORKING}
    previous, action = handoff.holder, "assign" if handoff.state == HandoffState.QUEUED else "reassign"
    changes: dict[str, Any] = _held_by(to, at, policy) if with_sdr else {"ae_id": to.pk}
    if handoff.state == HandoffState.PASSED:
        changes["answer_due_at"] = answer_due(business_calendar(policy), clocks_of(policy), at)
    data = {"to": to.pk, "from": previous.pk if previous else None}
    event = record(handoff, action, by=by, to=state or handoff.state, at=at, comment=comment, data=data, **changes)
    whom, how = (f"{by} gave", "") if by else ("The desk gave", f" {comment}" if comment else "")
    text = f"{whom} you {handoff.center}.{how}"
    notify.tell([to], kind="assigned", text=text, handoff=handoff, event=event, by=by)
    if previous is not None:
        text = f"{whom} {handoff.center} to {to}.{how}"
        notify.tell([previous], kind="reassigned", text=text, handoff=handoff, event=event, by=by)
    return handoff


def refuse_unable(user: User, capability: Capability, need: Need) -> None:
    """Refuses a person who can't take an account now: deactivated, of another role, away."""
    if not user.may(capability):
        who = "an AE" if capability == Capability.RECEIVE else "an SDR"
        raise still_needed((True, need, f"{who} who is active ({user} is not)"))
    if user.is_away():
        raise still_needed((True, need, f"somebody who is there ({user} is away until {user.away_until:%d %b})"))


@transaction.atomic
def release(*, handoff_id: int, by: User, comment: str = "") -> Handoff:
    """The holder puts it back into the queue. The claim clock goes on from where it was."""
    handoff = lock(handoff_id)
    move = authorise(handoff, "release", by)
    record(
        handoff,
        "release",
        by=by,
        to=move.to,
        comment=comment,
        claimed_by_id=None,
        claimed_at=None,
        decision_due_at=None,
        outreach_due_at=None,
        outreach_at=None,
    )
    return handoff
