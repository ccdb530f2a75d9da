"""What a model said of a center: a stored decision, or any past day, each with its evidence and what changed before it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import BuyingCenter, Contact
from accounts.requests import DeskRequest
from handoff import between
from signals import ladder, past
from signals.models import Decision, Theme, Touch
from signals.telling import evidence_of_decision

NEW_TOUCHES = 10


class DayForm(forms.Form):
    """Which past day of which of the account's centers."""

    day = forms.DateField()
    center = forms.IntegerField(required=False)


@require_safe
@login_required
def decision(request: DeskRequest, pk: int) -> HttpResponse:
    """The five gates as they were, who gave the points, and what changed since the decision before."""
    found = get_object_or_404(Decision.objects.select_related("center__account", "account", "model"), pk=pk)
    others = Decision.objects.filter(center=found.center).defer(*Decision.WIDE)
    later = others.filter(as_of__gte=found.as_of).exclude(pk=found.pk).order_by("as_of", "pk")
    earlier = others.filter(as_of__lte=found.as_of).exclude(pk=found.pk).order_by("-as_of", "-pk")
    # Of two of one moment the one that was stored later is the later one.
    after = next((one for one in later[:20] if (one.as_of, one.pk) > (found.as_of, found.pk)), None)
    before = next((one for one in earlier[:20] if (one.as_of, one.pk) < (found.as_of, found.pk)), None)
    return render(request, "desk/decision.html", _context(found, before) | {"after": after, "day": found.as_of.date()})


@require_safe
@login_required
def on_day(request: DeskRequest, pk: int) -> HttpResponse:
    """What the account (or `center`) was on a past day (`day`), computed as known then, beside the decision that stood."""
    form = DayForm(request.GET)
    if not form.is_valid():
        messages.error(request, "Choose a day, like 2026-09-30.")
        return HttpResponseRedirect(reverse("desk:account", args=[pk]))
    centers = BuyingCenter.objects.filter(account=pk).select_related("account")
    wanted = form.cleaned_data["center"]
    center = get_object_or_404(centers, pk=wanted) if wanted else get_object_or_404(centers, is_default=True)
    now, day = timezone.now(), form.cleaned_data["day"]
    if day > now.astimezone(dt.UTC).date():
        messages.error(request, "That day has not come yet.")
        return HttpResponseRedirect(reverse("desk:account", args=[pk]))
    then = past.at_end_of(day, center, now=now)
    stood = past.decision_on(day, center)
    context = {"center": center, "day": day, "stood": stood, "today": now.astimezone(dt.UTC).date()}
    if then is not None:
        context |= _context(then, stood)
    return render(request, "desk/day.html", context)


def _context(found: Decision | past.Then, before: Decision | None) -> dict[str, Any]:
    """What both pages show of an evaluation, and how it differs from the one before."""
    evidence = found.evidence if isinstance(found, past.Then) else evidence_of_decision(found)
    was = evidence_of_decision(before) if before else {}
    came, left = between.people(was, evidence) if before else ([], [])
    shares = [item for item in evidence.get("contributions", []) if item.get("contact")]
    gates = [gate for one in (evidence, was) for gate in one.get("gates", [])]
    ids = {item["contact"] for item in shares} | {*came, *left}
    people = Contact.objects.in_bulk(ids | {person for gate in gates for person in gate.get("people", [])})
    themes = {gate["theme"] for gate in gates if gate.get("theme")}
    names = ladder.Names(
        people={key: person.title or person.full_name for key, person in people.items()},
        themes=dict(Theme.objects.filter(pk__in=themes).values_list("pk", "name")),
    )
    context: dict[str, Any] = {
        "decision": found,
        "before": before,
        "rungs": ladder.rungs(evidence, names),
        "warnings": ladder.warnings(evidence),
        "shares": [(people.get(item["contact"]), item["points"], item["share"]) for item in shares],
        "erased": any(person.erased_at for person in people.values()),
        "visitors": [item for item in evidence.get("contributions", []) if not item.get("contact")],
    }
    if before is not None and was and evidence:
        context |= {
            "changes": between.changes(was, evidence, names),
            "came": _names(came, people),
            "left": _names(left, people),
            **_touches(before.touch_ids, found.touch_ids),
        }
    return context


def _names(ids: Iterable[int], people: dict[int, Contact]) -> str:
    return ", ".join(people[pk].full_name if pk in people else "an erased person" for pk in ids)


def _touches(before: list[int], after: list[int]) -> dict[str, Any]:
    """The touches that were not read for the earlier one, the latest first, and how many of its are no longer read."""
    new = sorted({*after} - {*before}, reverse=True)
    rows = Touch.objects.filter(pk__in=new).select_related("touch_type", "contact").defer("payload")
    return {
        "new_touches": list(rows.order_by("-occurred_at", "-pk")[:NEW_TOUCHES]),
        "new_count": len(new),
        "old_count": len({*before} - {*after}),
    }
