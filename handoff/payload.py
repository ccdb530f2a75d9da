"""What the API says of an account's open handoff (domain.md §8, end)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accounts.models import User
from handoff.clocks import next_due
from handoff.models import OPEN_STATES, Handoff


def account_part(account_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """By account its open handoff: the whole's, else the one of its centers that came last. One query."""
    rows = Handoff.objects.filter(account__in=account_ids, state__in=OPEN_STATES)
    rows = rows.select_related("center", "claimed_by", "ae").order_by("center__is_default", "queued_at", "id")
    return {row.account_id: handoff_payload(row) for row in rows}


def handoff_payload(row: Handoff) -> dict[str, Any]:
    """One handoff; times are UTC, `due_at` is the nearest clock that runs."""
    return {
        "id": row.pk,
        "center": row.center_id,
        "state": row.state,
        "since": row.state_since,
        "holder": _person(row.holder),
        "sdr": _person(row.claimed_by),
        "ae": _person(row.ae),
        "is_mqa": row.is_mqa,
        "qualified_at": row.qualified_at,
        "queued_at": row.queued_at,
        "hand_raise_at": row.hand_raise_at,
        "cooling_since": row.cooling_since,
        "claim_due_at": row.claim_due_at if row.state == "queued" else None,
        "due_at": next_due(row),
    }


def _person(user: User | None) -> dict[str, Any] | None:
    return {"id": user.pk, "name": user.name} if user else None
