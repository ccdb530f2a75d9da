"""Pages of the scoring model: versions, the editor of a draft, publishing and rolling back (domain.md §7)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from pydantic import ValidationError

from accounts.criteria import Criterion
from accounts.models import Persona
from accounts.requests import DeskRequest
from accounts.roles import Capability
from signals import publishing, wording
from signals.catalogue_gap import gaps
from signals.criterion_fields import criterion_fields, placed
from signals.criterion_form import CriterionForm
from signals.model_differences import Difference, differences
from signals.model_fields import SEGMENTS
from signals.model_forms import SectionForm
from signals.model_queries import FieldFacts, field_facts, profile_counts, publish_progress
from signals.models import ModelPublication, ScoringModel
from signals.policies import PRESETS
from signals.publishing import PublishRefused, config_of
from signals.scoring_config import ScoringConfig, field_errors

TABS = {"icp": "Ideal customer", "weights": "Weights", "gates": "Gates", "policies": "Policies", "bands": "Bands"}


def _needs(request: DeskRequest, capability: Capability) -> None:
    if not request.user.may(capability):
        raise PermissionDenied


@require_safe
@login_required
def versions(request: DeskRequest) -> HttpResponse:
    """All versions and every publication; the active one with how far its evaluation is."""
    done, total = publish_progress()
    active = publishing.active_model()
    return render(
        request,
        "signals/versions.html",
        {
            "active": active,
            "gaps": gaps(publishing.config_of(active)),
            "may_publish": request.user.may(Capability.PUBLISH_MODEL),
            "models": ScoringModel.objects.select_related("copied_from", "created_by"),
            "publications": ModelPublication.objects.select_related("model", "by", "api_key")[:50],
            "done": done,
            "total": total,
            "may_edit": request.user.may(Capability.CONFIGURE),
        },
    )


@require_POST
@login_required
def take_catalogue(request: DeskRequest) -> HttpResponse:
    """Publish the active version with touch types and key personas as they are now; nothing where they agree."""
    _needs(request, Capability.PUBLISH_MODEL)
    active = publishing.active_model()
    words = " ".join(gaps(config_of(active)))
    model = publishing.publish_catalogue(comment=f"The catalogue as it is: {words}", by=request.user)
    if model == active:
        messages.info(request, "The model knows the catalogue as it is.")
    else:
        messages.success(request, f"Model {model.version} is active. Everything is being evaluated again.")
    return redirect("signals:model")


@require_safe
@login_required
def progress(request: DeskRequest) -> HttpResponse:
    """How far the evaluation by the active version is, for the page to poll."""
    done, total = publish_progress()
    return render(request, "signals/progress.html", {"done": done, "total": total})


@require_POST
@login_required
def copy(request: DeskRequest, version: int) -> HttpResponse:
    """A new draft from a version."""
    _needs(request, Capability.CONFIGURE)
    draft = publishing.copy_to_draft(model=get_object_or_404(ScoringModel, version=version), by=request.user)
    messages.success(
        request, f"Draft {draft.version} is a copy of model {version}. Nothing changes until you publish it."
    )
    return redirect("signals:edit", draft.version, "icp")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: DeskRequest, version: int, tab: str) -> HttpResponse:
    """A section of a version: a form for a draft, read-only for a published one."""
    if tab not in TABS:
        raise Http404
    model = get_object_or_404(ScoringModel.objects.select_related("copied_from"), version=version)
    if tab == "icp":
        return _icp(request, model)
    if request.method == "POST":
        _needs(request, Capability.CONFIGURE)
    form = SectionForm(tab, model.config, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and form.after is not None:
        return _save(request, model, form.after, tab)
    context = _context(request, model, tab) | {"form": form, "presets": PRESETS, "segments": SEGMENTS}
    return render(request, "signals/edit.html", context, status=422 if form.errors else 200)


def _icp(request: DeskRequest, model: ScoringModel) -> HttpResponse:
    config = config_of(model)
    (counts,) = profile_counts(config, now=timezone.now())
    shares = counts.unknown_shares
    criteria = [
        (item, wording.sentence(wording.criterion_rule(item)), counts.criteria[item.id][0], shares[item.id])
        for item in config.criteria
    ]
    context = _context(request, model, "icp") | {"counts": counts, "criteria": criteria, "fields": criterion_fields()}
    return render(request, "signals/icp.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def criterion(request: DeskRequest, version: int) -> HttpResponse:
    """Add a criterion (`?field=`) or change one (`?id=`): values with counts, coverage, a range with its histogram.

    `do=count` (as one types, or by the button) says how many accounts would be in the ICP, and saves nothing.
    """
    _needs(request, Capability.CONFIGURE)
    model = get_object_or_404(ScoringModel, version=version)
    config = config_of(model)
    found = next((item for item in config.criteria if item.id == request.GET.get("id")), None)
    field = found.field if found else request.GET.get("field", "")
    if field not in dict(criterion_fields()):
        raise Http404
    known = field_facts(field)
    form = CriterionForm(field, _choices(known), request.POST if request.method == "POST" else None, found)
    counting = request.POST.get("do") == "count"
    if request.method == "POST" and not counting and form.is_valid():
        return _save(request, model, lambda: placed(config, form.criterion)[0], "icp")
    context = _context(request, model, "icp") | {
        "form": form,
        "field_label": dict(criterion_fields())[field],
        "known": known,
        "found": found,
        "bin_top": max((count for *_, count in known.bins), default=0),
        "count": _count(config, form, found),
    }
    if counting and request.htmx:
        return render(request, "signals/criterion_count.html", context)
    return render(request, "signals/criterion.html", context, status=422 if form.errors else 200)


def _choices(known: FieldFacts) -> list[tuple[str, str]]:
    if known.bins:
        return []
    return [(value, f"{value} ({count:,})") for value, count in known.values]


def _count(config: ScoringConfig, form: CriterionForm, found: Criterion | None) -> dict[str, Any] | None:
    """How the ICP divides the accounts with what the form says (else as it is in the draft), and without it."""
    if form.is_bound and form.is_valid():
        try:
            after, name = placed(config, form.criterion)
        except ValidationError:
            return None
    elif found is not None and not form.is_bound:
        after, name = config, found.id
    else:
        return None
    without = config.model_copy(update={"criteria": tuple(item for item in config.criteria if item.id != name)})
    counts, before = profile_counts(after, without, now=timezone.now())
    return {"with": counts, "without": before, "met": counts.criteria[name][0], "unknown": counts.unknown_shares[name]}


@require_POST
@login_required
def remove_criterion(request: DeskRequest, version: int) -> HttpResponse:
    """Take a criterion out of a draft."""
    _needs(request, Capability.CONFIGURE)
    model = get_object_or_404(ScoringModel, version=version)
    document = dict(model.config)
    document["criteria"] = [item for item in document["criteria"] if item["id"] != request.POST.get("id")]
    return _save(request, model, document, "icp")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def publish(request: DeskRequest, version: int) -> HttpResponse:
    """What publishing a draft changes, in one list, and the button; a comment is needed."""
    _needs(request, Capability.PUBLISH_MODEL)
    model = get_object_or_404(ScoringModel, version=version)
    active = publishing.active_model()
    if request.method == "POST":
        act = publishing.publish if model.status == ScoringModel.Status.DRAFT else publishing.roll_back
        keywords: dict[str, Any] = {"comment": request.POST.get("comment", ""), "by": request.user}
        keywords["model" if model.status == ScoringModel.Status.DRAFT else "to"] = model
        try:
            act(**keywords)
        except (PublishRefused, ValidationError) as refusal:
            text = (
                str(refusal)
                if isinstance(refusal, PublishRefused)
                else "; ".join(f"{p}: {m}" for p, m in field_errors(refusal))
            )
            return _publishing(request, model, active, refused=text)
        messages.success(request, f"Model {version} is active. Everything is being evaluated again.")
        return redirect("signals:model")
    return _publishing(request, model, active)


def _publishing(request: DeskRequest, model: ScoringModel, active: ScoringModel, *, refused: str = "") -> HttpResponse:
    context = _context(request, model, "") | {
        "active": active,
        "changes": _differences(active, model),
        "refused": refused,
        "comment": request.POST.get("comment", ""),
    }
    return render(request, "signals/publish.html", context, status=422 if refused else 200)


@require_safe
@login_required
def compare_any(request: DeskRequest) -> HttpResponse:
    """Two versions that one picks; the versions where they can't be compared."""
    picked = [request.GET.get(name, "") for name in ("left", "right")]
    numbers = [int(one) for one in picked if one.isdecimal() and len(one) < 9]
    if len(numbers) < 2 or ScoringModel.objects.filter(version__in=numbers).count() < len(set(numbers)):
        messages.error(request, "Pick two versions to compare.")
        return redirect("signals:model")
    return redirect("signals:compare", *numbers)


