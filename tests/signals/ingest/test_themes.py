"""Themes that events name: the first one makes direction a gate for everybody (domain.md §4)."""

from typing import Any

import pytest

from signals.models import CenterState, RescoreRequest, Theme
from signals.rescore import rescore_due
from signals.telling import evidence_of
from tests.signals import given
from tests.signals.ingest.sending import Sender, identify, track

pytestmark = pytest.mark.django_db


def direction(company: Any) -> tuple[bool, str | None]:
    """Whether the gate passes, and with which warning."""
    evidence = evidence_of(CenterState.objects.get(center=given.whole(company)))
    (gate,) = [gate for gate in evidence["gates"] if gate["name"] == "direction"]
    return gate["passed"], gate["warning"]


def rescored() -> None:
    while rescore_due():
        pass


def test_direction_passes_until_the_first_theme_and_is_measured_for_all_from_then_on() -> None:
    acme, other = given.account("Acme", domain="acme.com"), given.account("Other", domain="other.com")
    sender = Sender()
    sender.batch(identify("u1", "a@acme.com"), track("Case Study Downloaded", userId="u1"))
    sender.batch(identify("u2", "b@other.com"), track("Case Study Downloaded", userId="u2"))
    rescored()
    assert [direction(acme), direction(other)] == [(True, "no_themes"), (True, "no_themes")]

    sender.batch(track("ROI Calculated", userId="u1", properties={"theme": "integrations"}))

    assert RescoreRequest.objects.filter(reason="themes", center=given.whole(other)).count() == 1
    rescored()
    assert [direction(acme), direction(other)] == [(True, None), (False, None)]


def test_a_second_theme_has_nobody_evaluated_who_is_not_concerned() -> None:
    Theme.objects.create(key="analytics", name="Analytics")
    given.account("Acme", domain="acme.com")
    RescoreRequest.objects.all().delete()

    Sender().batch(track("ROI Calculated", anonymousId="v", properties={"theme": "integrations"}))

    assert sorted(Theme.objects.values_list("key", flat=True)) == ["analytics", "integrations"]
    assert RescoreRequest.objects.count() == 0
