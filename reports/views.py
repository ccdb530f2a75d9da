"""The report pages: read the query, ask a page for its sections, draw them or write one as CSV."""

from collections.abc import Callable
from datetime import UTC
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.downloads import csv_response
from accounts.models import Team
from accounts.requests import DeskRequest
from accounts.roles import Capability
from reports import attributed
from reports.pages import abm, attribution, funnel, quality, speed
from reports.period import SEGMENTS, Asked, read_period
from reports.rows import HEADER, KINDS
from reports.shapes import Section
from signals.models import ScoringModel

PER_PAGE = 50
PAGES: dict[str, tuple[str, Callable[..., list[Section]]]] = {
    "funnel": ("Funnel", funnel.sections),
    "attribution": ("Attribution", attribution.sections),
    "speed": ("Speed and SLA", speed.sections),
    "model": ("Model quality", quality.sections),
    "abm": ("Target accounts", abm.sections),
}


@require_safe
@login_required
def report(request: DeskRequest, page: str) -> HttpResponseBase:
    """One page of sections; `?csv=<section>` gives that section's table as a file."""
    title, make = PAGES[page]
    now = timezone.now()
    asked = read_period(request.GET, today=now.astimezone(UTC).date())
    compare = request.GET.get("compare") == "on"
    extra: dict[str, Any] = {"options": attribution.read_options(request.GET)} if page == "attribution" else {}
    sections = make(asked.period, now=now, before=asked.period.before() if compare else None, **extra)
    if wanted := request.GET.get("csv"):
        if not request.user.may(Capability.EXPORT):
            raise PermissionDenied
        return _as_csv(page, wanted, sections)
    context = _choices(asked) | {"title": title, "page": page, "sections": sections, "compare": compare, **extra}
    if page == "attribution":
        context |= {
            "money": attribution.MONEY,
            "credits": attributed.MODELS,
            "bys": attributed.BY,
            "lookbacks": attribution.LOOKBACKS,
        }
    return render(request, "reports/report.html", context)


@require_safe
@login_required
def rows(request: DeskRequest, kind: str) -> HttpResponse:
    """The rows that a figure counts."""
    if kind not in KINDS:
        raise Http404
    title, load = KINDS[kind]
    asked = read_period(request.GET, today=timezone.now().astimezone(UTC).date())
    page = Paginator(load(asked.period), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "reports/rows.html", {"title": title, "header": HEADER, "page": page, "asked": asked})


def _as_csv(page: str, wanted: str, sections: list[Section]) -> HttpResponseBase:
    for section in sections:
        if section.key == wanted and section.table is not None:
            return csv_response(f"{page}-{wanted}", [c.label for c in section.table.columns], section.table.rows)
    raise Http404


def _choices(asked: Asked) -> dict[str, Any]:
    return {
        "asked": asked,
        "period": asked.period,
        "segments": SEGMENTS,
        "teams": Team.objects.all(),
        "models": ScoringModel.objects.exclude(status=ScoringModel.Status.DRAFT).values_list("version", flat=True),
    }
