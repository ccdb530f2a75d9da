"""Evidence is stored once, and told the same where it is not stored (domain.md §4, "Evidence")."""

from datetime import timedelta

import pytest

from accounts.models import Account, Contact
from accounts.people import update_contact
from signals import daily
from signals.actions import request_rescore
from signals.models import CenterState, Decision
from signals.rescore import rescore_until_done
from signals.telling import evidence_of, evidence_of_decision, line_of
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db
TOMORROW = NOW + timedelta(days=1)


def scored(company: Account, at=NOW) -> CenterState:
    request_rescore(account_ids=[company.pk], reason="test")
    rescore_until_done(now=at)
    return CenterState.objects.get(account=company)


def new_day(company: Account) -> CenterState:
    daily.run(TOMORROW)
    rescore_until_done(now=TOMORROW)
    return CenterState.objects.get(account=company)


def blocked() -> Account:
    return given.worked_example(without={"others"})


def test_a_decisions_evidence_is_stored_with_it_alone() -> None:
    state = scored(blocked())
    assert state.evidence is None
    assert evidence_of(state) == evidence_of_decision(Decision.objects.get())
    assert evidence_of(state)["block"] == "cluster"


def test_what_somebody_asked_for_is_stored_with_the_state() -> None:
    company = blocked()
    scored(company)
    state = scored(company, TOMORROW)
    assert Decision.objects.count() == 1
    assert state.evidence["as_of"] == evidence_of(state)["as_of"]
    assert state.evidence["as_of"] == TOMORROW.isoformat()


def test_a_new_day_tells_the_same_when_asked_as_it_would_have_stored() -> None:
    company = blocked()
    scored(company)
    state = new_day(company)
    assert (state.evidence, Decision.objects.count()) == (None, 1)
    told = evidence_of(state)
    stored = scored(company, TOMORROW)
    assert stored.evidence is not None
    assert told == evidence_of(stored)
    words = (
        "Missing: one more person-day between 16 and 26 Jun: a day on which somebody does something that gives points"
    )
    # Nobody has it before them.
    assert (state.why, stored.why) == ("", "")
    assert line_of(state) == line_of(stored) == words


def test_what_was_before_the_desk_once_keeps_its_line() -> None:
    company = given.worked_example()
    scored(company)
    later = NOW + timedelta(days=40)
    lines = []
    for at in (TOMORROW, later, later + timedelta(days=1)):
        daily.run(at)
        rescore_until_done(now=at)
        state = CenterState.objects.get(account=company)
        lines.append((state.qualified, state.why == line_of(state), state.why[:10]))
    assert lines == [(True, True, "3 people i"), (False, True, "Missing: t"), (False, True, "Missing: t")]


def test_what_qualifies_has_its_evidence_at_hand_on_a_new_day_too() -> None:
    company = given.worked_example()
    scored(company)
    state = new_day(company)
    assert state.evidence["block"] is None
    assert state.evidence["as_of"] == TOMORROW.isoformat()


def test_it_is_told_as_things_were_known_then() -> None:
    company = blocked()
    scored(company)
    state = new_day(company)
    before = evidence_of(state)
    later = TOMORROW + timedelta(hours=1)
    vp = Contact.objects.get(account=company, seniority="vp")
    update_contact(contact=vp, by=None, at=later, seniority="other")
    given.touch(company, vp, "pricing_page", TOMORROW, received_at=later)
    assert evidence_of(state) == before


def test_what_was_never_evaluated_has_none() -> None:
    given.account()
    assert evidence_of(None) == {}
    assert evidence_of(CenterState()) == {}
