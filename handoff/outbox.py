"""Delivers what the desk wrote into its outbox: at least once, under a stable id (promise R7)."""

from __future__ import annotations

import datetime as dt
import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from handoff.models import OutboxMessage

logger = logging.getLogger(__name__)

ATTEMPTS = 10
FIRST_WAIT = dt.timedelta(seconds=30)


def deliver_due(limit: int = 50) -> int:
    """Sends up to `limit` due e-mails; returns how many were tried. One that fails is tried again, ever later."""
    tried = 0
    while tried < limit and _deliver_one():
        tried += 1
    return tried


@transaction.atomic
def _deliver_one() -> bool:
    """Holds the row while it is sent: another process takes the next one, and a crash leaves this one due."""
    message = (
        OutboxMessage.objects.select_for_update(skip_locked=True)
        .filter(
            channel=OutboxMessage.Channel.EMAIL,
            delivered_at__isnull=True,
            given_up_at__isnull=True,
            next_attempt_at__lte=timezone.now(),
        )
        .order_by("next_attempt_at", "id")
        .first()
    )
    if message is None:
        return False
    message.attempts += 1
    try:
        _send(message)
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("E-mail %s was not taken: %s", message.key, error)
        message.last_error = str(error)[:300]
        message.next_attempt_at = timezone.now() + FIRST_WAIT * 2**message.attempts
        if message.attempts >= ATTEMPTS:
            message.given_up_at = timezone.now()
    else:
        message.delivered_at, message.last_error = timezone.now(), ""
    message.save(update_fields=["attempts", "last_error", "next_attempt_at", "given_up_at", "delivered_at"])
    return True


def _send(message: OutboxMessage) -> None:
    EmailMessage(
        subject=message.payload["subject"],
        body=message.payload["text"],
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[message.recipient],
        # Mail programs tell repeats by it.
        headers={"Message-ID": f"<{message.key.replace(':', '.')}@mqa-desk>"},
    ).send()
