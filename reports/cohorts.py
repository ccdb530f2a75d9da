"""The rows that measures are computed from (domain.md §6): one query each, of stored facts."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from reports import asking
from reports.deals import (
    BY_CLOSE,
    BY_CREATION,
    DEAL_ASKED_FOR,
    HANDOFF_OF_TEAM,
    OF_MODEL,
    QUALIFIED_IN,
    SOURCED,
    THEN_OTHERWISE,
    in_segment,
)
from reports.period import Period

WINDOW_DAYS = 90


# From which moment to which the days of a leg count. A close is known by its day: it counts as the day's end, or a deal won
# on the day it opened took less than none.
_CLOSED_AT = "((closed_on + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond')"
_LEGS = {
    "accepted": ("MQA → accepted", "qualified_at", "accepted_at"),
    "created": ("Accepted → opportunity", "accepted_at", "created_at"),
    "opportunity": ("MQA → opportunity", "qualified_at", "created_at"),
    "closed": ("Opportunity → closed", "created_at", _CLOSED_AT),
    "whole": ("MQA → closed", "qualified_at", _CLOSED_AT),
}
LEGS = {key: label for key, (label, _, _) in _LEGS.items()}


class Mqa(NamedTuple):
    """An MQA of a cohort and the first opportunity created at its account within the window after it qualified.

    `over`: nothing can come within the window any more. `days`: of each of LEGS; None where an end is missing.
    """

    handoff_id: int
    account_id: int
    account: str
    qualified_at: datetime
    accepted_at: datetime | None
    opportunity: str | None
    created_at: datetime | None
    stage: str | None
    amount: Decimal | None
    currency: str | None
    closed_on: date | None
    over: bool
    days: Sequence[float | None]


class Cohort(NamedTuple):
    """The MQAs that qualified on one day, by whether an opportunity came within the window and whether that is over.

    `days`: of each of LEGS, those that are known.
    """

    day: date
    converted: bool
    over: bool
    mqas: int
    days: Sequence[Sequence[float]]


class Deal(NamedTuple):
    """An opportunity, and whether an MQA of its account qualified (by the version asked for) in the window before it."""

    opportunity_id: int
    name: str
    account_id: int
    account: str
    is_target: bool
    stage: str
    amount: Decimal | None
    currency: str
    created_at: datetime
    closed_on: date | None
    sourced: bool


class Tally(NamedTuple):
    """Closed opportunities that are alike: how many, the sum of the amounts that are named and how many name one, the sum of the
    days from creation to closing and of how many (those whose dates contradict each other are left out).
    """

    stage: str
    currency: str
    deals: int
    amount: Decimal
    with_amount: int
    days: int
    measured: int
    sourced: bool = False
    is_target: bool = False
    closed_on: date | None = None


# Of two MQAs that turned out to be one company's, the one that a merge withdrew goes on as the other, which counts.
GOES_ON = """NOT (h.state = 'withdrawn' AND EXISTS (
        SELECT 1 FROM handoff_handoffevent e
        JOIN accounts_accountmerge m ON m.kept_id = (e.data->>'merged_into')::bigint AND m.undone_at IS NULL
        WHERE e.handoff_id = h.id AND e.action = 'merge' AND e.at >= h.state_since AND m.at <= e.at))"""


# That the MQA `h` is of the segment, the team and the model version asked for.
MQA_ASKED_FOR = f"{in_segment(QUALIFIED_IN, 'h.account_id')} AND {HANDOFF_OF_TEAM} AND {OF_MODEL}"


def parameters(period: Period) -> dict[str, Any]:
    """What the statements of this module are asked with."""
    return period.parameters | {"window": WINDOW_DAYS}


_DAYS = [f"(extract(epoch FROM {end} - {start})::float8 / 86400)" for _, start, end in _LEGS.values()]
# The first opportunity is found for all MQAs at once.
_QUALIFIED = f"""
WITH {THEN_OTHERWISE}, mqa AS MATERIALIZED (
    SELECT h.id, h.account_id, h.qualified_at, h.accepted_at FROM handoff_handoff h
    WHERE h.is_mqa AND h.qualified_at >= %(start)s AND h.qualified_at < %(end)s AND {MQA_ASKED_FOR} AND {GOES_ON}
)
SELECT *, qualified_at + make_interval(days => %(window)s) <= COALESCE(%(now)s::timestamptz, now()) AS over, {", ".join(_DAYS)}
FROM (
    SELECT h.id, h.account_id, a.name AS account, h.qualified_at, h.accepted_at,
           o.name, o.created_at, o.stage, o.amount, o.currency, o.closed_on
    FROM mqa h
    LEFT JOIN accounts_account a ON a.id = h.account_id
    LEFT JOIN (
        SELECT DISTINCT ON (h.id) h.id, o.name, o.created_at, o.stage, o.amount, o.currency, o.closed_on
        FROM mqa h JOIN handoff_opportunity o ON o.account_id = h.account_id AND o.created_at >= h.qualified_at
            AND o.created_at < h.qualified_at + make_interval(days => %(window)s)
        ORDER BY h.id, o.created_at, o.id
    ) o ON o.id = h.id
) one
"""  # noqa: S608 - constants of this module alone
_COHORTS = f"""
SELECT (qualified_at AT TIME ZONE 'UTC')::date, created_at IS NOT NULL, over, count(*),
       {", ".join(f"string_agg(float8send({key}), '')" for key in LEGS)}
