"""A handoff says which version of the scoring model decided on it, whatever wrote it."""

from importlib import import_module

import pytest
from django.db import connection

from handoff.models import Handoff
from handoff.process import process_transitions
from signals.publishing import active_model
from tests.handoff import desk

pytestmark = pytest.mark.django_db


def test_one_that_qualified_has_the_version_that_said_so() -> None:
    desk.qualify(desk.whole(desk.account()))
    process_transitions()
    found = Handoff.objects.get()
    assert found.model == active_model()
    found.model = None
    found.save()
    found.refresh_from_db()
    assert found.model == active_model()


def test_a_hand_raise_has_none_until_it_qualifies() -> None:
    center = desk.whole(desk.account())
    desk.state(center, qualified=False)
    desk.raise_hand(center, 7)
    process_transitions()
    assert Handoff.objects.get().model is None
    desk.qualify(center)
    process_transitions()
    assert Handoff.objects.get().model == active_model()


def test_what_was_there_before_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    filling = import_module("handoff.migrations.0017_fill_model_of_decision")
    monkeypatch.setattr(filling, "MOST", 2)
    for _ in range(5):
        center = desk.whole(desk.account())
        desk.handoff(center=center, decision=desk.decision(center))
    without = desk.handoff()
    Handoff.objects.update(model=None)
    assert not Handoff.objects.exclude(model=None).exists()
    with connection.schema_editor() as editor:
        filling.fill(None, editor)
    assert list(Handoff.objects.filter(model=None)) == [without]
    assert Handoff.objects.filter(model=active_model()).count() == 5
