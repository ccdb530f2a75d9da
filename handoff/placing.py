"""A person places a hand-raise of the triage list, or takes it off (domain.md §4)."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, BuyingCenter, User
from accounts.roles import Capability
from handoff.errors import MoveRefused
from handoff.hand_raises import raise_hand
from handoff.models import Handoff, TriageItem
from handoff.rules import present_rules
from signals.manual import give_touch
from signals.models import Touch


def _open_item(item_id: int, by: User) -> TriageItem:
    """The locked item. Refused: role, not_found, state (somebody placed it already)."""
    if not by.may(Capability.MATCH):
        raise MoveRefused("You may not place hand-raises.", "role")
    item = TriageItem.objects.select_for_update(no_key=True).filter(pk=item_id).first()
    if item is None:
        raise MoveRefused("This hand-raise is gone.", "not_found")
    if item.resolved_at is not None:
        who = item.resolved_by or "The desk"
        raise MoveRefused(f"{who} has placed this hand-raise already.", "state", holder=item.resolved_by)
    return item


@transaction.atomic
def place(*, item_id: int, account: Account, by: User) -> Handoff | None:
    """Says that it is this account's: its touch goes there, and it enters the queue whatever the ICP status says.

    None where the account does not queue (a customer, an open opportunity): its owner is told instead. Refused: role,
    not_found, state.
    """
    item = _open_item(item_id, by)
    touch = Touch.objects.filter(pk=item.touch_id, occurred_at=item.occurred_at).first()
    if touch is not None and touch.account_id != account.pk:
        give_touch(touch=touch, account=account)
    center = BuyingCenter.objects.select_related("account").get(account=account, is_default=True)
    rules = present_rules()
    handoff = raise_hand(center, item.touch_id, item.occurred_at, rules, contact_id=item.contact_id, placed=True)
    item.refresh_from_db()
    item.account, item.resolved_by = account, by
    item.resolved_at = item.resolved_at or timezone.now()
    item.save(update_fields=["account", "resolved_by", "resolved_at"])
    return handoff


@transaction.atomic
def dismiss(*, item_id: int, by: User) -> TriageItem:
    """It is nobody to call: a test, an applicant, a competitor. Refused: role, not_found, state."""
    item = _open_item(item_id, by)
    item.resolved_at, item.resolved_by, item.outcome = timezone.now(), by, "dismissed"
    item.save(update_fields=["resolved_at", "resolved_by", "outcome"])
    return item
