"""Exports are inert in a spreadsheet (promises X4)."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.exports import inert, lines, raw


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_starts_a_formula_is_quoted(text: str) -> None:
    assert inert(text).startswith("'")
    assert raw(inert(text)) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Acme;=1+1", "Acme;'=1+1"),
        ("first line\n=cmd", "first line\n'=cmd"),
        ('Acme;"=1"', 'Acme;\'"=1"'),
        ("a;'+1", "a;''+1"),
        ("+49 221 1; +49 221 2", "'+49 221 1; +49 221 2"),
    ],
)
def test_what_starts_a_formula_where_semicolons_cut_is_quoted(text: str, safe: str) -> None:
    assert inert(text) == safe
    assert raw(safe) == text


@given(st.text(";\n'\"=+x ", max_size=12).filter(lambda text: not text.startswith("'")))
def test_our_own_files_are_read_as_they_were(text: str) -> None:
    assert raw(inert(text)) == text
    elsewhere = csv.reader(io.StringIO("".join(lines([["Acme", text]])), newline=""), delimiter=";")
    assert not any(cell.startswith(("=", "+")) for row in elsewhere for cell in row)


def test_numbers_and_plain_text_stay() -> None:
    assert [inert(value) for value in (-5, Decimal("-1.50"), "Halden = Freight", None)] == [
        "-5",
        "-1.50",
        "Halden = Freight",
        "",
    ]


def test_lines_carry_a_byte_order_mark_and_quotes() -> None:
    assert list(lines([["name"], ['a,"b"'], ["=x"]])) == ["\ufeffname\r\n", '"a,""b"""\r\n', "'=x\r\n"]
