"""Of each month the first day on which an account had a counted touch, a number a year (`TouchYear`).

Who had any touch in a year, and from when, is so asked of one row an account and not of twelve. Triggers on the months
(`TouchMonth`) keep it, in the statement that writes them.
"""

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import connection, transaction

from signals.runs import LOCK
from signals.touches_sql import months_between

# A month has this many bits of a number, January the lowest.
BITS = 5
_ALL = (1 << BITS) - 1
_SHIFT = f"{BITS} * (extract(month FROM month)::int - 1)"
_YEAR = "extract(year FROM month)::smallint"
# The place of the lowest bit of a number.
_LOWEST = "round(ln(({bits} & -{bits})::float8) / ln(2::float8))::int"
# The day (SQL) of the lowest bit of a month's `days`.
FIRST_DAY = f"({_LOWEST.format(bits='days')} + 1)"
# By account and year all bits of the months of a relation of account_id and month.
MONTHS_OF = f"""
SELECT account_id, {_YEAR} AS year, bit_or({_ALL}::bigint << {_SHIFT}) AS months FROM {{months}} m GROUP BY account_id, year
"""  # noqa: S608 - constants of this module
# The first day of each account with any in the months asked for (parameters of `years`), up to the day `last`. {but}: what
# else is done to the bits of `y`, with what is {joined} to it.
FIRST_DAYS = f"""
SELECT account_id, first FROM (
    SELECT account_id, make_date(year, place + 1, ((first_days >> {BITS} * place) & {_ALL})::int) AS first FROM (
        SELECT *, {_LOWEST.format(bits="first_days")} / {BITS} AS place FROM (
            SELECT y.account_id, y.year::int, y.first_days & asked.months{{but}} AS first_days
            FROM unnest(%(years)s::smallint[], %(year_months)s::bigint[]) asked(year, months)
            JOIN signals_touchyear y USING (year) {{joined}} OFFSET 0  -- each is worked out once
        ) one WHERE first_days <> 0 OFFSET 0
    ) one OFFSET 0
) one WHERE first <= %(last)s"""  # noqa: S608 - constants of this module
_ANEW = f"""
INSERT INTO signals_touchyear (year, account_id, first_days)
SELECT {_YEAR}, account_id, bit_or({FIRST_DAY}::bigint << {_SHIFT}) FROM signals_touchmonth GROUP BY 1, 2
"""  # noqa: S608 - constants of this module
_WRONG = f"""
SELECT count(*) FROM (SELECT account_id, {FIRST_DAY} AS first FROM signals_touchmonth WHERE month = %(month)s) m
FULL JOIN (
    SELECT account_id, (first_days & %(months)s::bigint) >> %(shift)s::int AS first FROM signals_touchyear
    WHERE year = %(year)s AND first_days & %(months)s::bigint <> 0
) y USING (account_id)
WHERE m.first IS DISTINCT FROM y.first"""  # noqa: S608 - constants of this module


def years(first: date, last: date) -> dict[str, Any]:
    """The parameters of `FIRST_DAYS`; of a month that begins before `first` the first day may too: it is the `part_month`, of
    which something else must say who had any since.
    """
    asked: dict[int, int] = defaultdict(int)
    for month in months_between(first, last):
        if month >= first:
            asked[month.year] |= _bits(month)
    return {
        "years": list(asked),
        "year_months": list(asked.values()),
        "part_month": first.replace(day=1) if first.day > 1 else None,
        "last": last,
    }


@transaction.atomic
def rebuild() -> None:
    """Write everything anew from the sums of months."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("DELETE FROM signals_touchyear")
        cursor.execute(_ANEW)


def differences(month: date) -> int:
    """Of how many accounts what is kept of a month is not what its sums give."""
    asked: dict[str, Any] = {
        "month": month,
        "year": month.year,
        "months": _bits(month),
        "shift": BITS * (month.month - 1),
    }
    with connection.cursor() as cursor:
        cursor.execute(_WRONG, asked)
        return int(cursor.fetchone()[0])


def _bits(month: date) -> int:
    return _ALL << BITS * (month.month - 1)
