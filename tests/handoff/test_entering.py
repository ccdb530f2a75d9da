"""Who may enter the queue, on which day exactly (domain.md §4, end)."""

import datetime as dt

import pytest

from handoff.entering import Closing, Entry, Standing, Terms, entry, has_cooled, is_fresh, reenters_on

TERMS = Terms()
CLOSED = dt.date(2026, 1, 10)


def _entry(standing: Standing, *, days: int = 0, score: float = 80.0, hand_raise: bool = False) -> Entry:
    return entry(standing, TERMS, today=CLOSED + dt.timedelta(days=days), score=score, hand_raise=hand_raise)


def _after(state: str, **fields: object) -> Standing:
    return Standing(last=Closing(state, CLOSED, **fields))


def test_a_center_without_a_past_opens() -> None:
    assert _entry(Standing()) == Entry.OPEN


@pytest.mark.parametrize("hand_raise", [False, True])
@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (Standing(open_opportunity=True), Entry.OPPORTUNITY),
        (Standing(present_customer=True), Entry.CUSTOMER),
        (Standing(present_customer=True, expansion=True), Entry.OPEN),
        (Standing(present_customer=True, expansion=True, open_opportunity=True), Entry.OPPORTUNITY),
        (Standing(elsewhere=True), Entry.SHOWN_ELSEWHERE),
    ],
)
def test_who_does_not_queue(standing: Standing, expected: Entry, hand_raise: bool) -> None:
    assert _entry(standing, hand_raise=hand_raise) == expected


@pytest.mark.parametrize(("days", "expected"), [(0, Entry.REOPEN), (90, Entry.REOPEN), (91, Entry.OPEN)])
def test_a_withdrawn_one_reopens_within_90_days(days: int, expected: Entry) -> None:
    assert _entry(_after("withdrawn"), days=days) == expected


@pytest.mark.parametrize("state", ["recycled", "disqualified", "lost", "won"])
@pytest.mark.parametrize(("days", "expected"), [(0, Entry.LATER), (89, Entry.LATER), (90, Entry.OPEN)])
def test_a_closed_one_reenters_after_90_days(state: str, days: int, expected: Entry) -> None:
    assert _entry(_after(state), days=days) == expected


@pytest.mark.parametrize(("days", "expected"), [(19, Entry.LATER), (20, Entry.OPEN)])
def test_the_date_that_the_rep_gave_decides_also_when_it_is_earlier(days: int, expected: Entry) -> None:
    assert _entry(_after("recycled", comeback_on=CLOSED + dt.timedelta(days=20)), days=days) == expected


@pytest.mark.parametrize(("days", "expected"), [(90, Entry.LATER), (199, Entry.LATER), (200, Entry.OPEN)])
def test_the_date_that_the_rep_gave_decides_also_when_it_is_later(days: int, expected: Entry) -> None:
    assert _entry(_after("recycled", comeback_on=CLOSED + dt.timedelta(days=200)), days=days) == expected


@pytest.mark.parametrize(("score", "expected"), [(84.999, Entry.LATER), (85.0, Entry.OPEN), (99.0, Entry.OPEN)])
def test_a_score_15_above_that_at_closing_comes_back_at_once(score: float, expected: Entry) -> None:
    assert _entry(_after("disqualified", score=70.0), days=1, score=score) == expected


def test_without_a_score_at_closing_no_score_is_a_jump() -> None:
    assert _entry(_after("lost"), days=1, score=100.0) == Entry.LATER


def test_a_hand_raise_comes_back_at_once() -> None:
    assert _entry(_after("disqualified"), days=0, hand_raise=True) == Entry.OPEN


def test_the_day_of_coming_back() -> None:
    assert reenters_on(Closing("lost", CLOSED), TERMS) == dt.date(2026, 4, 10)


@pytest.mark.parametrize(("days", "cooled"), [(0, False), (6, False), (7, True), (8, True)])
def test_it_cools_after_seven_days_of_not_qualifying(days: int, cooled: bool) -> None:
    assert has_cooled(CLOSED, TERMS, today=CLOSED + dt.timedelta(days=days)) is cooled


@pytest.mark.parametrize(("days", "fresh"), [(0, True), (7, True), (8, False)])
def test_a_hand_raise_is_fresh_for_seven_days(days: int, fresh: bool) -> None:
    assert is_fresh(CLOSED, TERMS, today=CLOSED + dt.timedelta(days=days)) is fresh
