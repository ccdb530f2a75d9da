"""What reports ask of touches, kept as sums: by account and month (`TouchMonth`), and by campaign and day (`CampaignDay`).

Whatever writes a touch has a trigger note which account, day and campaign it concerns (`TouchChange`), in the same transaction.
A step of the loop takes the notes: it sums the months that they name anew from the touches, and adds their counts to the
campaigns' days. So at every moment, in one statement: a month without a note is as its row says, a month with one is read
from the touches (`months`), and a campaign's day is its row plus its notes (`CAMPAIGN_DAYS`). Nothing drifts, since months are
never added to; `rebuild` writes everything anew, `differences` compares.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from signals import first_days, runs
from signals.month_frames import CAMPAIGNS, NUMBERS
from signals.touches_sql import IN_MONTH, MONTH_OF, months_between, next_month

# A step takes no more notes at once, so that it holds nothing for long.
MOST = 1_000

# The types whose touches count, asked for once a statement.
INBOUND = "ARRAY(SELECT id FROM signals_touchtype WHERE direction = 'inbound')"
_COUNTED = f"t.ignored = '' AND t.touch_type_id = ANY({INBOUND})"
_COLUMNS = (
    "account_id, month, days, touches, minutes, known_at, on_days, day_touches, day_minutes, people, people_days, campaigns, "
    "campaign_days, campaign_touches"
)
# The sums of {pairs}, a relation of account_id and month; no row where there is nothing to count. {within}: another condition.
_SUMMED = f"""
SELECT p.account_id, p.month, s.* FROM {{pairs}} p CROSS JOIN LATERAL (
    WITH touch AS MATERIALIZED (
        SELECT extract(day FROM t.occurred_at AT TIME ZONE 'UTC')::smallint AS day, t.contact_id, t.campaign, t.minutes,
               greatest(t.received_at, t.known_from) AS known_at
        FROM signals_touch t
        WHERE t.account_id = p.account_id AND {IN_MONTH.format(month="p.month")} AND {_COUNTED}{{within}}
    )
    SELECT d.*, w.*, c.* FROM (
        SELECT bit_or(1 << (day - 1)) AS days, sum(touches)::int AS touches, sum(minutes) AS minutes,
               max(known_at) AS known_at, {NUMBERS["on_days"].format(by="day")},
               {NUMBERS["day_touches"].format(by="day")}, {NUMBERS["day_minutes"].format(by="day")}
        FROM (SELECT day, count(*)::int AS touches, sum(minutes) AS minutes, max(known_at) AS known_at
              FROM touch GROUP BY day) one
    ) d, (
        SELECT {NUMBERS["people"].format(by="contact_id")}, {NUMBERS["people_days"].format(by="contact_id")}
        FROM (SELECT contact_id, bit_or(1 << (day - 1)) AS days FROM touch WHERE contact_id IS NOT NULL
              GROUP BY contact_id) one
    ) w, (
        SELECT {CAMPAIGNS.format(by="campaign, day")}, {NUMBERS["campaign_days"].format(by="campaign, day")},
               {NUMBERS["campaign_touches"].format(by="campaign, day")}
        FROM (SELECT campaign, day, count(*)::int AS touches FROM touch WHERE campaign <> '' GROUP BY campaign, day) one
    ) c
    WHERE d.touches > 0
) s"""  # noqa: S608 - constants of this module
_UPDATED = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[2:])
_TAKE = f"""
WITH taken AS (
    DELETE FROM signals_touchchange WHERE id IN (SELECT id FROM signals_touchchange ORDER BY id LIMIT %(most)s)
    RETURNING account_id, day, campaign, touches
), pair AS MATERIALIZED (
    SELECT DISTINCT account_id, {MONTH_OF.format(day="day")} AS month FROM taken WHERE account_id IS NOT NULL
), summed AS MATERIALIZED ({_SUMMED.format(pairs="pair", within="")}), written AS (
    INSERT INTO signals_touchmonth AS m ({_COLUMNS}) SELECT {_COLUMNS} FROM summed
    ON CONFLICT (account_id, month) DO UPDATE SET {_UPDATED}
), emptied AS (
    DELETE FROM signals_touchmonth m USING pair p WHERE m.account_id = p.account_id AND m.month = p.month
    AND NOT EXISTS (SELECT FROM summed s WHERE s.account_id = p.account_id AND s.month = p.month)
), campaigns AS (
    INSERT INTO signals_campaignday AS c (campaign, day, touches)
    SELECT campaign, day, sum(touches) FROM taken WHERE campaign <> '' GROUP BY campaign, day
    ON CONFLICT (campaign, day) DO UPDATE SET touches = c.touches + excluded.touches
), changed AS ({runs.CHANGED.format(pairs="pair")})
SELECT count(*) FROM taken"""  # noqa: S608 - constants of this module

# What reports begin their statements with, after WITH; parameters of `windows`. `changed`: the months with a note.
CHANGED = f"""
changed AS MATERIALIZED (
    SELECT DISTINCT account_id, {MONTH_OF.format(day="day")} AS month FROM signals_touchchange
    WHERE account_id IS NOT NULL AND day >= %(first_month)s AND day < (%(last_month)s::date + interval '1 month')
)"""  # noqa: S608 - constants of this module
# Says nothing new of the touches of `changed`, but then these months alone are planned for and not all partitions.
_PLANNED = """ AND t.occurred_at >= %(first_month)s::date::timestamp AT TIME ZONE 'UTC'
          AND t.occurred_at < (%(last_month)s::date + interval '1 month') AT TIME ZONE 'UTC'"""
# A row for each account and month, as `TouchMonth`, of the accounts {among}. An array, and not a join: the planner can't know
# how few they are, and would read all months. Of those with a note it would go through the array for each.
_MONTHS = f"""{CHANGED}, months AS (
    SELECT {_COLUMNS} FROM signals_touchmonth m
    WHERE m.month >= %(first_month)s AND m.month <= %(last_month)s{{among}}
      AND NOT EXISTS (SELECT FROM changed c WHERE c.account_id = m.account_id AND c.month = m.month)
    UNION ALL SELECT {_COLUMNS} FROM ({_SUMMED.format(pairs="changed", within=_PLANNED)}) m WHERE true{{noted}}
)"""  # noqa: S608 - constants of this module
# Which days of which month lie in which of the windows: a bit for each day, as `TouchMonth.days`.
WINDOWS = """
win AS MATERIALIZED (
    SELECT * FROM unnest(%(windows)s::text[], %(window_months)s::date[], %(window_days)s::int[]) AS w(name, month, days)
)"""
# Of the days from first to last: campaign, day, touches; several rows may be of one day.
CAMPAIGN_DAYS = """
campaign_days AS (
    SELECT campaign, day, touches FROM signals_campaignday WHERE day BETWEEN %(first)s AND %(last)s
    UNION ALL SELECT campaign, day, touches FROM signals_touchchange WHERE campaign <> '' AND day BETWEEN %(first)s AND %(last)s
)"""

_BOUNDS = """
SELECT min(day), max(day) FROM (
    SELECT (occurred_at AT TIME ZONE 'UTC')::date AS day FROM signals_touch
    UNION ALL SELECT month FROM signals_touchmonth UNION ALL SELECT day FROM signals_campaignday
    UNION ALL SELECT month FROM signals_touchrun
) one"""
_OF_MONTH = IN_MONTH.format(month="%(month)s::date")
_PAIRS = f"""(
    SELECT DISTINCT t.account_id, %(month)s::date AS month FROM signals_touch t
    WHERE t.account_id IS NOT NULL AND {_OF_MONTH} AND {_COUNTED}
)"""  # noqa: S608 - constants of this module
_ANEW = (
    f"INSERT INTO signals_touchmonth ({_COLUMNS}) SELECT {_COLUMNS} FROM ({_SUMMED.format(pairs=_PAIRS, within='')}) s"  # noqa: S608
)
_TRUE_DAYS = f"""
SELECT campaign, day, sum(touches)::bigint AS touches FROM (
    SELECT t.campaign, (t.occurred_at AT TIME ZONE 'UTC')::date AS day, count(*) AS touches FROM signals_touch t
    WHERE t.campaign <> '' AND {_OF_MONTH} AND {_COUNTED} GROUP BY 1, 2
    UNION ALL
    SELECT campaign, day, -touches FROM signals_touchchange
    WHERE campaign <> '' AND day >= %(month)s AND day < (%(month)s::date + interval '1 month')
    UNION ALL
    SELECT campaign, day, 0 FROM signals_campaignday WHERE day >= %(month)s AND day < (%(month)s::date + interval '1 month')
) one GROUP BY campaign, day"""  # noqa: S608 - constants of this module
_DAYS_ANEW = f"""
INSERT INTO signals_campaignday AS c (campaign, day, touches) {_TRUE_DAYS}
ON CONFLICT (campaign, day) DO UPDATE SET touches = excluded.touches"""
_WRONG = f"""
WITH truth AS MATERIALIZED ({_SUMMED.format(pairs=_PAIRS, within="")}), {_MONTHS.format(among="", noted="")},
     days AS ({_TRUE_DAYS})
