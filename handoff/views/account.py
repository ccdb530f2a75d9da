"""The page of an account: who it is, why now, who to call, what is missing, what happened, what next."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Account
from accounts.roles import Capability

from handoff import account_page, actions
from handoff.errors import MoveRefused
from handoff.forms import NoteForm
from handoff.models import OPEN_STATES, Handoff
from handoff.queries import allowed_moves
from handoff.views import replies
from handoff.views.group import GroupPage

# The move that the state asks for is the primary button; what ends a journey stands last and quiet.
PRIMARY = ("claim", "take_over", "pass", "accept", "opportunity", "win")
QUIET = ("release", "assign", "reassign", "recycle", "disqualify", "lose", "return")
KEYS = {"claim": "c", "take_over": "c", "pass": "p", "accept": "a", "opportunity": "o", "recycle": "r"}
ROUTES = {"take_over": "claim", "reassign": "assign"}
DIRECT = frozenset({"claim", "take_over", "accept"})


@require_safe
@login_required
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account at one of its centers."""
    page = account_page.read(pk, request.user, request.GET.get("center", ""))
    group = GroupPage(page)
    works = request.user.may(Capability.WORK_QUEUE) or request.user.may(Capability.RECEIVE)
    context = {
        "page": page,
        "account": page.account,
        "state": page.state,
        "handoff": page.open_handoff,
        "group": group,
        "buttons": buttons(page.open_handoff, request.user),
        "may_log": page.open_handoff is not None and page.open_handoff.holder == request.user,
        "may_write": request.user.may(Capability.WRITE_NOTES),
        "may_correct": works or request.user.may(Capability.MATCH),
        "may_edit_group": works,
        "note_form": NoteForm(),
    }
    return render(request, "desk/account.html", context)


def buttons(handoff: Handoff | None, user: object) -> list[dict[str, object]]:
    """What `user` can do with `handoff`, as buttons: quiet ones first, the primary one last."""
    if handoff is None:
        return []
    made = []
    for option in allowed_moves(handoff, user):  # type: ignore[arg-type]
        rank = PRIMARY.index(option.action) if option.action in PRIMARY else -1
        made.append(
            {
                "option": option,
                "url": reverse(f"desk:{ROUTES.get(option.action, option.action)}", args=[handoff.pk]),
                "key": KEYS.get(option.action, ""),
                "direct": option.action in DIRECT,
                "primary": rank >= 0,
                "quiet": option.action in QUIET,
            }
        )
    return sorted(made, key=lambda one: bool(one["primary"]))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds a note to an account and its open handoff; GET is the form as a page and in the dialog."""
    account = get_object_or_404(Account, pk=pk)
    back = replies.next_url(request, reverse("desk:account", args=[pk]))
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_note(account=account, by=request.user, handoff=_open_handoff(request, account), **form.cleaned_data)
        except MoveRefused as refusal:
            return replies.refused(request, refusal)
        messages.success(request, "The note is saved.")
        return HttpResponseRedirect(f"{back}#notes")
    context = {"account": account, "form": form, "back": back}
    return render(request, "desk/note.html", context, status=422 if form.is_bound else 200)


def _open_handoff(request: HttpRequest, account: Account) -> Handoff | None:
    """The open handoff of the center that the note was written at."""
    found = Handoff.objects.filter(account=account, state__in=OPEN_STATES)
    center = request.POST.get("center", "")
    return found.filter(center=int(center)).first() if center.isdigit() else found.order_by("-center__is_default").first()


@require_POST
@login_required
def pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Pins a note above the others, or takes the pin out."""
    try:
        found = actions.pin_note(note_id=pk, by=request.user, pinned=request.POST.get("pinned") == "1")
    except MoveRefused as refusal:
        return replies.refused(request, refusal)
    return HttpResponseRedirect(f"{replies.next_url(request, reverse('desk:account', args=[found.account_id]))}#notes")


@require_POST
@login_required
def touch_wrong(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks a touch as wrong: it stays visible, gives nothing, and is counted."""
    try:
        touch = actions.mark_touch_wrong(touch_id=pk, by=request.user)
    except MoveRefused as refusal:
        return replies.refused(request, refusal)
    messages.success(request, "Marked as wrong. The account is scored again without it.")
    target = reverse("desk:account", args=[touch.account_id]) if touch.account_id else reverse("desk:queue")
    return HttpResponseRedirect(f"{replies.next_url(request, target)}#touches")
