"""MQLs, intent, the rules of policies, stages (domain.md sections 3 and 4)."""

from datetime import timedelta

import pytest

from signals import policies
from signals.scoring import evaluate
from signals.scoring_config import ScoringConfig
from tests.signals.companies import AS_OF, ago, company, contact, signal, touch, worked_example

CONFIG = ScoringConfig.default()
PEOPLE = (contact(1), contact(2), contact(3))


def scored(touches=(), contacts=PEOPLE, config=CONFIG, **more):
    return evaluate(company(touches=touches, contacts=contacts, **more), config, AS_OF).centers.to_dicts()[0]


def with_rule(key_personas=(), **rule):
    policy = {"rules": [rule]}
    return ScoringConfig.model_validate({"key_personas": key_personas, "policies": {"target": policy, "other": policy}})


def holds(touches, config, **more):
    return scored(touches, config=config, **more)["rule_holds"]


# MQL


def test_ten_points_of_its_own_make_a_contact_an_mql():
    assert scored([touch(1, "comparison", 0, contact=1)])["mqls"] == 1
    assert scored([touch(1, "comparison", 0, contact=1)], contacts=[contact(1, "other")])["mqls"] == 0


def test_two_people_do_not_add_up_to_an_mql():
    assert scored([touch(1, "case_study", 0, contact=1), touch(2, "case_study", 0, contact=2)])["mqls"] == 0


@pytest.mark.parametrize(("days", "mqls"), [(30, 1), (31, 0)])
def test_it_stays_one_for_30_days_after_the_last_day_it_had_them(days, mqls):
    assert scored([touch(1, "comparison", days, contact=1)])["mqls"] == mqls


@pytest.mark.parametrize(("days", "mqls"), [(29, 1), (30, 1), (31, 0)])
def test_points_of_an_earlier_day_are_those_of_that_day(days, mqls):
    # 30 days before the second touch the first one had halved: 5 and 5 are 10 on that day alone.
    touches = [touch(1, "comparison", days + 30, contact=1), touch(2, "case_study", days, contact=1)]

    assert scored(touches)["mqls"] == mqls


def test_an_earlier_day_has_its_own_look_back():
    # 30 days ago: 12.5 points of that day's C-level at 10 x 2 x 2^(-x/30), seen from then; now all are beyond the look-back.
    touches = [touch(number, "comparison", 90 + number, contact=1) for number in range(4)]

    row = scored(touches, contacts=[contact(1, "c_level")])

    assert (row["points_micro"], row["mqls"]) == (0, 1)


def test_an_excluded_contact_is_none():
    facts = {"contacts": [contact(1, excluded=True)], "external": [{"contact_id": 1, "from_day": ago(3).date()}]}

    assert scored([touch(1, "comparison", 0, contact=1)], **facts)["mqls"] == 0


@pytest.mark.parametrize(
    ("first", "last", "mqls"), [(50, None, 1), (0, None, 1), (-1, None, 0), (50, 30, 1), (50, 31, 0), (30, 30, 1)]
)
def test_a_connected_system_says_so_and_it_stays_for_30_days(first, last, mqls):
    period = {"contact_id": 1, "from_day": ago(first).date(), "to_day": None if last is None else ago(last).date()}

    assert scored(external=[period])["mqls"] == mqls


# Intent


@pytest.mark.parametrize(("days", "intent"), [(0, 80.0), (20, 80.0), (21, 0.0), (-1, 0.0)])
def test_a_signal_counts_for_21_days(days, intent):
    assert scored(signals=[signal(80.0, days)])["intent"] == intent


def test_of_one_topic_provider_and_kind_the_latest_counts_even_if_lower():
    assert scored(signals=[signal(80.0, 3), signal(40.0, 2)])["intent"] == 40.0


def test_of_one_day_the_last_received_counts():
    signals = [signal(80.0, 2, received_at=ago(1, hour=8), seq=2), signal(40.0, 2, received_at=ago(1, hour=9), seq=1)]

    assert scored(signals=signals)["intent"] == 40.0
    same_instant = [signal(80.0, 2, seq=2), signal(40.0, 2, seq=1)]
    assert scored(signals=same_instant)["intent"] == 80.0


@pytest.mark.parametrize("other", [{"topic": "ERP"}, {"provider": "g2"}, {"kind": "keyword"}])
def test_intent_is_the_highest_among_topics_providers_and_kinds(other):
    assert scored(signals=[signal(80.0, 3), signal(40.0, 2, **other)])["intent"] == 80.0


