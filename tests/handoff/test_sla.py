"""Business time at exact moments: hours, days, zones, holidays, daylight saving (domain.md §5)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from handoff.models import DeskPolicy, Holiday
from handoff.policy import business_calendar, desk_policy
from handoff.sla import BusinessCalendar, Clocks, answer_due, claim_due, decision_due, idle_due, outreach_due

UTC = BusinessCalendar()
NEW_YORK = BusinessCalendar(time_zone="America/New_York", country="US")
BERLIN = BusinessCalendar(time_zone="Europe/Berlin", country="DE")


def at(text: str, zone: str = "UTC") -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-03-11 10:00", 4, "2026-03-11 14:00"),
        ("2026-03-11 13:00", 4, "2026-03-11 17:00"),  # ends with the day, not next morning
        ("2026-03-11 15:00", 4, "2026-03-12 11:00"),
        ("2026-03-11 17:00", 4, "2026-03-12 13:00"),
        ("2026-03-11 03:00", 4, "2026-03-11 13:00"),
        ("2026-03-13 16:00", 4, "2026-03-16 12:00"),  # Friday to Monday
        ("2026-03-14 12:00", 1, "2026-03-16 10:00"),  # Saturday
        ("2026-03-11 10:00", 0, "2026-03-11 10:00"),
        ("2026-03-11 20:00", 0, "2026-03-12 09:00"),
        ("2026-03-11 10:00", 0.5, "2026-03-11 10:30"),
        ("2026-03-11 09:00", 40, "2026-03-17 17:00"),
    ],
)
def test_hours_of_work(start: str, hours: float, end: str) -> None:
    assert UTC.add_hours(at(start), hours) == at(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-03-11 10:00", 2, "2026-03-13 10:00"),
        ("2026-03-12 10:00", 2, "2026-03-16 10:00"),  # over a weekend
        ("2026-03-11 10:00", 5, "2026-03-18 10:00"),
        ("2026-03-14 12:00", 2, "2026-03-18 09:00"),  # Saturday counts from Monday's opening
        ("2026-03-11 18:00", 1, "2026-03-13 09:00"),  # after hours counts from the next opening
        ("2026-03-11 05:00", 1, "2026-03-12 09:00"),
    ],
)
def test_days_of_work(start: str, days: int, end: str) -> None:
    assert UTC.add_days(at(start), days) == at(end)


def test_the_hours_are_those_of_the_zone() -> None:
    # 16:30 in New York is 20:30 UTC in summer; the rest of the hour is worked the next morning.
    assert NEW_YORK.add_hours(at("2026-07-08 16:30", "America/New_York"), 1) == at(
        "2026-07-09 09:30", "America/New_York"
    )
    assert NEW_YORK.add_hours(at("2026-07-08 20:30"), 1) == at("2026-07-09 13:30")


def test_public_holidays_and_own_days_stand_still() -> None:
    # 3 July 2026 is Independence Day observed, a Friday.
    assert NEW_YORK.add_hours(at("2026-07-02 16:00", "America/New_York"), 2) == at(
        "2026-07-06 10:00", "America/New_York"
    )
    own = BusinessCalendar(days_off=frozenset({dt.date(2026, 3, 12)}))
    assert own.add_hours(at("2026-03-11 16:00"), 2) == at("2026-03-13 10:00")
    assert own.add_days(at("2026-03-11 10:00"), 2) == at("2026-03-16 10:00")


def test_a_country_that_is_not_known_has_no_holidays() -> None:
    assert BusinessCalendar(country="XX").is_workday(dt.date(2026, 12, 25))
    assert not BERLIN.is_workday(dt.date(2026, 12, 25))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        # Friday 16:00 to Monday 12:00 across the spring change (29 March) and the autumn change (25 October).
        ("2026-03-27 16:00", "2026-03-30 12:00"),
        ("2026-10-23 16:00", "2026-10-26 12:00"),
    ],
)
def test_four_hours_stay_four_across_daylight_saving(start: str, end: str) -> None:
    assert BERLIN.add_hours(at(start, "Europe/Berlin"), 4) == at(end, "Europe/Berlin")


def test_days_keep_the_wall_clock_across_daylight_saving() -> None:
    due = BERLIN.add_days(at("2026-03-26 10:00", "Europe/Berlin"), 2)
    assert due == at("2026-03-30 08:00")
    assert due.tzinfo is dt.UTC


def test_a_change_inside_the_working_day_neither_adds_nor_loses_work() -> None:
    night = BusinessCalendar(
        time_zone="Europe/Berlin", workdays=frozenset(range(1, 8)), day_starts_at=dt.time(0), day_ends_at=dt.time(6)
    )
    start, end = night.hours_of(dt.date(2026, 3, 29))
    assert end - start == dt.timedelta(hours=5)
    assert night.add_hours(at("2026-03-29 00:00", "Europe/Berlin"), 6) == at("2026-03-30 01:00", "Europe/Berlin")
    start, end = night.hours_of(dt.date(2026, 10, 25))
    assert end - start == dt.timedelta(hours=7)
    assert night.add_hours(at("2026-10-25 00:00", "Europe/Berlin"), 6) == at("2026-10-25 05:00", "Europe/Berlin")


@pytest.mark.parametrize(
    "wrong", [{"workdays": frozenset()}, {"day_starts_at": dt.time(17), "day_ends_at": dt.time(9)}]
)
def test_a_calendar_without_work_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="needs a workday"):
        BusinessCalendar(**wrong)


def test_a_calendar_of_holidays_alone_says_so() -> None:
    empty = BusinessCalendar(
        workdays=frozenset({1}), days_off=frozenset(dt.date(2026, 1, 5) + dt.timedelta(weeks=w) for w in range(600))
    )
    with pytest.raises(ValueError, match="no workday in ten years"):
        empty.add_hours(at("2026-01-05 10:00"), 1)


def test_the_clocks_of_the_domain() -> None:
    start, clocks = at("2026-03-11 10:00"), Clocks()
    assert claim_due(UTC, clocks, start, hand_raise=False) == at("2026-03-11 14:00")
    assert claim_due(UTC, clocks, start, hand_raise=True) == at("2026-03-11 11:00")
    assert decision_due(UTC, clocks, start) == at("2026-03-18 10:00")
    assert answer_due(UTC, clocks, start) == at("2026-03-13 10:00")
    assert idle_due(UTC, clocks, start) == at("2026-03-16 10:00")


def test_the_first_outreach_is_24_elapsed_hours_whatever_the_calendar() -> None:
    friday = at("2026-10-24 16:00", "Europe/Berlin")
    assert outreach_due(Clocks(), friday) == friday.astimezone(dt.UTC) + dt.timedelta(hours=24)


MOMENTS = st.integers(0, 1000 * 24 * 3600).map(
    lambda seconds: dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
)


@given(MOMENTS, st.floats(0, 100), st.floats(0, 100))
def test_hours_add_up(start: dt.datetime, first: float, second: float) -> None:
    once = BERLIN.add_hours(start, first + second)
    twice = BERLIN.add_hours(BERLIN.add_hours(start, first), second)
    # A stop exactly at closing time goes on at the next opening: the same working moment.
    assert abs(once - twice) < dt.timedelta(milliseconds=1) or BERLIN.add_hours(once, 0.001) - BERLIN.add_hours(
        twice, 0.001
    ) < dt.timedelta(milliseconds=1)


@given(MOMENTS, MOMENTS, st.floats(0, 60))
def test_who_starts_later_is_never_due_earlier(one: dt.datetime, other: dt.datetime, hours: float) -> None:
    first, last = sorted((one, other))
    assert BERLIN.add_hours(first, hours) <= BERLIN.add_hours(last, hours)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("time_zone", "Nowhere/City"),
        ("time_zone", "Europe"),
        ("workdays", "08"),
        ("workdays", ""),
        ("holiday_country", "XX"),
    ],
)
def test_a_slip_in_the_calendar_is_told_at_its_field(field: str, wrong: str) -> None:
    policy = desk_policy()
    setattr(policy, field, wrong)
    with pytest.raises(ValidationError) as caught:
        policy.full_clean()
    assert field in caught.value.message_dict


@pytest.mark.django_db
def test_a_day_that_ends_before_it_starts_is_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError, match="desk_day_ends_after_start"):
        DeskPolicy.objects.update(day_ends_at=dt.time(8))


@pytest.mark.django_db
def test_the_calendar_is_that_of_the_policy() -> None:
    Holiday.objects.create(day=dt.date(2026, 3, 12), name="Founders' day")
    policy = desk_policy()
    policy.time_zone, policy.workdays, policy.holiday_country = "Europe/Berlin", "123", "DE"
    policy.day_starts_at, policy.day_ends_at = dt.time(8), dt.time(16)
    policy.save()
    assert business_calendar() == BusinessCalendar(
        time_zone="Europe/Berlin",
        workdays=frozenset({1, 2, 3}),
        day_starts_at=dt.time(8),
        day_ends_at=dt.time(16),
        country="DE",
        days_off=frozenset({dt.date(2026, 3, 12)}),
    )
