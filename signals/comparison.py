"""What another model would say of the same facts (domain.md §7). Pure: two evaluations in, moves out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["enters", "leaves", "moves"]
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


@dataclass(frozen=True)
class Comparison:
    """All moves, the most telling first; how many qualify before and after; scores in steps of five, before and after."""

    centers: int
    qualified_before: int
    qualified_after: int
    moves: list[Move]
    histogram: list[tuple[int, int, int]]

    def count(self, kind: Kind) -> int:
        """How many centers make this kind of move."""
        return sum(move.kind == kind for move in self.moves)

    def leaving_by_gate(self) -> dict[str, int]:
        """Of those that would leave, how many each gate would block."""
        counted: dict[str, int] = {}
        for move in self.moves:
            if move.kind == "leaves" and move.block_after:
                counted[move.block_after] = counted.get(move.block_after, 0) + 1
        return counted


def compare(before: pl.DataFrame, after: pl.DataFrame) -> Comparison:
    """`after` against `before`: center_id, account_id, score, block and qualified of the same centers on the same day."""
    import polars as pl  # not at import: see signals/tasks.py

    columns = ("score", "block", "qualified")
    both = before.select("center_id", "account_id", *columns).join(
        after.select("center_id", *columns), on="center_id", suffix="_after"
    )
    kind = (
        pl.when(~pl.col("qualified") & pl.col("qualified_after"))
        .then(pl.lit("enters"))
        .when(pl.col("qualified") & ~pl.col("qualified_after"))
        .then(pl.lit("leaves"))
        .when(pl.col("block").fill_null("") != pl.col("block_after").fill_null(""))
        .then(pl.lit("moves"))
    )
    moved = (
        both.with_columns(kind=kind)
        .filter(pl.col("kind").is_not_null())
        .sort(
            pl.col("kind").replace_strict({"enters": 0, "leaves": 1, "moves": 2}), -pl.col("score_after"), "center_id"
        )
    )
    moves = [
        Move(*row)
        for row in moved.select(
            "center_id", "account_id", "kind", "score", "score_after", "block", "block_after"
        ).iter_rows()
    ]
    return Comparison(
        centers=both.height,
        qualified_before=int(both["qualified"].sum()),
        qualified_after=int(both["qualified_after"].sum()),
        moves=moves,
        histogram=_histogram(both["score"], both["score_after"]),
    )


def _histogram(*sides: pl.Series) -> list[tuple[int, int, int]]:
    """(lower bound, before, after) of each step; 100 belongs to the last."""
    steps = 100 // HISTOGRAM_STEP
    counted = [
        dict((side // HISTOGRAM_STEP).clip(0, steps - 1).cast(int).alias("step").value_counts().iter_rows())
        for side in sides
    ]
    return [(step * HISTOGRAM_STEP, *(count.get(step, 0) for count in counted)) for step in range(steps)]
