"""From inquiry to won: the MQL path beside the MQA path (domain.md §6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reports import asking
from reports.cohorts import GOES_ON, MQA_ASKED_FOR, WINDOW_DAYS
from reports.deals import OF_TEAM, THEN_OTHERWISE, in_segment
from reports.inquiries import asked, inquired
from reports.period import Period
from reports.statistics import Share

PATHS = {"mqa": "MQA", "mql": "MQL"}
STEPS = ("inquiry", "start", "accepted", "opportunity", "won")


@dataclass(frozen=True)
class Step:
    """One stage: how many accounts of the cohort reached it, of the stage before, and the median days to it."""

    key: str
    name: str
    count: int
    of_before: Share | None
    median_days: float | None


Paths = Mapping[str, Sequence[Step]]


@dataclass(frozen=True)
class Way:
    """How far an account of the cohort came within the window; with an opportunity that it won, else with its first."""

    account_id: int
    account: str
    started_at: datetime
    accepted_at: datetime | None
    opportunity: str | None
    created_at: datetime | None
    stage: str | None
    closed_on: date | None


# A cohort is of accounts, by the first day in the period on which they became what starts a path (its place in PATHS). What
# follows counts when it came within the window after it. Of several opportunities an account stands with one that it won, else
# the first.
_REACHED = """
cohort AS MATERIALIZED ({cohort}), reached AS (
    SELECT c.path, c.account_id, c.started_at, h.accepted_at, o.name, o.created_at, o.stage, o.closed_on,
           o.first_at
    FROM cohort c
    LEFT JOIN (
        SELECT c.account_id, c.path, min(h.accepted_at) AS accepted_at
        FROM cohort c JOIN handoff_handoff h ON h.account_id = c.account_id AND h.accepted_at >= c.started_at
            AND h.accepted_at < c.started_at + make_interval(days => %(window)s)
        GROUP BY c.account_id, c.path
    ) h ON h.account_id = c.account_id AND h.path = c.path
    LEFT JOIN (
        SELECT DISTINCT ON (c.account_id, c.path) c.account_id, c.path, o.name, o.created_at, o.stage, o.closed_on,
               min(o.created_at) OVER (PARTITION BY c.account_id, c.path) AS first_at
        FROM cohort c JOIN handoff_opportunity o ON o.account_id = c.account_id AND o.created_at >= c.started_at
            AND o.created_at < c.started_at + make_interval(days => %(window)s)
        ORDER BY c.account_id, c.path, o.stage <> 'won', o.created_at, o.id
    ) o ON o.account_id = c.account_id AND o.path = c.path
)"""
_WAYS = """
SELECT r.account_id, a.name, r.started_at, r.accepted_at, r.name, r.created_at, r.stage, r.closed_on
FROM reached r JOIN accounts_account a ON a.id = r.account_id
WHERE %(step)s IN ('inquiry', 'start') OR (%(step)s = 'accepted' AND r.accepted_at IS NOT NULL)
   OR (%(step)s = 'opportunity' AND r.created_at IS NOT NULL) OR (%(step)s = 'won' AND r.stage = 'won')
ORDER BY r.started_at, r.account_id
"""
_COHORTS = {
    "mqa": f"""
    SELECT {{path}} AS path, h.account_id, min(h.qualified_at) AS started_at FROM handoff_handoff h
    WHERE h.is_mqa AND h.qualified_at >= %(start)s AND h.qualified_at < %(end)s AND {MQA_ASKED_FOR} AND {GOES_ON}
    GROUP BY h.account_id
    """,  # noqa: S608 - constants of this project
    "mql": f"""
    SELECT {{path}} AS path, s.account_id, min(s.since::timestamp AT TIME ZONE 'UTC') AS started_at FROM signals_mqlspell s
    WHERE s.since BETWEEN %(first)s AND %(last)s AND {in_segment("date_trunc('month', s.since)::date", "s.account_id")}
      AND {OF_TEAM.format(account="s.account_id")}
    GROUP BY s.account_id
    """,  # noqa: S608 - constants of this project
}
# Those with a touch in the period that became one on its day or after it, with the days between.
_BEGAN = """
SELECT * FROM (
    SELECT c.*, (c.started_at AT TIME ZONE 'UTC')::date - first AS days FROM {cohort} c JOIN inquired USING (account_id) OFFSET 0
) one WHERE days >= 0"""
_BEGUN = f"""LEFT JOIN (
    SELECT path, count(*) AS began, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS to_start
    FROM ({_BEGAN.format(cohort="cohort")}) one GROUP BY path
) begun USING (path)"""  # noqa: S608 - constants of this module alone
_STEPS = f""", steps AS (
    SELECT path, count(*) AS started, count(accepted_at) AS accepted, count(created_at) AS created,
           count(*) FILTER (WHERE stage = 'won') AS won,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM accepted_at - started_at) / 86400) AS to_accepted,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_at - started_at) / 86400) AS to_created,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY closed_on - (created_at AT TIME ZONE 'UTC')::date)
               FILTER (WHERE stage = 'won' AND closed_on >= (created_at AT TIME ZONE 'UTC')::date) AS to_won
    FROM reached GROUP BY path
)
SELECT COALESCE(started, 0), COALESCE(accepted, 0), COALESCE(created, 0), COALESCE(won, 0), to_accepted, to_created, to_won,
       (SELECT count(*) FROM inquired), COALESCE(began, 0), to_start
FROM generate_series(0, 1) path LEFT JOIN steps USING (path) {_BEGUN} ORDER BY path
"""  # noqa: S608 - constants of this module alone


def paths(period: Period) -> Paths:
    """Inquiry → each of PATHS → accepted → opportunity → won, of the accounts that became one in the period; conversion from the
    inquiry is to those that became one afterwards.
    """
    cohort = " UNION ALL ".join(f"SELECT * FROM ({_cohort(which)}) {which}" for which in PATHS)  # noqa: S608
    sql = f"{inquired(period)}, {_REACHED.format(cohort=cohort)}{_STEPS}"
    return {which: _steps(name, *row) for (which, name), row in zip(PATHS.items(), _query(sql, period), strict=True)}


def _steps(
    name: str, total: int, accepted: int, created: int, won: int, to_accepted: float | None, to_created: float | None,
    to_won: float | None, inquiries: int, began: int, to_start: float | None,
) -> list[Step]:  # fmt: skip
    return [
        Step("inquiry", "Inquiry", inquiries, None, None),
        Step("start", name, total, Share(began, inquiries), to_start),
        Step("accepted", "Accepted", accepted, Share(accepted, total), to_accepted),
        Step("opportunity", "Opportunity", created, Share(created, total), to_created),
        Step("won", "Won", won, Share(won, created), to_won),
    ]


def ways(which: str, step: str, period: Period) -> list[Way]:
    """The accounts that a step of the path counts, the first to start first; at the inquiry those that became one afterwards."""
    cohort, sql = _cohort(which), f"WITH {THEN_OTHERWISE}, "
    if step == "inquiry":
        cohort, sql = _BEGAN.format(cohort=f"({cohort})"), f"{inquired(period)}, "
    return [Way(*row) for row in _query(f"{sql}{_REACHED.format(cohort=cohort)}{_WAYS}", period, step=step)]


def _cohort(which: str) -> str:
    return _COHORTS[which].format(path=list(PATHS).index(which))


def _query(sql: str, period: Period, **more: Any) -> list[tuple[Any, ...]]:
    return asking.rows(sql, asked(period) | {"window": WINDOW_DAYS} | more)
