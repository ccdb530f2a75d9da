"""Events that were set aside are taken again once they can be."""

import pytest

from accounts.companies import create_account
from accounts.models import AccountIdentifier
from signals.ingest.replay import replay
from signals.models import SetAsideEvent, Touch
from tests.signals.ingest.sending import Sender, counted, group, readings

pytestmark = pytest.mark.django_db


def test_a_group_without_a_name_is_taken_once_its_account_is_known() -> None:
    sender = Sender()
    sender.batch(group("g1", employees=70))
    aside = SetAsideEvent.objects.get()
    assert replay(set_aside=aside, by=None) is not None
    acme = create_account(name="Acme")
    AccountIdentifier.objects.create(account=acme, system="segment", value="g1")
    assert replay(set_aside=aside, by=None) is None
    acme.refresh_from_db()
    aside.refresh_from_db()
    assert acme.employees == 70
    assert aside.replayed_at is not None
    assert counted() == (1, 0, 0, 1)


def test_what_was_mended_is_taken_once_and_happened_when_it_first_came() -> None:
    create_account(name="Acme", domain="acme.com")
    sender = Sender()
    sender.post("track", {"userId": "jo@acme.com", "messageId": "m1"})
    aside = SetAsideEvent.objects.get()
    assert replay(set_aside=aside, by=None) == "A track event needs its name in “event”."
    aside.payload = {**aside.payload, "event": "Demo Requested"}
    aside.save()
    assert replay(set_aside=aside, by=None) is None
    assert replay(set_aside=aside, by=None) is None
    assert readings() == [("demo_request", "Acme", "jo@acme.com")]
    touch = Touch.objects.get()
    assert touch.occurred_at == aside.received_at
    assert touch.received_at > aside.received_at
