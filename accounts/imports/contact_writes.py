"""Writing what the plan for contacts says: a fixed number of statements for any number of rows (promises S7)."""

from collections.abc import Sequence

from django.db import connection

from accounts import changes
from accounts.facts import plain, stamp
from accounts.imports import bulk
from accounts.imports.contact_rows import COLUMNS, Planned, facts_of
from accounts.imports.registry import CHANGED, NEW, Task
from accounts.models import Contact, ContactFact

SOURCE = "import"
_IDS = """
SELECT id FROM accounts_contact WHERE lower(email) = ANY(%s) AND email <> ''
UNION SELECT id FROM accounts_contact WHERE user_id = ANY(%s) AND user_id <> ''"""


def ids_of(emails: Sequence[str], user_ids: Sequence[str]) -> list[int]:
    """The contacts with these (lower-case) addresses or user ids."""
    with connection.cursor() as cursor:
        cursor.execute(_IDS, [list(emails), list(user_ids)])
        return [pk for (pk,) in cursor.fetchall()]


def write(planned: Sequence[Planned], task: Task) -> None:
    """Make the new people, change the others; history and listeners included."""
    new = [one for one in planned if one.verdict == NEW]
    changed = [one for one in planned if one.verdict == CHANGED]
    for one, pk in zip(new, bulk.new_ids(Contact, len(new)), strict=True):
        one.id = pk
    now = stamp(task.at)
    first = Contact()
    defaults = {name: getattr(first, name) for name in COLUMNS}
    bulk.copy(
        Contact,
        (defaults | one.said | {"id": one.id, "field_times": dict.fromkeys(one.row.values, now)} for one in new),
    )
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
    facts = [fact for one in (*new, *changed) for fact in facts_of(one)]
    by = task.by.pk if task.by else None
    bulk.copy(
        ContactFact,
        (
            {
                "contact_id": owner, "field": name, "value": plain(value), "known_from": task.at, "by_id": by,
                "source": SOURCE,
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
        if one.id in said
        for account in (one.said.get("account_id"), (one.known or {}).get("account_id"))
        if account
    }
    changes.changed(account_ids=accounts, reason=SOURCE)
