"""Pages of the rules that read events, and of reading past events again (domain.md §8)."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import DeskRequest
from accounts.roles import Capability
from signals import remapping, rule_actions, rule_trial
from signals.models import MappingRule, ThemeRule
from signals.models.catalogue import EventField, Match
from signals.rule_actions import Rule
from signals.rule_forms import MappingRuleForm, ThemeRuleForm
from signals.views.events import TABS
from signals.views.guards import needs

_UNSAVED_THEME = 0


@require_safe
@needs(Capability.CONFIGURE)
def rules(request: DeskRequest) -> HttpResponse:
    """All rules in the order in which they are asked."""
    context = {
        "tabs": TABS,
        "tab": "rules",
        "rules": MappingRule.objects.select_related("touch_type", "theme"),
        "theme_rules": ThemeRule.objects.select_related("theme"),
        "run": remapping.latest(),
    }
    return render(request, "signals/mapping_rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.CONFIGURE)
def rule(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """A mapping rule: tried on the latest events with `do=try`; saved, and past events read again or not, else."""
    found = get_object_or_404(MappingRule, pk=pk) if pk else MappingRule()
    initial = None if pk else _asked(request)
    form = MappingRuleForm(request.POST if request.method == "POST" else None, instance=found, initial=initial)
    if request.method == "POST" and request.POST.get("do") != "try" and form.is_valid():
        return _save(request, form.instance)
    trial = rule_trial.try_mapping_rule(form.instance) if request.method == "POST" and form.is_valid() else None
    return _form_page(request, form, trial, theme=False)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.CONFIGURE)
def theme_rule(request: DeskRequest, pk: int | None = None) -> HttpResponse:
    """The same for a theme rule."""
    found = get_object_or_404(ThemeRule, pk=pk) if pk else ThemeRule()
    initial = None if pk else _asked(request)
    form = ThemeRuleForm(request.POST if request.method == "POST" else None, instance=found, initial=initial)
    trial = None
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "try":
            new_theme = form.cleaned_data["new_theme"]
            if new_theme:
                form.instance.theme_id = _UNSAVED_THEME
            trial = rule_trial.try_theme_rule(form.instance, new_theme=new_theme)
        else:
            form.make_theme()
            if form.is_valid():
                return _save(request, form.instance)
    return _form_page(request, form, trial, theme=True)


@require_POST
@needs(Capability.CONFIGURE)
def move(request: DeskRequest, pk: int) -> HttpResponse:
    """One place up (`to=up`) or down."""
    return _move(request, get_object_or_404(MappingRule, pk=pk))


@require_POST
@needs(Capability.CONFIGURE)
def theme_move(request: DeskRequest, pk: int) -> HttpResponse:
    """The same for a theme rule."""
    return _move(request, get_object_or_404(ThemeRule, pk=pk))


@require_POST
@needs(Capability.CONFIGURE)
def active(request: DeskRequest, pk: int) -> HttpResponse:
    """Read by the rule (`active=yes`), or leave it standing unused."""
    return _active(request, get_object_or_404(MappingRule, pk=pk))


@require_POST
@needs(Capability.CONFIGURE)
def theme_active(request: DeskRequest, pk: int) -> HttpResponse:
    """The same for a theme rule."""
    return _active(request, get_object_or_404(ThemeRule, pk=pk))


@require_POST
@needs(Capability.CONFIGURE)
def remap(request: DeskRequest) -> HttpResponse:
    """Have all past events read again by the rules as they are."""
    remapping.request_remapping(by=request.user)
    messages.success(request, "Past events are being read again.")
    return redirect("signals:rules")


@require_safe
@needs(Capability.CONFIGURE)
def remap_progress(request: DeskRequest) -> HttpResponse:
    """How far the reading of past events is, for the page to poll."""
    return render(request, "signals/remapping.html", {"run": remapping.latest()})


def _asked(request: DeskRequest) -> dict[str, str]:
    """What a link fills in: an unmapped event's name or path."""
    field, match = request.GET.get("field", ""), request.GET.get("match", "")
    return {
        "field": field if field in EventField.values else EventField.EVENT,
        "match": match if match in Match.values else Match.IS,
        "value": request.GET.get("value", "")[:200],
    }


def _save(request: DeskRequest, found: Rule) -> HttpResponse:
    with transaction.atomic():
        rule_actions.save_rule(rule=found)
        if request.POST.get("do") == "save_all":
            remapping.request_remapping(by=request.user)
            words = "The rule is saved. Past events are being read again."
        else:
            words = "The rule is saved. It reads what comes from now on."
    messages.success(request, words)
    return redirect("signals:rules")


def _move(request: DeskRequest, found: Rule) -> HttpResponse:
    rule_actions.move_rule(rule=found, to="up" if request.POST.get("to") == "up" else "down")
    return redirect("signals:rules")


def _active(request: DeskRequest, found: MappingRule | ThemeRule) -> HttpResponse:
    on = request.POST.get("active") == "yes"
    rule_actions.set_active(rule=found, active=on)
    messages.success(request, "The rule is in use." if on else "The rule is no longer in use.")
    return redirect("signals:rules")


def _form_page(request: DeskRequest, form: Any, trial: rule_trial.Trial | None, *, theme: bool) -> HttpResponse:
    context = {"tabs": TABS, "tab": "rules", "form": form, "trial": trial, "theme": theme, "rule": form.instance}
    return render(request, "signals/mapping_rule.html", context, status=422 if form.errors else 200)
