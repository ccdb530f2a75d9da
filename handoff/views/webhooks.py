"""Pages of webhooks: endpoints, what was sent, how each attempt went, sending again (domain.md §8). For admins."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import DeskRequest
from accounts.roles import Capability
from handoff import webhooks as actions
from handoff.models import OutboxMessage, WebhookEndpoint
from handoff.webhook_forms import EndpointForm

PER_PAGE = 50


def for_admins(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """403 for everybody who may not manage keys."""

    @wraps(view)
    def checked(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.may(Capability.MANAGE_KEYS):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@for_admins
@sensitive_variables("secret")
def webhooks(request: DeskRequest) -> HttpResponse:
    """All endpoints, and a new one; the page that answers its making shows the secret, once."""
    form = EndpointForm(request.POST or None, initial={"kind": WebhookEndpoint.Kind.STANDARD})
    made, secret = None, ""
    if request.method == "POST" and form.is_valid():
        made, secret = actions.create_endpoint(by=request.user, **form.cleaned_data)
        form = EndpointForm(initial={"kind": WebhookEndpoint.Kind.STANDARD})
    waiting = Q(messages__delivered_at__isnull=True, messages__given_up_at__isnull=True)
    endpoints = WebhookEndpoint.objects.select_related("created_by").annotate(
        delivered=Count("messages", filter=Q(messages__delivered_at__isnull=False)),
        waiting=Count("messages", filter=waiting & Q(messages__id__isnull=False)),
        given_up=Count("messages", filter=Q(messages__given_up_at__isnull=False)),
    )
    context = {"endpoints": endpoints, "form": form, "made": made, "secret": secret}
    response = render(request, "desk/webhooks.html", context, status=422 if form.is_bound else 200)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@login_required
@for_admins
def webhook(request: DeskRequest, pk: int) -> HttpResponse:
    """One endpoint with its messages, the latest first, and the attempts of each."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
    found = endpoint.messages.prefetch_related("tries").order_by("-created_at", "-id")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/webhook.html", {"endpoint": endpoint, "page": page})


@require_POST
@login_required
@for_admins
def webhook_switch(request: DeskRequest, pk: int) -> HttpResponse:
    """Stops an endpoint, or lets it go on."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
    actions.set_active(endpoint, active=not endpoint.is_active)
    messages.success(request, f"{endpoint.name} {'is told again' if endpoint.is_active else 'is told nothing more'}.")
    return redirect("desk:webhook", pk)


@require_POST
@login_required
@for_admins
def webhook_test(request: DeskRequest, pk: int) -> HttpResponse:
    """Sends a message without meaning."""
    endpoint = get_object_or_404(WebhookEndpoint, pk=pk)
    actions.announce_test(endpoint)
    messages.success(request, "A test is on its way: reload in a moment to see how it went.")
    return redirect("desk:webhook", pk)


@require_POST
@login_required
@for_admins
def webhook_replay(request: DeskRequest, pk: int) -> HttpResponse:
    """Sends one message again."""
    message = get_object_or_404(OutboxMessage, pk=pk, endpoint__isnull=False)
    actions.replay(message)
    messages.success(request, "It is on its way again: reload in a moment to see how it went.")
    return redirect("desk:webhook", message.endpoint_id)
