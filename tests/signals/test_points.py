"""Points, minutes, the daily cap and the look-back (domain.md section 3), at exact values."""

from datetime import UTC, datetime

import pytest

from signals.scoring import engagement_scores, evaluate
from signals.scoring_config import ScoringConfig
from signals.starter_types import STARTER_TYPES
from tests.signals.companies import AS_OF, ago, company, contact, touch

import polars as pl  # isort: skip

CONFIG = ScoringConfig.default()
PEOPLE = (contact(1),)


def scored(touches, contacts=PEOPLE, config=CONFIG, **more):
    return evaluate(company(touches=touches, contacts=contacts, **more), config, AS_OF)


def points(*touches, **more):
    return scored(list(touches), **more).centers["points_micro"].item()


WEIGHTS = {
    "pricing_page": 10, "demo_request": 10, "contact_request": 10, "comparison": 10, "trial_started": 10, "roi_calculator": 10,
    "webinar_attended": 5, "event_attended": 5, "case_study": 5, "content_download": 5, "product_page": 5, "email_reply": 5,
    "webinar_registered": 1, "email_click": 0, "email_open": 0, "blog_page": 1, "page_other": 1, "call": 0, "email_sent": 0,
    "message_sent": 0, "meeting_held": 10, "unmapped": 0,
}  # fmt: skip


def test_the_catalogue_is_the_domains():
    assert {row.key for row in STARTER_TYPES} == set(WEIGHTS)


@pytest.mark.parametrize(("kind", "weight"), WEIGHTS.items())
def test_a_touch_of_today_by_a_manager_gives_its_types_weight(kind, weight):
    assert points(touch(1, kind, 0, contact=1)) == weight * 1_000_000


@pytest.mark.parametrize(
    ("seniority", "factor"),
    [("c_level", 2.0), ("vp", 1.5), ("director", 1.25), ("manager", 1.0), ("other", 0.5), (None, 0.5)],
)
def test_seniority_multiplies(seniority, factor):
    assert points(touch(1, "case_study", 0, contact=1), contacts=[contact(1, seniority)]) == 5_000_000 * factor


def test_an_anonymous_visitor_counts_half():
    assert points(touch(1, "case_study", 0, visitor="v")) == 2_500_000


@pytest.mark.parametrize(
    ("days", "micro"),
    [(0, 10_000_000), (1, 9_771_600), (15, 7_071_068), (30, 5_000_000), (60, 2_500_000), (89, 1_279_217)],
)
def test_points_halve_in_30_days(days, micro):
    assert points(touch(1, "comparison", days, contact=1)) == micro
    assert micro == round(10 * 2 ** (-days / 30) * 1_000_000)


def test_the_look_back_ends_after_90_days():
    evaluation = scored([touch(1, "comparison", 90, contact=1)])

    assert evaluation.centers["points_micro"].item() == 0
    assert evaluation.touches.height == 0


def test_what_lies_after_the_day_gives_nothing_and_the_same_day_does():
    assert points(touch(1, "comparison", -1, contact=1)) == 0
    assert points(touch(1, "comparison", 0, contact=1, occurred_at=ago(0, hour=23, minute=59))) == 10_000_000


def test_age_is_counted_in_utc_days_and_not_in_hours():
    late = touch(1, "comparison", 1, contact=1, occurred_at=ago(1, hour=23, minute=59))

    evaluation = evaluate(
        company(touches=[late], contacts=[contact(1)]), CONFIG, datetime(2026, 11, 21, 0, 0, 1, tzinfo=UTC)
    )

    assert evaluation.centers["points_micro"].item() == 9_771_600


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        evaluate(company(), CONFIG, datetime(2026, 11, 21))  # noqa: DTZ001


def test_each_touch_is_rounded_before_summing():
    # 1 x 0.5 x 2^(-1/30) is 0.48857998...: three times the rounded one, not the rounded triple.
    one = round(0.5 * 2 ** (-1 / 30) * 1_000_000)
    touches = [touch(number, "page_other", 1, contact=number) for number in (1, 2, 3)]

    assert points(*touches, contacts=[contact(number, "other") for number in (1, 2, 3)]) == 3 * one


