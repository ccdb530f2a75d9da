"""What is read as it comes is the same, and who stops half-way leaves the connection as it was."""

import pytest
from django.db import DataError

from reports import asking

pytestmark = pytest.mark.django_db

_LONG = "SELECT n, repeat('x', 100000) FROM generate_series(1, %(last)s) n"


def test_rows_come_in_order_and_in_binary() -> None:
    assert [(n, len(text)) for n, text in asking.stream(_LONG, {"last": 3})] == [
        (1, 100_000),
        (2, 100_000),
        (3, 100_000),
    ]
    assert asking.rows("SELECT int8send(1::bigint)", {}, binary=True) == [(b"\0\0\0\0\0\0\0\1",)]


def test_a_reader_that_stops_half_way_leaves_the_connection_usable() -> None:
    found = asking.stream(_LONG, {"last": 200})
    assert next(found)[0] == 1
    found.close()
    assert asking.rows("SELECT 2", {}) == [(2,)]


def test_an_error_after_some_rows_is_the_databases_own() -> None:
    with pytest.raises(DataError, match="division by zero"):
        list(asking.stream("SELECT 1 / (n - 3) FROM generate_series(1, 5) n", {}))
    assert asking.rows("SELECT 2", {}) == [(2,)]
