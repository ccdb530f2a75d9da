"""What another model would say of the same facts (domain.md §7). Pure: two evaluations in, moves out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, overload

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["enters", "leaves", "moves"]
KINDS: tuple[Kind, ...] = ("enters", "leaves", "moves")
HISTOGRAM_STEP = 5


@dataclass(frozen=True)
class Move:
    """A center that would enter (qualify), leave, or change its block; blocks are gate names, None when it qualifies."""

    center_id: int
    account_id: int
    kind: Kind
    score_before: float
    score_after: float
    block_before: str | None
    block_after: str | None


class Moves(Sequence[Move]):
    """Moves, the most telling first; only those that are looked at are made."""

    def __init__(self, moved: pl.DataFrame) -> None:
        self.moved = moved

    def __len__(self) -> int:
        return self.moved.height

    @overload
    def __getitem__(self, place: int) -> Move: ...

    @overload
    def __getitem__(self, place: slice) -> list[Move]: ...

    def __getitem__(self, place: int | slice) -> Move | list[Move]:
        if isinstance(place, slice):
            return [Move(*row) for row in self.moved[place].iter_rows()]
        return Move(*self.moved.row(range(len(self))[place]))

    def of(self, kind: str) -> Moves:
        """Those of one kind."""
        import polars as pl

        return Moves(self.moved.filter(pl.col("kind") == kind))


@dataclass(frozen=True)
class Comparison:
    """All moves; how many qualify before and after; how many moves there are of each kind, and how many of those that leave
    each gate would block; scores in steps of five, before and after.
    """

    centers: int
    qualified_before: int
    qualified_after: int
    moves: Moves
    counts: dict[str, int]
    leaving_by_gate: dict[str, int]
    histogram: list[tuple[int, int, int]]


def compare(before: pl.DataFrame, after: pl.DataFrame) -> Comparison:
    """`after` against `before`: center_id, account_id, score, block and qualified of the same centers in the same order.

    Raises ValueError for others.
    """
    import polars as pl  # not at import: see signals/tasks.py

    if not before["center_id"].equals(after["center_id"]):
        raise ValueError("only the same centers can be compared")
    columns = ("score", "block", "qualified")
    both = before.select("center_id", "account_id", *columns).hstack(
        after.select(pl.col(name).alias(f"{name}_after") for name in columns)
    )
    blocked = pl.col("block").fill_null("") != pl.col("block_after").fill_null("")
    kind = (
        pl.when(~pl.col("qualified") & pl.col("qualified_after"))
        .then(0)
        .when(pl.col("qualified") & ~pl.col("qualified_after"))
        .then(1)
        .otherwise(2)
    )
    moved = (
        both.filter(blocked)
        .with_columns(kind=kind.cast(pl.Int8))
        .sort("kind", "score_after", "center_id", descending=[False, True, False])
        .with_columns(kind=pl.lit(pl.Series(KINDS)).gather(pl.col("kind")))
        .select("center_id", "account_id", "kind", "score", "score_after", "block", "block_after")
    )
    leaving = moved.filter(pl.col("kind") == "leaves")["block_after"]
    return Comparison(
        centers=both.height,
        qualified_before=int(both["qualified"].sum()),
        qualified_after=int(both["qualified_after"].sum()),
        moves=Moves(moved),
        counts=_counted(moved["kind"]),
        leaving_by_gate=_counted(leaving),
        histogram=_histogram(both["score"], both["score_after"]),
    )


def _counted(values: pl.Series) -> dict[str, int]:
    return dict(values.value_counts(sort=True).iter_rows())


def _histogram(*sides: pl.Series) -> list[tuple[int, int, int]]:
    """(lower bound, before, after) of each step; 100 belongs to the last."""
    steps = 100 // HISTOGRAM_STEP
    counted = [
        dict((side // HISTOGRAM_STEP).clip(0, steps - 1).cast(int).alias("step").value_counts().iter_rows())
        for side in sides
    ]
    return [(step * HISTOGRAM_STEP, *(count.get(step, 0) for count in counted)) for step in range(steps)]
