"""Cells as values (accounts/imports/values.py, sniff.py): numbers, amounts, days, encodings, delimiters."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.imports import sniff, values
from accounts.imports.contact_fields import email
from accounts.imports.links import salesforce_id
from accounts.imports.values import Inexact, Money, Unreadable
from accounts.record_ids import looks_salesforce, stored


@pytest.mark.parametrize(
    ("cell", "mark", "expected"),
    [
        ("1200", ".", "1200"),
        ("1,200", ".", "1200"),
        ("1,200.50", ".", "1200.50"),
        ("1.200,50", ",", "1200.50"),
        ("1 200,5", ",", "1200.5"),
        ("1\u202f200,5", ",", "1200.5"),
        ("1'200.50", ".", "1200.50"),
        ("-3.5", ".", "-3.5"),
        ("1.2M", ".", "1.2E+6"),
        ("3,5 Mio.", ",", "3.5E+6"),
        ("10K", ".", "1E+4"),
        ("2bn", ".", "2E+9"),
    ],
)
def test_numbers_are_read_with_the_files_decimal_mark(cell, mark, expected):
    assert values.number(cell, mark) == Decimal(expected)


@pytest.mark.parametrize("cell", ["1,20", "1,2000", "12,34,567", "1.2.3", "abc", "12x", "١٢"])
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(Unreadable, match="is not a number"):
        values.number(cell, ".")


@pytest.mark.parametrize(
    "cell",
    [
        "51-200",
        "10 – 50",
        "1,000 to 5,000",
        "<10",
        "500+",
        "$1M-$5M",
        "51-200 employees",
        "Large",
        "Medium (200 - 499)",
    ],
)
def test_ranges_are_inexact_rather_than_wrong(cell):
    with pytest.raises(Inexact, match="is a range"):
        values.number(cell, ".")


def test_a_decimal_comma_in_a_file_of_points_says_so():
    with pytest.raises(Unreadable, match=r"the file's decimal mark is “\.”"):
        values.number("1.200,50", ".")


@pytest.mark.parametrize(
    ("cell", "mark", "amount", "currency"),
    [
        ("1 000,50 Kč", ",", "1000.50", "CZK"),
        ("₽ 5", ".", "5", "RUB"),
        ("USD 1,200.50", ".", "1200.50", "USD"),
        ("1.200,50 €", ",", "1200.50", "EUR"),
        ("$5,000,000", ".", "5000000.00", "USD"),
        ("£1.2M", ".", "1200000.00", "GBP"),
        ("CHF 1'000", ".", "1000.00", "CHF"),
        ("C$10", ".", "10.00", "CAD"),
        ("2.5M EUR", ".", "2500000.00", "EUR"),
        ("1200", ".", "1200.00", ""),
    ],
)
def test_amounts_carry_their_currency(cell, mark, amount, currency):
    assert values.money(cell, mark) == Money(Decimal(amount), currency)


@pytest.mark.parametrize("cell", ["-5", "EUR", "1e99", "ten"])
def test_what_is_no_amount_is_refused(cell):
    with pytest.raises(Unreadable):
        values.money(cell, ".")


@pytest.mark.parametrize(
    ("cell", "order", "expected"),
    [
        ("2026-11-21", "mdy", date(2026, 11, 21)),
        ("2026/1/2", "mdy", date(2026, 1, 2)),
        ("20261121", "dmy", date(2026, 11, 21)),
        ("03/04/2026", "dmy", date(2026, 4, 3)),
        ("03/04/2026", "mdy", date(2026, 3, 4)),
        ("3.4.2026", "mdy", date(2026, 4, 3)),
        ("3-4-26", "dmy", date(2026, 4, 3)),
        ("Nov 21, 2026", "dmy", date(2026, 11, 21)),
        ("21 November 2026", "mdy", date(2026, 11, 21)),
        ("21-Nov-26", "mdy", date(2026, 11, 21)),
        ("Sat, 21 Nov 2026", "mdy", date(2026, 11, 21)),
        ("1795219200000", "mdy", date(2026, 11, 21)),
    ],
)
def test_days_are_read_in_every_common_spelling(cell, order, expected):
    assert values.day(cell, order) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-11-21T09:30:00Z", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21T09:30:00+02:00", datetime(2026, 11, 21, 7, 30, tzinfo=UTC)),
        ("2026-11-21T09:30:00.000+0000", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-21 09:30", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("11/21/2026 9:30 PM", datetime(2026, 11, 21, 21, 30, tzinfo=UTC)),
        ("11/21/2026, 12:05 AM", datetime(2026, 11, 21, 0, 5, tzinfo=UTC)),
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
    ],
)
def test_moments_are_utc(cell, expected):
    assert values.moment(cell, "mdy") == expected


@pytest.mark.parametrize("cell", ["31/02/2026", "2026-13-01", "tomorrow", "45000", "0001-01-01", "11/21/2026 25:00"])
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(Unreadable, match="is not a date"):
        values.moment(cell, "dmy")


def test_a_date_in_the_other_order_says_which_order_holds():
    with pytest.raises(Unreadable, match="“25/12/2026” is not a date with the month first"):
        values.day("25/12/2026", "mdy")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["01/02/2026", "25/12/2026"], "dmy"),
        (["01/02/2026", "12/25/2026"], "mdy"),
        (["01/02/2026", "03/04/2026"], ""),
        (["05/05/2026"], None),
        (["2026-01-02", "1.2.2026", ""], None),
    ],
)
def test_the_order_of_dates_is_asked_only_when_no_date_tells(cells, expected):
    assert sniff.day_order(cells) == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1,200", "3.5"], "."),
        (["1.200", "3,5"], ","),
        (["1.200", "2.300"], ""),
        (["1,234,567"], "."),
        (["€ 1.234.567"], ","),
        (["12", ""], None),
    ],
)
def test_the_decimal_mark_is_asked_only_when_no_number_tells(cells, expected):
    assert sniff.decimal_mark(cells) == expected


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b;c\n1,5;2,5;3\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('name,note\n"x; y; z; w",1\n"p; q; r; s",2\n', ","),
        ("domain\nacme.com\n", ","),
        ("sep=;\na;b\n1;2\n", ";"),
    ],
)
def test_the_delimiter_is_found(sample, expected):
    assert sniff.delimiter_of(sample) == expected


def test_columns_get_names_of_their_own():
    assert sniff.column_names(["Phone", "", "phone", " Phone\n", "E-mail"]) == [
        "Phone",
        "Column 2",
        "phone (2)",
        "Phone (3)",
        "E-mail",
    ]


@pytest.mark.parametrize(
    ("data", "expected"),
    [("Müller".encode(), "utf-8"), ("Müller".encode("cp1252"), "cp1252"), (b"plain", "utf-8")],
)
def test_the_encoding_is_found(data, expected):
    count = sniff.Utf8Count()
    for byte in data:  # a character cut in two by a block is none the worse
        count.add(bytes([byte]))
    count.add(b"", final=True)
    assert count.encoding() == expected


def test_fifteen_characters_of_salesforce_are_the_eighteen_of_its_api():
    assert salesforce_id("001A0000006Vm9u") == "001A0000006Vm9uIAC"
    assert salesforce_id("001A0000006Vm9uIAC") == "001A0000006Vm9uIAC"
    assert looks_salesforce("001A0000006Vm9u")
    assert not looks_salesforce("123456789012345")
    assert not looks_salesforce("12345")


@pytest.mark.parametrize(
    ("cell", "mark", "expected"),
    [("250 employees", ".", 250), ("1.200 Mitarbeiter", ",", 1200), ("1,200 people", ".", 1200)],
)
def test_a_number_of_people_is_a_whole_number(cell, mark, expected):
    assert values.whole(cell, mark) == expected


@pytest.mark.parametrize(
    ("cell", "mark", "expected"),
    [("(2.5 %)", ".", -2.5), ("(2,5)", ",", -2.5), ("\N{MINUS SIGN}3%", ".", -3.0), ("12 %", ".", 12.0)],
)
def test_numbers_below_zero_as_accountants_write_them(cell, mark, expected):
    assert values.real(cell, mark) == expected


@pytest.mark.parametrize(
    ("yes", "no"), [("vrai", "faux"), ("Verdadero", "Falso"), ("sim", "não"), ("waar", "onwaar"), ("✓", "unchecked")]
)
def test_booleans_of_other_languages(yes, no):
    assert (values.boolean(yes), values.boolean(no)) == (True, False)


def test_seconds_since_1970_are_a_moment_and_the_number_of_a_spreadsheets_day_is_said():
    assert values.moment("1763632800", "mdy") == datetime(2025, 11, 20, 10, tzinfo=UTC)
    with pytest.raises(Unreadable, match="a spreadsheet's number of a day: format the column as a date"):
        values.moment("45981", "mdy")


@pytest.mark.parametrize("cell", ["Ann Lee (Ann@acme.com)", "Ann Lee <ann@acme.com>", " ann@ACME.com"])
def test_an_address_is_read_out_of_what_stands_around_it(cell):
    assert email(cell) == "ann@acme.com"


@pytest.mark.parametrize(
    ("system", "said", "kept"),
    [
        ("salesforce", "001A0000006Vm9u", "001A0000006Vm9uIAC"),
        ("salesforce", "001A0000006Vm9uIAC", "001A0000006Vm9uIAC"),
        ("salesforce", "our own", "our own"),
        ("hubspot", "001A0000006Vm9u", "001A0000006Vm9u"),
    ],
)
def test_an_id_is_kept_in_the_form_that_files_look_for(system, said, kept):
    assert stored(system, said) == kept
