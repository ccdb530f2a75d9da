"""Hand-raises that a person has to place: nobody knows whose they are, or whether the company is in the ICP."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import DeskRequest
from accounts.roles import Capability
from handoff import page_queries, placing
from handoff.errors import MoveRefused
from handoff.models import TriageItem
from handoff.views import replies


@require_safe
@login_required
def triage(request: DeskRequest) -> HttpResponse:
    """The open items, the nearest due first."""
    items = list(page_queries.triage()[:200])
    touches = page_queries.touches_by_id([item.touch_id for item in items])
    rows = [{"item": item, "touch": touches.get(item.touch_id)} for item in items]
    return render(request, "desk/triage.html", {"rows": rows, "may_match": request.user.may(Capability.MATCH)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def match(request: DeskRequest, pk: int) -> HttpResponse:
    """Finds the account that a hand-raise belongs to, and places it there."""
    item = _item(pk)
    if not request.user.may(Capability.MATCH):
        return replies.refused(request, MoveRefused("You may not match hand-raises.", "role"))
    if request.method == "POST":
        account = page_queries.account(request.POST.get("account", ""))
        if account is None:
            messages.error(request, "Choose the account that it belongs to.")
            return redirect("desk:triage_match", pk=pk)
        try:
            handoff = placing.place(item_id=pk, account=account, by=request.user)
        except MoveRefused as refusal:
            return replies.refused(request, refusal)
        words = "It is in the queue." if handoff else "The account does not queue; its owner is told."
        messages.success(request, f"Placed at {account}. {words}")
        return redirect("desk:triage")
    touch = page_queries.touches_by_id([item.touch_id]).get(item.touch_id)
    text = request.GET.get("q", "").strip() or _guess(item, touch)
    found = list(page_queries.accounts_by_name(q=text)[:20]) if text else []
    return render(request, "desk/triage_match.html", {"item": item, "touch": touch, "q": text, "found": found})


def _guess(item: TriageItem, touch: object) -> str:
    """What to look for first: the domain it came from."""
    if item.account_id:
        return str(item.account)
    domain = getattr(touch, "domain", "") or ""
    return domain.split(".")[0]


@require_POST
@login_required
def dismiss(request: DeskRequest, pk: int) -> HttpResponse:
    """It is none of ours: a test, a job applicant, a competitor."""
    _item(pk)
    try:
        placing.dismiss(item_id=pk, by=request.user)
    except MoveRefused as refusal:
        return replies.refused(request, refusal)
    messages.success(request, "Dismissed.")
    return redirect("desk:triage")


def _item(pk: int) -> TriageItem:
    item = TriageItem.objects.select_related("account", "contact").filter(pk=pk).first()
    if item is None:
        raise Http404("This hand-raise is gone.")
    return item
