"""Assignment rules: in their order, added, changed, moved, deleted, applied to what waits."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import DeskRequest
from handoff import rule_actions
from handoff.assigning import NEW, assign_all_waiting, plan, rules_with
from handoff.assignment_forms import RuleForm
from handoff.models import AssignmentRule, Handoff
from handoff.rule_history import latest_changes
from handoff.views.team import for_managers


@require_safe
@login_required
@for_managers
def assignment(request: DeskRequest) -> HttpResponse:
    """The rules in their order, and who changed them."""
    context = {
        "rules": AssignmentRule.objects.select_related("person", "team"),
        "waiting": Handoff.objects.filter(state="queued").count(),
        "changes": latest_changes(),
    }
    return render(request, "desk/assignment.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@for_managers
def rule(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """One rule: add or change it. `do=preview` says what it would do with what waits now, and saves nothing."""
    found = get_object_or_404(AssignmentRule, pk=pk) if pk is not None else None
    name = str(found) if found else ""
    form = RuleForm(request.POST if request.method == "POST" else None, instance=found)
    previewing = request.POST.get("do") == "preview"
    if previewing and form.is_valid():
        draft = form.save(commit=False)
        planned = plan(timezone.now(), rules_with(draft)).by_rule(draft.pk or NEW)
        return render(
            request, "desk/assignment_rule.html", {"form": form, "rule": found, "name": name, "plan": planned}
        )
    if request.method == "POST" and form.is_valid():
        saved = rule_actions.save_rule(rule=form.save(commit=False), by=request.user)
        messages.success(request, f"“{saved}” is saved: it is asked for what enters the queue from now on.")
        return redirect("desk:assignment")
    context = {"form": form, "rule": found, "name": name}
    return render(request, "desk/assignment_rule.html", context, status=422 if form.is_bound else 200)


@require_POST
@login_required
@for_managers
def rule_move(request: DeskRequest, pk: int) -> HttpResponse:
    """One place up, or down."""
    found = get_object_or_404(AssignmentRule, pk=pk)
    rule_actions.move_rule(rule=found, to="up" if request.POST.get("to") == "up" else "down", by=request.user)
    return redirect("desk:assignment")


@require_POST
@login_required
@for_managers
def rule_delete(request: DeskRequest, pk: int) -> HttpResponse:
    """Deletes a rule."""
    found = get_object_or_404(AssignmentRule, pk=pk)
    rule_actions.delete_rule(rule=found, by=request.user)
    messages.success(request, f"“{found}” is deleted. What it gave to somebody stays with them.")
    return redirect("desk:assignment")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@for_managers
def assignment_apply(request: DeskRequest) -> HttpResponse:
    """What the rules would do with everything that waits now; POST does it."""
    if request.method != "POST":
        return render(request, "desk/assignment_apply.html", {"plan": plan(timezone.now())})
    changed = assign_all_waiting(by=request.user, at=timezone.now())
    messages.success(request, f"{changed} of what waits changed hands.")
    return redirect("desk:assignment")
