"""COPY of many rows of one model at once; columns that a caller does not name get the model's defaults."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from django.utils import timezone
from psycopg import sql


def next_ids(model: type[models.Model], count: int) -> list[int]:
    """`count` ids of a model's own sequence, ascending; nobody else will get them."""
    meta = model._meta  # noqa: SLF001 - Django documents it
    table, column = meta.db_table, meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, column, count]
        )
        return [row[0] for row in cursor.fetchall()]


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """COPY `rows`, whose values stand in the order of `columns` (attribute names, `account_id` for a key).

    Documents may be given as text, as JSON has them. No `save()` runs; a default is taken once for all rows.
    """
    meta = model._meta  # noqa: SLF001 - Django documents it
    fields = {field.attname: field for field in meta.concrete_fields}
    rest = {
        name: _default(field)
        for name, field in fields.items()
        if name not in columns
        and not isinstance(field, models.AutoField)
        and not (field.null and not field.has_default())
    }
    names = [fields[name].column for name in columns] + [fields[name].column for name in rest]
    constants = tuple(rest.values())
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(meta.db_table), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    documents = [place for place, name in enumerate(columns) if isinstance(fields[name], models.JSONField)]
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            values = [*row, *constants]
            for place in documents:
                values[place] = _as_json(values[place])
            copy.write_row(values)


def _as_json(value: Any) -> Any:
    """A document as text; what is text already is taken to be one."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _default(field: models.Field[Any, Any]) -> Any:
    """What a row gets that says nothing of this column."""
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
        return timezone.now()
    value = field.get_default()
    return _as_json(value) if isinstance(field, models.JSONField) else value
