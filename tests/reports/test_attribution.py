"""Exact credits of small paths, and that money never gets lost (domain.md §6)."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import attribution
from reports.attribution import Path, allocate

CREATED = datetime(2026, 6, 30, 12, tzinfo=UTC)


def path(*days_before: float, qualified: float | None = None, closed: float | None = None) -> Path:
    return Path(
        touched_at=[CREATED - timedelta(days=days) for days in days_before],
        created_at=CREATED,
        qualified_at=None if qualified is None else CREATED - timedelta(days=qualified),
        closed_at=None if closed is None else CREATED + timedelta(days=closed),
    )


def test_first_and_last_take_all() -> None:
    assert attribution.first_touch(path(30, 20, 10)) == [1, 0, 0]
    assert attribution.last_touch(path(30, 20, 10)) == [0, 0, 1]


def test_u_gives_forty_twenty_forty() -> None:
    assert attribution.u_shaped(path(40, 30, 20, 10)) == pytest.approx([0.4, 0.1, 0.1, 0.4])


def test_u_of_two_touches_is_half_and_half_and_of_one_is_all() -> None:
    assert attribution.u_shaped(path(2, 1)) == [0.5, 0.5]
    assert attribution.u_shaped(path(2)) == [1]


def test_w_goes_by_the_milestones_of_the_account() -> None:
    weights = attribution.w_shaped(path(40, 30, 20, 10, 5, qualified=15))
    assert weights == pytest.approx([0.3, 0.05, 0.3, 0.05, 0.3])


def test_w_without_a_qualification_spreads_its_share() -> None:
    assert attribution.w_shaped(path(40, 30, 10)) == pytest.approx([3 / 7, 1 / 7, 3 / 7])


def test_full_path_counts_the_touch_before_the_close() -> None:
    weights = attribution.full_path(path(40, 30, 10, -5, -8, qualified=25, closed=9))
    assert weights == pytest.approx([0.225, 0.225, 0.225, 0.1, 0.225])


def test_time_decay_halves_each_seven_days() -> None:
    assert attribution.time_decay(path(14, 7, 0)) == pytest.approx([1 / 7, 2 / 7, 4 / 7])


def test_no_touches_credit_nobody() -> None:
    assert [model(path()) for model in attribution.MODELS.values()] == [[]] * 7
    assert allocate(Decimal("10.00"), []) == []


def test_left_over_cents_go_to_the_largest_remainders() -> None:
    assert allocate(Decimal("100.00"), [1, 1, 1]) == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]
    assert allocate(Decimal("0.01"), [0.2, 0.5, 0.3]) == [0, Decimal("0.01"), 0]


@given(
    amount=st.decimals(min_value=0, max_value=10**9, places=2),
    days=st.lists(st.floats(0, 400), min_size=1, max_size=30),
    qualified=st.none() | st.floats(0, 400),
    model=st.sampled_from(sorted(attribution.MODELS)),
)
def test_credits_sum_to_the_amount_to_the_cent(
    amount: Decimal, days: list[float], qualified: float | None, model: str
) -> None:
    weights = attribution.MODELS[model](path(*sorted(days, reverse=True), qualified=qualified))
    split = allocate(amount, weights)
    assert sum(split) == amount
    assert min(split) >= 0


def test_a_run_of_one_channel_collapses_to_its_first() -> None:
    assert attribution.collapse_repeats(["ads", "ads", "email", "ads"]) == [0, 2, 3]


def test_direct_counts_only_alone() -> None:
    assert attribution.without_direct(["direct", "ads", "direct"]) == [1]
    assert attribution.without_direct(["direct", "direct"]) == [0, 1]
