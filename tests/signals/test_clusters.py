"""Gates 2 to 4 and the one cluster they look at (domain.md section 4)."""

import pytest

from signals.scoring import evaluate
from signals.scoring_config import ScoringConfig
from tests.signals.companies import AS_OF, ago, company, contact, touch

CONFIG = ScoringConfig.default()
PEOPLE = (contact(1), contact(2), contact(3, "vp", department="IT", persona_id=4))


def scored(*touches, contacts=PEOPLE, config=CONFIG, **more):
    return evaluate(company(touches=touches, contacts=contacts, **more), config, AS_OF).centers.to_dicts()[0]


def study(number, days, who=1, **more):
    return touch(number, "case_study", days, contact=who, **{"theme_id": 7, **more})


def days_ago(row):
    return [(AS_OF.date() - row[name]).days for name in ("cluster_first", "cluster_last")]


def test_a_span_is_14_days_long():
    inside = scored(study(1, 18), study(2, 10), study(3, 5))
    beyond = scored(study(1, 18), study(2, 10), study(3, 4))

    assert (inside["person_days"], days_ago(inside)) == (3, [18, 5])
    assert (beyond["person_days"], days_ago(beyond)) == (2, [10, 4])


def test_its_last_day_with_a_touch_lies_within_the_last_30():
    recent = scored(study(1, 41), study(2, 35), study(3, 29))
    old = scored(study(1, 42), study(2, 36), study(3, 30))

    assert (recent["person_days"], recent["g_cluster"]) == (3, True)
    assert (old["person_days"], old["g_cluster"], old["cluster_first"]) == (0, False, None)


def test_a_touch_without_points_makes_a_day_recent_and_no_person_day():
    # Any touch is one that a span begins and ends with; only inbound ones with points are person-days.
    row = scored(study(1, 40), study(2, 38), study(3, 35), touch(4, "call", 29, contact=1))

    assert (row["person_days"], row["g_cluster"], days_ago(row)) == (3, True, [40, 29])


def test_one_long_visit_is_one_person_day():
    row = scored(*[touch(number, "product_page", 3, contact=1, minutes=30.0) for number in range(9)])

    assert row["person_days"] == 1


def test_person_days_are_people_by_days():
    row = scored(study(1, 3, 1), study(2, 3, 2), touch(3, "case_study", 3, visitor="v"), touch(4, "case_study", 3))

    assert row["person_days"] == 4


@pytest.mark.parametrize("kind", ["call", "email_open", "unmapped"])
def test_rep_activity_and_what_gives_no_points_are_no_person_days(kind):
    assert scored(study(1, 3), study(2, 2), touch(3, kind, 1, contact=1))["person_days"] == 2


def test_outbound_touches_with_points_are_no_person_days_and_count_for_spread():
    config = ScoringConfig.model_validate({"type_weights": {"call": 5.0}})

    row = scored(touch(1, "call", 0, contact=1), touch(2, "call", 0, contact=2), config=config)

    assert (row["person_days"], row["people"]) == (0, 2)


def test_spread_asks_two_points_of_each_person():
    # One low touch of a C-level today is exactly 2 points, yesterday a little less.
    chiefs = [contact(1, "c_level"), contact(2, "c_level")]
    enough = scored(touch(1, "blog_page", 0, contact=1), touch(2, "blog_page", 0, contact=2), contacts=chiefs)
    short = scored(touch(1, "blog_page", 0, contact=1), touch(2, "blog_page", 1, contact=2), contacts=chiefs)

    assert (enough["people"], enough["g_spread"]) == (2, True)
    assert (short["people"], short["g_spread"]) == (1, False)


def test_spread_counts_known_people_alone_and_measures_who_they_are():
    people = [
        contact(1, "director", department="IT", persona_id=4),
        PEOPLE[2],
        contact(4, "c_level", department="Finance"),
    ]
    row = scored(
        study(1, 2, 1), study(2, 2, 3), study(3, 2, 4), touch(4, "comparison", 2, visitor="v"), contacts=people
    )

    assert (row["people"], row["departments"], row["personas"], row["executives"]) == (3, 2, 1, 2)


def test_points_of_spread_are_those_inside_the_span():
    row = scored(study(1, 1), study(2, 2), study(3, 3), study(4, 20, who=2))

    assert (row["person_days"], row["people"], row["block"]) == (3, 1, "spread")


@pytest.mark.parametrize(("off_theme", "passes"), [(1, True), (2, False)])
def test_direction_asks_two_fifths_on_one_theme(off_theme, passes):
    # 10 points of 25 are exactly 0.4; of 30 they are not enough.
    touches = [study(1, 0, 1), study(2, 0, 2), touch(3, "comparison", 0, contact=1, theme_id=None)]
    touches += [touch(10 + number, "webinar_attended", 0, contact=1, theme_id=None) for number in range(off_theme)]

    row = scored(*touches)

    assert row["theme_share"] == 10 / (20 + 5 * off_theme)
    assert row["g_direction"] is passes


