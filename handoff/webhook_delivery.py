"""Delivers webhooks: at least once, under a stable id, tried again for days (domain.md §8, promises X3).

A message is claimed by moving its next attempt past the longest time that an attempt can take, and no transaction is open
while the network is asked. Whoever dies in between leaves it due. An endpoint that fails waits till the others were served.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import threading
import time

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from handoff.models import OutboxMessage, WebhookAttempt, WebhookEndpoint
from handoff.outgoing import AddressRefused, Answer, post

logger = logging.getLogger(__name__)

# Longer than resolving a name and `outgoing.WHOLE_SECONDS` together.
LEASE = dt.timedelta(seconds=120)
# How long to wait after each failed attempt, as the specification proposes: over three days in all.
WAITS = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
GONE = 410

_thread: threading.Thread | None = None


def deliver_beside() -> int:
    """The step of the loop: a thread of its own delivers what is due, so that no slow endpoint holds up scoring."""
    global _thread  # noqa: PLW0603 - one a process
    if (_thread and _thread.is_alive()) or not _due(set()).exists():
        return 0
    _thread = threading.Thread(target=_deliver_and_close, name="webhooks", daemon=True)
    _thread.start()
    return 1


def _deliver_and_close() -> None:
    try:
        deliver_webhooks()
    except DatabaseError:
        logger.warning("Delivering webhooks lost the database; the next step goes on", exc_info=True)
    finally:
        connection.close()


def deliver_webhooks(limit: int = 500) -> int:
    """Sends up to `limit` due messages; returns how many were tried. An endpoint that fails is left for the next call."""
    tried, failed = 0, set[int]()
    while tried < limit:
        message = _claim(failed)
        if message is None:
            break
        tried += 1
        if not _attempt(message):
            failed.add(message.endpoint_id or 0)
    return tried


def _due(without: set[int]) -> QuerySet[OutboxMessage]:
    return OutboxMessage.objects.filter(
        endpoint__is_active=True,
        delivered_at__isnull=True,
        given_up_at__isnull=True,
        next_attempt_at__lte=timezone.now(),
    ).exclude(endpoint__in=without)


@transaction.atomic
def _claim(without: set[int]) -> OutboxMessage | None:
    message = (
        _due(without)
        .select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("endpoint")
        .order_by("next_attempt_at", "id")
        .first()
    )
    if message is not None:
        message.attempts += 1
        message.next_attempt_at = timezone.now() + LEASE
        message.save(update_fields=["attempts", "next_attempt_at"])
    return message


def _attempt(message: OutboxMessage) -> bool:
    """Ask the endpoint once and write down how it went; True when it took the message."""
    endpoint, began = message.endpoint, time.monotonic()
    if endpoint is None:
        raise AssertionError("only messages of endpoints are claimed")
    answer, error = _send(message, endpoint)
    taken = answer is not None and 200 <= answer.status < 300
    attempt = WebhookAttempt(
        message=message,
        status=answer.status if answer else None,
        error=error[:300],
        milliseconds=round((time.monotonic() - began) * 1000),
    )
    with transaction.atomic():
        # It may have been taken back, and may since have been replayed: only this attempt's claim is settled.
        mine = OutboxMessage.objects.filter(pk=message.pk, attempts=message.attempts, delivered_at__isnull=True)
        if taken:
            settled = mine.update(delivered_at=timezone.now(), last_error="")
        elif message.attempts > len(WAITS) or (answer and answer.status == GONE):
            settled = mine.update(given_up_at=timezone.now(), last_error=error[:300])
        else:
            due = timezone.now() + WAITS[message.attempts - 1]
            settled = mine.update(next_attempt_at=due, last_error=error[:300])
        if settled or OutboxMessage.objects.filter(pk=message.pk).exists():
            attempt.save()
        if answer and answer.status == GONE:
            WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
                is_active=False, stopped_because="It answered 410: gone."
            )
    if not taken:
        logger.warning("Webhook %s was not taken by %s: %s", message.key, endpoint.name, error)
    return taken


def _send(message: OutboxMessage, endpoint: WebhookEndpoint) -> tuple[Answer | None, str]:
    body = json.dumps(message.payload, separators=(",", ":"), ensure_ascii=True)
    headers = {"Content-Type": "application/json"}
    if endpoint.kind == WebhookEndpoint.Kind.STANDARD:
        headers |= signed(endpoint.secret, message_id(message), body, timezone.now())
    try:
        answer = post(endpoint.url, body.encode(), headers)
    except AddressRefused as refused:
        return None, str(refused)
    except OSError as problem:
        return None, f"No answer: {problem or type(problem).__name__}"
    if 200 <= answer.status < 300:
        return answer, ""
    if 300 <= answer.status < 400:
        return answer, f"{answer.status}: redirects are not followed; enter the final address"
    return answer, f"{answer.status}: {' '.join(answer.text.split())[:200]}"


def message_id(message: OutboxMessage) -> str:
    """The `webhook-id`: the same at each attempt and replay, another for each message, also of another installation."""
    made = f"{message.key}|{message.created_at.isoformat()}"
    return f"msg_{hashlib.sha256(made.encode()).hexdigest()[:32]}"


def signed(secret: str, identity: str, body: str, at: dt.datetime) -> dict[str, str]:
    """The three headers of the specification."""
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(identity, at, body),
    }
