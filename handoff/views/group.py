"""The buying group on the page of an account: roles against people, the holes, and the forms that fill them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.models import BuyingCenter, Contact
from accounts.requests import DeskRequest
from handoff import groups
from handoff.account_page import AccountPage
from handoff.buying_group import Person, Suggestion, completeness, suggest
from handoff.errors import MoveRefused
from handoff.models import BuyingGroupMember
from handoff.models.buying_group import BuyingRole
from handoff.policy import desk_policy
from handoff.views import replies


@dataclass(slots=True)
class Member:
    """A person in a role, as a card shows it."""

    contact: Contact
    suggested: bool
    why: str
    seen: dt.datetime | None
    cold: bool


@dataclass(slots=True)
class Role:
    """A role with its people; `state` is filled, partly, suggested, gap or empty."""

    role: str
    label: str
    required: int
    members: list[Member] = field(default_factory=list)

    @property
    def validated(self) -> int:
        """How many people somebody confirmed."""
        return sum(not member.suggested for member in self.members)

    @property
    def state(self) -> str:
        """What the card looks like."""
        if self.validated and self.validated >= self.required:
            return "filled"
        if self.validated:
            return "partly"
        if self.members:
            return "suggested"
        return "gap" if self.required else "empty"

    @property
    def chip(self) -> str:
        """“1 of 1”, "suggested", "nobody"."""
        if self.validated:
            return f"{self.validated} of {self.required}" if self.required else f"{self.validated}"
        return "suggested" if self.members else "nobody" if self.required else "not needed"

    @property
    def text(self) -> str:
        """What the hole means."""
        return GAP_WORDS.get(self.role, "Nobody has been seen in this role.") if self.state == "gap" else ""


GAP_WORDS = {
    "economic_buyer": "No one from finance has been seen.",
    "decision_maker": "No one who can decide has been seen.",
    "champion": "No one argues for it inside yet.",
    "influencer": "No one who advises has been seen.",
}


class GroupPage:
    """The group of the page's center."""

    def __init__(self, page: AccountPage) -> None:
        self.page = page
        self.url = reverse("desk:member", args=[page.center.pk]) if page.center.pk else ""
        self.choices = BuyingRole.choices

    @property
    def roles(self) -> list[Role]:
        """Every role that is needed or has somebody, in the order of domain.md §5."""
        return [role for role in self._all if role.required or role.members]

    @property
    def spare(self) -> list[Role]:
        """The others, into which somebody can be dragged."""
        return [role for role in self._all if not role.required and not role.members]

    @cached_property
    def _all(self) -> list[Role]:
        shown = {role: Role(role, BuyingRole(role).label, self.required.get(role, 0)) for role in BuyingRole.values}
        for row in self.rows:
            if row.status != BuyingGroupMember.Status.REJECTED:
                shown[row.role].members.append(
                    self._member(row.contact, row.status == BuyingGroupMember.Status.SUGGESTED, row.why)
                )
        for one in self.suggestions:
            if one.contact_id in self.page.people:
                shown[one.role].members.append(self._member(self.page.people[one.contact_id], True, one.why))
        return list(shown.values())

    @cached_property
    def required(self) -> dict[str, int]:
        """How many of each role."""
        return groups.required_roles(self.page.center) if self.page.center.pk else {}

    @cached_property
    def rows(self) -> list[BuyingGroupMember]:
        """What people decided and the product stored."""
        found = BuyingGroupMember.objects.filter(group__center=self.page.center.pk).select_related("contact")
        return [row for row in found if not row.contact.erased_at]

    @property
    def _validated(self) -> list[tuple[int, str]]:
        return [(row.contact_id, row.role) for row in self.rows if row.status == BuyingGroupMember.Status.VALIDATED]

    @cached_property
    def persons(self) -> dict[int, Person]:
        """The people of the page as the arithmetic of groups takes them."""
        return {
            one.contact.pk: Person(
                contact_id=one.contact.pk,
                name=one.contact.full_name,
                seniority=one.contact.seniority,
                title=one.contact.title,
                department=one.contact.department,
                persona=one.contact.persona.name if one.contact.persona else "",
                touches=one.touches,
                quiet_days=(self.page.today - one.last_touch_at.astimezone(dt.UTC).date()).days
                if one.last_touch_at
                else None,
                suggestible=not one.contact.excluded_from_scoring,
            )
            for one in self.page.callers
        }

    @cached_property
    def suggestions(self) -> list[Suggestion]:
        """People for the open places, who are not stored as suggested already."""
        rejected = {(row.contact_id, row.role) for row in self.rows if row.status == BuyingGroupMember.Status.REJECTED}
        stored = {(row.contact_id, row.role) for row in self.rows if row.status == BuyingGroupMember.Status.SUGGESTED}
        found = suggest(self.persons.values(), self.required, self._validated, rejected)
        taken = {contact for contact, _ in stored}
        full = {role for _, role in stored}
        return [one for one in found if one.contact_id not in taken and one.role not in full]

    def _member(self, contact: Contact, suggested: bool, why: str) -> Member:
        person = self.persons.get(contact.pk)
        seen = next((one.last_touch_at for one in self.page.callers if one.contact.pk == contact.pk), None)
        return Member(contact, suggested, why, seen, cold=not suggested and not (person and person.engaged))

    @property
    def completeness(self) -> float:
        """Mean over required roles of min(1, validated / required)."""
        return completeness(self.required, Counter(role for _, role in self._validated))

    @cached_property
    def needed(self) -> float:
        """What a pass asks for."""
        return desk_policy().min_completeness

    @property
    def unplaced(self) -> list[Contact]:
        """Engaged people without a role, of whom no role is suggested either."""
        placed = {member.contact.pk for role in self.roles for member in role.members}
        return [
            self.page.people[pk]
            for pk, one in self.persons.items()
            if one.engaged and one.suggestible and pk not in placed
        ][:8]

    @property
    def people(self) -> list[Contact]:
        """Whom one can put in a role."""
        return [one.contact for one in self.page.callers[:100]]


@require_POST
@login_required
def member(request: DeskRequest, pk: int) -> HttpResponse:
    """Validates a person in a role, says that it is not this role, or sets a role."""
    center = get_object_or_404(BuyingCenter.objects.select_related("account"), pk=pk)
    back = replies.next_url(request, reverse("desk:account", args=[center.account_id]))
    contact = Contact.objects.filter(pk=request.POST.get("contact") or 0, account=center.account_id).first()
    role = request.POST.get("role", "")
    act = {"validate": groups.validate_member, "reject": groups.reject_member, "set": groups.set_role}.get(
        request.POST.get("do", "")
    )
    if contact is None or role not in BuyingRole.values or act is None:
        messages.warning(request, "Choose a person of this account and a role.")
        return HttpResponseRedirect(f"{back}#group")
    try:
        act(center=center, contact=contact, role=role, by=request.user)
    except MoveRefused as refusal:
        return replies.refused(request, refusal)
    label = BuyingRole(role).label.lower()
    words = (
        f"{contact.full_name} is not {label}." if request.POST["do"] == "reject" else f"{contact.full_name} is {label}."
    )
    messages.success(request, words)
    return HttpResponseRedirect(f"{back}#group")
