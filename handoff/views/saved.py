"""Saved views of the queue: keep one, change it, delete it, have the queue open with it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Team, User
from accounts.requests import DeskRequest
from handoff import saved_views
from handoff.models import SavedView
from handoff.saved_views import ViewRefused


class ViewForm(forms.Form):
    """A view's name and with whom it is shared."""

    name = forms.CharField(max_length=60, label="Name")
    team = forms.ModelChoiceField(
        queryset=Team.objects.none(), required=False, label="Share with", empty_label="Nobody: mine alone"
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = saved_views.teams_of(user)  # type: ignore[attr-defined]


class NewViewForm(ViewForm):
    """A new view of what the queue shows now."""

    default = forms.BooleanField(required=False, label="Open the queue with it")


def url_of(view: SavedView) -> str:
    """The queue as the view has it. Never the bare address, which opens with the default."""
    return f"{reverse('desk:queue')}?{view.query or 'scope=pool'}"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def views(request: DeskRequest) -> HttpResponse:
    """GET asks for the name of a view of `query`; POST keeps it."""
    query = request.POST.get("query", request.GET.get("query", ""))[:2000]
    form = NewViewForm(request.POST if request.method == "POST" else None, user=request.user)
    if form.is_bound and form.is_valid():
        try:
            view = saved_views.keep(by=request.user, query=query, **form.cleaned_data)
        except ViewRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"“{view}” is among your views.")
            return HttpResponseRedirect(url_of(view))
    context = {"form": form, "query": query, "back": f"{reverse('desk:queue')}?{query or 'scope=pool'}"}
    return render(request, "desk/view.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def view(request: DeskRequest, pk: int) -> HttpResponse:
    """Rename one's own view, or share it."""
    found = _own(request, pk)
    initial = {"name": found.name, "team": found.team_id}
    form = ViewForm(request.POST if request.method == "POST" else None, user=request.user, initial=initial)
    if form.is_bound and form.is_valid():
        try:
            saved_views.change(view=found, by=request.user, **form.cleaned_data)
        except ViewRefused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"“{found}” is changed.")
            return HttpResponseRedirect(url_of(found))
    context = {"form": form, "view": found, "back": url_of(found)}
    return render(request, "desk/view.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
def view_delete(request: DeskRequest, pk: int) -> HttpResponse:
    """Delete one's own view."""
    found = _own(request, pk)
    saved_views.delete(view=found, by=request.user)
    messages.success(request, f"“{found}” is deleted.")
    return redirect(f"{reverse('desk:queue')}?scope=pool")


@require_POST
@login_required
def view_default(request: DeskRequest, pk: int) -> HttpResponse:
    """Open the queue with this view from now on, or, with `off`, as it is."""
    found = get_object_or_404(saved_views.visible_to(request.user), pk=pk)
    off = bool(request.POST.get("off"))
    saved_views.open_with(by=request.user, view=None if off else found)
    words = "The queue opens as it is again." if off else f"The queue opens with “{found}” from now on."
    messages.success(request, words)
    return HttpResponseRedirect(url_of(found))


def _own(request: DeskRequest, pk: int) -> SavedView:
    found = get_object_or_404(saved_views.visible_to(request.user), pk=pk)
    if found.owner_id != request.user.pk:
        raise PermissionDenied
    return found
