"""Keeps the touches of each account and month as runs, which evaluations of many centers and attribution read
(signals/touches_sql.py).

They follow by the notes that the sums follow by (signals/sums.py). Whoever takes a note empties the run of its month; the
step that finds it still empty `QUIET` later makes it anew. So a month in which something happens all the time is made now
and then and not for each touch. At every moment, in one statement: a month that has a note, or whose run is empty, is read from
the touches, each other one from its run.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import connection, transaction

from signals.touches_sql import IN_MONTH, NUMBERS, TEXTS, runs

# So many at once, so that a step holds nothing for long.
MOST = 1_000
QUIET = timedelta(minutes=10)
# Whoever writes sums or runs holds it: what two of them read at different moments could be written in the wrong order.
LOCK = 7_326_452

_NAMES = (*NUMBERS, *TEXTS)
_MADE = ("known_at", "contacts", *_NAMES)
_COLUMNS = f"month, account_id, {', '.join(_MADE)}"
_EMPTY = {
    "known_at": "NULL::timestamptz",
    "contacts": "ARRAY[]::bigint[]",
    **dict.fromkeys(NUMBERS, "''::bytea"),
    **dict.fromkeys(TEXTS, "''"),
}
# Part of the statement that takes notes: empties the runs of {pairs}, a relation of account_id and month.
CHANGED = f"""
    INSERT INTO signals_touchrun AS r (changed_at, {_COLUMNS})
    SELECT now(), month, account_id, {", ".join(_EMPTY.values())} FROM {{pairs}}
    ON CONFLICT (month, account_id) DO UPDATE SET changed_at = excluded.changed_at,
    {", ".join(f"{name} = excluded.{name}" for name in _MADE)} WHERE r.changed_at IS NULL"""  # noqa: S608 - constants
_TOUCHES = "SELECT {columns} FROM {among}signals_touch t WHERE t.account_id {of} AND t.ignored = '' AND {when}"
_DUE_TOUCHES = _TOUCHES.format(
    columns="d.month, t.*", among="due d, ", of="= d.account_id", when=IN_MONTH.format(month="d.month")
)
_MAKE = f"""
WITH due AS MATERIALIZED (
    SELECT month, account_id FROM signals_touchrun WHERE changed_at <= now() - make_interval(secs => %(quiet)s)
    ORDER BY changed_at LIMIT %(most)s
), made AS MATERIALIZED ({runs(_DUE_TOUCHES, _NAMES, by="account_id, month")}), written AS (
    UPDATE signals_touchrun r SET changed_at = NULL, {", ".join(f"{name} = m.{name}" for name in _MADE)}
    FROM made m WHERE r.month = m.month AND r.account_id = m.account_id
), gone AS (
    DELETE FROM signals_touchrun r USING due d WHERE r.month = d.month AND r.account_id = d.account_id
    AND NOT EXISTS (SELECT FROM made m WHERE m.month = d.month AND m.account_id = d.account_id)
)
SELECT count(*) FROM due"""  # noqa: S608 - constants
_MONTH_TOUCHES = _TOUCHES.format(
    columns="t.*", among="", of="IS NOT NULL", when=IN_MONTH.format(month="%(month)s::date")
)
_TRUE = f"SELECT %(month)s::date AS month, o.* FROM ({runs(_MONTH_TOUCHES, _NAMES)}) o"  # noqa: S608 - constants
_ANEW = f"INSERT INTO signals_touchrun ({_COLUMNS}) SELECT {_COLUMNS} FROM ({_TRUE}) r ORDER BY account_id"  # noqa: S608
_WRONG = f"""
SELECT count(*) FROM ({_TRUE}) r FULL JOIN (SELECT * FROM signals_touchrun WHERE month = %(month)s) k USING (account_id)
WHERE k.changed_at IS NULL
  AND ({", ".join(f"r.{name}" for name in _MADE)}) IS DISTINCT FROM ({", ".join(f"k.{name}" for name in _MADE)})
  AND NOT EXISTS (
      SELECT FROM signals_touchchange c WHERE c.account_id = coalesce(r.account_id, k.account_id)
      AND c.day >= %(month)s AND c.day < %(month)s::date + interval '1 month')"""  # noqa: S608 - constants


@transaction.atomic
def make_runs(most: int = MOST, *, quiet: timedelta = QUIET) -> int:
    """Make up to so many runs that were emptied that long ago, the longest ago first; how many. None while somebody sums."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(_MAKE, {"most": most, "quiet": quiet.total_seconds()})
        return int(cursor.fetchone()[0])


def rebuild(month: date) -> None:
    """Make all runs of a month anew, in the transaction of the caller, who holds `LOCK`."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM signals_touchrun WHERE month = %s", [month])
        cursor.execute(_ANEW, {"month": month})


def differences(month: date) -> int:
    """How many runs of a month are not what the touches give, though they would be read."""
    with connection.cursor() as cursor:
        cursor.execute(_WRONG, {"month": month})
        return int(cursor.fetchone()[0])
