"""The report pages: read the query, ask a page for its sections, draw them or write one as CSV."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.downloads import csv_response
from accounts.models import Team
from accounts.requests import DeskRequest
from accounts.roles import Capability
from reports import attributed, closing, keys, narrowing
from reports.asked import ask, versions
from reports.files import filed
from reports.made import Made
from reports.pages import abm, attribution, funnel, quality, revenue, speed
from reports.period import COMPARISONS, DEFAULT_DAYS, SEGMENTS, SOURCES, Asked
from reports.rows import KINDS, Unknown
from reports.shapes import Column, Section, Table

PER_PAGE = 50
PAGES: dict[str, tuple[str, Callable[..., list[Section]]]] = {
    "funnel": ("Funnel", funnel.sections),
    "attribution": ("Attribution", attribution.sections),
    "revenue": ("Revenue", revenue.sections),
    "speed": ("Speed and SLA", speed.sections),
    "model": ("Model quality", quality.sections),
    "abm": ("Target accounts", abm.sections),
}
# Pages that look further back than the others when nothing is asked.
DAYS = {"revenue": 365}


@require_safe
@login_required
def report(request: DeskRequest, page: str) -> HttpResponseBase:
    """One page of sections; `?csv=<section>` gives that section's table as a file."""
    title, make = PAGES[page]
    now = timezone.now()
    asked = ask(request.GET, now=now, days=DAYS.get(page, DEFAULT_DAYS))
    errors = list(asked.errors)
    compare = request.GET.get("compare", "")
    if compare not in COMPARISONS:
        errors.append("Compare is on, year, or empty for nothing.")
        compare = ""
    before = asked.period.compared(compare)
    extra: dict[str, Any] = {}
    if page == "attribution":
        extra["options"] = attribution.read_options(request.GET)
        errors += attribution.not_on_offer(request.GET)
    elif page == "abm":
        extra["campaign"] = request.GET.get("influence", "").replace("\0", "")  # no database takes it
    sections = make(asked.period, now=now, before=before, **extra)
    if wanted := request.GET.get("csv"):
        if not request.user.may(Capability.EXPORT):
            raise PermissionDenied
        return _as_csv(page, wanted, sections)
    context = _choices(Asked(asked.period, tuple(errors))) | {
        "title": title,
        "page": page,
        "sections": sections,
        "before": before,
        **extra,
    }
    context |= {
        "compare": compare,
        "comparisons": COMPARISONS,
        "narrowing": narrowing.notes(page, asked.period, compared=bool(before)),
    }
    if page == "abm":
        (reach,) = (section.table.rows for section in sections if section.key == "reach" and section.table)
        context["campaigns"] = [row[0] for row in reach]
    if page in ("funnel", "attribution"):
        context["closed"] = closing.closed_in(asked.period)
    kept = (extra["options"].query if "options" in extra else {}) | ({"compare": compare} if before else {})
    kept |= {"influence": extra["campaign"]} if extra.get("campaign") else {}
    context |= {
        "kept": asked.period.query | kept,
        "kept_before": before.query | kept if before else {},
        "may_export": request.user.may(Capability.EXPORT),
    }
    if page == "attribution":
        context |= {
            "money": attribution.MONEY,
            "credits": attributed.MODELS,
            "bys": keys.BY,
            "lookbacks": attribution.LOOKBACKS,
        }
    return render(request, "reports/report.html", context)


@require_safe
@login_required
def rows(request: DeskRequest, kind: str) -> HttpResponseBase:
    """The rows that a figure counts; `?csv=rows` gives all of them as a file. 404 for what no figure asks."""
    if kind not in KINDS or any("\0" in text for text in request.GET.values()):  # no database takes that
        raise Http404
    back, load = KINDS[kind]
    asked = ask(request.GET, now=timezone.now(), days=DAYS.get(back, DEFAULT_DAYS))
    try:
        found = load(asked.period, request.GET)
    except Unknown:
        raise Http404 from None
    if request.GET.get("csv"):
        if not request.user.may(Capability.EXPORT):
            raise PermissionDenied
        columns = [Column(name) for name in ("Account ID", "Account", *found.header)]
        lines = Made(found.rows, lambda row: (row.account_id, row.account, *row.cells))
        return _file(f"{back}-{kind}", Table(columns, lines, alike=PER_PAGE))
    page = Paginator(found.rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": found.title,
        "header": found.header,
        "page": page,
        "asked": asked,
        "back": f"reports:{back}",
        "may_export": request.user.may(Capability.EXPORT),
    }
    return render(request, "reports/rows.html", context)


def _as_csv(page: str, wanted: str, sections: list[Section]) -> HttpResponseBase:
    for section in sections:
        if section.key == wanted and section.table is not None:
            return _file(f"{page}-{wanted}", section.table)
        if section.key == wanted and section.figures:
            lines = [(one.label, one.value, one.note, one.before) for one in section.figures]
            columns = [Column("Figure"), Column("Value", "number"), Column("Note"), Column("Before", "number")]
            return _file(f"{page}-{wanted}", Table(columns, lines))
    raise Http404


def _file(name: str, table: Table) -> HttpResponseBase:
    lines = filed(table)
    return csv_response(name, next(lines), lines)


def _choices(asked: Asked) -> dict[str, Any]:
    return {
        "asked": asked,
        "period": asked.period,
        "segments": SEGMENTS,
        "sources": SOURCES,
        "teams": Team.objects.all(),
        "models": versions(),
    }
