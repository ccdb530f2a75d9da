"""The document of a model version: the domain's defaults, its JSON, what it refuses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from signals.scoring_config import ScoringConfig, field_errors
from tests.signals.companies import random_config

import random  # isort: skip


def test_the_defaults_are_the_domains():
    config = ScoringConfig.default()

    assert config.tier_weights.model_dump() == {"high": 10, "mid": 5, "low": 1}
    assert config.multipliers.model_dump() == {
        "c_level": 2.0, "vp": 1.5, "director": 1.25, "manager": 1.0, "other": 0.5, "anonymous": 0.5,
    }  # fmt: skip
    assert (config.half_life_days, config.lookback_days, config.daily_cap, config.full_points) == (30, 90, 3, 50)
    assert config.signal_weights.model_dump() == {"engagement": 0.6, "intent": 0.2, "fit": 0.2}
    assert config.intent.model_dump() == {"window_days": 21, "surge": 60, "connected_days": 30}
    assert (config.min_fit, config.criteria, config.key_personas) == (50, (), ())
    assert config.gates.model_dump() == {
        "cluster_days": 14, "recent_days": 30, "cluster_person_days": 3, "min_contacts": 2, "min_person_points": 2,
        "min_theme_share": 0.4, "mqa_score": 70,
    }  # fmt: skip
    assert [(band.name, band.lower) for band in config.bands] == [("awareness", 0), ("consideration", 40)]
    assert (config.mql.points, config.mql.days) == (10, 30)
    assert config.handover.model_dump() == {
        "grace_days": 7, "reopen_within_days": 90, "requalify_after_days": 90, "requalify_score_jump": 15, "hand_raise_days": 7,
    }  # fmt: skip
    rules = [config.policies.target.rules[0], config.policies.other.rules[0]]
    assert [(rule.min_people, rule.min_points, rule.days) for rule in rules] == [(2, 30, 30), (2, 100, 60)]


def test_120_days_of_touches_are_needed_for_the_mqls_of_the_last_30():
    assert ScoringConfig.default().history_days == 120


@settings(max_examples=40)
@given(st.integers(0, 10_000))
def test_it_comes_back_from_its_json_equal_and_with_the_same_json(seed):
    config = random_config(random.Random(seed))
    text = config.model_dump_json()

    again = ScoringConfig.model_validate_json(text)

    assert again == config
    assert again.model_dump_json() == text


def test_an_empty_document_is_the_default():
    assert ScoringConfig.model_validate({}) == ScoringConfig.default()


def test_it_cannot_be_changed():
    config = ScoringConfig.default()

    with pytest.raises(ValidationError):
        config.daily_cap = 5


MINUTES_BELOW_0 = {"rules": [{"kind": "minutes", "min_minutes": -1}]}
POINTS_120 = {"rules": [{"kind": "persona_points", "days": 120}]}


@pytest.mark.parametrize(
    ("document", "path", "message"),
    [
        ({"half_life": 30}, "half_life", "there is no such field"),
        ({"half_life_days": 0}, "half_life_days", "greater than 0"),
        ({"tier_weights": {"high": -1}}, "tier_weights.high", "greater than or equal to 0"),
        ({"full_points": float("inf")}, "full_points", ""),
        ({"signal_weights": {"engagement": 0, "fit": 0}}, "signal_weights.engagement", "engagement or fit needs a weight"),
        ({"lookback_days": 60, "gates": {"recent_days": 61}}, "gates.recent_days", "61 days are more than the look-back of 60"),
        ({"gates": {"cluster_days": 91}}, "gates.cluster_days", "91 days are more than the look-back of 90"),
        ({"policies": {"target": POINTS_120}}, "policies.target.rules.0.days", "120 days are more than the look-back of 90"),
        ({"policies": {"other": MINUTES_BELOW_0}}, "policies.other.rules.0.min_minutes", "greater than or equal to 0"),
        ({"policies": {"other": {"rules": []}}}, "policies.other.rules", "at least one is needed"),
        ({"policies": {"target": {"rules": [{"kind": "magic"}]}}}, "policies.target.rules.0", "kind is one of persona_points"),
        ({"bands": [{"name": "low", "lower": 5}]}, "bands.0.lower", "begins at 0"),
        ({"bands": [{"name": "low", "lower": 0}, {"name": "high", "lower": 70}]}, "bands.1.lower", "below mqa_score (70)"),
        ({"bands": [{"name": "a", "lower": 0}, {"name": "b", "lower": 0}]}, "bands.1.lower", "must begin above"),
        ({"bands": [{"name": "mqa", "lower": 0}]}, "bands.0.name", "'mqa' is no band"),
        ({"bands": [{"name": "Mqa", "lower": 0}]}, "bands.0.name", "'Mqa' is no band"),
        ({"bands": [{"name": "not evaluated yet", "lower": 0}]}, "bands.0.name", "is no band"),
        ({"bands": [{"name": "low", "lower": 0}, {"name": "Low ", "lower": 9}]}, "bands.1.name", "another band is called 'Low'"),
        ({"bands": [{"name": "  ", "lower": 0}]}, "bands.0.name", "at least 1 character"),
        ({"bands": [{"name": "n" * 41, "lower": 0}]}, "bands.0.name", "at most 40 characters"),
        ({"bands": []}, "bands", "at least one is needed"),
        ({"bands": [{"name": "a\0", "lower": 0}]}, "bands.0.name", "NUL"),
        ({"gates": {"mqa_score": 30}}, "bands.1.lower", "'consideration' begins at 40"),
        ({"type_weights": {"fax": 1}}, "type_weights", "no touch type is called fax"),
        ({"touch_types": {}}, "touch_types", "at least one"),
        ({"progression": {"tier_days": 46}}, "progression.tier_days", "92 days are more"),
        (
            {"criteria": [{"id": "a", "field": "industry", "operator": "is_known"}] * 2},
            "criteria",
            "two criteria have the id 'a'",
        ),
        (
            {"criteria": [{"id": "a", "field": "employees", "operator": "contains", "value": "3"}]},
            "criteria.0.operator",
            "does not suit employees",
        ),
    ],
)  # fmt: skip
def test_what_cannot_hold_is_refused_at_its_field(document, path, message):
    with pytest.raises(ValidationError) as caught:
        ScoringConfig.model_validate(document)

    found = field_errors(caught.value)
    assert any(at == path and message in text for at, text in found), found
