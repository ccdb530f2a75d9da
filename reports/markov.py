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
    Codes are all the numbers from 0 to the highest.

    Without a won path, or where no channel matters to any, every share is 0.
    """
    import polars as pl

    # Which a step is of: that it leads from, and of the first that it leads to.
    channels = steps.select(pl.when(pl.col("here") == START).then("there").otherwise("here")).to_series()
    highest: Any = channels.max()
    count = 0 if highest is None else highest + 1
    left = steps.group_by("here").agg(pl.col("count").sum())
    left_at = pl.zeros(count + 1, dtype=pl.Int64, eager=True).scatter(left["here"] - START, left["count"])
    states = _in_parts(steps, count)
    of_code = states.sort("code")
    chances = steps.select(
        "here",
        "there",
        chance=pl.col("count") / left_at.gather(steps["here"] - START),
        **{name: of_code[name].gather(channels) for name in ("size", "row", "place")},
    )
    effects = pl.zeros(count, dtype=pl.Float64, eager=True)
    for (size,), same in states.group_by("size", maintain_order=True):
        lost = _lost_without(chances.filter(pl.col("size") == size), same, of_code["place"])
        effects = effects.scatter(lost["code"], lost["effect"])
    total = effects.sum()
    return pl.DataFrame({"code": of_code["code"], "share": effects / total if total else effects * 0.0})


def _in_parts(steps: pl.DataFrame, count: int) -> pl.DataFrame:
    """Every channel (code) with the size of its part, the part's row among those of this size, and its place in the part; in
    this order.
    """
    import polars as pl

    each = pl.int_range(count, eager=True)
    part = each
    edges = steps.select("here", "there").filter(pl.col("here") >= 0, pl.col("there") >= 0)
    while (
        True
    ):  # each channel joins its lowest neighbour, and what has joined goes on as one, until no step leads outside
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
    states = pl.DataFrame({"code": each, "part": part}).sort("part", "code")
    runs = states["part"].rle().struct
    sizes = runs.field("len").cast(pl.Int64)
    at = pl.col("part").rle_id()
    return (
        states.with_columns(size=pl.lit(sizes).gather(at), place=each - pl.lit(sizes.cum_sum() - sizes).gather(at))
        .sort("size", maintain_order=True)
        .select("code", "size", "place", row=pl.int_range(pl.len()).over("size") // pl.col("size"))
    )


def _lost_without(chances: pl.DataFrame, states: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """The effect of removing each of these channels, all of parts of one size: code, effect. `places`: of every code."""
    import polars as pl

    size = states["size"][0]
    parts = len(states) // size

    def columns(found: pl.DataFrame, place: pl.Expr, width: int) -> list[pl.Series]:
        """The chances of these steps as columns of a row a part; 0 where there is none."""
        at = found.select(place * parts + pl.col("row")).to_series()
        flat = pl.zeros(width * parts, dtype=pl.Float64, eager=True).scatter(at, found["chance"])
        return [flat.slice(i * parts, parts) for i in range(width)]

    begun = chances.filter(pl.col("here") == START)
    inner = chances.filter(pl.col("here") >= 0, pl.col("there") >= 0)
    to = pl.lit(places).gather("there")
    steps = columns(inner, pl.lit(places).gather("here") * size + to, size * size)
    won = columns(chances.filter(pl.col("there") == WON), pl.col("place"), size)
    begins = columns(begun, pl.col("place"), size)
    if parts > _COLUMN:
        effects = pl.concat(_effects(steps, won, begins))
    else:
        each = [_effects(*([s[row] for s in many] for many in (steps, won, begins))) for row in range(parts)]
        effects = pl.Series([one[place] for place in range(size) for one in each], dtype=pl.Float64())
    codes = pl.concat([states["code"].gather_every(size, place) for place in range(size)])
    return pl.DataFrame({"code": codes, "effect": effects})


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
