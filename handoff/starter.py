"""What a new desk starts with: its policy, reasons and templates of buying groups. All of it is rows to be edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps

from handoff.buying_group import ROLES

# (kind, key, label, needs a criterion)
REASONS: tuple[tuple[str, str, str, bool], ...] = (
    ("return", "procedural", "Procedural: a step of the hand-over is missing", False),
    ("return", "clerical", "Clerical: a record is wrong or incomplete", False),
    ("return", "definitional", "Definitional: not what we agreed to call an MQA", False),
    ("recycle", "timing", "Not now: timing", False),
    ("recycle", "no_response", "No response yet", False),
    ("recycle", "waiting_for_budget", "Waiting for budget", False),
    ("recycle", "contract_elsewhere", "Bound by a contract elsewhere", False),
    ("disqualify", "unable_to_reach", "Unable to reach", False),
    ("disqualify", "inaccurate_data", "Inaccurate data", False),
    ("disqualify", "no_need", "No need", False),
    ("disqualify", "no_budget", "No budget", False),
    ("disqualify", "no_fit", "No fit", True),
    ("loss", "competitor", "Went with a competitor", False),
    ("loss", "price", "Price", False),
    ("loss", "no_decision", "No decision", False),
    ("loss", "missing_capability", "Missing capability", False),
    ("loss", "budget_lost", "Lost the budget", False),
)
REQUIRED = dict(zip(ROLES, (1, 1, 1, 1, 0, 0), strict=True))
TEMPLATES = (("all", "All accounts"), ("target", "Target accounts"))


def install(get_model: Callable[[str, str], Any] = apps.get_model) -> None:
    """Adds what is missing, by key; what somebody edited or retired stays as it is. Idempotent.

    A migration passes the `get_model` of its own state.
    """
    reason, template = get_model("handoff", "Reason"), get_model("handoff", "BuyingGroupTemplate")
    role = get_model("handoff", "TemplateRole")
    get_model("handoff", "DeskPolicy").objects.get_or_create(pk=1)
    reason.objects.bulk_create(
        [
            reason(kind=kind, key=key, label=label, needs_criterion=needs, position=position)
            for position, (kind, key, label, needs) in enumerate(REASONS)
        ],
        ignore_conflicts=True,
    )
    for segment, name in TEMPLATES:
        row, made = template.objects.get_or_create(segment=segment, defaults={"name": name})
        if made:
            role.objects.bulk_create(role(template=row, role=key, required=number) for key, number in REQUIRED.items())
