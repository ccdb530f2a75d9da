"""When a trait of won accounts is suggested: exact lifts and intervals, and not on an anecdote."""

import pytest

from reports.traits import Trait, criterion_of, joined, suggested, warned


def trait(value: str, won: int, accounts: int) -> Trait:
    return Trait("industry", (value,), won, accounts, 20, 200)


def test_lift_is_the_share_over_that_of_all_whose_field_is_known() -> None:
    one = trait("Logistics", 12, 40)
    assert one.lift == pytest.approx(3.0)
    assert one.interval == pytest.approx((1.807485, 4.543002), abs=1e-6)


def test_no_lift_where_nobody_won_or_nothing_is_known() -> None:
    assert Trait("industry", ("X",), 0, 10, 0, 100).lift is None
    assert Trait("industry", ("X",), 0, 0, 0, 0).interval is None
    assert not Trait("industry", ("X",), 0, 10, 0, 100).tells_for
    assert not Trait("industry", ("X",), 0, 10, 0, 100).tells_against


def test_four_wins_are_an_anecdote_and_chance_is_no_evidence() -> None:
    assert trait("Four of four", 4, 4).interval[0] > 1
    assert not trait("Four of four", 4, 4).tells_for
    assert trait("Five of five", 5, 5).tells_for
    assert not trait("As all", 8, 80).tells_for
    assert not trait("As all", 8, 80).tells_against


def test_the_surest_come_first() -> None:
    rows = [trait("Seldom", 0, 90), trait("Some", 6, 20), trait("Many", 12, 40), trait("As all", 2, 20)]
    assert [one.values[0] for one in suggested(rows)] == ["Many", "Some"]
    assert [one.values[0] for one in warned(rows)] == ["Seldom"]


def test_neighbouring_ranges_that_both_tell_for_winning_are_one() -> None:
    def bin_(low: float, high: float, won: int) -> Trait:
        return Trait("employees", (low, high), won, 40, 26, 200)

    rows = [bin_(1, 90, 0), bin_(100, 190, 12), bin_(200, 400, 13), bin_(410, 900, 1), bin_(1000, 9000, 0)]
    assert [(one.values, one.won, one.accounts) for one in joined(rows)] == [
        ((1, 90), 0, 40),
        ((100, 400), 25, 80),
        ((410, 900), 1, 40),
        ((1000, 9000), 0, 40),
    ]


def test_a_trait_becomes_a_scored_criterion() -> None:
    assert criterion_of(trait("Logistics", 5, 5)) == {
        "id": "new",
        "field": "industry",
        "kind": "scored",
        "weight": 1.0,
        "operator": "in",
        "value": ["Logistics"],
    }
    ranged = criterion_of(Trait("employees", (100.0, 400.0), 5, 5, 5, 5))
    assert (ranged["operator"], ranged["value"]) == ("between", [100.0, 400.0])
