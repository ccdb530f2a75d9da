"""What a deal says of its account: prospect, opportunity, customer (domain.md §2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.companies import update_account
from accounts.models import Account, User
from handoff.models import Opportunity
from handoff.standing import is_present_customer

_FIELDS = ("lifecycle", "customer_since", "customer_until")


def deal_opened(account: Account, by: User) -> dict[str, Any]:
    """A prospect has an open deal now. Returns what was, for an undo."""
    if account.lifecycle in {"prospect", "former_customer"}:
        return _change(account, by, lifecycle="opportunity")
    return {}


def deal_won(account: Account, closed_on: dt.date, by: User) -> dict[str, Any]:
    """The account is a customer from the day on which it bought, if it was none. Returns what was."""
    if is_present_customer(account, closed_on):
        return _change(account, by, lifecycle="customer")
    return _change(account, by, lifecycle="customer", customer_since=closed_on, customer_until=None)


def deal_lost(account: Account, by: User) -> dict[str, Any]:
    """Without another open deal it is what it was before. Returns what was."""
    still_open = Opportunity.objects.filter(account=account, stage=Opportunity.Stage.OPEN).exists()
    if account.lifecycle != "opportunity" or still_open:
        return {}
    return _change(account, by, lifecycle="former_customer" if account.customer_until else "prospect")


def put_back(account: Account, before: dict[str, Any], by: User) -> None:
    """Undoes one of the above."""
    days = {"customer_since", "customer_until"}
    fields: dict[str, Any] = {
        name: dt.date.fromisoformat(value) if name in days and value else value for name, value in before.items()
    }
    if fields:
        update_account(account=account, by=by, **fields)


def _change(account: Account, by: User, **fields: Any) -> dict[str, Any]:
    before = {name: getattr(account, name) for name in _FIELDS if name in fields}
    update_account(account=account, by=by, **fields)
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in before.items()}