SELECT (SELECT count(*) FROM (
            (SELECT {_COLUMNS} FROM truth EXCEPT SELECT {_COLUMNS} FROM months)
            UNION ALL (SELECT {_COLUMNS} FROM months EXCEPT SELECT {_COLUMNS} FROM truth)
       ) one)
     + (SELECT count(*) FROM days d LEFT JOIN signals_campaignday c USING (campaign, day)
        WHERE d.touches <> COALESCE(c.touches, 0))"""  # noqa: S608 - constants of this module


@transaction.atomic
def sum_changes(most: int = MOST) -> int:
    """Take up to so many notes, the first ones; how many. None while another step does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [runs.LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_TAKE, {"most": most})
        return int(cursor.fetchone()[0])


def rebuild() -> int:
    """Sum all touches and make their runs anew, a month at a time, each in a transaction of its own; how many months. Notes
    stay to be taken.
    """
    found = _months()
    for month in found:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [runs.LOCK])
            cursor.execute("DELETE FROM signals_touchmonth WHERE month = %s", [month])
            cursor.execute(_ANEW, {"month": month})
            cursor.execute(_DAYS_ANEW, {"month": month})
            runs.rebuild(month)
    return len(found)


def differences() -> dict[date, int]:
    """By month, how many sums and runs are not what the touches give."""
    found = {}
    for month in _months():
        with connection.cursor() as cursor:
            cursor.execute(_WRONG, {"month": month, "first_month": month, "last_month": month})
            wrong = int(cursor.fetchone()[0]) + runs.differences(month) + first_days.differences(month)
        if wrong:
            found[month] = wrong
    return found


