"""The digest: what a user wants to read together, once a day or a week at an hour of their own zone (promise R7).

A digest holds what was told before its hour and stood in none before. Both are columns, so that a scheduler that was
off sends one that catches up, and one that runs double finds nothing left.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.formatting import counted
from accounts.models import User
from handoff.models import DigestChoice, Notice, OutboxMessage

MOST = 200  # lines of one digest; what is more is counted


def last_hour(every: str, hour: int, zone: ZoneInfo, now: dt.datetime) -> dt.datetime:
    """The last moment at or before `now` at which a digest was to come: `hour` o'clock there, of a day or a Monday."""
    local = now.astimezone(zone)
    day = local.date() - dt.timedelta(days=local.weekday() if every == DigestChoice.Every.WEEK else 0)
    moment = dt.datetime.combine(day, dt.time(hour), zone)
    if moment > local:
        back = 7 if every == DigestChoice.Every.WEEK else 1
        moment = dt.datetime.combine(day - dt.timedelta(days=back), dt.time(hour), zone)
    return moment.astimezone(dt.UTC)


def send_due(*, now: dt.datetime | None = None) -> int:
    """Writes the digests that are due into the outbox; returns how many."""
    at = now or timezone.now()
    waiting = Notice.objects.filter(in_digest=True, digested_at__isnull=True)
    users = User.objects.filter(pk__in=waiting.values("recipient")).select_related("digest").order_by("pk")
    return sum(_send(user, at) for user in users)


@transaction.atomic
def _send(user: User, at: dt.datetime) -> bool:
    choice = getattr(user, "digest", None) or DigestChoice(user=user)
    due = last_hour(choice.every, choice.hour, ZoneInfo(user.time_zone or "UTC"), at)
    rows = list(
        Notice.objects.select_for_update(no_key=True)
        .filter(recipient=user, in_digest=True, digested_at__isnull=True, created_at__lt=due)
        .order_by("created_at", "pk")
    )
    if not rows:
        return False
    Notice.objects.filter(pk__in=[row.pk for row in rows]).update(digested_at=at)
    if not user.is_active:
        return False
    OutboxMessage.objects.create(
        channel=OutboxMessage.Channel.EMAIL,
        key=f"digest:{user.pk}:{rows[-1].pk}",
        event_type="notice.digest",
        recipient=user.email,
        next_attempt_at=at,
        payload=written(user, rows),
    )
    return True


def written(user: User, rows: list[Notice]) -> dict[str, str]:
    """Subject and text: a line each, with its moment in the user's zone."""
    zone = ZoneInfo(user.time_zone or "UTC")
    lines = [f"{row.created_at.astimezone(zone):%a %b %d %H:%M}  {row.text}" for row in rows[:MOST]]
    if len(rows) > MOST:
        lines.append(f"… and {len(rows) - MOST:,} more in the bell.")
    if settings.DESK_URL:
        lines += ["", f"{settings.DESK_URL}{reverse('desk:notices')}"]
    return {"subject": f"MQA Desk: {counted(len(rows), 'notice,notices')}", "text": "\n".join(lines)}
