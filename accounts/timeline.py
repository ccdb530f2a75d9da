"""The engagement timeline of an account: points a day by tier, who was there, the moment it qualified.

X runs in per cent and y in pixels, so that the drawing fits any width while its text keeps its size.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts.formatting import day as day_text
from accounts.formatting import initials, number
from accounts.marks import TIERS

PLOT: Final = 140  # px between the base line and the top of the drawing
HEADROOM: Final = 22  # px above the highest bar, for the qualifying moment's words
LANE: Final = 14  # px a person
MAX_PEOPLE: Final = 6
LABEL_EVERY: Final = 30  # days


@dataclass(frozen=True, slots=True)
class Day:
    """Points of one day by tier."""

    day: date
    points: tuple[float, float, float]

    @property
    def total(self) -> float:
        """All points of the day."""
        return sum(self.points)

    def words(self, today: date) -> str:
        """As "Nov 11: 12.4 points (high 10, mid 2.4)"."""
        tiers = ", ".join(f"{tier} {number(value)}" for tier, value in zip(TIERS, self.points, strict=True) if value)
        return f"{day_text(self.day, today)}: {number(self.total)} points ({tiers})"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's active days."""

    name: str
    days: frozenset[date] = field(default_factory=frozenset)


def read_days(rows: Iterable[Any]) -> list[Day]:
    """Rows are (date, high, mid, low), or mappings with day, high, mid, low; oldest first, no day left out."""
    days = []
    for row in rows:
        values = (row["day"], row["high"], row["mid"], row["low"]) if isinstance(row, Mapping) else tuple(row)
        days.append(Day(values[0], (float(values[1]), float(values[2]), float(values[3]))))
    return days


def read_people(rows: Iterable[Any]) -> list[Person]:
    """Rows are (name, dates), or mappings with name and days. The first six are drawn."""
    people = []
    for row in rows:
        name, dates = (row["name"], row["days"]) if isinstance(row, Mapping) else row
        people.append(Person(str(name), frozenset(dates)))
    return people[:MAX_PEOPLE]


def scale(top: float) -> tuple[float, list[float]]:
    """The height of the plot in points, and the three grid lines: steps of 1, 2 or 5 times a power of ten."""
    wanted, step = max(top, 1.0) / 3, 1e-1
    while True:
        for factor in (1, 2, 5):
            if factor * step >= wanted:
                size = factor * step
                return size * 3, [size, size * 2, size * 3]
        step *= 10


def _plot(days: Sequence[Day], top: float, today: date) -> str:
    width = 100 / len(days)
    parts: list[str] = []
    for index, one in enumerate(days):
        if not one.total:
            continue
        x, base = f"{index * width:.2f}%", float(PLOT)
        for tier, value in zip(TIERS, one.points, strict=True):
            height = value / top * (PLOT - HEADROOM)
            if height >= 0.1:
                base -= height
                parts.append(
                    f'<rect class="{tier}" x="{x}" y="{base:.1f}" width="{width * 0.84:.2f}%" height="{height:.1f}"/>'
                )
        parts.append(
            f'<rect class="hit" x="{x}" y="0" width="{width:.2f}%" height="{PLOT}">'
            f"<title>{one.words(today)}</title></rect>"
        )
    return "".join(parts)


def _dots(days: Sequence[Day], people: Sequence[Person], today: date) -> SafeString:
    width = 100 / len(days)
    circles = [
        (f"{(index + 0.42) * width:.2f}%", PLOT + LANE * (lane + 1), person.name, day_text(one.day, today))
        for lane, person in enumerate(people)
        for index, one in enumerate(days)
        if one.day in person.days
    ]
    return format_html_join("", '<circle class="dot" cx="{}" cy="{}" r="3"><title>{}, {}</title></circle>', circles)


