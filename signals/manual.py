"""Touches that people log or correct by hand: rep activity, and "this touch is wrong" (domain.md §5)."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, Contact, Source, User
from signals.actions import request_rescore
from signals.models import PastReading, RescoreRequest, Touch, TouchLedger, TouchType

SOURCE_NAME = "Desk"
WRONG = "wrong"
_READING = (
    "account_id",
    "contact_id",
    "touch_type_id",
    "theme_id",
    "channel",
    "campaign",
    "minutes",
    "ignored",
    "known_from",
)


@transaction.atomic
def log_touch(
    *,
    account: Account,
    kind: str,
    by: User,
    minutes: Decimal | float | None = None,
    contact: Contact | None = None,
    text: str = "",
    occurred_at: dt.datetime | None = None,
) -> Touch:
    """A touch of type `kind` (its key) that a rep reports. `minutes` null: the type's own. Asks for a rescore."""
    touch_type = TouchType.objects.get(key=kind)
    source, _ = Source.objects.get_or_create(name=SOURCE_NAME)
    now = timezone.now()
    message_id = str(uuid.uuid4())
    payload = {"by": by.pk, "text": text}
    touch = Touch.objects.create(
        account=account,
        contact=contact,
        touch_type=touch_type,
        minutes=touch_type.default_minutes if minutes is None else Decimal(str(minutes)),
        channel="sales",
        source=source,
        message_id=message_id,
        occurred_at=occurred_at or now,
        received_at=now,
        known_from=now,
        kind="manual",
        name=touch_type.name,
        payload=payload,
    )
    TouchLedger.objects.create(
        source_id=source.pk,
        digest=_digest(message_id),
        body=_digest(json.dumps(payload, sort_keys=True)),
        received_at=now,
    )
    request_rescore(account_ids=[account.pk], reason="logged", priority=RescoreRequest.Priority.FRESH)
    return touch


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:16]


@transaction.atomic
def ignore_touch(*, touch_id: int, why: str = WRONG) -> Touch:
    """Reads a touch as giving nothing from now on; the reading before stays known for the past. Idempotent.

    Raises Touch.DoesNotExist. What was received is kept and shown.
    """
    touch = Touch.objects.select_for_update(no_key=True).get(pk=touch_id)
    if touch.ignored == why:
        return touch
    now = timezone.now()
    PastReading.objects.create(touch_id=touch.pk, known_until=now, **{name: getattr(touch, name) for name in _READING})
    touch.ignored, touch.known_from = why, now
    touch.save(update_fields=["ignored", "known_from"])
    if touch.account_id:
        request_rescore(account_ids=[touch.account_id], reason="reading", priority=RescoreRequest.Priority.FRESH)
    return touch


@transaction.atomic
def give_touch(*, touch: Touch, account: Account) -> Touch:
    """Reads a touch as this account's from now on, as a person said; whose it was before stays known for the past."""
    now = timezone.now()
    before = touch.account_id
    PastReading.objects.create(touch_id=touch.pk, known_until=now, **{name: getattr(touch, name) for name in _READING})
    touch.account, touch.known_from = account, now
    if touch.contact_id and touch.contact and touch.contact.account_id not in {None, account.pk}:
        touch.contact = None
    touch.save(update_fields=["account", "contact", "known_from"])
    touched = [pk for pk in (before, account.pk) if pk]
    request_rescore(account_ids=touched, reason="reading", priority=RescoreRequest.Priority.FRESH)
    return touch
