"""What can be done to the rules that read events (domain.md §8). Their history is kept by the database (pghistory)."""

from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from signals.ingest.themes import known_themes
from signals.models import MappingRule, Theme, ThemeRule
from signals.starter import STEP

Rule = TypeVar("Rule", MappingRule, ThemeRule)


@transaction.atomic
def save_rule(*, rule: Rule) -> Rule:
    """Store a rule. A new one stands in front of all others, so that it is read by. Raises ValidationError."""
    rule.full_clean(validate_constraints=False)
    if rule.pk is None:
        ordered = _ordered(type(rule))
        rule.save(force_insert=True)
        _number([rule, *ordered])
    else:
        rule.save()
    return rule


@transaction.atomic
def move_rule(*, rule: Rule, up: bool) -> None:
    """Let a rule change places with the one before it, or the one behind it. Nothing happens at an end."""
    ordered = _ordered(type(rule))
    at = next((number for number, row in enumerate(ordered) if row.pk == rule.pk), None)
    if at is None:
        return
    other = at - 1 if up else at + 1
    if 0 <= other < len(ordered):
        ordered[at], ordered[other] = ordered[other], ordered[at]
        _number(ordered)


def set_active(*, rule: MappingRule | ThemeRule, active: bool) -> None:
    """Have a rule read events, or leave it standing unused."""
    if isinstance(rule, MappingRule):
        if rule.is_active != active:
            rule.is_active = active
            rule.save(update_fields=["is_active"])
    elif (rule.archived_at is None) != active:
        rule.archived_at = None if active else timezone.now()
        rule.save(update_fields=["archived_at"])


def theme_named(name: str) -> Theme:
    """The theme of this name, made if there is none. Raises ValidationError for a name that can't be one."""
    theme_id = known_themes({name}).get(name)
    if theme_id is None:
        raise ValidationError(
            {"new_theme": "Give the theme a name with letters or digits, that is not of an archived one."}
        )
    return Theme.objects.get(pk=theme_id)


def _ordered(model: type[Rule]) -> list[Rule]:
    """All rules in their order, locked."""
    return list(model.objects.select_for_update(no_key=True).order_by("position", "pk"))


def _number(ordered: list[Rule]) -> None:
    """Write the positions that differ, with room between."""
    for number, row in enumerate(ordered, start=1):
        if row.position != number * STEP:
            row.position = number * STEP
            row.save(update_fields=["position"])
