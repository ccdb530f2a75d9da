"""What can be done to people (domain.md §2). Each action is one transaction with its history rows in it.

Seniority and persona come from title rules; when a person sets one it is overridden and stays. `source` and `by` as in
`accounts.companies`.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import changes
from accounts.facts import CONTACT_FIELDS, Said, record_contact_facts, said_by
from accounts.locks import contact_key, domain_key, email_key, hold_links, id_key
from accounts.matching import company_domain, normal_email
from accounts.models import Account, BuyingCenter, Contact, Domain, PersonaRule, SeniorityRule, User
from accounts.suppression import erased_of
from accounts.titles import TitleRules

_CHUNK = 2_000


def title_rules() -> TitleRules:
    """The rules as they stand in the database, in their order."""
    return TitleRules.build(
        SeniorityRule.objects.order_by("position", "id").values_list("seniority", "title_words"),
        PersonaRule.objects.order_by("persona__position", "persona_id", "id").values_list(
            "persona_id", "title_words", "department_words"
        ),
    )


@transaction.atomic
def create_contact(
    *,
    account: Account | None,
    email: str = "",
    first_name: str = "",
    last_name: str = "",
    title: str = "",
    department: str = "",
    by: User | None = None,
    source: str = "page",
    at: datetime | None = None,
    **fields: Any,
) -> Contact:
    """A new person. Without an account, the e-mail's domain finds one, else the person waits for it.

    `seniority` and `persona`, when given, are overrides; else the title rules decide. Raises ValidationError for a bad
    or taken address and for values that the model refuses.
    """
    address = _clean_email(email)
    person = Contact(
        account=account,
        email=address,
        domain=company_domain(address),
        first_name=first_name.strip(),
        last_name=last_name.strip(),
        title=title.strip(),
        department=department.strip(),
        **fields,
    )
    hold_links(stating=_keys(person))
    _refuse_taken(person)
    _refuse_erased(person)
    if account is None and person.domain:
        person.account_id = Domain.objects.filter(name=person.domain).values_list("account_id", flat=True).first()
    _refuse_foreign_center(person)
    person.seniority_overridden = "seniority" in fields
    person.persona_overridden = "persona" in fields or "persona_id" in fields
    apply_titles(person, title_rules())
    person.full_clean(validate_constraints=False)
    person.save(force_insert=True)
    record_contact_facts(first_facts(person), at=at or timezone.now(), by=by, source=source)
    _announce([person], matches=True)
    return person


@transaction.atomic
def update_contact(
    *, contact: Contact, by: User | None, source: str = "page", at: datetime | None = None, **fields: Any
) -> Contact:
    """Change fields of a person; what decides gets a history row, and the accounts concerned are evaluated again.

    Giving `seniority` or `persona` overrides the rules; `seniority_overridden=False` (`persona_overridden=False`) gives
    the decision back to them. A center of another account than the person's is refused; changing the account leaves it.
    """
    now = at or timezone.now()
    if "email" in fields:
        fields["email"] = _clean_email(fields["email"])
        fields["domain"] = company_domain(fields["email"])
    hold_links(stating=_keys(contact, fields))
    row = Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    if row.erased_at:
        raise ValidationError("This person was erased. Nothing of them can be changed any more.")
    before = {name: getattr(row, attribute) for name, attribute in CONTACT_FIELDS.items()}
    identity = (row.email, row.user_id, row.account_id)
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, fields[name])
    _override(row, fields)
    if row.account_id != before["account"] and row.center_id == before["center"]:
        row.center_id = None
    _refuse_foreign_center(row)
    _refuse_taken(row)
    if (row.email, row.user_id) != identity[:2]:
        _refuse_erased(row)
    apply_titles(row, title_rules())
    said = _differences(row, before)
    if changed or said:
        row.full_clean(exclude=["account", "center", "persona", "merged_into"], validate_constraints=False)
        row.field_times = row.field_times | {name: said_by(source, now) for name in changed}
        row.save()
        record_contact_facts(said, at=now, by=by, source=source)
        if said:
            changes.changed(account_ids=[a for a in (before["account"], row.account_id) if a], reason="contact")
        if (row.email, row.user_id, row.account_id) != identity:
            _announce([row], matches=True)
    contact.refresh_from_db()
    return contact


@transaction.atomic
def move_to_center(
    *, contacts: Iterable[Contact], center: BuyingCenter | None, by: User | None, source: str = "page"
) -> int:
    """Put people into a named center of their account, or with None back into the whole alone; how many moved."""
    if center is not None and center.is_default:
        center = None
    ids = sorted(contact.pk for contact in contacts)
    rows = list(Contact.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    wanted = center.pk if center else None
    moved = [row for row in rows if row.center_id != wanted]
    for row in moved:
        row.center = center
        _refuse_foreign_center(row)
    Contact.objects.bulk_update(moved, ["center"], batch_size=_CHUNK)
    now = timezone.now()
    record_contact_facts([(row.pk, "center", wanted) for row in moved], at=now, by=by, source=source)
    changes.changed(account_ids={row.account_id for row in moved if row.account_id}, reason="center")
    return len(moved)


def reapply_title_rules(*, by: User | None, source: str = "rule") -> int:
    """After a rule changed: decide everybody's seniority and persona anew, overrides apart; how many changed."""
    rules, changed, last = title_rules(), 0, 0
    while True:
        with transaction.atomic():
            rows = list(
                Contact.objects.select_for_update(no_key=True)
                .filter(pk__gt=last, erased_at__isnull=True)
                .order_by("pk")[:_CHUNK]
            )
            if not rows:
                return changed
            last = rows[-1].pk
            said: list[Said] = []
            for row in rows:
                before = {"seniority": row.seniority, "persona": row.persona_id}
                apply_titles(row, rules)
                said += _differences(row, before)
            touched = {owner for owner, _, _ in said}
            moved = [row for row in rows if row.pk in touched]
            Contact.objects.bulk_update(moved, ["seniority", "persona"], batch_size=_CHUNK)
            record_contact_facts(said, at=timezone.now(), by=by, source=source)
            changes.changed(account_ids={row.account_id for row in moved if row.account_id}, reason="title rules")
            changed += len(moved)


