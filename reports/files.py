"""Tables as files: values of their own in place of texts, so that a spreadsheet can count with them. Pure."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from reports.shapes import CURRENCY, NOTHING, Cell, Column, Table, Told


def filed(table: Table) -> Iterator[list[Any]]:
    """The header and the rows of a file: a text that tells values has a column for each of them.

    A currency that is told beside amounts has one column. In columns of numbers thousands are not parted.
    """
    labels = [column.label for column in table.columns]
    looked_at = [_texts(row) for row in table.rows[: table.alike]]
    names = [_names([row[place] for row in looked_at]) for place in range(len(labels))]
    taken = CURRENCY in labels
    for told in names:
        if CURRENCY in told:
            if taken:
                told.remove(CURRENCY)
            taken = True
    yield [_label(label, name) for label, told in zip(labels, names, strict=True) for name in told]
    for row in table.rows:
        each = zip(table.columns, names, _texts(row), strict=True)
        yield list(chain.from_iterable(_values(value, told, column) for column, told, value in each))


def _texts(row: Sequence[Any]) -> list[Any]:
    return [cell.text if isinstance(cell, Cell) else cell for cell in row]


def _names(cells: Sequence[Any]) -> list[str]:
    """What a column's cells tell, in the order in which it comes."""
    found = dict.fromkeys(
        name
        for cell in cells
        for name in ([name for name, _ in cell.values] if isinstance(cell, Told) else [""] * (cell not in NOTHING))
    )
    return list(found) or [""]


def _label(label: str, name: str) -> str:
    return name if name == CURRENCY else f"{label} {name}".rstrip()


def _values(value: Any, names: Sequence[str], column: Column) -> list[Any]:
    if isinstance(value, Told):
        told = dict(value.values)
        return [told.get(name) for name in names]
    if names == [""]:
        return [_plain(value) if column.kind == "number" else value]
    return [_plain(value) if name == "" and value not in NOTHING else None for name in names]


def _plain(value: Any) -> Any:
    """1,024 as 1024; what is no number as it is."""
    plain = value.replace(",", "") if isinstance(value, str) else value
    return plain if isinstance(plain, str) and plain.replace(".", "", 1).isdecimal() else value
