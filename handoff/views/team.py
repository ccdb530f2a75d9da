"""The managers' wall, and a person's absence and capacity."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from accounts.requests import DeskRequest
from accounts.roles import Capability
from handoff import team as wall
from handoff.absence_forms import PersonForm


def for_managers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """403 for everybody who may not assign."""

    @wraps(view)
    def checked(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.may(Capability.ASSIGN):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


@require_safe
@login_required
@for_managers
def team(request: DeskRequest) -> HttpResponse:
    """Who is late and why; what everybody has; who is away."""
    now = timezone.now()
    people = wall.loads(now)
    late = wall.late(people, now)
    context = {"people": people, "late": late, "most": len(late) == wall.MOST_LATE, "today": now.date()}
    return render(request, "desk/team.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@for_managers
def person(request: DeskRequest, pk: int) -> HttpResponse:
    """Somebody's absence, who stands in, and how much rules hand out."""
    found = get_object_or_404(User, pk=pk, is_active=True)
    form = PersonForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"{found}: saved.")
        return redirect("desk:team")
    context = {"form": form, "person": User.objects.get(pk=pk)}
    return render(request, "desk/team_person.html", context, status=422 if form.is_bound else 200)
