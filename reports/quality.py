"""Does the model work: conversion by score band, lift, AUC, and which gate blocked accounts that bought (domain.md §6)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, NamedTuple

from reports import asking
from reports.cohorts import WINDOW_DAYS
from reports.deals import NOW_IN_SEGMENT, OF_TEAM
from reports.period import Period
from reports.statistics import Share, auc, auc_interval
from signals.models.evaluation import Gate

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


class Alike(NamedTuple):
    """Accounts of one whole score of which the same came, with their exact scores. `waiting`: it can still come."""

    whole: int
    block: str
    converted: bool
    bought: bool
    waiting: bool
    scores: Sequence[float]


@dataclass(frozen=True)
class Band:
    """Accounts whose score lay in [low, low + 10), 100 in the last."""

    low: int
    share: Share
    lift: float | None
    lift_interval: tuple[float, float] | None
    out_of_order: bool


# Of what hardly any row is (a center besides the default one, the shell of a merged account, whose deals are the kept one's) it
# is asked that a row is none: the others need not be looked up.
_FIRST = f"""
WITH first AS MATERIALIZED (
    SELECT DISTINCT ON (d.center_id, is_since)
           d.center_id, d.as_of >= %(since)s AS is_since, d.account_id, d.score, d.block, d.as_of
    FROM signals_decision d
    WHERE d.as_of >= %(start)s AND d.as_of < %(end)s
      AND d.center_id NOT IN (SELECT id FROM accounts_buyingcenter WHERE NOT is_default)
      AND d.account_id NOT IN (SELECT id FROM accounts_account WHERE merged_into_id IS NOT NULL)
      AND {NOW_IN_SEGMENT.format(account="d.account_id")}
      AND (%(model)s::int IS NULL OR d.model_id IN (SELECT id FROM signals_scoringmodel WHERE version = %(model)s))
      AND {OF_TEAM.format(account="d.account_id")}
    ORDER BY d.center_id, is_since, d.as_of, d.id
), deal AS (
    SELECT f.center_id, f.is_since, bool_or(o.stage = 'won') AS won
    FROM first f JOIN handoff_opportunity o ON o.account_id = f.account_id AND o.created_at >= f.as_of
        AND o.created_at < f.as_of + make_interval(days => %(window)s)
        AND o.created_at >= %(start)s AND o.created_at < %(end)s + make_interval(days => %(window)s)  -- the rest is not hashed
    GROUP BY f.center_id, f.is_since
), outcome AS (
    SELECT first.*, deal.center_id IS NOT NULL AS converted, COALESCE(deal.won, false) AS bought
    FROM first LEFT JOIN deal ON deal.center_id = first.center_id AND deal.is_since = first.is_since
)
"""  # noqa: S608 - constants of this project
# What is alike of them is one number, of which the planner knows nothing: of several columns it would expect as many groups as
# rows, and sort.
_BLOCKS = ("", *Gate.values)
_ALIKE = f"""{_FIRST}
SELECT alike, string_agg(float8send(score), '')
FROM (
    SELECT score, (floor(score)::int << 8) + (array_position(%(blocks)s::text[], block::text) - 1 << 4) + 8 * is_since::int
           + 4 * converted::int + 2 * bought::int
           + (NOT converted AND as_of + make_interval(days => %(window)s) > %(now)s)::int AS alike
    FROM outcome OFFSET 0
) one GROUP BY alike
"""  # noqa: S608 - constants of this module alone
_ROWS = f"""{_FIRST}
SELECT o.account_id, a.name, o.as_of, o.score, o.block, o.converted, o.bought
FROM outcome o JOIN accounts_account a ON a.id = o.account_id
ORDER BY o.score DESC, o.account_id
"""  # noqa: S608 - constants of this module alone


def scored_accounts(period: Period) -> list[Scored]:
    """One row an account decided on in the period: its first decision there, against what came of it."""
    return list(map(Scored._make, _query(_ROWS, period, since=period.start_at)))


def outcomes(period: Period, *, now: datetime) -> list[Alike]:
    """These accounts, as few as what is measured of them needs."""
    return [_alike(*row) for row in _query(_ALIKE, period, since=period.start_at, now=now)]


def outcomes_both(period: Period, before: Period, *, now: datetime) -> tuple[list[Alike], list[Alike]]:
    """What `outcomes` gives of each; of a period and the days right before it decisions are read once."""
    both = period.joined(before)
    if both is None:
        return outcomes(period, now=now), outcomes(before, now=now)
    found: dict[bool, list[Alike]] = {True: [], False: []}
    for alike, scores in _query(_ALIKE, both, since=period.start_at, now=now):
        found[bool(alike & 8)].append(_alike(alike, scores))
    return found[True], found[False]


def _query(sql: str, period: Period, **more: datetime) -> list[tuple[Any, ...]]:
    return asking.rows(sql, period.parameters | {"window": WINDOW_DAYS, "blocks": list(_BLOCKS), **more})


def _alike(alike: int, scores: bytes) -> Alike:
    converted, bought, waiting = (bool(alike & bit) for bit in (4, 2, 1))
    return Alike(alike >> 8, _BLOCKS[alike >> 4 & 15], converted, bought, waiting, asking.floats(scores))


def band_of(score: float) -> int:
    """The lower bound of a score's band; 100 is in the last."""
    return min(int(score // BAND_WIDTH), BANDS - 1) * BAND_WIDTH


def count(rows: Iterable[Alike]) -> int:
    """How many accounts they are."""
    return sum(len(row.scores) for row in rows)


def overall(rows: Sequence[Alike]) -> Share:
    """Of all accounts, those that converted."""
    return Share(count(row for row in rows if row.converted), count(rows))


def bands(rows: Sequence[Alike]) -> list[Band]:
    """Conversion by band of ten points; a band that converts worse than the one below is marked, not hidden."""
    of_all = overall(rows).value
    inside, converted = Counter[int](), Counter[int]()
    for row in rows:
        inside[band_of(row.whole)] += len(row.scores)
        converted[band_of(row.whole)] += len(row.scores) if row.converted else 0
    found: list[Band] = []
    highest_below = 0.0
    for low in range(0, BANDS * BAND_WIDTH, BAND_WIDTH):
        share = Share(converted[low], inside[low])
        value = share.value
        lift = value / of_all if value is not None and of_all else None
        interval = (share.interval[0] / of_all, share.interval[1] / of_all) if share.interval and of_all else None
        out_of_order = value is not None and value < highest_below
        found.append(Band(low, share, lift, interval, out_of_order))
        highest_below = max(highest_below, value or 0.0)
    return found


def area_under_curve(rows: Sequence[Alike]) -> tuple[float, tuple[float, float]] | None:
    """The chance that an account that converted had the higher score, with its 95 % interval; None when none or all did."""
    positives, negatives = (
        [score for row in rows if row.converted is converted for score in row.scores] for converted in (True, False)
    )
    area = auc(positives, negatives)
    return None if area is None else (area, auc_interval(area, len(positives), len(negatives)))


def waiting(rows: Sequence[Alike]) -> int:
    """How many have not converted yet, and still have time left."""
    return count(row for row in rows if row.waiting)


def blocks_of_buyers(rows: Sequence[Alike]) -> dict[str, int]:
    """Of the accounts that later bought: at which gate they were blocked; `` for those that qualified."""
    counted: dict[str, int] = {}
    for row in rows:
        if row.bought:
            counted[row.block] = counted.get(row.block, 0) + len(row.scores)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def suggested_threshold(rows: Sequence[Alike]) -> tuple[int, float] | None:
    """The whole score that parts converted from not best (highest Youden's J), and J; None without both kinds."""
    converted, others = ([row for row in rows if row.converted is which] for which in (True, False))
    positives, negatives = count(converted), count(others)
    if not positives or not negatives:
        return None
    caught, alarms = _from_bar_on(converted), _from_bar_on(others)
    best: tuple[float, int] | None = None
    for bar in range(1, TOP + 1):
        gain = caught[bar] / positives - alarms[bar] / negatives
        if best is None or gain > best[0]:
            best = (gain, bar)
    return (best[1], best[0]) if best and best[0] > 0 else None


def _from_bar_on(rows: Iterable[Alike]) -> list[int]:
    """Of each whole score from 0 to 100, how many have that or more."""
    counts = Counter[int]()
    for row in rows:
        counts[row.whole] += len(row.scores)
    return list(accumulate(counts[bar] for bar in range(TOP, -1, -1)))[::-1]
