"""The buying centers of an account: how they stand side by side, new ones, and who belongs to which (domain.md §2)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.companies import create_center
from accounts.formatting import counted
from accounts.models import Account, BuyingCenter, Contact
from accounts.people import move_to_center
from accounts.requests import DeskRequest
from accounts.roles import Capability
from handoff.models import OPEN_STATES, Handoff

# People of one account are moved on one page; who has more moves them by import.
MOST_PEOPLE = 500


class CenterForm(forms.Form):
    """A new named center."""

    name = forms.CharField(max_length=120, help_text="A part of the company that buys on its own: EMEA IT, Plant Lyon.")


class MoveForm(forms.Form):
    """Which people go to which center; empty is the whole account alone."""

    center = forms.ModelChoiceField(
        queryset=BuyingCenter.objects.none(), required=False, empty_label="The whole account", label="Move to"
    )
    people = forms.ModelMultipleChoiceField(queryset=Contact.objects.none())

    def __init__(self, account: Account, data: Any = None) -> None:
        super().__init__(data)
        named = BuyingCenter.objects.filter(account=account, is_default=False)
        self.fields["center"].queryset = named  # type: ignore[attr-defined]
        self.fields["center"].label_from_instance = lambda center: center.name  # type: ignore[attr-defined]
        self.fields["people"].queryset = Contact.objects.filter(account=account)  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def centers(request: DeskRequest, pk: int) -> HttpResponse:
    """All centers of an account with their people; POST makes a center (`do=new`) or moves people (`do=move`)."""
    account = get_object_or_404(Account, pk=pk)
    may_edit = request.user.may(Capability.MATCH)
    if request.method == "POST" and not may_edit:
        raise PermissionDenied
    new, move, problem = CenterForm(), MoveForm(account), ""
    if request.method == "POST" and request.POST.get("do") == "new":
        new = CenterForm(request.POST)
        if new.is_valid() and _made(request, account, new):
            return redirect("desk:centers", pk)
    elif request.method == "POST":
        move = MoveForm(account, request.POST)
        if move.is_valid():
            target = move.cleaned_data["center"]
            moved = move_to_center(contacts=move.cleaned_data["people"], center=target, by=request.user)
            messages.success(
                request, f"{counted(moved, 'person,people')} moved to {target.name if target else 'the whole account'}."
            )
            return redirect("desk:centers", pk)
        problem = "Select the people to move, and one of this account's centers."
    context = {
        "account": account,
        "rows": _rows(account),
        "people": _people(account),
        "new": new,
        "move": move,
        "problem": problem,
        "may_edit": may_edit,
    }
    return render(request, "desk/centers.html", context, status=422 if problem or new.errors else 200)


def _made(request: DeskRequest, account: Account, form: CenterForm) -> bool:
    try:
        center = create_center(account=account, name=form.cleaned_data["name"], by=request.user)
    except ValidationError as error:
        form.add_error("name", [message for found in error.message_dict.values() for message in found])
        return False
    messages.success(request, f"{center.name} is a buying center now. Move people into it.")
    return True


def _rows(account: Account) -> list[dict[str, Any]]:
    """Each center with its state, its people and its open handoff; the whole first, which counts everybody."""
    found = (
        BuyingCenter.objects.filter(account=account).select_related("state").defer("state__evidence", "state__strip")
    )
    people = Contact.objects.filter(account=account, erased_at__isnull=True)
    counts = dict(people.order_by().values_list("center").annotate(n=Count("pk")))
    open_ones = {
        row.center_id: row
        for row in Handoff.objects.filter(account=account, state__in=OPEN_STATES).select_related("claimed_by", "ae")
    }
    return [
        {
            "center": center,
            "state": getattr(center, "state", None),
            "people": sum(counts.values()) if center.is_default else counts.get(center.pk, 0),
            "alone": counts.get(None, 0) if center.is_default else None,
            "handoff": open_ones.get(center.pk),
        }
        for center in found.order_by("-is_default", "name")
    ]


def _people(account: Account) -> list[Contact]:
    """Everybody who can be moved, by center and name."""
    found = Contact.objects.filter(Q(account=account) & Q(erased_at__isnull=True)).select_related("center")
    return list(found.order_by(F("center__name").asc(nulls_first=True), "last_name", "first_name", "pk")[:MOST_PEOPLE])
