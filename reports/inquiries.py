"""Inquiries: the accounts with any inbound touch in a period, and the first day of each there (domain.md §6)."""

from typing import Any

from reports import asking
from reports.deals import IS_TARGET, OF_TEAM, THEN_OTHERWISE, in_segment
from reports.period import Period
from signals.first_days import FIRST_DAY, FIRST_DAYS, MONTHS_OF, years
from signals.month_frames import END, numbers, packed, texts, unpacked
from signals.sums import CHANGED, INBOUND, WINDOWS, windows
from signals.touches_sql import IN_MONTH

# Whose touches count, where a team or a segment is asked for.
_NARROWED = f"WHERE {OF_TEAM.format(account='s.account_id')} AND {in_segment('s.month', 's.account_id')}"
# Targets are few: {among} is this where they are asked for, an array as the planner can't know how few.
_TARGETS = """ AND m.account_id = ANY(ARRAY(
        SELECT id FROM accounts_account WHERE is_target UNION SELECT account_id FROM then_otherwise))"""
# Sums are of what is known now. A closed month counts as it was known then (see closing.py): the accounts of which something
# came or was read anew since (`late`), and those with a note, are counted touch by touch; what was read otherwise is added.
_IS_KEPT = "{among} AND (m.account_id, m.month) NOT IN (SELECT account_id, month FROM late)"
# Of a month that is asked for in part: those with any on the days that count.
_PARTLY = f"""SELECT m.account_id, m.month, m.days & w.days AS days, {{touches}}
    FROM signals_touchmonth m JOIN win w ON w.month = m.month AND m.days & w.days <> 0
    WHERE m.month {{which}}{_IS_KEPT}"""  # noqa: S608 - a constant
# All days of the months between the first and the last count.
_KEPT = f"""SELECT m.account_id, m.month, m.days, m.touches{{none}} FROM signals_touchmonth m
    WHERE m.month > %(first_month)s AND m.month < %(last_month)s{_IS_KEPT}
    UNION ALL
    {_PARTLY.format(which="IN (%(first_month)s, %(last_month)s)", touches="{touches}", among="{among}")}"""  # noqa: S608
