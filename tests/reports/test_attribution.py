"""Exact credits of small paths, the same as by hand, and that money never gets lost (domain.md §6)."""

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import attribution
from tests.reports import reference
from tests.reports.reference import Path

DAY = attribution.MICROSECONDS_A_DAY


def path(*days_before: float, qualified: float | None = None, closed: float | None = None) -> Path:
    """Touches so many days before the opportunity, which is created on day 1,000."""
    return Path(
        touched=[1000 - days for days in days_before],
        created=1000,
        qualified=None if qualified is None else 1000 - qualified,
        closed=None if closed is None else 1000 + closed,
    )


def frame(*paths: Path, cents: int = 0) -> pl.DataFrame:
    rows = [
        (
            deal,
            *(None if at is None else round(at * DAY) for at in (touch, one.created, one.qualified, one.closed)),
            cents,
        )
        for deal, one in enumerate(paths)
        for touch in one.touched
    ]
    names = ("deal", "at", "created", "qualified", "closed", "cents")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64), orient="row")


def shares(model: str, one: Path) -> list[float]:
    weights = attribution.weights(frame(one), model).to_list()
    return [weight / sum(weights) for weight in weights]


def split(cents: int, *weights: int) -> list[int]:
    rows = pl.DataFrame({"deal": [1] * len(weights), "cents": [cents] * len(weights), "weight": list(weights)})
    return attribution.allocate(rows).to_list()


def test_first_and_last_take_all() -> None:
    assert shares("first", path(30, 20, 10)) == [1, 0, 0]
    assert shares("last", path(30, 20, 10)) == [0, 0, 1]


def test_u_gives_forty_twenty_forty() -> None:
    assert shares("u", path(40, 30, 20, 10)) == [0.4, 0.1, 0.1, 0.4]


def test_u_of_two_touches_is_half_and_half_and_of_one_is_all() -> None:
    assert shares("u", path(2, 1)) == [0.5, 0.5]
    assert shares("u", path(2)) == [1]


def test_w_goes_by_the_milestones_of_the_account() -> None:
    assert shares("w", path(40, 30, 20, 10, 5, qualified=15)) == [0.3, 0.05, 0.3, 0.05, 0.3]


def test_w_without_a_qualification_spreads_its_share() -> None:
    assert shares("w", path(40, 30, 10)) == [3 / 7, 1 / 7, 3 / 7]


def test_full_path_counts_the_touch_before_the_close() -> None:
    assert shares("full_path", path(40, 30, 10, -5, -8, qualified=25, closed=9)) == [0.225, 0.225, 0.225, 0.1, 0.225]


def test_time_decay_halves_each_seven_days() -> None:
    assert shares("time_decay", path(14, 7, 0)) == pytest.approx([1 / 7, 2 / 7, 4 / 7], abs=1e-9)


@pytest.mark.parametrize("model", attribution.MODELS)
def test_one_touch_takes_all_and_none_takes_nothing(model: str) -> None:
    assert shares(model, path(5, qualified=3, closed=2)) == [1]
    assert attribution.weights(frame(), model).to_list() == []
    assert attribution.allocate(frame().with_columns(weight=pl.lit(1))).to_list() == []


@pytest.mark.parametrize("model", ["linear", "time_decay"])
def test_touches_of_one_moment_share_alike(model: str) -> None:
    assert shares(model, path(3, 3, 3, 3)) == [0.25] * 4


def test_each_path_is_weighed_alone() -> None:
    both = attribution.weights(frame(path(9, 8), path(7, 6, 5)), "linear").to_list()
    assert both == [1] * 5
    rows = frame(path(9, 8), path(7, 6, 5), cents=100).with_columns(weight=pl.Series(both))
    assert attribution.allocate(rows).to_list() == [50, 50, 34, 33, 33]


def test_left_over_cents_go_to_the_largest_remainders_and_the_earlier() -> None:
    assert split(10_000, 1, 1, 1) == [3334, 3333, 3333]
    assert split(1, 2, 5, 3) == [0, 1, 0]
    assert split(0, 2, 5, 3) == [0, 0, 0]


def test_the_largest_amount_is_split_to_the_cent() -> None:
    most = 10**16 - 1
    assert sum(split(most, 333_333_333, 10**9, 7)) == most


paths = st.builds(
    lambda days, qualified, closed: path(*sorted(days, reverse=True), qualified=qualified, closed=closed),
    st.lists(st.integers(-30, 400), min_size=1, max_size=20),
    st.none() | st.integers(-10, 400),
    st.none() | st.integers(-10, 60),
)


@given(
    several=st.lists(paths, min_size=1, max_size=4),
    cents=st.integers(0, 10**12),
    model=st.sampled_from(attribution.MODELS),
)
def test_credits_are_those_by_hand_and_sum_to_the_amount(several: list[Path], cents: int, model: str) -> None:
    rows = frame(*several, cents=cents)
    found = rows.with_columns(weight=attribution.weights(rows, model)).pipe(
        lambda framed: framed.with_columns(credit=attribution.allocate(framed))
    )
    by_deal: list[list[Any]] = [part["credit"].to_list() for part in found.partition_by("deal", maintain_order=True)]
    for one, shared in zip(several, by_deal, strict=True):
        amount = Decimal(cents).scaleb(-2)
        expected = [int(credit.scaleb(2)) for credit in reference.allocate(amount, reference.MODELS[model](one))]
        assert sum(shared) == cents
        if model == "time_decay":  # whole parts of the largest weight, so not the last cent of large amounts
            assert shared == pytest.approx(expected, abs=max(1, cents * len(shared) / attribution.PARTS))
        else:
            assert shared == expected


def test_a_run_of_one_channel_collapses_to_its_first() -> None:
    rows = pl.DataFrame(
        {"deal": [1, 1, 1, 1, 2], "n": [0, 1, 2, 3, 4], "channel": ["ads", "ads", "email", "ads", "ads"]}
    )
    assert attribution.collapse_repeats(rows)["n"].to_list() == [0, 2, 3, 4]


def test_direct_counts_only_alone() -> None:
    rows = pl.DataFrame(
        {"deal": [1, 1, 1, 2, 2], "n": range(5), "channel": ["direct", "ads", "direct", "direct", "direct"]}
    )
    assert attribution.without_direct(rows)["n"].to_list() == [1, 3, 4]
