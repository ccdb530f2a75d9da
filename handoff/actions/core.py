"""What all moves share: the lock, the table's verdict, the event in the same transaction, what an undo needs.

Lock order everywhere: user (claim limit), handoff, opportunity. A handoff is locked without joins: after a wait
PostgreSQL re-reads the locked row alone, and a joined holder would be the one from before the wait.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import User
from handoff.errors import MoveRefused
from handoff.models import DeskPolicy, Handoff, HandoffEvent, HandoffState, Reason
from handoff.sla import Clocks
from handoff.transitions import NEED_WORDS, Hat, Move, Need, find, sources_of
from handoff.webhooks import announce_event
from handoff.who import hats

ACTION_WORDS = {
    "claim": "claimed",
    "take_over": "taken over",
    "assign": "assigned",
    "reassign": "reassigned",
    "release": "released",
    "pass": "passed to an AE",
    "accept": "accepted",
    "return": "returned",
    "opportunity": "turned into an opportunity",
    "win": "won",
    "lose": "lost",
    "recycle": "recycled",
    "disqualify": "disqualified",
    "undo": "undone",
}


def lock(handoff_id: int) -> Handoff:
    """The handoff, locked until the transaction ends. Refused with `not_found`."""
    try:
        return Handoff.objects.select_for_update(no_key=True).get(pk=handoff_id)
    except Handoff.DoesNotExist:
        raise MoveRefused("This handoff is gone.", "not_found") from None


def authorise(handoff: Handoff, action: str, by: User) -> Move:
    """The table's row for this move; refused when there is none, or `by` is not who makes it."""
    move = find(handoff.state, action)
    if move is None or move.by_system:
        raise _wrong_state(handoff, action)
    if not move.who & hats(handoff, by):
        raise _wrong_person(handoff, action, move)
    return move


def _wrong_state(handoff: Handoff, action: str) -> MoveRefused:
    done = ACTION_WORDS.get(action, action)
    state = HandoffState(handoff.state).label.lower()
    holder = handoff.holder
    if holder is not None:
        return MoveRefused(
            f"{holder} has this account ({state}, since {handoff.state_since:%d %b %H:%M} UTC), so it can't be {done}.",
            "held",
            holder=holder,
        )
    sources = " or ".join(HandoffState(s).label.lower() for s in sources_of(action))
    return MoveRefused(f"It is {state}; only what is {sources} can be {done}.", "state")


def _wrong_person(handoff: Handoff, action: str, move: Move) -> MoveRefused:
    done = ACTION_WORDS[action]
    holder = handoff.holder
    if holder is not None and Hat.HOLDER in move.who:
        return MoveRefused(
            f"{holder} has this account; ask them, or have a manager reassign it, before it is {done}.",
            "held",
            holder=holder,
        )
    whom = "a manager" if Hat.MANAGER in move.who else "an SDR"
    return MoveRefused(f"Only {whom} may do this: it can't be {done} by you.", "role", holder=holder)


def still_needed(*asked: tuple[bool, Need] | tuple[bool, Need, str]) -> MoveRefused:
    """The refusal that says all that is missing: of (is it missing, need, words), words else being the need's own."""
    words = [said[2] if len(said) > 2 else NEED_WORDS[said[1]] for said in asked if said[0]]
    return MoveRefused(f"Still needed: {'; '.join(words)}.", "needs", needs=words)


def find_reason(kind: str, key: str | Reason | None) -> Reason | None:
    """The active reason of `kind` called `key` (or given as its row); None when there is none."""
    if isinstance(key, Reason):
        return key if key.kind == kind and key.is_active else None
    return Reason.objects.filter(kind=kind, key=key, is_active=True).first() if key else None


def clocks_of(policy: DeskPolicy) -> Clocks:
    """The policy's lengths as the pure clocks take them."""
    return Clocks(
        claim_hours=policy.claim_hours,
        hand_raise_claim_hours=policy.hand_raise_claim_hours,
        decision_days=policy.decision_days,
        answer_days=policy.answer_days,
        outreach_hours=policy.outreach_hours,
        idle_days=policy.idle_days,
        reminder_minutes=policy.reminder_minutes,
    )


def _plain(value: Any) -> Any:
    """A column's value as JSON keeps it; `restore` reads it back."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def record(
    handoff: Handoff,
    action: str,
    *,
    by: User | None,
    to: str,
    at: dt.datetime | None = None,
    reason: Reason | None = None,
    comment: str = "",
    data: dict[str, Any] | None = None,
    **changes: Any,
) -> HandoffEvent:
    """Moves the locked `handoff` to `to` with `changes`, and writes the event with the values from before.

    Columns are named as in the table (`claimed_by_id`). Every move is activity, and takes back an offer to the pool.
    """
    at = at or timezone.now()
    changes["state"] = to
    if to != handoff.state:
        changes.setdefault("state_since", at)
    changes.setdefault("last_activity_at", at)
    changes.setdefault("offered_back_at", None)
    before = {name: _plain(getattr(handoff, name)) for name in changes}
    from_state = handoff.state
    for name, value in changes.items():
        setattr(handoff, name, value)
    handoff.save(update_fields=list(changes))
    event = HandoffEvent.objects.create(
        handoff=handoff,
        action=action,
        at=at,
        by=by,
        from_state=from_state,
        to_state=to,
        reason=reason,
        comment=comment,
        data={"before": before, **(data or {})},
    )
    announce_event(event)
    return event
