"""Unpacking and reading a body within bounds. No database."""

import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.ingest.wire import Refused, load, unpack


def code_of(body: bytes, encoding: str = "gzip", limit: int = 1000) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        unpack(body, encoding, limit=limit)
    return refused.value.status, refused.value.code


def test_encodings_that_clients_use() -> None:
    assert unpack(b"abc", "", limit=3) == b"abc"
    assert unpack(b"abc", "identity", limit=3) == b"abc"
    assert unpack(gzip.compress(b"abc"), "gzip", limit=3) == b"abc"
    assert unpack(gzip.compress(b"abc"), " X-GZIP ", limit=3) == b"abc"
    assert unpack(zlib.compress(b"abc"), "deflate", limit=3) == b"abc"
    assert unpack(gzip.compress(b"ab") + gzip.compress(b"c"), "gzip", limit=3) == b"abc"


def test_a_bomb_is_refused_without_being_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert code_of(bomb, limit=512_000) == (413, "too_large")
    assert code_of(b"".join(gzip.compress(b"a" * 400) for _ in range(3))) == (413, "too_large")


def test_what_is_not_what_it_says() -> None:
    assert code_of(b'{"a": 1}') == (400, "bad_encoding")
    assert code_of(gzip.compress(b"abc")[:-5]) == (400, "bad_encoding")
    assert code_of(gzip.compress(b"abc") + b"rest") == (400, "bad_encoding")
    assert code_of(b"abc", "br") == (415, "unsupported_encoding")
    assert code_of(b"a" * 1001, "") == (413, "too_large")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"\xff\xfe\xfa",
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
)
def test_what_is_not_json(text: bytes) -> None:
    with pytest.raises(Refused) as refused:
        load(text)
    assert (refused.value.status, refused.value.code) == (400, "bad_json")


def test_escapes_and_numbers_that_a_database_cannot_hold() -> None:
    assert load(b'{"a": "x\\u0000y", "b": "\\ud83d\\ude00", "c": "\\ud83d", "d": 1e999, "e": 1e3}') == {
        "a": "x\ufffdy",
        "b": "😀",
        "c": "\ufffd",
        "d": None,
        "e": 1000.0,
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_whatever_is_read_can_be_written_again(value: object) -> None:
    found = load(json.dumps(value).encode())
    text = json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    assert b"\\u0000" not in text.replace(b"\\\\", b"")
