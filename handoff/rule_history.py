"""Who changed which assignment rule, when, from what to what (promise X6)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from accounts.models import User

_LEFT_OUT = {"pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context_id", "id"}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a rule. `changes`: (field, from, to)."""

    at: dt.datetime
    by: str
    rule: str
    what: str
    changes: list[tuple[str, str, str]]


def latest_changes(most: int = 20) -> list[Change]:
    """The last changes, the newest first. Three queries."""
    model = apps.get_model("handoff", "AssignmentRuleEvent")
    rows = list(model.objects.select_related("pgh_context").order_by("-pgh_id")[: most * 10])
    ids = {(row.pgh_context.metadata or {}).get("user") for row in rows if row.pgh_context}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=[pk for pk in ids if pk])}
    found = []
    for place, row in enumerate(rows[:most]):
        older = next((one for one in rows[place + 1 :] if one.id == row.id), None)
        said = (row.pgh_context.metadata or {}) if row.pgh_context else {}
        who = names.get(said.get("user") or 0) or said.get("api_key") or "The desk"
        what = {"insert_insert": "added", "delete_delete": "deleted"}.get(row.pgh_label, "changed")
        what = {"insert": "added", "delete": "deleted"}.get(row.pgh_label, what)
        changes = _between(older, row) if what == "changed" and older is not None else []
        found.append(Change(row.pgh_created_at, str(who), row.name, what, changes))
    return found


def _between(older: Any, newer: Any) -> list[tuple[str, str, str]]:
    fields = [field for field in newer._meta.concrete_fields if field.attname not in _LEFT_OUT]  # noqa: SLF001 - Django's documented way
    pairs = [(field, getattr(older, field.attname), getattr(newer, field.attname)) for field in fields]
    return [(str(field.verbose_name), _words(old), _words(new)) for field, old, new in pairs if old != new]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "any"
    return "none" if value in (None, "") else str(value)
