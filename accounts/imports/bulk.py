"""Many rows at once: COPY in, ids beforehand, one UPDATE (promises S7). Columns that are not named get the model's defaults."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.utils import timezone
from psycopg import sql

from accounts.imports.fields import SEPARATOR

_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_SIZE = re.compile(r"\(.*\)")


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """As many ids of this table as rows are to be made."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],  # noqa: SLF001 - Django's documented model API
        )
        return [number for (number,) in cursor.fetchall()]


def copy(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows of one shape (the first row's) with COPY; how many. JSON columns are given as text (`dumps`)."""
    rows = list(rows)
    if not rows:
        return 0
    given = rows[0].keys()
    columns, constants = [], []
    for one in model._meta.concrete_fields:  # noqa: SLF001 - Django's documented model API
        if one.attname in given:
            columns.append(one)
        elif not one.primary_key:
            constants.append((one, _default(one)))
    pick = itemgetter(*(one.attname for one in columns))
    rest = tuple(_stored(one, value) for one, value in constants)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table),  # noqa: SLF001
        sql.SQL(", ").join(sql.Identifier(one.column) for one in (*columns, *(one for one, _ in constants))),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as target:
        for row in rows:
            target.write_row(pick(row) + rest)
    return len(rows)


def joined(texts: Iterable[str]) -> str:
    """Thousands of texts as one parameter, for `string_to_array(%s, chr(31))`; arrays are written value by value."""
    return SEPARATOR.join(texts)


def array(ids: Iterable[int]) -> str:
    """Thousands of ids as one parameter that stands for an array, written at once: psycopg takes longer over a list than the
    server over a statement.
    """
    return f"{{{','.join(map(str, ids))}}}"


def among(ids: Iterable[int]) -> RawSQL:
    """For `pk__in`: thousands of ids as one parameter."""
    return RawSQL("SELECT unnest(%s::bigint[])", [array(sorted(ids))])


def update(model: type[models.Model], rows: Sequence[Mapping[str, Any]], names: Iterable[str]) -> None:
    """Set the columns `names` (attribute names) of the rows with these ids, in one statement."""
    if not rows:
        return
    fields = [model._meta.get_field("id"), *(_by_attname(model, name) for name in names)]  # noqa: SLF001
    values = [[_stored(one, row[one.attname]) for row in rows] for one in fields]
    types = [sql.SQL(_SIZE.sub("", str(one.db_type(connection)))) for one in fields]
    columns = [sql.Identifier(one.column) for one in fields]
    statement = sql.SQL(
        "UPDATE {table} t SET {sets} FROM unnest({arrays}) AS v({columns}) WHERE t.id = v.id"
    ).format(
        table=sql.Identifier(model._meta.db_table),  # noqa: SLF001
        sets=sql.SQL(", ").join(sql.SQL("{0} = v.{0}").format(column) for column in columns[1:]),
        arrays=sql.SQL(", ").join(sql.SQL("%s::{}[]").format(one) for one in types),
        columns=sql.SQL(", ").join(columns),
    )
    with connection.cursor() as cursor:
        # As text: pghistory reads what is executed.
        cursor.execute(statement.as_string(cursor.connection), values)


def dumps(value: Any) -> str:
    """A value as the database takes JSON; Python's None is JSON's null."""
    return _ENCODE(value)


def _by_attname(model: type[models.Model], name: str) -> Any:
    return next(one for one in model._meta.concrete_fields if one.attname == name)  # noqa: SLF001


def _default(one: Any) -> Any:
    return timezone.now() if getattr(one, "auto_now", False) else one.get_default()


def _stored(one: Any, value: Any) -> Any:
    return dumps(value) if isinstance(one, models.JSONField) else value
