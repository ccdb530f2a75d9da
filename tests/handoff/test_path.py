"""From touches to the queue and back, through the real scoring (domain.md §4, the worked example)."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from accounts.companies import create_account
from accounts.models import Account, Contact, Source
from accounts.people import create_contact
from handoff import actions
from handoff.cooling import cool_and_withdraw
from handoff.models import Handoff, TriageItem
from handoff.process import process_transitions
from signals.actions import request_rescore
from signals.loop import steps
from signals.models import CenterState, IntentSignal, IntentTopic, Theme, ThemeRule, Touch, TouchType
from signals.rescore import rescore_until_done
from tests.handoff import desk
from tests.handoff.desk import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def _touch(person: Contact, kind: str, days_ago: int, theme: Theme | None = None) -> Touch:
    at = NOW - dt.timedelta(days=days_ago)
    source, _ = Source.objects.get_or_create(name="Site")
    return Touch.objects.create(
        account=person.account,
        contact=person,
        touch_type=TouchType.objects.get(key=kind),
        theme=theme,
        source=source,
        message_id=f"{person.pk}-{kind}-{days_ago}",
        occurred_at=at,
        received_at=at,
        known_from=at,
        kind="page",
    )


@pytest.fixture
def company() -> Account:
    """The worked example's account, evaluated and acted on."""
    past = NOW - dt.timedelta(days=99)
    with time_machine.travel(past, tick=False):
        theme = Theme.objects.create(key="integrations", name="Integrations")
        ThemeRule.objects.create(theme=theme, field="path", match="starts_with", value="/integrations")
        topic = IntentTopic.objects.create(name="Integrations", theme=theme)
        company = create_account(name="Acme", domain="acme.example", is_target=True)
        people = {
            seniority: create_contact(account=company, email=f"{seniority}@acme.example", title=title)
            for seniority, title in (("manager", "Manager IT"), ("director", "Director IT"), ("vp", "VP IT"))
        }
    assert [person.seniority for person in people.values()] == ["manager", "director", "vp"]
    _touch(people["manager"], "case_study", 6, theme)
    _touch(people["director"], "webinar_attended", 4, theme)
    _touch(people["vp"], "pricing_page", 2)
    _touch(people["vp"], "pricing_page", 1)
    _touch(people["vp"], "product_page", 1, theme)
    day = NOW.date() - dt.timedelta(days=3)
    IntentSignal.objects.create(
        account=company,
        domain="acme.example",
        topic=topic,
        provider="p",
        composite=80,
        observed_on=day,
        received_at=NOW,
    )
    _evaluate(company)
    return company


def _evaluate(company: Account) -> None:
    request_rescore(account_ids=[company.pk], reason="test")
    rescore_until_done()
    process_transitions()


def test_the_worked_example_is_in_the_queue(company: Account) -> None:
    row = Handoff.objects.get()
    assert (row.account, row.state, row.is_mqa) == (company, "queued", True)
    assert round(row.decision.score, 2) == 91.63
    assert (row.qualified_at, row.claim_due_at) == (NOW, NOW + dt.timedelta(hours=4))


def test_a_touch_marked_as_wrong_takes_its_qualification(company: Account) -> None:
    row, sdr = Handoff.objects.get(), desk.user("sdr")
    actions.claim(handoff_id=row.pk, by=sdr)
    for touch in Touch.objects.filter(touch_type__key__in=["case_study", "webinar_attended"]):
        actions.mark_touch_wrong(touch_id=touch.pk, by=sdr)
    rescore_until_done()
    process_transitions()
    row.refresh_from_db()
    state = CenterState.objects.get()
    assert (state.qualified, state.block) == (False, "cluster")
    assert (row.state, row.cooling_since) == ("working", NOW.date())


def test_left_alone_it_cools_and_is_withdrawn_and_comes_back_as_the_same_journey(company: Account, clock: Any) -> None:
    withdrawn_on = None
    for day in range(1, 60):
        clock.move_to(NOW + dt.timedelta(days=day))
        _evaluate(company)
        if cool_and_withdraw():
            withdrawn_on = day
            break
    row = Handoff.objects.get()
    since = CenterState.objects.get().unqualified_since
    assert row.state == "withdrawn"
    assert withdrawn_on == (since - NOW.date()).days + 7
    later = NOW + dt.timedelta(days=withdrawn_on + 20)
    shift = (later - NOW).days
    for touch in list(Touch.objects.all()):
        person, kind, theme = touch.contact, touch.touch_type.key, touch.theme
        _touch(person, kind, (NOW - touch.occurred_at).days - shift, theme)
    clock.move_to(later)
    _evaluate(company)
    assert CenterState.objects.get().qualified
    assert (Handoff.objects.get().pk, Handoff.objects.get().state) == (row.pk, "queued")


def test_a_hand_raise_enters_at_once_without_being_an_mqa() -> None:
    company = create_account(name="Beta", domain="beta.example")
    person = create_contact(account=company, email="x@beta.example")
    _touch(person, "demo_request", 0)
    _evaluate(company)
    row = Handoff.objects.get()
    assert (row.is_mqa, row.hand_raise_at, row.state) == (False, NOW, "queued")
    assert row.claim_due_at == NOW + dt.timedelta(hours=1)
    assert TriageItem.objects.count() == 0


def test_the_loop_runs_every_step_of_the_desk() -> None:
    desk.qualify(desk.whole(desk.account()))
    found = {step.name: step for step in steps() if step.name.startswith("handoff.")}
    assert set(found) == {
        "handoff.transitions",
        "handoff.triage",
        "handoff.clocks",
        "handoff.absence",
        "handoff.digests",
        "handoff.cooling",
        "handoff.entering",
        "handoff.outbox",
        "handoff.webhooks",
    }
    assert {name: step.function() for name, step in found.items()} == {
        name: int(name == "handoff.transitions") for name in found
    }
    assert [name for name, step in found.items() if step.after_scoring] == ["handoff.transitions"]
