"""Where this room holds data of a person (accounts/personal_data.py)."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.imports.actions import empty
from accounts.imports.worker import unpack
from accounts.models import Contact, ContactFact, Import, ImportChunk, ImportPiece, VisitorIdentity
from accounts.models.imports import Import as ImportFile
from accounts.personal_data import Person, Place, in_texts

_STOPPED = "A person in this file was erased while it was here. Upload it again without them."
_UNDER_WAY = {Import.Status.UPLOADED, Import.Status.CHECKING, Import.Status.CHECKED, Import.Status.COMMITTING}


def export_contact(person: Person) -> list[dict[str, Any]]:
    """The person's own rows, all columns."""
    rows = Contact.objects.filter(pk__in=person.contacts).select_related("account", "center", "persona").order_by("pk")
    return [
        {
            **{field.name: field.value_from_object(row) for field in Contact._meta.concrete_fields},  # noqa: SLF001
            "account": row.account and row.account.name,
            "center": row.center and row.center.name,
            "persona": row.persona and row.persona.name,
        }
        for row in rows
    ]


def erase_contact(person: Person) -> int:
    """Leave an empty row, which touches and decisions go on naming by its id."""
    return Contact.objects.filter(pk__in=person.contacts).update(
        account=None, center=None, email="", domain="", first_name="", last_name="", phone="", title="", department="",
        seniority="other", seniority_overridden=False, persona=None, persona_overridden=False, user_id="",
        do_not_contact=True, excluded_from_scoring=True, mql_external_from=None, mql_external_until=None,
        field_times={}, erased_at=timezone.now(), updated_at=timezone.now(),
    )  # fmt: skip


def export_facts(person: Person) -> list[dict[str, Any]]:
    """What was known of the person, since when, from where."""
    found = ContactFact.objects.filter(contact__in=person.contacts).order_by("known_from", "pk")
    return [dict(row) for row in found.values("field", "value", "known_from", "source")]


def erase_facts(person: Person) -> int:
    """All of the history."""
    return ContactFact.objects.filter(contact__in=person.contacts).delete()[0]


def export_visitors(person: Person) -> list[dict[str, Any]]:
    """The browsers and former ids that turned out to be the person."""
    found = VisitorIdentity.objects.filter(contact__in=person.contacts).order_by("pk")
    return [dict(row) for row in found.values("anonymous_id", "known_from")]


def erase_visitors(person: Person) -> int:
    """That any visitor is the person."""
    return VisitorIdentity.objects.filter(contact__in=person.contacts).delete()[0]


def erase_files(person: Person) -> int:
    """Uploaded files that name the person, whole: what is imported stays imported, what is not is to be sent again."""
    found = list(_files(person))
    for owner in found:
        empty(owner)
        if owner.status in _UNDER_WAY:
            owner.status, owner.stopped_at, owner.problem = Import.Status.FAILED, "", _STOPPED
        owner.save()
    return len(found)


def _files(person: Person) -> Iterator[ImportFile]:
    for owner in Import.objects.select_for_update().order_by("pk"):
        said = [owner.examples, owner.reasons, owner.notes, owner.skipped]
        if person.without(said) != said or any(map(person.is_in, _stored(owner))):
            yield owner


def _stored(owner: ImportFile) -> Iterator[str]:
    encoding = (owner.options or {}).get("encoding") or "utf-8"
    for data in ImportPiece.objects.filter(owner=owner).order_by("number").values_list("data", flat=True).iterator(8):
        yield bytes(data).decode(encoding, "replace")
    for packed in ImportChunk.objects.filter(owner=owner).exclude(rejected=b"").values_list("rejected", flat=True):
        for _, reason, cells in unpack(bytes(packed)):
            yield "\n".join([reason, *(cells or ())])


def erase_admin_log(person: Person) -> int:
    """What the admin's log calls the person's row."""
    kind = ContentType.objects.get_for_model(Contact)
    return LogEntry.objects.filter(content_type=kind, object_id__in=map(str, person.contacts)).update(
        object_repr=Concat(Value("Erased person "), "object_id"), change_message=""
    )


PLACES = (
    Place(
        "files", "Uploaded files", "Files that name the person are deleted; what they brought in stays.", erase_files
    ),
    Place("history", "What was known, and when", "Deleted.", erase_facts, export_facts),
    Place("visitors", "Browsers and former ids", "Deleted.", erase_visitors, export_visitors),
    Place("admin_log", "The admin’s log", "The name is taken out.", erase_admin_log),
    in_texts(
        "admin_texts",
        "Texts in the admin’s log",
        "admin.LogEntry.object_repr",
        "admin.LogEntry.change_message",
        "accounts.Import.file_name",
        "accounts.Import.problem",
        "pghistory.Context.metadata",
    ),
    Place(
        "contact",
        "The person",
        "Name, address, telephone, title, account and all else are emptied; a nameless row stays.",
        erase_contact,
        export_contact,
    ),
)