FROM ({_QUALIFIED}) one (id, account_id, account, qualified_at, accepted_at, name, created_at, stage, amount, currency,
                         closed_on, over, {", ".join(LEGS)})
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""  # noqa: S608 - constants of this module alone
_FLAT = len(Mqa._fields) - 1


def qualified(period: Period) -> list[Mqa]:
    """The MQAs that qualified in the period, oldest first."""
    rows = _rows(f"{_QUALIFIED} ORDER BY qualified_at, id", period, now=None)
    return [Mqa._make((*row[:_FLAT], row[_FLAT:])) for row in rows]


def qualified_alike(period: Period, *, now: datetime) -> list[Cohort]:
    """These MQAs, as few as what is measured of them needs."""
    rows = _rows(_COHORTS, period, now=now)
    return [Cohort._make((*what, [*map(asking.floats, days)])) for *what, days in ((*row[:4], row[4:]) for row in rows)]


_DEAL = f"""
    SELECT o.id, o.name, o.account_id, o.account, o.is_target, o.stage, o.amount, o.currency, o.created_at, o.closed_on{{sourced}}
    FROM {{opportunities}} o
    WHERE {DEAL_ASKED_FOR} AND {{which}}
"""  # noqa: S608 - constants of this module alone
_SOURCED = f""",
           EXISTS (SELECT 1 FROM handoff_handoff h WHERE h.account_id = o.account_id AND {SOURCED}) AS sourced"""  # noqa: S608
_CLOSED = {"opportunities": BY_CLOSE, "which": "o.closed_on BETWEEN %(first)s AND %(last)s"}
_CREATED = {"opportunities": BY_CREATION, "which": "o.created_at >= %(start)s AND o.created_at < %(end)s"}
CLOSED = _DEAL.format(**_CLOSED, sourced="")
# Which of them MQAs sourced is found for all at once.
_TALLIES = f"""
WITH closed AS MATERIALIZED (
    SELECT id, account_id, is_target, stage, amount, currency, created_at, closed_on FROM ({CLOSED}) one
)
SELECT stage, currency, count(*), COALESCE(sum(amount), 0), count(amount), COALESCE(sum(days) FILTER (WHERE days >= 0), 0),
       count(*) FILTER (WHERE days >= 0), sourced, is_target, closed_on
FROM (
    SELECT *, closed_on - (created_at AT TIME ZONE 'UTC')::date AS days, id IN (
        SELECT o.id FROM closed o JOIN handoff_handoff h ON h.account_id = o.account_id WHERE {SOURCED}
    ) AS sourced FROM closed
) one
GROUP BY stage, currency, sourced, is_target, closed_on ORDER BY closed_on"""  # noqa: S608 - constants of this module alone
_CREATED_COUNTS = f"""
SELECT currency, (created_at AT TIME ZONE 'UTC')::date, count(*) FROM ({_DEAL.format(**_CREATED, sourced="")}) one GROUP BY 1, 2
"""  # noqa: S608 - constants of this module alone


def closed_deals(period: Period) -> list[Deal]:
    """Opportunities won or lost in the period, in the order in which they closed."""
    return [
        Deal._make(row)
        for row in _rows(f"{_DEAL.format(**_CLOSED, sourced=_SOURCED)} ORDER BY o.closed_on, o.id", period)
    ]


def created_deals(period: Period) -> list[Deal]:
    """Opportunities created in the period, whatever became of them."""
    return [
        Deal._make(row)
        for row in _rows(f"{_DEAL.format(**_CREATED, sourced=_SOURCED)} ORDER BY o.created_at, o.id", period)
    ]


def closed_tallies(period: Period) -> list[Tally]:
    """The opportunities won or lost in the period, by day, stage, currency, target account and whether an MQA sourced them."""
    return [Tally._make(row) for row in _rows(_TALLIES, period)]


def created_counts(period: Period) -> list[tuple[str, date, int]]:
    """How many were created in the period, by currency and day."""
    return list(_rows(_CREATED_COUNTS, period))


def _rows(sql: str, period: Period, **more: Any) -> Sequence[tuple]:
    return asking.rows(sql, parameters(period) | more)
