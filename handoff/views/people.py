"""The page of a person: who it is, what is known since when, what they did; correcting, exporting and erasing it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import erasure
from accounts.models import BuyingCenter, Contact, ContactFact, Persona
from accounts.models.contact import Seniority
from accounts.people import update_contact
from accounts.requests import DeskRequest
from accounts.roles import Capability
from handoff.holdings import notes_to_check
from handoff.models import BuyingGroupMember
from signals.models import MqlSpell, Touch

TOUCHES = 50
_FIELDS = {
    "account": "Account",
    "center": "Buying center",
    "seniority": "Seniority",
    "persona": "Persona",
    "department": "Department",
    "excluded_from_scoring": "Excluded from scoring",
}
_SOURCES = {
    "page": "by hand",
    "import": "from a file",
    "events": "from events",
    "rule": "by the rules",
    "match": "by matching",
}


class PersonForm(forms.Form):
    """What a person of ours may correct about a contact. Seniority and persona left to the rules are empty."""

    title = forms.CharField(max_length=150, required=False)
    department = forms.CharField(max_length=120, required=False)
    seniority = forms.ChoiceField(choices=[("", "By the title rules"), *Seniority.choices], required=False)
    persona = forms.ModelChoiceField(queryset=Persona.objects.none(), required=False, empty_label="By the title rules")
    center = forms.ModelChoiceField(
        queryset=BuyingCenter.objects.none(), required=False, label="Buying center", empty_label="The whole account"
    )
    do_not_contact = forms.BooleanField(required=False, label="Do not contact")
    excluded_from_scoring = forms.BooleanField(
        required=False,
        label="Objects to profiling",
        help_text="No points, minutes, gates, MQL or suggestion. A request to be called still queues.",
    )

    def __init__(self, data: Any = None, *, contact: Contact) -> None:
        initial = {
            "title": contact.title,
            "department": contact.department,
            "seniority": contact.seniority if contact.seniority_overridden else "",
            "persona": contact.persona_id if contact.persona_overridden else None,
            "center": contact.center_id,
            "do_not_contact": contact.do_not_contact,
            "excluded_from_scoring": contact.excluded_from_scoring,
        }
        super().__init__(data=data, initial=initial)
        self.fields["persona"].queryset = Persona.objects.all()  # type: ignore[attr-defined]
        centers = BuyingCenter.objects.filter(account=contact.account_id, is_default=False)
        self.fields["center"].queryset = centers  # type: ignore[attr-defined]
        if contact.account_id is None or not centers.exists():
            del self.fields["center"]

    def changes(self) -> dict[str, Any]:
        """The arguments of `update_contact` for what was changed."""
        data = {name: self.cleaned_data[name] for name in self.changed_data}
        for name in ("seniority", "persona"):
            if name in data and not data[name]:
                del data[name]
                data[f"{name}_overridden"] = False
        return data


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def person(request: DeskRequest, pk: int) -> HttpResponse:
    """Everything about one person; POST corrects it."""
    contact = get_object_or_404(Contact.objects.select_related("account", "center", "persona"), pk=pk)
    if request.method == "POST" and not request.user.may(Capability.EDIT_PEOPLE):
        raise PermissionDenied
    form = PersonForm(request.POST if request.method == "POST" else None, contact=contact)
    if form.is_bound and form.is_valid():
        try:
            update_contact(contact=contact, by=request.user, **form.changes())
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, "Saved." if form.changed_data else "Nothing was changed.")
            return redirect("desk:person", pk=pk)
    touches = Touch.objects.filter(contact=contact).select_related("touch_type", "theme", "contact")
    context = {
        "contact": contact,
        "form": form,
        "touches": touches.order_by("-occurred_at", "-pk")[:TOUCHES],
        "history": _history(contact),
        "roles": BuyingGroupMember.objects.filter(contact=contact).select_related(
            "group__center__account", "decided_by"
        ),
        "spells": MqlSpell.objects.filter(contact=contact).order_by("-since", "-pk"),
        "may_edit": request.user.may(Capability.EDIT_PEOPLE) and not contact.erased_at,
        "may_export": request.user.may(Capability.EXPORT),
        "may_erase": request.user.may(Capability.ERASE) and not contact.erased_at,
    }
    return render(request, "desk/person_page.html", context, status=422 if form.errors else 200)


@require_safe
@login_required
def person_export(request: DeskRequest, pk: int) -> HttpResponse:
    """All that is stored of the person, as a file of JSON."""
    if not request.user.may(Capability.EXPORT):
        raise PermissionDenied
    contact = get_object_or_404(Contact, pk=pk)
    response = JsonResponse(erasure.export_contact(contact), json_dumps_params={"indent": 1, "ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="person-{pk}.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def person_erase(request: DeskRequest, pk: int) -> HttpResponse:
    """Says what will be gone, and erases when that is confirmed."""
    if not request.user.may(Capability.ERASE):
        raise PermissionDenied
    contact = get_object_or_404(Contact.objects.select_related("account"), pk=pk)
    if contact.erased_at:
        messages.info(request, "This person is erased already.")
        return redirect("desk:person", pk=pk)
    problem = ""
    if request.method == "POST":
        if request.POST.get("confirm") == "1":
            try:
                return _erased(request, contact)
            except ValidationError as error:
                problem = " ".join(error.messages)
        else:
            problem = "Tick the box first: this can't be taken back."
    context = {
        "contact": contact,
        "held": erasure.what_is_held(contact),
        "notes": notes_to_check(erasure.person_of(contact)),
        "problem": problem,
    }
    return render(request, "desk/person_erase.html", context, status=422 if problem else 200)


@transaction.atomic
def _erased(request: DeskRequest, contact: Contact) -> HttpResponse:
    maybe = erasure.person_of(contact)
    erasure.erase_contact(contact=contact, by=request.user)
    # What is left with a first or last name: the person is gone, so nobody could find these again.
    left = notes_to_check(maybe)
    messages.success(request, "The person is erased everywhere. The accounts concerned are scored again.")
    if left:
        return render(request, "desk/person_erased.html", {"contact": contact, "notes": left})
    return HttpResponseRedirect(reverse("desk:person", args=[contact.pk]))


def _history(contact: Contact) -> list[dict[str, Any]]:
    """The facts, latest first, in words."""
    rows = list(ContactFact.objects.filter(contact=contact).select_related("by").order_by("-known_from", "-pk")[:100])
    names: dict[str, dict[Any, str]] = {
        "seniority": dict(Seniority.choices),
        "persona": dict(Persona.objects.values_list("pk", "name")),
        "center": dict(BuyingCenter.objects.filter(account=contact.account_id).values_list("pk", "name")),
        "account": {contact.account_id: str(contact.account)} if contact.account_id else {},
        "excluded_from_scoring": {True: "yes", False: "no"},
    }
    return [
        {
            "field": _FIELDS.get(row.field, row.field),
            "value": names.get(row.field, {}).get(row.value, row.value) if row.value not in {None, ""} else "none",
            "at": row.known_from,
            "by": row.by.get_short_name() if row.by else _SOURCES.get(row.source, row.source),
        }
        for row in rows
    ]
