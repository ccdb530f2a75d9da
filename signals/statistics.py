"""Has the database count its rows anew when tables have grown, so that its plans are for tables of their size.

Autovacuum does so by itself, but looks once a minute. A base that is being filled (an import, a sync tool's bulk writes, the
first evaluation of everything) would run until then, and often much longer, by plans made for empty tables: what takes
milliseconds then takes hours. Counting goes by a sample and takes tens of milliseconds whatever the size. Every plan that
a session keeps for the table is made anew after it.
"""

from django.db import connection
from psycopg import sql

# A table counts as grown when it has this many rows, and this many times as many as when they were last counted.
LEAST_ROWS = 1_000
GROWTH = 2
MOST_AT_ONCE = 10

_GROWN = """
SELECT c.relname FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
WHERE s.schemaname = current_schema() AND c.relkind = 'r' AND s.n_live_tup >= %s
    AND s.n_live_tup > %s * greatest(c.reltuples, 0) AND pg_has_role(c.relowner, 'USAGE')
ORDER BY s.n_live_tup DESC LIMIT %s"""


def count_grown() -> int:
    """Count the rows of tables that have grown; of how many. Tables that somebody holds are left for the next time, those of
    another owner than the user we connect as to autovacuum.
    """
    with connection.cursor() as cursor:
        cursor.execute(_GROWN, [LEAST_ROWS, GROWTH, MOST_AT_ONCE])
        names = [name for (name,) in cursor.fetchall()]
        for name in names:
            statement = sql.SQL("ANALYZE (SKIP_LOCKED) {}").format(sql.Identifier(name))
            cursor.execute(statement.as_string(cursor.connection))
    return len(names)
