"""Two evaluations side by side: only what differs, in words."""

from handoff.between import Change, changes, people
from signals.evidence import evidence_many
from signals.ladder import Names
from signals.scoring import evaluate
from signals.scoring_config import ScoringConfig
from tests.signals.companies import AS_OF, EXAMPLE_TOUCHES, worked_example

NAMES = Names(people={1: "A manager", 2: "A director", 3: "A VP"}, themes={7: "Integrations"})


def evidence(config: ScoringConfig, **parts) -> dict:
    return evidence_many(evaluate(worked_example(**parts), config, AS_OF), model_version=1)[10]


def test_the_same_twice_has_no_changes() -> None:
    one = evidence(ScoringConfig.default())
    assert changes(one, one, NAMES) == []
    assert people(one, one) == ([], [])


def test_a_person_more_is_told_at_every_measure_that_moved() -> None:
    config = ScoringConfig.default()
    before = evidence(config, touches=EXAMPLE_TOUCHES[2:])
    after = evidence(config)
    assert changes(before, after, NAMES) == [
        Change("Verdict", "Consideration, blocked at cluster", "MQA"),
        Change("Score", "79", "91"),
        Change("Engagement", "72", "92"),
        Change("Points", "36.3", "46.4"),
        Change("Cluster gate", "2 / 3, not passed", "4 / 3, passed"),
        Change("Spread gate", "1 / 2, not passed", "3 / 2, passed"),
        Change("Threshold gate", "79 / 70, not passed", "91 / 70, passed"),
    ]
    assert people(before, after) == ([2, 1], [])
    assert people(after, before) == ([], [2, 1])


def test_a_criterion_that_one_version_asks_and_the_other_does_not() -> None:
    plain = ScoringConfig.default()
    strict = ScoringConfig.model_validate(
        {"criteria": [{"id": "e", "field": "employees", "operator": "at_least", "value": 200, "kind": "required"}]}
    )
    found = {row.label: (row.before, row.after) for row in changes(evidence(plain), evidence(strict), NAMES)}
    assert found["Criterion on employees"] == ("not asked", "unknown")
    assert found["Relevance gate"][1].endswith("not passed")
