"""What keys are credited with, as columns. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import polars as pl

# So many are named at once, and their equals.
_AT_ONCE = 5_000
# Keys that are not told apart are one.
OTHERS = "(all others)"


@dataclass(frozen=True)
class Credit:
    """What one channel, campaign or stakeholder is credited with, by currency; and how many opportunities it touched.

    `before`: with what in the period before. Who is credited with something only then has no amounts.
    """

    key: str
    label: str
    amounts: dict[str, Decimal]
    touches: int
    opportunities: int
    before: dict[str, Decimal] | None = None


class Credits(Sequence[Credit]):
    """Credits, the most first, kept as columns: a page makes a hundred of tens of thousands of people.

    Among equals they stand by label. Labels are looked up of those that are shown, and of their equals.
    """

    def __init__(self, frame: pl.DataFrame, names: Callable[[pl.Series], pl.DataFrame]) -> None:
        """`frame`: key, currencies and their cents as lists, touches, opportunities. `names`: of keys, as columns key,
        told and label.
        """
        import polars as pl  # not at import: see signals/tasks.py

        if "rank" not in frame.columns:
            most = pl.col("cents").list.max()
            frame = frame.with_columns(rank=most.rank("dense", descending=True)).sort("rank")
        self._frame, self._names = frame, names

    def __len__(self) -> int:
        return len(self._frame)

    def __iter__(self) -> Iterator[Credit]:
        stop = 0
        while stop < len(self):
            start, stop = stop, self._end(min(stop + _AT_ONCE, len(self)))
            yield from map(_credit, self.named(start, stop).iter_rows(named=True))

    @overload
    def __getitem__(self, place: int) -> Credit: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Credit]: ...
    def __getitem__(self, place: int | slice) -> Credit | Sequence[Credit]:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            return [_credit(row) for row in self.named(start, stop)[::step].iter_rows(named=True)]
        at = range(len(self))[place]
        return self[at : at + 1][0]

    def named(self, start: int, stop: int) -> pl.DataFrame:
        """Those from one place to before another, with what they are told and called."""
        ranks = self._frame["rank"][start:stop]
        if not len(ranks):
            return self._in_order(self._frame.clear())
        first = self._frame["rank"].search_sorted(ranks[0], side="left")
        return self._in_order(self._frame[first : self._end(start + len(ranks))])[start - first : stop - first]

    @property
    def alike(self) -> int:
        """So many of the first have every currency that any has, now and before."""
        import polars as pl

        names = [name for name in ("currencies", "before_currencies") if name in self._frame.columns]
        places = [
            self._frame.select(pl.int_range(1, pl.len() + 1).alias("place"), pl.col(name))
            .explode(name)
            .drop_nulls()
            .group_by(name)
            .agg(pl.col("place").min())["place"]
            for name in names
        ]
        return max((self._end(place) for found in places for place in found), default=0)

    def _end(self, stop: int) -> int:
        """Where the equals of the one before a place end."""
        return int(self._frame["rank"].search_sorted(self._frame["rank"][stop - 1], side="right"))

    def beside(self, before: Credits) -> Credits:
        """With what they were before, and then those who are credited with something only before."""
        import polars as pl

        mine, other = self._frame, before._frame
        was = other.select("key", before_currencies="currencies", before_cents="cents")
        gone = other.join(mine, on="key", how="anti", maintain_order="left").select(
            "key",
            currencies=pl.col("currencies").list.head(0),
            cents=pl.col("cents").list.head(0),
            touches=pl.lit(0, mine.schema["touches"]),
            opportunities=pl.lit(0, mine.schema["opportunities"]),
            rank=pl.col("rank") + len(mine),
            before_currencies="currencies",
            before_cents="cents",
        )
        both = mine.join(was, on="key", how="left", maintain_order="left")
        return Credits(pl.concat([both, gone.select(both.columns)]), self._names)

    def most(self, currency: str, count: int) -> list[Credit]:
        """So many of those in a currency with the most of it."""
        import polars as pl

        of = (
            self._frame.with_row_index("place")
            .explode("currencies", "cents")
            .filter(pl.col("currencies") == currency)
            .sort("cents", "rank", descending=[True, False])
            .select("key", "place", order=pl.struct("cents", "rank").rle_id())
        )
        taken = of.filter(pl.col("order").is_in(of["order"].head(count).implode()))
        named = self._in_order(self._frame[taken["place"]]).join(taken.select("key", "order"), on="key")
        return [_credit(row) for row in named.sort("order", "label", "key").head(count).iter_rows(named=True)]

    def _in_order(self, frame: pl.DataFrame) -> pl.DataFrame:
        named = frame.join(self._names(frame["key"]), on="key", how="left")
        return named.sort("rank", "label", "key")


def money(cents: int) -> Decimal:
    """An amount of so many cents."""
    return Decimal(cents).scaleb(-2)


def _credit(row: dict[str, Any]) -> Credit:
    before = row.get("before_cents")
    return Credit(
        row["told"],
        row["label"],
        _amounts(row["currencies"], row["cents"]),
        row["touches"],
        row["opportunities"],
        None if before is None else _amounts(row["before_currencies"], before),
    )


def _amounts(currencies: Sequence[str], cents: Sequence[int]) -> dict[str, Decimal]:
    return dict(zip(currencies, map(money, cents), strict=True))
