"""How a journey ends without a deal: recycle and disqualify (domain.md §5)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from handoff import notify
from handoff.actions.core import authorise, find_reason, lock, record, still_needed
from handoff.models import Handoff, HandoffEvent, Reason
from handoff.transitions import Need
from signals.models import CenterState


def closed_columns(handoff: Handoff, by: User | None, at: dt.datetime) -> dict[str, Any]:
    """What every closing sets. The score at closing decides later whether the center comes back before its time."""
    score = CenterState.objects.filter(center=handoff.center_id).values_list("score", flat=True).first()
    return {"closed_at": at, "closed_by_id": by.pk if by else None, "score_at_close": score, "cooling_since": None}


@transaction.atomic
def recycle(
    *, handoff_id: int, reason: str | Reason | None, comeback_on: dt.date | None, comment: str = "", by: User
) -> Handoff:
    """The holder sends it back to marketing until `comeback_on`, from when it may enter again.

    Refused: held, state, needs (a reason; a date after today).
    """
    handoff = lock(handoff_id)
    move = authorise(handoff, "recycle", by)
    why = find_reason(Reason.Kind.RECYCLE, reason)
    at = timezone.now()
    if why is None or comeback_on is None or comeback_on <= at.date():
        late = comeback_on is None or comeback_on <= at.date()
        raise still_needed((why is None, Need.REASON), (late, Need.DATE, "a date to come back, after today"))
    event = record(
        handoff,
        "recycle",
        by=by,
        to=move.to,
        at=at,
        reason=why,
        comment=comment.strip(),
        data={"comeback_on": comeback_on.isoformat()},
        reason_id=why.pk,
        comeback_on=comeback_on,
        **closed_columns(handoff, by, at),
    )
    _tell_others(handoff, f"{by} recycled {handoff.center}: {why.label.lower()}.", "recycled", event, by)
    return handoff


@transaction.atomic
def disqualify(
    *, handoff_id: int, reason: str | Reason | None, criterion: str = "", comment: str = "", by: User
) -> Handoff:
    """An SDR (queued) or the holder (working, accepted) says that it is none.

    Refused: held, role, state, needs (a reason; for "no fit" which criterion).
    """
    handoff = lock(handoff_id)
    move = authorise(handoff, "disqualify", by)
    why = find_reason(Reason.Kind.DISQUALIFY, reason)
    if why is None or (why.needs_criterion and not criterion.strip()):
        raise still_needed((why is None, Need.REASON), (why is not None, Need.CRITERION))
    at = timezone.now()
    event = record(
        handoff,
        "disqualify",
        by=by,
        to=move.to,
        at=at,
        reason=why,
        comment=comment.strip(),
        data={"criterion": criterion.strip()},
        reason_id=why.pk,
        criterion=criterion.strip(),
        **closed_columns(handoff, by, at),
    )
    _tell_others(handoff, f"{by} disqualified {handoff.center}: {why.label.lower()}.", "disqualified", event, by)
    return handoff


def _tell_others(handoff: Handoff, text: str, kind: str, event: HandoffEvent, by: User) -> None:
    people = [handoff.claimed_by, handoff.passed_by, handoff.ae if handoff.passed_at else None]
    notify.tell(people, kind=kind, text=text, handoff=handoff, event=event, by=by)
