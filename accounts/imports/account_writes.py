"""Writing what the plan for accounts says: a fixed number of statements for any number of rows (promises S7)."""

from collections.abc import Iterable, Sequence
from typing import Any

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
    BuyingCenter,
    Domain,
    Technology,
)
from accounts.people import adopt_waiting

SOURCE = "import"


def write(planned: Sequence[Planned], task: Task) -> None:
    """Make the new accounts, change the others; history, listeners and what waited for their domains included."""
    new = [one for one in planned if one.verdict == NEW]
    changed = [one for one in planned if one.verdict == CHANGED]
    for one, pk in zip(new, bulk.new_ids(Account, len(new)), strict=True):
        one.id = pk
    facts = [*_create(new, task), *_update(changed, task)]
    touched = [*new, *changed]
    _link(touched)
    looked_at = {one.id for one in new if one.id} | {owner for owner, _, _ in facts} | _technologies(touched, task)
    bulk.copy(
        AccountFact,
        (
            {
                "account_id": owner, "field": name, "value": plain(value), "known_from": task.at,
                "by_id": task.by.pk if task.by else None, "source": SOURCE,
            }
            for owner, name, value in facts
        ),
    )  # fmt: skip
    recognised = [one.id for one in touched if one.id and (one.domains or _is_group(one.identifiers))]
    if recognised:
        contacts = adopt_waiting(account_ids=recognised)
        changes.matches_changed(account_ids=recognised, contact_ids=contacts)
    changes.changed(account_ids=looked_at, reason=SOURCE)


def _create(new: Sequence[Planned], task: Task) -> list[tuple[int, str, Any]]:
    now = stamp(task.at)
    facts: list[tuple[int, str, Any]] = []
    rows = []
    first = Account()
    defaults = {name: getattr(first, name) for name in COLUMNS}
    for one in new:
        row = defaults | {name: value for name, value in one.said.items() if "." not in name}
        row["id"] = one.id
        row["custom"] = _custom(one.said)
        row["field_times"] = dict.fromkeys(map(_said_name, one.said), now)
        rows.append(row)
        if one.id is None:
            raise AssertionError("ids were given")
        facts += [(one.id, name, row[name]) for name in ACCOUNT_FIELDS if row[name] is not None]
        facts += [(one.id, f"{CUSTOM_PREFIX}{key}", value) for key, value in row["custom"].items()]
    bulk.copy(Account, rows)
    bulk.copy(BuyingCenter, ({"account_id": one.id, "name": "", "is_default": True} for one in new))
    return facts


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
