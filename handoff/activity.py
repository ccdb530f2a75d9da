"""That the holder did something: the idle clock starts anew, and an offer to the pool is taken back (domain.md §5)."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from handoff.models import OPEN_STATES, Handoff
from handoff.who import holder_id


def mark_activity(handoff_id: int, by: User) -> None:
    """Notes what `by` did, if `by` holds this handoff. Belongs into the transaction of what was done."""
    handoff = Handoff.objects.select_for_update(no_key=True).filter(pk=handoff_id, state__in=OPEN_STATES).first()
    if handoff is not None and holder_id(handoff) == by.pk:
        handoff.last_activity_at, handoff.offered_back_at = timezone.now(), None
        handoff.save(update_fields=["last_activity_at", "offered_back_at"])
