"""A named center that qualifies is split off from the whole account's handoff (domain.md §2)."""

from __future__ import annotations

from django.db import transaction

from accounts.models import BuyingCenter, User
from handoff.actions.closing import closed_columns
from handoff.actions.core import lock, record
from handoff.errors import MoveRefused
from handoff.models import OPEN_STATES, Handoff
from handoff.opening import open_new
from handoff.rules import present_rules
from handoff.transitions import Hat
from handoff.who import hats
from signals.models import CenterState


@transaction.atomic
def split_off(*, handoff_id: int, center: BuyingCenter, by: User) -> Handoff:
    """Opens a handoff of its own for a named center that qualifies; returns it.

    The whole's stays with whoever holds it; one that is still queued is withdrawn, since the whole account does not queue
    while a named center of it has an open handoff. Refused: held, role, state, needs.
    """
    parent = lock(handoff_id)
    if parent.state not in OPEN_STATES or not parent.center.is_default:
        raise MoveRefused("Only the open handoff of a whole account can be split.", "state")
    holder = parent.holder
    if not hats(parent, by) & ({Hat.SDR} if holder is None else {Hat.HOLDER, Hat.MANAGER}):
        if holder is None:
            raise MoveRefused("Only an SDR splits what is queued.", "role")
        raise MoveRefused(f"{holder} has this account; ask them to split it.", "held", holder=holder)
    if center.is_default or center.account_id != parent.account_id:
        raise MoveRefused("Still needed: a named center.", "needs", needs=["a named center of this account"])
    if Handoff.objects.filter(center=center, state__in=OPEN_STATES).exists():
        raise MoveRefused(f"{center.name} has an open handoff already.", "state")
    state = CenterState.objects.filter(center=center, qualified=True).select_related("decision").first()
    if state is None:
        raise MoveRefused(f"{center.name} does not qualify.", "needs", needs=[f"that {center.name} qualifies"])
    rules = present_rules()
    child = open_new(center, rules, decision=state.decision, qualified_at=state.qualified_since or rules.now)
    to, columns = parent.state, {}
    if parent.state == "queued":
        to, columns = "withdrawn", closed_columns(parent, None, rules.now)
    data = {"center": center.pk, "handoff": child.pk}
    record(parent, "split", by=by, to=to, at=rules.now, comment=f"{center.name} split off", data=data, **columns)
    return child
