"""What has changed since a snapshot of the database, by transaction: never by id or time, since commits land out of order.

Whatever changes a fact asks for the evaluation of its centers in the same transaction, so a center has changed when its
request is still there or when the row of its state was written by a transaction that the snapshot does not see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from signals.facts import fetched

if TYPE_CHECKING:
    import polars as pl

_TAKE = "SELECT pg_current_snapshot()::text"
# A row tells its transaction in 32 bits; `top` says which of the numbers with these bits is the nearest. What is older than
# all that the snapshot had to tell apart is left out first, which is quicker.
_CHANGED = """
SELECT s.center_id FROM signals_centerstate s, (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS top) m
WHERE age(s.xmin) <= (SELECT age(((pg_snapshot_xmin(%(then)s::pg_snapshot)::text::bigint) & 4294967295)::text::xid))
  AND NOT pg_visible_in_snapshot(greatest(3, m.top
    + ((s.xmin::text::bigint - (m.top & 4294967295) + 6442450944) & 4294967295) - 2147483648)::text::xid8, %(then)s::pg_snapshot)
UNION SELECT center_id FROM signals_rescorerequest WHERE reason NOT IN ('publish', 'day')"""
_CENTERS = """
SELECT string_agg(int8send(id), '') FROM accounts_buyingcenter
WHERE account_id <> ALL(ARRAY(SELECT id FROM accounts_account WHERE merged_into_id IS NOT NULL))"""


def current_snapshot() -> str:
    """What is committed now, to be compared with what will be."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE)
        return str(cursor.fetchone()[0])


def is_all_the_same(before: str, now: str) -> bool:
    """Between two snapshots nothing was written at all, nor was anything under way."""
    return before == now and now.endswith(":")


def changed_since(snapshot: str) -> set[int]:
    """The centers that something decisive was written of since."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {"then": snapshot})
        return {row[0] for row in cursor.fetchall()}


def centers_now() -> pl.Series:
    """The ids of all centers of accounts that were not merged, in order."""
    return numbers(_CENTERS)[0].sort()


def numbers(statement: str) -> list[pl.Series]:
    """The columns of the one row of a statement that packs whole numbers: `string_agg(int8send(…), '')` each."""
    import polars as pl  # not at import: see signals/tasks.py

    (packed,) = fetched(statement)
    found = []
    for column in packed:
        count = len(column or b"") // 8
        series = pl.Series([column or b""], dtype=pl.Binary)
        array = pl.Array(pl.Int64, count)
        found.append(
            series.bin.reinterpret(dtype=array, endianness="big").explode() if count else pl.Series([], dtype=pl.Int64)
        )
    return found