@require_safe
@login_required
def compare(request: DeskRequest, version: int, other: int) -> HttpResponse:
    """Two versions side by side: every value that differs."""
    left = get_object_or_404(ScoringModel, version=version)
    right = get_object_or_404(ScoringModel, version=other)
    changes = _differences(left, right)
    return render(request, "signals/compare.html", {"left": left, "right": right, "changes": changes})


def _differences(left: ScoringModel, right: ScoringModel) -> list[Difference]:
    return differences(left.config, right.config, dict(Persona.objects.values_list("pk", "name")))


def _save(request: DeskRequest, model: ScoringModel, document: Any, tab: str) -> HttpResponse:
    try:
        publishing.save_draft(
            model=model,
            config=document() if callable(document) else document,
            by=request.user,
            revision=publishing.revision_of(model),
        )
    except PublishRefused as refusal:
        messages.error(request, str(refusal))
    except ValidationError as error:
        messages.error(request, "; ".join(f"{path}: {message}" for path, message in field_errors(error)))
    else:
        messages.success(request, "Saved in the draft.")
    return redirect("signals:edit", model.version, tab)


def _context(request: DeskRequest, model: ScoringModel, tab: str) -> dict[str, Any]:
    draft = model.status == ScoringModel.Status.DRAFT
    return {
        "model": model,
        "tab": tab,
        "tabs": TABS,
        "is_draft": draft,
        "may_edit": draft and request.user.may(Capability.CONFIGURE),
        "may_publish": request.user.may(Capability.PUBLISH_MODEL),
    }
