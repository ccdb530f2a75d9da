"""What an importer takes from a row: fields, the names that columns have elsewhere, and checking a row. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.exports import raw
from accounts.imports import values
from accounts.imports.overlong import REASON, was_cut
from accounts.imports.values import EMPTY, LONGEST_EMPTY, Inexact, Options, Unreadable

_SEPARATORS = re.compile(r"[\W_]+")
_QUOTED = re.compile("“[^”]*(?:”|$)")  # one cut off at the end too
Convert = Callable[[str], Any]
Spot = Callable[[Mapping[int, str], Sequence[Sequence[str]]], list[int]]
# Columns like country and industry say few things, often: what the first cells of a column say is read once. Values are shared
# between rows, so they are never changed in place.
_REMEMBERED = 500

TEXT, WHOLE, NUMBER, MONEY, SIGNED_MONEY, CURRENCY, BOOLEAN, DAY, MOMENT = (
    "text", "whole", "number", "money", "signed_money", "currency", "boolean", "day", "moment",
)  # fmt: skip
# Stands between values that travel to the database as one parameter; so no value may hold it.
SEPARATOR = "\x1f"
NUMERIC = frozenset({WHOLE, NUMBER, MONEY, SIGNED_MONEY})
DATED = frozenset({DAY, MOMENT})


@dataclass(frozen=True, kw_only=True)
class Field:
    """Something that a column can hold. `aliases`: its names elsewhere, compared without case and separators; `german`: those
    of exports in German.

    `convert` reads what none of the types does. `fits`: a column of that name is taken only if its cells look like it.
    `constant`: one value for all rows can be given instead of a column; `guess` tells it from the header's names and the
    file's. `missing`: what to do about a required one that no column is. `instead`: fields that stand in for it.
    `spot`: which columns it is, of those that no other field is, by their names and cells: a field of many columns, whose
    value is a tuple of (name of the column, what the cell says or None). `unless`: not where one of these is known.
    `detail`: tells rows of one thing apart in more detail than is taken; where there is one, a second row of the same thing
    is skipped.
    """

    key: str
    label: str
    type: str = TEXT
    limit: int = 255
    required: bool = False
    aliases: tuple[str, ...] = ()
    german: tuple[str, ...] = ()
    convert: Convert | None = None
    fits: Callable[[str], bool] | None = None
    constant: bool = False
    guess: Callable[[Sequence[str], str], str] | None = None
    instead: tuple[str, ...] = ()
    spot: Spot | None = None
    unless: tuple[str, ...] = ()
    detail: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    missing: str = ""


@dataclass(slots=True)
class Row:
    """A row as checked. `values` holds what its cells say, by field; empty cells say nothing."""

    line: int
    cells: list[str]
    values: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    memo: dict[str, Any] = field(default_factory=dict)


def squeeze(name: str) -> str:
    """The name of a column for comparing: no case, no separators."""
    return _SEPARATORS.sub("", name).casefold()


def recognise(
    fields: Sequence[Field], header: Sequence[str], samples: Sequence[Sequence[str]], file_name: str = ""
) -> dict[str, dict[str, Any]]:
    """The mapping that the header's names tell. `samples`: the first cells of each column.

    Each column goes to one field, the earlier field and the earlier alias first; then to those of many columns.
    """
    columns: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        columns.setdefault(squeeze(name), []).append(index)
    mapping: dict[str, dict[str, Any]] = {}
    taken: set[int] = set()
    for one in fields:
        for name in (*_beside(one, fields, header, mapping), one.key, one.label, *one.aliases, *one.german):
            free = [index for index in columns.get(squeeze(name), ()) if index not in taken]
            fitting = next((index for index in free if _fits(one, samples[index])), None)
            if fitting is not None:
                mapping[one.key] = {"column": fitting}
                taken.add(fitting)
                break
        if one.key not in mapping and one.guess and (said := one.guess(header, file_name)):
            mapping[one.key] = {"value": said}
    for one in fields:
        if one.spot and not mapping.keys() & set(one.unless):
            left = {index: name for index, name in enumerate(header) if index not in taken}
            if found := one.spot(left, samples):
                mapping[one.key] = {"columns": found}
                taken.update(found)
    return mapping


def _beside(
    one: Field, fields: Sequence[Field], header: Sequence[str], mapping: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """What the column with the currencies of an amount's column is called: "Amount (converted) Currency"."""
    if one.type != CURRENCY:
        return []
    amounts = [mapping[other.key]["column"] for other in fields if other.type == MONEY and other.key in mapping]
    return [f"{header[at]} {word}" for at in amounts for word in ("Currency", "Währung")]


