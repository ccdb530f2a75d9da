"""Puts the starter catalogue into an installation: touch types, mapping rules, title rules, personas (domain.md §8)."""

from typing import Any, Protocol

from django.apps import apps as live_apps
from django.db import transaction

from accounts import starter as people
from signals.starter_rules import STARTER_RULES, TYPE_NAMES
from signals.starter_types import STARTER_TYPES
from signals.traffic import BOT, KNOWN, KNOWN_BOTS

# Room between two rules for those that an admin puts there.
STEP = 10


class Registry(Protocol):
    """Where models come from: Django's registry, or a migration's."""

    def get_model(self, app_label: str, model_name: str) -> Any: ...


@transaction.atomic
def install(registry: Registry = live_apps) -> None:
    """Add what is missing of the catalogue. Safe to repeat: what an admin made, changed or removed stays so.

    Touch types are added one by one, by key, since code logs touches under some of them; rules and personas only where
    there are none at all.
    """
    model = registry.get_model
    types = _touch_types(model("signals", "TouchType"))
    _mapping_rules(model("signals", "MappingRule"), types)
    install_traffic_rules(registry)
    _title_rules(model("accounts", "SeniorityRule"))
    _personas(model("accounts", "Persona"), model("accounts", "PersonaRule"))


def _touch_types(touch_type: Any) -> dict[str, int]:
    touch_type.objects.bulk_create(
        (
            touch_type(
                key=row.key,
                name=TYPE_NAMES[row.key],
                tier=row.tier,
                direction=row.direction,
                default_minutes=row.minutes,
                hand_raise=row.hand_raise,
                decision_stage=row.decision_stage,
            )
            for row in STARTER_TYPES
        ),
        ignore_conflicts=True,
    )
    return dict(touch_type.objects.values_list("key", "id"))


def _mapping_rules(mapping_rule: Any, types: dict[str, int]) -> None:
    if mapping_rule.objects.exists():
        return
    mapping_rule.objects.bulk_create(
        mapping_rule(
            position=STEP * number,
            field=row.field,
            match=row.match,
            value=row.value,
            property_name=row.property_name,
            property_value=row.property_value,
            touch_type_id=types[row.type_key],
        )
        for number, row in enumerate(STARTER_RULES, start=1)
    )


def install_traffic_rules(registry: Registry) -> None:
    """The user agents of known bots, where there are no rules at all."""
    try:
        rule = registry.get_model("signals", "TrafficRule")
    except LookupError:  # in a migration from before there were any
        return
    if not rule.objects.exists():
        rule.objects.create(kind=BOT, field=KNOWN, value=KNOWN_BOTS)


def _title_rules(seniority_rule: Any) -> None:
    if seniority_rule.objects.exists():
        return
    seniority_rule.objects.bulk_create(
        seniority_rule(position=STEP * number, seniority=seniority, title_words=words)
        for number, (seniority, words) in enumerate(people.SENIORITY_RULES, start=1)
    )


def _personas(persona: Any, persona_rule: Any) -> None:
    if persona.objects.exists():
        return
    made = persona.objects.bulk_create(
        persona(name=name, position=STEP * number) for number, name in enumerate(people.PERSONAS, start=1)
    )
    by_name = {row.name: row for row in made}
    persona_rule.objects.bulk_create(
        persona_rule(persona=by_name[row.persona], title_words=row.title_words, department_words=row.department_words)
        for row in people.PERSONA_RULES
    )
