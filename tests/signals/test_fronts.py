"""Of the spans that could count, any bars find the one that counts among all (promise S2)."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals import clusters, fronts
from signals.scoring import measure
from signals.scoring_config import ScoringConfig
from tests.signals.companies import AS_OF, company, contact, random_config, random_facts, touch

ANY_BARS = st.fixed_dictionaries(
    {
        "cluster_person_days": st.integers(1, 8),
        "min_contacts": st.integers(1, 5),
        "min_theme_share": st.sampled_from([0.0, 0.2, 0.4, 0.5, 0.75, 1.0]),
    }
)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.lists(ANY_BARS, min_size=4, max_size=4))
def test_the_span_that_counts_is_the_one_that_a_choice_among_all_finds(seed, tried):
    rng = random.Random(seed)
    config, facts = random_config(rng), random_facts(rng)
    measures = measure(facts, config, AS_OF)
    front = fronts.front(measures.activity, measures.spans)
    for bars in tried:
        gates = config.gates.model_copy(update=bars)
        found = fronts.counting(front, gates, themes_set_up=facts.themes_set_up)
        chosen = clusters.choose(replace(measures.activity, gates=gates), measures.spans).sort("c")
        assert found.rows() == chosen.select(found.columns).rows()


@pytest.mark.parametrize(("contacts", "person_days"), [(1, 4), (2, 3), (3, 4)])
def test_a_span_with_fewer_person_days_counts_where_it_alone_has_the_people(contacts, person_days):
    alone = [touch(number, "case_study", 25 - number, contact=1, theme_id=7) for number in range(4)]
    two = [touch(10 + number, "case_study", 3 - number, contact=1 + number % 2, theme_id=7) for number in range(3)]
    measures = measure(company(touches=alone + two, contacts=[contact(1), contact(2)]), ScoringConfig.default(), AS_OF)
    front = fronts.front(measures.activity, measures.spans)
    gates = ScoringConfig.default().gates.model_copy(update={"min_contacts": contacts})
    (found,) = fronts.counting(front, gates, themes_set_up=True).to_dicts()
    assert found["person_days"] == person_days
    assert front.height == 2
