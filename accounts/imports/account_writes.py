"""Writing what the plan for accounts says: a fixed number of statements for any number of rows (promises S7)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection

from accounts import changes
from accounts.facts import ACCOUNT_FIELDS, CUSTOM_PREFIX, plain, stamp
from accounts.imports import bulk
from accounts.imports.account_rows import COLUMNS, Planned
from accounts.imports.registry import CHANGED, NEW, Task
from accounts.models import (
    Account,
    AccountFact,
    AccountIdentifier,
    AccountTechnology,
    Domain,
    Technology,
)
from accounts.people import adopt_waiting

_WAITING = """
SELECT DISTINCT domain FROM accounts_contact
WHERE account_id IS NULL AND domain <> '' AND domain = ANY(string_to_array(%s, chr(31)))"""
_CENTERS = """
INSERT INTO accounts_buyingcenter (account_id, name, is_default, created_at)
SELECT id, '', true, %s FROM unnest(%s::bigint[]) AS new(id)"""
# History of a new account, as `companies.first_facts` says it: of every deciding field with a value.
_VALUES = {
    name: f"('{name}', to_jsonb(a.{name}{'::text' if name == 'annual_revenue' else ''}))" for name in ACCOUNT_FIELDS
}
_FACTS = """
INSERT INTO accounts_accountfact (account_id, field, value, known_from, by_id, source)
SELECT a.id, f.field, f.value, %s, %s::bigint, %s FROM accounts_account a, LATERAL {values} AS f(field, value)
WHERE a.id = ANY(%s) AND f.value IS NOT NULL"""


def write(planned: Sequence[Planned], task: Task) -> None:
    """Make the new accounts, change the others; history, listeners and what waited for their domains included."""
    new = [one for one in planned if one.verdict == NEW]
    changed = [one for one in planned if one.verdict == CHANGED]
    ids = bulk.new_ids(Account, len(new))
    for one, pk in zip(new, ids, strict=True):
        one.id = pk
    _create(new, ids, task)
    facts = _update(changed, task)
    touched = [*new, *changed]
    _link(touched)
    looked_at = {*ids, *(owner for owner, _, _ in facts)} | _technologies(touched, task)
    by = task.by.pk if task.by else None
    bulk.copy(
        AccountFact,
        (
            {
                "account_id": owner, "field": name, "value": bulk.dumps(plain(value)), "known_from": task.at, "by_id": by,
                "source": task.source,
            }
            for owner, name, value in facts
        ),
    )  # fmt: skip
    _recognise(touched)
    changes.changed(account_ids=looked_at, reason=task.source)


def _recognise(touched: Sequence[Planned]) -> None:
    """Contacts that waited for these domains, and touches that waited for them or their group, find their account."""
    recognised = [one.id for one in touched if one.id and (one.domains or _is_group(one.identifiers))]
    if not recognised:
        return
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [bulk.joined(domain for one in touched for domain in one.domains)])
        waiting = {domain for (domain,) in cursor.fetchall()}
    owners = [one.id for one in touched if one.id and not waiting.isdisjoint(one.domains)]
    contacts = adopt_waiting(account_ids=owners) if owners else []
    changes.matches_changed(account_ids=recognised, contact_ids=contacts)


def _create(new: Sequence[Planned], ids: list[int], task: Task) -> None:
    if not new:
        return
    now = stamp(task.at)
    first = Account()
    defaults = {name: getattr(first, name) for name in COLUMNS}
    times: dict[tuple[str, ...], str] = {}
    rows = []
    for one in new:
        names = tuple(one.said)
        if names not in times:
            times[names] = bulk.dumps(dict.fromkeys(map(_said_name, names), now))
        row = defaults | one.said
        custom = _custom(one.said)
        row["id"], row["custom"] = one.id, bulk.dumps(custom) if custom else "{}"
        row["field_times"] = times[names]
        rows.append(row)
    bulk.copy(Account, rows)
    made = bulk.array(ids)
    by = task.by.pk if task.by else None
    with connection.cursor() as cursor:
        cursor.execute(_CENTERS, [task.at, made])
        for values in _fact_values(new, defaults):
            cursor.execute(_FACTS.format(values=values), [task.at, by, task.source, made])


def _fact_values(new: Sequence[Planned], defaults: dict[str, Any]) -> Iterator[str]:
    """Where the statement reads the history of these accounts: the fields that any of them can have a value of."""
    said = {name for one in new for name in one.said}
    yield f"(VALUES {', '.join(_VALUES[name] for name in ACCOUNT_FIELDS if name in said or defaults[name] is not None)})"
    if any(name.startswith(CUSTOM_PREFIX) for name in said):
        yield f"(SELECT '{CUSTOM_PREFIX}' || key, value FROM jsonb_each(a.custom))"  # noqa: S608 - a constant


def _update(changed: Sequence[Planned], task: Task) -> list[tuple[int, str, Any]]:
    now = stamp(task.at)
    facts: list[tuple[int, str, Any]] = []
    rows = []
    for one in changed:
        if one.known is None or one.id is None:
            raise AssertionError("a changed account is known")
        before = one.known.values
        custom = before["custom"]
        differing = {
            name: value
            for name, value in one.said.items()
            if (custom.get(name[len(CUSTOM_PREFIX) :]) if "." in name else before[name]) != value
        }
        if not differing:
            continue
        row = before | {name: value for name, value in differing.items() if "." not in name}
        row["custom"] = custom | _custom(differing)
        row["field_times"] = before["field_times"] | dict.fromkeys(map(_said_name, differing), now)
        row["updated_at"] = task.at
        rows.append(row)
        facts += [
            (one.id, name, value)
            for name, value in differing.items()
            if name in ACCOUNT_FIELDS or name.startswith(CUSTOM_PREFIX)
        ]
    bulk.update(Account, rows, [*COLUMNS, "custom", "field_times", "updated_at"])
    return facts


def _link(touched: Sequence[Planned]) -> None:
    bulk.copy(
        Domain,
        (
            {"account_id": one.id, "name": name, "is_primary": number == 0 and not (one.known and one.known.domains)}
            for one in touched
            for number, name in enumerate(one.domains)
        ),
    )
    bulk.copy(
        AccountIdentifier,
        (
            {"account_id": one.id, "system": system, "value": value}
            for one in touched
            for system, value in one.identifiers
        ),
    )


def _technologies(touched: Sequence[Planned], task: Task) -> set[int]:
    wanted = [(one.id, name, status) for one in touched if one.id for name, status in one.technologies]
    if not wanted:
        return set()
    names = sorted({name for _, name, _ in wanted})
    Technology.objects.bulk_create([Technology(name=name) for name in names], ignore_conflicts=True)
    ids = dict(Technology.objects.filter(name__in=names).values_list("name", "pk"))
    bulk.copy(
        AccountTechnology,
        (
            {"account_id": owner, "technology_id": ids[name], "status": str(status), "known_from": task.at}
            for owner, name, status in wanted
        ),
    )
    return {owner for owner, _, _ in wanted}


def _custom(said: dict[str, Any]) -> dict[str, Any]:
    return {name[len(CUSTOM_PREFIX) :]: value for name, value in said.items() if name.startswith(CUSTOM_PREFIX)}


def _said_name(name: str) -> str:
    return name.removesuffix("_id")


def _is_group(identifiers: Iterable[tuple[str, str]]) -> bool:
    return any(system == "segment" for system, _ in identifiers)