def _labels(days: Sequence[Day], today: date, height: int) -> str:
    count, parts = len(days), []
    for index in range(0, max(1, count - LABEL_EVERY // 2), LABEL_EVERY):
        anchor = "start" if index == 0 else "middle"
        parts.append(
            f'<text x="{index * 100 / count:.2f}%" y="{height - 2}" text-anchor="{anchor}">'
            f"{day_text(days[index].day, today)}</text>"
        )
    last = "Today" if days[-1].day == today else day_text(days[-1].day, today)
    parts.append(f'<text x="100%" y="{height - 2}" text-anchor="end">{last}</text>')
    return "".join(parts)


def _moment(days: Sequence[Day], at: datetime, words: str) -> str:
    local = timezone.localtime(at)
    positions = [index for index, one in enumerate(days) if one.day == at.date()]  # days are UTC days (domain.md §3)
    if not positions:
        return ""
    x = (positions[0] + 0.42) * 100 / len(days)
    anchor, dx = ("end", -6) if x > 50 else ("start", 6)
    return (
        f'<line class="moment" x1="{x:.2f}%" x2="{x:.2f}%" y1="4" y2="{PLOT}"/>'
        f'<text class="moment-label" x="{x:.2f}%" dx="{dx}" y="13" text-anchor="{anchor}">'
        f"{words} {local:%b} {local.day}, {local:%H:%M}</text>"
    )


def draw(
    rows: Iterable[Any],
    people: Iterable[Any] = (),
    qualified_at: datetime | None = None,
    *,
    words: str = "Qualified",
    today: date | None = None,
) -> SafeString:
    """The whole figure, with the same as a table under it. Empty without days."""
    days = read_days(rows)
    if not days:
        return mark_safe("")
    crowd, now = read_people(people), today or timezone.now().date()
    top, lines = scale(max(one.total for one in days))
    height = PLOT + LANE * len(crowd) + 24
    steps = [(line, PLOT - line / top * (PLOT - HEADROOM)) for line in lines]
    grid = "".join(f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>' for _, y in steps)
    axis = format_html_join(
        "", '<text x="20" y="{}" text-anchor="end">{}</text>', [(f"{y + 4:.1f}", number(v)) for v, y in steps]
    )
    lanes = format_html_join(
        "",
        '<text x="20" y="{}" text-anchor="end">{}<title>{}</title></text>',
        [(PLOT + LANE * (lane + 1) + 4, initials(one.name), one.name) for lane, one in enumerate(crowd)],
    )
    active = [one for one in days if one.total]
    label = f"Points a day by tier, {day_text(days[0].day, now)} to {day_text(days[-1].day, now)}"
    drawing = grid + f'<line class="grid" x1="0" x2="100%" y1="{PLOT}" y2="{PLOT}"/>' + _plot(days, top, now)
    after = (_moment(days, qualified_at, words) if qualified_at else "") + _labels(days, now, height)
    table = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td class="num">{}</td><td class="num">{}</td><td class="num">{}</td></tr>',
        [(day_text(one.day, now), *(number(part) for part in one.points)) for one in reversed(active)],
    )
    return format_html(
        '<div class="timeline"><svg height="{height}" aria-hidden="true">{axis}{lanes}</svg>'
        '<svg height="{height}" role="img" aria-label="{label}">{drawing}{dots}{after}</svg></div>'
        '<details class="more small"><summary>As a table</summary><table class="table dense"><thead><tr>'
        '<th scope="col">Day</th><th scope="col" class="num">High</th><th scope="col" class="num">Mid</th>'
        '<th scope="col" class="num">Low</th></tr></thead><tbody>{table}</tbody></table></details>',
        height=height,
        axis=axis,
        lanes=lanes,
        label=label,
        drawing=mark_safe(drawing),  # noqa: S308 - numbers, dates and words of ours alone
        dots=_dots(days, crowd, now),
        after=mark_safe(after),  # noqa: S308 - numbers, dates and words of ours alone
        table=table,
    )
