"""What holds of scoring whatever the facts: a second opinion agrees, order and batches never show, more is never less."""

import random
import subprocess
import sys
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.evidence import evidence_many
from signals.scoring import evaluate
from signals.scoring_config import ScoringConfig
from tests.signals.companies import AS_OF, company, contact, random_config, random_facts, touch
from tests.signals.reference import Reference

SEEDS = st.integers(0, 2**32 - 1)
CONFIG = ScoringConfig.default()


def given_seed(seed):
    rng = random.Random(seed)
    return random_config(rng), random_facts(rng), rng


@settings(max_examples=60)
@given(SEEDS)
def test_a_slow_second_opinion_agrees_on_every_measure(seed):
    config, facts, _ = given_seed(seed)
    reference = Reference(facts, config, AS_OF.date())

    rows = {row["center_id"]: row for row in evaluate(facts, config, AS_OF).centers.to_dicts()}

    for center in facts.centers.to_dicts():
        expected = reference.evaluate(center)
        row = rows[center["center_id"]]
        assert {key: row[key] for key in expected} == expected


@settings(max_examples=25)
@given(SEEDS)
def test_the_order_of_facts_never_shows(seed):
    config, facts, _ = given_seed(seed)
    shuffled = replace(
        facts,
        touches=facts.touches.sample(fraction=1.0, shuffle=True, seed=1),
        contacts=facts.contacts.sample(fraction=1.0, shuffle=True, seed=2),
        intent=facts.intent.sample(fraction=1.0, shuffle=True, seed=3),
        accounts=facts.accounts.sample(fraction=1.0, shuffle=True, seed=4),
        technologies=facts.technologies.sample(fraction=1.0, shuffle=True, seed=5),
    )

    assert evidence_many(evaluate(shuffled, config, AS_OF)) == evidence_many(evaluate(facts, config, AS_OF))


@settings(max_examples=25)
@given(SEEDS)
def test_many_accounts_at_once_are_each_alone(seed):
    config, facts, _ = given_seed(seed)
    together = evidence_many(evaluate(facts, config, AS_OF))

    alone = {}
    for account in facts.accounts["account_id"]:
        mine = pl.col("account_id") == account
        frames = ("accounts", "technologies", "centers", "contacts", "touches", "intent")
        part = replace(facts, **{name: getattr(facts, name).filter(mine) for name in frames})
        alone |= evidence_many(evaluate(part, config, AS_OF))

    assert alone == together


@settings(max_examples=40)
@given(SEEDS, st.sampled_from(sorted(CONFIG.touch_types)), st.integers(0, 119))
def test_one_more_touch_of_a_new_visitor_or_day_never_lowers_points(seed, kind, days):
    config, facts, _ = given_seed(seed)
    more = touch(9_999_999, kind, days, visitor="someone new", theme_id=None)
    extended = replace(facts, touches=pl.concat([facts.touches, company(touches=[more]).touches]))

    before = evaluate(facts, config, AS_OF).centers
    after = evaluate(extended, config, AS_OF).centers

    for column in ("points_micro", "minutes", "outbound_minutes", "engagement", "score", "mqls"):
        assert (after[column] >= before[column]).all(), column


@settings(max_examples=40)
@given(SEEDS, st.sampled_from(sorted(CONFIG.touch_types)), st.integers(0, 119))
def test_one_more_touch_of_a_known_person_never_lowers_points(seed, kind, days):
    config, facts, rng = given_seed(seed)
    people = facts.contacts.filter(pl.col("account_id") == 1)["contact_id"].to_list()
    if not people:
        people = [None]
    more = touch(9_999_999, kind, days, contact=rng.choice(people))
    extended = replace(facts, touches=pl.concat([facts.touches, company(touches=[more]).touches]))

    before = evaluate(facts, config, AS_OF).centers
    after = evaluate(extended, config, AS_OF).centers

    assert (after["points_micro"] >= before["points_micro"]).all()


@settings(max_examples=50)
@given(
    st.integers(0, 118),
    st.sampled_from(["pricing_page", "case_study", "page_other"]),
    st.sampled_from(["c_level", "vp", "director", "manager", "other"]),
)
def test_decay_is_monotone(days, kind, seniority):
    def micro(age):
        facts = company(touches=[touch(1, kind, age, contact=1)], contacts=[contact(1, seniority)])
        return evaluate(facts, CONFIG, AS_OF).centers["points_micro"].item()

    assert micro(days + 1) < micro(days) or micro(days) == micro(days + 1) == 0


@settings(max_examples=25)
@given(SEEDS)
def test_what_is_told_adds_up_to_the_points(seed):
    config, facts, _ = given_seed(seed)

    for told in evidence_many(evaluate(facts, config, AS_OF)).values():
        total = round(told["points"] * 1_000_000)
        assert sum(round(item["points"] * 1_000_000) for item in told["contributions"]) == total
        assert sum(round(item["points"] * 1_000_000) for item in told["types"]) == total
        assert 0 <= told["score"] <= 100


@settings(max_examples=25)
@given(SEEDS)
def test_its_stored_touches_replay_a_decision(seed):
    config, facts, _ = given_seed(seed)
    evaluation = evaluate(facts, config, AS_OF)
    default = evaluation.centers.filter("is_default")["center_id"].to_list()

    for center_id, told in evidence_many(evaluation, default).items():
        account = facts.centers.row(by_predicate=pl.col("center_id") == center_id, named=True)["account_id"]
        ids = [*told["touches"], *told["earlier_touches"]]
        if told["hand_raise"]:
            ids.append(told["hand_raise"]["touch"])
        kept = facts.touches.filter(pl.col("touch_id").is_in(ids))
        centers = facts.centers.filter(pl.col("account_id") == account)
        again = evaluate(replace(facts, touches=kept, centers=centers), config, AS_OF)
        assert evidence_many(again, [center_id])[center_id] == told


FORKING = """
import os, sys
sys.path.insert(0, os.getcwd())
import accounts.fit, signals.evidence, signals.explain, signals.scoring
from signals.frames import empty_facts
from tests.signals import companies
child = os.fork()
if child == 0:
    facts = companies.worked_example()
    evaluation = signals.scoring.evaluate(facts, companies.ScoringConfig.default(), companies.AS_OF)
    os._exit(0 if evaluation.centers["qualified"].item() else 3)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_nothing_runs_polars_at_import_so_a_forked_worker_can_score():
    done = subprocess.run([sys.executable, "-c", FORKING], timeout=60, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("empty", ["touches", "contacts", "intent", "accounts", "centers"])
def test_empty_frames_are_no_trouble(empty):
    _, facts, _ = given_seed(7)
    without = replace(facts, **{empty: getattr(facts, empty).clear()})

    evaluation = evaluate(without, CONFIG, AS_OF)

    assert evaluation.centers.height == (0 if empty == "centers" else facts.centers.height)
    assert len(evidence_many(evaluation)) == evaluation.centers.height
