"""The opportunities whose amounts are credited, as columns: how they are sent and read, and the rows that are shown of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from reports import asking
from reports.credits import money
from reports.made import InParts
from signals.facts import numbers
from signals.touches_sql import POSTGRES_EPOCH, TEXT_END

if TYPE_CHECKING:
    import polars as pl


class Deal(NamedTuple):
    """An opportunity whose amount is credited; without an amount it is 0."""

    opportunity_id: int
    name: str
    account_id: int
    account: str
    amount: Decimal
    currency: str
    created_at: datetime
    closed_on: date | None


# Of the deal `d` in paths.py, with `q` and `l` where milestones are looked for: numbers, moments and texts.
_NUMBERS = {
    "opportunity": "d.id",
    "account": "d.account_id",
    "of_account": "d.of_account",
    "stage": "CASE d.stage WHEN 'won' THEN 1 WHEN 'open' THEN 2 ELSE 0 END",
    "cents": "(d.amount * 100)::bigint",
}
_MOMENTS = {
    "from_at": "d.from_at",
    "until_at": "d.until_at",
    "created": "d.created_at",
    "qualified": "COALESCE(q.qualified_at, l.since)",
    "closed": "(d.closed_on + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond'",
    "known": "d.known_at",
}
_TEXTS = {"currency": "d.currency"}
# How "-infinity" is sent.
_NEVER = -(2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def sent(*, milestones: bool) -> dict[str, str]:
    """How each column is sent (SQL): `qualified` where `milestones` are looked for."""
    end = f"chr({ord(TEXT_END)})"
    return {
        **{name: f"string_agg(int8send({number}), '' ORDER BY d.number)" for name, number in _NUMBERS.items()},
        **{
            name: f"string_agg(timestamptz_send(COALESCE({moment}, '-infinity')), '' ORDER BY d.number)"
            for name, moment in _MOMENTS.items()
            if milestones or name != "qualified"
        },
        **{name: f"string_agg(translate({text}, {end}, ''), {end} ORDER BY d.number)" for name, text in _TEXTS.items()},
    }


def read(columns: Mapping[str, Any]) -> pl.DataFrame:
    """The deals of what was sent of them, by name. Moments are microseconds since 1970, or null."""
    import polars as pl  # not at import: see signals/tasks.py

    count = len(columns["opportunity"] or b"") // 8
    moment = pl.col(*(_MOMENTS & columns.keys()))
    frame = pl.DataFrame(
        {name: texts(one) if name in _TEXTS else numbers(one, count) for name, one in columns.items()}
    ).with_columns(
        pl.when(moment != _NEVER).then(moment + POSTGRES_EPOCH), won=pl.col("stage") == 1, open=pl.col("stage") == 2
    )
    counts = pl.when("won").then(pl.coalesce("closed", "created")).otherwise("created")
    return frame.with_row_index("deal").with_columns(
        pl.col("currency").cast(pl.Enum(frame["currency"].unique().sort())),
        day=counts.cast(pl.Datetime("us")).dt.date(),
    )


def texts(sent: str | None) -> pl.Series:
    """The texts that were sent as one."""
    import polars as pl

    if sent is None:
        return pl.Series([], dtype=pl.String())
    return pl.Series([sent], dtype=pl.String()).str.split(TEXT_END).explode()


_NAMES = """
SELECT o.id, o.name, a.name FROM handoff_opportunity o JOIN accounts_account a ON a.id = o.account_id WHERE o.id = ANY(%(deals)s)
"""


def rows_of(deals: pl.DataFrame) -> Sequence[Deal]:
    """The deals; what they and their accounts are called is looked up of those that are asked for."""
    import polars as pl

    frame = deals.select(
        "opportunity", "account", "cents", "currency", "created", pl.col("closed").cast(pl.Datetime("us")).dt.date()
    )

    def make(first: int, stop: int) -> Sequence[Deal]:
        some = frame[first:stop]
        asked = {"deals": some["opportunity"].unique().to_list()}
        names = {pk: called for pk, *called in asking.rows(_NAMES, asked)}
        return [_deal(*row, *names.get(row[0], ("", ""))) for row in some.iter_rows()]

    return InParts(len(frame), make)


def _deal(
    pk: int, account: int, cents: int, currency: str, created: int, closed: date | None, name: str, account_name: str
) -> Deal:
    return Deal(pk, name, account, account_name, money(cents), currency, moment_of(created), closed)


def moment_of(micros: int) -> datetime:
    """The moment so many microseconds after 1970 began."""
    return _EPOCH + timedelta(microseconds=micros)
