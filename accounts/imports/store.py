"""Keeping an uploaded file: refused or cut into pieces at line ends, in the database, where every worker finds it."""

import codecs
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import connection

from accounts.imports.limits import MAX_BYTES, MAX_LINE_BYTES, MIB, PIECE_BYTES
from accounts.imports.overlong import shortened
from accounts.imports.reading import Position, Records
from accounts.imports.sniff import Refused, Utf8Count, refuse_foreign, wide_encoding
from accounts.models.imports import Import, ImportPiece

_HEAD = 65_536
NO_TABLE = f"A line of the file is longer than {MAX_LINE_BYTES // MIB} MB. Is this a table with a row on each line?"


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept of a file."""

    size: int
    digest: str
    encoding: str


class Intake:
    """Takes the blocks of a file in; `pieces` yields them cut at line ends, in an encoding where a line end is one byte."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks = iter(blocks)
        self._digest = hashlib.sha256()
        self._count = Utf8Count()
        self._encoding: str | None = None
        self._size = 0

    def pieces(self) -> Iterator[bytes]:
        """The pieces; raises Refused for what can't be taken."""
        rest = b""
        for block in self._text():
            rest += block
            while len(rest) >= PIECE_BYTES:
                cut = self._cut(rest)
                if not cut:
                    rest = self._bounded_line(rest)
                    break
                yield self._take(rest[:cut])
                rest = rest[cut:]
        if rest:
            yield self._take(rest)
        self._count.add(b"", final=True)

    def stored(self) -> Stored:
        """After the last piece: size, digest and encoding."""
        return Stored(self._size, self._digest.hexdigest(), self._encoding or self._count.encoding())

    def _take(self, piece: bytes) -> bytes:
        self._size += len(piece)
        if self._encoding is None:
            self._count.add(piece)
        return piece

    def _cut(self, data: bytes) -> int:
        cut = data.rfind(b"\n", 0, PIECE_BYTES) + 1 or data.find(b"\n", PIECE_BYTES) + 1
        if not cut and b"\n" not in data:  # lines of an old Mac end with CR; the last byte may be half a CRLF
            cut = data.rfind(b"\r", 0, len(data) - 1) + 1
        return cut

    def _bounded_line(self, begun: bytes) -> bytes:
        if len(begun) <= MAX_LINE_BYTES:
            return begun
        if (kept := shortened(begun)) is None:
            raise Refused(NO_TABLE)
        return kept

    def _text(self) -> Iterator[bytes]:
        head = b""
        for block in self._blocks:
            head += block
            if len(head) >= _HEAD:
                break
        if not head.strip(b"\xef\xbb\xbf \t\r\n\0"):
            raise Refused("The file is empty.")
        refuse_foreign(head)
        wide = wide_encoding(head)
        decoder = codecs.getincrementaldecoder(wide)("replace") if wide else None
        if wide:
            self._encoding = "utf-8"
        first = True
        for block in self._bounded(head):
            data = decoder.decode(block).encode() if decoder else block
            if first and data:
                data, first = data.removeprefix(codecs.BOM_UTF8), False
            yield data

    def _bounded(self, head: bytes) -> Iterator[bytes]:
        total = 0
        for block in _chain(head, self._blocks):
            total += len(block)
            if total > MAX_BYTES:
                raise Refused(f"The file is larger than {MAX_BYTES // MIB} MB. Split it, or send it to the API.")
            self._digest.update(block)
            yield block


def _chain(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def keep_pieces(owner: Import, pieces: Iterable[bytes]) -> None:
    """Store the pieces of a file, one of them in memory at a time."""
    statement = "COPY accounts_importpiece (owner_id, number, data) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as target:
        for number, piece in enumerate(pieces):
            target.write_row((owner.pk, number, piece))


def records_from(owner: Import, start: Position) -> Records:
    """The records of a stored file from a position on."""
    return Records(
        _pieces_from(owner.pk, start.piece),
        start=start,
        encoding=owner.options["encoding"],
        delimiter=owner.options["delimiter"],
    )


def _pieces_from(owner_id: int, first: int) -> Iterator[tuple[int, bytes]]:
    number = first
    while True:
        data = ImportPiece.objects.filter(owner=owner_id, number=number).values_list("data", flat=True).first()
        if data is None:
            return
        yield number, bytes(data)
        number += 1
