"""Data-driven attribution by removal effects of a first-order Markov chain. Pure.

Anderl, Becker, von Wangenheim, Schumann: Mapping the customer journey (2016), equations of the first-order model:
the share of a channel is its removal effect, by how much the chance of conversion falls when every step into
the channel leads to no conversion, over the sum of all removal effects. What a removal costs is the chance to come to the
channel at all, times the chance to convert from there: with N the fundamental matrix of the chain, the chance to come from i
to j is N[i][j] / N[j][j].

A chain falls into parts with no step from one to another (people meet on the paths of their account alone): each is solved by
itself, and many parts of one size at once, a column of a frame for each place of the matrix.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

# Codes of a step's ends; channels have codes from 0 on.
START, WON, NOT_WON = -1, -2, -3
# An operation on columns costs as much as on so many numbers one by one.
_COLUMN = 20
# A float, or a column of them; they calculate alike.
Matrix = list[list[Any]]


def removal_shares(paths: Iterable[tuple[Sequence[str], bool]]) -> dict[str, float]:
    """Each channel's share of the credit; shares sum to 1. `paths` are (channels in order, whether it was won)."""
    import polars as pl  # not at import: see signals/tasks.py

    told = [(channels, won) for channels, won in paths if channels]
    names = sorted({channel for channels, _ in told for channel in channels})
    codes = {name: code for code, name in enumerate(names)}
    steps = Counter(
        step
        for channels, won in told
        for step in pairwise([START, *(codes[channel] for channel in channels), WON if won else NOT_WON])
    )
    counted = pl.DataFrame(
        [(*step, count) for step, count in steps.items()],
        schema={"here": pl.Int64(), "there": pl.Int64(), "count": pl.Int64()},
        orient="row",
    )
    return {names[code]: share for code, share in shares_of_steps(counted).iter_rows()}


def shares_of_steps(steps: pl.DataFrame) -> pl.DataFrame:
    """As `removal_shares`, of how often each step was taken (here, there, count): code and share of every channel, by code.

    Without a won path, or where no channel matters to any, every share is 0.
    """
    import polars as pl

    chances = steps.with_columns(chance=pl.col("count") / pl.col("count").sum().over("here"))
    states = _in_parts(chances)
    effects = [_lost_without(chances, same) for _, same in states.group_by("size", maintain_order=True)]
    found = pl.concat([states.select("code").clear().with_columns(effect=pl.lit(0.0)), *effects]).sort("code")
    total = found["effect"].sum()
    return found.select("code", share=pl.col("effect") / total if total else pl.lit(0.0))


def _in_parts(steps: pl.DataFrame) -> pl.DataFrame:
    """Every channel (code) with its part (its lowest code), its place in it, and the part's size; by part and place."""
    import polars as pl

    ends = pl.concat([steps["here"], steps["there"]]).unique().sort()
    codes = ends.filter(ends >= 0)
    last: Any = codes.max()
    each = pl.Series(range(0 if last is None else last + 1), dtype=pl.Int64())
    part = each
    edges = steps.filter(pl.col("here") >= 0, pl.col("there") >= 0).select("here", "there")
    # Each channel joins its lowest neighbour, and what has joined goes on as one, until no step leads outside.
    while True:
        high, low = pl.max_horizontal("here", "there"), pl.min_horizontal("here", "there")
        edges = edges.select(high=high, low=low).filter(pl.col("high") != pl.col("low"))
        if not len(edges):
            break
        lowest = edges.group_by("high").agg(pl.col("low").min())
        joined = each.clone().scatter(lowest["high"], lowest["low"])
        while not (further := joined.gather(joined)).equals(joined):
            joined = further
        part = joined.gather(part)
        edges = pl.DataFrame({"here": joined.gather(edges["high"]), "there": joined.gather(edges["low"])})
    states = pl.DataFrame({"code": codes, "part": part.gather(codes)})
    return states.sort("part", "code").with_columns(
        place=pl.int_range(pl.len()).over("part"), size=pl.len().cast(pl.Int64).over("part")
    )


def _lost_without(chances: pl.DataFrame, states: pl.DataFrame) -> pl.DataFrame:
    """The effect of removing each of these channels, all of parts of one size: code, effect."""
    import polars as pl

    size, parts = states["size"][0], states["part"].unique(maintain_order=True)
    spot = pl.DataFrame({"part": parts}).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    at = states.join(spot, on="part").select("code", "row", "place")
    here = chances.join(at, left_on="here", right_on="code")
    inner = here.join(at.select("code", to="place"), left_on="there", right_on="code")
    begun = chances.filter(pl.col("here") == START).join(at, left_on="there", right_on="code")

    def columns(found: pl.DataFrame, place: pl.Expr, width: int) -> list[pl.Series]:
        """The chances of these rows as columns of a row a part; 0 where there is none."""
        index = found.select(at=place * len(parts) + pl.col("row"), chance="chance")
        flat = (
            pl.DataFrame({"at": pl.int_range(width * len(parts), eager=True)})
            .join(index, on="at", how="left", maintain_order="left")["chance"]
            .fill_null(0.0)
        )
        return [flat.slice(i * len(parts), len(parts)) for i in range(width)]

    steps = columns(inner, pl.col("place") * size + pl.col("to"), size * size)
    won = columns(here.filter(pl.col("there") == WON), pl.col("place"), size)
    begins = columns(begun, pl.col("place"), size)
    if len(parts) > _COLUMN:
        effects = pl.concat(_effects(steps, won, begins))
    else:
        each = [_effects(*([s[row] for s in many] for many in (steps, won, begins))) for row in range(len(parts))]
        effects = pl.Series([one[place] for place in range(size) for one in each], dtype=pl.Float64())
    order = pl.DataFrame({"at": pl.int_range(size * len(parts), eager=True), "effect": effects})
    return (
        at.select("code", at=pl.col("place") * len(parts) + pl.col("row")).join(order, on="at").select("code", "effect")
    )


def _effects(steps: Sequence[Any], won: Sequence[Any], begins: Sequence[Any]) -> list[Any]:
    """Of one part: `steps` between its channels row by row, the chances that it ends won there, and begins there."""
    size = len(won)
    places = range(size)
    visits = _inverse([[float(i == j) - steps[i * size + j] for j in places] for i in places])
    converts = [_sum(visits[i][j] * won[j] for j in places) for i in places]
    return [_sum(begins[i] * visits[i][j] for i in places) / visits[j][j] * converts[j] for j in places]


def _sum(terms: Iterable[Any]) -> Any:
    return reduce(operator.add, terms)


def _inverse(rows: Matrix) -> Matrix:
    """By Gauss and Jordan, in place. Every path ends, so there is an inverse; the diagonal dominates, so it needs no pivoting."""
    for i in range(len(rows)):
        pivot = 1.0 / rows[i][i]
        rows[i][i] = pivot * 0.0 + 1.0
        rows[i] = mine = [value * pivot for value in rows[i]]
        for j, other in enumerate(rows):
            if j != i:
                factor = other[i]
                other[i] = factor * 0.0
                rows[j] = [value - factor * own for value, own in zip(other, mine, strict=True)]
    return rows
