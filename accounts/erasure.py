"""Exporting, excluding and erasing a person (domain.md §2; promise X5).

An erasure walks the one map of where a person's data can be (accounts/personal_data.py) in one transaction. A nameless row
stays, so that touches are counted as before and decisions go on naming it; its touches give nothing any more. The
addresses and ids stay known as digests, so that nothing that is sent again makes the person known (accounts/suppression.py).
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from accounts import changes, suppression
from accounts.locks import contact_key, email_key, hold_links, id_key
from accounts.models import Contact, ContactFact, Erasure, User, VisitorIdentity
from accounts.people import update_contact
from accounts.personal_data import Person, places
from accounts.roles import Capability


@dataclass(frozen=True, slots=True)
class Found:
    """What the map has of a person in one place."""

    key: str
    label: str
    fate: str
    rows: int


def person_of(contact: Contact) -> Person:
    """All that leads to what is stored of this person, also of rows that were merged into theirs."""
    ids, new = {contact.pk}, {contact.pk}
    while new:
        new = set(Contact.objects.filter(merged_into__in=new).values_list("pk", flat=True)) - ids
        ids |= new
    rows = list(Contact.objects.filter(pk__in=ids).order_by("pk"))
    visitors = set(VisitorIdentity.objects.filter(contact__in=ids).values_list("anonymous_id", flat=True))
    names, parts = set(), set()
    for row in rows:
        first, last = row.first_name.strip(), row.last_name.strip()
        parts |= {first, last}
        if first and last:
            names |= {f"{first} {last}", f"{last}, {first}", f"{last} {first}"}
    held = ContactFact.objects.filter(contact__in=ids, field="account").values_list("value", flat=True)
    accounts = {row.account_id for row in rows if row.account_id} | {pk for pk in held if isinstance(pk, int)}
    return Person(
        contacts=tuple(sorted(ids)),
        accounts=tuple(sorted(accounts)),
        emails=frozenset(row.email.lower() for row in rows if row.email),
        ids=frozenset({row.user_id for row in rows if row.user_id} | visitors),
        names=frozenset(names),
        phones=frozenset(row.phone for row in rows if row.phone),
        parts=frozenset(parts - {""}),
    )


def what_is_held(contact: Contact) -> list[Found]:
    """What an erasure would delete or empty, place by place; places without anything are left out."""
    person = person_of(contact)
    found = []
    for place in places():
        rows = place.count(person) if place.count else len(place.export(person)) if place.export else None
        if rows is None or rows:
            found.append(Found(place.key, place.label, place.fate, rows or 0))
    return found


def export_contact(contact: Contact) -> dict[str, Any]:
    """Everything that is stored of a person, by place, in plain values (JSON by DjangoJSONEncoder)."""
    person = person_of(contact)
    found: dict[str, Any] = {"id": contact.pk}
    for place in places():
        if place.export:
            found[place.key] = place.export(person)
    return found


@transaction.atomic
def erase_contact(*, contact: Contact, by: User | None) -> Erasure:
    """Erase a person everywhere. Raises ValidationError where that was done, PermissionDenied where `by` may not."""
    if by is not None and not by.may(Capability.ERASE):
        raise PermissionDenied("Only an admin erases people.")
    person = person_of(contact)
    # In the order of those who take events in: first what they wait on, then the links, then rows.
    suppression.hold_alone(person.keys)
    hold_links(stating=_links(person))
    row = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    if row.erased_at:
        raise ValidationError("This person is erased already.")
    now = person_of(row)
    if now != person:
        raise ValidationError("Something new of this person came in at this moment. Try again.")
    list(Contact.objects.select_for_update(no_key=True).filter(pk__in=person.contacts).order_by("pk"))
    erasure = Erasure.objects.create(by=by)
    suppression.suppress(erasure, person.keys)
    erasure.cleared = {place.key: rows for place in places() if (rows := place.erase(person))}
    erasure.save(update_fields=["cleared"])
    changes.changed(account_ids=person.accounts, reason="erasure")
    contact.refresh_from_db()
    return erasure


def exclude_from_scoring(*, contact: Contact, excluded: bool, by: User | None) -> Contact:
    """The person objects to profiling, or takes that back: no points, minutes, gates, MQL or suggestion from now on."""
    return update_contact(contact=contact, by=by, excluded_from_scoring=excluded)


def _links(person: Person) -> list[str]:
    return [
        *map(email_key, person.emails),
        *map(id_key, person.ids),
        *map(contact_key, person.contacts),
    ]
