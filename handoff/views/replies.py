"""What views share: where a move leads, how a refusal looks, the message with its Undo."""

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString

from accounts.requests import DeskRequest
from handoff.errors import MoveRefused
from handoff.models import Handoff

STATUS = {
    "not_found": HTTPStatus.NOT_FOUND,
    "role": HTTPStatus.FORBIDDEN,
    "needs": HTTPStatus.UNPROCESSABLE_ENTITY,
    "empty": HTTPStatus.OK,
}


def status_of(refusal: MoveRefused) -> int:
    """The HTTP status of a refusal: 409 where somebody else or the state is in the way."""
    return int(STATUS.get(refusal.code, HTTPStatus.CONFLICT))


def next_url(request: DeskRequest, otherwise: str) -> str:
    """The page that a form asks to return to, if it is one of ours."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted.startswith("/") and ours else otherwise


def account_url(handoff: Handoff) -> str:
    """The page of the handoff's account, at its center."""
    url = reverse("desk:account", args=[handoff.account_id])
    return url if handoff.center.is_default else f"{url}?center={handoff.center_id}"


def done(request: DeskRequest, handoff: Handoff, words: str, *, undoable: bool = True) -> None:
    """Say what happened, with an Undo button where it can be taken back."""
    messages.success(request, with_undo(request, handoff, words) if undoable else words)


def with_undo(request: DeskRequest, handoff: Handoff, words: str) -> SafeString:
    """`words` and a form that takes the move back; it works for a minute (handoff/actions)."""
    return format_html(
        '{} <form method="post" action="{}" class="inline"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button class="btn-link" data-key="u" data-hint="Undo the last move">Undo</button></form>',
        words,
        reverse("desk:undo", args=[handoff.pk]),
        get_token(request),
    )


def refused(request: DeskRequest, refusal: MoveRefused, *, handoff: Handoff | None = None) -> HttpResponse:
    """A page that says why nothing was done, and who holds it."""
    context = {"refusal": refusal, "handoff": handoff, "account_url": account_url(handoff) if handoff else None}
    return render(request, "desk/refused.html", context, status=status_of(refusal))
