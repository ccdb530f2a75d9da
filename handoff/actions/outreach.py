"""What reps do and see: outreach logged as rep activity, touches marked as wrong (domain.md §5)."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import Contact, User
from accounts.roles import Capability
from handoff.actions.core import lock
from handoff.errors import MoveRefused
from handoff.models import Handoff, HandoffEvent, HandoffState, Note
from handoff.who import holder_id
from signals.manual import WRONG, ignore_touch, log_touch
from signals.models import Touch

KINDS = ("call", "email_sent", "message_sent", "meeting_held")
_NOTE_KINDS = {"call": Note.Kind.CALL, "email_sent": Note.Kind.EMAIL, "meeting_held": Note.Kind.MEETING}


@transaction.atomic
def log_outreach(
    *,
    handoff_id: int,
    kind: str,
    text: str,
    by: User,
    minutes: Decimal | float | None = None,
    contact: Contact | None = None,
) -> Handoff:
    """The holder reports a call, e-mail, message or meeting: rep activity, and a note where there are words.

    The first one after a claim stops the outreach clock. Refused: held, state (nobody holds it), needs (kind, minutes).
    """
    handoff = lock(handoff_id)
    if holder_id(handoff) != by.pk:
        holder = handoff.holder
        if holder is None:
            raise MoveRefused("Nobody holds this account: claim it, then log what you did.", "state")
        raise MoveRefused(f"{holder} has this account and logs its outreach.", "held", holder=holder)
    if kind not in KINDS:
        raise MoveRefused("Still needed: what it was.", "needs", needs=["call, e-mail, message or meeting"])
    if minutes is not None and not 0 <= minutes <= 1440:
        raise MoveRefused("Still needed: minutes of one day.", "needs", needs=["minutes between 0 and 1440"])
    if contact is not None and contact.account_id != handoff.account_id:
        raise MoveRefused("Still needed: a person of this account.", "needs", needs=["a person of this account"])
    log_touch(account=handoff.account, kind=kind, by=by, minutes=minutes, contact=contact, text=text.strip())
    if text.strip():
        Note.objects.create(
            account_id=handoff.account_id,
            handoff=handoff,
            author=by,
            kind=_NOTE_KINDS.get(kind, Note.Kind.CONTEXT),
            text=text.strip(),
        )
    at = timezone.now()
    if handoff.state == HandoffState.WORKING and handoff.outreach_at is None:
        handoff.outreach_at = at
    handoff.last_activity_at, handoff.offered_back_at = at, None
    handoff.save(update_fields=["outreach_at", "last_activity_at", "offered_back_at"])
    return handoff


@transaction.atomic
def mark_touch_wrong(*, touch_id: int, by: User, handoff: Handoff | None = None, comment: str = "") -> Touch:
    """A touch that is not this account's, or no interest at all: it gives nothing from now on, and is counted.

    The mark is an event of the handoff (the given one, else the account's last), so that it can be counted by person.
    Refused: role, not_found.
    """
    if not (by.may(Capability.WORK_QUEUE) or by.may(Capability.RECEIVE) or by.may(Capability.MATCH)):
        raise MoveRefused("You may not correct touches.", "role")
    before = Touch.objects.select_for_update(no_key=True).filter(pk=touch_id).first()
    if before is None:
        raise MoveRefused("This touch is gone.", "not_found")
    if before.ignored == WRONG:
        return before
    touch = ignore_touch(touch_id=touch_id)
    handoff = handoff or Handoff.objects.filter(account=touch.account_id).order_by("-queued_at").first()
    if handoff is not None:
        HandoffEvent.objects.create(
            handoff=handoff,
            action="touch_wrong",
            by=by,
            from_state=handoff.state,
            to_state=handoff.state,
            comment=comment.strip(),
            data={"touch": touch.pk},
        )
    return touch
