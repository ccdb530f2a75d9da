"""Multi-touch attribution: how the amount of each opportunity is shared by the touches before it (domain.md §6). Pure.

Works on a frame of paths, one row a touch, in the order of `deal`, `at` and the touch's id:

    deal, at, created, qualified (MQA, else MQL; or null), closed (or null)      moments in whole microseconds

A model gives each touch a weight, a whole number; `allocate` shares cents by them, exactly. Milestone models go by the
account's own milestones: the touch at a milestone, or the last one before it (the first, where all came later), has its
share. Shares that meet on one touch add up; the share of a milestone that the account never reached, or of "all others" where
there are none, is spread over the shares that remain, in proportion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

DECAY_HALF_LIFE_DAYS = 7
MICROSECONDS_A_DAY = 86_400_000_000
# Weights that are no whole numbers by nature are counted in so many parts of the largest.
PARTS = 10**9
DIRECT = "direct"

FIRST, CREATED, QUALIFIED, CLOSED = "first", "created", "qualified", "closed"
MOMENTS = (CREATED, QUALIFIED, CLOSED)
# Of each milestone the share, and the share of all other touches together.
SHARES: Mapping[str, tuple[Mapping[str, int], int]] = {
    "first": ({FIRST: 1}, 0),
    "last": ({CREATED: 1}, 0),
    "linear": ({}, 1),
    "u": ({FIRST: 40, CREATED: 40}, 20),
    "w": ({FIRST: 30, QUALIFIED: 30, CREATED: 30}, 10),
    "full_path": ({FIRST: 225, QUALIFIED: 225, CREATED: 225, CLOSED: 225}, 100),
}
MODELS = (*SHARES, "time_decay")


def weights(paths: pl.DataFrame, model: str) -> pl.Series:
    """The weight of each touch; in each path their sum is more than 0."""
    import polars as pl  # not at import: see signals/tasks.py

    if model == "time_decay":
        age = (pl.col("created") - pl.col("at")).clip(lower_bound=0) / MICROSECONDS_A_DAY
        rarer = (age.min().over("deal") - age) / DECAY_HALF_LIFE_DAYS
        return paths.select((pl.lit(2.0).pow(rarer) * PARTS).round().cast(pl.Int64).alias("weight"))["weight"]
    shares, others = SHARES[model]
    place = pl.int_range(pl.len()).over("deal")
    fixed = sum(
        (pl.when(place == _at(name)).then(share).otherwise(0) for name, share in shares.items()),
        start=pl.lit(0, dtype=pl.Int64),
    )
    framed = paths.with_columns(fixed=fixed)
    rest = (pl.col("fixed") == 0).sum().over("deal")
    # The others share theirs evenly: everything times their number keeps the numbers whole.
    weight = (
        pl.when(rest == 0)
        .then(pl.col("fixed"))
        .when(pl.col("fixed") == 0)
        .then(pl.lit(others))
        .otherwise(pl.col("fixed") * rest)
    )
    return framed.select(weight.cast(pl.Int64).alias("weight"))["weight"]


def _at(milestone: str) -> pl.Expr:
    """The place of a milestone's touch in its path; null where the account never reached it."""
    import polars as pl

    if milestone == FIRST:
        return pl.lit(0)
    moment = pl.col(milestone)
    if milestone == QUALIFIED:
        moment = pl.when(moment <= pl.col(CREATED)).then(moment)
    if milestone == CLOSED:
        moment = pl.when(moment >= pl.col(CREATED)).then(moment)
    before = (pl.col("at") <= moment).sum().over("deal").cast(pl.Int64)
    return pl.when(moment.is_not_null()).then((before - 1).clip(lower_bound=0))


def allocate(paths: pl.DataFrame) -> pl.Series:
    """The `cents` of each deal (one value a deal) shared by `weight`: whole cents that sum to them exactly.

    Each touch gets its share rounded down; the cents left over go to the largest remainders, the earlier touch first.
    """
    import polars as pl

    wide = pl.Int128()  # the largest amount times the largest weight
    share = pl.col("cents").cast(wide) * pl.col("weight").cast(wide)
    total = pl.col("weight").sum().over("deal").cast(wide)
    framed = paths.select("deal", "cents", down=(share // total).cast(pl.Int64), rest=(share % total).cast(pl.Int64))
    left = pl.col("cents") - pl.col("down").sum().over("deal")
    rank = (-pl.col("rest")).rank("ordinal").over("deal")
    return framed.select((pl.col("down") + (rank <= left).cast(pl.Int64)).alias("credit"))["credit"]


def collapse_repeats(paths: pl.DataFrame) -> pl.DataFrame:
    """The touches that remain when a run of touches of one `channel` counts as its first."""
    import polars as pl

    is_first = (pl.col("deal") != pl.col("deal").shift(1)).fill_null(value=True)
    return paths.filter(is_first | (pl.col("channel") != pl.col("channel").shift(1)))


def without_direct(paths: pl.DataFrame) -> pl.DataFrame:
    """The touches that remain when direct ones don't count, unless a path has no others."""
    import polars as pl

    other = pl.col("channel") != DIRECT
    return paths.filter(other | ~other.any().over("deal"))
