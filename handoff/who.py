"""Who somebody is to a handoff: the hats that the table of moves asks for."""

from __future__ import annotations

from accounts.models import User
from accounts.roles import Capability
from handoff.models import Handoff, HandoffState
from handoff.transitions import Hat

_WITH_AE = frozenset({HandoffState.PASSED, HandoffState.ACCEPTED, HandoffState.OPPORTUNITY})


def holder_id(handoff: Handoff) -> int | None:
    """The id of `Handoff.holder`, without a query."""
    if handoff.state in _WITH_AE:
        return handoff.ae_id
    return handoff.claimed_by_id if handoff.state == HandoffState.WORKING else None


def hats(handoff: Handoff, user: User) -> set[Hat]:
    """What `user` is to `handoff`. Somebody deactivated wears none."""
    if not user.is_active:
        return set()
    worn = set()
    if user.may(Capability.WORK_QUEUE):
        worn.add(Hat.SDR)
    if user.may(Capability.ASSIGN):
        worn.add(Hat.MANAGER)
    if holder_id(handoff) == user.pk:
        worn.add(Hat.HOLDER)
    return worn
