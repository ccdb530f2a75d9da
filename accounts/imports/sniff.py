"""What kind of file this is, and how its text is written: encoding, delimiter, header, marks and dates. Pure."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from accounts.imports import values

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252 (Western Europe)",
    "iso-8859-15": "ISO-8859-15 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "mac_roman": "Mac Roman",
    "shift_jis": "Shift JIS (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
}
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "an Excel workbook (.xlsx) or another zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"{\\rtf", "a word processor's document"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format", "a database"),
)
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|\?xml|table|head|meta)", re.IGNORECASE)
_HELP = "Open it in the spreadsheet and save it as “CSV UTF-8”, then upload that file."
_UTF8_BOM = codecs.BOM_UTF8


class Refused(Exception):
    """The file can't be taken; says to a person why, and what to do."""


def refuse_foreign(head: bytes) -> None:
    """Raise Refused for what is no text table, whatever its name says. `head`: the first bytes, a few thousand."""
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise Refused(f"This is {what}, not CSV, whatever its name says. {_HELP}")
    if _MARKUP.match(head.removeprefix(_UTF8_BOM)):
        raise Refused(f"This is a web page or XML, not CSV, whatever its name says. {_HELP}")
    if head[:1] in {b"{", b"["} and re.match(rb"[\[{]\s*[\[{\"]", head):
        raise Refused("This is JSON, not CSV. Export it as CSV, or send it to the API.")


def wide_encoding(head: bytes) -> str | None:
    """utf-16-le or utf-16-be when the file is in it, by its mark or by where the zeros are; else None."""
    if head.startswith(codecs.BOM_UTF16_LE) and not head.startswith(codecs.BOM_UTF32_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    sample = head[:4096]
    if len(sample) >= 4 and 0 in sample:
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        half = len(sample) // 2
        if odd > half * 0.4 and even < half * 0.05:
            return "utf-16-le"
        if even > half * 0.4 and odd < half * 0.05:
            return "utf-16-be"
    # A stray one rejects its row; a header with one, or many, are no text.
    if head.count(0) * 100 > len(head) or 0 in head.partition(b"\n")[0]:
        raise Refused(f"This is a binary file, not CSV, whatever its name says. {_HELP}")
    return None


class Utf8Count:
    """Counts, block by block, how far a file is UTF-8."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self.good = 0
        self.bad = 0

    def add(self, block: bytes, *, final: bool = False) -> None:
        """Take the next block in."""
        if block.isascii() and not final:
            self._count(self._decoder.decode(block))
            return
        self._count(self._decoder.decode(block, final))

    def _count(self, text: str) -> None:
        if not text.isascii():
            bad = len(_SURROGATES.findall(text))
            self.bad += bad
            self.good += len(_ABOVE_ASCII.findall(text)) - bad

    def encoding(self) -> str:
        """UTF-8 unless hardly any of what is not ASCII is; then Windows-1252, which is what such files mostly are."""
        return "utf-8" if self.bad * 10 <= self.good else "cp1252"


_SURROGATES = re.compile("[\udc80-\udcff]")
_ABOVE_ASCII = re.compile("[^\x00-\x7f]")


def delimiter_of(sample: str) -> str:
    """The delimiter that cuts the sample into the most columns, most evenly."""
    if sample[:4].lower() == "sep=" and len(sample) > 5 and sample[5] in "\r\n" and sample[4] in DELIMITERS:
        return sample[4]
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in _rows(sample, delimiter) if row)
        if not widths:
            continue
        width, rows = widths.most_common(1)[0]
        header = next((len(row) for row in _rows(sample, delimiter) if row), 1)
        if width > 1 or header > 1:
            score = rows / widths.total() * min(max(width, header), 40)
            if score > most:
                best, most = delimiter, score
    return best


def _rows(sample: str, delimiter: str) -> Iterator[list[str]]:
    try:
        # A record cut off at the end of the sample says nothing.
        yield from list(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter))[:200]
    except csv.Error:
        return


def column_names(cells: Sequence[str]) -> list[str]:
    """The header's names: an empty one is called by its number, a second one of a name gets its number behind it."""
    names: list[str] = []
    seen: Counter[str] = Counter()
    for number, cell in enumerate(cells, 1):
        name = " ".join(cell.replace("\0", "").split())[:120] or f"Column {number}"
        seen[name.casefold()] += 1
        count = seen[name.casefold()]
        names.append(name if count == 1 else f"{name} ({count})")
    return names


def day_order(cells: Iterable[str]) -> str | None:
    """The order as these cells tell: dmy, mdy, "" when their dates could be either; None when it is no matter."""
    return _agreed(values.day_order(cell.strip()) for cell in cells)


def decimal_mark(cells: Iterable[str]) -> str | None:
    """The decimal mark as these cells tell; "" when they could be either; None when it is no matter."""
    return _agreed(values.decimal_mark(cell.strip()) for cell in cells)


def _agreed(said: Iterable[str | None]) -> str | None:
    votes = Counter(vote for vote in said if vote is not None)
    unsure = votes.pop("", 0)
    if votes:
        return votes.most_common(1)[0][0]
    return "" if unsure else None
