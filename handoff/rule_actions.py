"""Changes of the assignment rules: kept in order, one transaction each. What changed is recorded by the database."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import pghistory
from django.db import transaction
from django.db.models import Max, QuerySet

from accounts.models import User
from accounts.roles import Capability, Role
from handoff.errors import MoveRefused
from handoff.forms import people_of
from handoff.models import AssignmentRule


def _authorise(by: User | None) -> None:
    if by and not by.may(Capability.ASSIGN):
        raise MoveRefused("Only managers set assignment rules.", "role")


def _named(by: User | None) -> AbstractContextManager[Any]:
    """History says who; a key stands there already."""
    return pghistory.context(user=by.pk) if by else nullcontext()


def candidates() -> QuerySet[User]:
    """Whom a rule can name."""
    return people_of(Role.SDR, Role.MANAGER)


@transaction.atomic
def save_rule(*, rule: AssignmentRule, by: User | None) -> AssignmentRule:
    """Saves a rule; a new one is asked last. Refused: role. Raises ValidationError."""
    _authorise(by)
    rule.full_clean()
    if rule._state.adding:  # noqa: SLF001 - Django's documented way
        AssignmentRule.objects.select_for_update().order_by("pk").first()  # two new ones get two places
        rule.position = (AssignmentRule.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    with _named(by):
        rule.save()
    return rule


@transaction.atomic
def move_rule(*, rule: AssignmentRule, to: Literal["up", "down"], by: User | None) -> None:
    """One place earlier or later. Refused: role."""
    _authorise(by)
    rules = list(AssignmentRule.objects.select_for_update().order_by("position", "pk"))
    here = next((place for place, one in enumerate(rules) if one.pk == rule.pk), None)
    if here is None:
        return
    there = here - 1 if to == "up" else here + 1
    if not 0 <= there < len(rules):
        return
    rules[here], rules[there] = rules[there], rules[here]
    with _named(by):
        for place, one in enumerate(rules, 1):
            if one.position != place:
                one.position = place
                one.save(update_fields=["position"])


@transaction.atomic
def delete_rule(*, rule: AssignmentRule, by: User | None) -> None:
    """Deletes a rule; what it gave to somebody stays with them. Refused: role."""
    _authorise(by)
    with _named(by):
        rule.delete()
