"""The worked example of domain.md section 4, and each of its legs taken away."""

import polars as pl
import pytest

from signals.evidence import evidence
from signals.scoring import evaluate
from signals.scoring_config import ScoringConfig
from tests.signals.companies import AS_OF, EXAMPLE_CONTACTS, EXAMPLE_TOUCHES, touch, worked_example

CONFIG = ScoringConfig.default()
EMPLOYEES = {"id": "size", "field": "employees", "operator": "at_least", "value": 200, "kind": "required"}


def scored(facts, config=CONFIG):
    return evaluate(facts, config, AS_OF).centers.to_dicts()[0]


def gates(row):
    return [name for name in ("relevance", "cluster", "spread", "direction", "threshold") if row[f"g_{name}"]]


def test_it_qualifies_with_the_numbers_of_the_page():
    row = scored(worked_example())

    assert row["points_micro"] == 46_359_743
    assert row["engagement"] == 92.719486
    assert row["score"] == 91.6316916
    assert row["qualified"] is True
    assert row["block"] is None
    assert row["stage"] == "mqa"


def test_the_decision_says_theme_and_spread():
    told = evidence(evaluate(worked_example(), CONFIG, AS_OF), 10)

    by_name = {gate["name"]: gate for gate in told["gates"]}
    assert list(by_name) == ["relevance", "cluster", "spread", "direction", "threshold"]
    assert by_name["cluster"]["measured"] == 4
    assert by_name["spread"]["measured"] == 3
    assert by_name["spread"]["people"] == [1, 2, 3]
    assert by_name["direction"]["measured"] == 1.0
    assert by_name["direction"]["theme"] == 7
    assert by_name["direction"]["topics"] == [{"topic": "iPaaS", "theme": 7, "composite": 80.0}]
    assert told["missing"] == []


def test_out_of_the_icp_relevance_blocks():
    config = ScoringConfig.model_validate({"criteria": [EMPLOYEES]})

    row = scored(worked_example(account={"employees": 100}), config)

    assert row["icp"] == "out"
    assert row["block"] == "relevance"
    assert gates(row) == ["cluster", "spread", "direction", "threshold"]


def test_an_unknown_icp_blocks_at_relevance_too():
    row = scored(worked_example(), ScoringConfig.model_validate({"criteria": [EMPLOYEES]}))

    assert (row["icp"], row["block"]) == ("unknown", "relevance")


def test_with_only_the_vp_it_is_no_cluster():
    row = scored(worked_example(touches=EXAMPLE_TOUCHES[2:]))

    assert row["person_days"] == 2
    assert row["block"] == "cluster"


def test_with_only_the_vp_on_a_third_day_too_it_is_no_spread():
    row = scored(worked_example(touches=[*EXAMPLE_TOUCHES[2:], touch(6, "product_page", 3, contact=3, theme_id=7)]))

    assert (row["person_days"], row["people"]) == (3, 1)
    assert row["block"] == "spread"


def test_without_themes_it_has_no_direction():
    touches = [{**item, "theme_id": None} for item in EXAMPLE_TOUCHES]

    row = scored(worked_example(touches=touches))

    assert row["theme_share"] == 0.0
    assert row["block"] == "direction"
    assert gates(row) == ["relevance", "cluster", "spread", "threshold"]


def test_with_touches_20_days_apart_it_is_no_cluster():
    touches = [
        touch(1, "case_study", 29, contact=1, theme_id=7),
        touch(2, "webinar_attended", 9, contact=2, theme_id=7),
    ]

    row = scored(worked_example(touches=touches))

    assert row["person_days"] == 1
    assert row["block"] == "cluster"


def test_without_intent_the_score_is_lower_and_it_still_qualifies():
    row = scored(worked_example(signals=[]))

    assert row["score"] == 75.6316916
    assert row["qualified"] is True


def test_without_intent_and_with_a_surge_asked_for_the_threshold_blocks():
    config = ScoringConfig.model_validate(
        {"policies": {"target": {"rules": [{"kind": "persona_points"}], "require_intent_surge": True}}}
    )

    assert scored(worked_example(), config)["qualified"] is True
    without = scored(worked_example(signals=[]), config)
    assert (without["block"], without["score"]) == ("threshold", 75.6316916)


def test_with_no_intent_source_connected_its_weight_is_dropped():
    row = scored(worked_example(signals=[], intent_connected=False))

    assert row["score"] == pytest.approx((0.6 * 92.719486 + 0.2 * 100) / 0.8, abs=1e-9)


def test_an_account_that_is_no_target_needs_the_other_policy():
    row = scored(worked_example(account={"is_target": False}))

    assert (row["block"], row["rule_holds"]) == ("threshold", False)
    assert row["stage"] == "consideration"


def test_who_is_excluded_gives_nothing():
    contacts = [{**person, "excluded": person["contact_id"] == 3} for person in EXAMPLE_CONTACTS]

    row = scored(worked_example(contacts=contacts))

    assert row["points_micro"] == 4_352_753 + 5_698_266
    assert (row["minutes"], row["touches"], row["mqls"]) == (31.0, 2, 0)


def test_a_named_center_has_its_own_people_and_the_accounts_fit_and_intent():
    contacts = [{**person, "center_id": 11 if person["contact_id"] != 3 else None} for person in EXAMPLE_CONTACTS]
    centers = [{"center_id": 11, "account_id": 1, "is_default": False}]

    evaluation = evaluate(worked_example(contacts=contacts, centers=centers), CONFIG, AS_OF)
    named = evaluation.centers.row(by_predicate=pl.col("center_id") == 11, named=True)
    whole = evaluation.centers.row(by_predicate=pl.col("center_id") == 10, named=True)

    assert whole["points_micro"] == 46_359_743
    assert named["points_micro"] == 4_352_753 + 5_698_266
    assert (named["fit"], named["intent"], named["people"]) == (100.0, 80.0, 2)
    assert evaluation.touches_of(evaluation.centers.select("c", "center_id").filter(pl.col("center_id") == 11))[
        "touch_id"
    ].sort().to_list() == [1, 2]
