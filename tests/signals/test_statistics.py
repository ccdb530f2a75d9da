"""The database counts the rows of tables that have grown at once, and leaves the others alone."""

from collections.abc import Iterator

import pytest
from django.db import connection

from accounts.models import Technology
from signals.statistics import LEAST_ROWS, count_grown


def fill(rows: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_technology (name, category)"
            " SELECT 't' || %s || '-' || n, '' FROM generate_series(1, %s) n",
            [Technology.objects.count(), rows],
        )
        # What a transaction did is counted after it; here at once.
        cursor.execute("SELECT pg_stat_force_next_flush()")


def counted() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE relname = 'accounts_technology'")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_table_is_counted_when_it_has_more_than_doubled() -> None:
    count_grown()
    fill(LEAST_ROWS)
    assert count_grown() == 1
    assert counted() == LEAST_ROWS
    fill(LEAST_ROWS)
    assert count_grown() == 0
    assert counted() == LEAST_ROWS
    fill(1)
    assert count_grown() == 1
    assert counted() == 2 * LEAST_ROWS + 1


@pytest.fixture
def somebody_else(transactional_db: None) -> Iterator[str]:
    """A database user who owns nothing here, and whom we may act as."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolcreaterole, current_database() FROM pg_roles WHERE rolname = current_user"
        )
        may, database = cursor.fetchone()
        if not may:
            pytest.skip("needs a database user who may create roles")
        name = f"{database}_reader"
        cursor.execute(f'CREATE ROLE "{name}"')
        cursor.execute(f'GRANT "{name}" TO CURRENT_USER')
        yield name
        cursor.execute("RESET ROLE")
        cursor.execute(f'DROP ROLE "{name}"')


@pytest.mark.django_db(transaction=True)
def test_a_table_of_another_owner_is_left_to_autovacuum(somebody_else: str) -> None:
    count_grown()
    fill(LEAST_ROWS)
    with connection.cursor() as cursor:
        cursor.execute(f'SET ROLE "{somebody_else}"')
        assert count_grown() == 0
        cursor.execute("RESET ROLE")
    assert count_grown() == 1
