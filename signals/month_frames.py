"""How the sums of accounts' months (`TouchMonth`) are kept and sent as columns of numbers of a fixed width, and read as frames.

A list of a month is one number after another: of each day with touches, of each person and the days (a bit for each day) on
which they had any, of each campaign and day. Names of campaigns are one text, each with `END` after it, which is taken out of
them. So the lists of many months are put together as they are, and nobody opens them row by row. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from signals.touches_sql import months_between, next_month

if TYPE_CHECKING:
    import polars as pl

END = "\x1e"
_END = "E'\\x1e'"
_WIDTHS = {"int2send": 2, "int4send": 4, "int8send": 8}
_MADE = {
    "on_days": ("int2send", "day"),
    "day_touches": ("int4send", "touches"),
    "day_minutes": ("int4send", "(minutes * 100)::int"),  # hundredths
    "people": ("int8send", "contact_id"),
    "people_days": ("int4send", "days"),
    "campaign_days": ("int2send", "day"),
    "campaign_touches": ("int4send", "touches"),
}
# Columns (SQL) of a relation of what is in the lists, in the order `by`.
NUMBERS = {
    name: f"COALESCE(string_agg({send}({value}), '' ORDER BY {{by}}), '') AS {name}"
    for name, (send, value) in _MADE.items()
}
CAMPAIGNS = f"COALESCE(string_agg(translate(campaign, {_END}, '') || {_END}, '' ORDER BY {{by}}), '') AS campaigns"
# What is sent of each list, the first of numbers saying how many there are.
LISTS = {
    "touches": ("on_days", "day_touches"),
    "minutes": ("on_days", "day_minutes"),
    "people": ("people", "people_days"),
    "campaigns": ("campaign_days", "campaign_touches", "campaigns"),
}
_EPOCH = "DATE '1970-01-01'"


@dataclass(frozen=True)
class Months:
    """Frames of the months of accounts. `months`: row, account_id, month, days, touches. The lists that were asked for have a row
    each for `row`: `touches` (day, touches), `minutes` (day, minutes in hundredths), `people` (contact_id, days), `campaigns`
    (campaign, day, touches); each day also as `date`.
    """

    months: pl.DataFrame
    lists: Mapping[str, pl.DataFrame]

    def within(self, first: date, last: date) -> pl.DataFrame:
        """The months with touches on these days: as `months`, with those `days` alone."""
        import polars as pl

        found = self.months.join(_days_of_months(first, last), on="month", maintain_order="left")
        return found.with_columns(pl.col("days") & pl.col("all_days")).filter(pl.col("days") != 0)

    def on(self, name: str, first: date, last: date, *, of: pl.DataFrame | None = None) -> pl.DataFrame:
        """What a list has on these days, with account_id and month; `of` the accounts of a frame alone, where one is given. Of
        people the `days` are those of them.
        """
        import polars as pl

        found = self.rows_on(name, first, last, of=of)
        return pl.concat([found, self.months.select("account_id", "month")[found["row"]]], how="horizontal")

    def rows_on(self, name: str, first: date, last: date, *, of: pl.DataFrame | None = None) -> pl.DataFrame:
        """The same without them, by `row` alone."""
        import polars as pl

        found = self.lists[name]
        if name == "people":
            every = self.months.select("month").join(
                _days_of_months(first, last), on="month", how="left", maintain_order="left"
            )
            found = found.with_columns(pl.col("days") & every["all_days"].gather(found["row"])).filter(
                pl.col("days") != 0
            )
        else:
            found = found.filter(pl.col("date").is_between(first, last))
        if of is None:
            return found
        is_of = self.months["account_id"].is_in(of["account_id"].implode())
        return found.filter(is_of.gather(found["row"]))


def packed(*lists: str) -> str:
    """The columns (SQL) of one row of a relation of months that `unpacked` reads with the same lists."""
    sent = ["int8send(account_id)", f"int4send(month - {_EPOCH})", "int4send(days)", "int4send(touches::int)"]
    for name in lists:
        first = LISTS[name][0]
        sent.append(f"int4send(length({first}) / {_WIDTHS[_MADE[first][0]]})")
        sent += LISTS[name]
    return ", ".join(f"string_agg({one}, '')" for one in sent)


def unpacked(row: Sequence[Any], *lists: str) -> Months:
    """What was sent so."""
    import polars as pl  # not at import: see signals/tasks.py

    columns = iter(row)
    months = pl.DataFrame(
        {
            "account_id": numbers(next(columns), 8),
            "month": numbers(next(columns), 4).cast(pl.Date),
            "days": numbers(next(columns), 4),
            "touches": numbers(next(columns), 4),
        }
    ).with_row_index("row")
    found = {}
    for name in lists:
        lengths = numbers(next(columns), 4)
        frame = months.select(pl.col("row").repeat_by(lengths).explode().drop_nulls())
        found[name] = frame.with_columns(
            (texts(sent) if one == "campaigns" else numbers(sent, _WIDTHS[_MADE[one][0]])).alias(_CALLED.get(one, one))
            for one, sent in zip(LISTS[name], columns, strict=False)
        )
        if name != "people":
            month = months["month"].to_physical().gather(found[name]["row"])
            found[name] = found[name].with_columns(date=(month + pl.col("day") - 1).cast(pl.Date))
    return Months(months, found)


_CALLED = {
    "on_days": "day",
    "day_touches": "touches",
    "day_minutes": "minutes",
    "people": "contact_id",
    "people_days": "days",
    "campaign_days": "day",
    "campaign_touches": "touches",
    "campaigns": "campaign",
}


def numbers(sent: bytes | None, width: int) -> pl.Series:
    """Numbers of so many bytes each, sent one after another."""
    import polars as pl

    dtype = {2: pl.Int16, 4: pl.Int32, 8: pl.Int64}[width]
    if not sent:
        return pl.Series([], dtype=dtype)
    shape = pl.Array(dtype, len(sent) // width)
    return pl.Series([sent], dtype=pl.Binary).bin.reinterpret(dtype=shape, endianness="big").explode()


def texts(sent: str | None) -> pl.Series:
    """Texts with `END` after each."""
    import polars as pl

    if not sent:
        return pl.Series([], dtype=pl.String)
    return pl.Series([sent[: -len(END)]], dtype=pl.String).str.split(END).explode()


def _days_of_months(first: date, last: date) -> pl.DataFrame:
    """Of each month the days that lie from `first` to `last`, as bits."""
    import polars as pl

    rows = []
    for month in months_between(first, last):
        start, end = max(first, month).day, min(last, next_month(month) - timedelta(days=1)).day
        rows.append((month, (1 << end) - (1 << start - 1)))
    return pl.DataFrame(rows, schema={"month": pl.Date, "all_days": pl.Int32}, orient="row")
