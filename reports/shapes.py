"""What a report consists of: figures with their counts, tables, bars. Pure; templates draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.charts import Chart
from reports.statistics import Share


@dataclass(frozen=True)
class Cell:
    """A text that opens to the rows behind it: `rows` is their kind (reports/rows), `asks` which of them."""

    text: str
    rows: str
    asks: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Figure:
    """One number with its name; a `Cell` opens to its rows."""

    label: str
    value: str | Cell
    note: str = ""
    before: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table; `kind` is text, number, share, money or link."""

    label: str
    kind: str = "text"


# A page of thousands of rows helps nobody and takes a second to draw.
MOST_LINES = 100
BESIDE = 4  # columns


@dataclass(frozen=True)
class Table:
    """Columns, and rows of texts and cells that open. A page draws the first rows, the file has all."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    empty: str = "Nothing in this period."

    @property
    def lines(self) -> list[list[tuple[Any, Column]]]:
        """Each row that a page draws, as (cell, its column)."""
        return [list(zip(row, self.columns, strict=True)) for row in self.rows[:MOST_LINES]]

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

    A `folded` table is opened when wanted: it holds what is drawn and no more.
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

    @property
    def beside(self) -> bool:
        """Whether the table is narrow enough to stand beside the chart."""
        return bool(self.table and len(self.charts) == 1 and not self.folded and len(self.table.columns) <= BESIDE)


def share_text(share: Share) -> str:
    """`34 % (12 of 35; 21 to 51 %)`: never a bare percentage."""
    if share.value is None or share.interval is None:
        return "– (none)"
    low, high = share.interval
    return f"{share.value:.0%} ({share.part:,} of {share.whole:,}; {low:.0%} to {high:.0%})".replace("%", " %")


def days_text(days: float | None) -> str:
    """`4.5 days`, or a dash where there is nothing to measure."""
    return "–" if days is None else f"{days:,.1f} days"


def waiting_text(waiting: int) -> str:
    """That some of a cohort are younger than their window: their share can still rise."""
    return f"{waiting:,} still {'has' if waiting == 1 else 'have'} time left" if waiting else ""


def money_text(amounts: dict[str, Any]) -> str:
    """Amounts by currency, never added across currencies."""
    return " + ".join(f"{amount:,.2f} {currency}" for currency, amount in sorted(amounts.items())) or "–"