def names_of(fields: Sequence[Field]) -> set[str]:
    """All names by which these fields' columns are known, squeezed."""
    return {squeeze(name) for one in fields for name in (one.key, one.label, *one.aliases, *one.german)}


def columns_of(where: Mapping[str, Any] | None) -> list[int]:
    """The columns that a field is mapped to."""
    said = where or {}
    return list(said.get("columns") or ([said["column"]] if "column" in said else []))


def _fits(one: Field, cells: Sequence[str]) -> bool:
    said = [cell.strip() for cell in cells if cell.strip()]
    return one.fits is None or not said or all(one.fits(cell) for cell in said)


class Checker:
    """Reads rows by a mapping and the options of a file."""

    def __init__(
        self, fields: Sequence[Field], mapping: Mapping[str, Mapping[str, Any]], header: Sequence[str], options: Options
    ) -> None:
        self._width = len(header)
        self._columns: list[tuple[str, int, Convert, str, dict[str, Any]]] = []
        self._many: dict[str, list[tuple[int, str]]] = {}
        self._constants: dict[str, Any] = {}
        self._required = [one for one in fields if one.required and not mapping.keys() & set(one.instead)]
        for one in fields:
            where = mapping.get(one.key) or {}
            convert = converter(one, options)
            if one.spot:
                self._many_columns(one, [(at, header[at]) for at in columns_of(where)], convert)
            elif (column := where.get("column")) is not None:
                self._columns.append((one.key, int(column), convert, one.label, {}))
            elif said := str(where.get("value") or "").strip():
                self._constants[one.key] = convert(said)

    def _many_columns(self, one: Field, columns: list[tuple[int, str]], convert: Convert) -> None:
        if columns:
            self._many[one.key] = columns
        self._columns += [(f"{one.key} {at}", at, convert, f"“{name}”", {}) for at, name in columns]

    def check(self, line: int, cells: list[str]) -> Row | str:
        """The row, or why it is rejected."""
        if len(cells) != self._width:
            ragged = self._ragged(cells)
            if ragged:
                return REASON if was_cut("".join(cells)) else ragged
        row = Row(line, cells, dict(self._constants))
        problems = self._read(row)
        for key, columns in self._many.items():
            row.values[key] = tuple((name, row.values.pop(f"{key} {at}", None)) for at, name in columns)
        if not problems:
            problems = [f"{one.label} is missing" for one in self._required if one.key not in row.values]
        if problems and was_cut("".join(cells)):
            return REASON
        return "; ".join(problems)[:500] or _unstorable("".join(cells)) or row

    def _read(self, row: Row) -> list[str]:
        """Put what the cells say into the row; what is wrong with them."""
        problems = []
        cells, found = row.cells, row.values
        for key, index, convert, label, read in self._columns:
            said = cells[index]
            if (value := read.get(said)) is not None:
                found[key] = value
                continue
            cell = said.strip()
            if not cell or (len(cell) <= LONGEST_EMPTY and cell.casefold() in EMPTY):
                continue
            try:
                value = convert(raw(cell) if "'" in cell else cell)
            except Inexact as inexact:
                row.notes.append(f"{label} {inexact}: left unknown")
            except Unreadable as problem:
                problems.append(f"{label} {problem}")
            else:
                found[key] = value
                if len(read) < _REMEMBERED:
                    read[said] = value
        return problems

    def _ragged(self, cells: list[str]) -> str:
        if len(cells) > self._width and not any(cell.strip() for cell in cells[self._width :]):
            del cells[self._width :]
            return ""
        return (
            f"The row has {len(cells)} values, the header {self._width} columns: a delimiter inside a value needs"
            " quotation marks around the value"
        )


def _unstorable(text: str) -> str:
    if was_cut(text):
        return REASON
    if "\0" in text or SEPARATOR in text:
        return "The row holds a control character, which is no text"
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "Some bytes of the row are not in the file's encoding"
    return ""


def converter(one: Field, options: Options) -> Convert:
    """The function that reads a cell of this field."""
    decimal, order = options.decimal, options.date_order
    if one.convert:
        return one.convert
    by_type: dict[str, Convert] = {
        TEXT: values.text(one.limit),
        WHOLE: lambda cell: values.whole(cell, decimal),
        NUMBER: lambda cell: values.real(cell, decimal),
        MONEY: lambda cell: values.money(cell, decimal),
        SIGNED_MONEY: lambda cell: values.signed_money(cell, decimal),
        CURRENCY: values.currency,
        BOOLEAN: values.boolean,
        DAY: lambda cell: values.day(cell, order),
        MOMENT: lambda cell: values.moment(cell, order),
    }
    return by_type[one.type]


def summary(reason: str) -> str:
    """A reason without the value that it is about, for counting."""
    return _QUOTED.sub("…", reason)
