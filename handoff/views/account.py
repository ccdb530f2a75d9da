"""The page of an account: who it is, why now, who to call, what is missing, what happened, what next."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account, AccountMerge, User
from accounts.requests import DeskRequest
from accounts.roles import Capability
from handoff import account_page, actions
from handoff.errors import MoveRefused
from handoff.forms import NoteForm
from handoff.models import Handoff
from handoff.queries import allowed_moves, open_handoff_at
from handoff.views import replies
from handoff.views.group import GroupPage
from handoff.views.merging import merge_of

# The move that the state asks for is the primary button; one more stays in sight, what is rare is in a menu.
PRIMARY = frozenset({"claim", "take_over", "pass", "accept", "opportunity", "win"})
IN_SIGHT = frozenset({"recycle", "return", "lose"})
KEYS = {
    "claim": "c",
    "take_over": "c",
    "pass": "p",
    "accept": "a",
    "opportunity": "o",
    "win": "w",
    "recycle": "r",
    "return": "r",
    "lose": "x",
}
ROUTES = {"take_over": "claim", "reassign": "assign"}
DIRECT = frozenset({"claim", "take_over", "accept"})


@require_safe
@login_required
def account(request: DeskRequest, pk: int) -> HttpResponse:
    """One account at one of its centers."""
    try:
        page = account_page.read(pk, request.user, request.GET.get("center", ""))
    except Http404:
        if (into := merge_of(pk)) is None:
            raise
        return redirect("desk:merged", pk=into)
    group = GroupPage(page)
    works = request.user.may(Capability.WORK_QUEUE) or request.user.may(Capability.RECEIVE)
    context = {
        "page": page,
        "account": page.account,
        "state": page.state,
        "handoff": page.open_handoff,
        "group": group,
        **buttons(page.open_handoff, request.user),
        "may_log": page.open_handoff is not None and page.open_handoff.holder == request.user,
        "may_write": request.user.may(Capability.WRITE_NOTES),
        "may_work": works,
        "may_correct": works or request.user.may(Capability.MATCH),
        "may_edit_group": works,
        "may_merge": request.user.may(Capability.MERGE),
        "merges": AccountMerge.objects.filter(kept=pk, undone_at__isnull=True).select_related("gone")[:5],
        "note_form": NoteForm(),
    }
    return render(request, "desk/account.html", context)


def buttons(handoff: Handoff | None, user: User) -> dict[str, list[dict[str, Any]]]:
    """What `user` can do with `handoff`: `buttons` in sight, `rare` ones in a menu."""
    made: list[dict[str, Any]] = []
    for option in allowed_moves(handoff, user) if handoff else []:
        action = option.action
        returnable = any(one["option"].action == "return" for one in made)
        rank = "primary" if action in PRIMARY else "quiet" if action in IN_SIGHT and not returnable else "rare"
        url = reverse(f"desk:{ROUTES.get(action, action)}", args=[handoff.pk])  # type: ignore[union-attr]
        made.append(
            {"option": option, "url": url, "key": KEYS.get(action, ""), "direct": action in DIRECT, "rank": rank}
        )
    return {
        "buttons": [one for one in made if one["rank"] != "rare"],
        "rare": [one for one in made if one["rank"] == "rare"],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def note(request: DeskRequest, pk: int) -> HttpResponse:
    """Adds a note to an account and its open handoff; GET is the form as a page and in the dialog."""
    account = get_object_or_404(Account, pk=pk)
    back = replies.next_url(request, reverse("desk:account", args=[pk]))
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        center = request.POST.get("center", "")
        handoff = open_handoff_at(pk, int(center) if center.isdigit() else None)
        try:
            actions.add_note(account=account, by=request.user, handoff=handoff, **form.cleaned_data)
        except MoveRefused as refusal:
            return replies.refused(request, refusal)
        messages.success(request, "The note is saved.")
        return HttpResponseRedirect(f"{back}#notes")
    context = {"account": account, "form": form, "back": back}
    return render(request, "desk/note.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
def pin(request: DeskRequest, pk: int) -> HttpResponse:
    """Pins a note above the others, or takes the pin out."""
    try:
        found = actions.pin_note(note_id=pk, by=request.user, pinned=request.POST.get("pinned") == "1")
    except MoveRefused as refusal:
        return replies.refused(request, refusal)
    return HttpResponseRedirect(f"{replies.next_url(request, reverse('desk:account', args=[found.account_id]))}#notes")


@require_POST
@login_required
def touch_wrong(request: DeskRequest, pk: int) -> HttpResponse:
    """Marks a touch as wrong: it stays visible, gives nothing, and is counted."""
    try:
        touch = actions.mark_touch_wrong(touch_id=pk, by=request.user)
    except MoveRefused as refusal:
        return replies.refused(request, refusal)
    messages.success(request, "Marked as wrong. The account is scored again without it.")
    target = reverse("desk:account", args=[touch.account_id]) if touch.account_id else reverse("desk:queue")
    return HttpResponseRedirect(f"{replies.next_url(request, target)}#touches")
