"""From inquiry to won: the MQL path beside the MQA path (domain.md §6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from reports import asking
from reports.cohorts import GOES_ON, WINDOW_DAYS
from reports.deals import OF_MODEL, QUALIFIED_IN, THEN_OTHERWISE, in_segment
from reports.period import Period
from reports.statistics import Share
from signals.month_frames import END, numbers, packed, texts, unpacked
from signals.sums import CHANGED, WINDOWS, windows
from signals.touches_sql import IN_MONTH

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
_STEPS = """, steps AS (
    SELECT path, count(*) AS started, count(accepted_at) AS accepted, count(created_at) AS created,
           count(*) FILTER (WHERE stage = 'won') AS won,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM accepted_at - started_at) / 86400) AS to_accepted,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_at - started_at) / 86400) AS to_created,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY closed_on - (created_at AT TIME ZONE 'UTC')::date)
               FILTER (WHERE stage = 'won' AND closed_on >= (created_at AT TIME ZONE 'UTC')::date) AS to_won
    FROM reached GROUP BY path
)
SELECT COALESCE(started, 0), COALESCE(accepted, 0), COALESCE(created, 0), COALESCE(won, 0), to_accepted, to_created, to_won,
       {beginning}
FROM generate_series(0, 1) path LEFT JOIN steps USING (path) {begun} ORDER BY path
"""
_WAYS = """
SELECT r.account_id, a.name, r.started_at, r.accepted_at, r.name, r.created_at, r.stage, r.closed_on
FROM reached r JOIN accounts_account a ON a.id = r.account_id
WHERE %(step)s IN ('inquiry', 'start') OR (%(step)s = 'accepted' AND r.accepted_at IS NOT NULL)
   OR (%(step)s = 'opportunity' AND r.created_at IS NOT NULL) OR (%(step)s = 'won' AND r.stage = 'won')
