"""What others ask of scoring: that centers be evaluated again (architecture.md, "Background work")."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from signals.models import RescoreRequest
from signals.wake import wake_after_commit

_INSERT = """
INSERT INTO signals_rescorerequest (center_id, due_at, priority, reason)
SELECT id, %s, %s, %s FROM accounts_buyingcenter"""


def request_rescore(
    *,
    center_ids: Iterable[int] = (),
    account_ids: Iterable[int] = (),
    reason: str,
    priority: int = RescoreRequest.Priority.CHANGED,
    due_at: datetime | None = None,
) -> int:
    """Have these centers, and all centers of these accounts, evaluated; how many requests that made.

    Insert-only, so it never waits for a scorer. Belongs into the transaction that changed the facts: both commit or neither.
    """
    centers, accounts = sorted(set(center_ids)), sorted(set(account_ids))
    if not centers and not accounts:
        return 0
    made = _insert(
        " WHERE id = ANY(%s::bigint[]) OR account_id = ANY(%s::bigint[]) ORDER BY id",
        [due_at or timezone.now(), priority, reason, centers, accounts],
    )
    wake_after_commit()
    return made


def request_rescore_of_all(*, reason: str, priority: int = RescoreRequest.Priority.PUBLISH) -> int:
    """Have every center evaluated; how many requests that made."""
    made = _insert(" ORDER BY id", [timezone.now(), priority, reason])
    wake_after_commit()
    return made


def _insert(which: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT + which, parameters)
        return int(cursor.rowcount)
