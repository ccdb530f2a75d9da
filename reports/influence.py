"""Influence, the last of the ABM five: closed opportunities with a campaign's touches beside those without (domain.md §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from reports import asking
from reports.cohorts import CLOSED, Deal, Tally, closed_deals, parameters
from reports.outcomes import Group, group
from reports.period import Period
from signals.month_frames import END, numbers, packed, texts, unpacked
from signals.sums import months
from signals.touches_sql import ids

if TYPE_CHECKING:
    import polars as pl

WINDOW_DAYS = 90
# A closed opportunity in columns: days since 1970, cents (null: no amount is named).
_DEALS = f"""
SELECT string_agg(int8send(id), ''), string_agg(int8send(account_id), ''),
       string_agg(int4send((created_at AT TIME ZONE 'UTC')::date - DATE '1970-01-01'), ''),
       string_agg(int4send(closed_on - DATE '1970-01-01'), ''),
       string_agg(int8send(COALESCE(amount * 100, %(unnamed)s)::bigint), ''),
       string_agg(stage || '{END}', ''), string_agg(currency || '{END}', '')
FROM ({CLOSED}) one"""  # noqa: S608 - constants of this project
_UNNAMED = -(2**62)


@dataclass(frozen=True)
class Influence:
    """Closed opportunities that a campaign touched, beside those that it did not."""

    campaign: str
    touched: Group
    others: Group


def influence(period: Period, campaigns: Sequence[str]) -> list[Influence]:
    """Closed opportunities with each campaign's touches beside those without.

    A touch counts from the 90th day before that on which the opportunity was created to that on which it closed.
    """
    import polars as pl  # not at import: see signals/tasks.py

    deals = _deals(period)
    hits = _hits(deals, campaigns)
    found = []
    for campaign in campaigns:
        is_hit = pl.col("deal").is_in(hits.filter(pl.col("campaign") == campaign)["deal"].implode())
        touched, others = _tallies(deals.filter(is_hit)), _tallies(deals.filter(~is_hit))
        found.append(Influence(campaign, group("With the campaign", touched), group("Without it", others)))
    return found


def influenced(period: Period, campaign: str, *, touched: bool) -> list[Deal]:
    """The closed opportunities that the campaign touched, or those that it did not."""
    hits = set(_hits(_deals(period), [campaign])["deal"].to_list())
    return [deal for deal in closed_deals(period) if (deal.opportunity_id in hits) == touched]


def _deals(period: Period) -> pl.DataFrame:
    """A row an opportunity closed in the period: deal, account_id, first and last (day of a touch that counts), cents, days."""
    import polars as pl

    ((*columns, stages, currencies),) = asking.rows(_DEALS, parameters(period) | {"unnamed": _UNNAMED}, binary=True)
    names = {"deal": 8, "account_id": 8, "created": 4, "last": 4, "cents": 8}
    found = {name: numbers(sent, width) for (name, width), sent in zip(names.items(), columns, strict=True)}
    return pl.DataFrame(found | {"stage": texts(stages), "currency": texts(currencies)}).with_columns(
        first=pl.col("created") - WINDOW_DAYS,
        cents=pl.when(pl.col("cents") != _UNNAMED).then("cents"),
        days=pl.when(pl.col("last") >= pl.col("created")).then(pl.col("last") - pl.col("created")),
    )


def _hits(deals: pl.DataFrame, campaigns: Sequence[str]) -> pl.DataFrame:
    """Each pair of a deal and a campaign that touched it."""
    import polars as pl

    if not campaigns or deals.is_empty():
        return pl.DataFrame(schema={"deal": pl.Int64, "campaign": pl.String})
    named = {f"campaign_{place}": campaign + END for place, campaign in enumerate(campaigns)}
    first, last = deals.select(pl.col("first").min().cast(pl.Date), pl.col("last").max().cast(pl.Date)).row(0)
    any_of_them = " OR ".join(f"strpos(campaigns, %({name})s) > 0" for name in named)
    among = f"ARRAY(SELECT unnest({ids(deals['account_id'].unique().to_list())}))"
    statement = f"WITH {months(among)} SELECT {packed('campaigns')} FROM months WHERE {any_of_them}"  # noqa: S608
    asked = {"first_month": first.replace(day=1), "last_month": last.replace(day=1)}
    (row,) = asking.rows(statement, named | asked, binary=True)
    touched = unpacked(row, "campaigns").on("campaigns", first, last)
    return (
        touched.filter(pl.col("campaign").is_in(list(campaigns)))
        .select("account_id", "campaign", pl.col("date").to_physical())
        .join(deals.select("deal", "account_id", "first", "last"), on="account_id")
        .filter(pl.col("date").is_between("first", "last"))
        .select("deal", "campaign")
        .unique()
    )


def _tallies(deals: pl.DataFrame) -> list[Tally]:
    import polars as pl

    of_each = deals.group_by("stage", "currency").agg(
        deals=pl.len(), cents=pl.col("cents").sum(), with_amount=pl.col("cents").count(),
        days=pl.col("days").sum(), measured=pl.col("days").count(),
    )  # fmt: skip
    return [
        Tally(stage, currency, many, Decimal(cents).scaleb(-2), with_amount, days, measured)
        for stage, currency, many, cents, with_amount, days, measured in of_each.iter_rows()
    ]
