"""Values too long to be kept: their row is rejected and the file goes on, in bounded memory (promises S7, X4). Pure.

What is cut out of a row leaves behind just enough for the rows after it to be told apart as before: where a reader of CSV
stands after a run of anything but quotation marks depends on its last character alone, after a run of these on whether
they are odd or even.
"""

import re

from accounts.imports.limits import MAX_LINE_BYTES, MIB

# In place of what was cut out. No value may hold its control characters (fields.SEPARATOR).
MARK = "\x1f\x1f"
REASON = (
    f"A value of the row is longer than {MAX_LINE_BYTES // MIB} MB: shorten it, or leave its column out of the file"
)
KEPT_BYTES = 4_096
_PART = 65_536

_OTHERS = re.compile(rb'[^"]+')
_QUOTES = re.compile(rb'"{3,}')
# Between two characters that mean nothing to a reader of CSV, and not within one of several bytes.
_WITHIN_TEXT = re.compile(rb'(?<=[^",;\t|\r\n])(?=[^",;\t|\r\n\x80-\xbf][^\x80-\xbf])')


def shortened(line: bytes) -> bytes | None:
    """The beginning of a line, the mark, and what the rest of it means to a reader; None if that is as long."""
    place = _WITHIN_TEXT.search(line, KEPT_BYTES)
    if place is None:
        return None
    found = line[: place.start()] + MARK.encode() + bare(line[place.start() :])
    return found if len(found) <= MAX_LINE_BYTES // 2 else None


def bare(text: bytes) -> bytes:
    """What text means to a reader of CSV that comes upon it, in as few characters as can be told by looking at runs."""
    parts = (text[at : at + _PART] for at in range(0, len(text), _PART))
    return b"".join(_QUOTES.sub(_parity, _OTHERS.sub(_last, part)) for part in parts)


def was_cut(text: str) -> bool:
    """True for cells, or a row of them, that something was cut out of."""
    return MARK in text


def _last(run: re.Match[bytes]) -> bytes:
    last = run[0][-1:]
    return last if last < b"\x80" else b"x"


def _parity(run: re.Match[bytes]) -> bytes:
    return b'"' if len(run[0]) % 2 else b'""'
