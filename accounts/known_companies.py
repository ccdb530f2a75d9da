"""Companies as other systems speak of them, many statements at once: found, made, brought up to date (domain.md §8).

A statement names a group by an id, by domains, or both. The id is looked up first, then the domains; what neither finds
is made, unless it has neither name nor domain, or nothing but free mail for a domain. Everything is set-based: the
number of queries does not depend on that of statements. Belongs into the caller's transaction; see `accounts.locks`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts import changes
from accounts.companies import EVENTS_SYSTEM, first_facts
from accounts.facts import ACCOUNT_FIELDS, CUSTOM_PREFIX, Said, record_account_facts, stamp
from accounts.locks import domain_key, group_key
from accounts.matching import domain_of_group, is_free_mail
from accounts.models import Account, AccountIdentifier, BuyingCenter, Domain
from accounts.people import adopt_waiting

FREE_MAIL = "free_mail"
NOTHING_TO_GO_BY = "unnamed_group"

_LOOK_UP = """
SELECT 'd', name, account_id FROM accounts_domain WHERE name = ANY(%s)
UNION ALL SELECT 'g', value, account_id FROM accounts_accountidentifier WHERE system = %s AND value = ANY(%s)"""


@dataclass(slots=True)
class CompanySaid:
    """What one message says of a company. `fields` are fields of Account, `custom` those of `Account.custom`."""

    at: datetime
    order: str
    group_id: str = ""
    domains: tuple[str, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)
    custom: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Company:
    """An account, maybe not yet stored, and what is newly said of it."""

    id: int | None = None
    group_ids: list[str] = field(default_factory=list)
    domains: list[str] = field(default_factory=list)
    said: list[CompanySaid] = field(default_factory=list)


class Companies:
    """The accounts behind some group ids and domains. `account_of_group` and `account_of_domain` answer after `store`."""

    def __init__(self, *, group_ids: Collection[str], domains: Collection[str]) -> None:
        self._by_id: dict[int, Company] = {}
        self._by_group: dict[str, Company] = {}
        self._by_domain: dict[str, Company] = {}
        if not group_ids and not domains:
            return
        with connection.cursor() as cursor:
            cursor.execute(_LOOK_UP, [sorted(domains), EVENTS_SYSTEM, sorted(group_ids)])
            for kind, text, account_id in cursor.fetchall():
                company = self._by_id.setdefault(account_id, Company(account_id))
                (self._by_domain if kind == "d" else self._by_group)[text] = company

    def account_of_group(self, group_id: str) -> int | None:
        """The account that a group id names, or that has the id as its domain."""
        company = self._by_group.get(group_id) or self._by_domain.get(domain_of_group(group_id))
        return company.id if company else None

    def account_of_domain(self, domain: str) -> int | None:
        """The account that a registrable domain belongs to."""
        company = self._by_domain.get(domain)
        return company.id if company else None

    def links_to_state(self, said: Iterable[CompanySaid]) -> set[str]:
        """The keys of what these statements would make known (accounts.locks)."""
        keys: set[str] = set()
        for item in said:
            if item.group_id and item.group_id not in self._by_group:
                keys.add(group_key(item.group_id))
            keys.update(
                domain_key(name) for name in item.domains if name not in self._by_domain and not is_free_mail(name)
            )
        return keys

    def store(self, said: Iterable[CompanySaid], *, source: str) -> dict[str, str]:
        """Take the statements in, the older first. Why a statement could not be taken, by its `order`."""
        said = list(said)
        if not said:
            return {}
        refused: dict[str, str] = {}
        touched: dict[int, Company] = {}
        for item in sorted(said, key=lambda item: (item.at, item.order)):
            company = self._find_or_make(item)
            if isinstance(company, str):
                refused[item.order] = company
                continue
            company.said.append(item)
            touched[id(company)] = company
        companies = list(touched.values())
        now = timezone.now()
        _create([company for company in companies if company.id is None], now, source)
        changed = _update([company for company in companies if company.id is not None], now, source)
        recognised = _link(companies)
        if recognised:
            contacts = adopt_waiting(account_ids=recognised)
            changes.matches_changed(account_ids=recognised, contact_ids=contacts)
        changes.changed(account_ids=changed, reason="account")
        return refused

    def _find_or_make(self, item: CompanySaid) -> Company | str:
        domains = [name for name in item.domains if not is_free_mail(name)]
        found = self._by_group.get(item.group_id) if item.group_id else None
        found = found or next((self._by_domain[name] for name in domains if name in self._by_domain), None)
        if found is None:
            if item.domains and not domains:
                return FREE_MAIL
            if not domains and not item.fields.get("name"):
                return NOTHING_TO_GO_BY
            found = Company()
        if item.group_id and item.group_id not in self._by_group:
            self._by_group[item.group_id] = found
            found.group_ids.append(item.group_id)
        for name in domains:
            if name not in self._by_domain:
                self._by_domain[name] = found
                found.domains.append(name)
        return found


def _create(companies: list[Company], now: datetime, source: str) -> None:
    if not companies:
        return
    rows = []
    for company in companies:
        row = Account(name="")
        for item in company.said:
            _apply(row, item)
        row.name = row.name or company.domains[0]
        rows.append(row)
    Account.objects.bulk_create(rows)
    BuyingCenter.objects.bulk_create(BuyingCenter(account=row, is_default=True) for row in rows)
    record_account_facts([said for row in rows for said in first_facts(row)], at=now, by=None, source=source)
    for company, row in zip(companies, rows, strict=True):
        company.id = row.pk


def _update(companies: list[Company], now: datetime, source: str) -> list[int]:
    """Bring accounts up to date; the ids of those where something changed that decides. Locks only what changes."""
    by_id = {company.id: company for company in companies}
    stale = [row.pk for row in Account.objects.filter(pk__in=by_id) if _apply_all(row, by_id[row.pk])]
    rows = list(Account.objects.select_for_update(no_key=True).filter(pk__in=stale).order_by("pk"))
    said: list[Said] = []
    fields: set[str] = set()
    for row in rows:
        for name in _apply_all(row, by_id[row.pk]):
            decides = name in ACCOUNT_FIELDS or name.startswith(CUSTOM_PREFIX)
            value = row.custom.get(name.removeprefix(CUSTOM_PREFIX)) if "." in name else getattr(row, name, None)
            fields.add("custom" if name.startswith(CUSTOM_PREFIX) else name)
            if decides:
                said.append((row.pk, name, value))
        row.updated_at = now
    if rows:
        Account.objects.bulk_update(rows, sorted(fields | {"field_times", "updated_at"}), batch_size=500)
        record_account_facts(said, at=now, by=None, source=source)
    return sorted({owner for owner, _, _ in said})


def _link(companies: list[Company]) -> list[int]:
    """Store new domains and group ids; the ids of the accounts that can be recognised by more than before."""
    linked = {company.id: company for company in companies if company.id and (company.domains or company.group_ids)}
    with_primary = set(
        Domain.objects.filter(account_id__in=linked, is_primary=True).values_list("account_id", flat=True)
    )
    Domain.objects.bulk_create(
        Domain(account_id=account_id, name=name, is_primary=number == 0 and account_id not in with_primary)
        for account_id, company in linked.items()
        for number, name in enumerate(company.domains)
    )
    AccountIdentifier.objects.bulk_create(
        AccountIdentifier(account_id=account_id, system=EVENTS_SYSTEM, value=value)
        for account_id, company in linked.items()
        for value in company.group_ids
    )
    return list(linked)


def _apply_all(row: Account, company: Company) -> list[str]:
    """Names of what changed, `field_times` among them when only it did; custom fields as `custom.<key>`."""
    before = dict(row.field_times)
    changed = [name for item in company.said for name in _apply(row, item)]
    if not changed and row.field_times != before:
        return ["field_times"]
    return list(dict.fromkeys(changed))


def _apply(row: Account, item: CompanySaid) -> list[str]:
    """Take over what was said later than what is there. The name of an account that has one is not taken from events."""
    at = stamp(item.at)
    changed = []
    for name, value in item.fields.items():
        if name == "name" and row.name and "name" not in row.field_times and row.pk:
            continue
        if row.field_times.get(name, "") <= at:
            row.field_times = row.field_times | {name: at}
            if getattr(row, name) != value:
                setattr(row, name, value)
                changed.append(name)
    for key, value in item.custom.items():
        name = f"{CUSTOM_PREFIX}{key}"
        if row.field_times.get(name, "") <= at:
            row.field_times = row.field_times | {name: at}
            if row.custom.get(key) != value:
                row.custom = row.custom | {key: value}
                changed.append(name)
    return changed
