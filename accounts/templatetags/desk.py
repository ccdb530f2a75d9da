"""Tags and filters of the design system, for every room ({% load desk %}; docs/design-system.md). No queries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import formatting, marks, timeline

register = template.Library()


def _or_dash(value: Any) -> SafeString:
    return format_html("{}", value if value not in (None, "") else formatting.UNKNOWN)


@register.simple_tag(name="gates")
def gates_tag(
    value: Mapping[str, Any] | Iterable[Any] | str | None = None, *, qualified: bool | None = None
) -> SafeString:
    """`{% gates evidence %}`, `{% gates list %}`, or `{% gates center.block qualified=center.qualified %}`.

    Nothing known (no gates, no block, not qualified) reads "not evaluated yet".
    """
    if qualified:
        return marks.gates("")
    return marks.gates(value) if value else marks.unscored()


@register.simple_tag(name="signals")
def signals_tag(
    fit: float | None, engagement: float | None, intent: float | None, *, values: bool = False
) -> SafeString:
    """The three signals, 0 to 100 or None each; `values=True` for the large form with figures."""
    return marks.signals(fit, engagement, intent, values=values)


@register.simple_tag(name="score")
def score_tag(value: float | Decimal | None, *, big: bool = False) -> SafeString:
    """A score cut to a whole number, the exact one on hover; None reads "not evaluated yet"."""
    if value is None:
        return marks.unscored()
    return format_html(
        '<span class="score{}" title="{}">{}</span>',
        " big" if big else "",
        formatting.number(value, 2),
        marks.shown(float(value)),
    )


@register.simple_tag(name="meter")
def meter_tag(value: float | Decimal | None, maximum: float = 100, kind: str = "") -> SafeString:
    """A bar of `value` out of `maximum`; kind good, warn or bad. Write the value beside it."""
    return marks.meter(float(value or 0) / float(maximum) if maximum else 0.0, kind)


@register.simple_tag(name="strip")
def strip_tag(points: Sequence[Sequence[float]] | None) -> SafeString:
    """Up to 90 (high, mid, low) of points a day, oldest first."""
    return marks.strip(points)


@register.simple_tag(name="tierbar")
def tierbar_tag(high: float, mid: float, low: float, top: float) -> SafeString:
    """One person's points by tier, as a share of `top`."""
    return marks.tierbar(high, mid, low, top)


@register.simple_tag(name="timeline")
def timeline_tag(
    days: Iterable[Any],
    people: Iterable[Any] = (),
    qualified_at: datetime | None = None,
    today: date | None = None,
) -> SafeString:
    """`days` of (date, high, mid, low) without gaps, `people` of (name, dates), the qualifying moment."""
    return timeline.draw(days, people, qualified_at, today=today)


@register.simple_tag(name="ago")
def ago_tag(moment: datetime | date | None, now: datetime | None = None) -> SafeString:
    """A `<time>` in relative words with the exact moment on hover; kept up to date by times.js."""
    if moment is None:
        return _or_dash(None)
    zone, at = timezone.get_current_timezone(), now or timezone.now()
    if not isinstance(moment, datetime):
        words = formatting.relative_day(moment, at.astimezone(UTC).date())
        return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), f"{moment:%b %d, %Y}", words)
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        moment.astimezone(UTC).isoformat(timespec="seconds"),
        formatting.exact(moment, zone),
        formatting.relative(moment, at, zone),
    )


@register.simple_tag(name="due")
def due_tag(moment: datetime | None, label: str = "", now: datetime | None = None) -> SafeString:
    """A chip of a clock in the reader's zone: "41 min left", "Overdue 2 h". None shows nothing."""
    if moment is None:
        return SafeString("")
    zone = timezone.get_current_timezone()
    text, kind = formatting.due(moment, now or timezone.now(), zone)
    return format_html(
        '<span class="chip{}">{}<time datetime="{}" title="{}" data-due>{}</time></span>',
        f" {kind}" if kind else "",
        f"{label} " if label else "",
        moment.astimezone(UTC).isoformat(timespec="seconds"),
        formatting.exact(moment, zone),
        text,
    )


@register.simple_tag(name="copy")
def copy_tag(value: str | None, label: str = "") -> SafeString:
    """A value that a click copies (an e-mail address); `label` names it for screen readers."""
    if not value:
        return _or_dash(None)
    return format_html(
        '<button type="button" class="copy" data-copy="{}" title="Copy">{}{}'
        '<svg aria-hidden="true"><use href="#copy"/></svg></button>',
        value,
        format_html('<span class="visually-hidden">Copy {} </span>', label) if label else "",
        value,
    )


@register.filter
def emphasise(text: str, part: str) -> SafeString | str:
    """The text with its first `part` set apart; as it is where it has none."""
    if not part or part not in text:
        return text
    before, after = text.split(part, 1)
    return format_html("{}<b>{}</b>{}", before, part, after)


@register.filter
def number(value: float | Decimal | None, decimals: int = 1) -> str:
    """1200 as "1,200"."""
    return formatting.number(value, decimals)


@register.filter
def micropoints(value: int | None) -> str:
    """Micro-points (whole numbers, signals/scoring.py) as points: 46360000 gives "46.36"."""
    return formatting.UNKNOWN if value is None else formatting.number(Decimal(value) / 1_000_000, 2)


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """`{{ opportunity.amount|money:opportunity.currency }}`."""
    return formatting.money(amount, currency)


@register.filter
def percent(share: float | Decimal | None, decimals: int = 0) -> str:
    """A share of one: 0.81 gives "81 %"."""
    return formatting.percent(share, decimals)


@register.filter
def signed(value: float | Decimal | None, decimals: int = 0) -> str:
    """A change with its sign."""
    return formatting.signed(value, decimals)


@register.filter
def counted(count: int | None, nouns: str) -> str:
    """`{{ n|counted:"person,people" }}` gives "3 people"."""
    return formatting.counted(count, nouns)


@register.filter
def initials(person: object) -> str:
    """Of a name, or of anything whose text is a name (a user)."""
    return formatting.initials(str(person))


@register.filter
def seniority(key: str) -> str:
    """The label of a seniority: "c_level" gives "C-level"."""
    return formatting.seniority(key)


@register.filter
def relative(moment: datetime | None) -> str:
    """The words of `{% ago %}` without the element."""
    if moment is None:
        return formatting.UNKNOWN
    return formatting.relative(moment, timezone.now(), timezone.get_current_timezone())
