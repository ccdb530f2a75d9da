"""A planned person: what is stored, what the file says, what is to be done."""

from dataclasses import dataclass, field
from typing import Any

from accounts.facts import CONTACT_FIELDS
from accounts.imports.registry import Outcome

# Field of the row → attribute of the contact.
PLAIN = {
    "email": "email",
    "user_id": "user_id",
    "first_name": "first_name",
    "last_name": "last_name",
    "phone": "phone",
    "title": "title",
    "department": "department",
    "do_not_contact": "do_not_contact",
    "excluded_from_scoring": "excluded_from_scoring",
    "mql_external_from": "mql_external_from",
    "seniority": "seniority",
}
COLUMNS = (
    *PLAIN.values(),
    "seniority_overridden",
    "persona_id",
    "persona_overridden",
    "account_id",
    "center_id",
    "domain",
)


@dataclass(slots=True)
class Planned(Outcome):
    """What becomes of a person: `id` None makes one. `said` is what changes, or all that a new one has."""

    id: int | None = None
    said: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] | None = None


def facts_of(one: Planned) -> list[tuple[int, str, Any]]:
    """History rows of a person whom we know: what changed of what decides."""
    if one.id is None or one.known is None:
        raise ValueError("the history of a new person is written with the person")
    return [
        (one.id, name, one.said[attribute])
        for name, attribute in CONTACT_FIELDS.items()
        if attribute in one.said and one.said[attribute] != one.known[attribute]
    ]
