"""How alike company names are: what is suggested to a person, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.names import INITIALS, LIKELY, OTHER_NUMBER, WITHIN, Candidate, core, similarity, suggest


@pytest.mark.parametrize(
    ("name", "told_by"),
    [
        ("The Müller & Söhne GmbH & Co. KG", "muller sohne"),
        ("Acme Robotics, Inc.", "acme robotics"),
        ("acme-robotics", "acme robotics"),
        ("L'Oréal S.A.", "loreal"),
        ("A.P. Møller – Mærsk A/S", "ap moller maersk"),
        ("ACME Sp. z o.o.", "acme"),
        ("  Straße 9 AG ", "strasse 9"),
        ("AG", "ag"),
        ("BMW Aktiengesellschaft", "bmw"),
        ("Open Joint Stock Company Gazprom", "gazprom"),
        ("OAO Gazprom", "gazprom"),
        ("Stripe Limited Liability Company", "stripe"),
        ("Aktiengesellschaft", "aktiengesellschaft"),
        ("The", "the"),
        ("!?", ""),
        ("", ""),
    ],
)
def test_what_a_name_is_told_by(name: str, told_by: str) -> None:
    assert core(name) == told_by


@pytest.mark.parametrize(
    ("one", "other", "score"),
    [
        ("Northwind Traders LLC", "NORTHWIND TRADERS", 100.0),
        ("northwindtraders", "Northwind Traders Ltd", 99.0),
        ("Acme", "Acme Software Ltd", WITHIN),
        ("IBM", "International Business Machines Corp.", INITIALS),
        ("Studio 54", "Studio 55", OTHER_NUMBER),
        ("", "Acme", 0.0),
        ("AB", "AB Sugar Partners", pytest.approx(25.0, abs=10)),
    ],
)
def test_how_alike_two_names_are(one: str, other: str, score: float) -> None:
    assert similarity(one, other) == score


@pytest.mark.parametrize(
    ("one", "other"),
    [("Delta Air Lines", "Delta Dental"), ("Johnson & Johnson", "Johnson Controls"), ("Nordea", "Nokia")],
)
def test_companies_with_a_word_in_common_are_not_suggested(one: str, other: str) -> None:
    assert similarity(one, other) < LIKELY


@pytest.mark.parametrize(
    ("one", "other"),
    [("Müller Maschinenbau GmbH", "Mueller Maschinenbau"), ("Googel LLC", "Google"), ("Acme", "Acmee")],
)
def test_a_slip_of_the_pen_is_suggested(one: str, other: str) -> None:
    assert LIKELY <= similarity(one, other) < 99


@given(st.text(max_size=30), st.text(max_size=30))
def test_it_is_symmetric_and_bounded(one: str, other: str) -> None:
    score = similarity(one, other)
    assert score == similarity(other, one)
    assert 0.0 <= score <= 100.0
    assert (score == 100.0) == (core(one) == core(other) != "")


def test_suggestions_are_the_likeliest_first_by_name_or_by_domain() -> None:
    candidates = [
        Candidate(1, "Acme Software Ltd", ["acmesoft"]),
        Candidate(2, "Something Else", ["acme"]),
        Candidate(3, "Unrelated", ["unrelated"]),
        Candidate(4, "Acme Inc."),
    ]
    found = suggest("acme", candidates)
    assert [(one.id, one.score, one.by) for one in found] == [
        (2, 100.0, "acme"),
        (4, 100.0, "Acme Inc."),
        (1, WITHIN, "Acme Software Ltd"),
    ]
    assert suggest("acme", candidates, most=1) == found[:1]
