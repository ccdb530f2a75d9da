"""Kept measures say what a full evaluation says, whatever has changed since, and read no more than that (promise S2)."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection

from accounts.models import Account, Contact
from accounts.people import update_contact
from signals import snapshot
from signals.actions import request_rescore
from signals.facts import load_facts
from signals.publishing import active_model, config_of
from signals.rescore import rescore_until_done
from signals.scoring import evaluate, measure
from signals.scoring_config import ScoringConfig
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[int] | None]]:
    """The centers that facts were read of, in the order of reading; None for all."""
    found: list[list[int] | None] = []

    def noted(*, center_ids: list[int] | None, **others: Any) -> Any:
        # A look that finds nothing reads nobody.
        if center_ids != []:
            found.append(center_ids)
        return load_facts(center_ids=center_ids, **others)

    monkeypatch.setattr(snapshot, "load_facts", noted)
    monkeypatch.setattr(snapshot, "LOOK_EVERY", 0.0)
    snapshot.forget()
    yield found
    snapshot.forget()


def active() -> ScoringConfig:
    return config_of(active_model())


def other(**parts: Any) -> ScoringConfig:
    document = active().model_dump(mode="json")
    return ScoringConfig.model_validate({**document, **{k: {**document[k], **v} for k, v in parts.items()}})


def said(*configs: ScoringConfig) -> list[list[tuple]]:
    """Center, score and block of each model, by the kept measures; the same as of a full evaluation, or it fails."""
    found = [
        frame.select("center_id", "score", "block").rows() for frame in snapshot.evaluated(list(configs), NOW).frames
    ]
    full = []
    for config in configs:
        facts = load_facts(center_ids=None, as_of=NOW, config=config)
        evaluation = evaluate(facts, config, NOW)
        full.append(evaluation.centers.select("center_id", "score", "block").sort("center_id").rows())
    assert found == full
    return found


def scored(company: Account) -> None:
    request_rescore(account_ids=[company.pk], reason="test")
    rescore_until_done(now=NOW)


def test_another_bar_reads_and_measures_nothing_again(
    reads: list[list[int] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    scored(given.worked_example())
    measured = []

    def noted(*arguments: Any) -> Any:
        measured.append(arguments)
        return measure(*arguments)

    monkeypatch.setattr("signals.scoring.measure", noted)
    assert said(active())[0][0][2] is None
    assert said(active(), other(gates={"mqa_score": 99.0}))[1][0][2] == "threshold"
    assert said(other(gates={"min_contacts": 4}))[0][0][2] == "spread"
    # Four of the five measured are for comparison.
    assert (reads, len(measured)) == ([None], 5)


def test_other_weights_are_measured_from_the_same_facts(reads: list[list[int] | None]) -> None:
    scored(given.worked_example())
    said(active())
    halved = other(tier_weights={"high": 5.0, "mid": 2.5})
    assert said(halved)[0][0][1] < said(active())[0][0][1]
    assert reads.count(None) == 1


def test_what_has_changed_is_read_again_before_and_after_it_was_evaluated(reads: list[list[int] | None]) -> None:
    company, rest = given.worked_example(), given.worked_example(name="Rest")
    scored(company)
    scored(rest)
    before = said(active())[0]
    vp = Contact.objects.get(account=company, seniority="vp")
    update_contact(contact=vp, by=None, seniority="other")
    waiting = said(active())[0]
    rescore_until_done(now=NOW)
    evaluated = said(active())[0]
    center = given.whole(company).pk
    assert waiting == evaluated
    assert {row[0]: row[1] for row in before}[center] > {row[0]: row[1] for row in waiting}[center]
    assert reads == [None, [center], [center]]


def test_what_commits_after_what_came_later_is_not_missed() -> None:
    """A commit out of order: the transaction began before the facts were read, and ended afterwards."""
    company = given.worked_example()
    scored(company)
    vp = Contact.objects.get(account=company, seniority="vp")
    center = given.whole(company).pk
    with psycopg.connect(**connection.get_connection_params()) as early:
        early.execute("UPDATE accounts_contact SET seniority = 'other' WHERE id = %s", [vp.pk])
        early.execute(
            "INSERT INTO signals_rescorerequest (center_id, due_at, priority, reason) VALUES (%s, now(), 10, 'test')",
            [center],
        )
        scored(given.worked_example(name="Later"))
        before = said(active())[0]
        early.commit()
    rescore_until_done(now=NOW)
    after = said(active())[0]
    assert {row[0]: row[1] for row in after}[center] < {row[0]: row[1] for row in before}[center]


def test_accounts_come_and_go(reads: list[list[int] | None]) -> None:
    first = given.worked_example()
    scored(first)
    assert len(said(active())[0]) == 1
    second = given.worked_example(name="Second")
    assert len(said(active())[0]) == 2
    first.delete()
    assert [row[0] for row in said(active())[0]] == [given.whole(second).pk]
    assert reads.count(None) == 1


def test_the_first_intent_of_all_weighs_for_everybody() -> None:
    company = given.worked_example(without={"intent"})
    scored(company)
    before = said(active())[0][0][1]
    elsewhere = given.account("Elsewhere")
    given.intent(elsewhere, 50, NOW.date())
    request_rescore(account_ids=[elsewhere.pk], reason="test")
    assert said(active())[0][0][1] < before


def test_when_much_has_changed_everything_is_read_anew(
    reads: list[list[int] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    company = given.worked_example()
    scored(company)
    said(active())
    monkeypatch.setattr(snapshot, "_few", lambda *_: False)
    request_rescore(account_ids=[company.pk], reason="test")
    said(active())
    assert reads.count(None) == 2


def test_facts_are_held_for_other_weights_once_somebody_tries_them(
    reads: list[list[int] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "HELD_TOUCHES", 1)
    scored(given.worked_example())
    said(active())
    assert reads.count(None) == 1
    for points in (8.0, 9.0, 11.0):
        said(active(), other(tier_weights={"high": points}))
    assert reads.count(None) == 2


def test_intent_is_connected_as_long_as_each_model_says() -> None:
    """The signal of the worked example came three days ago."""
    given.worked_example()
    before, after = said(active(), other(intent={"connected_days": 2}))
    assert [round(rows[0][1], 2) for rows in (before, after)] == [91.63, 94.54]


def test_between_two_looks_a_bar_moves_on_without_one(
    reads: list[list[int] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    company = given.worked_example()
    scored(company)
    said(active())
    monkeypatch.setattr(snapshot, "LOOK_EVERY", 3.0)
    given.worked_example(name="Later")
    (frame,) = snapshot.evaluated([other(gates={"mqa_score": 99.0})], NOW).frames
    assert frame["center_id"].to_list() == [given.whole(company).pk]
    monkeypatch.setattr(snapshot, "LOOK_EVERY", 0.0)
    assert len(said(active())[0]) == 2
    assert reads.count(None) == 1


def test_who_breaks_the_formulas_is_left_out_and_comes_back_when_mended(
    reads: list[list[int] | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    companies = [given.worked_example(name=f"C{number}") for number in range(4)]
    centers = [given.whole(company).pk for company in companies]
    for company in companies:
        scored(company)
    bad = {centers[2]}

    def broken(facts: Any, *others: Any) -> Any:
        if bad & set(facts.centers["center_id"].to_list()):
            raise ValueError("a field that nobody can read")
        return measure(facts, *others)

    monkeypatch.setattr("signals.scoring.measure", broken)
    found = snapshot.evaluated([active()], NOW)
    assert (found.frames[0]["center_id"].to_list(), found.left_out) == ([*centers[:2], centers[3]], {centers[2]})
    # It asks again for its evaluation, and still is left out; nobody else is read for it.
    request_rescore(account_ids=[companies[2].pk], reason="retry")
    read = reads.count(None)
    assert snapshot.evaluated([active()], NOW).left_out == {centers[2]}
    assert reads.count(None) == read
    bad.clear()
    request_rescore(account_ids=[companies[2].pk], reason="retry")
    assert said(active())[0][2][0] == centers[2]
    assert snapshot.evaluated([active()], NOW).left_out == frozenset()


def test_what_breaks_for_everybody_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    given.worked_example()

    def broken(*_: Any) -> Any:
        raise ValueError("the formulas themselves")

    monkeypatch.setattr("signals.fronts.front", broken)
    with pytest.raises(ValueError, match="the formulas themselves"):
        snapshot.evaluated([active()], NOW)
