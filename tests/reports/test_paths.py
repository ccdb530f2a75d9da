"""The touches that attribution reads are those that the touches themselves give, whatever happened and however much is kept."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as random
from hypothesis import strategies as st

from reports import closing
from reports.deal_columns import rows_of
from reports.models import MonthClose
from reports.paths import load_paths
from reports.period import Period
from signals import runs, sums
from signals.models import PastReading, Touch, TouchChange, TouchMonth, TouchRun
from tests.reports.facts import deal
from tests.signals import given
from tests.signals.given import NOW
from tests.signals.test_runs import Desk, happenings

pytestmark = pytest.mark.django_db

MAY = datetime(2026, 5, 1, tzinfo=UTC).date()
PERIOD = Period(MAY, NOW.date())
_desks: list[Desk] = []


def desk() -> Desk:
    """The one of all examples: two accounts, each with a deal of May, which is closed, and one of June."""
    if not MonthClose.objects.exists():
        made = Desk()
        first, second, _ = made.accounts
        assert first
        assert second
        for account, hours, days in ((first, 500, 17), (first, 20, 1), (second, 900, 30), (second, 0, 0)):
            one = deal(account, day=0, stage="won", closed=(NOW - timedelta(days=days)).date())
            one.created_at = NOW - timedelta(hours=hours)
            one.save()
        closing.close_month(month=MAY, by=None, now=NOW - timedelta(hours=100))
        _desks[:] = [made]
    return _desks[0]


def expected(*, lookback: int, until_close: bool) -> list[tuple[Any, ...]]:
    """One touch and one reading after the other."""
    deals, _ = load_paths(PERIOD, which="won", lookback=lookback, until_close=until_close)
    known_at = MonthClose.objects.get().known_at
    found = []
    for one in rows_of(deals):
        assert one.closed_on
        first = one.created_at - timedelta(days=lookback)
        last = one.created_at
        if until_close:
            last = max(last, datetime.combine(one.closed_on, time.max, tzinfo=UTC))
        is_closed = one.closed_on.month == MAY.month
        for touch in Touch.objects.select_related("touch_type").order_by("occurred_at", "message_id", "pk"):
            readings = [
                (touch, None),
                *((past, past.known_until) for past in PastReading.objects.filter(touch_id=touch.pk)),
            ]
            valid = [
                reading
                for reading, until in readings
                if (until is None or (is_closed and until > known_at))
                and (not is_closed or (reading.known_from <= known_at and touch.received_at <= known_at))
            ]
            found += [
                (
                    one.opportunity_id,
                    round(touch.occurred_at.timestamp() * 1_000_000),
                    reading.channel.replace("\x1e", ""),
                    reading.campaign,
                    reading.contact_id,
                )
                for reading in valid
                if reading.account_id == one.account_id
                and not reading.ignored
                and reading.touch_type.direction == "inbound"
                and first <= touch.occurred_at <= last
            ]
    return found


def read(*, lookback: int, until_close: bool) -> list[tuple[Any, ...]]:
    deals, paths = load_paths(PERIOD, which="won", lookback=lookback, until_close=until_close)
    found = paths.join(deals.select("deal", "opportunity"), on="deal", maintain_order="left")
    return found.select("opportunity", "at", "channel", "campaign", "contact").rows()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@random(history=st.lists(happenings, min_size=3, max_size=10))
def test_after_any_history_paths_are_what_the_touches_give(history: list[tuple[Any, ...]]) -> None:
    found = desk()
    for table in (Touch, PastReading, TouchMonth, TouchRun, TouchChange):
        table.objects.all().delete()
    TouchChange.objects.all().delete()
    for what in history:
        found.happen(*what)

    for asked in ({"lookback": 180, "until_close": True}, {"lookback": 20, "until_close": False}):
        assert read(**asked) == expected(**asked)
    while sums.sum_changes() + runs.make_runs(quiet=timedelta()):
        pass
    assert read(**asked) == expected(**asked)


def test_a_month_without_a_note_is_read_from_its_run() -> None:
    found = desk()
    given.touch(found.accounts[0], None, "pricing_page", NOW - timedelta(days=1), channel="ads", campaign="spring")
    while sums.sum_changes() + runs.make_runs(quiet=timedelta()):
        pass
    # What nobody else would read shows who read it.
    TouchRun.objects.update(channels="run")
    asked: dict[str, Any] = {"lookback": 20, "until_close": False}
    assert [row[2:] for row in read(**asked)] == [("run", "spring", None)]
    given.touch(found.accounts[0], found.people[0], "pricing_page", NOW - timedelta(days=2), channel="mail")
    assert [row[2] for row in read(**asked)] == ["mail", "ads"]


def test_what_came_late_into_a_kept_month_counts_where_nothing_is_closed_alone() -> None:
    found = desk()
    account, other, _ = found.accounts
    assert account
    assert other
    late, in_time = NOW - timedelta(hours=10), None
    for of, days, received in (
        (account, 100, in_time),
        (account, 60, late),
        (account, 59, in_time),
        (account, 30, in_time),
        (other, 60, late),
    ):
        at = NOW - timedelta(days=days)
        given.touch(of, None, "pricing_page", at, received_at=received or at, campaign=f"{days} days ago")
    while sums.sum_changes() + runs.make_runs(quiet=timedelta()):
        pass

    asked: dict[str, Any] = {"lookback": 180, "until_close": False}
    assert TouchRun.objects.filter(changed_at=None).count() == TouchRun.objects.count() == 4
    assert read(**asked) == expected(**asked)
    assert [row[3] for row in read(**asked)] == [
        *(f"{days} days ago" for days in (100, 59, 30)),  # of what closed in the closed month
        *(f"{days} days ago" for days in (100, 60, 59, 30)),
        "60 days ago",  # of the other account's second
    ]
