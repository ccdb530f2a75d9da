"""From stored facts to state, decision and transition (domain.md §4; architecture.md, "Background work")."""

from datetime import timedelta

import pytest

from accounts.models import Account, Contact
from accounts.people import update_contact
from signals.actions import request_rescore
from signals.models import (
    CenterState,
    Decision,
    RescoreRequest,
    ScoringFailure,
    ScoringModel,
    Theme,
    Touch,
    Transition,
)
from signals.publishing import active_model, copy_to_draft, publish, save_draft
from signals.rescore import rescore_due, rescore_until_done
from signals.telling import evidence_of, evidence_of_decision
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db


def state_of(company: Account) -> CenterState:
    return CenterState.objects.get(center__account=company, center__is_default=True)


def scored(company: Account, *, at=NOW) -> CenterState:
    request_rescore(account_ids=[company.pk], reason="test")
    rescore_until_done(now=at)
    return state_of(company)


def kinds(company: Account) -> list[str]:
    return list(Transition.objects.filter(center__account=company).order_by("id").values_list("kind", flat=True))


# The worked example and its legs


def test_the_worked_example_is_an_mqa() -> None:
    company = given.worked_example()
    state = scored(company)

    assert (state.qualified, state.block, state.stage, state.icp) == (True, "", "mqa", "in")
    assert round(state.points_micro / 1_000_000, 2) == 46.36
    assert round(state.engagement, 2) == 92.72
    assert (state.fit, state.intent, round(state.score, 2)) == (100.0, 80.0, 91.63)
    assert (state.people, state.is_surging, state.theme.key) == (3, True, "integrations")
    assert (state.minutes, state.outbound_minutes) == (43.0, 0.0)
    assert state.surged_on == NOW.date() - timedelta(days=3)
    assert state.last_touch_at == given.ago(1, 10)
    assert (state.evaluated_at, state.as_of_day, state.qualified_since) == (NOW, NOW.date(), NOW)
    assert state.unqualified_since is None
    assert state.why == "3 people in 6 days on Integrations: pricing ×2; 1 executive engaged; intent surging"
    assert state.strip == [
        ["2026-06-09", 0.0, 5.0, 0.0],
        ["2026-06-11", 0.0, 6.25, 0.0],
        ["2026-06-13", 15.0, 0.0, 0.0],
        ["2026-06-14", 15.0, 7.5, 0.0],
    ]
    decision = Decision.objects.get()
    assert state.decision == decision
    assert (decision.qualified, decision.score, decision.model) == (True, state.score, active_model())
    assert evidence_of_decision(decision) == evidence_of(state)
    assert decision.touch_ids == sorted(Touch.objects.values_list("id", flat=True))
    assert kinds(company) == ["qualified"]


@pytest.mark.parametrize(("without", "block"), [("others", "cluster"), ("theme", "direction")])
def test_without_one_leg_its_gate_blocks(without: str, block: str) -> None:
    state = scored(given.worked_example(without={without}))

    assert (state.qualified, state.block) == (False, block)


def test_the_vp_alone_on_a_third_day_is_blocked_by_spread() -> None:
    company = given.worked_example(without={"others"})
    vp = Contact.objects.get(account=company, seniority="vp")
    given.touch(company, vp, "product_page", given.ago(3), about=Theme.objects.get())

    assert scored(company).block == "spread"


def test_without_intent_it_still_qualifies_at_75_63_while_sources_are_connected() -> None:
    company = given.worked_example(without={"intent"})
    given.intent(given.account("Elsewhere"), 50, NOW.date())

    state = scored(company)

    assert (state.qualified, round(state.score, 2), state.intent) == (True, 75.63, 0.0)


def test_an_ignored_touch_gives_nothing() -> None:
    company = given.worked_example()
    Touch.objects.filter(message_id__in=Touch.objects.filter(account=company).values("message_id")).update(
        ignored="bot"
    )

    state = scored(company)

    assert (state.points_micro, state.last_touch_at, state.strip) == (0, None, [])


def test_an_excluded_person_gives_nothing_but_a_hand_raise_still_counts() -> None:
    company = given.account(is_target=True)
    person = given.contact(company, "vp", excluded_from_scoring=True)
    raised = given.touch(company, person, "demo_request", given.ago(0))

    state = scored(company)

    assert (state.points_micro, state.people) == (0, 0)
    assert (state.hand_raise_touch_id, state.hand_raise_at) == (raised.pk, given.ago(0))
    transition = Transition.objects.get(kind="hand_raise")
    assert (transition.touch_id, transition.contact, transition.occurred_at) == (raised.pk, person, given.ago(0))


def test_an_account_is_unaffected_by_the_others() -> None:
    alone = given.worked_example()
    scored(alone)
    first, told = CenterState.objects.filter(account=alone).values().get(), evidence_of(state_of(alone))
    for number in range(3):
        given.worked_example(name=f"Neighbour {number}")
    request_rescore(account_ids=Account.objects.values_list("id", flat=True), reason="test")
    rescore_until_done(now=NOW)

    again = CenterState.objects.filter(account=alone).values().get()
    # The decision had the evidence; now that there is no new one, the state has it.
    assert first.pop("evidence") is None
    assert again.pop("evidence")["as_of"] == told["as_of"]
    assert evidence_of(state_of(alone)) == told
    assert again == first