_SEEN = f"""
WITH {THEN_OTHERWISE}, {CHANGED}, {WINDOWS}, late AS MATERIALIZED (
    -- By way of an array: the planner can't know that they are few.
    SELECT pair >> 20 AS account_id, DATE '0001-01-01' + (pair & 1048575)::int AS month FROM unnest(ARRAY(
        SELECT m.account_id << 20 | (m.month - DATE '0001-01-01') FROM reports_monthclose k CROSS JOIN LATERAL (
            SELECT account_id, month FROM signals_touchmonth WHERE month = k.month AND known_at > k.known_at OFFSET 0
        ) m WHERE k.month >= %(first_month)s AND k.month <= %(last_month)s
        UNION SELECT m.account_id << 20 | (m.month - DATE '0001-01-01') FROM changed m
    )) pair
){{sooner}}, seen AS (
    {{kept}}
    UNION ALL
    SELECT l.account_id, l.month, t.days, t.touches{{lists}} FROM {{late}} l
    LEFT JOIN reports_monthclose k ON k.month = l.month
    CROSS JOIN LATERAL (
        SELECT bit_or(1 << (extract(day FROM t.occurred_at AT TIME ZONE 'UTC')::int - 1)) AS days, count(*) AS touches
        FROM signals_touch t
        WHERE t.account_id = l.account_id AND t.ignored = '' AND t.touch_type_id = ANY({INBOUND})
          AND t.occurred_at >= %(start)s AND t.occurred_at < %(end)s  -- these months alone are planned for
          AND {IN_MONTH.format(month="l.month")}
          AND (k.known_at IS NULL OR (t.received_at <= k.known_at AND t.known_from <= k.known_at))
    ) t WHERE t.touches > 0
    UNION ALL
    SELECT r.account_id, k.month, bit_or(1 << (extract(day FROM t.occurred_at AT TIME ZONE 'UTC')::int - 1)), count(*){{lists}}
    FROM reports_monthclose k
    JOIN signals_pastreading r ON r.known_from <= k.known_at AND r.known_until > k.known_at AND r.ignored = ''
        AND r.touch_type_id = ANY({INBOUND})
    JOIN signals_touch t ON t.id = r.touch_id AND t.occurred_at >= %(start)s AND t.occurred_at < %(end)s
        AND t.received_at <= k.known_at AND date_trunc('month', t.occurred_at AT TIME ZONE 'UTC')::date = k.month
    WHERE k.month >= %(first_month)s AND k.month <= %(last_month)s AND r.account_id IS NOT NULL
    GROUP BY r.account_id, k.month
)
"""  # noqa: S608 - constants of this module alone
# An index has all that counts of whole months; of one of which not all days do, each day's touches are sent.
_IS_PART = "m.days & ~w.days <> 0"
_NO_LISTS = ", ''::bytea AS on_days, ''::bytea AS day_touches"
_TOUCHES = _SEEN.format(
    kept=_KEPT.format(
        among="{among}",
        none=_NO_LISTS,
        touches=f"CASE WHEN {_IS_PART} THEN 0 ELSE m.touches END, CASE WHEN {_IS_PART} THEN m.on_days ELSE '' END,"
        f" CASE WHEN {_IS_PART} THEN m.day_touches ELSE '' END",
    ),
    lists=_NO_LISTS,
    sooner="",
    late="late",
)
_INQUIRERS = f"""{_TOUCHES} SELECT {packed("touches")} FROM seen s {{narrowed}}"""  # noqa: S608 - constants of this project
_ALL_NAMES = f"""
SELECT string_agg(int8send(id), ''), string_agg(translate(name, '{END}', '') || '{END}', '') FROM accounts_account
"""  # noqa: S608 - constants of this project
# What is kept by year is of what is known now, and of whole months. So `seen` are the late months, and the one that is asked
# for from a later day on.
_PART = _PARTLY.format(which="= %(part_month)s", touches="m.touches", among="{among}")
_OTHERWISE = "COALESCE(otherwise.months, 0)"
_YEARS = FIRST_DAYS.format(
    but=" & ~COALESCE(late_year.months, 0){but}",
    joined=f"LEFT JOIN ({MONTHS_OF.format(months='late')}) late_year USING (account_id, year) {{joined}}",
)
_NARROWED_YEARS = {
    "but": f"""
        & CASE WHEN %(segment)s = '' THEN -1 WHEN {IS_TARGET.format(account="y.account_id")} = (%(segment)s = 'target')
               THEN ~{_OTHERWISE} ELSE {_OTHERWISE} END""",
    "joined": f"""LEFT JOIN ({MONTHS_OF.format(months="then_otherwise")}) otherwise USING (account_id, year)
        WHERE {OF_TEAM.format(account="y.account_id")}""",
}
# A late month says nothing of who inquired, and when first, where another one before it does: of many months most are left out
# so; of few it takes longer to find than to count them.
_FEW_DAYS = 62
_SOONER = """, by_year AS MATERIALIZED ({years}), sooner AS MATERIALIZED (
    SELECT account_id, month FROM late l
    WHERE NOT EXISTS (SELECT FROM by_year y WHERE y.account_id = l.account_id AND y.first < l.month)
)"""
# By account the first day with any.
_INQUIRED = f"""{_SEEN.format(kept=_PART, lists="", sooner="{sooner}", late="{late}")}, inquired AS MATERIALIZED (
    SELECT account_id, min(first) AS first FROM (
        {{by_year}}
        UNION ALL
        SELECT s.account_id, s.month + {FIRST_DAY} - 1 FROM seen s {{narrowed}}
    ) one GROUP BY account_id
)"""  # noqa: S608 - constants of this project


def inquired(period: Period) -> str:
    """What a statement begins with: `inquired`, of each account that did its `first` day. Its parameters are `asked`'s."""
    of_years = _YEARS.format(**(_NARROWED_YEARS if _is_narrowed(period) else {"but": "", "joined": ""}))
    is_long = (period.end - period.start).days > _FEW_DAYS
    return _INQUIRED.format(
        **_narrowed(period),
        sooner=_SOONER.format(years=of_years) if is_long else "",
        late="sooner" if is_long else "late",
        by_year="SELECT * FROM by_year" if is_long else of_years,
    )


def asked(period: Period) -> dict[str, Any]:
    """The parameters of `inquired`."""
    days = period.start, period.end
    return {**period.parameters, **windows(period=days), **years(*days)}


def inquirers(period: Period) -> list[tuple[Any, ...]]:
    """The accounts that did: id, name, touches, the first and the last day with any."""
    import polars as pl  # not at import: see signals/tasks.py

    (row,) = asking.rows(_INQUIRERS.format(**_narrowed(period)), asked(period), binary=True)
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


def _is_narrowed(period: Period) -> bool:
    return period.team is not None or bool(period.segment)


def _narrowed(period: Period) -> dict[str, str]:
    return {
        "narrowed": _NARROWED if _is_narrowed(period) else "",
        "among": _TARGETS if period.segment == "target" else "",
    }