def test_decision_stage_touches_are_left_out_of_direction():
    pricing = [touch(number, "pricing_page", 0, contact=1, theme_id=8) for number in range(3)]

    row = scored(study(10, 0), *pricing)

    assert (row["theme_share"], row["theme_id"], row["evaluation_only"]) == (1.0, 7, False)


def test_decision_stage_touches_alone_are_an_evaluation():
    row = scored(*[touch(number, "pricing_page", number, contact=1 + number % 2) for number in range(3)])

    assert (row["evaluation_only"], row["g_direction"], row["theme_id"]) == (True, True, None)


def test_nothing_with_points_is_no_evaluation():
    row = scored(touch(1, "email_open", 0, contact=1))

    assert (row["evaluation_only"], row["g_direction"]) == (False, False)


def test_a_tie_of_themes_goes_to_the_one_touched_last():
    early, late = ago(0, hour=8), ago(0, hour=9)
    first = scored(study(1, 0, theme_id=8, occurred_at=late), study(2, 0, theme_id=7, occurred_at=early))
    second = scored(study(1, 0, theme_id=8, occurred_at=early), study(2, 0, theme_id=7, occurred_at=late))

    assert (first["theme_id"], second["theme_id"]) == (8, 7)


def test_without_theme_rules_direction_passes():
    row = scored(study(1, 0, theme_id=None), themes_set_up=False)

    assert row["g_direction"] is True


def test_the_span_that_passes_most_counts_before_the_one_with_most_person_days():
    # 30 to 27 days ago: five person-days of one person. 3 to 1 days ago: two people, three person-days.
    lonely = [study(number, 26 + number) for number in range(1, 6)]
    together = [study(11, 3, 1), study(12, 2, 2), study(13, 1, 1)]

    row = scored(*lonely, *together)

    assert (row["person_days"], row["people"], days_ago(row)) == (3, 2, [3, 1])


def test_a_span_that_passes_direction_counts_before_one_that_does_not():
    scattered = [study(number, 29 - number % 4, 1 + number % 2, theme_id=None) for number in range(8)]
    aligned = [study(11, 3, 1), study(12, 2, 2), study(13, 1, 1)]

    row = scored(*scattered, *aligned)

    assert (row["g_direction"], row["person_days"], days_ago(row)) == (True, 3, [3, 1])


def test_gates_count_in_order_so_theme_does_not_help_without_spread():
    # One person on one theme, or two people without: spread is the earlier gate.
    lonely = [study(number, 20 + number, 1) for number in range(4)]
    together = [study(11, 3, 1, theme_id=None), study(12, 2, 2, theme_id=None), study(13, 1, 1, theme_id=None)]

    row = scored(*lonely, *together)

    assert (row["g_spread"], row["g_direction"], row["block"]) == (True, False, "direction")


def test_of_equal_spans_the_one_with_most_person_days_counts_then_the_latest():
    more = scored(
        *[study(number, 20 + number, 1 + number % 2) for number in range(4)],
        *[study(10 + n, n, 1 + n % 2) for n in range(3)],
    )
    equal = scored(
        *[study(number, 20 + number, 1 + number % 2) for number in range(3)],
        *[study(10 + n, n, 1 + n % 2) for n in range(3)],
    )

    assert (more["person_days"], days_ago(more)) == (4, [23, 20])
    assert (equal["person_days"], days_ago(equal)) == (3, [2, 0])


def test_the_windows_are_data():
    config = ScoringConfig.model_validate({"gates": {"cluster_days": 2, "recent_days": 5, "cluster_person_days": 2}})

    assert scored(study(1, 5), study(2, 4), config=config)["person_days"] == 2
    assert scored(study(1, 5), study(2, 3), config=config)["person_days"] == 1
    assert scored(study(1, 6), study(2, 5), config=config)["person_days"] == 0


def test_without_a_bar_of_points_only_who_has_some_in_the_span_counts():
    """Two people a month ago, one with more person-days this week: neither span gains the other's people."""
    config = ScoringConfig.model_validate(
        {"gates": {"min_person_points": 0, "cluster_days": 3, "cluster_person_days": 2, "min_contacts": 2}}
    )
    touches = [
        touch(1, "case_study", 20, contact=1),
        touch(2, "case_study", 20, contact=2),
        *(touch(3 + day, "case_study", day, contact=3) for day in range(3)),
    ]
    found = evaluate(company(touches=touches, contacts=[contact(pk) for pk in (1, 2, 3)]), config, AS_OF).centers
    assert found.select("person_days", "people", "g_spread").row(0) == (2, 2, True)
    assert found["cluster_last"].item() == ago(20).date()
