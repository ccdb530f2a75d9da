"""Demo and contact requests: into the queue at once, onto an open handoff, or to the triage list (domain.md §4)."""

from __future__ import annotations

import datetime as dt

from accounts.models import BuyingCenter
from handoff import notify
from handoff.actions.core import lock
from handoff.entering import Entry, entry, is_fresh
from handoff.models import Handoff, TriageItem
from handoff.opening import Raised, mark, open_handoff, open_new, reopen, tell_owner
from handoff.rules import Rules
from handoff.standing import last_closed, open_elsewhere, standing_of
from signals.models import CenterState, Transition


def on_hand_raise(row: Transition, rules: Rules) -> None:
    """A demo or contact request: into the queue, onto an open handoff, or to the triage list."""
    if not is_fresh(row.occurred_at.astimezone(dt.UTC).date(), rules.terms, today=rules.today):
        return
    if row.touch_id is None:
        raise ValueError("a hand-raise is a touch")
    if row.center is None:
        to_triage(row.touch_id, None, row.contact_id, row.occurred_at, rules)
        return
    raise_hand(row.center, row.touch_id, row.occurred_at, rules, contact_id=row.contact_id)


def raise_hand(
    center: BuyingCenter,
    touch_id: int,
    raised_at: dt.datetime,
    rules: Rules,
    *,
    contact_id: int | None = None,
    placed: bool = False,
) -> Handoff | None:
    """Lets a hand-raise in at a center; the handoff that carries it, None when it goes to triage, or nowhere.

    `placed`: a person said that it belongs here, so the ICP status is not asked.
    """
    raised = (touch_id, raised_at)
    handoff = open_handoff(center) or _locked(open_elsewhere(center))
    if handoff is not None:
        mark_raised(handoff, raised, rules)
        _settle(touch_id, "queued", rules, handoff)
        return handoff
    state = CenterState.objects.filter(center=center).select_related("decision").defer("evidence").first()
    icp = state.icp if state else ""
    if not placed and icp == "out":
        _settle(touch_id, "out", rules)
        return None
    if not placed and icp != "in":
        to_triage(touch_id, center.account_id, contact_id, raised_at, rules)
        return None
    score = state.score if state else None
    standing = standing_of(center, rules.config, rules.today)
    verdict = entry(standing, rules.terms, today=rules.today, score=score, hand_raise=True)
    if verdict in {Entry.CUSTOMER, Entry.OPPORTUNITY}:
        tell_owner(center, verdict, "asks to be called", f"touch:{touch_id}")
        _settle(touch_id, "owner", rules)
        return None
    qualified = state is not None and state.qualified
    decision = state.decision if state and qualified else None
    last = last_closed(center) if verdict == Entry.REOPEN else None
    if last is not None:
        handoff = reopen(last, rules, decision=decision, raised=raised)
    else:
        at = rules.now if qualified else None
        handoff = open_new(center, rules, decision=decision, raised=raised, qualified_at=at)
    _settle(touch_id, "queued", rules, handoff)
    return handoff


def _locked(handoff: Handoff | None) -> Handoff | None:
    return lock(handoff.pk) if handoff else None


def mark_raised(handoff: Handoff, raised: Raised, rules: Rules) -> None:
    """Marks an open handoff: first in the queue, under the hand-raise's clock, and it no longer cools."""
    touch_id, raised_at = raised
    if handoff.hand_raise_touch_id == touch_id or (handoff.hand_raise_at and handoff.hand_raise_at > raised_at):
        return
    changes: dict[str, object] = {
        "hand_raise_at": raised_at,
        "hand_raise_touch_id": touch_id,
        "cooling_since": None,
    }
    if handoff.state == "queued":
        due = rules.claim_due(hand_raise=True)
        changes["claim_due_at"] = min(due, handoff.claim_due_at or due)
    event = mark(handoff, "hand_raise", rules, data={"touch": touch_id}, **changes)
    people = [handoff.holder] if handoff.holder else [handoff.waits_for]
    text = f"{handoff.center} asks to be called."
    notify.tell(people, kind="hand_raise", text=text, handoff=handoff, event=event)


def to_triage(
    touch_id: int, account_id: int | None, contact_id: int | None, raised_at: dt.datetime, rules: Rules
) -> TriageItem:
    """Puts a hand-raise on the triage list, once, under the same clock as in the queue."""
    item, made = TriageItem.objects.get_or_create(
        touch_id=touch_id,
        defaults={
            "account_id": account_id,
            "contact_id": contact_id,
            "occurred_at": raised_at,
            "created_at": rules.now,
            "due_at": rules.claim_due(hand_raise=True),
        },
    )
    if not made and account_id and item.account_id is None and item.resolved_at is None:
        item.account_id, item.contact_id = account_id, contact_id or item.contact_id
        item.save(update_fields=["account", "contact"])
    return item


def _settle(touch_id: int, outcome: str, rules: Rules, handoff: Handoff | None = None) -> None:
    """What waited on the triage list has found its place."""
    TriageItem.objects.filter(touch_id=touch_id, resolved_at__isnull=True).update(
        resolved_at=rules.now, outcome=outcome, handoff=handoff
    )
