"""Business time: working days and hours in a time zone, with holidays; due times in it (domain.md §5).

Pure. Moments are aware datetimes; what comes back is UTC. A working day lasts from `day_starts_at` to `day_ends_at` on
the wall clock of the zone; lengths are elapsed time: daylight saving inside a working day neither adds nor loses a
minute of work.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import holidays

_YEARS = 10  # how far a due time is looked for before the calendar is called empty


@cache
def _public_holidays(country: str, year: int) -> frozenset[dt.date]:
    """The public holidays of a country in a year; none for an unknown or empty country."""
    if not country:
        return frozenset()
    try:
        return frozenset(holidays.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When people work. `workdays` are ISO weekdays, 1 is Monday; `country` an ISO code or empty."""

    time_zone: str = "UTC"
    workdays: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    day_starts_at: dt.time = dt.time(9)
    day_ends_at: dt.time = dt.time(17)
    country: str = ""
    days_off: frozenset[dt.date] = frozenset()

    def __post_init__(self) -> None:
        """Refuses a calendar in which nobody ever works."""
        if not self.workdays or self.day_starts_at >= self.day_ends_at:
            raise ValueError("a business calendar needs a workday, and a day that ends after it starts")

    def is_workday(self, day: dt.date) -> bool:
        """True for a workday that is no holiday."""
        return (
            day.isoweekday() in self.workdays
            and day not in self.days_off
            and day not in _public_holidays(self.country, day.year)
        )

    def local_day(self, moment: dt.datetime) -> dt.date:
        """The date of `moment` in the calendar's zone."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def hours_of(self, day: dt.date) -> tuple[dt.datetime, dt.datetime]:
        """Start and end of the working hours of `day`, in UTC."""
        zone = ZoneInfo(self.time_zone)
        return (
            dt.datetime.combine(day, self.day_starts_at, zone).astimezone(dt.UTC),
            dt.datetime.combine(day, self.day_ends_at, zone).astimezone(dt.UTC),
        )

    def next_workday(self, day: dt.date) -> dt.date:
        """The first workday on or after `day`."""
        for _ in range(366 * _YEARS):
            if self.is_workday(day):
                return day
            day += dt.timedelta(days=1)
        raise ValueError("the business calendar has no workday in ten years")

    def add_hours(self, start: dt.datetime, hours: float) -> dt.datetime:
        """The moment at which `hours` of working time have passed since `start`.

        Outside working hours the clock stands still; what ends exactly with a day ends then, not the next morning.
        """
        left = dt.timedelta(hours=hours)
        moment = start.astimezone(dt.UTC)
        day = self.next_workday(self.local_day(moment))
        while True:
            opens, closes = self.hours_of(day)
            begin = max(moment, opens)
            if begin < closes and left <= closes - begin:
                return begin + left
            left -= max(closes - begin, dt.timedelta())
            day = self.next_workday(day + dt.timedelta(days=1))

    def add_days(self, start: dt.datetime, days: int) -> dt.datetime:
        """The same time of day `days` workdays later.

        A start outside working hours counts from the next opening: "2 business days" from a Saturday start on Monday
        and end at Wednesday's opening.
        """
        moment = start.astimezone(dt.UTC)
        day = self.next_workday(self.local_day(moment))
        opens, closes = self.hours_of(day)
        if moment >= closes:
            day = self.next_workday(day + dt.timedelta(days=1))
            opens, _ = self.hours_of(day)
        wall = max(moment, opens).astimezone(ZoneInfo(self.time_zone)).time()
        for _ in range(days):
            day = self.next_workday(day + dt.timedelta(days=1))
        return dt.datetime.combine(day, wall, ZoneInfo(self.time_zone)).astimezone(dt.UTC)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The lengths of the desk's clocks (domain.md §5). Hours and days are business time, but for the outreach."""

    claim_hours: float = 4
    hand_raise_claim_hours: float = 1
    decision_days: int = 5
    answer_days: int = 2
    outreach_hours: float = 24
    idle_days: int = 3
    reminder_minutes: float = 60


def claim_due(calendar: BusinessCalendar, clocks: Clocks, queued_at: dt.datetime, *, hand_raise: bool) -> dt.datetime:
    """When something queued must have been claimed."""
    return calendar.add_hours(queued_at, clocks.hand_raise_claim_hours if hand_raise else clocks.claim_hours)


def decision_due(calendar: BusinessCalendar, clocks: Clocks, claimed_at: dt.datetime) -> dt.datetime:
    """When the SDR must have decided: passed, recycled, disqualified or released."""
    return calendar.add_days(claimed_at, clocks.decision_days)


def answer_due(calendar: BusinessCalendar, clocks: Clocks, passed_at: dt.datetime) -> dt.datetime:
    """When the AE must have answered."""
    return calendar.add_days(passed_at, clocks.answer_days)


def outreach_due(clocks: Clocks, claimed_at: dt.datetime) -> dt.datetime:
    """When the first outreach must have happened; elapsed hours, whatever the calendar says."""
    return claimed_at.astimezone(dt.UTC) + dt.timedelta(hours=clocks.outreach_hours)


def idle_due(calendar: BusinessCalendar, clocks: Clocks, last_activity_at: dt.datetime) -> dt.datetime:
    """From when a claimed one without activity is offered back to the pool."""
    return calendar.add_days(last_activity_at, clocks.idle_days)
