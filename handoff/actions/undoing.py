"""A wrong click, taken back within a minute by the one who made it (domain.md §5)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from handoff import notify
from handoff.actions.core import lock, record
from handoff.errors import MoveRefused
from handoff.lifecycle import put_back
from handoff.models import OPEN_STATES, Handoff, HandoffEvent, Opportunity
from handoff.policy import desk_policy
from handoff.transitions import UNDOABLE
from handoff.webhooks import announce_undone


@transaction.atomic
def undo(*, handoff_id: int, by: User) -> Handoff:
    """Puts back what `by`'s own last move changed, if nothing has happened since and it is at most `undo_seconds` old.

    The event stays, and another one says that it was undone. Refused: state (another's move, or nothing to undo), late.
    """
    handoff = lock(handoff_id)
    event = handoff.events.order_by("-at", "-id").first()
    seconds = desk_policy().undo_seconds
    at = timezone.now()
    if event is None or event.action not in UNDOABLE or event.by_id != by.pk or not by.is_active:
        who = (
            f"{event.by} moved it since" if event and event.by and event.by_id != by.pk else "there is no move of yours"
        )
        raise MoveRefused(f"Only your own last move can be undone: {who}.", "state", holder=handoff.holder)
    if at - event.at > dt.timedelta(seconds=seconds):
        raise MoveRefused(f"A move can be undone for {seconds} seconds; this one is older.", "late")
    _refuse_second_open(handoff, event)
    columns = {name: _restored(name, value) for name, value in event.data["before"].items()}
    state = columns.pop("state")
    columns["last_activity_at"] = at
    deal_id = handoff.opportunity_id
    undone = record(
        handoff, "undo", by=by, to=state, at=at, data={"event": event.pk, "action": event.action}, **columns
    )
    if deal_id is not None:
        _put_back_deal(event, deal_id)
    put_back(handoff.account, event.data.get("account", {}), by)
    people = notify.take_back(event)
    announce_undone(undone, of=event)
    text = f"{by} undid a move: {handoff.center} is {handoff.get_state_display().lower()} again."
    notify.tell(people, kind="undone", text=text, handoff=handoff, event=undone, by=by)
    return handoff


def _refuse_second_open(handoff: Handoff, event: HandoffEvent) -> None:
    """A closed one can't be opened again once the center has another open one."""
    if handoff.state in OPEN_STATES or event.from_state not in OPEN_STATES:
        return
    if Handoff.objects.filter(center=handoff.center_id, state__in=OPEN_STATES).exists():
        raise MoveRefused("It has entered the queue anew since, so closing it can't be undone.", "state")


_COLUMNS = {field.attname: field for field in Handoff._meta.concrete_fields}  # noqa: SLF001 - Django's documented API


def _restored(name: str, value: Any) -> Any:
    """A column's value from the JSON that `record` kept."""
    return _COLUMNS[name].to_python(value)


def _put_back_deal(event: HandoffEvent, deal_id: int) -> None:
    """What the move did to the opportunity: opened (deleted again, unless something else uses it), won or lost."""
    if event.action == "opportunity" and event.data["created"]:
        if not Handoff.objects.filter(opportunity=deal_id).exists():
            Opportunity.objects.filter(pk=deal_id).delete()
    elif event.action in {"win", "lose"}:
        before = {name: Decimal(value) if value is not None else None for name, value in event.data["deal"].items()}
        Opportunity.objects.filter(pk=deal_id).update(
            stage=Opportunity.Stage.OPEN, closed_on=None, loss_reason="", **before
        )
