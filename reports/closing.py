"""Closing months and restating them. Late touches do not move a closed month, and whoever restates it is named.

A closed month goes by what was known at a moment: touches received by then, read as they were read then, and opportunities
and segments as they stood. An opportunity belongs to the month in which it closed (an open one: was created), a touch of the
funnel to the month in which it happened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import Account, User
from reports import attributed, cohorts, funnel, outcomes
from reports.deals import freeze
from reports.models import MonthClose, ReportPolicy, Restatement
from reports.period import YEARS, Period
from reports.shapes import money_text, share_text
from signals.touches_sql import IN_MONTH, next_month

SHOWN = 24
# What is received is stored within this time: what was known so long ago does not grow any more.
SETTLED = dt.timedelta(minutes=2)
# A month at a time and by constants: of a joined moment the planner cannot tell that next to nothing came after it.
_LATE = f"""
SELECT %s::bigint, count(*) FROM signals_touch t
WHERE t.received_at > %s AND t.touch_type_id = ANY(%s) AND {IN_MONTH.format(month="%s::date")}"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class Month:
    """A month as the pages show it. `late`: touches of it that came after what it goes by."""

    first: dt.date
    close: MonthClose | None
    late: int = 0
    restated: int = 0

    @property
    def slug(self) -> str:
        """As in addresses: 2026-03."""
        return f"{self.first:%Y-%m}"

    @property
    def period(self) -> Period:
        """All its days."""
        return Period(self.first, next_month(self.first) - dt.timedelta(days=1))


def read_month(slug: str) -> dt.date:
    """The first day of 2026-03. Raises ValueError."""
    month = dt.datetime.strptime(slug, "%Y-%m").replace(tzinfo=dt.UTC).date()
    if month.year not in YEARS:
        raise ValueError(slug)
    return month


@transaction.atomic
def close_month(*, month: dt.date, by: User | None, now: dt.datetime | None = None) -> MonthClose:
    """Close a month that is over: from now on it stays as it is known now. Raises ValidationError."""
    now = now or timezone.now()
    if next_month(month) > now.astimezone(dt.UTC).date():
        raise ValidationError(f"{month:%B %Y} is not over yet.")
    close, made = MonthClose.objects.get_or_create(
        month=month, defaults={"known_at": now - SETTLED, "closed_at": now, "closed_by": by}
    )
    if not made:
        raise ValidationError(f"{month:%B %Y} is closed already: it can be restated.")
    freeze(close.pk)
    return close


@transaction.atomic
def restate(*, month: dt.date, comment: str, by: User) -> Restatement:
    """Compute a closed month anew from what is known now; what changed is kept with who did it and why."""
    comment = comment.strip()
    if not comment:
        raise ValidationError("Say why it is restated: whoever reads the new figures will ask.")
    close = MonthClose.objects.select_for_update().filter(month=month).first()
    if close is None:
        raise ValidationError(f"{month:%B %Y} is not closed: it is always computed from what is known.")
    shown = Month(month, close)
    known_before, before = close.known_at, figures(shown.period)
    now = timezone.now()
    close.known_at = now - SETTLED
    close.save(update_fields=["known_at"])
    freeze(close.pk)
    return Restatement.objects.create(
        close=close, at=now, by=by, comment=comment[:300], known_before=known_before, before=before,
        after=figures(shown.period),
    )  # fmt: skip


def close_due(now: dt.datetime | None = None) -> int:
    """Close months that have been over for the policy's days, from the last closed one on; how many.

    A month counts from when the desk was there: what was imported of the time before is never closed by itself.
    """
    now = now or timezone.now()
    days = policy().close_days
    first = Account.objects.order_by("pk").values_list("created_at", flat=True).first()
    if days is None or first is None:
        return 0
    due = (now.astimezone(dt.UTC) - dt.timedelta(days=days)).date().replace(day=1)
    last = MonthClose.objects.order_by("-month").values_list("month", flat=True).first()
    month = next_month(last) if last else (due - dt.timedelta(days=1)).replace(day=1)
    closed = 0
    while month < due:
        if first.astimezone(dt.UTC).date() < next_month(month):
            with transaction.atomic():
                close, made = MonthClose.objects.get_or_create(
                    month=month, defaults={"known_at": now - SETTLED, "closed_at": now}
                )
                if made:
                    freeze(close.pk)
            closed += made
        month = next_month(month)
    return closed


def policy() -> ReportPolicy:
    """The one policy, with the defaults where nobody has saved one."""
    return ReportPolicy.objects.filter(pk=1).first() or ReportPolicy(pk=1)


def months(*, today: dt.date) -> list[Month]:
    """The last two years' months that are over, the latest first."""
    first = today.replace(day=1)
    firsts = []
    for _ in range(SHOWN):
        first = (first - dt.timedelta(days=1)).replace(day=1)
        firsts.append(first)
    closed = {one.first: one for one in closed_in(Period(firsts[-1], firsts[0]))}
    return [closed.get(month) or Month(month, None) for month in firsts]


def closed_in(period: Period) -> list[Month]:
    """The closed months that a period has days of, the earliest first."""
    found = list(
        MonthClose.objects.filter(month__gte=period.start.replace(day=1), month__lte=period.end)
        .annotate(restated=Count("restatements"))
        .order_by("month")
    )
    late = _late(found) if found else {}
    return [Month(one.month, one, late[one.pk], one.restated) for one in found]


def figures(period: Period) -> dict[str, str]:
    """What of a month can move when it is restated, by name: the funnel's counts, how its opportunities ended, and the default
    credits by channel.
    """
    found = {}
    for which, (inquiry, *steps) in funnel.paths(period).items():
        found["Inquiries"] = f"{inquiry.count:,}"
        found |= {f"{funnel.PATHS[which]} path, {step.name}": f"{step.count:,}" for step in steps}
    for one in outcomes.groups(cohorts.closed_tallies(period)).values():
        found |= {
            f"Win rate, {one.name}": share_text(one.win_rate),
            f"Mean amount, {one.name}": str(outcomes.mean_text(one)),
            f"Days to close, {one.name}": str(outcomes.cycle_text(one.cycle)),
        }
    found["Opportunities created"] = f"{sum(row[-1] for row in cohorts.created_counts(period)):,}"
    options = attributed.Options()
    credited = attributed.attribute(period, options)
    model = attributed.MODELS[options.model]
    found |= {f"Won, {model}, {row.label}": money_text(row.amounts) for row in credited.credits}
    found["Won, without any touch"] = money_text(credited.untouched)
    return found


def _late(closes: Sequence[MonthClose]) -> dict[int, int]:
    """By closed month, how many inbound touches of it came after what it goes by."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM signals_touchtype WHERE direction = 'inbound'")
        inbound = [pk for (pk,) in cursor.fetchall()]
        given = [value for one in closes for value in (one.pk, one.known_at, inbound, one.month, one.month)]
        cursor.execute(" UNION ALL ".join([_LATE] * len(closes)), given)
        return dict(cursor.fetchall())
