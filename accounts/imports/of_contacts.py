"""People from files: what a row says, whom it means, what would change (domain.md §2, §8).

A row means the person with its e-mail address, else with its user id. The account is the one that the row names by id,
domain or exact name; else a new person goes by the e-mail's domain, and waits where no account has it. Empty cells say nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from accounts.imports import bulk, contact_writes
from accounts.imports.contact_fields import contact_fields
from accounts.imports.contact_rows import COLUMNS, PLAIN, Planned
from accounts.imports.fields import Field, Row
from accounts.imports.links import Accounts, account_of, look_up, names_account
from accounts.imports.registry import CHANGED, NEW, REJECTED, Outcome, Task
from accounts.imports.values import Unreadable
from accounts.locks import domain_key, email_key, hold_links, id_key
from accounts.matching import company_domain
from accounts.models import Account, Contact, Persona
from accounts.people import title_rules
from accounts.suppression import erased_of
from accounts.titles import TitleRules

_LABELS = {"account_id": "Account", "persona_id": "Persona", "seniority": "Seniority"}
# A wish of the person that a file can state, and never take back.
_CONSENTS = {"do_not_contact", "excluded_from_scoring"}
_SILENT = frozenset({"seniority_overridden", "persona_overridden", "center_id", "domain"})


class ContactImporter:
    """People with their account, title, department and consents."""

    kind = "contacts"
    label = "Contacts"
    help = "People: Salesforce or HubSpot contacts, or a list of e-mail addresses. Import their accounts first."
    telling = frozenset[str]()

    def fields(self) -> Sequence[Field]:
        """The columns of a contact and those that name the account."""
        return contact_fields()

    def keys(self, row: Row) -> Iterable[str]:
        """The e-mail address and the user id; one of them is needed."""
        found = [f"{key}:{row.values[key]}" for key in ("email", "user_id") if key in row.values]
        if not found:
            raise Unreadable("A person needs an e-mail address or a user id")
        return found

    def plan(self, rows: Sequence[Row], task: Task) -> list[Outcome]:  # noqa: ARG002 - the engine's signature
        """What would become of the rows now."""
        return list(self._plan(rows, lock=False))

    def commit(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """Make and change the people."""
        emails = [row.values["email"] for row in rows if "email" in row.values]
        new = set(emails) - contact_writes.known_emails(emails)
        stating = {email_key(email) for email in new}
        stating |= {id_key(row.values["user_id"]) for row in rows if "user_id" in row.values}
        hold_links(stating=stating, waiting={domain_key(found) for email in new if (found := company_domain(email))})
        planned = self._plan(rows, lock=True)
        contact_writes.write(planned, task)
        return list(planned)

    def _plan(self, rows: Sequence[Row], *, lock: bool) -> list[Planned]:
        by_email, by_user = _known(rows, lock=lock)
        # After the lock: an erasure that it waited for counts.
        erased = erased_of({row.values[key] for row in rows for key in ("email", "user_id") if key in row.values})
        domains = {found for row in rows if (found := company_domain(row.values.get("email", "")))}
        accounts = look_up(rows, more_domains=domains)
        planned = []
        for row in rows:
            one = Planned(row, title=_title(row))
            planned.append(one)
            if erased & {row.values.get("email"), row.values.get("user_id")}:
                one.verdict, one.reason = REJECTED, "The person was erased here, and is not made known again"
                continue
            mail, user = by_email.get(row.values.get("email", "")), by_user.get(row.values.get("user_id", ""))
            if mail and user and mail["id"] != user["id"]:
                one.verdict, one.reason = REJECTED, "The e-mail address and the user id belong to different people here"
                continue
            one.known = mail or user
            if one.known is None:
                self._new(one, accounts)
            else:
                self._compare(one, one.known, accounts)
        _name_accounts(planned)
        return planned

    def _new(self, one: Planned, accounts: Accounts) -> None:
        said = self._said(one.row)
        said["domain"] = company_domain(said.get("email", ""))
        said["account_id"] = account_of(one.row, accounts)
        if said["account_id"] is None:
            said["account_id"] = accounts.of_domain(said["domain"])
            if names_account(one.row) or said["account_id"] is None:
                self._missing(one, found=said["account_id"] is not None)
        self._read_titles(said, said)
        one.verdict, one.said = NEW, said

    def _compare(self, one: Planned, known: dict[str, Any], accounts: Accounts) -> None:
        one.id, one.same_as = known["id"], f"c:{known['id']}"
        said = self._said(one.row)
        if "email" in said:
            said["domain"] = company_domain(said["email"])
        account = account_of(one.row, accounts)
        if account is not None:
            said["account_id"] = account
        elif known["account_id"] is None and (found := accounts.of_domain(said.get("domain", known["domain"]))):
            said["account_id"] = found
        elif names_account(one.row):
            self._missing(one, found=known["account_id"] is not None)
        for name in _CONSENTS & said.keys():
            if known[name] and not said[name]:
                one.notes.append(f"{_LABEL_OF[name]}: stays, a file does not lift it")
                del said[name]
        self._leave_rules(known, said)
        after = known | said
        if any(after[name] != known[name] for name in ("title", "department")):
            self._read_titles(after, said)
        one.said = {name: value for name, value in said.items() if known[name] != value}
        if "account_id" in one.said:
            one.said["center_id"] = None
        one.changes = [
            (_LABELS.get(name) or _LABEL_OF[name], known[name], value)
            for name, value in one.said.items()
            if name not in _SILENT
        ]
        if one.said:
            one.verdict = CHANGED

    def _leave_rules(self, known: dict[str, Any], said: dict[str, Any]) -> None:
        """What says no other than the rules say, or than is known, overrides nothing."""
        seniority, persona = self._by_rules(known | said)
        for name, flag, ruled in (
            ("seniority", "seniority_overridden", seniority),
            ("persona_id", "persona_overridden", persona),
        ):
            if name in said and not known[flag] and said[name] in {ruled, known[name]}:
                del said[flag]

    def _missing(self, one: Planned, *, found: bool) -> None:
        one.notes.append("No account here is the one named" if found else "No account yet: the person waits for it")

    def _said(self, row: Row) -> dict[str, Any]:
        said = {PLAIN[key]: value for key, value in row.values.items() if key in PLAIN}
        if "full_name" in row.values and not {"first_name", "last_name"} & said.keys():
            said["first_name"], said["last_name"] = row.values["full_name"]
        if "seniority" in said:
            said["seniority_overridden"] = True
        if (name := row.values.get("persona")) is not None:
            persona = self._personas.get(name.casefold())
            if persona is None:
                row.notes.append(f"Persona “{name}” is not set up here: left to the rules")
            else:
                said["persona_id"], said["persona_overridden"] = persona, True
        return said

    def _read_titles(self, person: dict[str, Any], said: dict[str, Any]) -> None:
        """Seniority and persona by the rules where nobody has overridden them."""
        seniority, persona = self._by_rules(person)
        if not person.get("seniority_overridden"):
            said["seniority"] = seniority
        if not person.get("persona_overridden"):
            said["persona_id"] = persona

    def _by_rules(self, person: dict[str, Any]) -> tuple[str, int | None]:
        title, department = person.get("title", ""), person.get("department", "")
        if (title, department) not in self._read:
            rules = self._rules
            self._read[title, department] = (rules.seniority_of(title), rules.persona_of(title, department))
        return self._read[title, department]

    @cached_property
    def _rules(self) -> TitleRules:
        return title_rules()

    @cached_property
    def _read(self) -> dict[tuple[str, str], tuple[str, int | None]]:
        return {}

    @cached_property
    def _personas(self) -> dict[str, int]:
        return {name.casefold(): pk for pk, name in Persona.objects.values_list("pk", "name")}


_LABEL_OF = {PLAIN[one.key]: one.label for one in contact_fields() if one.key in PLAIN}


def _title(row: Row) -> str:
    first, last = row.values.get("full_name", ("", ""))
    name = f"{row.values.get('first_name', first)} {row.values.get('last_name', last)}".strip()
    return name or str(row.values.get("email") or row.values.get("user_id") or "")


def _known(rows: Sequence[Row], *, lock: bool) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The people with these addresses and user ids."""
    emails = [row.values["email"] for row in rows if "email" in row.values]
    user_ids = [row.values["user_id"] for row in rows if "user_id" in row.values]
    wanted = Contact.objects.filter(pk__in=bulk.among(contact_writes.ids_of(emails, user_ids))).order_by("pk")
    if lock:
        wanted = wanted.select_for_update(no_key=True)
    by_email, by_user = {}, {}
    for row in wanted.values("id", "field_times", *COLUMNS):
        by_email[row["email"].lower()] = row
        by_user[row["user_id"]] = row
    by_email.pop("", None)
    by_user.pop("", None)
    return by_email, by_user


def _name_accounts(planned: Sequence[Planned]) -> None:
    """Accounts by name in what the preview shows; days in ISO form."""
    ids = {value for one in planned for label, *pair in one.changes if label == "Account" for value in pair if value}
    names = dict(Account.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    personas = {
        value for one in planned for label, *pair in one.changes if label == "Persona" for value in pair if value
    }
    called = dict(Persona.objects.filter(pk__in=personas).values_list("pk", "name")) if personas else {}
    for one in planned:
        one.changes = [
            (label, *(_shown(value, {"Account": names, "Persona": called}.get(label)) for value in pair))
            for label, *pair in one.changes
        ]


def _shown(value: Any, names: dict[int, str] | None) -> Any:
    if names is not None:
        return names.get(value) if value else None
    return value.isoformat() if isinstance(value, date) else value
