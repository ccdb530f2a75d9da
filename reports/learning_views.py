"""The page of what outcomes and SDRs say of the model, and the one click that puts a suggestion into a draft."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from pydantic import ValidationError

from accounts.criteria import Criterion
from accounts.models import CustomField
from accounts.requests import DeskRequest
from accounts.roles import Capability
from reports import learning as measures
from reports import traits
from reports.period import SEGMENTS, read_period
from reports.shapes import share_text
from signals import publishing, wording
from signals.criterion_fields import criterion_fields, placed
from signals.models import ScoringModel
from signals.views.guards import needs

# Deals take long: what was won in two years is looked at when nothing is asked.
DAYS = 730
MOST = 40


@require_safe
@login_required
def learning(request: DeskRequest) -> HttpResponse:
    """Suggested criteria, disqualifications and touches marked wrong, each with its counts."""
    asked = read_period(request.GET, today=timezone.now().astimezone(UTC).date(), days=DAYS)
    period = asked.period
    active = publishing.active_model()
    config = publishing.config_of(active)
    found = measures.traits(period)
    fields = dict(criterion_fields())
    context = {
        "asked": asked,
        "period": period,
        "segments": SEGMENTS,
        "active": active,
        "won": measures.won_accounts(period),
        "fewest": traits.FEWEST_WINS,
        "suggested": [_told(one, config, fields) for one in traits.suggested(found)[:MOST]],
        "warned": [_told(one, config, fields) for one in traits.warned(found)[:MOST]],
        "disqualified": [
            (one, wording.sentence(wording.criterion(one.criterion)) if one.criterion else "")
            for one in measures.disqualified(period, config)
        ],
        "wrong": [(one, share_text(one.share)) for one in measures.marked_wrong(period)],
        "may_edit": request.user.may(Capability.CONFIGURE),
        "draft": _draft(),
    }
    return render(request, "reports/learning.html", context)


def _told(trait: traits.Trait, config: Any, fields: dict[str, str]) -> dict[str, Any]:
    """A trait in words, its figures, and the criterion that already asks for it."""
    criterion = Criterion.model_validate(traits.criterion_of(trait))
    low, high = trait.interval or (0.0, 0.0)
    covered = measures.covered_by(trait, config)
    rule = wording.criterion_rule(criterion)
    about = wording.field_name(trait.field)
    return {
        "trait": trait,
        "words": f"{fields.get(trait.field, trait.field)} {rule.removeprefix(about).strip()}",
        "share": share_text(trait.share),
        "base": share_text(trait.base),
        "lift": f"{trait.lift:.1f}",
        "interval": f"{low:.1f} to {high:.1f}",
        "covered": wording.criterion(covered) if covered else "",
        "values": [f"{value:.17g}" if isinstance(value, float) else value for value in trait.values],
    }


def _draft() -> ScoringModel | None:
    return ScoringModel.objects.filter(status=ScoringModel.Status.DRAFT).order_by("-version").first()


@require_POST
@needs(Capability.CONFIGURE)
def adopt(request: DeskRequest) -> HttpResponse:
    """Put a suggested trait into the latest draft (a new copy of the active version where there is none) as a criterion."""
    field, texts = request.POST.get("field", ""), request.POST.getlist("value")
    try:
        trait = _suggested(field, texts)
        custom = {"custom_type": "text"} if field.startswith("custom.") else {}
        criterion = Criterion.model_validate(traits.criterion_of(trait) | custom)
    except ValueError:
        messages.error(request, "That is no criterion. Choose one of the suggestions.")
        return HttpResponseRedirect(reverse("reports:learning"))
    if custom and not CustomField.objects.filter(key=field.removeprefix("custom.")).exists():
        messages.error(request, "There is no such field any more.")
        return HttpResponseRedirect(reverse("reports:learning"))
    draft = _draft() or publishing.copy_to_draft(model=publishing.active_model(), by=request.user)
    url = reverse("signals:criterion", args=[draft.version])
    try:
        config = publishing.config_of(draft)
        same = next((one for one in config.criteria if _asks(one) == _asks(criterion)), None)
        if same is not None:
            messages.info(request, f"Draft {draft.version} asks for that already.")
            return HttpResponseRedirect(f"{url}?id={same.id}")
        after, name = placed(config, criterion)
        publishing.save_draft(model=draft, config=after, by=request.user)
    except (ValidationError, publishing.PublishRefused) as refusal:
        messages.error(request, f"Draft {draft.version} cannot take it: {refusal}")
        return HttpResponseRedirect(reverse("signals:edit", args=[draft.version, "icp"]))
    messages.success(
        request, f"It is in draft {draft.version} now, scored with weight 1. Nothing changes until you publish."
    )
    return HttpResponseRedirect(f"{url}?id={name}")


def _suggested(field: str, texts: Sequence[str]) -> traits.Trait:
    """The trait that a form sends. Raises ValueError."""
    if any("\0" in text for text in (field, *texts)):
        raise ValueError(field)  # no database takes it
    values = tuple(float(text) for text in texts) if field in measures.NUMBERS else tuple(texts)
    return traits.Trait(field, values, 0, 0, 0, 0)


def _asks(criterion: Criterion) -> tuple[Any, ...]:
    return criterion.field, criterion.operator, criterion.values
