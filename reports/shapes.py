"""What a report consists of: figures with their counts, tables, bars. Pure; templates draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Self

from accounts.charts import Chart
from reports.statistics import Share

# The name of a value that is told beside an amount.
CURRENCY = "Currency"
# What is shown where there is nothing.
NOTHING = ("", "–")


class Told(str):
    """A text with the values that it tells, each under what files call it after the name of the column ("": by that alone)."""

    __slots__ = ("values",)
    values: tuple[tuple[str, Any], ...]

    def __new__(cls, text: str, *values: tuple[str, Any]) -> Self:
        told = super().__new__(cls, text)
        told.values = values
        return told

    def of(self, count: int) -> "Told":
        """The text with how many it is of."""
        return Told(f"{self} ({count:,})", *self.values, ("of", count))


@dataclass(frozen=True)
class Cell:
    """A text that opens to the rows behind it: `rows` is their kind (reports/rows), `asks` which of them; `before`: those of the
    period compared with.
    """

    text: str
    rows: str
    asks: Mapping[str, Any] = field(default_factory=dict)
    before: bool = False

    def __str__(self) -> str:
        return self.text

    def was(self, text: "str | Cell") -> "str | Cell":
        """What it was before, which opens to the same rows of that period."""
        return text if isinstance(text, Cell) or text in NOTHING else Cell(text, self.rows, self.asks, before=True)


@dataclass(frozen=True)
class Figure:
    """One number with its name, and what it was `before`; a `Cell` opens to its rows."""

    label: str
    value: str | Cell
    note: str = ""
    before: str | Cell = ""

    @property
    def was(self) -> str | Cell:
        """What it was before, which opens as the value does."""
        return self.value.was(self.before) if isinstance(self.value, Cell) else self.before


@dataclass(frozen=True)
class Column:
    """A column of a table; `kind` is text, number, share, money or link. `was`: the label of the column whose values it has of
    the period before, which open as that one's do.
    """

    label: str
    kind: str = "text"
    was: str = ""


# A page of thousands of rows helps nobody and takes a second to draw.
MOST_LINES = 100
BESIDE = 4  # columns
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Table:
    """Columns, and rows of texts and cells that open. A page draws the first rows, the file has all.

    `alike`: what so many of the first rows tell all do, so that a file makes the others as it is written; None: all are
    looked at first.
    """

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    empty: str = "Nothing in this period."
    alike: int | None = None

    @property
    def lines(self) -> list[list[tuple[Any, Column]]]:
        """Each row that a page draws, as (cell, its column)."""
        places = {column.label: place for place, column in enumerate(self.columns)}
        now = [places.get(column.was) for column in self.columns]

        def opened(row: Sequence[Any], cell: Any, place: int | None) -> Any:
            of = None if place is None else row[place]
            return of.was(cell) if isinstance(of, Cell) else cell

        return [
            [(opened(row, cell, place), column) for cell, column, place in zip(row, self.columns, now, strict=True)]
            for row in self.rows[:MOST_LINES]
        ]

    @property
    def left_out(self) -> int:
        """How many rows a page does not draw."""
        return max(0, len(self.rows) - MOST_LINES)


@dataclass(frozen=True)
class Bar:
    """A bar: `value` of the chart's `top`, with the text beside it."""

    label: str
    value: float
    text: str
    kind: str = ""


@dataclass(frozen=True)
class Bars:
    """Horizontal bars; the table of the section stands behind them."""

    label: str
    bars: Sequence[Bar]

    @property
    def top(self) -> float:
        """The longest bar."""
        return max((bar.value for bar in self.bars), default=0.0) or 1.0


@dataclass(frozen=True)
class Section:
    """A card of a report. `chart` is bars of our own, `charts` are drawn by the library; the table says the same.

    A `folded` table is opened when wanted: it holds what is drawn and no more. `page`: the report that a card of the
    dashboard stands on.
    """

    key: str
    title: str
    definition: str
    figures: Sequence[Figure] = ()
    chart: Bars | None = None
    charts: Sequence[Chart] = ()
    table: Table | None = None
    folded: bool = False
    warnings: Sequence[str] = field(default_factory=tuple)
    page: str = ""

    @property
    def beside(self) -> bool:
        """Whether the table is narrow enough to stand beside the chart."""
        return bool(self.table and len(self.charts) == 1 and not self.folded and len(self.table.columns) <= BESIDE)


def share_text(share: Share) -> Told:
    """`34 % (12 of 35; 21 to 51 %)`: never a bare percentage."""
    values = [("part", share.part), ("of", share.whole)]
    if share.value is None or share.interval is None:
        return Told("– (none)", ("", None), *values, ("low", None), ("high", None))
    low, high = share.interval
    text = f"{share.value:.0%} ({share.part:,} of {share.whole:,}; {low:.0%} to {high:.0%})".replace("%", " %")
    return Told(text, ("", round(share.value, 4)), *values, ("low", round(low, 4)), ("high", round(high, 4)))


def days_text(days: float | None) -> Told:
    """`4.5 days`, or a dash where there is nothing to measure."""
    return Told("–", ("", None)) if days is None else Told(f"{days:,.1f} days", ("", round(days, 2)))


def waiting_text(waiting: int) -> str:
    """That some of a cohort are younger than their window: their share can still rise."""
    return f"{waiting:,} still {'has' if waiting == 1 else 'have'} time left" if waiting else ""


def money_text(amounts: dict[str, Any]) -> Told:
    """Amounts by currency, never added across currencies."""
    each = sorted(amounts.items())
    return Told(" + ".join(f"{amount:,.2f} {currency}" for currency, amount in each) or "–", *each)


def amount_text(amount: Decimal, currency: str) -> Told:
    """One amount, of a row that is of one currency."""
    return Told(f"{amount:,.2f} {currency}", ("", amount.quantize(CENT)), (CURRENCY, currency))
