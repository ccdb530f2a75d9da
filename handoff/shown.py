"""How rows of the desk are put on pages: strips filled to 90 days, the clock that runs, lines of facts. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Protocol

from accounts.formatting import counted

STRIP_DAYS: Final = 90


class Clocked(Protocol):
    """What the clocks of a handoff are read from."""

    state: str
    claim_due_at: datetime | None
    decision_due_at: datetime | None
    answer_due_at: datetime | None
    outreach_due_at: datetime | None
    outreach_at: datetime | None


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock that runs now: what has to be done, and by when."""

    label: str
    due_at: datetime


def clock(handoff: Clocked) -> Clock | None:
    """The nearest clock that runs in the state of `handoff` (domain.md §5); None where none does."""
    running: list[Clock] = []
    if handoff.state == "queued" and handoff.claim_due_at:
        running.append(Clock("Claim", handoff.claim_due_at))
    if handoff.state == "working":
        if handoff.outreach_due_at and not handoff.outreach_at:
            running.append(Clock("First outreach", handoff.outreach_due_at))
        if handoff.decision_due_at:
            running.append(Clock("Decide", handoff.decision_due_at))
    if handoff.state == "passed" and handoff.answer_due_at:
        running.append(Clock("Answer", handoff.answer_due_at))
    return min(running, key=lambda one: one.due_at, default=None)


def filled(
    strip: Iterable[Sequence[Any]], today: date, days: int = STRIP_DAYS
) -> list[tuple[date, float, float, float]]:
    """Every one of the last `days` days with its points by tier, from rows of (ISO day, high, mid, low)."""
    known = {str(row[0]): (float(row[1]), float(row[2]), float(row[3])) for row in strip}
    span = (today - timedelta(days=back) for back in range(days - 1, -1, -1))
    return [(day, *known.get(day.isoformat(), (0.0, 0.0, 0.0))) for day in span]


def tiers(strip: Iterable[Sequence[Any]], today: date) -> list[tuple[float, float, float]]:
    """The 90-day strip as `{% strip %}` draws it; empty where nothing is known, which draws a base line."""
    rows = [row[1:] for row in filled(strip, today)]
    return rows if any(map(any, rows)) else []


def subline(account: Any) -> str:
    """“Target · Logistics · 1,200 people”: what a row says of the company under its name."""
    people = counted(account.employees, "person,people") if account.employees else ""
    return " · ".join(part for part in ("Target" if account.is_target else "", account.industry or "", people) if part)


def ordinal(value: float) -> str:
    """97.2 as "97th": a percentile, cut to a whole number."""
    whole = int(value)
    suffix = "th" if 10 <= whole % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(whole % 10, "th")
    return f"{whole}{suffix}"
