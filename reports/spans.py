"""Weeks and months of a period, for what is counted over time. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reports.period import Period

MOST_WEEKS = 27
MOST_MONTHS = 36


@dataclass(frozen=True)
class Spans:
    """The weeks (from Monday) that a period touches, or its months or quarters where they are too many; cut to its days."""

    name: str
    starts: tuple[date, ...]
    end: date

    @property
    def labels(self) -> list[str]:
        """What each is called, no two alike."""
        return self._said(self.starts)

    @property
    def ends(self) -> list[date]:
        """The last day of each."""
        return [*(day - timedelta(days=1) for day in self.starts[1:]), self.end]

    @property
    def end_labels(self) -> list[str]:
        """The last day of each; of a month or quarter its name."""
        return self._said(self.ends)

    def _said(self, days: Sequence[date]) -> list[str]:
        if self.name == "Quarter":
            return [f"{day.year} Q{(day.month + 2) // 3}" for day in days]
        if self.name == "Month":
            return [f"{day:%b %Y}" for day in days]
        year = self.starts[0].year != self.end.year
        return [f"{day:%b} {day.day}{f', {day.year}' if year else ''}" for day in days]

    def place(self, day: date) -> int | None:
        """Which of them holds the day; None outside."""
        found = bisect_right(self.starts, day) - 1
        return found if found >= 0 and day <= self.end else None

    def counts(self, days: Iterable[tuple[date, int]]) -> list[int]:
        """The numbers of the days that lie in each, added up; what lies outside counts nowhere."""
        found = [0] * len(self.starts)
        for day, count in days:
            if (place := self.place(day)) is not None:
                found[place] += count
        return found


def spans_of(period: Period, *, most_weeks: int = MOST_WEEKS) -> Spans:
    """Weeks; months where there would be more than `most_weeks`, quarters where there would be more than MOST_MONTHS."""
    months = 1 if period.days <= MOST_MONTHS * 30 else 3
    by_week = period.days <= most_weeks * 7
    starts = [period.start]
    while (following := _next_week(starts[-1]) if by_week else _next_month(starts[-1], months)) <= period.end:
        starts.append(following)
    return Spans("Week" if by_week else "Month" if months == 1 else "Quarter", tuple(starts), period.end)


def _next_week(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())


def _next_month(day: date, months: int) -> date:
    """The first day of the next month, or of the next quarter."""
    following = day.month + months - (day.month - 1) % months
    return date(day.year + (following - 1) // 12, (following - 1) % 12 + 1, 1)
