"""The dashboard by mail: each week on the day that a person chose, exactly once, through the one outbox."""

from __future__ import annotations

import datetime as dt
import logging
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team, User
from handoff.models import OutboxMessage
from handoff.policy import desk_policy
from reports.models import ReportMail
from reports.pages import monday
from reports.period import DASHBOARD_DAYS, SEGMENTS, Period
from reports.shapes import Section

SEND_AT = dt.time(7)
RETRY_AFTER = dt.timedelta(minutes=15)
logger = logging.getLogger(__name__)


def next_due(weekday: int, *, after: dt.datetime, zone: str) -> dt.datetime:
    """The first moment after `after` that is SEND_AT of this ISO weekday on the clocks of `zone`."""
    local = ZoneInfo(zone)
    day = after.astimezone(local).date()
    day += dt.timedelta(days=(weekday - day.isoweekday()) % 7)
    due = dt.datetime.combine(day, SEND_AT, local)
    if due <= after:
        due = dt.datetime.combine(day + dt.timedelta(days=7), SEND_AT, local)
    return due.astimezone(dt.UTC)


def choose(*, user: User, weekday: str, segment: str = "", team: str = "") -> ReportMail | None:
    """Have the dashboard mailed on this weekday; "" ends it. Raises ValidationError."""
    if not weekday:
        ReportMail.objects.filter(user=user).delete()
        return None
    if weekday not in {str(day) for day in ReportMail.Weekday.values}:
        raise ValidationError("Choose a day of the week, or none.")
    if segment not in SEGMENTS or not (team == "" or (team.isdecimal() and Team.objects.filter(pk=int(team)).exists())):
        raise ValidationError("There are no such accounts or team.")
    due = next_due(int(weekday), after=timezone.now(), zone=desk_policy().time_zone)
    said = {"weekday": int(weekday), "segment": segment, "team_id": int(team) if team else None, "due_at": due}
    said |= {"retry_at": None, "error": ""}
    mail, _ = ReportMail.objects.update_or_create(user=user, defaults=said)
    return mail


def send_due(now: dt.datetime | None = None) -> int:
    """Put every mail that is due into the outbox; how many. Weeks that passed meanwhile are not made up for.

    One that can't be written is set aside with its error, shown to its reader, and tried again later; the others go out.
    """
    now = now or timezone.now()
    sent = 0
    while (done := _send_one(now)) is not None:
        sent += done
    return sent


@transaction.atomic
def _send_one(now: dt.datetime) -> bool | None:
    """Whether the first one due was written; None where none is due.

    The row is held: its message and its next time are written together, or not at all.
    """
    mail = (
        ReportMail.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(Q(retry_at=None) | Q(retry_at__lte=now), due_at__lte=now)
        .select_related("user", "team")
        .order_by("due_at", "pk")
        .first()
    )
    if mail is None:
        return None
    zone = desk_policy().time_zone
    try:
        with transaction.atomic():
            if mail.user.is_active:
                _write(mail, today=now.astimezone(dt.UTC).date(), now=now)
    except Exception as error:  # whatever is wrong with one person's figures, the mails behind it go out
        logger.exception("The report mail %s could not be written, next try in %s", mail.pk, RETRY_AFTER)
        mail.error, mail.retry_at = f"{type(error).__name__}: {error}".replace("\0", "")[:300], now + RETRY_AFTER
        mail.save(update_fields=["error", "retry_at"])
        return False
    mail.due_at, mail.error, mail.retry_at = next_due(mail.weekday, after=now, zone=zone), "", None
    mail.save(update_fields=["due_at", "error", "retry_at"])
    return True


def _write(mail: ReportMail, *, today: dt.date, now: dt.datetime) -> None:
    subject, text = written(mail, today=today, now=now)
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                channel=OutboxMessage.Channel.EMAIL,
                key=f"report:{mail.user_id}:{mail.due_at:%Y-%m-%d}",
                event_type="report.weekly",
                recipient=mail.user.email,
                next_attempt_at=now,
                payload={"subject": subject, "text": text},
            )
        ],
        ignore_conflicts=True,
    )


def written(mail: ReportMail, *, today: dt.date, now: dt.datetime) -> tuple[str, str]:
    """Subject and text of the dashboard of the days before `today`, which are over (days are UTC's, wherever the desk is)."""
    end = today - dt.timedelta(days=1)
    period = Period(end - dt.timedelta(days=DASHBOARD_DAYS - 1), end, segment=mail.segment, team=mail.team_id)
    sections = monday.sections(period, now=now, before=period.before())
    whose = [SEGMENTS[mail.segment], *([mail.team.name] if mail.team else [])]
    head = f"{period.start:%b %d} to {period.end:%b %d, %Y}, beside the {period.days} days before. {', '.join(whose)}."
    page = f"{settings.DESK_URL}{reverse('reports:monday')}"
    foot = (
        f"Each figure with its rows and definition: {page}?{urlencode(period.query)}\n\nChange or end this mail: {page}"
    )
    parts = [head, *(as_text(section) for section in sections if section.figures or section.table), foot]
    return f"MQAs, {period.start:%b %d} to {period.end:%b %d}", "\n\n".join(parts) + "\n"


def _lowered(label: str) -> str:
    """As within a sentence; MQAs stay MQAs."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def as_text(section: Section) -> str:
    """A card as plain text: its figures, then its table's rows."""
    lines = [section.title.upper()]
    for figure in section.figures:
        before = f" (before: {figure.before})" if figure.before else ""
        note = f"; {figure.note}" if figure.note else ""
        lines.append(f"  {figure.label}: {figure.value}{note}{before}")
    if section.table:
        for row in section.table.lines:
            name, *rest = [(str(cell), column.label) for cell, column in row]
            lines.append(f"  {name[0]}: " + ", ".join(f"{_lowered(label)} {cell}" for cell, label in rest))
        if not section.table.rows:
            lines.append(f"  {section.table.empty}")
    lines += [f"  Note: {warning}" for warning in section.warnings]
    return "\n".join(lines)
