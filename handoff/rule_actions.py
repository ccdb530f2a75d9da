"""Changes of the assignment rules: kept in order, one transaction each. What changed is recorded by the database."""

from __future__ import annotations

from typing import Literal

import pghistory
from django.db import transaction
from django.db.models import Max

from accounts.models import User
from accounts.roles import Capability
from handoff.errors import MoveRefused
from handoff.models import AssignmentRule


def _authorise(by: User) -> None:
    if not by.may(Capability.ASSIGN):
        raise MoveRefused("Only managers set assignment rules.", "role")


@transaction.atomic
def save_rule(*, rule: AssignmentRule, by: User) -> AssignmentRule:
    """Saves a rule; a new one is asked last. Refused: role."""
    _authorise(by)
    if rule._state.adding:  # noqa: SLF001 - Django's documented way
        AssignmentRule.objects.select_for_update().order_by("pk").first()  # two new ones get two places
        rule.position = (AssignmentRule.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    with pghistory.context(user=by.pk):
        rule.save()
    return rule


@transaction.atomic
def move_rule(*, rule: AssignmentRule, to: Literal["up", "down"], by: User) -> None:
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
    with pghistory.context(user=by.pk):
        for place, one in enumerate(rules, 1):
            if one.position != place:
                one.position = place
                one.save(update_fields=["position"])


@transaction.atomic
def delete_rule(*, rule: AssignmentRule, by: User) -> None:
    """Deletes a rule; what it gave to somebody stays with them. Refused: role."""
    _authorise(by)
    with pghistory.context(user=by.pk):
        rule.delete()