@pytest.mark.parametrize(("composite", "surging"), [(59.9, False), (60.0, True)])
def test_a_topic_surges_at_60(composite, surging):
    assert scored(signals=[signal(composite, 1)])["intent_surging"] is surging


# Rules


def test_persona_points_needs_people_and_points_in_its_days():
    config = with_rule(kind="persona_points", min_people=2, min_points=15, days=30)
    both = [touch(1, "comparison", 0, contact=1), touch(2, "case_study", 0, contact=2)]

    assert holds(both, config) is True
    assert holds([both[0], touch(2, "page_other", 0, contact=2)], config) is False
    assert holds([both[0], touch(2, "comparison", 0, contact=1)], config) is False
    assert holds([both[0], touch(2, "comparison", 30, contact=2)], config) is False
    assert holds([both[0], touch(2, "comparison", 29, contact=2)], config) is True


def test_persona_points_of_key_personas_alone_and_of_no_visitor():
    config = with_rule(kind="persona_points", min_people=1, min_points=10, days=30, key_personas=[4])
    touches = [touch(1, "comparison", 0, contact=1), touch(2, "comparison", 0, visitor="v")]

    assert holds(touches, config, contacts=[contact(1, persona_id=4)]) is True
    assert holds(touches, config, contacts=[contact(1, persona_id=5)]) is False
    assert holds(touches, config, contacts=[contact(1)]) is False


def test_distinct_personas_if_asked():
    config = with_rule(
        kind="persona_points", min_people=2, min_points=1, days=30, distinct_personas=True, key_personas=[4, 5]
    )
    touches = [touch(1, "comparison", 0, contact=1), touch(2, "comparison", 0, contact=2)]

    assert holds(touches, config, contacts=[contact(1, persona_id=4), contact(2, persona_id=4)]) is False
    assert holds(touches, config, contacts=[contact(1, persona_id=4), contact(2, persona_id=5)]) is True


def test_qualified_leads_counts_mqls_of_any_persona():
    config = with_rule(kind="qualified_leads", min_people=2, key_personas=[4])
    one = [touch(1, "comparison", 0, contact=1)]

    assert holds(one, config) is False
    assert holds([*one, touch(2, "comparison", 0, contact=2)], config) is True
    assert holds(one, config, external=[{"contact_id": 2, "from_day": ago(1).date()}]) is True


def test_qualified_personas_counts_key_ones():
    config = with_rule(kind="qualified_personas", min_people=1, key_personas=[4])
    touches = [touch(1, "comparison", 0, contact=1)]

    assert holds(touches, config, contacts=[contact(1, persona_id=4)]) is True
    assert holds(touches, config, contacts=[contact(1, persona_id=3)]) is False


def test_minutes_needs_a_sum_and_people_with_enough_each():
    config = with_rule(kind="minutes", min_minutes=60, days=30, min_people=2, min_person_minutes=10)
    first = touch(1, "webinar_attended", 29, contact=1, minutes=50.0)

    assert holds([first, touch(2, "event_attended", 0, contact=2, minutes=10.0)], config) is True
    assert holds([first, touch(2, "event_attended", 0, contact=2, minutes=9.9)], config) is False
    assert (
        holds([{**first, "occurred_at": ago(30)}, touch(2, "event_attended", 0, contact=2, minutes=60.0)], config)
        is False
    )
    assert holds([first, touch(2, "call", 0, contact=2, minutes=10.0)], config) is False


def test_without_a_bar_of_minutes_each_only_who_has_some_in_the_window_counts():
    config = with_rule(kind="minutes", min_minutes=5, days=30, min_people=2, min_person_minutes=0)
    first = touch(1, "webinar_attended", 0, contact=1, minutes=5.0)

    assert holds([first, touch(2, "event_attended", 29, contact=2, minutes=0.5)], config) is True
    assert holds([first, touch(2, "event_attended", 30, contact=2, minutes=0.5)], config) is False
    assert holds([first, touch(2, "event_attended", 0, contact=2, minutes=0.0)], config) is False


def test_visitors_minutes_count_for_the_sum():
    config = with_rule(kind="minutes", min_minutes=60, days=30, min_people=1, min_person_minutes=10)

    touches = [touch(1, "case_study", 0, contact=1, minutes=10.0), touch(2, "case_study", 0, visitor="v", minutes=50.0)]

    assert holds(touches, config) is True


