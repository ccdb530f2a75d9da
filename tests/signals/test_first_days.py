"""First days of months are those of the sums, whatever is written to them, and are read as a look at each day gives."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signals import first_days, sums
from signals.models import TouchMonth, TouchYear
from signals.touches_sql import next_month

START = date(2023, 11, 1)
ACCOUNTS = (7, 8)
written = st.dictionaries(
    st.tuples(st.sampled_from(ACCOUNTS), st.integers(0, 26)),
    st.sets(st.integers(1, 31), max_size=4),
    max_size=12,
)
period = st.tuples(st.integers(0, 800), st.integers(0, 800)).map(sorted)
fresh = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def month_after(months: int) -> date:
    return date(START.year + (START.month - 1 + months) // 12, (START.month - 1 + months) % 12 + 1, 1)


def write(months: Mapping[tuple[int, int], set[int]]) -> set[tuple[int, date]]:
    """Have these months as they are said, those without days not at all; each account and day."""
    found = set()
    for (account, months_on), days in months.items():
        month = month_after(months_on)
        within = {day for day in days if day <= (next_month(month) - month).days}
        if not within:
            TouchMonth.objects.filter(account_id=account, month=month).delete()
            continue
        what = {"days": sum(1 << (day - 1) for day in within), "touches": 1, "minutes": 0}
        what |= {"known_at": datetime(2026, 1, 1, tzinfo=UTC), "campaigns": ""}
        lists = ("on_days", "day_touches", "day_minutes", "people", "people_days", "campaign_days", "campaign_touches")
        what |= dict.fromkeys(lists, b"")
        TouchMonth.objects.update_or_create(account_id=account, month=month, defaults=what)
        found |= {(account, month.replace(day=day)) for day in within}
    return found


def read(first: date, last: date) -> dict[int, date]:
    """By account the first day of the whole months, up to the last."""
    found: dict[int, date] = {}
    with connection.cursor() as cursor:
        cursor.execute(first_days.FIRST_DAYS.format(but="", joined=""), first_days.years(first, last))
        for account, day in cursor.fetchall():
            found[account] = min(day, found.get(account, day))
    return found


@pytest.mark.django_db
@fresh
@given(before=written, after=written, days=period)
def test_they_follow_the_months(
    before: dict[tuple[int, int], set[int]], after: dict[tuple[int, int], set[int]], days: list[int]
) -> None:
    TouchMonth.objects.all().delete()
    write(before)
    write(after)
    left = write(before | after)
    first, last = (START + timedelta(days=day) for day in days)
    since = first if first.day == 1 else next_month(first)
    expected: dict[int, date] = {}
    for account, day in sorted(left):
        if since <= day <= last:
            expected.setdefault(account, day)
    assert read(first, last) == expected
    assert not any(first_days.differences(month_after(months)) for months in range(27))
    kept = {row.pk: row.first_days for row in TouchYear.objects.exclude(first_days=0)}
    first_days.rebuild()
    assert {row.pk: row.first_days for row in TouchYear.objects.all()} == kept


@pytest.mark.parametrize(
    ("first", "last", "years", "part"),
    [
        (date(2025, 12, 1), date(2026, 1, 1), {2025: 0b11111 << 55, 2026: 0b11111}, None),
        (date(2025, 12, 2), date(2026, 2, 28), {2026: 0b11111_11111}, date(2025, 12, 1)),
        (date(2026, 3, 5), date(2026, 3, 9), {}, date(2026, 3, 1)),
    ],
)
def test_a_month_asked_for_from_a_later_day_on_is_left_out(
    first: date, last: date, years: dict[int, int], part: date | None
) -> None:
    found = first_days.years(first, last)
    assert dict(zip(found["years"], found["year_months"], strict=True)) == years
    assert (found["part_month"], found["last"]) == (part, last)


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [0b00010 << 50, (0b00011 << 50) | 0b00001, 0])
def test_what_is_wrong_is_found_and_mended(wrong: int) -> None:
    write({(7, 0): {3}})
    assert TouchYear.objects.get().first_days == 0b00011 << 50
    TouchYear.objects.update(first_days=wrong)
    TouchMonth.objects.filter(account_id=8).delete()
    assert sum(first_days.differences(date(2023, month, 1)) for month in (1, 11)) == 1
    first_days.rebuild()
    assert TouchYear.objects.get().first_days == 0b00011 << 50


@pytest.mark.django_db
def test_the_command_finds_and_mends_them() -> None:
    TouchYear.objects.create(year=2026, account_id=7, first_days=0b00011)
    write({(8, 26): {1}})
    with pytest.raises(CommandError, match="run `manage"):
        call_command("sum_touches", check=True)
    call_command("sum_touches")
    assert (sums.differences(), TouchYear.objects.count()) == ({}, 0)
