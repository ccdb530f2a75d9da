"""Does the model work: conversion by score band, lift, AUC, and which gate blocked accounts that bought (domain.md §6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from reports.cohorts import WINDOW_DAYS
from reports.period import Period
from reports.statistics import Share, auc

BAND_WIDTH = 10
BANDS = 10


@dataclass(frozen=True)
class Scored:
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
    out_of_order: bool


_SCORED = """
SELECT first.account_id, first.name, first.as_of, first.score, first.block, deal.created, deal.won
FROM (
    SELECT DISTINCT ON (d.center_id) d.center_id, d.account_id, a.name, d.score, d.block, d.as_of
    FROM signals_decision d
    JOIN accounts_buyingcenter c ON c.id = d.center_id AND c.is_default
    JOIN accounts_account a ON a.id = d.account_id
    JOIN signals_scoringmodel m ON m.id = d.model_id
    WHERE d.as_of >= %(start)s AND d.as_of < %(end)s
      AND (%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))
      AND (%(model)s::int IS NULL OR m.version = %(model)s)
      AND (%(team)s::bigint IS NULL OR EXISTS (
          SELECT 1 FROM accounts_user u WHERE u.id = a.owner_sdr_id AND u.team_id = %(team)s))
    ORDER BY d.center_id, d.as_of, d.id
) first
LEFT JOIN LATERAL (
    SELECT bool_or(true) AS created, bool_or(o.stage = 'won') AS won
    FROM handoff_opportunity o
    WHERE o.account_id = first.account_id AND o.created_at >= first.as_of
      AND o.created_at < first.as_of + make_interval(days => %(window)s)
) deal ON true
ORDER BY first.score DESC, first.account_id
"""


def scored_accounts(period: Period) -> list[Scored]:
    """One row an account decided on in the period: its first decision there, against what came of it."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SCORED,
            {
                "start": period.start_at,
                "end": period.end_at,
                "segment": period.segment,
                "model": period.model_version,
                "team": period.team,
                "window": WINDOW_DAYS,
            },
        )
        return [
            Scored(pk, account, at, score, block, converted=bool(created), bought=bool(won))
            for pk, account, at, score, block, created, won in cursor.fetchall()
        ]


def band_of(score: float) -> int:
    """The lower bound of a score's band; 100 is in the last."""
    return min(int(score // BAND_WIDTH), BANDS - 1) * BAND_WIDTH


def bands(rows: Sequence[Scored]) -> list[Band]:
    """Conversion by band of ten points; a band that converts worse than the one below is marked, not hidden."""
    overall = Share(sum(row.converted for row in rows), len(rows)).value
    found: list[Band] = []
    highest_below = 0.0
    for low in range(0, BANDS * BAND_WIDTH, BAND_WIDTH):
        inside = [row for row in rows if band_of(row.score) == low]
        share = Share(sum(row.converted for row in inside), len(inside))
        value = share.value
        lift = value / overall if value is not None and overall else None
        out_of_order = value is not None and value < highest_below
        found.append(Band(low, share, lift, out_of_order))
        highest_below = max(highest_below, value or 0.0)
    return found


def area_under_curve(rows: Sequence[Scored]) -> float | None:
    """The chance that an account that converted had the higher score; None when none or all did."""
    return auc([row.score for row in rows], [row.converted for row in rows])


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
    best: tuple[float, int] | None = None
    for bar in range(1, 101):
        caught = sum(row.converted for row in rows if row.score >= bar) / positives
        alarms = sum(not row.converted for row in rows if row.score >= bar) / negatives
        if best is None or caught - alarms > best[0]:
            best = (caught - alarms, bar)
    return (best[1], best[0]) if best and best[0] > 0 else None
