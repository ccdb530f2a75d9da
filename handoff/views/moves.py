"""The moves of domain.md §5 as forms: each has an address, a page of its own, and works in a dialog."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import BuyingCenter
from accounts.requests import DeskRequest
from handoff import actions, forms
from handoff.actions.core import authorise
from handoff.errors import MoveRefused
from handoff.models import Handoff
from handoff.queries import MoveOption, allowed_moves
from handoff.views import queue as queue_views
from handoff.views import replies
from handoff.views.replies import account_url

Run = Callable[..., Handoff]


@dataclass(frozen=True, slots=True)
class Page:
    """How a move is shown and made. `options` are the table's actions that it stands for."""

    title: str
    form: type[forms.MoveForm]
    run: Run
    said: str
    options: tuple[str, ...]
    leads_to: str = "account"
    undoable: bool = True


def _confirm(submit: str, explanation: str) -> type[forms.MoveForm]:
    return type("Confirm", (forms.MoveForm,), {"submit": submit, "explanation": explanation})


PAGES: dict[str, Page] = {
    "claim": Page(
        "Claim",
        _confirm("Claim", "It becomes yours, and its clocks start."),
        actions.claim,
        "{center} is yours.",
        ("claim", "take_over"),
    ),
    "release": Page("Release", forms.ReleaseForm, actions.release, "{center} is back in the pool.", ("release",)),
    "assign": Page("Assign", forms.AssignForm, actions.assign, "{center} was given away.", ("assign", "reassign")),
    "pass": Page("Pass to an AE", forms.PassForm, actions.pass_to_ae, "{center} is with {ae} now.", ("pass",)),
    "accept": Page(
        "Accept",
        _confirm("Accept", "You take it over from the SDR."),
        actions.accept,
        "{center} is accepted.",
        ("accept",),
        "brief",
    ),
    "return": Page(
        "Return to the SDR",
        forms.ReturnForm,
        actions.return_to_sdr,
        "{center} is back with {sdr}.",
        ("return",),
        "inbox",
    ),
    "opportunity": Page(
        "Open an opportunity",
        forms.OpportunityForm,
        actions.open_opportunity,
        "The opportunity is open.",
        ("opportunity",),
        "brief",
    ),
    "win": Page("Won", forms.WinForm, actions.win, "{center} is won. Well done.", ("win",)),
    "lose": Page("Lost", forms.LoseForm, actions.lose, "{center} is lost.", ("lose",)),
    "recycle": Page("Recycle", forms.RecycleForm, actions.recycle, "{center} comes back on {comeback}.", ("recycle",)),
    "disqualify": Page(
        "Disqualify", forms.DisqualifyForm, actions.disqualify, "{center} is disqualified.", ("disqualify",)
    ),
    "outreach": Page("Log outreach", forms.OutreachForm, actions.log_outreach, "Logged.", (), undoable=False),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def move(request: DeskRequest, pk: int, action: str) -> HttpResponse:
    """GET asks what the move needs; POST makes it. Refused moves say who holds the account."""
    handoff = find(pk)
    page = PAGES[action]
    option = option_of(handoff, request.user, page)
    if option is None and (reason := why_not(handoff, request.user, page)):
        return answer_refusal(request, handoff, action, page.form(handoff=handoff, user=request.user), reason)
    if request.method != "POST":
        return show(request, handoff, action, page.form(handoff=handoff, user=request.user), option)
    form = page.form(request.POST, handoff=handoff, user=request.user)
    if not form.is_valid():
        return show(request, handoff, action, form, option, status=422)
    try:
        page.run(handoff_id=pk, by=request.user, **form.arguments())
    except MoveRefused as refusal:
        return answer_refusal(request, handoff, action, form, refusal, option)
    return answer(request, find(pk), page, action)


def find(pk: int) -> Handoff:
    """The handoff with what the pages say of it. Raises Http404."""
    found = (
        Handoff.objects.filter(pk=pk)
        .select_related(
            "center__account", "account__owner_ae", "claimed_by", "ae", "passed_by", "opportunity", "reason"
        )
        .first()
    )
    if found is None:
        raise Http404("This handoff is gone.")
    return found


def option_of(handoff: Handoff, user: Any, page: Page) -> MoveOption | None:
    """The option of `user` that this page stands for, None where the table refuses it."""
    return next((one for one in allowed_moves(handoff, user) if one.action in page.options), None)


def why_not(handoff: Handoff, user: Any, page: Page) -> MoveRefused | None:
    """Why `user` may not make this move, in the table's own words; None for what the table does not name."""
    for action in page.options[:1]:
        try:
            authorise(handoff, action, user)
        except MoveRefused as refusal:
            return refusal
    return None


def show(
    request: DeskRequest,
    handoff: Handoff,
    action: str,
    form: forms.MoveForm,
    option: MoveOption | None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The page of a move, which is also its dialog."""
    context = {
        "handoff": handoff,
        "page": PAGES[action],
        "form": form,
        "needs": list(option.needs_missing) if option else [],
        "back": account_url(handoff),
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "action_url": reverse(f"desk:{action}", args=[handoff.pk]),
    }
    return render(request, "desk/move.html", context, status=status)


def answer(request: DeskRequest, handoff: Handoff, page: Page, action: str) -> HttpResponse:
    """After a move: the row in place for the queue, else the page that comes next."""
    words = page.said.format(
        center=handoff.center,
        ae=handoff.ae or "the AE",
        sdr=handoff.claimed_by or "the SDR",
        comeback=f"{handoff.comeback_on:%b %d}" if handoff.comeback_on else "its date",
    )
    replies.done(request, handoff, words, undoable=page.undoable)
    if request.htmx and action == "claim":
        return queue_views.one_row(request, handoff.pk)
    target = {"inbox": reverse("desk:inbox"), "brief": reverse("desk:brief", args=[handoff.pk])}.get(
        page.leads_to, account_url(handoff)
    )
    return HttpResponseRedirect(replies.next_url(request, target))


def answer_refusal(
    request: DeskRequest,
    handoff: Handoff,
    action: str,
    form: forms.MoveForm,
    refusal: MoveRefused,
    option: MoveOption | None = None,
) -> HttpResponse:
    """A form that lacks something comes back; everything else is a page that says who holds it."""
    if refusal.code == "needs" and form.is_bound:
        form.add_error(None, refusal.message)
        return show(request, handoff, action, form, option, status=422)
    if request.htmx and action == "claim":
        return queue_views.one_row(request, handoff.pk, refusal=refusal)
    return replies.refused(request, refusal, handoff=handoff)


@require_http_methods(["POST"])
@login_required
def undo(request: DeskRequest, pk: int) -> HttpResponse:
    """Takes back the last move, for a minute."""
    handoff = find(pk)
    try:
        actions.undo(handoff_id=pk, by=request.user)
    except MoveRefused as refusal:
        return replies.refused(request, refusal, handoff=handoff)
    handoff = find(pk)
    replies.done(
        request, handoff, f"Undone. {handoff.center} is {handoff.get_state_display().lower()} again.", undoable=False
    )
    return HttpResponseRedirect(replies.next_url(request, account_url(handoff)))


@require_http_methods(["POST"])
@login_required
def split(request: DeskRequest, pk: int) -> HttpResponse:
    """Gives a named center that qualifies a handoff of its own, beside the whole account's."""
    handoff = find(pk)
    center = request.POST.get("center", "")
    named = BuyingCenter.objects.filter(pk=int(center) if center.isdigit() else 0, account=handoff.account_id).first()
    if named is None:
        return replies.refused(
            request, MoveRefused("Still needed: a named center of this account.", "needs"), handoff=handoff
        )
    try:
        child = actions.split_off(handoff_id=pk, center=named, by=request.user)
    except MoveRefused as refusal:
        return replies.refused(request, refusal, handoff=handoff)
    child = find(child.pk)
    replies.done(request, child, f"{child.center} is in the queue on its own.", undoable=False)
    return HttpResponseRedirect(account_url(child))