ORDER BY r.started_at, r.account_id
"""
_TEAM = """(%(team)s::bigint IS NULL OR EXISTS (
        SELECT 1 FROM accounts_user u WHERE u.id = a.owner_sdr_id AND u.team_id = %(team)s))"""
# Of an account's month; of many quicker than a join of all accounts. No account is ever deleted.
_IS_TARGET = "(s.account_id IN (SELECT id FROM accounts_account WHERE is_target))"
_COHORTS = {
    "mqa": f"""
    SELECT {{path}} AS path, h.account_id, min(h.qualified_at) AS started_at FROM handoff_handoff h {{of_accounts}}
    WHERE h.is_mqa AND h.qualified_at >= %(start)s AND h.qualified_at < %(end)s AND {GOES_ON} AND {OF_MODEL}
    GROUP BY h.account_id
    """,  # noqa: S608 - constants of this module alone
    "mql": """
    SELECT {path} AS path, s.account_id, min(s.since::timestamp AT TIME ZONE 'UTC') AS started_at
    FROM signals_mqlspell s {of_accounts} WHERE s.since BETWEEN %(first)s AND %(last)s GROUP BY s.account_id
    """,
}
# An account is looked at for its team or segment alone: {of_accounts} is one of these, or nothing.
_OF_ACCOUNTS = {
    "mqa": f"""JOIN accounts_account a ON a.id = h.account_id AND {in_segment(QUALIFIED_IN)}
        AND (%(team)s::bigint IS NULL OR EXISTS (
            SELECT 1 FROM accounts_user u WHERE u.id = COALESCE(h.claimed_by_id, a.owner_sdr_id) AND u.team_id = %(team)s))""",  # noqa: S608 - constants of this project
    "mql": f"""JOIN accounts_account a ON a.id = s.account_id
        AND {in_segment("date_trunc('month', s.since)::date")} AND {_TEAM}""",
    "inquiry": f"""WHERE (%(team)s::bigint IS NULL OR s.account_id IN (SELECT a.id FROM accounts_account a WHERE {_TEAM}))
        AND {in_segment("s.month", account="s.account_id", is_target=_IS_TARGET)}""",  # noqa: S608 - constants of this project
}
# Targets are few: {among} is this where they are asked for, an array as the planner can't know how few.
_TARGETS = f""" AND m.account_id = ANY(ARRAY(
        SELECT id FROM accounts_account WHERE is_target UNION SELECT account_id FROM ({THEN_OTHERWISE}) o))"""  # noqa: S608 - a constant
# Sums are of what is known now. A closed month counts as it was known then (see closing.py): the accounts of which something
# came or was read anew since (`late`), and those with a note, are counted touch by touch; what was read otherwise is added.
_INBOUND = "ARRAY(SELECT id FROM signals_touchtype WHERE direction = 'inbound')"
_IS_KEPT = "{{among}} AND (m.account_id, m.month) NOT IN (SELECT account_id, month FROM late)"
# All days of the months between the first and the last count.
_KEPT = f"""SELECT m.account_id, m.month, m.days, {{whole}} FROM signals_touchmonth m
    WHERE m.month > %(first_month)s AND m.month < %(last_month)s{_IS_KEPT}
    UNION ALL
    SELECT m.account_id, m.month, m.days & w.days AS days, {{touches}}
    FROM signals_touchmonth m JOIN win w ON w.month = m.month AND m.days & w.days <> 0
    WHERE m.month IN (%(first_month)s, %(last_month)s){_IS_KEPT}"""  # noqa: S608 - a constant
_SEEN = f"""
WITH {CHANGED}, {WINDOWS}, late AS MATERIALIZED (  -- by way of an array: the planner can't know that they are few
    SELECT pair >> 20 AS account_id, DATE '0001-01-01' + (pair & 1048575)::int AS month FROM unnest(ARRAY(
        SELECT m.account_id << 20 | (m.month - DATE '0001-01-01') FROM reports_monthclose k CROSS JOIN LATERAL (
            SELECT account_id, month FROM signals_touchmonth WHERE month = k.month AND known_at > k.known_at OFFSET 0
        ) m WHERE k.month >= %(first_month)s AND k.month <= %(last_month)s
        UNION SELECT m.account_id << 20 | (m.month - DATE '0001-01-01') FROM changed m
    )) pair
), seen AS (
    {{kept}}
    UNION ALL
    SELECT l.account_id, l.month, t.days, t.touches{{lists}} FROM late l
    LEFT JOIN reports_monthclose k ON k.month = l.month
    CROSS JOIN LATERAL (
        SELECT bit_or(1 << (extract(day FROM t.occurred_at AT TIME ZONE 'UTC')::int - 1)) AS days, count(*) AS touches
        FROM signals_touch t
        WHERE t.account_id = l.account_id AND t.ignored = '' AND t.touch_type_id = ANY({_INBOUND})
          AND t.occurred_at >= %(start)s AND t.occurred_at < %(end)s  -- these months alone are planned for
          AND {IN_MONTH.format(month="l.month")}
          AND (k.known_at IS NULL OR (t.received_at <= k.known_at AND t.known_from <= k.known_at))
    ) t WHERE t.touches > 0
    UNION ALL
    SELECT r.account_id, k.month, bit_or(1 << (extract(day FROM t.occurred_at AT TIME ZONE 'UTC')::int - 1)), count(*){{lists}}
    FROM reports_monthclose k
    JOIN signals_pastreading r ON r.known_from <= k.known_at AND r.known_until > k.known_at AND r.ignored = ''
        AND r.touch_type_id = ANY({_INBOUND})
    JOIN signals_touch t ON t.id = r.touch_id AND t.occurred_at >= %(start)s AND t.occurred_at < %(end)s
        AND t.received_at <= k.known_at AND date_trunc('month', t.occurred_at AT TIME ZONE 'UTC')::date = k.month
    WHERE k.month >= %(first_month)s AND k.month <= %(last_month)s AND r.account_id IS NOT NULL
    GROUP BY r.account_id, k.month
)
"""  # noqa: S608 - constants of this module alone
_DAYS = _SEEN.format(kept=_KEPT.format(whole="0 AS touches", touches="0"), lists="")
# An index has all that counts of whole months; of one of which not all days do, each day's touches are sent.
_IS_PART = "m.days & ~w.days <> 0"
_NO_LISTS = ", ''::bytea AS on_days, ''::bytea AS day_touches"
_TOUCHES = _SEEN.format(
    kept=_KEPT.format(
        whole=f"m.touches{_NO_LISTS}",
        touches=f"CASE WHEN {_IS_PART} THEN 0 ELSE m.touches END, CASE WHEN {_IS_PART} THEN m.on_days ELSE '' END,"
        f" CASE WHEN {_IS_PART} THEN m.day_touches ELSE '' END",
    ),
    lists=_NO_LISTS,
)
_INQUIRIES = f"""{_DAYS}
SELECT count(*) FROM (SELECT FROM seen s {{of_accounts}} GROUP BY s.account_id) one
"""  # noqa: S608 - constants of this module alone
# The first day of an account: the least of its months' numbers with the lowest bit of their days.
_FIRST_DAYS = f"""{_DAYS}, inquired AS MATERIALIZED (
    SELECT s.account_id, min(((s.month - DATE '1970-01-01')::bigint << 32) | (s.days & -s.days)::bigint) AS first
    FROM seen s {{of_accounts}} GROUP BY s.account_id
)"""  # noqa: S608 - constants of this module alone
# Those with a touch in the period that became one on its day or after it, with the days between.
_BEGAN = """
SELECT * FROM (
    SELECT c.*, (c.started_at AT TIME ZONE 'UTC')::date - (
               DATE '1970-01-01' + (first >> 32)::int + round(ln((first & 4294967295)::float8) / ln(2::float8))::int) AS days
    FROM {cohort} c JOIN inquired USING (account_id) OFFSET 0
) one WHERE days >= 0"""
_BEGUN = f"""LEFT JOIN (
    SELECT path, count(*) AS began, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS to_start
    FROM ({_BEGAN.format(cohort="cohort")}) one GROUP BY path
) begun USING (path)"""  # noqa: S608 - constants of this module alone
_INQUIRERS = f"""{_TOUCHES} SELECT {packed("touches")} FROM seen s {{of_accounts}}"""  # noqa: S608 - constants of this project
_ALL_NAMES = f"""
SELECT string_agg(int8send(id), ''), string_agg(translate(name, '{END}', '') || '{END}', '') FROM accounts_account
"""  # noqa: S608 - constants of this project


def inquiries(period: Period) -> int:
    """Accounts with any inbound touch in the period."""
    return int(_query(_INQUIRIES.format(**_inquiring(period)), period)[0][0])


def inquirers(period: Period) -> list[tuple[Any, ...]]:
    """These accounts: id, name, touches, the first and the last day with any."""
    import polars as pl  # not at import: see signals/tasks.py

    both = windows(period=(period.start, period.end))
    statement = _INQUIRERS.format(**_inquiring(period))
    (row,) = asking.rows(statement, period.parameters | both, binary=True)
    found = unpacked(row, "touches")
    days = pl.col("days")
    of_months = found.months.select(
        "account_id",
        "touches",
        first=pl.col("month") + pl.duration(days=days.bitwise_trailing_zeros()),
        last=pl.col("month") + pl.duration(days=31 - days.bitwise_leading_zeros()),
    )
    of_days = found.on("touches", period.start, period.end).select("account_id", "touches")
    ((accounts, names),) = asking.rows(_ALL_NAMES, {}, binary=True)
    told = (
        pl.concat([of_months, of_days], how="diagonal_relaxed")
        .group_by("account_id")
        .agg(pl.col("touches").sum(), pl.col("first").min(), pl.col("last").max())
        .join(pl.DataFrame({"account_id": numbers(accounts, 8), "name": texts(names)}), on="account_id")
        .sort("first", "account_id")
    )
    return told.select("account_id", "name", "touches", "first", "last").rows()


def _of_accounts(which: str, period: Period) -> str:
    return "" if period.team is None and not period.segment else _OF_ACCOUNTS[which]


def _inquiring(period: Period) -> dict[str, str]:
    """Whose touches are looked at."""
    return {
        "of_accounts": _of_accounts("inquiry", period),
        "among": _TARGETS if period.segment == "target" else "",
    }


def paths(period: Period, *, inquiry: bool = False) -> Paths:
    """Each of PATHS → accepted → opportunity → won, of the accounts that became one in the period; with the inquiry before them,
    from which it is to those that became one afterwards, where it is asked for.
    """
    cohort = " UNION ALL ".join(f"SELECT * FROM ({_cohort(which, period)}) {which}" for which in PATHS)  # noqa: S608
    reached = _REACHED.format(cohort=cohort)
    if inquiry:
        counted = "(SELECT count(*) FROM inquired), COALESCE(began, 0), to_start"
        sql = f"{_first_days(period)}, {reached}{_STEPS.format(beginning=counted, begun=_BEGUN)}"
    else:
        sql = f"WITH {reached}{_STEPS.format(beginning='NULL, NULL, NULL', begun='')}"
    return {which: _steps(name, *row) for (which, name), row in zip(PATHS.items(), _query(sql, period), strict=True)}


def _steps(
    name: str, total: int, accepted: int, created: int, won: int, to_accepted: float | None, to_created: float | None,
    to_won: float | None, inquiries: int | None, began: int, to_start: float | None,
) -> list[Step]:  # fmt: skip
    return [
        *([Step("inquiry", "Inquiry", inquiries, None, None)] if inquiries is not None else []),
        Step("start", name, total, Share(began, inquiries) if inquiries is not None else None, to_start),
        Step("accepted", "Accepted", accepted, Share(accepted, total), to_accepted),
        Step("opportunity", "Opportunity", created, Share(created, total), to_created),
        Step("won", "Won", won, Share(won, created), to_won),
    ]


def ways(which: str, step: str, period: Period) -> list[Way]:
    """The accounts that a step of the path counts, the first to start first; at the inquiry those that became one afterwards."""
    cohort, sql = _cohort(which, period), "WITH "
    if step == "inquiry":
        cohort, sql = _BEGAN.format(cohort=f"({cohort})"), f"{_first_days(period)}, "
    return [Way(*row) for row in _query(f"{sql}{_REACHED.format(cohort=cohort)}{_WAYS}", period, step=step)]


def _cohort(which: str, period: Period) -> str:
    return _COHORTS[which].format(of_accounts=_of_accounts(which, period), path=list(PATHS).index(which))


def _first_days(period: Period) -> str:
    return _FIRST_DAYS.format(**_inquiring(period))


def _query(sql: str, period: Period, **more: Any) -> list[tuple[Any, ...]]:
    both = windows(period=(period.start, period.end))
    return asking.rows(sql, {**period.parameters, "window": WINDOW_DAYS, **both, **more})
