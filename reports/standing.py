"""Account Engagement Score: how accounts stood, target accounts beside all others (domain.md §3, §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from reports import asking
from reports.deals import OF_PERSONS_TEAM, ONCE_OTHERWISE, was_target
from reports.made import Made
from reports.period import Period
from reports.statistics import Share
from signals.engagement_days import compared_by
from signals.month_frames import numbers

if TYPE_CHECKING:
    import polars as pl

SEGMENTS = {"target": "Target accounts", "other": "All others"}
WIDTH = 10
BANDS = tuple(range(0, 100, WIDTH))  # lower bounds; 100 is in the last


class Standing(NamedTuple):
    """An account as a whole: its percentile among centers with points, and its points."""

    account_id: int
    account: str
    score: float | None
    points: float


@dataclass(frozen=True)
class Spread:
    """How the scores of a segment spread: how many in each band, quartiles, and how many accounts have no points."""

    bands: dict[int, int]
    quartiles: tuple[float, float, float] | None
    without: int

    @property
    def scored(self) -> int:
        """How many have a score."""
        return sum(self.bands.values())

    def share(self, band: int) -> Share:
        """Of the accounts with a score those in a band."""
        return Share(self.bands[band], self.scored)


@dataclass(frozen=True)
class Spreads:
    """By segment, as of the start of `day`; None: centers were not compared by then."""

    day: date | None
    of: dict[str, Spread]


# The accounts that may count, sent as columns of numbers: each one's center for the whole, and whether it was a target at the
# end of the period (1), and of the one compared with (2).
_ACCOUNTS = f"""WITH otherwise AS MATERIALIZED ({ONCE_OTHERWISE})
SELECT string_agg(int8send(center), ''), string_agg(int8send(account), ''), string_agg(int2send(target::int2), '')
FROM (
    SELECT c.id AS center, a.id AS account,
           {was_target("end")}::int
           + CASE WHEN %(earlier_end)s::timestamptz IS NULL THEN 0 ELSE 2 * {was_target("earlier_end")}::int END AS target
    FROM accounts_buyingcenter c JOIN accounts_account a ON a.id = c.account_id
    WHERE c.is_default AND a.merged_into_id IS NULL
      AND {OF_PERSONS_TEAM.format(person="a.owner_sdr_id")}
) one"""  # noqa: S608 - constants of this project
_NAMES = "SELECT id, name FROM accounts_account WHERE id = ANY(%(accounts)s)"


def spreads(period: Period, before: Period | None = None) -> list[Spreads]:
    """Of the period's segment and team, as they stood at the end of its last day (or stand, where that is not over); and so of
    the one `before`, if there is one.
    """
    return [_spread(*stood) for stood in _stood(period, before)]


def _spread(day: date | None, accounts: pl.DataFrame) -> Spreads:
    import polars as pl  # not at import: see signals/tasks.py

    counts = {
        (segment, band): many for segment, band, many in accounts.group_by("segment", "band").agg(pl.len()).iter_rows()
    }
    found = {}
    for segment in SEGMENTS:
        scores = accounts.filter(pl.col("segment") == segment)["score"].drop_nulls()
        low, middle, high = (scores.quantile(part, "linear") for part in (0.25, 0.5, 0.75))
        found[segment] = Spread(
            {band: counts.get((segment, band), 0) for band in BANDS},
            None if low is None or middle is None or high is None else (low, middle, high),
            counts.get((segment, None), 0),
        )
    return Spreads(day, found)


def standings(period: Period, *, segment: str, band: int | None = None, without: bool = False) -> Sequence[Standing]:
    """A segment's accounts with a score (in a band), the highest first; or those `without` points."""
    import polars as pl

    ((_, accounts),) = _stood(period)
    chosen = accounts.filter(
        pl.col("segment") == segment,
        pl.col("score").is_null() if without else pl.col("score").is_not_null(),
        pl.lit(value=True) if band is None else pl.col("band") == band,
    ).sort("score", "account", descending=[True, False])
    names = dict(asking.rows(_NAMES, {"accounts": chosen["account"].to_list()}))
    rows = chosen.select("account", "score", pl.col("points_micro") / 1e6).rows()
    return Made(rows, lambda row: Standing(row[0], names[row[0]], row[1], row[2]))


def _stood(period: Period, before: Period | None = None) -> list[tuple[date | None, pl.DataFrame]]:
    """Of each the day of the comparison, and who had been evaluated: account, segment, points_micro, score, band."""
    import polars as pl

    asked = period.parameters | {"earlier_end": before.end_at if before else None}
    ((centers, accounts, targets),) = asking.rows(_ACCOUNTS, asked, binary=True)
    every = pl.DataFrame(
        {"center_id": numbers(centers, 8), "account": numbers(accounts, 8), "targets": numbers(targets, 2)}
    )
    score = pl.col("engagement_score")
    found = []
    for bit, one in enumerate((period, before) if before else (period,)):
        # The start of the next day is the end of the last one. What is not over yet has no such comparison.
        compared = compared_by(one.end + timedelta(days=1))
        stood = every.select(
            "center_id",
            "account",
            segment=pl.when(pl.col("targets") & (1 << bit) > 0).then(pl.lit("target")).otherwise(pl.lit("other")),
        )
        if period.segment:
            stood = stood.filter(pl.col("segment") == period.segment)
        stood = stood.join(compared.centers, on="center_id").select(
            "account",
            "segment",
            "points_micro",
            score=score,
            band=((score / WIDTH).floor() * WIDTH).cast(pl.Int64).clip(upper_bound=BANDS[-1]),
        )
        found.append((compared.day, stood))
    return found
