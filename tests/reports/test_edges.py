"""Figures where there is nothing, one thing, all on one day, nothing to pay, two currencies, and dates that contradict."""

from datetime import date, timedelta

import pytest

from reports import attributed
from reports.pages import abm, attribution, funnel
from reports.period import Period
from reports.shapes import Section
from tests.reports.facts import DAY, company, deal, mqa, touch

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
NOW = DAY + timedelta(days=300)


def said(sections: list[Section], key: str) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    """The figures and the table's rows of a card, as texts."""
    (card,) = (one for one in sections if one.key == key)
    rows = [tuple(str(cell) for cell in row) for row in card.table.rows] if card.table else []
    return {figure.label: str(figure.value) for figure in card.figures}, rows


def credited(model: str) -> tuple[dict[str, str], list[tuple[str, ...]]]:
    options = attributed.Options(model=model)
    return said(attribution.sections(MARCH, now=NOW, before=None, options=options), "credits")


def one_day() -> None:
    """Touched, qualified, opened and won on one day, for nothing."""
    account = company("Halden", target=True)
    touch(account, day=0, channel="ads", campaign="spring")
    mqa(account)
    deal(account, day=0, stage="won", closed=DAY.date(), amount="0.00")


def test_where_there_is_nothing_no_figure_pretends() -> None:
    sections = funnel.sections(MARCH, now=NOW, before=None)
    assert said(sections, "conversion")[0] == {"Inquiries": "0", "MQAs": "0", "With an opportunity": "– (none)"}
    assert said(sections, "mqa_path")[1][4] == ("Won", "0", "– (none)", "–")
    assert said(sections, "deals")[0] == {"Pipeline velocity a day": "–", "Opportunities created": "0"}
    nothing = {"Opportunities": "0", "Amount": "–", "Credited": "–", "Without any touch": "–"}
    assert [credited(model) for model in attributed.MODELS] == [(nothing, [])] * 8
    sections = abm.sections(MARCH, now=NOW, before=None)
    assert said(sections, "five")[0]["Minutes an account"] == "–"
    assert (said(sections, "reach"), said(sections, "influence")) == (({}, []), ({}, []))


def test_all_on_one_day_for_nothing() -> None:
    one_day()
    sections = funnel.sections(MARCH, now=NOW, before=None)
    all_of_one = "100 % (1 of 1; 21 % to 100 %)"
    assert said(sections, "mqa_path")[1][4] == ("Won", "1", all_of_one, "0.0 days")
    assert said(sections, "velocity")[1][4] == ("MQA → closed", "1", *["0.5 days"] * 6)
    figures, rows = said(sections, "deals")
    assert (figures["Pipeline velocity a day"], rows[0][1:]) == (
        "–", ("1", "0", all_of_one, "0.00 USD (1)", "0.0 days (1)", "0.0 days (1)")
    )  # fmt: skip
    amounts = {"Opportunities": "1", "Amount": "0.00 USD", "Credited": "0.00 USD", "Without any touch": "–"}
    for model in attributed.MODELS:
        assert credited(model) == (amounts, [("ads", "0.00 USD", "1", "1")])
    sections = abm.sections(MARCH, now=NOW, before=None)
    assert said(sections, "reach")[1] == [("spring", all_of_one, all_of_one)]
    assert said(sections, "influence")[1] == [
        ("spring", "With the campaign", all_of_one, "0.00 USD (1)", "0.0 days (1)"),
        ("spring", "Without it", "– (none)", "– (0)", "– (0)"),
    ]


def test_two_currencies_and_a_close_before_the_start() -> None:
    one_day()
    other = company("Beta")
    mqa(other, day=4)
    touch(other, day=2, channel="mail")
    deal(other, day=3, stage="won", closed=date(2026, 3, 3), amount="80.00", currency="EUR")
    deal(other, day=6, stage="won", closed=date(2026, 3, 20), amount="20.00")
    sections = funnel.sections(MARCH, now=NOW, before=None)
    rows = said(sections, "deals")[1]
    both = "100 % (2 of 2; 34 % to 100 %)"
    days = ("6.0 days (2)",) * 2
    assert rows[0] == ("Sourced by MQAs", "2", "0", both, "10.00 USD (2)", *days)
    assert rows[3][4:] == ("80.00 EUR + 20.00 USD (2)", "12.0 days (1)", "12.0 days (1)")
    every = "100 % (3 of 3; 44 % to 100 %)"
    assert rows[4] == ("All opportunities", "3", "0", every, "80.00 EUR + 10.00 USD (3)", *days)
    figures, rows = credited("linear")
    assert (figures["Amount"], figures["Credited"]) == ("80.00 EUR + 20.00 USD", "80.00 EUR + 20.00 USD")
    assert rows == [("mail", "80.00 EUR + 20.00 USD", "2", "2"), ("ads", "0.00 USD", "1", "1")]
    influence = said(abm.sections(MARCH, now=NOW, before=None), "influence")[1]
    assert influence[1] == ("spring", "Without it", both, "80.00 EUR + 20.00 USD (2)", "12.0 days (1)")


@pytest.mark.parametrize("model", attributed.MODELS)
def test_each_model_says_how_it_shares(model: str) -> None:
    card = attribution.sections(MARCH, now=NOW, before=None, options=attributed.Options(model=model, lookback=30))[1]
    until = " and until it closed" if model == "full_path" else ""
    assert card.definition == (
        f"Credit of amounts to the inbound touches in the 30 days before the opportunity was created{until}. "
        f"{attribution.HOW[model]} Credits sum to the amount to the cent."
    )
