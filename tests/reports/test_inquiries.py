"""Who inquired is the same by first days of years, by months, and by a look at each touch."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, AccountFact, Team, User
from accounts.targets import set_targets
from reports import asking, funnel, inquiries
from reports.closing import close_month
from reports.models import MonthClose
from reports.period import Period
from signals import runs, sums
from signals.models import Touch
from tests.reports.facts import DAY, company, touch

pytestmark = pytest.mark.django_db

MONTHS = [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
START = date(2025, 10, 20)
# Each touch: account, day after START, how many days later it was received.
touches = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 140), st.sampled_from([0, 0, 0, 30, 60])), max_size=12)
moved = st.lists(st.tuples(st.integers(0, 3), st.integers(60, 160), st.booleans()), max_size=3)
periods = st.lists(st.tuples(st.integers(0, 140), st.integers(0, 140)).map(sorted), min_size=1, max_size=4)


def first_days(period: Period) -> dict[int, date]:
    sql = f"{inquiries.inquired(period)} SELECT account_id, first FROM inquired"  # noqa: S608 - the module's own
    return dict(asking.rows(sql, inquiries.asked(period)))


def by_months(period: Period) -> dict[int, date]:
    return {row[0]: row[3] for row in inquiries.inquirers(period)}


def touch_by_touch(period: Period, was_target: dict[tuple[int, date], bool]) -> dict[int, date]:
    """What was received by the close of its month counts there; an account is of the segment it was in then."""
    closed = dict(MonthClose.objects.values_list("month", "known_at"))
    now = dict(Account.objects.values_list("pk", "is_target"))
    found: dict[int, date] = {}
    for one in Touch.objects.order_by("occurred_at"):
        assert one.account_id is not None
        day, known = one.occurred_at.date(), closed.get(one.occurred_at.date().replace(day=1))
        target = was_target.get((one.account_id, day.replace(day=1)), now[one.account_id])
        if not period.start <= day <= period.end or (known and one.received_at > known):
            continue
        if period.segment and target != (period.segment == "target"):
            continue
        found.setdefault(one.account_id, day)
    return found


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(came=touches, turned=moved, closed=st.sets(st.sampled_from(MONTHS)), summed=st.integers(0, 12), asked=periods)
def test_three_ways_find_the_same(
    came: list[tuple[int, int, int]],
    turned: list[tuple[int, int, bool]],
    closed: set[date],
    summed: int,
    asked: list[list[int]],
) -> None:
    with transaction.atomic():
        kept = [company(f"Company{place}", target=place == 3) for place in range(4)]
        AccountFact.objects.update(known_from=datetime.combine(START, datetime.min.time(), UTC))
        with_owner = User.objects.create_user(
            "sam@desk.test", name="Sam", role="sdr", team=Team.objects.create(name="North")
        )
        Account.objects.filter(pk=kept[0].pk).update(owner_sdr=with_owner)
        for place, (account, day, late) in enumerate(came):
            since = (datetime.combine(START, datetime.min.time(), UTC) - DAY).days + day
            touch(kept[account], day=since + place / 100, channel="ads", received=since + late)
        moments: list[tuple[datetime, Any]] = [
            (datetime.combine(month, datetime.min.time(), UTC) + timedelta(days=36), month) for month in closed
        ]
        moments += [
            (datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=day, hours=1), (account, is_target))
            for account, day, is_target in turned
        ]
        was: dict[tuple[int, date], bool] = {}
        now = {account.pk: place == 3 for place, account in enumerate(kept)}
        for at, what in sorted(moments, key=lambda one: one[0]):
            if isinstance(what, date):
                close_month(month=what, by=None, now=at)
                was |= {(pk, what): is_target for pk, is_target in now.items()}
            else:
                pk = kept[what[0]].pk
                set_targets(account_ids=[pk], is_target=what[1], by=None, at=at)
                now[pk] = what[1]
        while summed and sums.sum_changes(summed) + runs.make_runs(quiet=timedelta()):
            pass
        for days in asked:
            first, last = (START + timedelta(days=day) for day in days)
            for segment in ("", "target", "other"):
                period = Period(first, last, segment=segment)
                expected = touch_by_touch(period, was)
                assert first_days(period) == expected
                assert by_months(period) == expected
                assert {steps[0].count for steps in funnel.paths(period).values()} == {len(expected)}
                ours = replace(period, team=with_owner.team_id)
                assert (
                    first_days(ours) == {pk: day for pk, day in expected.items() if pk == kept[0].pk} == by_months(ours)
                )
        transaction.set_rollback(True)
