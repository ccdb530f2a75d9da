"""Where this room holds data of a person (accounts/personal_data.py): buying groups, and what people wrote."""

from typing import Any

from accounts.personal_data import Person, Place, in_texts
from handoff.models import BuyingGroupMember, BuyingRoleSpell, Note, TriageItem


def export_roles(person: Person) -> list[dict[str, Any]]:
    """The person's roles in buying groups."""
    found = BuyingGroupMember.objects.filter(contact__in=person.contacts).order_by("pk")
    return [
        dict(row)
        for row in found.values("group__center__account__name", "role", "status", "why", "decided_at", "created_at")
    ]


def erase_roles(person: Person) -> int:
    """Out of every buying group."""
    return BuyingGroupMember.objects.filter(contact__in=person.contacts).delete()[0]


def export_role_spells(person: Person) -> list[dict[str, Any]]:
    """Which roles the person had, from when until when; no beginning: as of always."""
    found = BuyingRoleSpell.objects.filter(contact__in=person.contacts).order_by("pk")
    return [dict(row) for row in found.values("group__center__account__name", "role", "since", "until")]


def erase_role_spells(person: Person) -> int:
    """The history goes with the roles."""
    return BuyingRoleSpell.objects.filter(contact__in=person.contacts).delete()[0]


def export_hand_raises(person: Person) -> list[dict[str, Any]]:
    """When the person asked to be called and had to be placed."""
    found = TriageItem.objects.filter(contact__in=person.contacts).order_by("pk")
    return [dict(row) for row in found.values("occurred_at", "resolved_at", "outcome")]


def erase_hand_raises(person: Person) -> int:
    """The item stays, of nobody."""
    return TriageItem.objects.filter(contact__in=person.contacts).update(contact=None)


def export_notes(person: Person) -> list[dict[str, Any]]:
    """Notes at the person's accounts that name the person."""
    return [
        {"at": note.created_at, "kind": note.kind, "text": note.text}
        for note in _notes(person)
        if person.is_in(note.text)
    ]


def notes_to_check(person: Person) -> list[Note]:
    """Notes at the person's accounts with the first or last name: whom they mean, somebody has to read."""
    return [note for note in _notes(person) if person.may_be_in(note.text)]


def _notes(person: Person) -> list[Note]:
    found = Note.objects.filter(account__in=person.accounts).select_related("account", "author")
    return list(found.order_by("-created_at", "-pk"))


_texts = in_texts(
    "notes",
    "Notes, summaries and comments",
    "handoff.Note.text",
    "handoff.Handoff.summary",
    "handoff.Handoff.next_step",
    "handoff.HandoffEvent.comment",
    "handoff.HandoffEvent.data",
    "handoff.Opportunity.name",
)

PLACES = (
    Place("roles", "Roles in buying groups", "Deleted.", erase_roles, export_roles),
    Place("role_spells", "History of roles in buying groups", "Deleted.", erase_role_spells, export_role_spells),
    Place(
        "hand_raises", "Hand-raises on the triage list", "They stay, of nobody.", erase_hand_raises, export_hand_raises
    ),
    Place(_texts.key, _texts.label, _texts.fate, _texts.erase, export_notes, _texts.count),
    in_texts(
        "notices",
        "Notices and messages",
        "handoff.Notice.text",
        "handoff.OutboxMessage.payload",
        "handoff.OutboxMessage.recipient",
        "handoff.OutboxMessage.last_error",
        "handoff.WebhookAttempt.error",
        "handoff.BuyingGroupMember.why",
        "handoff.SavedView.name",
        "handoff.SavedView.query",
    ),
)
