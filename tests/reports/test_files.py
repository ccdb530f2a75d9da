"""A table's file has values that a spreadsheet counts with, where the page has texts."""

from decimal import Decimal

from reports.files import filed
from reports.made import Made
from reports.rows.base import money
from reports.shapes import Cell, Column, Table, Told, amount_text, days_text, money_text, share_text
from reports.statistics import Share

NUMBER = "number"


def test_each_value_of_a_text_has_a_column() -> None:
    columns = [Column("Stage"), Column("Accounts", NUMBER), Column("Conversion"), Column("Days", NUMBER)]
    rows = [
        ("Inquiry", Cell("2,493", "inquirers"), "–", days_text(None)),
        ("1,024", "118", Cell(share_text(Share(3, 10)), "path"), days_text(43.125).of(3)),
        ("Won", "0", share_text(Share(0, 0)), "–"),
    ]
    header, *lines = filed(Table(columns, rows))
    assert header == [
        "Stage", "Accounts",
        "Conversion", "Conversion part", "Conversion of", "Conversion low", "Conversion high", "Days", "Days of",
    ]  # fmt: skip
    assert lines == [
        ["Inquiry", "2493", *[None] * 7],
        ["1,024", "118", 0.3, 3, 10, 0.1078, 0.6032, 43.12, 3],  # a name stays as it is
        ["Won", "0", None, 0, 0, None, None, None, None],
    ]


def test_currencies_have_columns_or_one_that_names_them() -> None:
    mixed = Table(
        [Column("Channel"), Column("Credit")], [("ads", money_text({"USD": Decimal(3), "EUR": Decimal("1234.56")}))]
    )
    assert list(filed(mixed)) == [["Channel", "Credit EUR", "Credit USD"], ["ads", Decimal("1234.56"), Decimal(3)]]
    amounts = [amount_text(Decimal("1000.5"), "EUR"), money(None, "EUR")]
    rows = Table([Column("Amount"), Column("Credit")], [amounts])
    assert list(filed(rows)) == [["Amount", "Currency", "Credit"], [Decimal("1000.50"), "EUR", None]]
    named = Table([Column("Currency"), Column("Amount", NUMBER)], [("EUR", amounts[0])])
    assert list(filed(named)) == [["Currency", "Amount"], ["EUR", Decimal("1000.50")]]


def test_figures_of_several_kinds_share_a_column() -> None:
    rows = [
        ("MQAs", "1,118"),
        ("Share", Told("50 %", ("", 0.5))),
        ("Pipeline", money_text({"USD": Decimal(7)})),
        ("AUC", "– (none)"),
    ]
    assert list(filed(Table([Column("Figure"), Column("Value", NUMBER)], rows))) == [
        ["Figure", "Value", "Value USD"],
        ["MQAs", "1118", None],
        ["Share", 0.5, None],
        ["Pipeline", None, Decimal(7)],
        ["AUC", "– (none)", None],
    ]


def test_a_file_of_nothing_has_its_header() -> None:
    assert list(filed(Table([Column("Channel"), Column("Credit")], []))) == [["Channel", "Credit"]]


def test_rows_that_are_alike_are_made_when_they_are_asked_for() -> None:
    made = []

    def make(number: int) -> tuple[str, Told]:
        made.append(number)
        return f"C{number}", amount_text(Decimal(number), "EUR")

    lines = filed(Table([Column("Account"), Column("Amount")], Made(range(1000), make), alike=2))
    assert [next(lines), next(lines)] == [["Account", "Amount", "Currency"], ["C0", Decimal("0.00"), "EUR"]]
    assert made == [0, 1, 0]
    assert sum(1 for _ in lines) == 999
