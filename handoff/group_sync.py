"""Who is in which role, as a connected system says it: by e-mail address, role and center (domain.md §5, §8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.imports.fields import Field, Row
from accounts.imports.registry import CHANGED, NEW, REJECTED, Outcome, Task
from accounts.models import BuyingCenter, Contact
from handoff.groups import reject_member, validate_member
from handoff.models import BuyingGroupMember


@dataclass(slots=True)
class Planned(Outcome):
    """What becomes of one statement; `id` is the membership."""

    id: int | None = None
    center: BuyingCenter | None = None
    contact: Contact | None = None


class MemberImporter:
    """Roles of people, as CRMs keep them on their opportunities."""

    kind = "members"
    label = "Buying group members"
    help = "Who has which role in the buying group."
    telling = frozenset[str]()

    def fields(self) -> Sequence[Field]:
        """None: there is no file of it."""
        return []

    def keys(self, row: Row) -> Iterable[str]:
        """Person, center and role."""
        return [f"{row.values['email']}|{row.values.get('center', '')}|{row.values['role']}"]

    def plan(self, rows: Sequence[Row], task: Task) -> list[Outcome]:  # noqa: ARG002 - as every importer
        """What would become of the rows now. Three queries."""
        return list(_plan(rows))

    def commit(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """Decide what is not decided so yet, by the action of the page."""
        planned = _plan(rows)
        for one in planned:
            if one.verdict not in {NEW, CHANGED} or one.center is None or one.contact is None:
                continue
            values = one.row.values
            decide = validate_member if values["status"] == BuyingGroupMember.Status.VALIDATED else reject_member
            one.id = decide(center=one.center, contact=one.contact, role=values["role"], by=task.by).pk
        return list(planned)


def _plan(rows: Sequence[Row]) -> list[Planned]:
    planned = [Planned(row) for row in rows]
    people = Contact.objects.filter(email__in={row.values["email"] for row in rows}, erased_at__isnull=True)
    contacts = {person.email.lower(): person for person in people}
    owners = {person.account_id for person in contacts.values()}
    centers: dict[tuple[int | None, str], BuyingCenter] = {
        (center.account_id, center.name): center
        for center in BuyingCenter.objects.filter(account__in=owners).select_related("account")
    }
    for one in planned:
        _name(one, contacts, centers)
    known: dict[tuple[Any, ...], BuyingGroupMember] = {
        (member.group.center_id, member.contact_id, member.role): member
        for member in BuyingGroupMember.objects.filter(contact__in=contacts.values()).select_related("group")
    }
    for one in planned:
        if one.center is None or one.contact is None:
            continue
        member = known.get((one.center.pk, one.contact.pk, one.row.values["role"]))
        one.id = member.pk if member else None
        if member is None or member.status != one.row.values["status"]:
            one.verdict = CHANGED if member else NEW
    return planned


def _name(one: Planned, contacts: dict[str, Contact], centers: dict[tuple[int | None, str], BuyingCenter]) -> None:
    """Finds the person and the center that a row means, or says why not."""
    values = one.row.values
    person = contacts.get(values["email"])
    name = values.get("center", "")
    if person is None:
        one.verdict, one.reason = REJECTED, f"Nobody here has the address “{values['email']}”: send the person first"
    elif person.account_id is None:
        one.verdict, one.reason = REJECTED, f"“{values['email']}” waits for an account: send that first"
    elif (person.account_id, name) not in centers:
        one.verdict, one.reason = REJECTED, f"The account has no buying center called “{name}”: make it first"
    else:
        one.contact, one.center = person, centers[person.account_id, name]
