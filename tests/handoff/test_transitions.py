"""The one table of domain.md §5: exactly these moves, by exactly these people, with exactly these needs."""

import pytest

from handoff import transitions
from handoff.transitions import Hat, Need, find, moves_from, sources_of

TABLE = {
    ("", "open"): ("queued", {"system"}, ()),
    ("withdrawn", "reopen"): ("queued", {"system"}, ()),
    ("queued", "withdraw"): ("withdrawn", {"system"}, ()),
    ("queued", "claim"): ("working", {"sdr"}, ()),
    ("working", "take_over"): ("working", {"sdr"}, ("offered_back",)),
    ("queued", "assign"): ("working", {"manager"}, ("user",)),
    ("working", "reassign"): ("working", {"manager"}, ("user",)),
    ("passed", "reassign"): ("passed", {"manager"}, ("user",)),
    ("accepted", "reassign"): ("accepted", {"manager"}, ("user",)),
    ("opportunity", "reassign"): ("opportunity", {"manager"}, ("user",)),
    ("working", "release"): ("queued", {"holder"}, ()),
    ("working", "pass"): ("passed", {"holder"}, ("ae", "stakeholder", "completeness", "summary")),
    ("passed", "accept"): ("accepted", {"holder"}, ()),
    ("passed", "return"): ("working", {"holder"}, ("reason", "comment")),
    ("accepted", "opportunity"): ("opportunity", {"holder"}, ("opportunity",)),
    ("opportunity", "win"): ("won", {"holder"}, ("amount", "date")),
    ("opportunity", "lose"): ("lost", {"holder"}, ("reason", "date")),
    ("working", "recycle"): ("recycled", {"holder"}, ("reason", "date")),
    ("passed", "recycle"): ("recycled", {"holder"}, ("reason", "date")),
    ("accepted", "recycle"): ("recycled", {"holder"}, ("reason", "date")),
    ("queued", "disqualify"): ("disqualified", {"sdr"}, ("reason",)),
    ("working", "disqualify"): ("disqualified", {"holder"}, ("reason",)),
    ("accepted", "disqualify"): ("disqualified", {"holder"}, ("reason",)),
}


def test_the_table_is_that_of_the_domain() -> None:
    found = {
        key: (move.to, {str(hat) for hat in move.who}, tuple(str(n) for n in move.needs))
        for key, move in transitions.TABLE.items()
    }
    assert found == TABLE


def test_closed_states_lead_nowhere_but_a_withdrawn_one_back() -> None:
    assert {source for source, _ in transitions.TABLE} == {
        "",
        "queued",
        "working",
        "passed",
        "accepted",
        "opportunity",
        "withdrawn",
    }


@pytest.mark.parametrize(
    ("state", "hats", "actions"),
    [
        ("queued", {Hat.SDR}, ["claim", "disqualify"]),
        ("queued", {Hat.SDR, Hat.MANAGER}, ["claim", "assign", "disqualify"]),
        ("queued", set(), []),
        ("working", {Hat.SDR, Hat.HOLDER}, ["take_over", "release", "pass", "recycle", "disqualify"]),
        ("passed", {Hat.HOLDER}, ["accept", "return", "recycle"]),
        ("passed", {Hat.SDR}, []),
        ("accepted", {Hat.HOLDER}, ["opportunity", "recycle", "disqualify"]),
        ("opportunity", {Hat.HOLDER}, ["win", "lose"]),
        ("won", {Hat.HOLDER, Hat.MANAGER, Hat.SDR}, []),
    ],
)
def test_moves_from_a_state_by_what_one_is_to_it(state: str, hats: set[Hat], actions: list[str]) -> None:
    assert [move.action for move in moves_from(state, hats)] == actions


def test_sources_are_told_in_the_order_of_the_journey() -> None:
    assert sources_of("recycle") == ("working", "passed", "accepted")
    assert find("queued", "pass") is None


def test_every_need_has_words() -> None:
    assert set(transitions.NEED_WORDS) == set(Need)