# When a decision is stored, and what the desk hears


def test_the_same_again_stores_no_second_decision_and_tells_nobody() -> None:
    company = given.worked_example()
    scored(company)
    scored(company, at=NOW + timedelta(hours=1))

    assert Decision.objects.filter(account=company).count() == 1
    assert kinds(company) == ["qualified"]
    assert state_of(company).evaluated_at == NOW + timedelta(hours=1)


def test_the_first_evaluation_is_a_decision_even_of_nothing() -> None:
    company = given.account()

    state = scored(company)

    decision = Decision.objects.get()
    assert (decision.qualified, decision.block, decision.stage, decision.touch_ids) == (
        False,
        "cluster",
        "awareness",
        [],
    )
    assert (state.score, state.points_micro, state.unqualified_since) == (decision.score, 0, None)
    assert kinds(company) == []


def test_what_stops_qualifying_is_told_with_the_day_it_began() -> None:
    company = given.worked_example()
    scored(company)
    later = NOW + timedelta(days=40)

    state = scored(company, at=later)

    assert (state.qualified, state.unqualified_since, state.qualified_since) == (False, later.date(), None)
    assert kinds(company) == ["qualified", "unqualified"]
    assert Decision.objects.count() == 2
    scored(company, at=later + timedelta(days=1))
    assert state_of(company).unqualified_since == later.date()
    assert kinds(company) == ["qualified", "unqualified", "evaluated"]


def test_a_center_never_goes_back_in_time() -> None:
    company = given.worked_example()
    scored(company)

    state = scored(company, at=NOW - timedelta(days=2))

    assert (state.evaluated_at, state.as_of_day) == (NOW, NOW.date())


def test_a_publish_decides_everything_again_under_the_new_version() -> None:
    company = given.worked_example()
    scored(company)
    draft = copy_to_draft(model=active_model(), by=None)
    config = ScoringModel.objects.get(pk=draft.pk).config
    config["gates"]["mqa_score"] = 95.0
    save_draft(model=draft, config=config, by=None)
    publish(model=draft, comment="Stricter", by=None)

    assert RescoreRequest.objects.get().priority == RescoreRequest.Priority.PUBLISH
    rescore_until_done(now=NOW)

    state = state_of(company)
    assert (state.qualified, state.block, state.stage, state.model.version) == (False, "threshold", "consideration", 2)
    assert list(Decision.objects.order_by("id").values_list("model__version", flat=True)) == [1, 2]
    assert kinds(company) == ["qualified", "unqualified"]


def test_a_seniority_that_changes_asks_for_a_new_evaluation() -> None:
    company = given.worked_example()
    scored(company)
    vp = Contact.objects.get(account=company, seniority="vp")
    update_contact(contact=vp, by=None, seniority="other")

    assert rescore_until_done(now=NOW) == 1
    assert state_of(company).points_micro < 30_000_000


# The list


def test_several_requests_of_one_center_make_one_evaluation() -> None:
    company = given.worked_example()
    rescore_until_done(now=NOW)
    for _ in range(5):
        request_rescore(account_ids=[company.pk], reason="test")

    assert rescore_due(now=NOW) == 1
    assert RescoreRequest.objects.count() == 0


def test_fresh_touches_come_before_midnight() -> None:
    fresh, late = given.account(), given.account()
    rescore_until_done(now=NOW)
    request_rescore(account_ids=[late.pk], reason="day", priority=RescoreRequest.Priority.DAY)
    request_rescore(account_ids=[fresh.pk], reason="touch", priority=RescoreRequest.Priority.FRESH)

    assert rescore_due(limit=1, now=NOW + timedelta(hours=1)) == 1

    assert RescoreRequest.objects.get().center == given.whole(late)


def test_what_is_due_later_waits() -> None:
    company = given.account()
    rescore_until_done(now=NOW)
    request_rescore(account_ids=[company.pk], reason="later", due_at=NOW + timedelta(days=3650))

    assert rescore_due(now=NOW) == 0
    assert RescoreRequest.objects.count() == 1


def test_one_center_that_fails_waits_visibly_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    companies = [given.worked_example(name=f"C{number}") for number in range(5)]
    bad = given.whole(companies[2]).pk
    from signals import rescore
    from signals.store import store

    def poisoned(outcome):  # one score that is no number, as a fault in a formula would leave it
        for place, center_id in enumerate(outcome.columns["center_id"]):
            if center_id == bad:
                outcome.columns["score"][place] = float("nan")
        store(outcome)

    monkeypatch.setattr(rescore, "store", poisoned)
    assert rescore_due(now=NOW) == 5

    assert set(CenterState.objects.filter(qualified=True).values_list("center_id", flat=True)) == {
        given.whole(company).pk for company in companies if company != companies[2]
    }
    failure = ScoringFailure.objects.get()
    assert (failure.center_id, failure.failures) == (bad, 1)
    assert failure.error == "ValueError: score is no number"
    request = RescoreRequest.objects.get()
    assert (request.center_id, request.due_at, request.reason) == (bad, failure.next_at, "retry")
    assert rescore_due(now=NOW) == 0

    monkeypatch.undo()
    scored(companies[2])
    assert not ScoringFailure.objects.exists()
    assert state_of(companies[2]).qualified
