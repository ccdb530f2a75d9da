"""Completeness, gaps and suggestions of a buying group at exact numbers (domain.md §5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.buying_group import ROLES, Gap, Person, completeness, gaps, suggest

REQUIRED = dict(zip(ROLES, (1, 1, 1, 1, 0, 0), strict=True))


@pytest.mark.parametrize(
    ("required", "validated", "expected"),
    [
        (REQUIRED, {}, 0.0),
        (REQUIRED, {"champion": 1}, 0.25),
        (REQUIRED, {"champion": 5}, 0.25),  # more than required counts as 1
        (REQUIRED, {"champion": 1, "economic_buyer": 1}, 0.5),
        (REQUIRED, {"champion": 1, "economic_buyer": 1, "decision_maker": 1, "influencer": 1}, 1.0),
        (REQUIRED, {"end_user": 3, "blocker": 1}, 0.0),  # what is not required does not count
        ({"champion": 2, "influencer": 4}, {"champion": 1, "influencer": 1}, 0.375),
        ({"champion": 0}, {}, 1.0),
        ({}, {}, 1.0),
    ],
)
def test_completeness(required: dict[str, int], validated: dict[str, int], expected: float) -> None:
    assert completeness(required, validated) == expected


COUNTS = st.dictionaries(st.sampled_from(ROLES), st.integers(0, 5))


@given(COUNTS, COUNTS, st.sampled_from(ROLES))
def test_one_more_validated_never_lowers_completeness(required: dict, validated: dict, role: str) -> None:
    more = validated | {role: validated.get(role, 0) + 1}
    assert 0 <= completeness(required, validated) <= completeness(required, more) <= 1


def _person(pk: int, seniority: str = "other", *, quiet: int | None = 1, touches: int = 3, **fields: object) -> Person:
    return Person(pk, f"Person {pk}", seniority, touches=touches, quiet_days=quiet, **fields)


def test_gaps_are_empty_roles_cold_members_and_people_without_a_role() -> None:
    people = {1: _person(1), 2: _person(2, quiet=30), 3: _person(3), 4: _person(4, quiet=30), 5: _person(5, touches=9)}
    validated = [(1, "champion"), (2, "economic_buyer"), (6, "influencer")]
    assert gaps(REQUIRED, validated, people) == [
        Gap("empty_role", "decision_maker"),
        Gap("cold", "economic_buyer", 2),
        Gap("cold", "influencer", 6),
        Gap("no_role", "", 5),
        Gap("no_role", "", 3),
    ]


@pytest.mark.parametrize(
    ("quiet", "cold"), [(29, []), (30, [Gap("cold", "champion", 1)]), (None, [Gap("cold", "champion", 1)])]
)
def test_a_member_is_cold_after_30_days(quiet: int | None, cold: list[Gap]) -> None:
    assert gaps({}, [(1, "champion")], {1: _person(1, quiet=quiet)}) == cold


def test_who_objects_to_profiling_is_no_gap() -> None:
    assert gaps({}, [], {1: _person(1, suggestible=False)}) == []


def _suggested(people: list[Person], validated: list = (), rejected: set = frozenset()) -> dict[str, int]:
    return {one.role: one.contact_id for one in suggest(people, REQUIRED, validated, rejected)}


def test_people_are_suggested_by_persona_seniority_and_engagement() -> None:
    cfo = _person(1, "c_level", title="Chief Financial Officer", quiet=None, touches=0)
    vp = _person(2, "vp", title="VP Integration")
    director = _person(3, "director", touches=7)
    manager = _person(4, "manager", touches=4)
    found = suggest([manager, director, vp, cfo], REQUIRED, [], set())
    assert [(one.role, one.contact_id, one.why) for one in found] == [
        ("champion", 3, "The most engaged director: 7 touches, the last yesterday"),
        ("economic_buyer", 1, "C-level in finance or purchasing: no touch in 90 days yet"),
        ("decision_maker", 2, "VP, who can decide: 3 touches, the last yesterday"),
        ("influencer", 4, "Engaged manager: 4 touches, the last yesterday"),
    ]


def test_a_persona_that_names_a_role_decides() -> None:
    person = _person(1, "manager", persona="Champion (integration lead)", touches=1)
    other = _person(2, "director", touches=50)
    assert _suggested([other, person])["champion"] == 1


def test_nobody_is_suggested_twice_or_where_the_places_are_taken() -> None:
    people = [_person(1, "vp"), _person(2, "director")]
    assert _suggested(people, [(1, "decision_maker")]) == {"champion": 2}
    assert _suggested(people, [(9, "champion"), (1, "decision_maker")]) == {"influencer": 2}


def test_a_reason_that_was_wrong_here_counts_for_less_and_says_so() -> None:
    wrong = Person(1, "Dana Whitlock", seniority="vp", touches=9, quiet_days=1)
    same = Person(2, "Owen Hart", seniority="vp", touches=8, quiet_days=1)
    other = Person(3, "Lena Moreau", seniority="director", touches=1, quiet_days=5)
    places = {"decision_maker": 1}
    assert [one.contact_id for one in suggest([wrong, same, other], places, [], set())] == [1]
    learned = suggest([wrong, same, other], places, [], {(1, "decision_maker")})
    assert [one.contact_id for one in learned] == [3]
    alone = suggest([wrong, same], places, [], {(1, "decision_maker")})
    assert [(one.contact_id, one.why) for one in alone] == [
        (2, "VP, who can decide: 8 touches, the last yesterday; less sure since Dana Whitlock was not")
    ]


def test_a_rejected_role_is_never_suggested_again_and_the_next_one_is() -> None:
    director = _person(1, "director")
    assert _suggested([director]) == {"champion": 1}
    assert _suggested([director], rejected={(1, "champion")}) == {"influencer": 1}
    rejected = {(1, role) for role in ROLES}
    assert _suggested([director], rejected=rejected) == {}


def test_who_objects_to_profiling_is_never_suggested() -> None:
    assert _suggested([_person(1, "c_level", suggestible=False)]) == {}


def test_quiet_directors_and_managers_are_not_suggested() -> None:
    assert _suggested([_person(1, "director", quiet=31), _person(2, "manager", quiet=None, touches=0)]) == {}


@given(
    st.lists(
        st.builds(
            Person,
            contact_id=st.integers(1, 30),
            name=st.just("P"),
            seniority=st.sampled_from(["c_level", "vp", "director", "manager", "other"]),
            title=st.sampled_from(["", "CFO", "Head of Finance"]),
            persona=st.sampled_from(["", "Champion", "Economic buyer (finance)"]),
            touches=st.integers(0, 9),
            quiet_days=st.none() | st.integers(0, 60),
        ),
        unique_by=lambda person: person.contact_id,
    ),
    st.sets(st.tuples(st.integers(1, 30), st.sampled_from(ROLES))),
)
def test_suggestions_fill_places_once_and_respect_rejections(people: list[Person], rejected: set) -> None:
    found = suggest(people, REQUIRED, [], rejected)
    assert not {(one.contact_id, one.role) for one in found} & rejected
    assert len({one.contact_id for one in found}) == len(found)
    assert all(sum(one.role == role for one in found) <= REQUIRED[role] for role in ROLES)
    assert found == suggest(list(reversed(people)), REQUIRED, [], rejected)