def adopt_waiting(*, account_ids: Collection[int], at: datetime | None = None) -> list[int]:
    """People without an account whose e-mail's domain now belongs to one of these accounts come to it; their ids."""
    owner = dict(Domain.objects.filter(account_id__in=account_ids).values_list("name", "account_id"))
    waiting = Contact.objects.filter(account__isnull=True, domain__in=list(owner)).exclude(domain="")
    return give_account(account_of={pk: owner[name] for pk, name in waiting.values_list("pk", "domain")}, at=at)


def give_account(*, account_of: Mapping[int, int], at: datetime | None = None) -> list[int]:
    """People without an account come to the account named for each; the ids of those who came."""
    rows = list(
        Contact.objects.select_for_update(no_key=True)
        .filter(pk__in=list(account_of), account__isnull=True, erased_at__isnull=True, merged_into__isnull=True)
        .order_by("pk")
    )
    for row in rows:
        row.account_id = account_of[row.pk]
    Contact.objects.bulk_update(rows, ["account"], batch_size=_CHUNK)
    record_contact_facts(
        [(row.pk, "account", row.account_id) for row in rows], at=at or timezone.now(), by=None, source="match"
    )
    return [row.pk for row in rows]


def apply_titles(person: Contact, rules: TitleRules) -> None:
    """Set seniority and persona by the rules where nobody has overridden them. Does not save."""
    if not person.seniority_overridden:
        person.seniority = rules.seniority_of(person.title)
    if not person.persona_overridden:
        person.persona_id = rules.persona_of(person.title, person.department)


def first_facts(person: Contact) -> list[Said]:
    """History rows of a new person: account and seniority always, the rest where there is something."""
    said: list[Said] = []
    for field, attribute in CONTACT_FIELDS.items():
        value = getattr(person, attribute)
        if field in {"account", "seniority"} or value not in {None, "", False}:
            said.append((person.pk, field, value))
    return said


def _differences(person: Contact, before: dict[str, Any]) -> list[Said]:
    return [
        (person.pk, field, value)
        for field, was in before.items()
        if (value := getattr(person, CONTACT_FIELDS[field])) != was
    ]


def _override(row: Contact, fields: dict[str, Any]) -> None:
    if "seniority" in fields and fields.get("seniority_overridden") is not False:
        row.seniority_overridden = True
    if fields.keys() & {"persona", "persona_id"} and fields.get("persona_overridden") is not False:
        row.persona_overridden = True


def _clean_email(email: str) -> str:
    address = normal_email(email)
    if email.strip() and not address:
        raise ValidationError({"email": f"“{email}” is not an e-mail address."})
    return address


def _keys(person: Contact, fields: dict[str, Any] | None = None) -> list[str]:
    """What this person can be recognised by, before and after a change."""
    fields = fields or {}
    emails = {person.email, fields.get("email", "")} - {""}
    ids = {person.user_id, fields.get("user_id", "")} - {""}
    domains = {company_domain(email) for email in emails} - {""}
    own = [contact_key(person.pk)] if person.pk else []
    return [*own, *map(email_key, emails), *map(id_key, ids), *map(domain_key, domains)]


def _refuse_taken(person: Contact) -> None:
    if person.email:
        other = Contact.objects.filter(email__iexact=person.email).exclude(pk=person.pk).first()
        if other is not None:
            raise ValidationError({"email": f"{person.email} is already {other.full_name}."})
    if person.user_id:
        other = Contact.objects.filter(user_id=person.user_id).exclude(pk=person.pk).first()
        if other is not None:
            raise ValidationError({"user_id": f"{person.user_id} is already {other.full_name}."})


def _refuse_erased(person: Contact) -> None:
    gone = erased_of({person.email, person.user_id} - {""})
    if gone:
        field = "email" if person.email in gone else "user_id"
        raise ValidationError(
            {
                field: "The person with this was erased here. Who comes back is let in by an admin (manage.py allow_again)."
            }
        )


def _refuse_foreign_center(person: Contact) -> None:
    if person.center_id is None:
        return
    center = person.center
    if center is None or center.account_id != person.account_id:
        raise ValidationError({"center": "A person belongs to a buying center of the own account only."})
    if center.is_default:
        person.center = None


def _announce(people: Iterable[Contact], *, matches: bool) -> None:
    people = list(people)
    if matches:
        changes.matches_changed(contact_ids=[person.pk for person in people])
    changes.changed(account_ids={person.account_id for person in people if person.account_id}, reason="contact")
