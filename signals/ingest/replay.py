"""Taking an event that was set aside again, after what was in its way is gone (promise R3)."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from signals.ingest import store
from signals.ingest.parse import Event, parse
from signals.models import SetAsideEvent

# As many as one press of a button takes, each in its own transaction.
MOST_REPLAYED = 500


@transaction.atomic
def replay(*, set_aside: SetAsideEvent, by: User | None) -> str | None:  # noqa: ARG001
    """Take the event as if it came now (without a timestamp it happened when it first came).

    None when it was taken, or had been before; else why it still can't be. It stays counted as set aside.
    """
    row = SetAsideEvent.objects.select_for_update().get(pk=set_aside.pk)
    if row.replayed_at is not None:
        return None
    found = parse(row.payload, received_at=row.received_at)
    refused = (
        store.take([found], source_id=row.source_id, received_at=timezone.now()).refused
        if isinstance(found, Event)
        else [found]
    )
    if refused:
        return refused[0].reason
    row.replayed_at = timezone.now()
    row.save(update_fields=["replayed_at"])
    return None


def replay_all(*, code: str = "", by: User | None) -> tuple[int, list[str]]:
    """Take up to MOST_REPLAYED again that wait (of a reason), the first to come first: how many were, and why others weren't."""
    waiting = SetAsideEvent.objects.filter(replayed_at__isnull=True, **({"code": code} if code else {}))
    found = [replay(set_aside=row, by=by) for row in waiting.order_by("pk")[:MOST_REPLAYED]]
    problems = [problem for problem in found if problem is not None]
    return len(found) - len(problems), problems
