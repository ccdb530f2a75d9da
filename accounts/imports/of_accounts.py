"""Accounts from files: what a row says, whom it means, what would change (domain.md §2, §8).

A row means the account with its id in that system, else the one that has its domain, else, when it names neither, the one
of exactly its name. An empty cell says nothing: an import never empties a field.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from accounts.facts import CUSTOM_PREFIX
from accounts.imports import account_writes, bulk
from accounts.imports.account_fields import account_fields, stored_custom
from accounts.imports.account_rows import COLUMNS, PLAIN, Known, Planned
from accounts.imports.fields import Field, Row
from accounts.imports.links import SHARED_SITES, Accounts, identifiers_of
from accounts.imports.registry import CHANGED, NEW, REJECTED, Outcome, Task
from accounts.imports.values import Money
from accounts.locks import domain_key, group_key, hold_links
from accounts.matching import is_free_mail, registrable_domain
from accounts.models import Account, AccountIdentifier, AccountTechnology, CustomField, Domain


class AccountImporter:
    """Companies with their domains, identifiers, technologies and custom fields."""

    kind = "accounts"
    label = "Accounts"
    help = "Companies: Salesforce accounts, HubSpot companies, or a list of names and domains."
    telling = frozenset[str]()

    def fields(self) -> Sequence[Field]:
        """The fixed fields, then the installation's custom fields."""
        return account_fields(self._custom)

    def keys(self, row: Row) -> Iterable[str]:
        """Its ids and domains; of a row that has neither its name."""
        found = [f"{system}:{value}" for system, value in identifiers_of(row)]
        found += [f"d:{domain}" for domain in domains_of(row)]
        return found or [f"n:{row.values['name'].casefold()}"]

    def plan(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """What would become of the rows now."""
        return list(self._plan(rows, self._look_up(rows), task, lock=False))

    def commit(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """Make and change the accounts."""
        accounts = self._look_up(rows)
        stated = {domain_key(d) for row in rows for d in domains_of(row) if accounts.of_domain(d) is None}
        stated |= {group_key(row.values["group_id"]) for row in rows if "group_id" in row.values}
        if stated:
            hold_links(stating=stated)
            accounts = self._look_up(rows)
        planned = self._plan(rows, accounts, task, lock=True)
        account_writes.write(planned, task)
        return list(planned)

    @cached_property
    def _custom(self) -> list[CustomField]:
        return list(CustomField.objects.all())

    def _look_up(self, rows: Sequence[Row]) -> Accounts:
        return Accounts(
            identifiers=[pair for row in rows for pair in identifiers_of(row)],
            domains={domain for row in rows for domain in domains_of(row)},
            names=[row.values["name"] for row in rows if not domains_of(row) and not identifiers_of(row)],
        )

    def _plan(self, rows: Sequence[Row], accounts: Accounts, task: Task, *, lock: bool) -> list[Planned]:
        planned = [self._meant(row, accounts) for row in rows]
        ids = {one.id for one in planned if one.id is not None}
        known = _known(ids, lock=lock, technologies="technologies" in task.mapped or "evaluating" in task.mapped)
        for one in planned:
            if one.verdict == REJECTED:
                continue
            one.said = wanted(one.row, task.options.currency)
            if one.id is None or one.id not in known:
                one.id = None
                self._new(one)
            else:
                self._compare(one, known[one.id], accounts)
        return planned

    def _meant(self, row: Row, accounts: Accounts) -> Planned:
        one = Planned(row, title=row.values["name"])
        ids = identifiers_of(row)
        by_id = {found for system, value in ids if (found := accounts.of_identifier(system, value)) is not None}
        domains = domains_of(row)
        if len(by_id) > 1:
            return _reject(one, "Its ids belong to different accounts here")
        if by_id:
            one.id = by_id.pop()
        else:
            one.id = next((found for d in domains if (found := accounts.of_domain(d)) is not None), None)
        if one.id is None and not ids and not domains:
            named = accounts.of_name(row.values["name"])
            if len(named) > 1:
                return _reject(one, f"{len(named)} accounts have this name: a domain or an id must tell which")
            one.id = named[0] if named else None
        one.same_as = f"a:{one.id}" if one.id is not None else ""
        return one

    def _new(self, one: Planned) -> None:
        one.verdict = NEW
        one.domains, one.identifiers = list(domains_of(one.row)), identifiers_of(one.row)
        one.technologies = technologies_of(one.row)
        _check_dates(one, one.said)

    def _compare(self, one: Planned, known: Known, accounts: Accounts) -> None:
        one.known = known
        one.title = known.values["name"]
        for domain in domains_of(one.row):
            owner = accounts.of_domain(domain)
            if owner is None:
                one.domains.append(domain)
            elif owner != one.id:
                _reject(one, f"“{domain}” already belongs to another account")
                return
        for system, value in identifiers_of(one.row):
            if accounts.of_identifier(system, value) is None:
                if others := known.identifiers.get(system):
                    _reject(one, f"The account is already “{min(others)}” in {system}: two records for one company")
                    return
                one.identifiers.append((system, value))
        one.technologies = [pair for pair in technologies_of(one.row) if pair not in known.technologies]
        if _check_dates(one, known.values | one.said):
            return
        one.changes = _differences(one, known, self._labels)
        if one.changes:
            one.verdict = CHANGED

    @cached_property
    def _labels(self) -> dict[str, str]:
        labels = {PLAIN[one.key]: one.label for one in account_fields(()) if one.key in PLAIN}
        return labels | {f"{CUSTOM_PREFIX}{one.key}": one.label for one in self._custom}


def domains_of(row: Row) -> tuple[str, ...]:
    """The registrable domains that a row gives, the primary one first: its domain, else its website's, then more."""
    if (found := row.memo.get("domains")) is None:
        named = [row.values["domain"]] if "domain" in row.values else _site_domain(row)
        found = row.memo["domains"] = tuple(dict.fromkeys([*named, *row.values.get("more_domains", ())]))
    return found


def _site_domain(row: Row) -> list[str]:
    domain = registrable_domain(row.values.get("website", ""))
    return [domain] if domain and domain not in SHARED_SITES and not is_free_mail(domain) else []


def technologies_of(row: Row) -> list[tuple[str, str]]:
    """(name, status) of each technology that a row names."""
    return [
        (name, status)
        for key, status in (
            ("technologies", AccountTechnology.Status.USES),
            ("evaluating", AccountTechnology.Status.EVALUATING),
        )
        for name in row.values.get(key, ())
    ]


def wanted(row: Row, default_currency: str) -> dict[str, Any]:
    """What a row says, by attribute of the account; custom fields as `custom.<key>`."""
    said: dict[str, Any] = {}
    for key, value in row.values.items():
        if (name := PLAIN.get(key)) is not None:
            said[name] = value
        elif key.startswith(CUSTOM_PREFIX):
            said[key] = stored_custom(value)
    revenue: Money | None = said.get("annual_revenue")
    named = said.pop("annual_revenue_currency", None)
    if revenue is not None:
        said["annual_revenue"] = revenue.amount
        said["annual_revenue_currency"] = named or revenue.currency or default_currency
    return said


def _reject(one: Planned, reason: str) -> Planned:
    one.verdict, one.reason = REJECTED, reason
    return one


def _check_dates(one: Planned, values: dict[str, Any]) -> bool:
    since, until = values.get("customer_since"), values.get("customer_until")
    if since and until and until < since:
        _reject(one, "“Customer until” is before “Customer since”")
        return True
    return False


def _differences(one: Planned, known: Known, labels: dict[str, str]) -> list[tuple[str, Any, Any]]:
    found = []
    for name, value in one.said.items():
        before = known.values["custom"].get(name[len(CUSTOM_PREFIX) :]) if "." in name else known.values[name]
        if before != value:
            found.append((labels.get(name, name), before, value))
    found += [("Domain", None, domain) for domain in one.domains]
    found += [(f"Id in {system}", None, value) for system, value in one.identifiers]
    found += [("Technology", None, name) for name, _ in one.technologies]
    return found


def _known(ids: set[int], *, lock: bool, technologies: bool) -> dict[int, Known]:
    """The accounts with these ids, their identifiers, domains and (if asked) technologies."""
    if not ids:
        return {}
    accounts = Account.objects.filter(pk__in=bulk.among(ids)).order_by("pk")
    if lock:
        accounts = accounts.select_for_update(no_key=True)
    known = {row["id"]: Known(row) for row in accounts.values("id", "custom", "field_times", *COLUMNS)}
    for owner, system, value in AccountIdentifier.objects.filter(account__in=bulk.among(ids)).values_list(
        "account_id", "system", "value"
    ):
        known[owner].identifiers.setdefault(system, set()).add(value)
    for owner, name in Domain.objects.filter(account__in=bulk.among(ids), is_primary=True).values_list(
        "account_id", "name"
    ):
        known[owner].domains.add(name)
    if technologies:
        current = AccountTechnology.objects.filter(account__in=bulk.among(ids), known_until__isnull=True)
        for owner, name, status in current.values_list("account_id", "technology__name", "status"):
            known[owner].technologies.add((name, status))
    return known
