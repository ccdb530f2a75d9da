"""What can be done to companies (domain.md §2). Each action is one transaction with its history rows in it.

Errors that a person can mend are `ValidationError`s at the field. `source` says where a value came from: page, import,
events, api, demo; `by` is the user, None for a machine.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import changes, record_ids
from accounts.facts import ACCOUNT_FIELDS, CUSTOM_PREFIX, Said, record_account_facts, said_by
from accounts.locks import domain_key, group_key, hold_links
from accounts.matching import is_free_mail, registrable_domain
from accounts.models import (
    Account,
    AccountIdentifier,
    BuyingCenter,
    Domain,
    User,
)
from accounts.people import adopt_waiting

# The system whose identifiers are the `groupId`s of events.
EVENTS_SYSTEM = "segment"


@transaction.atomic
def create_account(
    *,
    name: str,
    domain: str | None = None,
    by: User | None = None,
    source: str = "page",
    more_domains: Iterable[str] = (),
    at: datetime | None = None,
    **fields: Any,
) -> Account:
    """A new account with its default center, its domains and the history of what decides.

    `domain` may be a web address. Without one, `website` names it, if it is not taken. Touches and contacts that waited
    for the domain are matched. Raises ValidationError for a bad or taken domain and for values that the model refuses.
    """
    names = [clean_domain(text) for text in (domain, *more_domains) if text]
    if not names and (guess := registrable_domain(fields.get("website") or "")) and not is_free_mail(guess):
        names = [] if Domain.objects.filter(name=guess).exists() else [guess]
    hold_links(stating=[domain_key(found) for found in names])
    _refuse_taken(names)
    account = Account(name=name.strip(), **fields)
    account.full_clean(validate_constraints=False)
    account.save(force_insert=True)
    BuyingCenter.objects.create(account=account, is_default=True)
    Domain.objects.bulk_create(
        Domain(account=account, name=found, is_primary=number == 0) for number, found in enumerate(dict.fromkeys(names))
    )
    said = first_facts(account)
    record_account_facts(said, at=at or timezone.now(), by=by, source=source)
    _announce(account.pk, "account", matches=bool(names))
    return account


@transaction.atomic
def update_account(
    *, account: Account, by: User | None, source: str = "page", at: datetime | None = None, **fields: Any
) -> Account:
    """Change fields of an account; what decides gets a history row, and the account is evaluated again.

    `custom` is merged key by key; a key with None is removed. Returns the account as it is now; nothing is written when
    nothing changes.
    """
    now = at or timezone.now()
    row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
    said = _apply(row, fields)
    if fields.get("parent"):
        _refuse_circle(row)
    if said:
        row.full_clean(exclude=["parent", "owner_sdr", "owner_ae"], validate_constraints=False)
        row.field_times = row.field_times | {field: said_by(source, now) for _, field, _ in said}
        row.save()
        deciding = [item for item in said if _decides(item[1])]
        record_account_facts(deciding, at=now, by=by, source=source)
        if deciding:
            changes.changed(account_ids=[row.pk], reason="account")
    for name in {*fields, "custom", "field_times", "updated_at"}:
        setattr(account, name, getattr(row, name))
    return account


@transaction.atomic
def add_domain(*, account: Account, domain: str, by: User | None, is_primary: bool = False) -> Domain:  # noqa: ARG001
    """Give an account another registrable domain; what waited for it is matched."""
    name = clean_domain(domain)
    hold_links(stating=[domain_key(name)])
    own = Domain.objects.filter(account=account, name=name).first()
    if own is None:
        _refuse_taken([name])
        first = not Domain.objects.filter(account=account, is_primary=True).exists()
        own = Domain.objects.create(account=account, name=name, is_primary=first)
        _announce(account.pk, "domain", matches=True)
    if is_primary and not own.is_primary:
        Domain.objects.filter(account=account, is_primary=True).update(is_primary=False)
        own.is_primary = True
        own.save(update_fields=["is_primary"])
    return own


@transaction.atomic
def add_identifier(*, account: Account, system: str, value: str, by: User | None) -> AccountIdentifier:  # noqa: ARG001
    """Say what another system calls the account; `segment` is the groupId of events, whose touches are then matched."""
    value = record_ids.stored(system, value)
    if system == EVENTS_SYSTEM:
        hold_links(stating=[group_key(value)])
    found, made = AccountIdentifier.objects.get_or_create(system=system, value=value, defaults={"account": account})
    if found.account_id != account.pk:
        raise ValidationError({"value": f"{system} {value} is already {found.account}."})
    if made and system == EVENTS_SYSTEM:
        _announce(account.pk, "domain", matches=True)
    return found


@transaction.atomic
def create_center(*, account: Account, name: str, by: User | None) -> BuyingCenter:  # noqa: ARG001
    """A named center of an account; people are moved into it with `accounts.people.move_to_center`."""
    center = BuyingCenter(account=account, name=name.strip(), is_default=False)
    retired = BuyingCenter.everything.filter(account=account, name=center.name, retired_at__isnull=False).first()
    if retired is not None:
        center = retired
        center.retired_at = None
    _check_center(center)
    center.save()
    changes.changed(account_ids=[account.pk], reason="center")
    return center


@transaction.atomic
def rename_center(*, center: BuyingCenter, name: str, by: User | None) -> BuyingCenter:  # noqa: ARG001
    """Another name for a named center. Raises ValidationError: the whole account has none, or another one has it."""
    row = BuyingCenter.objects.select_for_update(no_key=True).get(pk=center.pk)
    if row.is_default:
        raise ValidationError({"name": "The whole account has no name of its own. Rename the account instead."})
    row.name = name.strip()
    _check_center(row)
    row.save(update_fields=["name"])
    center.name = row.name
    return center


def _check_center(center: BuyingCenter) -> None:
    if not center.name:
        raise ValidationError({"name": "Give the buying center a name."})
    if BuyingCenter.everything.filter(account=center.account_id, name=center.name).exclude(pk=center.pk).exists():
        raise ValidationError(
            {"name": f"{center.account} has or had a buying center called “{center.name}”. Choose another name."}
        )
    center.full_clean(validate_constraints=False)


def clean_domain(text: str) -> str:
    """The registrable domain of what a person typed; raises ValidationError when it can't be a company's."""
    name = registrable_domain(text)
    if not name:
        raise ValidationError({"domain": f"“{text}” is not a domain of a company. Write it like acme.com."})
    if is_free_mail(name):
        raise ValidationError(
            {"domain": f"{name} is free mail: anybody can have an address there, so it never matches."}
        )
    return name


def first_facts(account: Account) -> list[Said]:
    """History rows of a new account: every deciding field with a value."""
    said: list[Said] = [
        (account.pk, field, value) for field in ACCOUNT_FIELDS if (value := getattr(account, field)) is not None
    ]
    return said + [(account.pk, f"{CUSTOM_PREFIX}{key}", value) for key, value in account.custom.items()]


def _decides(field: str) -> bool:
    return field in ACCOUNT_FIELDS or field.startswith(CUSTOM_PREFIX)


def _apply(row: Account, fields: Mapping[str, Any]) -> list[Said]:
    """Set the fields that differ; what changed, custom fields one by one."""
    said: list[Said] = []
    for name, value in fields.items():
        if name == "custom":
            continue
        if getattr(row, name) != value:
            setattr(row, name, value)
            said.append((row.pk, name, value))
    for key, value in (fields.get("custom") or {}).items():
        if row.custom.get(key) != value:
            row.custom = {k: v for k, v in (row.custom | {key: value}).items() if v is not None}
            said.append((row.pk, f"{CUSTOM_PREFIX}{key}", value))
    return said


def _refuse_circle(account: Account) -> None:
    """No company is above itself."""
    above, seen = account.parent_id, {account.pk}
    while above is not None:
        if above in seen:
            raise ValidationError({"parent": "This would put the account above itself. Choose another parent."})
        seen.add(above)
        above = Account.everything.filter(pk=above).values_list("parent_id", flat=True).first()


def _refuse_taken(names: Iterable[str]) -> None:
    taken = Domain.objects.filter(name__in=list(names)).select_related("account").first()
    if taken is not None:
        raise ValidationError({"domain": f"{taken.name} already belongs to {taken.account}."})


def _announce(account_id: int, reason: str, *, matches: bool) -> None:
    """Contacts that waited for the account's domain come to it, then touches, then it is evaluated."""
    if matches:
        contact_ids = adopt_waiting(account_ids=[account_id])
        changes.matches_changed(account_ids=[account_id], contact_ids=contact_ids)
    changes.changed(account_ids=[account_id], reason=reason)
