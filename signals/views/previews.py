"""Previews of a model and what models said: what-if, backtest, decisions (domain.md §4, §7)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.downloads import csv_response
from accounts.requests import DeskRequest
from accounts.roles import Capability
from signals import backtest as tests
from signals import drawn
from signals.backtest import WEEKS
from signals.comparison import KINDS
from signals.model_queries import decisions as decisions_of
from signals.model_queries import names_of
from signals.models import ScoringModel
from signals.models.evaluation import Gate
from signals.publishing import active_model, config_of
from signals.trial import tried
from signals.views.guards import needs
from signals.whatif import what_if as run_what_if

SHOWN = 50


@require_safe
@login_required
def latest(request: DeskRequest) -> HttpResponse:  # noqa: ARG001 - every view takes the request
    """The what-if of the newest draft, or the versions where there is none."""
    draft = ScoringModel.objects.filter(status=ScoringModel.Status.DRAFT).first()
    return redirect("signals:whatif_of", draft.version) if draft else redirect("signals:model")


@require_safe
@login_required
def what_if(request: DeskRequest, version: int) -> HttpResponseBase:
    """Who would enter, leave or change block if this version were active now; `?csv=scores` is how scores lie as a file."""
    if not request.user.may(Capability.CONFIGURE):
        raise PermissionDenied
    model = get_object_or_404(ScoringModel, version=version)
    active = active_model()
    began = timezone.now()
    config, bars = tried(config_of(model), request.GET)
    result = run_what_if(active=config_of(active), draft=config, now=began)
    found = result.moves
    if request.GET.get("csv") == "scores":
        return _as_csv(request, f"whatif-{version}-scores", ["Score from", "Before", "After"], found.histogram)
    kind = request.GET.get("kind", "")
    moves = found.moves.of(kind) if kind else found.moves
    page = Paginator(moves, SHOWN).get_page(request.GET.get("page"))
    centers = names_of([move.center_id for move in page.object_list])
    return render(
        request,
        "signals/whatif.html",
        {
            "model": model,
            "active": active,
            "found": found,
            "result": result,
            "bars": bars,
            "kind": kind,
            "page": page,
            "rows": [(move, centers.get(move.center_id)) for move in page.object_list],
            "kinds": [(name, found.counts.get(name, 0)) for name in KINDS],
            "by_gate": found.leaving_by_gate,
            "left_out": names_of(result.left_out[:SHOWN]),
            "chart": drawn.scores(found.histogram, mqa_score=config.gates.mqa_score),
            "may_export": request.user.may(Capability.EXPORT),
            "longest": max((max(load.before, load.after) for load in result.loads), default=0),
            "seconds": (timezone.now() - began).total_seconds(),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.CONFIGURE)
def backtest(request: DeskRequest, version: int) -> HttpResponseBase:
    """What this version and the active one would have said in past weeks, against what became of the accounts.

    `?csv=mqas` is the MQAs of each week as a file.
    """
    model = get_object_or_404(ScoringModel, version=version)
    if request.method == "POST":
        asked = request.POST.get("weeks", "")
        if asked not in {str(number) for number in WEEKS}:
            messages.error(request, f"Choose {', '.join(map(str, WEEKS[:-1]))} or {WEEKS[-1]} weeks.")
        else:
            tests.request_backtest(model=model, weeks=int(asked), by=request.user)
        return redirect("signals:backtest", version)
    active = active_model()
    runs = model.backtests.select_related("by")
    done = runs.filter(finished_at__isnull=False).order_by("-finished_at", "-pk")
    wanted = request.GET.get("weeks", "")
    run = (done.filter(weeks=int(wanted)) if wanted in {str(number) for number in WEEKS} else done).first()
    found = tests.result_of(run) if run else None
    names = list(found.hits) if found else []
    rows = (
        [(day, [found.qualified[name][number] for name in names]) for number, day in enumerate(found.days)]
        if found
        else []
    )
    if request.GET.get("csv") == "mqas":
        header = ["Week ends on", *names]
        return _as_csv(
            request, f"backtest-{version}-mqas", header, [(day.isoformat(), *counts) for day, counts in rows]
        )
    context = {
        "model": model,
        "active": active,
        "run": run,
        "has_moved_on": run is not None and tests.has_moved_on(run),
        "found": found,
        "left_out": names_of(found.left_out[:SHOWN]) if found else {},
        "rows": rows,
        "names": names,
        "chart": drawn.weeks(names, rows) if rows else None,
        "may_export": request.user.may(Capability.EXPORT),
        "weeks": run.weeks if run else 13,
        "choices": WEEKS,
        "others": sorted({weeks for weeks in done.values_list("weeks", flat=True) if run and weeks != run.weeks}),
        **_under_way(model),
    }
    return render(request, "signals/backtest.html", context)


@require_safe
@needs(Capability.CONFIGURE)
def backtest_progress(request: DeskRequest, version: int) -> HttpResponse:
    """How far the backtest of this version is; the page is loaded anew when it is done."""
    model = get_object_or_404(ScoringModel, version=version)
    state = _under_way(model)
    response = render(request, "signals/backtest_progress.html", {"model": model, **state})
    if state["under_way"] is None:
        response["HX-Refresh"] = "true"
    return response


def _as_csv(request: DeskRequest, name: str, header: list[str], rows: Iterable[Sequence[Any]]) -> HttpResponseBase:
    if not request.user.may(Capability.EXPORT):
        raise PermissionDenied
    return csv_response(name, header, rows)


def _under_way(model: ScoringModel) -> dict[str, Any]:
    run = model.backtests.filter(finished_at__isnull=True).first()
    done, total = tests.progress(run) if run else (0, 0)
    return {"under_way": run, "done": done, "total": total}


@require_safe
@login_required
def decisions(request: DeskRequest) -> HttpResponse:
    """Every decision, the latest first."""
    asked = {name: request.GET.get(name, "").strip() for name in ("account", "qualified", "block")}
    page = Paginator(decisions_of(**asked)[:10_000], SHOWN).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "asked": asked,
        "gates": Gate.choices,
        "may_export": request.user.may(Capability.EXPORT),
    }
    return render(request, "signals/decisions.html", context)
