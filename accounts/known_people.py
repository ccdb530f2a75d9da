"""People as other systems speak of them, many statements at once: found, made, joined, brought up to date (§8).

A statement names a person by a user id, an e-mail address, or both, and may say which visitor that is, what the person
was called before, and traits. User id first, then e-mail, then the visitor. Two of our people turn out to be one when a
user id without an address is said to have the address of another: the first is merged into the second. Anything else
that contradicts leaves both as they are. Set-based; belongs into the caller's transaction; see `accounts.locks`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter

from django.db import connection
from django.utils import timezone

from accounts import changes
from accounts.facts import CONTACT_FIELDS, Said, record_contact_facts, stamp
from accounts.imports import bulk
from accounts.known_companies import Companies
from accounts.locks import contact_key, domain_key, email_key, id_key
from accounts.matching import company_domain
from accounts.models import Contact, VisitorIdentity
from accounts.people import apply_titles, first_facts, title_rules

_COLUMNS = "c.id, c.account_id, c.email, c.user_id, c.domain"
_OF_IDS = f"""
SELECT 'u', c.user_id, {_COLUMNS} FROM accounts_contact c WHERE c.user_id = ANY(%s) AND c.user_id <> ''
UNION ALL SELECT 'v', v.anonymous_id, {_COLUMNS} FROM accounts_visitoridentity v
    JOIN accounts_contact c ON c.id = v.contact_id WHERE v.anonymous_id = ANY(%s)"""  # noqa: S608 - constants
_OF_EMAILS = f"""
SELECT 'e', lower(c.email), {_COLUMNS} FROM accounts_contact c WHERE lower(c.email) = ANY(%s) AND c.email <> ''"""  # noqa: S608

Stamped = tuple[datetime, Mapping[str, str]]


@dataclass(slots=True)
class PersonSaid:
    """What one message says of a person. `fields` are fields of Contact, `group_id` is the group it speaks of."""

    at: datetime
    order: str
    user_id: str = ""
    email: str = ""
    visitor: str = ""
    previous_id: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    group_id: str = ""


@dataclass(slots=True, eq=False)
class Person:
    """A contact, maybe not yet stored, and what is newly said of it."""

    id: int | None = None
    account_id: int | None = None
    email: str = ""
    user_id: str = ""
    domain: str = ""
    said: list[Stamped] = field(default_factory=list)
    group_id: str = ""
    is_changed: bool = False
    merged_into: "Person | None" = None


class People:
    """The contacts behind some ids and addresses. `find` answers, after `store` also for what was newly said."""

    def __init__(self, *, ids: Collection[str], emails: Collection[str]) -> None:
        self._by_id: dict[int, Person] = {}
        self._by_user: dict[str, Person] = {}
        self._by_email: dict[str, Person] = {}
        self._by_any: dict[str, Person] = {}
        self._new: list[Person] = []
        self._links: dict[str, Person] = {}
        self._merged: list[Person] = []
        parts: list[tuple[str, list[list[str]]]] = []
        if ids:
            parts.append((_OF_IDS, [sorted(ids)] * 2))
        if emails:
            parts.append((_OF_EMAILS, [sorted(emails)]))
        if not parts:
            return
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(sql for sql, _ in parts), [p for _, given in parts for p in given])
            for kind, text, *row in cursor.fetchall():
                person = self._by_id.setdefault(row[0], Person(*row))
                {"u": self._by_user, "e": self._by_email, "v": self._by_any}[kind][text] = person

    def find(self, *, user_id: str = "", email: str = "", visitor: str = "") -> Person | None:
        """Who that is: by user id, else by e-mail, else by the visitor, else nobody we know."""
        return (
            self._of_id(user_id)
            or (self._by_email.get(email) if email else None)
            or (self._of_id(visitor) if not user_id and not email else None)
        )

    def domains(self) -> set[str]:
        """The domains of the people found."""
        return {person.domain for person in self._by_id.values()}

    def links_to_state(self, said: Iterable[PersonSaid]) -> set[str]:
        """The keys of what these statements would make known (accounts.locks)."""
        keys: set[str] = set()
        for item in said:
            user, by_email = self._of_id(item.user_id), self._by_email.get(item.email) if item.email else None
            person = user or by_email
            if item.user_id and (user is None or (by_email and user is not by_email)):
                keys.add(id_key(item.user_id))
            if item.email and (by_email is None or (user and user is not by_email)):
                keys.add(email_key(item.email))
            keys.update(
                id_key(other)
                for other in (item.visitor, item.previous_id)
                if other and other != item.user_id and (self._of_id(other) is None or other == item.previous_id)
            )
            if person and person.id and (item.group_id or item.email or item.previous_id) and _unsettled(person):
                keys.add(contact_key(person.id))
        return keys

    def links_to_wait_for(self, person: Person | None, *, email: str, visitor: str) -> set[str]:
        """The keys of what would change whose touch it is, for one of this person (or of nobody known)."""
        if person is None:
            domain = company_domain(email) if email else ""
            return {id_key(visitor)} if visitor and not email else {domain_key(domain)} if domain else set()
        keys = {contact_key(person.id)} if person.id and _unsettled(person) else set()
        if person.account_id is None and person.domain:
            keys.add(domain_key(person.domain))
        return keys

    def store(self, said: Iterable[PersonSaid], companies: Companies, *, source: str) -> None:
        """Take the statements in, the older first."""
        for item in sorted(said, key=lambda item: (item.at, item.order)):
            self._take(item)
        if not (self._new or self._links or self._merged or any(p.is_changed for p in self._by_id.values())):
            return
        now = timezone.now()
        self._create(companies, now, source)
        touched, moved = self._update(companies, now, source)
        VisitorIdentity.objects.bulk_create(
            VisitorIdentity(anonymous_id=any_id, contact_id=person.id, known_from=now)
            for any_id, person in sorted(self._links.items(), key=itemgetter(0))
            if person.id
        )
        self._merge(now)
        recognised = {person.id for person in self._links.values() if person.id} | moved
        changes.matches_changed(contact_ids=recognised)
        changes.changed(account_ids=touched, reason="contact")

    def _of_id(self, any_id: str) -> Person | None:
        return (self._by_user.get(any_id) or self._by_any.get(any_id)) if any_id else None

    def _take(self, item: PersonSaid) -> None:
        person = self._target(item)
        if person is None:
            return
        if item.email and item.email != person.email and item.email not in self._by_email:
            self._by_email[item.email] = person
            person.said.append((item.at, {"email": item.email}))
            person.email = person.email or item.email
            person.is_changed = True
        if item.visitor and item.visitor != item.user_id:
            self._link(item.visitor, person)
        if item.previous_id and item.previous_id != item.user_id:
            self._alias(item.previous_id, person)
        if item.fields:
            person.said.append((item.at, item.fields))
            person.is_changed = True
        if item.group_id and person.account_id is None:
            person.group_id = item.group_id
            person.is_changed = True

    def _target(self, item: PersonSaid) -> Person | None:
        user = self._of_id(item.user_id)
        by_email = self._by_email.get(item.email) if item.email else None
        if user and by_email and user is not by_email:
            if user.email:
                return user
            self._join(user, by_email)
            return by_email
        person = user or by_email
        if person is None and (item.user_id or item.email):
            person = self._of_visitor(item) or self._make(item)
        if person and item.user_id and user is None:
            if person.user_id:
                self._link(item.user_id, person)
            else:
                person.user_id = item.user_id
                self._by_user[item.user_id] = person
                person.is_changed = True
        return person

    def _of_visitor(self, item: PersonSaid) -> Person | None:
        """The person that the visitor (or the former id) is known as, if that person has not what is said now."""
        for other in (item.visitor, item.previous_id):
            person = self._of_id(other)
            if person and not (item.user_id and person.user_id) and not (item.email and person.email):
                return person
        return None

    def _make(self, item: PersonSaid) -> Person:
        person = Person(user_id=item.user_id)
        self._new.append(person)
        if item.user_id:
            self._by_user[item.user_id] = person
        return person

    def _link(self, any_id: str, person: Person) -> None:
        """The first that an id was said to be, it stays."""
        if self._of_id(any_id) is None:
            self._by_any[any_id] = person
            self._links[any_id] = person

    def _alias(self, previous_id: str, person: Person) -> None:
        other = self._of_id(previous_id)
        if other is None:
            self._link(previous_id, person)
        elif other is not person and not other.email:
            self._join(other, person)

    def _join(self, gone: Person, kept: Person) -> None:
        """All that was said of `gone` was said of `kept`; the user id of `gone` leads to `kept`."""
        for ids in (self._by_any, self._by_user, self._links):
            for any_id, person in ids.items():
                if person is gone:
                    ids[any_id] = kept
        if gone.user_id:
            if kept.user_id:
                self._by_any[gone.user_id] = kept
                self._links[gone.user_id] = kept
            else:
                kept.user_id = gone.user_id
        kept.said += gone.said
        kept.group_id = kept.group_id or gone.group_id
        kept.is_changed = True
        gone.user_id, gone.merged_into = "", kept
        if gone in self._new:
            self._new.remove(gone)
        else:
            self._merged.append(gone)

    def _create(self, companies: Companies, now: datetime, source: str) -> None:
        if not self._new:
            return
        rules = title_rules()
        rows = []
        for person in self._new:
            row = Contact(user_id=person.user_id)
            _apply(row, person)
            row.account_id = companies.account_of_domain(row.domain) or companies.account_of_group(person.group_id)
            apply_titles(row, rules)
            rows.append(row)
        Contact.objects.bulk_create(rows)
        record_contact_facts([said for row in rows for said in first_facts(row)], at=now, by=None, source=source)
        for person, row in zip(self._new, rows, strict=True):
            person.id, person.account_id, person.domain = row.pk, row.account_id, row.domain

    def _update(self, companies: Companies, now: datetime, source: str) -> tuple[set[int], set[int]]:
        """Bring contacts up to date: accounts to evaluate again, and contacts whose touches may find an account."""
        people = {p.id: p for p in self._by_id.values() if p.is_changed and p.merged_into is None}
        if not people:
            return set(), set()
        # User ids must be free before another contact takes them.
        Contact.objects.filter(pk__in=[gone.id for gone in self._merged]).update(user_id="")
        rows = list(Contact.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
        rules = title_rules()
        touched: set[int] = set()
        moved: set[int] = set()
        said: list[Said] = []
        written: list[dict[str, object]] = []
        for row in rows:
            person = people[row.pk]
            stored = {name: getattr(row, name) for name in _WRITTEN}
            before = {name: getattr(row, attribute) for name, attribute in CONTACT_FIELDS.items()}
            row.user_id = person.user_id
            _apply(row, person)
            person.domain = row.domain
            if row.account_id is None:
                found = companies.account_of_domain(row.domain) or companies.account_of_group(person.group_id)
                row.account_id = person.account_id = found
                moved |= {row.pk} if found else set()
            apply_titles(row, rules)
            if any(getattr(row, name) != was for name, was in stored.items()):
                written.append({"id": row.pk, "updated_at": now} | {name: getattr(row, name) for name in _WRITTEN})
            new = [(row.pk, f, v) for f, was in before.items() if (v := getattr(row, CONTACT_FIELDS[f])) != was]
            said += new
            if new and row.account_id:
                touched.add(row.account_id)
        # Most say what is known already; and one statement with arrays is a tenth of a CASE for each column and row.
        bulk.update(Contact, written, (*_WRITTEN, "updated_at"))
        record_contact_facts(said, at=now, by=None, source=source)
        return touched, moved

    def _merge(self, now: datetime) -> None:
        """Leave of a merged contact a shell without account, so that past readings still find whose they were."""
        said: list[Said] = []
        for gone in self._merged:
            kept = gone.merged_into
            while kept is not None and kept.merged_into is not None:
                kept = kept.merged_into
            if kept is None or kept.id is None or gone.id is None:
                continue
            VisitorIdentity.objects.filter(contact_id=gone.id).update(contact_id=kept.id)
            Contact.objects.filter(pk=gone.id).update(
                user_id="", account=None, center=None, merged_into=kept.id, updated_at=now
            )
            said += [(gone.id, "account", None), (gone.id, "center", None)]
            changes.contacts_merged(gone=gone.id, kept=kept.id)
        record_contact_facts(said, at=now, by=None, source="merge")


_WRITTEN = (
    "email",
    "user_id",
    "domain",
    "first_name",
    "last_name",
    "phone",
    "title",
    "department",
    "seniority",
    "persona_id",
    "account_id",
    "field_times",
)


def _unsettled(person: Person) -> bool:
    """Whose touches may still be read as somebody else's or find an account."""
    return person.account_id is None or not person.email


def _apply(row: Contact, person: Person) -> None:
    """Take over what was said later than what is there."""
    for at, fields in sorted(person.said, key=lambda item: item[0]):
        moment = stamp(at)
        for name, value in fields.items():
            if not getattr(row, name) or row.field_times.get(name, "") <= moment:
                row.field_times = row.field_times | {name: moment}
                setattr(row, name, value)
    row.domain = company_domain(row.email)
