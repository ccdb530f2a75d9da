"""The page of whose events give no points: bots' and our own people's (signals/traffic.py)."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import DeskRequest
from accounts.roles import Capability
from signals import event_queries, remapping, rule_actions, rule_trial
from signals.models import TrafficRule
from signals.rule_forms import TrafficRuleForm
from signals.views.events import TABS
from signals.views.guards import needs


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.CONFIGURE)
def traffic(request: DeskRequest) -> HttpResponse:
    """All rules, and how much gave no points; POST adds one and may have past events read again (`do=save_all`), or
    tries it on the latest events (`do=try`).
    """
    form = TrafficRuleForm(request.POST if request.method == "POST" else None)
    tries = request.POST.get("do") == "try"
    if request.method == "POST" and not tries and form.is_valid():
        with transaction.atomic():
            form.save()
            if request.POST.get("do") == "save_all":
                remapping.request_remapping(by=request.user)
        messages.success(
            request,
            "The rule is in use. Past events are being read again."
            if request.POST.get("do") == "save_all"
            else "The rule is in use. It reads what comes from now on.",
        )
        return redirect("signals:traffic")
    total = event_queries.total_of(event_queries.counts_by_source())
    context = {
        "tabs": TABS,
        "tab": "traffic",
        "form": form,
        "internal": TrafficRule.objects.filter(kind=TrafficRule.Kind.INTERNAL),
        "bots": TrafficRule.objects.filter(kind=TrafficRule.Kind.BOT),
        "periods": total.periods,
        "run": remapping.latest(),
        "trial": rule_trial.try_traffic_rule(form.instance) if tries and form.is_valid() else None,
    }
    return render(request, "signals/traffic.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Capability.CONFIGURE)
def active(request: DeskRequest, pk: int) -> HttpResponse:
    """Go by the rule (`active=yes`), or leave it standing unused."""
    rule = get_object_or_404(TrafficRule, pk=pk)
    rule_actions.set_active(rule=rule, active=request.POST.get("active") == "yes")
    messages.success(request, "The rule is in use." if rule.is_active else "The rule is no longer in use.")
    return redirect("signals:traffic")
