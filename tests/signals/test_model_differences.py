"""Two versions side by side, in words."""

from copy import deepcopy

from signals.model_differences import differences
from signals.scoring_config import ScoringConfig

PLAIN = ScoringConfig.default().model_dump(mode="json")


def changed(**values: object) -> dict:
    return ScoringConfig.model_validate({**deepcopy(PLAIN), **values}).model_dump(mode="json")


def told(after: dict, before: dict = PLAIN) -> list[tuple[str, str, str]]:
    return differences(before, after, {7: "IT lead"})


def test_the_same_has_no_differences() -> None:
    assert told(PLAIN) == []


def test_values_are_named_as_the_editor_names_them() -> None:
    after = changed(
        half_life_days=14,
        type_weights={**PLAIN["type_weights"], "comparison": 12.5},
        gates={**PLAIN["gates"], "min_theme_share": 0.3},
    )
    assert told(after) == [
        ("Theme share", "0.4", "0.3"),
        ("Half-life, days", "30", "14"),
        ("Weight of comparison", "–", "12.5"),
    ]


def test_criteria_are_compared_by_what_they_are_and_not_by_their_place() -> None:
    size = {"id": "size", "field": "employees", "operator": "between", "value": [200, 10000], "kind": "required"}
    industry = {"id": "industry", "field": "industry", "operator": "in", "value": ["Energy"], "weight": 2}
    before, after = changed(criteria=[size, industry]), changed(criteria=[{**industry, "weight": 3}])
    assert told(after, before) == [
        ("Criterion on employees", "employees is between 200 and 10,000 (required)", "–"),
        ("Criterion on industry", "industry is Energy (scored, weight 2)", "industry is Energy (scored, weight 3)"),
    ]


def test_bands_rules_and_key_personas_are_told_as_a_whole() -> None:
    policies = deepcopy(PLAIN["policies"])
    policies["target"]["rules"][0]["min_points"] = 40
    policies["target"]["require_intent_surge"] = True
    policies["other"]["rules"][0] = {"kind": "qualified_leads", "min_people": 3}
    after = changed(policies=policies, bands=[{"name": "cold", "lower": 0}], key_personas=[7, 8])
    assert told(after) == [
        ("Bands", "awareness from 0, consideration from 40", "cold from 0"),
        ("Key personas", "none: everybody counts as key", "IT lead, one that is gone (8)"),
        (
            "All others, rule 1",
            "Points of key personas: people 2, points 100, days 60, different personas off",
            "Qualified leads: people 3",
        ),
        ("Target accounts: some topic must surge", "off", "on"),
        ("Target accounts, rule 1: points", "30", "40"),
    ]
