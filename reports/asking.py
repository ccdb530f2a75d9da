"""How reports ask the database: a few statements over many rows each."""

import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection, transaction
from psycopg.types.datetime import TimestamptzLoader

# Sorts and hashes of a hundred thousand rows stay in memory; compiling a statement takes longer than it saves.
_FOR_REPORTS = "SELECT set_config('work_mem', '64MB', true), set_config('jit', 'off', true)"


def rows(sql: str, asked: Mapping[str, Any], *, binary: bool = False) -> list[tuple[Any, ...]]:
    """What a statement gives, for the parameters `asked`. Moments are in UTC.

    `binary`: as it is sent in binary, by a cursor of psycopg's own, since Django's have each byte sent as two.
    """
    if binary:
        return list(stream(sql, asked))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FOR_REPORTS)
        # Django's own loader handles each moment in Python, longer than the statement takes. The connection is in UTC.
        cursor.cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        cursor.execute(sql, asked)
        return cursor.fetchall()


def stream(sql: str, asked: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """`rows` in binary, each as it comes: what is done with one is done while the server finds the next. Nothing else may be
    asked before the last.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FOR_REPORTS)
        with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as own:
            yield from own.stream(cursor.cursor.mogrify(sql, asked).encode(), binary=True)


def floats(sent: bytes | None) -> Sequence[float]:
    """What float8send wrote, one after the other."""
    found = array("d", sent or b"")
    if sys.byteorder == "little":
        found.byteswap()
    return found
