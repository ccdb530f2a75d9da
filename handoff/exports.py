"""Rows of the desk's lists for files. Streamed in chunks, each with a fixed number of statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts.companies import EVENTS_SYSTEM
from accounts.exports import unless_address
from accounts.imports.links import HUBSPOT, OTHER, SALESFORCE
from accounts.models import Account, AccountIdentifier, AccountTechnology, Contact, CustomField, Domain
from handoff import page_queries
from handoff.models import Handoff, Opportunity
from signals.models import CenterState
from signals.telling import line_of

CHUNK = 1_000
# Ids in other systems, under the names by which imports know them; further ones of the same system stand in no file.
SYSTEMS = {
    SALESFORCE: "Account ID (Salesforce)", HUBSPOT: "Record ID (HubSpot)", OTHER: "Account ID (other system)",
    EVENTS_SYSTEM: "Group ID of events",
}  # fmt: skip
DEALS = (
    "Desk ID", "Opportunity name", "Opportunity ID (Salesforce)", "Record ID (HubSpot)", "Opportunity ID (other system)",
    "Amount", "Currency", "Stage", "Close date", "Created", "Owner", "Loss reason", "Account domain", "Account name",
)  # fmt: skip

ACCOUNTS = (
    "Desk ID", "Account name", "Domain", "More domains", "Website", "Industry", "Employees", "Annual revenue",
    "Revenue currency", "Revenue growth", "Number of locations", "Country", "Region", "City", "Target account", "Tier",
    "Lifecycle", "Customer since", "Customer until", "Owner (SDR)", "Owner (AE)", *SYSTEMS.values(),
    "Technologies used", "Technologies being evaluated", "Stage", "Qualified", "Blocked at",
    "ICP", "Score", "Fit", "Engagement", "Intent", "Minutes", "Last touch",
)  # fmt: skip
PEOPLE = (
    "Desk ID", "First name", "Last name", "E-mail", "Phone", "Title", "Department", "Seniority", "Persona",
    "User ID of events", "Desk ID of the account", "Account name", "Account domain", "Do not contact", "Objects to profiling",
)  # fmt: skip
QUEUE = (
    "Handoff ID", "Account ID", "Account name", "Buying center", "State", "Since", "Holder", "Is MQA", "Hand-raise at",
    "Qualified at", "Queued at", "Cooling since", "Due at", "Score", "Why",
)  # fmt: skip


def account_rows(wanted: dict[str, Any], *, by_name: bool) -> Iterator[tuple[Any, ...]]:
    """Accounts as the list shows them with these filters, in its order."""
    if by_name:
        states: Iterator[tuple[Account, CenterState | None]] = _named(page_queries.accounts_by_name(**wanted))
    else:
        found = page_queries.account_states(**wanted)
        states = ((state.account, state) for state in _with_more(found, "account__").iterator(chunk_size=CHUNK))
    custom = list(CustomField.objects.values_list("key", flat=True))
    for account, state in states:
        more = (account.custom.get(key) for key in custom)
        yield (*_account(account), *_state(state), *more)


def account_header() -> tuple[str, ...]:
    """The columns of accounts; custom fields by their labels."""
    return (*ACCOUNTS, *CustomField.objects.values_list("label", flat=True))


def _with_more(found: QuerySet[Any], prefix: str = "") -> QuerySet[Any]:
    """Ids and technologies, in two more statements a chunk."""
    present = AccountTechnology.objects.filter(known_until__isnull=True).select_related("technology")
    return found.prefetch_related(
        Prefetch(f"{prefix}identifiers", queryset=AccountIdentifier.objects.order_by("pk")),
        Prefetch(f"{prefix}technologies", queryset=present.order_by("technology__name"), to_attr="present"),
    )


def _named(found: QuerySet[Account]) -> Iterator[tuple[Account, CenterState | None]]:
    whole = Prefetch(
        "center_states",
        queryset=CenterState.objects.filter(center__is_default=True).defer("evidence", "strip"),
        to_attr="whole",
    )
    for account in _with_more(found.prefetch_related(whole)).iterator(chunk_size=CHUNK):
        yield account, next(iter(account.whole), None)


def _account(one: Account) -> tuple[Any, ...]:
    primary = one.domain
    return (
        one.pk, one.name, primary, "; ".join(d.name for d in one.domains.all() if d.name != primary), one.website,
        one.industry, one.employees, one.annual_revenue,
        one.annual_revenue_currency if one.annual_revenue is not None else None, one.revenue_growth, one.locations,
        one.country, one.region, one.city, _yes(one.is_target), one.tier, one.lifecycle, _day(one.customer_since),
        _day(one.customer_until), one.owner_sdr.email if one.owner_sdr else None,
        one.owner_ae.email if one.owner_ae else None, *_ids(one), _technologies(one, "uses"), _technologies(one, "evaluating"),
    )  # fmt: skip


def _ids(one: Account) -> list[str | None]:
    found = {row.system: row.value for row in reversed(list(one.identifiers.all()))}
    return [found.get(system) for system in SYSTEMS]


def _technologies(one: Any, status: str) -> str:
    return "; ".join(row.technology.name for row in one.present if row.status == status)


def deal_rows() -> Iterator[tuple[Any, ...]]:
    """Opportunities, the latest first, under the names by which imports know them."""
    domains = Prefetch("account__domains", queryset=Domain.objects.only("account_id", "name", "is_primary"))
    found = Opportunity.objects.select_related("account", "owner").prefetch_related(domains)
    for one in found.iterator(chunk_size=CHUNK):
        ids = [one.external_id if one.system == system else None for system in (SALESFORCE, HUBSPOT)]
        other = one.external_id if one.system not in {SALESFORCE, HUBSPOT} else None
        yield (
            one.pk, one.name, *ids, other, one.amount, one.currency, one.stage,
            _day(one.closed_on or one.expected_close_on), one.created_at.astimezone(dt.UTC).isoformat(),
            one.owner.email if one.owner else None, one.loss_reason, one.account.domain, one.account.name,
        )  # fmt: skip


def _state(state: CenterState | None) -> tuple[Any, ...]:
    if state is None or state.evaluated_at is None:
        return ("not evaluated yet", *(None,) * 9)
    return (
        state.stage, _yes(state.qualified), state.block, state.icp, state.score, state.fit, state.engagement,
        state.intent, state.minutes, _moment(state.last_touch_at),
    )  # fmt: skip


def people_rows(wanted: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """People as the list shows them with these filters. Whom nobody may contact is there without address and phone."""
    domains = Prefetch("account__domains", queryset=Domain.objects.only("account_id", "name", "is_primary"))
    found: QuerySet[Contact] = page_queries.people(**wanted).prefetch_related(domains)
    for one in found.iterator(chunk_size=CHUNK):
        account, reachable = one.account, not one.do_not_contact
        yield (
            one.pk, one.first_name, one.last_name, one.email if reachable else None, one.phone if reachable else None,
            one.title, one.department, one.seniority, one.persona.name if one.persona else None,
            one.user_id if reachable else unless_address(one.user_id),
            account.pk if account else None, account.name if account else None, account.domain if account else None,
            _yes(one.do_not_contact), _yes(one.excluded_from_scoring),
        )  # fmt: skip


def queue_rows(found: QuerySet[Handoff]) -> Iterator[tuple[Any, ...]]:
    """The rows of a scope of the queue, in its order."""
    for one in found.select_related("center__account").iterator(chunk_size=CHUNK):
        state = getattr(one.center, "state", None)
        yield (
            one.pk, one.account_id, one.account.name, one.center.name, one.state, _moment(one.state_since),
            one.holder.email if one.holder else None, _yes(one.is_mqa), _moment(one.hand_raise_at),
            _moment(one.qualified_at), _moment(one.queued_at), _day(one.cooling_since),
            _moment(one.due_at),  # type: ignore[attr-defined]  # queue order annotates it
            state.score if state else None, line_of(state) if state else None,
        )  # fmt: skip


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _day(value: dt.date | None) -> str | None:
    return value.isoformat() if value else None


def _moment(value: dt.datetime | None) -> str | None:
    """UTC, to the second."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S") if value else None
