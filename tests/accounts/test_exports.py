"""Exports are inert in a spreadsheet (promises X4)."""

from decimal import Decimal

import pytest

from accounts.exports import inert, lines, raw


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_starts_a_formula_is_quoted(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert raw(inert(text)) == text


def test_numbers_and_plain_text_stay() -> None:
    assert [inert(value) for value in (-5, Decimal("-1.50"), "Halden = Freight", None)] == [
        "-5",
        "-1.50",
        "Halden = Freight",
        "",
    ]


def test_lines_carry_a_byte_order_mark_and_quotes() -> None:
    assert list(lines([["name"], ['a,"b"'], ["=x"]])) == ["\ufeffname\r\n", '"a,""b"""\r\n', "'=x\r\n"]
