from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounts import formatting

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (1200, 1, "1,200"),
        (46.36, 2, "46.36"),
        (46.30, 2, "46.3"),
        (100, 1, "100"),
        (Decimal("0.5"), 1, "0.5"),
        (None, 1, formatting.UNKNOWN),
    ],
)
def test_numbers_have_separators_and_no_trailing_zeros(value, decimals, text):
    assert formatting.number(value, decimals) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (Decimal("12400.00"), "EUR", "€12,400"),
        (Decimal("12400.50"), "USD", "$12,400.50"),
        (Decimal("-3.1"), "GBP", "-£3.10"),
        (Decimal(900), "CHF", "CHF 900"),
        (Decimal(900), "", "900"),
        (None, "EUR", formatting.UNKNOWN),
    ],
)
def test_money_says_its_currency_and_shows_cents_only_where_there_are_any(amount, currency, text):
    assert formatting.money(amount, currency) == text


def test_shares_changes_counts_and_names_in_words():
    assert formatting.percent(0.81) == "81 %"
    assert formatting.percent(None) == formatting.UNKNOWN
    assert [formatting.signed(value) for value in (18, -3, 0, -0.2, None)] == [
        "+18",
        "-3",
        "0",
        "0",
        formatting.UNKNOWN,
    ]
    assert formatting.counted(1, "person,people") == "1 person"
    assert formatting.counted(1200, "person,people") == "1,200 people"
    assert formatting.counted(2, "touch,touches") == "2 touches"
    assert formatting.counted(0, "account") == "0 accounts"
    assert [formatting.initials(name) for name in ("Dana van Whitlock", "Cher", "", "(x) Ó Briain")] == [
        "DW",
        "C",
        "?",
        "ÓB",
    ]
    assert [formatting.seniority(key) for key in ("c_level", "vp", "head_of")] == ["C-level", "VP", "Head of"]


@pytest.mark.parametrize(
    ("distance", "text"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=-20), "20 s ago"),
        (timedelta(minutes=-12), "12 min ago"),
        (timedelta(hours=-23, minutes=-59), "23 h ago"),
        (timedelta(hours=-24), "yesterday"),
        (timedelta(days=-30), "30 days ago"),
        (timedelta(days=-31), "Oct 21"),
        (timedelta(days=-400), "Oct 17, 2025"),
        (timedelta(minutes=5), "in 5 min"),
        (timedelta(days=2), "in 2 days"),
    ],
)
def test_a_moment_reads_relative_to_now(distance, text):
    assert formatting.relative(NOW + distance, NOW, UTC) == text


def test_past_a_day_the_readers_own_calendar_counts():
    late_evening = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)  # the 20th in Amsterdam
    assert formatting.relative(late_evening, NOW, UTC) == "2 days ago"
    assert formatting.relative(late_evening, NOW, AMSTERDAM) == "yesterday"


@pytest.mark.parametrize(
    ("distance", "says"),
    [
        (timedelta(minutes=41, seconds=30), ("41 min left", "warn")),
        (timedelta(minutes=60), ("1 h left", "")),
        (timedelta(hours=10), ("10 h left", "")),
        (timedelta(hours=12), ("Tomorrow 01:00", "")),
        (timedelta(days=2), ("Mon 13:00", "")),
        (timedelta(days=9), ("Nov 30 13:00", "")),
        (timedelta(seconds=-1), ("Overdue 1 s", "bad")),
        (timedelta(hours=-2), ("Overdue 2 h", "bad")),
        (timedelta(days=-3), ("Overdue 3 days", "bad")),
    ],
)
def test_a_clock_says_what_is_left_in_the_readers_zone(distance, says):
    assert formatting.due(NOW + distance, NOW, AMSTERDAM) == says


def test_exact_moments_and_days():
    assert formatting.exact(NOW, AMSTERDAM) == "Nov 21, 2026, 13:00 CET"
    assert formatting.day(date(2025, 3, 1), date(2026, 11, 21)) == "Mar 1, 2025"
