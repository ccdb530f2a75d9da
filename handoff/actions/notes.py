"""Notes: what was said, for whoever comes next (domain.md §5)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from accounts.models import Account, User
from accounts.roles import Capability
from handoff import notify
from handoff.activity import mark_activity
from handoff.errors import MoveRefused
from handoff.mentions import mentioned
from handoff.models import Handoff, Note


@transaction.atomic
def add_note(
    *,
    account: Account,
    by: User,
    text: str,
    kind: str = "context",
    handoff: Handoff | None = None,
    mentions: Iterable[User] = (),
    pinned: bool = False,
) -> Note:
    """A note on an account, and on its handoff if given. Whoever is named (`mentions`, or @Name in the text) is told.

    A note of the holder counts as activity. Refused: role, needs (a text).
    """
    if not by.may(Capability.WRITE_NOTES):
        raise MoveRefused("You may not write notes.", "role")
    if not text.strip():
        raise MoveRefused("Still needed: a text.", "needs", needs=["a text"])
    note = Note.objects.create(
        account=account, handoff=handoff, author=by, kind=Note.Kind(kind), text=text.strip(), is_pinned=pinned
    )
    named = mentioned(text, User.objects.filter(is_active=True)) if "@" in text else []
    people = {user.pk: user for user in [*mentions, *named]}
    note.mentions.set(people.values())
    notify.tell(
        people.values(),
        kind="mention",
        text=f"{by} mentioned you at {account}: {note.text}",
        handoff=handoff,
        account=account,
        key=f"note:{note.pk}",
        by=by,
    )
    if handoff is not None:
        mark_activity(handoff.pk, by)
    return note


@transaction.atomic
def pin_note(*, note_id: int, by: User, pinned: bool = True) -> Note:
    """Pins a note above the others, or unpins it. Refused: role, not_found."""
    if not by.may(Capability.WRITE_NOTES):
        raise MoveRefused("You may not pin notes.", "role")
    note = Note.objects.select_for_update(no_key=True).filter(pk=note_id).first()
    if note is None:
        raise MoveRefused("This note is gone.", "not_found")
    note.is_pinned = pinned
    note.save(update_fields=["is_pinned"])
    return note
