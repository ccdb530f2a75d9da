"""One stored decision: what the model said on that day, with its evidence."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Contact
from accounts.requests import DeskRequest
from handoff import ladder
from signals.models import Decision, Theme


@require_safe
@login_required
def decision(request: DeskRequest, pk: int) -> HttpResponse:
    """The five gates as they were, and who gave the points."""
    found = get_object_or_404(Decision.objects.select_related("center__account", "account", "model"), pk=pk)
    evidence = found.evidence
    shares = [item for item in evidence.get("contributions", []) if item.get("contact")]
    ids = {item["contact"] for item in shares}
    ids |= {person for gate in evidence.get("gates", []) for person in gate.get("people", [])}
    people = Contact.objects.in_bulk(ids)
    themes = {gate["theme"] for gate in evidence.get("gates", []) if gate.get("theme")}
    names = ladder.Names(
        people={key: person.title or person.full_name for key, person in people.items()},
        themes=dict(Theme.objects.filter(pk__in=themes).values_list("pk", "name")),
    )
    context = {
        "decision": found,
        "rungs": ladder.rungs(evidence, names),
        "warnings": ladder.warnings(evidence),
        "shares": [(people.get(item["contact"]), item["points"], item["share"]) for item in shares],
        "erased": any(person.erased_at for person in people.values()),
        "visitors": [item for item in evidence.get("contributions", []) if not item.get("contact")],
    }
    return render(request, "desk/decision.html", context)
