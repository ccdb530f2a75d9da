"""Writing what the plan for contacts says: a fixed number of statements for any number of rows (promises S7)."""

from collections.abc import Sequence

from django.db import connection

from accounts import changes
from accounts.facts import CONTACT_FIELDS, plain, stamp
from accounts.imports import bulk
from accounts.imports.contact_rows import COLUMNS, Planned, facts_of
from accounts.imports.registry import CHANGED, NEW, Task
from accounts.models import Contact, ContactFact

_EMAILS = "SELECT lower(email) FROM accounts_contact WHERE lower(email) = ANY(string_to_array(%s, chr(31)))"
# History of a new person, as `people.first_facts` says it: account and seniority always, the rest where there is something.
_VALUES = ", ".join(f"('{name}', to_jsonb(c.{attribute}))" for name, attribute in CONTACT_FIELDS.items())
_FACTS = f"""
INSERT INTO accounts_contactfact (contact_id, field, value, known_from, by_id, source)
SELECT c.id, f.field, coalesce(f.value, 'null'), %s, %s::bigint, %s
FROM accounts_contact c, LATERAL (VALUES {_VALUES}) AS f(field, value)
WHERE c.id = ANY(%s) AND (f.field IN ('account', 'seniority') OR f.value NOT IN ('""', 'false'))"""  # noqa: S608 - constants
_IDS = """
SELECT id FROM accounts_contact WHERE lower(email) = ANY(string_to_array(%s, chr(31))) AND email <> ''
UNION SELECT id FROM accounts_contact WHERE user_id = ANY(string_to_array(%s, chr(31))) AND user_id <> ''"""


def ids_of(emails: Sequence[str], user_ids: Sequence[str]) -> list[int]:
    """The contacts with these (lower-case) addresses or user ids."""
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [bulk.joined(emails), bulk.joined(user_ids)])
        return [pk for (pk,) in cursor.fetchall()]


def known_emails(emails: Sequence[str]) -> set[str]:
    """Those of these (lower-case) addresses that somebody here has."""
    with connection.cursor() as cursor:
        cursor.execute(_EMAILS, [bulk.joined(emails)])
        return {address for (address,) in cursor.fetchall()}


def write(planned: Sequence[Planned], task: Task) -> None:
    """Make the new people, change the others; history and listeners included."""
    new = [one for one in planned if one.verdict == NEW]
    changed = [one for one in planned if one.verdict == CHANGED]
    for one, pk in zip(new, bulk.new_ids(Contact, len(new)), strict=True):
        one.id = pk
    now = stamp(task.at)
    by = task.by.pk if task.by else None
    _create(new, task, now, by)
    bulk.update(
        Contact,
        [
            one.known
            | one.said
            | {"field_times": one.known["field_times"] | dict.fromkeys(one.said, now), "updated_at": task.at}
            for one in changed
            if one.known
        ],
        [*COLUMNS, "field_times", "updated_at"],
    )
    facts = [fact for one in changed for fact in facts_of(one)]
    bulk.copy(
        ContactFact,
        (
            {
                "contact_id": owner, "field": name, "value": bulk.dumps(plain(value)), "known_from": task.at, "by_id": by,
                "source": task.source,
            }
            for owner, name, value in facts
        ),
    )  # fmt: skip
    identified = [
        one.id
        for one in (*new, *changed)
        if one.id and (not one.known or one.said.keys() & {"email", "user_id", "account_id"})
    ]
    changes.matches_changed(contact_ids=identified)
    said = {owner for owner, _, _ in facts}
    accounts = {
        account
        for one in (*new, *changed)
        if one.known is None or one.id in said
        for account in (one.said.get("account_id"), (one.known or {}).get("account_id"))
        if account
    }
    changes.changed(account_ids=accounts, reason=task.source)


def _create(new: Sequence[Planned], task: Task, now: str, by: int | None) -> None:
    if not new:
        return
    first = Contact()
    defaults = {name: getattr(first, name) for name in COLUMNS}
    times: dict[tuple[str, ...], str] = {}
    rows = []
    for one in new:
        names = tuple(one.row.values)
        if names not in times:
            times[names] = bulk.dumps(dict.fromkeys(names, now))
        rows.append(defaults | one.said | {"id": one.id, "field_times": times[names]})
    bulk.copy(Contact, rows)
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [task.at, by, task.source, bulk.array(one.id for one in new if one.id)])
