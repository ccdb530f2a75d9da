"""The start of a UTC day (domain.md §3, §4)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from accounts.models import Account
from signals import daily
from signals.actions import request_rescore_of_all
from signals.engagement_days import compared_by
from signals.models import CenterState, DailyRun, Decision, RescoreRequest, Transition
from signals.rescore import rescore_until_done
from signals.telling import line_of
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db

MIDNIGHT = datetime(2026, 6, 16, 0, 0, 1, tzinfo=UTC)


def evaluate_all(at: datetime = NOW) -> None:
    request_rescore_of_all(reason="test")
    rescore_until_done(now=at)


def states() -> list[dict]:
    """What a full evaluation says, without the traces of when and how it was run."""
    names = [
        field.attname
        for field in CenterState._meta.concrete_fields
        if field.name not in {"evidence", "decision", "evaluated_at", "qualified_since"}
    ]
    rows = CenterState.objects.order_by("center_id")
    # A line is stored of what came before the desk once, and told of the others.
    return [row | {"why": line_of(state)} for row, state in zip(rows.values(*names), rows, strict=True)]


def test_a_new_day_puts_everything_on_the_list_once() -> None:
    for _ in range(3):
        given.account()
    evaluate_all()

    assert daily.run(MIDNIGHT) == 3
    assert daily.run(MIDNIGHT) == 0
    assert list(RescoreRequest.objects.values_list("priority", "reason")) == [(RescoreRequest.Priority.DAY, "day")] * 3
    assert rescore_until_done(now=MIDNIGHT) == 3
    assert set(CenterState.objects.values_list("as_of_day", flat=True)) == {date(2026, 6, 16)}


def test_what_was_evaluated_today_already_is_left_alone() -> None:
    early, late = given.account(), given.account()
    evaluate_all()
    request_rescore_of_all(reason="test")
    RescoreRequest.objects.filter(center__account=late).delete()
    rescore_until_done(now=MIDNIGHT)

    assert daily.run(MIDNIGHT) == 1
    assert RescoreRequest.objects.get().center == given.whole(late)
    assert CenterState.objects.get(account=early).as_of_day == date(2026, 6, 16)


def test_the_daily_evaluation_says_what_a_full_one_says_also_after_days_asleep() -> None:
    for number, without in enumerate(((), ("others",), ("theme",), ("intent",))):
        given.worked_example(name=f"C{number}", without=without)
    given.account("Quiet")
    evaluate_all()
    morning = MIDNIGHT + timedelta(days=9)

    daily.run(morning)
    rescore_until_done(now=morning)
    after_daily = states()
    CenterState.objects.all().delete()
    evaluate_all(morning)
    fresh = states()

    # Only a center that once qualified knows since when it does not.
    for row in (*after_daily, *fresh):
        row.pop("unqualified_since")
    assert after_daily == fresh


def test_a_day_alone_leaves_the_strip_as_it_is_and_a_touch_whose_day_has_come_joins_it() -> None:
    quiet, waiting = given.account("Quiet"), given.account("Waiting")
    for company in (quiet, waiting):
        given.touch(company, None, "pricing_page", given.ago(3))
    given.touch(waiting, None, "pricing_page", MIDNIGHT + timedelta(days=1, hours=8), received_at=given.ago(2))
    evaluate_all()
    strips = []
    for days in (0, 1, 2):
        CenterState.objects.filter(account=quiet).update(strip=[["as it was"]])
        daily.run(MIDNIGHT + timedelta(days=days))
        rescore_until_done(now=MIDNIGHT + timedelta(days=days))
        strips.append(list(CenterState.objects.order_by("center_id").values_list("strip", flat=True)))

    before, after = ["2026-06-12", 5.0, 0.0, 0.0], ["2026-06-17", 5.0, 0.0, 0.0]
    assert strips == [
        [[["as it was"]], [before]],
        [[["as it was"]], [before]],
        [[["as it was"]], [before, after]],
    ]


def test_a_strip_is_made_anew_by_another_version_on_the_same_new_day() -> None:
    company = given.account()
    given.touch(company, None, "pricing_page", given.ago(3))
    evaluate_all()
    CenterState.objects.update(strip=[["as it was"]], model=None)
    daily.run(MIDNIGHT)
    rescore_until_done(now=MIDNIGHT)

    assert CenterState.objects.get().strip == [["2026-06-12", 5.0, 0.0, 0.0]]


def test_decay_alone_ends_a_qualification_at_the_start_of_a_day() -> None:
    """75.63 falls below 70 when five days have passed."""
    company = given.worked_example(without={"intent"})
    given.intent(given.account("Elsewhere"), 50, NOW.date())
    evaluate_all()
    qualified = []
    for days in range(6):
        daily.run(MIDNIGHT + timedelta(days=days))
        rescore_until_done(now=MIDNIGHT + timedelta(days=days))
        qualified.append(CenterState.objects.get(account=company).qualified)

    assert qualified == [True, True, True, True, False, False]
    state = CenterState.objects.get(account=company)
    assert (state.block, state.unqualified_since) == ("threshold", date(2026, 6, 20))
    kinds = list(Transition.objects.filter(center__account=company).order_by("id").values_list("kind", flat=True))
    assert kinds == ["qualified", *["evaluated"] * 4, "unqualified", "evaluated"]


def test_centers_are_compared_when_the_day_is_done() -> None:
    """100 × (fewer + half of equal) / all, among centers with points."""
    companies = [given.account(f"C{number}") for number in range(5)]
    for company, touches in zip(companies, (0, 1, 1, 2, 3), strict=True):
        person = given.contact(company)
        for day in range(touches):
            given.touch(company, person, "pricing_page", MIDNIGHT - timedelta(hours=day * 24 + 1))
    daily.run(MIDNIGHT)
    daily.run(MIDNIGHT)
    assert DailyRun.objects.get().compared_at is None  # the list is not done
    rescore_until_done(now=MIDNIGHT)

    daily.run(MIDNIGHT)

    assert DailyRun.objects.get().compared_at is not None
    scores = dict(CenterState.objects.values_list("account__name", "engagement_score"))
    assert scores == {"C0": None, "C1": 25.0, "C2": 25.0, "C3": 62.5, "C4": 87.5}
    assert daily.compare(MIDNIGHT.date()) == 0
    assert dict(compared_by(MIDNIGHT.date()).centers.select("center_id", "engagement_score").iter_rows()) == dict(
        CenterState.objects.values_list("center", "engagement_score")
    )


def test_what_was_compared_on_a_day_stays_and_is_told_until_the_next_comparison() -> None:
    given.account()
    evaluate_all()
    first = MIDNIGHT.date()
    for points, days in ((4, 0), (4, 5), (7, 6)):
        CenterState.objects.update(points_micro=points)
        daily.compare(first + timedelta(days=days))

    told = [compared_by(first + timedelta(days=days)) for days in (-1, 0, 4, 5, 9)]

    assert [(one.day, one.centers["points_micro"].to_list()) for one in told] == [
        (None, []),
        (first, [4]),
        (first, [4]),
        (first + timedelta(days=5), [4]),
        (first + timedelta(days=6), [7]),
    ]


def test_months_ahead_have_their_partitions() -> None:
    daily.run(datetime(2031, 1, 15, tzinfo=UTC))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE 'signals_touch_2031%%' AND relkind = 'r' ORDER BY 1"
        )
        assert [row[0] for row in cursor.fetchall()] == [f"signals_touch_20310{month}" for month in (1, 2, 3, 4)]


def test_a_day_begun_by_nobody_stores_decisions_only_where_something_changed() -> None:
    given.worked_example()
    given.account()
    evaluate_all()
    assert Decision.objects.count() == 2

    daily.run(MIDNIGHT)
    rescore_until_done(now=MIDNIGHT)

    assert Decision.objects.count() == 2
    assert Account.objects.count() == 2
