"""What keys are credited with, as columns. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import polars as pl

# Keys that are not told apart are one.
OTHERS = "(all others)"


@dataclass(frozen=True)
class Credit:
    """What one channel, campaign or stakeholder is credited with, by currency; and how many opportunities it touched."""

    key: str
    label: str
    amounts: dict[str, Decimal]
    touches: int
    opportunities: int


class Credits(Sequence[Credit]):
    """Credits in their order, kept as columns: a page makes fifty of tens of thousands of people."""

    def __init__(self, frame: pl.DataFrame) -> None:
        """`frame`: key and label as they are told, currencies and their cents as lists, touches, opportunities."""
        self._frame = frame

    def __len__(self) -> int:
        return len(self._frame)

    def __iter__(self) -> Iterator[Credit]:
        return map(_credit, self._frame.iter_rows())

    @overload
    def __getitem__(self, place: int) -> Credit: ...
    @overload
    def __getitem__(self, place: slice) -> Credits: ...
    def __getitem__(self, place: int | slice) -> Credit | Credits:
        if isinstance(place, slice):
            return Credits(self._frame[place])
        return _credit(self._frame.row(range(len(self))[place]))

    def __add__(self, other: Credits) -> Credits:
        import polars as pl

        return Credits(pl.concat([self._frame, other._frame]))

    def but(self, other: Credits) -> Credits:
        """Those of keys that `other` has not."""
        return Credits(self._frame.join(other._frame, on="key", how="anti", maintain_order="left"))

    def most(self, currency: str, count: int) -> Credits:
        """So many of those in a currency with the most of it."""
        import polars as pl

        return Credits(
            self._frame.with_row_index("place")
            .explode("currencies", "cents")
            .filter(pl.col("currencies") == currency)
            .top_k(count, by=[pl.col("cents"), -pl.col("place").cast(pl.Int64)])
            .sort("cents", "place", descending=[True, False])
            .select("place")
            .join(self._frame.with_row_index("place"), on="place", maintain_order="left")
            .drop("place")
        )

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each key is."""
        return {key: place for place, key in enumerate(self._frame["key"])}


def money(cents: int) -> Decimal:
    """An amount of so many cents."""
    return Decimal(cents).scaleb(-2)


def _credit(row: tuple[str, str, list[str], list[int], int, int]) -> Credit:
    key, label, currencies, cents, touches, opportunities = row
    return Credit(key, label, dict(zip(currencies, map(money, cents), strict=True)), touches, opportunities)
