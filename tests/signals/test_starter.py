"""The starter catalogue in a new installation, and what an admin made of it."""

import pytest

from accounts.models import Persona, PersonaRule, SeniorityRule
from signals import rules, starter
from signals.models import MappingRule, Theme, TouchType
from signals.reading import Seen

pytestmark = pytest.mark.django_db


def test_a_new_installation_has_the_catalogue_and_no_key_persona() -> None:
    assert TouchType.objects.count() == 22
    assert set(TouchType.objects.filter(hand_raise=True).values_list("key", flat=True)) == {
        "demo_request",
        "contact_request",
    }
    assert set(TouchType.objects.filter(decision_stage=True).values_list("key", flat=True)) == {
        "pricing_page",
        "demo_request",
        "contact_request",
        "trial_started",
    }
    assert not Persona.objects.filter(is_key=True).exists()


def test_installing_again_changes_nothing_that_an_admin_did() -> None:
    TouchType.objects.filter(key="pricing_page").update(tier="low", name="Prices")
    MappingRule.objects.filter(value="/vs").delete()
    Persona.objects.filter(name="Practitioner").delete()
    before = [model.objects.count() for model in (TouchType, MappingRule, SeniorityRule, Persona, PersonaRule)]
    starter.install()
    assert [m.objects.count() for m in (TouchType, MappingRule, SeniorityRule, Persona, PersonaRule)] == before
    assert TouchType.objects.get(key="pricing_page").name == "Prices"


def test_a_changed_rule_holds_from_the_next_event_on() -> None:
    event = Seen("track", "Button Clicked", "", {}, {})
    assert rules.current().read(event).touch_type.key == "unmapped"
    case_study = TouchType.objects.get(key="case_study")
    rule = MappingRule.objects.create(
        position=1, field="event", match="is", value="button clicked", touch_type=case_study
    )
    assert rules.current().read(event).touch_type.key == "case_study"
    MappingRule.objects.filter(pk=rule.pk).update(value="other")
    assert rules.current().read(event).touch_type.key == "unmapped"
    rule.refresh_from_db()
    rule.value, rule.is_active = "Button Clicked", False
    rule.save()
    assert rules.current().read(event).touch_type.key == "unmapped"
    Theme.objects.create(key="billing", name="Billing")
    named = Seen("track", "x", "", {"theme": "billing"}, {})
    assert rules.current().read(named).theme_id == Theme.objects.get().pk


def test_rules_are_compiled_once_while_nothing_changes() -> None:
    assert rules.current() is rules.current()
