"""Who is told what: notices in the bell and the messages that leave, written with what caused them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, User
from accounts.roles import Role
from handoff.models import Handoff, HandoffEvent, Notice, NoticeChoice, OutboxMessage
from handoff.policy import desk_policy
from handoff.transitions import UNDOABLE

# What is worth an e-mail at once, in words. Each user may have it otherwise (NoticeChoice).
MAILED: dict[str, str] = {
    "assigned": "An account is given to you",
    "passed": "An SDR passes an account to you",
    "returned": "An AE returns what you passed",
    "hand_raise": "Somebody of your accounts asks to be called",
    "mention": "A colleague mentions you in a note",
    "sla_reminder": "A clock of yours is about to run out",
    "sla_breach": "A clock has run out",
    "offered_back": "What you hold is offered back to the pool",
    "away": "Work moves on from somebody who is away",
}
# Everything that one can be told, in words.
KINDS: dict[str, str] = MAILED | {
    "queued": "An account of yours enters the queue",
    "accepted": "An AE accepts what you passed",
    "opportunity": "An opportunity is opened of what you passed",
    "won": "What you passed is won",
    "lost": "What you passed is lost",
    "recycled": "What you had is recycled",
    "disqualified": "What you had is disqualified",
    "reassigned": "An account of yours goes to somebody else",
    "taken_over": "Somebody takes over what you let lie",
    "undone": "A move that concerns you is undone",
    "not_queued": "A customer, or an account with an open opportunity, qualifies",
}
Mail = NoticeChoice.Mail


def mail_by_itself(kind: str) -> str:
    """Whether the desk mails a kind where a user has chosen nothing."""
    return Mail.NOW if kind in MAILED else Mail.OFF


def tell(
    recipients: Iterable[User | None],
    *,
    kind: str,
    text: str,
    event: HandoffEvent | None = None,
    key: str = "",
    handoff: Handoff | None = None,
    account: Account | None = None,
    by: User | None = None,
) -> int:
    """One notice for each recipient, and an e-mail at once or in the digest, as each chose. Returns how many were new.

    `event` or `key` is the stable id of what happened: told once each, whatever runs twice. Nobody is told of what they
    did themselves (`by`), nor are those who left. The e-mail about a move waits until it can't be undone.
    """
    if event is not None:
        key = f"event:{event.pk}"
    people = {u.pk: u for u in recipients if u is not None and u.is_active and (by is None or u.pk != by.pk)}
    known = set(Notice.objects.filter(recipient__in=people, key=key).values_list("recipient_id", flat=True))
    fresh = [user for pk, user in people.items() if pk not in known]
    about = account or (handoff.account if handoff else None)
    account_id = about.pk if about else None
    chosen = {one.user_id: one for one in NoticeChoice.objects.filter(kind=kind, user__in=fresh)} if fresh else {}
    mail = {user.pk: chosen[user.pk].mail if user.pk in chosen else mail_by_itself(kind) for user in fresh}
    now = timezone.now()
    Notice.objects.bulk_create(
        [
            Notice(
                recipient=user,
                kind=kind,
                text=text[:300],
                key=key,
                handoff_id=handoff.pk if handoff else None,
                account_id=account_id,
                in_bell=user.pk not in chosen or chosen[user.pk].bell,
                read_at=now if user.pk in chosen and not chosen[user.pk].bell else None,
                in_digest=mail[user.pk] == Mail.DIGEST,
            )
            for user in fresh
        ],
        ignore_conflicts=True,
    )
    at_once = [user for user in fresh if mail[user.pk] == Mail.NOW]
    if at_once:
        hold = dt.timedelta(seconds=desk_policy().undo_seconds if event and event.action in UNDOABLE else 0)
        OutboxMessage.objects.bulk_create(
            [
                OutboxMessage(
                    channel=OutboxMessage.Channel.EMAIL,
                    key=f"{key}:{kind}:{user.pk}",
                    event_type=f"notice.{kind}",
                    recipient=user.email,
                    next_attempt_at=now + hold,
                    payload={
                        "subject": text[:150],
                        "text": text,
                        "handoff": handoff.pk if handoff else None,
                        "account": account_id,
                    },
                )
                for user in at_once
            ],
            ignore_conflicts=True,
        )
    return len(fresh)


def managers_of(user: User | None) -> list[User]:
    """The managers of the user's team; where it has none, all managers; where there is none, the admins."""
    managers = list(User.objects.filter(role=Role.MANAGER, is_active=True))
    team = user.team_id if user else None
    return (
        [m for m in managers if team is not None and m.team_id == team]
        or managers
        or list(User.objects.filter(role=Role.ADMIN, is_active=True))
    )


def take_back(event: HandoffEvent) -> list[User]:
    """Removes what nobody has read or received yet about a move that is undone; returns who has read of it."""
    key = f"event:{event.pk}"
    unseen = Q(read_at__isnull=True) | Q(in_bell=False)
    known = Notice.objects.filter(key=key).exclude(unseen & Q(digested_at__isnull=True))
    readers = list(User.objects.filter(pk__in=known.values("recipient")))
    Notice.objects.filter(key=key).exclude(pk__in=known.values("pk")).delete()
    OutboxMessage.objects.filter(key__startswith=f"{key}:", delivered_at__isnull=True, attempts=0).delete()
    return readers


def mark_read(*, user: User, notice_id: int | None = None) -> int:
    """One of a user's notices, or all of them, are read now; how many were not yet."""
    unread = Notice.objects.filter(recipient=user, read_at__isnull=True)
    return (unread if notice_id is None else unread.filter(pk=notice_id)).update(read_at=timezone.now())
