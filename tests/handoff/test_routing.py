"""Assignment rules on plain values: territories, turns, room, absence. No database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.routing import Choice, Person, Place, Rule, Territory, choose

OWNER = Rule(1, "owner")
EMEA = Territory(regions=("EMEA",))


@pytest.mark.parametrize(
    ("territory", "place", "holds"),
    [
        (Territory(), Place(), True),
        (Territory(segment="target"), Place(is_target=True), True),
        (Territory(segment="other"), Place(is_target=True), False),
        (EMEA, Place(region="emea"), True),
        (EMEA, Place(), False),
        (Territory(countries=("DE", "AT"), industries=("Food",)), Place(country="AT", industry="food"), True),
        (Territory(countries=("DE", "AT"), industries=("Food",)), Place(country="AT", industry="Rail"), False),
        (Territory(employees_from=200), Place(employees=200), True),
        (Territory(employees_from=200), Place(employees=199), False),
        (Territory(employees_to=200), Place(employees=None), False),
        (Territory(employees_from=0, employees_to=0), Place(employees=0), True),
    ],
)
def test_a_territory_holds_what_meets_all_that_it_asks(territory: Territory, place: Place, holds: bool) -> None:
    assert territory.holds(place) is holds


def test_the_first_rule_that_finds_somebody_decides() -> None:
    rules = [Rule(7, "person", EMEA, person=2), OWNER]
    people = [Person(1), Person(2)]
    assert choose(rules, Place(region="EMEA", owner=1), people) == Choice(2, 7)
    assert choose(rules, Place(region="APAC", owner=1), people) == Choice(1, 1)
    assert choose(rules, Place(region="APAC"), people) is None


def test_the_owner_gets_theirs_however_much_they_have_and_nothing_while_away() -> None:
    rules = [OWNER, Rule(2, "round_robin", team=9)]
    place = Place(owner=1)
    assert choose(rules, place, [Person(1, open=30), Person(2, team=9)]) == Choice(1, 1)
    assert choose(rules, place, [Person(1, away=True), Person(2, team=9)]) == Choice(2, 2)


def test_turns_go_to_whom_a_rule_gave_something_longest_ago() -> None:
    rule = [Rule(3, "round_robin", team=9)]
    people = [Person(1, team=9, turn=50), Person(2, team=9, turn=40), Person(3, team=8, turn=0)]
    assert choose(rule, Place(), people) == Choice(2, 3)
    assert choose(rule, Place(), [Person(1, team=9, open=3), Person(2, team=9, open=2)]) == Choice(2, 3)


@pytest.mark.parametrize("barred", [{"away": True}, {"open": 5, "capacity": 5}, {"capacity": 0}])
def test_who_is_away_or_full_is_passed_over(barred: dict[str, object]) -> None:
    rule = [Rule(3, "round_robin", team=9), Rule(4, "person", person=1)]
    assert choose(rule, Place(), [Person(1, team=9, **barred), Person(2, team=9, turn=99)]) == Choice(2, 3)
    assert choose(rule, Place(), [Person(1, team=9, **barred)]) is None


@given(st.lists(st.integers(0, 6), min_size=1, max_size=6), st.integers(1, 40))
def test_turns_never_give_more_than_there_is_room_for_and_stay_within_one(rooms: list[int], arrivals: int) -> None:
    """Whoever has room is never more than one behind another of the team."""
    rule = [Rule(1, "round_robin", team=1)]
    have, turns, given_to = [0] * len(rooms), [0] * len(rooms), 0
    for turn in range(1, arrivals + 1):
        people = [Person(n, team=1, open=have[n], capacity=rooms[n], turn=turns[n]) for n in range(len(rooms))]
        choice = choose(rule, Place(), people)
        if choice is None:
            assert have == rooms
            break
        have[choice.person] += 1
        turns[choice.person] = turn
        given_to += 1
        roomy = [have[n] for n in range(len(rooms)) if have[n] < rooms[n]]
        assert not roomy or max(have) - min(roomy) <= 1
    assert given_to == min(arrivals, sum(rooms))
