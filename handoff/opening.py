"""The system's own moves: a handoff opens, reopens, is marked; who must know is told (domain.md §4, end)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import BuyingCenter
from handoff import notify
from handoff.actions.core import lock, record
from handoff.assigning import assign_waiting
from handoff.entering import Entry
from handoff.models import OPEN_STATES, Handoff, HandoffEvent
from handoff.rules import Rules
from handoff.webhooks import announce_event
from signals.models import CenterState, Decision

Raised = tuple[int, dt.datetime]  # the touch, and when


def open_handoff(center: BuyingCenter) -> Handoff | None:
    """The center's open handoff, locked."""
    pk = Handoff.objects.filter(center=center, state__in=OPEN_STATES).values_list("pk", flat=True).first()
    if pk is None:
        return None
    handoff = lock(pk)
    return handoff if handoff.state in OPEN_STATES else None


def qualifies_now(center: BuyingCenter) -> bool:
    """True when its last evaluation said so."""
    return CenterState.objects.filter(center=center, qualified=True).exists()


def cools(handoff: Handoff) -> bool:
    """True where not qualifying begins to cool it: an MQA that nobody raised a hand for and that is not cooling yet."""
    return handoff.is_mqa and handoff.hand_raise_at is None and handoff.cooling_since is None


def mark(
    handoff: Handoff, action: str, rules: Rules, *, data: dict[str, Any] | None = None, **changes: Any
) -> HandoffEvent:
    """A change by the system that moves nothing and is no activity of the holder."""
    changes["last_activity_at"], changes["offered_back_at"] = handoff.last_activity_at, handoff.offered_back_at
    return record(handoff, action, by=None, to=handoff.state, at=rules.now, data=data, **changes)


def open_new(
    center: BuyingCenter,
    rules: Rules,
    *,
    decision: Decision | None,
    qualified_at: dt.datetime | None = None,
    raised: Raised | None = None,
) -> Handoff:
    """A new one in the queue: an MQA with `qualified_at`, else a hand-raise alone."""
    touch_id, raised_at = raised or (None, None)
    handoff = Handoff.objects.create(
        center=center,
        account_id=center.account_id,
        state="queued",
        state_since=rules.now,
        is_mqa=qualified_at is not None,
        decision=decision if qualified_at else None,
        qualified_at=qualified_at,
        hand_raise_at=raised_at,
        hand_raise_touch_id=touch_id,
        queued_at=rules.now,
        claim_due_at=rules.claim_due(hand_raise=raised is not None),
        last_activity_at=rules.now,
    )
    event = HandoffEvent.objects.create(
        handoff=handoff, action="open", at=rules.now, from_state="", to_state="queued", data={"touch": touch_id}
    )
    announce_event(event)
    _tell_queued(handoff, event, hand_raise=raised is not None)
    return handoff


def reopen(
    last: Handoff,
    rules: Rules,
    *,
    decision: Decision | None,
    raised: Raised | None = None,
) -> Handoff:
    """The withdrawn one goes on: the same journey, counted once, under a fresh claim clock."""
    handoff = lock(last.pk)
    changes: dict[str, Any] = {
        "queued_at": rules.now,
        "closed_at": None,
        "closed_by_id": None,
        "cooling_since": None,
        "score_at_close": None,
        "claim_due_at": rules.claim_due(hand_raise=raised is not None),
    }
    if raised is not None:
        changes["hand_raise_touch_id"], changes["hand_raise_at"] = raised
    data = {"decision": decision.pk if decision else None, "touch": raised[0] if raised else None}
    event = record(handoff, "reopen", by=None, to="queued", at=rules.now, data=data, **changes)
    _tell_queued(handoff, event, hand_raise=raised is not None)
    return handoff


def _tell_queued(handoff: Handoff, event: HandoffEvent, *, hand_raise: bool) -> None:
    owner = assign_waiting(handoff, at=event.at)
    what = "asks to be called" if hand_raise else "qualified"
    text = f"{handoff.center} {what} and waits in your queue."
    kind = "hand_raise" if hand_raise else "queued"
    notify.tell([owner], kind=kind, text=text, handoff=handoff, event=event)


def show_on(handoff: Handoff, center: BuyingCenter, decision: Decision | None) -> None:
    """A named center that qualifies is shown on the whole's handoff, from which it can be split off. Once each."""
    shown = handoff.events.filter(action="center_qualified", data__center=center.pk)
    if decision and not shown.filter(data__decision=decision.pk).exists():
        event = HandoffEvent.objects.create(
            handoff=handoff,
            action="center_qualified",
            from_state=handoff.state,
            to_state=handoff.state,
            comment=f"{center.name} qualifies",
            data={"center": center.pk, "decision": decision.pk},
        )
        announce_event(event)


def tell_owner(center: BuyingCenter, verdict: Entry, what: str, key: str) -> None:
    why = "it is a customer" if verdict == Entry.CUSTOMER else "it has an open opportunity"
    account = center.account
    notify.tell(
        [account.owner_ae or account.owner_sdr],
        kind="not_queued",
        text=f"{center} {what}; {why}, so it does not queue.",
        account=account,
        key=key,
    )