def months(among: str) -> str:
    """What a report's statement begins with, after WITH: `changed` and `months`, of the accounts in this array (SQL).

    Its parameters are those of `windows`.
    """
    return _MONTHS.format(
        among=f" AND m.account_id = ANY({among})",
        noted=f" AND m.account_id IN (SELECT unnest({among}))",
    )


def windows(**named: tuple[date, date]) -> dict[str, Any]:
    """The parameters of `months` and `WINDOWS` for windows of days, both ends included."""
    rows = [
        (name, month, sum(1 << (day - 1) for day in days))
        for name, (first, last) in named.items()
        for month, days in _by_month(first, last)
    ]
    names, months, days = map(list, zip(*rows, strict=True))
    return {
        "windows": names, "window_months": months, "window_days": days,
        "first_month": min(months), "last_month": max(months),
    }  # fmt: skip


def _by_month(first: date, last: date) -> list[tuple[date, range]]:
    """Each month from `first` to `last` with the numbers of its days that lie between them."""
    found = []
    for month in months_between(first, last):
        end = min(last, next_month(month) - timedelta(days=1))
        found.append((month, range(max(first, month).day, end.day + 1)))
    return found


def _months() -> list[date]:
    """The first days of all months that have or had touches."""
    with connection.cursor() as cursor:
        cursor.execute(_BOUNDS)
        first, last = cursor.fetchone()
    return [] if first is None else list(months_between(first, last))
