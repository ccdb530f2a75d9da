"""From the bytes of a request to JSON, within bounds (promises R3). Pure."""

import json
import re
import zlib
from dataclasses import dataclass
from typing import Any, NoReturn

# Segment's limits, in binary kilobytes, of what was unpacked.
EVENT_BYTES = 32 * 1024
BATCH_BYTES = 500 * 1024
BATCH_EVENTS = 2_500

# gzip with its header, or zlib with its own.
_LARGE_EXPONENT = re.compile(rb"[eE]\+?\d{3}")
_WINDOW = {"gzip": 31, "x-gzip": 31, "deflate": 15}


@dataclass
class Refused(Exception):
    """The whole request is refused: the HTTP status, a code for programs and a message for people."""

    status: int
    code: str
    message: str
    retry_after: int | None = None


def too_large(limit: int) -> Refused:
    """What is said of a body over the limit."""
    return Refused(413, "too_large", f"The body has more than {limit // 1024} KB when unpacked. Send less at a time.")


def unpack(body: bytes, encoding: str, *, limit: int) -> bytes:
    """The body as it was before its Content-Encoding, never more than `limit` bytes of it in memory."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        if len(body) > limit:
            raise too_large(limit)
        return body
    if encoding not in _WINDOW:
        raise Refused(415, "unsupported_encoding", f"Content-Encoding “{encoding[:40]}” is not known here. Use gzip.")
    unpacked = bytearray()
    rest = body
    while rest:  # a gzip file may consist of several
        unpacker = zlib.decompressobj(_WINDOW[encoding])
        try:
            unpacked += unpacker.decompress(rest, limit + 1 - len(unpacked))
        except zlib.error:
            raise Refused(400, "bad_encoding", f"The body is not {encoding}, which Content-Encoding says.") from None
        if len(unpacked) > limit:
            raise too_large(limit)
        if not unpacker.eof:
            raise Refused(400, "bad_encoding", f"The {encoding} body ends in the middle.")
        rest = unpacker.unused_data
    return bytes(unpacked)


def load(text: bytes) -> Any:
    """The JSON of a body. NUL and halves of surrogate pairs, which PostgreSQL can't store, become U+FFFD."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise too_deep() from None
    except ValueError as error:  # UnicodeDecodeError, JSONDecodeError, and integers of thousands of digits
        raise Refused(400, "bad_json", f"The body is not JSON: {str(error)[:200]}.") from None
    # Only an escape or a large exponent can have brought in what the database can't hold.
    return clean(value) if b"\\u" in text or _LARGE_EXPONENT.search(text) else value


def too_deep() -> Refused:
    """What is said of JSON nested beyond reason."""
    return Refused(400, "bad_json", "The JSON is nested too deeply.")


def clean(value: Any) -> Any:
    """The value without what a database can't hold: NUL, lone surrogates; numbers out of range become null."""
    try:
        return _clean(value)
    except RecursionError:
        raise too_deep() from None


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, dict):
        return {_clean_text(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, float) and value - value != 0:  # 1e999 is infinite
        return None
    return value


def _clean_text(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