def test_only_the_first_three_of_a_day_count_and_the_rest_are_kept():
    touches = [touch(number, "comparison", 0, contact=1, occurred_at=ago(0, minute=number)) for number in range(1, 6)]

    evaluation = scored(touches)

    row = evaluation.centers.to_dicts()[0]
    assert (row["points_micro"], row["minutes"], row["touches"]) == (30_000_000, 3.0, 5)
    kept = evaluation.touches.sort("touch_id")
    assert kept["counted"].to_list() == [True, True, True, False, False]
    assert kept["points_micro"].to_list() == [10_000_000] * 3 + [0, 0]


def test_of_one_moment_the_turn_decides_who_is_first():
    minutes = [1.0, 2.0, 4.0, 8.0]
    touches = [
        touch(number, "comparison", 0, contact=1, minutes=minutes[number], turn=turn)
        for number, turn in enumerate([4, 2, 1, 3])
    ]

    evaluation = scored(touches)

    assert evaluation.centers["minutes"].item() == 2.0 + 4.0 + 8.0
    assert evaluation.touches.filter(~pl.col("counted"))["touch_id"].to_list() == [0]


def test_the_cap_is_by_person_by_type_and_by_day():
    same = [touch(number, "comparison", 0, contact=1) for number in range(4)]
    other_person = [touch(10 + number, "comparison", 0, contact=2) for number in range(3)]
    other_type = [touch(20 + number, "roi_calculator", 0, contact=1) for number in range(3)]
    other_day = [touch(30 + number, "comparison", 30, contact=1) for number in range(3)]

    total = points(*same, *other_person, *other_type, *other_day, contacts=[contact(1), contact(2)])

    assert total == (3 + 3 + 3) * 10_000_000 + 3 * 5_000_000


def test_visitors_are_apart_and_those_without_an_id_are_one():
    touches = [touch(number, "comparison", 0, visitor=None) for number in range(4)]
    touches += [touch(10 + number, "comparison", 0, visitor="a") for number in range(2)]
    touches += [touch(20 + number, "comparison", 0, visitor="b") for number in range(2)]

    evaluation = scored(touches, contacts=[])

    assert evaluation.centers["points_micro"].item() == (3 + 2 + 2) * 5_000_000
    assert sorted(evaluation.contacts["points_micro"].to_list()) == [10_000_000, 10_000_000, 15_000_000]


def test_a_type_that_the_model_does_not_know_gives_nothing():
    assert points(touch(1, "carrier_pigeon", 0, contact=1)) == 0


def test_a_new_outbound_type_gives_nothing_unless_it_has_a_weight():
    types = {"fax": {"direction": "outbound", "tier": "high"}}
    plain = ScoringConfig.model_validate({"touch_types": types, "type_weights": {}})
    weighed = ScoringConfig.model_validate({"touch_types": types, "type_weights": {"fax": 2}})

    assert points(touch(1, "fax", 0, contact=1), config=plain) == 0
    assert points(touch(1, "fax", 0, contact=1), config=weighed) == 2_000_000


def test_minutes_of_rep_activity_are_apart():
    row = scored(
        [
            touch(1, "call", 0, contact=1, minutes=5.0),
            touch(2, "product_page", 89, contact=1, minutes=0.5),
            touch(3, "product_page", 90, contact=1, minutes=7.0),
        ]
    ).centers.to_dicts()[0]

    assert (row["minutes"], row["outbound_minutes"]) == (0.5, 5.0)


@pytest.mark.parametrize(("comparisons", "engagement"), [(0, 0.0), (1, 20.0), (2, 40.0), (3, 60.0)])
def test_engagement_is_the_share_of_50_points(comparisons, engagement):
    touches = [touch(number, "comparison", 0, contact=1) for number in range(comparisons)]

    assert scored(touches).centers["engagement"].item() == engagement


