"""Edges at which an off-by-one would hide: the last moment of a day, nothing weighs, nothing is asked, ties, one person twice.

Each exact, and each by the slow second opinion too.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone

import polars as pl
import pytest

from accounts.titles import TitleRules
from signals.scoring import evaluate
from signals.scoring_config import ScoringConfig
from tests.signals.companies import AS_OF, ago, company, contact, signal, touch, worked_example
from tests.signals.reference import Reference

CONFIG = ScoringConfig.default()
TODAY = AS_OF.date()


def scored(facts, config=CONFIG):
    """The default center, on which the slow scorer agrees."""
    row = evaluate(facts, config, AS_OF).centers.to_dicts()[0]
    expected = Reference(facts, config, TODAY).evaluate(facts.centers.row(0, named=True))
    assert {key: row[key] for key in expected} == expected
    return row


def changed(**values):
    return ScoringConfig.model_validate(CONFIG.model_dump(mode="json") | values)


def moment(days, at):
    return datetime.combine(TODAY - timedelta(days=days), at, UTC)


LAST = time.max
FIRST = time.min


# Caps and windows at the edges of days


def test_the_cap_of_a_day_ends_with_its_last_microsecond():
    """Three before midnight and three after are of two days; six before it are of one."""
    people = [contact(1)]
    around = [touch(n, "comparison", 0, contact=1, occurred_at=moment(1, LAST)) for n in range(3)]
    around += [touch(10 + n, "comparison", 0, contact=1, occurred_at=moment(0, FIRST)) for n in range(3)]
    before = [touch(n, "comparison", 0, contact=1, occurred_at=moment(1, LAST)) for n in range(6)]
    yesterday = round(10_000_000 * 2 ** (-1 / 30))
    assert scored(company(touches=around, contacts=people))["points_micro"] == 3 * 10_000_000 + 3 * yesterday
    assert scored(company(touches=before, contacts=people))["points_micro"] == 3 * yesterday


def test_a_touch_in_another_time_zone_is_of_its_utc_day():
    """01:30 in Berlin is still yesterday in UTC: the same day as 22:00, so they share a cap and a person-day."""
    berlin = timezone(timedelta(hours=2))
    late = datetime.combine(TODAY, time(1, 30), berlin)
    touches = [touch(1, "comparison", 0, contact=1, occurred_at=late.astimezone(UTC))]
    touches += [touch(2, "comparison", 0, contact=1, occurred_at=moment(1, time(22)))]
    row = scored(company(touches=touches, contacts=[contact(1)]))
    assert (row["person_days"], row["points_micro"]) == (1, 2 * round(10_000_000 * 2 ** (-1 / 30)))


@pytest.mark.parametrize(
    ("days", "at", "counts"), [(89, FIRST, True), (90, LAST, False), (0, LAST, True), (-1, FIRST, False)]
)
def test_the_look_back_is_half_open(days, at, counts):
    row = scored(
        company(touches=[touch(1, "comparison", 0, contact=1, occurred_at=moment(days, at))], contacts=[contact(1)])
    )
    assert (row["points_micro"] > 0) is counts


@pytest.mark.parametrize(("days", "connected"), [(29, True), (30, False)])
def test_a_source_is_connected_by_what_the_caller_found(days, connected):
    """The weight of intent is dropped as a whole, so a silent source lowers nothing."""
    facts = replace(worked_example(signals=()), intent_connected=connected)
    row = scored(facts)
    assert round(row["score"], 2) == (75.63 if connected else 94.54)


@pytest.mark.parametrize(("days", "recent"), [(29, True), (30, False)])
def test_a_cluster_whose_last_day_is_the_thirtieth_back_is_none(days, recent):
    touches = [touch(n, "comparison", days, contact=n) for n in (1, 2, 3)]
    row = scored(company(touches=touches, contacts=[contact(n) for n in (1, 2, 3)]))
    assert (row["person_days"], row["g_cluster"]) == ((3, True) if recent else (0, False))


# Nothing weighs


def test_without_any_weight_there_are_no_points_and_no_figure_is_none():
    nothing = changed(
        tier_weights={"high": 0, "mid": 0, "low": 0}, type_weights={}, outbound_weight=0, key_personas=[], criteria=[]
    )
    row = scored(worked_example(), nothing)
    assert (row["points_micro"], row["engagement"], row["person_days"], row["mqls"]) == (0, 0.0, 0, 0)
    assert (row["block"], row["score"]) == ("cluster", 0.2 * 80 + 0.2 * 100)


def test_without_multipliers_nobody_gives_points():
    still = changed(multipliers=dict.fromkeys(("c_level", "vp", "director", "manager", "other", "anonymous"), 0))
    row = scored(worked_example(), still)
    assert (row["points_micro"], row["block"]) == (0, "cluster")


def test_a_person_without_a_weight_of_seniority_counts_for_nothing_and_the_others_do():
    no_vps = changed(multipliers={**CONFIG.multipliers.model_dump(), "vp": 0})
    row = scored(worked_example(), no_vps)
    full = scored(worked_example())
    assert (full["points_micro"], row["points_micro"]) == (46_359_743, 10_051_019)
    assert (row["person_days"], row["g_cluster"]) == (2, False)


@pytest.mark.parametrize(
    ("weights", "score"),
    [
        ({"engagement": 1, "intent": 0, "fit": 0}, "engagement"),
        ({"engagement": 0, "intent": 0, "fit": 1}, "fit"),
    ],
)
def test_a_signal_of_no_weight_does_not_move_the_score(weights, score):
    row = scored(worked_example(), changed(signal_weights=weights))
    assert row["score"] == pytest.approx(row[score], abs=1e-9)


def test_a_criterion_of_an_exclusion_has_no_weight_in_fit():
    config = changed(
        criteria=[
            {"id": "s", "field": "industry", "operator": "in", "value": ["Retail"], "weight": 3},
            {"id": "x", "field": "country", "operator": "in", "value": ["XX"], "kind": "exclusion", "weight": 100},
            {"id": "r", "field": "employees", "operator": "is_known", "kind": "required", "weight": 0},
        ]
    )
    row = scored(worked_example(account={"industry": "retail", "country": "DE", "employees": 5}), config)
    assert (row["fit"], row["icp"]) == (100.0, "in")


# Nothing is asked


def test_an_empty_model_takes_everybody_in_and_everybody_is_key():
    """No criteria: fit 100. No key personas: the VP, who has none, counts for the rule."""
    row = scored(worked_example())
    assert (row["fit"], row["icp"], row["rule_holds"], row["qualified"]) == (100.0, "in", True, True)


def test_an_empty_company_has_figures_and_is_blocked_at_the_cluster():
    row = scored(company())
    assert (row["points_micro"], row["engagement"], row["intent"], row["fit"]) == (0, 0.0, 0.0, 100.0)
    assert (row["score"], row["block"], row["stage"]) == (20.0, "cluster", "awareness")


def test_no_fit_at_all_is_enough_where_none_is_asked():
    config = changed(min_fit=0, criteria=[{"id": "i", "field": "industry", "operator": "in", "value": ["Retail"]}])
    row = scored(worked_example(account={"industry": "Mining"}), config)
    assert (row["fit"], row["icp"]) == (0.0, "in")


# Unknowns


@pytest.mark.parametrize("operator", ["in", "not_in", "contains"])
@pytest.mark.parametrize("value", [None, "", "  "])
def test_an_unknown_value_meets_nothing_and_excludes_nothing(operator, value):
    """Not even `not in`; where it decides, the status is unknown."""
    for kind, icp in (("required", "unknown"), ("exclusion", "in")):
        config = changed(
            criteria=[{"id": "i", "field": "industry", "operator": operator, "value": ["Retail"], "kind": kind}]
        )
        assert scored(worked_example(account={"industry": value}), config)["icp"] == icp


def test_a_person_of_unknown_seniority_counts_as_other():
    touches = [touch(1, "comparison", 0, contact=1)]
    rows = [scored(company(touches=touches, contacts=[contact(1, seniority)])) for seniority in (None, "other")]
    assert [row["points_micro"] for row in rows] == [5_000_000, 5_000_000]


# Ties


def test_of_two_themes_with_equal_points_the_one_touched_last_counts_and_then_none_is_lost():
    touches = [
        touch(1, "case_study", 2, contact=1, theme_id=8),
        touch(2, "case_study", 2, contact=2, theme_id=7, occurred_at=ago(2, minute=1)),
        touch(3, "pricing_page", 2, contact=3),
    ]
    row = scored(company(touches=touches, contacts=[contact(n) for n in (1, 2, 3)]))
    assert (row["theme_id"], row["theme_share"], row["g_direction"]) == (7, 0.5, True)


def test_two_signals_of_one_topic_on_one_day_in_the_order_they_came():
    signals = [signal(90.0, 1, seq=1), signal(10.0, 1, seq=2)]
    assert scored(company(signals=signals))["intent"] == 10.0
    assert scored(company(signals=signals[::-1]))["intent"] == 10.0


# One contact in two personas


def test_a_title_that_two_personas_claim_belongs_to_the_first_rule():
    rules = TitleRules.build([], [(4, "finance", ""), (5, "director", "")])
    turned = TitleRules.build([], [(5, "director", ""), (4, "finance", "")])
    assert rules.persona_of("Director of Finance", "") == 4
    assert turned.persona_of("Director of Finance", "") == 5


def test_one_person_is_one_however_many_personas_are_key():
    """Two key personas, one busy person: not two people, not two personas."""
    policy = {"rules": [{"kind": "persona_points", "min_people": 2, "min_points": 1, "days": 30}]}
    config = changed(key_personas=[4, 5], policies={"target": policy, "other": policy})
    touches = [touch(n, kind, n, contact=1) for n, kind in enumerate(("comparison", "case_study", "roi_calculator"))]
    alone = scored(company(touches=touches, contacts=[contact(1, persona_id=4)]), config)
    assert alone["rule_holds"] is False
    second = [*touches, touch(9, "comparison", 0, contact=2)]
    both = scored(company(touches=second, contacts=[contact(1, persona_id=4), contact(2, persona_id=5)]), config)
    assert both["rule_holds"] is True
    personas = evaluate(company(touches=touches, contacts=[contact(1, persona_id=4)]), config, AS_OF).contacts
    assert personas.filter(pl.col("contact_id") == 1).height == 1
