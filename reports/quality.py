"""Does the model work: conversion by score band, lift, AUC, and which gate blocked accounts that bought (domain.md §6)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

from reports import asking
from reports.cohorts import WINDOW_DAYS
from reports.period import Period
from reports.statistics import Share, auc, auc_interval

BAND_WIDTH = 10
BANDS = 10
TOP = BAND_WIDTH * BANDS


class Scored(NamedTuple):
    """An account's score at its first decision in the period, and whether an opportunity came within the window."""

    account_id: int
    account: str
    at: datetime
    score: float
    block: str
    converted: bool
    bought: bool


@dataclass(frozen=True)
class Band:
    """Accounts whose score lay in [low, low + 10), 100 in the last."""

    low: int
    share: Share
    lift: float | None
    lift_interval: tuple[float, float] | None
    out_of_order: bool


_SCORED = """
WITH first AS MATERIALIZED (
    SELECT DISTINCT ON (d.center_id) d.center_id, d.account_id, a.name, d.score, d.block, d.as_of
    FROM signals_decision d
    JOIN accounts_buyingcenter c ON c.id = d.center_id AND c.is_default
    JOIN accounts_account a ON a.id = d.account_id AND a.merged_into_id IS NULL  -- a shell's deals are the kept one's
    JOIN signals_scoringmodel m ON m.id = d.model_id
    WHERE d.as_of >= %(start)s AND d.as_of < %(end)s
      AND (%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))
      AND (%(model)s::int IS NULL OR m.version = %(model)s)
      AND (%(team)s::bigint IS NULL OR EXISTS (
          SELECT 1 FROM accounts_user u WHERE u.id = a.owner_sdr_id AND u.team_id = %(team)s))
    ORDER BY d.center_id, d.as_of, d.id
), deal AS (
    SELECT f.center_id, bool_or(o.stage = 'won') AS won
    FROM first f JOIN handoff_opportunity o ON o.account_id = f.account_id AND o.created_at >= f.as_of
        AND o.created_at < f.as_of + make_interval(days => %(window)s)
    GROUP BY f.center_id
)
SELECT first.account_id, first.name, first.as_of, first.score, first.block, deal.center_id IS NOT NULL, COALESCE(deal.won, false)
FROM first LEFT JOIN deal ON deal.center_id = first.center_id
ORDER BY first.score DESC, first.account_id
"""


def scored_accounts(period: Period) -> list[Scored]:
    """One row an account decided on in the period: its first decision there, against what came of it."""
    found = asking.rows(_SCORED, period.parameters | {"window": WINDOW_DAYS})
    return list(map(Scored._make, found))


def band_of(score: float) -> int:
    """The lower bound of a score's band; 100 is in the last."""
    return min(int(score // BAND_WIDTH), BANDS - 1) * BAND_WIDTH


def bands(rows: Sequence[Scored]) -> list[Band]:
    """Conversion by band of ten points; a band that converts worse than the one below is marked, not hidden."""
    inside = Counter(band_of(row.score) for row in rows)
    converted = Counter(band_of(row.score) for row in rows if row.converted)
    overall = Share(converted.total(), len(rows)).value
    found: list[Band] = []
    highest_below = 0.0
    for low in range(0, BANDS * BAND_WIDTH, BAND_WIDTH):
        share = Share(converted[low], inside[low])
        value = share.value
        lift = value / overall if value is not None and overall else None
        interval = (share.interval[0] / overall, share.interval[1] / overall) if share.interval and overall else None
        out_of_order = value is not None and value < highest_below
        found.append(Band(low, share, lift, interval, out_of_order))
        highest_below = max(highest_below, value or 0.0)
    return found


def area_under_curve(rows: Sequence[Scored]) -> tuple[float, tuple[float, float]] | None:
    """The chance that an account that converted had the higher score, with its 95 % interval; None when none or all did."""
    area, positives = (
        auc([row.score for row in rows], [row.converted for row in rows]),
        sum(row.converted for row in rows),
    )
    return None if area is None else (area, auc_interval(area, positives, len(rows) - positives))


def waiting(rows: Sequence[Scored], *, now: datetime) -> int:
    """How many have not converted yet, and still have time left."""
    return sum(not row.converted and row.at + timedelta(days=WINDOW_DAYS) > now for row in rows)


def blocks_of_buyers(rows: Sequence[Scored]) -> dict[str, int]:
    """Of the accounts that later bought: at which gate they were blocked; `` for those that qualified."""
    counted: dict[str, int] = {}
    for row in rows:
        if row.bought:
            counted[row.block] = counted.get(row.block, 0) + 1
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def suggested_threshold(rows: Sequence[Scored]) -> tuple[int, float] | None:
    """The whole score that parts converted from not best (highest Youden's J), and J; None without both kinds."""
    positives = sum(row.converted for row in rows)
    negatives = len(rows) - positives
    if not positives or not negatives:
        return None
    caught = _from_bar_on(row.score for row in rows if row.converted)
    alarms = _from_bar_on(row.score for row in rows if not row.converted)
    best: tuple[float, int] | None = None
    for bar in range(1, TOP + 1):
        gain = caught[bar] / positives - alarms[bar] / negatives
        if best is None or gain > best[0]:
            best = (gain, bar)
    return (best[1], best[0]) if best and best[0] > 0 else None


def _from_bar_on(scores: Iterable[float]) -> list[int]:
    """Of each whole score from 0 to 100, how many of `scores` are that or more."""
    counts = Counter(map(int, scores))
    return list(accumulate(counts[bar] for bar in range(TOP, -1, -1)))[::-1]
