"""From bytes to records, from any position on, in bounded memory (promises R5, S7). Pure.

Lines end at LF, CR or CRLF. Bytes that the encoding does not know become lone surrogates, and the row says so.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.imports.furniture import Table
from accounts.imports.limits import CHUNK_BYTES, MAX_LINE_BYTES, MAX_RECORD_LINES
from accounts.imports.overlong import KEPT_BYTES, MARK, bare

# A long value rejects its row, not the file: lines that make a record longer than MAX_LINE_BYTES are read bare.
csv.field_size_limit(3 * MAX_LINE_BYTES)

# Of what is skipped, the text of so many lines is kept.
MOST_SHOWN = 8

Record = tuple[int, list[str]]
Skipped = dict[str, dict[str, Any]]


class Broken(Exception):
    """From here on the file can't be told apart into rows; says so to a person."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record begins: piece, offset in it, line of the file (from 1)."""

    piece: int = 0
    offset: int = 0
    line: int = 1


class Records:
    """The records from `start` on. `pieces` yields (number, bytes), beginning with the piece of `start`."""

    def __init__(self, pieces: Iterable[tuple[int, bytes]], *, start: Position, encoding: str, delimiter: str) -> None:
        self._pieces = pieces
        self._encoding = encoding
        self._piece, self._offset, self._line = start.piece, start.offset, start.line
        self._start = start
        self._open_since: int | None = None
        self._opened_at = 0
        self._overlong = False
        self._ended = False
        self._after_blank = False
        self.bytes_read = 0
        self._reader = csv.reader(self._lines(), delimiter=delimiter)

    @property
    def position(self) -> Position:
        """Where the next record begins."""
        return Position(self._piece, self._offset, self._line)

    def take(self, count: int, *, header: Sequence[str] = (), skipped: Skipped | None = None) -> list[Record]:
        """The next records with their line numbers, at most `count`; [] at the end.

        Empty lines are left out. What reports write under a table with this header (furniture.py) is counted in `skipped`.
        Of long records it is fewer, CHUNK_BYTES in all, so that memory is bounded.
        """
        found: list[Record] = []
        table = Table(header)
        most = self.bytes_read + CHUNK_BYTES
        while len(found) < count and (self.bytes_read < most or not found):
            line = self._line
            self._open_since, self._opened_at, self._overlong = None, self.bytes_read, False
            try:
                cells = next(self._reader)
            except StopIteration:
                break
            except csv.Error:
                raise Broken(_unclosed(line)) from None
            if self._ended and cells:  # the reader wanted more lines than there are
                raise Broken(_unclosed(line))
            if not any(cells) or (cells[0].isspace() and not "".join(cells).strip()):
                self._after_blank = True
            elif header and (why := table.why_no_row(cells, after_blank=self._after_blank)):
                if skipped is not None:
                    skip(skipped, line, why, cells)
            else:
                self._after_blank = False
                if self._overlong:
                    cells = [cell[:KEPT_BYTES] for cell in cells]
                    cells[0] += MARK
                found.append((line, cells))
        return found

    def _lines(self) -> Iterator[str]:
        encoding = self._encoding
        for number, data in self._pieces:
            offset = self._start.offset if number == self._start.piece else 0
            self._piece, self._offset = number, offset
            for raw in (data[offset:] if offset else data).splitlines(keepends=True):
                if self._open_since is None:
                    self._open_since = self._line
                elif self._line - self._open_since > MAX_RECORD_LINES:
                    raise Broken(_unclosed(self._open_since, f"or only after {MAX_RECORD_LINES:,} lines"))
                self._offset += len(raw)
                self.bytes_read += len(raw)
                self._line += 1
                if self.bytes_read - self._opened_at > MAX_LINE_BYTES:
                    self._overlong = True
                    yield bare(raw).decode("ascii")
                else:
                    yield raw.decode(encoding, "surrogateescape")
        self._ended = True


def printable(text: str) -> str:
    """The text without what neither a page nor the database can hold: bytes that the encoding does not know, NUL."""
    return text.replace("\0", "").replace(MARK, " … ").encode("utf-8", "replace").decode()


def skip(skipped: Skipped, line: int, why: str, cells: Sequence[str] = ()) -> None:
    """Count a line that is no row by why, with the number and text of a few."""
    said = skipped.setdefault(why, {"count": 0, "lines": []})
    said["count"] += 1
    if len(said["lines"]) < MOST_SHOWN:
        said["lines"].append([line, printable(" ".join(cell for cell in cells if cell.strip())[:120])])


def _unclosed(line: int, *others: str) -> str:
    never = ", ".join(("a quotation mark opens there and is never closed", *others))
    return (
        f"Line {line}: {never}, so rows can't be told apart from there on."
        " Mend that line in the file, or export it again."
    )
