"""Exports are inert in a spreadsheet (promises X4)."""

from decimal import Decimal

import pytest

from accounts.exports import csv_lines, inert


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "|calc"])
def test_what_starts_a_formula_is_quoted(text: str) -> None:
    assert inert(text) == f"'{text}"


def test_numbers_and_plain_text_stay() -> None:
    assert [inert(value) for value in (-5, Decimal("-1.50"), "Halden = Freight", None)] == [
        "-5",
        "-1.50",
        "Halden = Freight",
        "",
    ]


def test_lines_carry_a_byte_order_mark_and_quotes() -> None:
    assert list(csv_lines(["name"], [['a,"b"'], ["=x"]])) == ["\ufeffname\r\n", '"a,""b"""\r\n', "'=x\r\n"]
