"""What can be done to the rules that read events (domain.md §8). Their history is kept by the database (pghistory)."""

from collections.abc import Sequence
from typing import Literal, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from signals.ingest.themes import known_themes, watching_the_first
from signals.models import MappingRule, Theme, ThemeRule, TouchType, TrafficRule
from signals.models.catalogue import Direction
from signals.reading import UNMAPPED
from signals.starter import STEP

Rule = TypeVar("Rule", MappingRule, ThemeRule)


def save_rule(*, rule: Rule) -> Rule:
    """Store a rule. A new one stands in front of all others, so that it is read by. Raises ValidationError."""
    return save_rules(rules=[rule])[0]


@transaction.atomic
def save_rules(*, rules: Sequence[Rule]) -> list[Rule]:
    """The same for several of a kind; new ones stand in front in the order given."""
    for rule in rules:
        rule.full_clean(validate_constraints=False)
    new: list[Rule] = [rule for rule in rules if rule._state.adding]  # noqa: SLF001 - Django's documented way
    others: list[Rule] = _ordered(type(new[0])) if new else []
    for rule in rules:
        rule.save()
    if new:
        _number([*new, *others])
    return list(rules)


@transaction.atomic
def move_rule(*, rule: Rule, to: Literal["up", "down", "first", "last"]) -> None:
    """Let a rule change places with the one before it or the one behind it, or go to an end. Nothing happens at an end."""
    ordered = _ordered(type(rule))
    at = next((number for number, row in enumerate(ordered) if row.pk == rule.pk), None)
    if at is None:
        return
    last = len(ordered) - 1
    there = {"up": max(at - 1, 0), "down": min(at + 1, last), "first": 0, "last": last}[to]
    ordered.insert(there, ordered.pop(at))
    _number(ordered)


@transaction.atomic
def order_rules(*, model: type[Rule], ids: Sequence[int]) -> None:
    """Put all rules in this order. Raises ValidationError when these are not all of them, each once."""
    rows = {row.pk: row for row in _ordered(model)}
    if len(ids) != len(rows) or set(ids) != rows.keys():
        raise ValidationError({"ids": f"Send the ids of all {len(rows)} rules, each once, in their new order."})
    _number([rows[pk] for pk in ids])


def set_active(*, rule: MappingRule | ThemeRule | TrafficRule, active: bool) -> None:
    """Go by a rule, or leave it standing unused."""
    name = switched(rule, active)
    if name:
        rule.save(update_fields=[name])


def switched(rule: MappingRule | ThemeRule | TrafficRule, active: bool) -> str:
    """Switch a rule and leave the storing to the caller; the field that differs now, "" for none."""
    if isinstance(rule, ThemeRule):
        if (rule.archived_at is None) == active:
            return ""
        rule.archived_at = None if active else timezone.now()
        return "archived_at"
    if rule.is_active == active:
        return ""
    rule.is_active = active
    return "is_active"


def types_for_rules() -> QuerySet[TouchType]:
    """The touch types that a rule may read an event as."""
    return TouchType.objects.exclude(key=UNMAPPED).filter(direction=Direction.INBOUND)


def themes_for_rules() -> QuerySet[Theme]:
    """The themes that a rule may name."""
    return Theme.objects.filter(archived_at__isnull=True)


@transaction.atomic
def save_theme(*, theme: Theme, retired: bool | None = None) -> Theme:
    """Store a theme; `retired`: no longer used from now on, or used again. What is in keeps the theme it was read with.

    Raises ValidationError.
    """
    if retired is not None and retired != (theme.archived_at is not None):
        theme.archived_at = timezone.now() if retired else None
    theme.full_clean()
    with watching_the_first():
        theme.save()
    return theme


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
