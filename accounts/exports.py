"""CSV that goes out: inert in a spreadsheet (promises X4). Pure."""

import csv
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

# A cell that begins so is a formula to a spreadsheet; the full-width forms are to some.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Where a list is separated by semicolons, as in most of Europe, a spreadsheet cuts our cells there and at line ends.
_CUTS = re.compile("(?<=[;\t\r\n|])(['\"]*[=+\\-@\uff1d\uff0b\uff0d\uff20])")
_MENDED = re.compile("(?<=[;\t\r\n|])'(['\"]*[=+\\-@\uff1d\uff0b\uff0d\uff20])")


def inert(value: Any) -> str:
    """The value as text that no spreadsheet takes for a formula: what could begin one gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return str(value)
    text = _CUTS.sub(r"'\1", str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def unless_address(user_id: str) -> str | None:
    """The user id of somebody whom nobody may contact: many sites take the e-mail address for it."""
    return None if "@" in user_id else user_id


def raw(text: str) -> str:
    """What `inert` was given: reading our own files back changes nothing."""
    text = _MENDED.sub(r"\1", text)
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


class _Echo:
    def write(self, text: str) -> str:
        """Hands the line back, so that rows are streamed."""
        return text


def lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The rows as lines of CSV, each cell inert, the first line with the mark by which spreadsheets see UTF-8."""
    writer = csv.writer(_Echo())
    mark = "\ufeff"
    for row in rows:
        yield mark + writer.writerow([inert(cell) for cell in row])
        mark = ""
