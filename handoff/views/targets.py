"""The list of target accounts: chosen from the ICP by tier and fit, by hand, many at a time."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.downloads import csv_response
from accounts.formatting import counted
from accounts.requests import DeskRequest
from accounts.roles import Capability
from accounts.targets import set_targets
from handoff import page_queries
from handoff import targets as queries
from handoff.forms import ListFilter
from handoff.views import replies
from handoff.views.lists import Capped
from signals.views.guards import needs

WORDS: dict[queries.View, tuple[str, str]] = {
    "targets": ("Targets", "No account is a target yet. Choose some from the good fits, or import a list."),
    "outside": ("Targets outside the ICP", "Every target that was evaluated lies in the ICP, or is not known to."),
    "unclear": ("Targets not known to fit", "Of every target it is known whether it lies in the ICP."),
    "missed": ("Good fits, no targets", "Every account that fits so well is a target."),
    "others": ("All others", "Every account is a target."),
}


class TargetFilter(ListFilter):
    """What of a view one wants to see."""

    q = forms.CharField(required=False, max_length=100, label="Name or domain")
    tier = forms.CharField(required=False, max_length=20)
    fit = forms.FloatField(required=False, min_value=0, max_value=100, label="Fit at least")


def _asked(data: QueryDict) -> tuple[queries.View, dict[str, Any]]:
    view: queries.View = next((one for one in queries.VIEWS if one == data.get("view")), "targets")
    return view, TargetFilter(data).values


@require_safe
@needs(Capability.CHOOSE_TARGETS)
def targets(request: DeskRequest) -> HttpResponse:
    """One view of the accounts, with who made each a target and when."""
    view, wanted = _asked(request.GET)
    page = Capped(queries.rows(view, **wanted), page_queries.PER_PAGE).get_page(request.GET.get("page"))
    found = queries.counts(wanted.get("fit", queries.GOOD_FIT))
    context = {
        "page": page,
        "rows": queries.with_choices(list(page.object_list)),
        "view": view,
        "empty": WORDS[view][1],
        "tabs": [(key, label, found[key]) for key, (label, _) in WORDS.items()],
        "wanted": wanted,
        "filtered": bool(wanted),
        "tiers": queries.tiers(),
        "good_fit": wanted.get("fit", queries.GOOD_FIT),
        "marks": view in {"missed", "others"},
        "may_import": request.user.may(Capability.IMPORT),
    }
    return render(request, "desk/targets.html", context)


@require_POST
@needs(Capability.CHOOSE_TARGETS)
def mark(request: DeskRequest) -> HttpResponse:
    """Make the chosen accounts targets (`do=mark`), or no longer (`do=unmark`); with `all` every one that the view shows."""
    back = replies.next_url(request, reverse("desk:targets"))
    ids = [
        int(text) for text in request.POST.getlist("account") if text.isascii() and text.isdigit() and len(text) < 19
    ]
    if request.POST.get("all"):
        view, wanted = _asked(request.POST)
        ids = list(queries.rows(view, **wanted).order_by().values_list("account_id", flat=True))
    if not ids or request.POST.get("do") not in {"mark", "unmark"}:
        messages.warning(request, "Select the accounts first.")
        return HttpResponseRedirect(back)
    is_target = request.POST["do"] == "mark"
    changed = set_targets(account_ids=ids, is_target=is_target, by=request.user)
    one = changed == 1
    words = ("is a target" if one else "are targets") if is_target else ("is no target" if one else "are no targets")
    messages.success(request, f"{counted(changed, 'account,accounts')} {words} {'now' if is_target else 'any more'}.")
    return HttpResponseRedirect(back)


@require_safe
@needs(Capability.CHOOSE_TARGETS)
def export(request: DeskRequest) -> HttpResponseBase:
    """A view as a file."""
    view, wanted = _asked(request.GET)
    return csv_response(f"accounts-{view}", queries.HEADER, queries.file_rows(queries.rows(view, **wanted)))