def test_engagement_ends_at_100():
    contacts = [contact(number) for number in range(3)]
    touches = [touch(number, "comparison", 0, contact=number // 3) for number in range(9)]

    row = scored(touches, contacts=contacts).centers.to_dicts()[0]

    assert (row["points_micro"], row["engagement"]) == (90_000_000, 100.0)


def test_contributions_add_up():
    evaluation = scored(
        [
            touch(1, "comparison", 3, contact=1),
            touch(2, "case_study", 5, visitor="v"),
            touch(3, "case_study", 7, contact=1),
        ]
    )

    total = evaluation.centers["points_micro"].item()
    assert evaluation.contacts["points_micro"].sum() == total
    assert evaluation.types["points_micro"].sum() == total
    assert evaluation.touches["points_micro"].sum() == total


def test_progression_is_the_highest_tier_of_30_days_and_of_the_30_before():
    row = scored(
        [
            touch(1, "comparison", 29, contact=1),
            touch(2, "case_study", 30, contact=1),
            touch(3, "comparison", 60, contact=1),
            touch(4, "demo_request", 30, contact=1, type="email_open"),
        ]
    ).centers.to_dicts()[0]

    assert (row["tier_now"], row["tier_before"]) == ("high", "mid")


def test_progression_counts_neither_rep_activity_nor_what_gives_no_points():
    row = scored([touch(1, "call", 1, contact=1), touch(2, "email_open", 1, contact=1)]).centers.to_dicts()[0]

    assert (row["tier_now"], row["tier_before"]) == (None, None)


def test_momentum_is_undecayed_points_of_14_days_less_the_14_before():
    row = scored(
        [
            touch(1, "comparison", 13, contact=1),
            touch(2, "case_study", 14, contact=1),
            touch(3, "page_other", 27, contact=1),
            touch(4, "comparison", 28, contact=1),
        ]
    ).centers.to_dicts()[0]

    assert row["momentum_micro"] == 10_000_000 - 5_000_000 - 1_000_000


def test_a_hand_raise_is_seen_up_to_seven_days_old_and_the_latest_one_is_named():
    assert scored([touch(1, "demo_request", 8, contact=1)]).centers["hand_raise_touch_id"].item() is None

    row = scored(
        [
            touch(1, "demo_request", 7, contact=1),
            touch(2, "contact_request", 2, contact=2),
            touch(3, "demo_request", 5),
        ],
        contacts=[contact(1), contact(2, excluded=True)],
    ).centers.to_dicts()[0]

    assert (row["hand_raise_touch_id"], row["hand_raise_contact_id"]) == (2, 2)
    assert row["hand_raise_at"] == ago(2)
    assert row["points_micro"] == round(10 * 2 ** (-7 / 30) * 1e6) + round(5 * 2 ** (-5 / 30) * 1e6)


def test_an_account_without_anything_scores_its_fit():
    row = scored([], contacts=[]).centers.to_dicts()[0]

    assert (row["points_micro"], row["engagement"], row["intent"], row["fit"]) == (0, 0.0, 0.0, 100.0)
    assert (row["score"], row["stage"], row["block"]) == (20.0, "awareness", "cluster")


def test_a_contacts_touch_at_an_account_not_its_own_counts_there_as_its_persons():
    facts = company(
        touches=[touch(1, "comparison", 0, contact=5), touch(2, "case_study", 0, contact=5)],
        contacts=[contact(5, "vp", account_id=2)],
    )

    row = evaluate(facts, CONFIG, AS_OF).centers.to_dicts()[0]

    assert (row["points_micro"], row["person_days"], row["people"]) == (22_500_000, 1, 1)


@pytest.mark.parametrize(
    ("points_", "expected"),
    [
        ([10], [50.0]),
        ([10, 20], [25.0, 75.0]),
        ([10, 10, 20], [100 * 1 / 3, 100 * 1 / 3, 100 * 2.5 / 3]),
        ([0, 10, None, 20], [None, 25.0, None, 75.0]),
        ([0], [None]),
    ],
)
def test_the_account_engagement_score_is_the_share_below_and_half_of_the_equals(points_, expected):
    found = engagement_scores(pl.Series(points_, dtype=pl.Int64)).to_list()

    assert found == [None if value is None else pytest.approx(value) for value in expected]
