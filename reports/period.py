"""What a report is asked for: days, segment, team, model version, source; and the period before, to compare. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

SEGMENTS = {"": "All accounts", "target": "Target accounts", "other": "All others"}
# What brought an opportunity, or a handoff, about (see `deals.of_source`).
SOURCES = {"": "All sources", "mqa": "MQAs", "hand_raise": "Hand-raises", "other": "Others"}
COMPARISONS = {"": "Nothing", "on": "The period before", "year": "The same days a year before"}
DEFAULT_DAYS = 90
DASHBOARD_DAYS = 28
LONGEST_DAYS = 3660
YEARS = range(1970, 3000)  # further on, the days around a period would leave the calendar


@dataclass(frozen=True)
class Period:
    """Whole UTC days from `start` to `end`, both included, and whose accounts count."""

    start: date
    end: date
    segment: str = ""
    team: int | None = None
    model_version: int | None = None
    source: str = ""

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.start).days + 1

    @property
    def start_at(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.start, time.min, UTC)

    @property
    def end_at(self) -> datetime:
        """The first moment after."""
        return datetime.combine(self.end + timedelta(days=1), time.min, UTC)

    @property
    def query(self) -> dict[str, str]:
        """What a page is asked for this period."""
        said = {
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "segment": self.segment,
            "team": "" if self.team is None else str(self.team),
            "model": "" if self.model_version is None else str(self.model_version),
            "source": self.source,
        }
        return {key: value for key, value in said.items() if value}

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements of reports call its parts; days are `first` and `last`, moments `start` and `end`."""
        return {
            "start": self.start_at,
            "end": self.end_at,
            "first": self.start,
            "last": self.end,
            "segment": self.segment,
            "team": self.team,
            "model": self.model_version,
            "source": self.source,
        }

    def before(self) -> "Period":
        """The equally long period that ends the day before."""
        return replace(self, start=self.start - timedelta(days=self.days), end=self.start - timedelta(days=1))

    def year_before(self) -> "Period":
        """The same days a year before; the 29th of February is the 28th there. Periods of more than a year overlap with it."""
        return replace(self, start=_year_before(self.start), end=_year_before(self.end))

    def joined(self, before: "Period | None") -> "Period | None":
        """Both as one, where `before` is of the same and ends the day before this begins; None where it is not."""
        if before is None or before != replace(self, start=before.start, end=self.start - timedelta(days=1)):
            return None
        return replace(self, start=before.start)

    def compared(self, how: str) -> "Period | None":
        """The period to compare with, `how` of COMPARISONS; None: none."""
        return {"on": self.before, "year": self.year_before}[how]() if how in ("on", "year") else None


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


@dataclass(frozen=True)
class Asked:
    """A period, or the last 90 days together with what was wrong with the one asked for."""

    period: Period
    errors: tuple[str, ...] = ()


def read_period(query: Mapping[str, str], *, today: date, days: int = DEFAULT_DAYS) -> Asked:
    """The period of a page's query: from, to, segment, team, model, source. Without days the last `days` up to today.

    One day alone says where the `days` end or, when it is still to come, begin; a From that is past goes up to today.
    """
    errors: list[str] = []
    long = timedelta(days=days - 1)
    first, last = _day(query.get("from", ""), "From", errors), _day(query.get("to", ""), "To", errors)
    end = last or (first + long if first and first > today else today)
    start = first or end - long
    if start > end:
        errors.append("The first day is after the last: swap From and To.")
        start, end = today - long, today
    elif (end - start).days > LONGEST_DAYS:
        errors.append("A report covers ten years at most: choose a later From.")
        start = end - timedelta(days=LONGEST_DAYS)
    segment = query.get("segment", "")
    if segment not in SEGMENTS:
        errors.append("Segment is target, other, or empty for all accounts.")
        segment = ""
    source = query.get("source", "")
    if source not in SOURCES:
        errors.append("Source is mqa, hand_raise, other, or empty for all of them.")
        source = ""
    return Asked(
        Period(
            start=start,
            end=end,
            segment=segment,
            team=_whole(query.get("team", ""), "Team", errors),
            model_version=_whole(query.get("model", ""), "Model", errors),
            source=source,
        ),
        tuple(errors),
    )


def _day(text: str, label: str, errors: list[str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        errors.append(f"{label} is a day like 2026-03-31.")
        return None
    if day.year not in YEARS:
        errors.append(f"{label} is a day from {YEARS.start} to {YEARS.stop - 1}.")
        return None
    return day


def _whole(text: str, label: str, errors: list[str]) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    errors.append(f"{label} is a number.")
    return None
