"""From inquiry to won: the MQL path beside the MQA path (domain.md §6)."""

from dataclasses import dataclass

from django.db import connection

from reports.cohorts import WINDOW_DAYS
from reports.period import Period
from reports.statistics import Share


@dataclass(frozen=True)
class Step:
    """One stage: how many accounts of the cohort reached it, of the stage before, and the median days to it."""

    name: str
    count: int
    of_before: Share | None
    median_days: float | None


# A cohort is of accounts, by the first day in the period on which they became what starts the path. What follows counts
# when it came within the window after it.
_PATH = """
WITH cohort AS ({cohort}), reached AS (
    SELECT c.account_id, c.started_at,
           (SELECT min(h.accepted_at) FROM handoff_handoff h
            WHERE h.account_id = c.account_id AND h.accepted_at >= c.started_at
              AND h.accepted_at < c.started_at + make_interval(days => %(window)s)) AS accepted_at,
           o.created_at, o.stage, o.closed_on
    FROM cohort c
    LEFT JOIN LATERAL (
        SELECT o.created_at, o.stage, o.closed_on FROM handoff_opportunity o
        WHERE o.account_id = c.account_id AND o.created_at >= c.started_at
          AND o.created_at < c.started_at + make_interval(days => %(window)s)
        ORDER BY o.created_at, o.id LIMIT 1
    ) o ON true
)
SELECT count(*), count(accepted_at), count(created_at), count(*) FILTER (WHERE stage = 'won'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM accepted_at - started_at) / 86400),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM created_at - started_at) / 86400),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY closed_on - (created_at AT TIME ZONE 'UTC')::date)
           FILTER (WHERE stage = 'won' AND closed_on >= (created_at AT TIME ZONE 'UTC')::date)
FROM reached
"""
_SEGMENT = "(%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))"
_MQA = f"""
    SELECT h.account_id, min(h.qualified_at) AS started_at
    FROM handoff_handoff h JOIN accounts_account a ON a.id = h.account_id
    WHERE h.is_mqa AND h.qualified_at >= %(start)s AND h.qualified_at < %(end)s AND {_SEGMENT}
    GROUP BY h.account_id
"""  # noqa: S608 - constants of this module alone
_MQL = f"""
    SELECT s.account_id, min(s.since::timestamp AT TIME ZONE 'UTC') AS started_at
    FROM signals_mqlspell s JOIN accounts_account a ON a.id = s.account_id
    WHERE s.since BETWEEN %(first)s AND %(last)s AND {_SEGMENT}
    GROUP BY s.account_id
"""  # noqa: S608 - constants of this module alone
_INQUIRIES = f"""
    SELECT count(DISTINCT t.account_id)
    FROM signals_touch t
    JOIN accounts_account a ON a.id = t.account_id
    JOIN signals_touchtype y ON y.id = t.touch_type_id
    WHERE t.occurred_at >= %(start)s AND t.occurred_at < %(end)s AND t.ignored = '' AND y.direction = 'inbound' AND {_SEGMENT}
"""  # noqa: S608 - constants of this module alone


def inquiries(period: Period) -> int:
    """Accounts with any inbound touch in the period."""
    return int(_one(_INQUIRIES, period)[0])


def mqa_path(period: Period) -> list[Step]:
    """MQA → accepted → opportunity → won, of the accounts that became an MQA in the period."""
    return _steps("MQA", _one(_PATH.format(cohort=_MQA), period))


def mql_path(period: Period) -> list[Step]:
    """MQL → accepted → opportunity → won, of the accounts of which a person became an MQL in the period."""
    return _steps("MQL", _one(_PATH.format(cohort=_MQL), period))


def _steps(start: str, row: tuple) -> list[Step]:
    total, accepted, created, won, to_accepted, to_created, to_won = row
    return [
        Step(start, total, None, None),
        Step("Accepted", accepted, Share(accepted, total), to_accepted),
        Step("Opportunity", created, Share(created, total), to_created),
        Step("Won", won, Share(won, created), to_won),
    ]


def _one(sql: str, period: Period) -> tuple:
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "start": period.start_at,
                "end": period.end_at,
                "first": period.start,
                "last": period.end,
                "segment": period.segment,
                "window": WINDOW_DAYS,
            },
        )
        return cursor.fetchone()
