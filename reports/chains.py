"""The data-driven model of attribution on a frame of paths: the chain of what closed, and weights by it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import attribution
from reports.credits import OTHERS
from reports.markov import NOT_WON, START, WON, shares_of_steps

if TYPE_CHECKING:
    import polars as pl

# A chain of more would take seconds: the keys that come least often are one there.
MOST_STATES = 100


def shares_of(paths: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """Of everything that closed in the period: how often each step was taken, then the share of each key in the chain of it."""
    import polars as pl

    counts = paths.group_by("key").len()
    kept = counts if by == "person" else counts.sort("len", "key", descending=[True, False]).head(MOST_STATES)
    coded = kept.select(key=pl.col("key").sort()).with_row_index("code").with_columns(pl.col("code").cast(pl.Int64))
    if len(kept) < len(counts):
        rest = pl.DataFrame({"key": [OTHERS], "code": [len(coded)]}, schema={"code": pl.Int64(), "key": pl.String()})
        coded = pl.concat([coded, rest.select(coded.columns)])
    steps = (
        paths.select("deal", "key", "won")
        .join(coded, on="key", how="left", maintain_order="left")
        .select(
            "won",
            here=pl.col("code").fill_null(len(kept)),
            last=(pl.col("deal") != pl.col("deal").shift(-1)).fill_null(value=True),
        )
        .with_columns(there=pl.col("here").shift(-1), first=pl.col("last").shift(1, fill_value=True))
    )
    ends = pl.when("won").then(WON).otherwise(NOT_WON).cast(pl.Int64)
    # One number a step is counted in half the time of two.
    wide = len(coded) - NOT_WON
    there = pl.when("last").then(ends).otherwise("there") - NOT_WON
    taken = pl.concat(
        [
            steps.filter("first").select(step=(START - NOT_WON) * wide + pl.col("here") - NOT_WON),
            steps.select(step=(pl.col("here") - NOT_WON) * wide + there),
        ]
    )
    counted = taken["step"].sort().rle().struct.unnest()  # in half the time of groups
    step = pl.col("value")
    shares = shares_of_steps(counted.select(count="len", here=step // wide + NOT_WON, there=step % wide + NOT_WON))
    return coded.join(shares, on="code").select("key", "share")


def weights(paths: pl.DataFrame, shares: pl.DataFrame) -> pl.Series:
    """A key's share of the whole chain, within one path by how the path uses the keys; linear where none counts."""
    import polars as pl

    others = shares.filter(pl.col("key") == OTHERS)["share"].sum() if shares.schema["key"] == pl.String() else 0.0
    framed = (
        paths.select("deal", "key")
        .join(shares, on="key", how="left", maintain_order="left")
        .select("deal", raw=pl.col("share").fill_null(others) / pl.len().over("deal", "key"))
    )
    top = pl.col("raw").max().over("deal")
    part = (pl.col("raw") / top * attribution.PARTS).round().cast(pl.Int64, strict=False)
    return framed.select(pl.when(top > 0).then(part).otherwise(1).alias("weight"))["weight"]