def test_any_rule_suffices():
    config = ScoringConfig.model_validate(
        {
            "policies": {
                "target": {
                    "rules": [
                        {"kind": "qualified_leads", "min_people": 9},
                        {"kind": "qualified_leads", "min_people": 1},
                    ]
                }
            }
        }
    )

    row = scored([touch(1, "comparison", 0, contact=1)], config=config)

    assert (row["rule_target_0_holds"], row["rule_target_1_holds"], row["rule_holds"]) == (False, True, True)


@pytest.mark.parametrize(
    "asked", [{"min_executives": 2}, {"require_intent_surge": True}, {"require_momentum": True}, {"min_tier": "high"}]
)
def test_what_a_policy_asks_beside_its_rules_blocks_at_the_threshold(asked):
    config = ScoringConfig.model_validate({"policies": {"target": {"rules": [{"kind": "persona_points"}], **asked}}})
    calm = worked_example(
        signals=[signal(59.0, 1)],
        touches=[
            touch(1, "webinar_attended", 6, contact=1, theme_id=7),
            touch(2, "webinar_attended", 4, contact=2, theme_id=7),
            touch(3, "webinar_attended", 2, contact=3, theme_id=7),
            touch(4, "case_study", 1, contact=3, theme_id=7),
            touch(5, "content_download", 1, contact=3, theme_id=7),
            touch(6, "product_page", 1, contact=3, theme_id=7),
            *[touch(10 + number, "webinar_attended", 15, contact=3) for number in range(3)],
            *[touch(20 + number, "case_study", 15, contact=3) for number in range(3)],
        ],
    )

    assert evaluate(calm, CONFIG, AS_OF).centers["block"].item() is None
    assert evaluate(calm, config, AS_OF).centers["block"].item() == "threshold"


def test_the_presets_are_the_domains():
    assert policies.target_default() == policies.PersonaPoints(min_people=2, min_points=30, days=30)
    assert policies.other_default() == policies.PersonaPoints(min_people=2, min_points=100, days=60)
    assert policies.two_qualified_leads() == policies.QualifiedLeads(min_people=2)
    assert policies.three_key_personas_qualified().min_people == 3
    assert policies.sixty_minutes_two_people() == policies.Minutes(min_minutes=60, min_people=2, min_person_minutes=10)
    assert [make().kind for make in policies.PRESETS.values()] == [
        "persona_points", "persona_points", "qualified_leads", "qualified_personas", "minutes",
    ]  # fmt: skip


# Stages


@pytest.mark.parametrize(
    ("score", "qualified", "stage"),
    [(0, False, "awareness"), (39.999999, False, "awareness"), (40, False, "consideration"), (69.9, False, "consideration"),
     (70, True, "mqa"), (70, False, "consideration"), (100, False, "consideration")],
)  # fmt: skip
def test_bands_are_half_open_and_only_what_qualifies_is_an_mqa(score, qualified, stage):
    assert CONFIG.stage_of(score, qualified=qualified) == stage


def test_evaluate_agrees_with_the_models_bands():
    # 20 for fit, and 10 points a comparison for 12 of score: 32, 44.
    for comparisons, stage in ((1, "awareness"), (2, "consideration")):
        row = scored([touch(number, "comparison", 0, contact=1) for number in range(comparisons)])
        assert row["stage"] == stage == CONFIG.stage_of(row["score"], qualified=row["qualified"])


def test_a_score_of_exactly_70_is_enough():
    # Engagement 100 and half of the intent: 60 + 10 + 0 of fit is 70.
    config = ScoringConfig.model_validate(
        {"criteria": [{"id": "x", "field": "industry", "operator": "in", "value": ["software"]}], "min_fit": 0,
         "policies": {"target": {"rules": [{"kind": "qualified_leads", "min_people": 1}]}}}
    )  # fmt: skip
    touches = [
        touch(number, kind, number, contact=1 + number % 3, theme_id=7)
        for number, kind in enumerate(["comparison"] * 8)
    ]

    def row(composite):
        return scored(touches, config=config, signals=[signal(composite, 1)], account={"industry": "Mining"})

    assert (row(50.0)["score"], row(50.0)["block"]) == (70.0, None)
    assert (row(49.9)["score"], row(49.9)["block"]) == (69.98, "threshold")


def test_the_day_of_as_of_decides_and_not_its_hour():
    facts = worked_example()

    morning = evaluate(facts, CONFIG, AS_OF.replace(hour=0)).centers.to_dicts()
    night = evaluate(facts, CONFIG, AS_OF.replace(hour=23, minute=59)).centers.to_dicts()
    next_day = evaluate(facts, CONFIG, AS_OF + timedelta(days=1)).centers.to_dicts()

    assert morning == night
    assert next_day[0]["points_micro"] < night[0]["points_micro"]
