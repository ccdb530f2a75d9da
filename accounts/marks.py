"""The product's own marks as SVG: gates, meters, strips, tier bars. No inline style (strict CSP), no queries.

Each says in words (`aria-label` or hidden text) what it shows. Colours are classes of static/css/marks.css.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts.formatting import number, shown

GATES: Final = ("relevance", "cluster", "spread", "direction", "threshold")
NOT_EVALUATED: Final = "not evaluated yet"
TIERS: Final = ("high", "mid", "low")
STRIP_DAYS: Final = 90
STRIP_COLUMN: Final = 3  # days
STRIP_WIDTH: Final = 4  # px of a column
STRIP_HEIGHT: Final = 26
STRIP_FLOOR: Final = 10.0  # points; below it a strip isn't stretched to look busy
_STEP: Final = 19
_SIGNAL: Final = 36  # px of a bar of the small signals, and from one to the next
_SIGNAL_STEP: Final = 45


def unscored() -> SafeString:
    """What stands wherever an account has no evaluation."""
    return format_html('<span class="unscored">{}</span>', NOT_EVALUATED)


def _passed(gate: Any) -> bool:
    if isinstance(gate, Mapping):
        return bool(gate["passed"])
    return bool(getattr(gate, "passed", gate))


def gates_passed(value: Mapping[str, Any] | Iterable[Any] | str) -> int:
    """Gates passed before the block, 0 to 5.

    `value` is evidence (a mapping with "gates"), the gates in order (mappings or objects with `passed`, or
    booleans), or the name of the blocking gate ("" where none blocks). Unknown names raise ValueError.
    """
    if isinstance(value, str):
        return GATES.index(value) if value else len(GATES)
    gates = value["gates"] if isinstance(value, Mapping) else value
    states = [_passed(gate) for gate in gates]
    return states.index(False) if False in states else len(states)


def gates(value: Mapping[str, Any] | Iterable[Any] | str) -> SafeString:
    """Five steps: passed, the block (taller), not reached (pale)."""
    passed = gates_passed(value)
    label = f"{passed} of {len(GATES)} gates"
    if passed < len(GATES):
        label += f"; blocked at {GATES[passed]}"

    def steps(numbers: Iterable[int]) -> str:
        return "".join(f"M{3 + n * _STEP} 6h10" for n in numbers)

    if passed == len(GATES):
        parts = ['<use href="#gates5"/>']  # what most rows of a queue show: drawn once (components/symbols.html)
    else:
        parts = [f'<path class="pass" d="{steps(range(passed))}"/>'] if passed else []
        parts.append(f'<path class="block" d="M{5 + passed * _STEP} 6h6"/>')
        if passed + 1 < len(GATES):
            parts.append(f'<path d="{steps(range(passed + 1, len(GATES)))}"/>')
    return format_html(
        '<svg class="gates" viewBox="0 0 92 12" role="img" aria-label="{}">{}</svg>',
        label,
        mark_safe("".join(parts)),  # noqa: S308 - numbers, dates and words of ours alone
    )


def meter(share: float, kind: str = "") -> SafeString:
    """A bar filled to `share` of one (cut to 0..1). Hidden from assistive technology: write its value beside it."""
    width = number(min(1.0, max(0.0, share)) * 100, 1)
    return format_html(
        '<svg class="meter {}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        '<path d="M0 0h{}v1H0z"/></svg>',
        kind,
        width,
    )


def signals(fit: float | None, engagement: float | None, intent: float | None, *, values: bool = False) -> SafeString:
    """The three signals, each 0 to 100 or None: for rows one small picture, with `values` in large with the figures."""
    if fit is None and engagement is None and intent is None:
        return unscored()
    three = (("Fit", fit), ("Engagement", engagement), ("Intent", intent))
    if not values:
        return _small_signals(three)
    return format_html(
        '<dl class="signals values">{}</dl>',
        format_html_join(
            "",
            '<div class="signal"><dt>{}</dt><dd><span class="{}">{}</span>{}</dd></div>',
            (
                (name, "visually-hidden" if value is None else "score", _said(value), meter((value or 0) / 100))
                for name, value in three
            ),
        ),
    )


def _said(value: float | None) -> str:
    return NOT_EVALUATED if value is None else str(shown(value))


def _small_signals(three: Sequence[tuple[str, float | None]]) -> SafeString:
    """Three bars side by side under their names, without figures, which its label says.

    Names and tracks are the same in every row: a symbol that stands once on the page (components/symbols.html).
    """
    widths = (number(min(1.0, max(0.0, (value or 0) / 100)) * _SIGNAL, 1) for _, value in three)
    return format_html(
        '<svg class="signals3" viewBox="0 0 126 22" role="img" aria-label="{}"><use href="#signals3"/><path d="{}"/></svg>',
        ", ".join(f"{name} {_said(value)}" for name, value in three),
        "".join(f"M{n * _SIGNAL_STEP} 19h{width}" for n, width in enumerate(widths) if width != "0"),
    )


def strip(points: Sequence[Sequence[float]] | None) -> SafeString:
    """Engagement of 90 days, oldest first: a (high, mid, low) of points a day, three days to a column.

    Fewer days are taken as the latest ones. Each tier is one outline with those in front of it drawn over it, and CSS
    cuts the columns apart: a queue has fifty of these.
    """
    days = [tuple(float(part) for part in day) for day in (points or ())][-STRIP_DAYS:]
    days = [(0.0, 0.0, 0.0)] * (STRIP_DAYS - len(days)) + days
    columns = [
        tuple(map(sum, zip(*days[first : first + STRIP_COLUMN], strict=True)))
        for first in range(0, STRIP_DAYS, STRIP_COLUMN)
    ]
    top = max(STRIP_FLOOR, *(sum(column) for column in columns))
    tops: dict[str, list[int]] = {tier: [] for tier in TIERS}
    for column in columns:
        below, least = 0.0, int(column[0] > 0)  # what is most telling stays visible, however little
        for tier, part in zip(TIERS, column, strict=True):
            below += part
            tops[tier].append(max(least, round(below / top * (STRIP_HEIGHT - 1))))
    total = sum(sum(day) for day in days)
    active = [index for index, day in enumerate(days) if any(day)]
    label = "No engagement in 90 days"
    if active:
        ago = STRIP_DAYS - 1 - active[-1]
        last = {0: "today", 1: "yesterday"}.get(ago, f"{ago} days ago")
        label = f"{number(total)} points in 90 days, the last {last}"
    paths, before = "", [0] * len(columns)
    for tier, heights in tops.items():
        if heights != before:
            paths = f'<path class="{tier}" d="{_outline(heights)}"/>{paths}'
        before = heights
    return format_html(
        '<svg class="strip" viewBox="0 0 120 26" role="img" aria-label="{}">{}</svg>',
        label,
        mark_safe(paths or '<path class="base" d="M0 25h120v1H0"/>'),  # noqa: S308 - numbers and words of ours alone
    )


def _outline(heights: Iterable[int]) -> str:
    """Columns that stand on the strip's floor, as the commands of one closed path."""
    runs = [(height, sum(1 for _ in run)) for height, run in groupby(heights)]
    if not runs[-1][0]:
        runs.pop()
    steps = "".join(f"V{STRIP_HEIGHT - height}h{width * STRIP_WIDTH}" for height, width in runs)
    return f"M0 {STRIP_HEIGHT}{steps.removeprefix(f'V{STRIP_HEIGHT}')}V{STRIP_HEIGHT}"


def tierbar(high: float, mid: float, low: float, top: float) -> SafeString:
    """One person's points by tier, as a share of `top` (the most that anybody beside has)."""
    parts, x = [], 0.0
    for tier, value in zip(TIERS, (high, mid, low), strict=True):
        width = 100 * float(value) / float(top) if top else 0.0
        if width > 0:
            parts.append(f'<rect class="{tier}" x="{x:.1f}" width="{max(0.5, width - 0.5):.1f}" height="8"/>')
            x += width
    label = ", ".join(f"{tier} {number(value)}" for tier, value in zip(TIERS, (high, mid, low), strict=True) if value)
    return format_html(
        '<svg class="tierbar" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        f"Points by tier: {label}" if label else "No points",
        mark_safe("".join(parts)),  # noqa: S308 - numbers, dates and words of ours alone
    )
