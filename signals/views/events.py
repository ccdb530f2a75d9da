"""Pages of what comes in: the latest events, what no rule maps, what was set aside, conflicts (promises R2, R3)."""

import json
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Source
from accounts.requests import DeskRequest
from accounts.roles import Capability
from signals import event_queries
from signals.ingest.replay import MOST_REPLAYED, replay, replay_all
from signals.models import SetAsideEvent, TouchType, TrafficRule
from signals.views.guards import needs, number

PER_PAGE = 50

TABS = {
    "events": "Latest",
    "unmapped": "Unmapped",
    "set_aside": "Set aside",
    "conflicts": "Conflicts",
    "rules": "Mapping rules",
    "traffic": "Bots and internal",
}


@require_safe
@needs(Capability.CONFIGURE)
def events(request: DeskRequest) -> HttpResponse:
    """What came of each source and what became of it; the latest events and how they are read."""
    touch_type = TouchType.objects.filter(key=request.GET.get("type", "")).first()
    source = Source.objects.filter(pk=number(request, "source") or 0).first()
    before = number(request, "before")
    ignored = request.GET.get("ignored", "")
    ignored = ignored if ignored in TrafficRule.Kind.values else ""
    rows, further = event_queries.events(before=before, touch_type=touch_type, source=source, ignored=ignored)
    counts = event_queries.counts_by_source()
    context = {
        "tabs": TABS,
        "tab": "events",
        "rows": rows,
        "further": further,
        "before": before,
        "counts": counts,
        "total": event_queries.total_of(counts),
        "types": TouchType.objects.all(),
        "sources": Source.objects.all(),
        "asked_type": touch_type,
        "asked_source": source,
        "asked_ignored": ignored,
        "kinds": TrafficRule.Kind.choices,
        "ignored_days": event_queries.IGNORED_DAYS,
    }
    return render(request, "signals/events.html", context)


@require_safe
@needs(Capability.CONFIGURE)
def unmapped(request: DeskRequest) -> HttpResponse:
    """What no rule maps, by volume, each one click from a rule."""
    context = {
        "tabs": TABS,
        "tab": "unmapped",
        "rows": event_queries.unmapped(),
        "days": event_queries.UNMAPPED_DAYS,
    }
    return render(request, "signals/unmapped.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.CONFIGURE)
def set_aside(request: DeskRequest) -> HttpResponse:
    """Events that could not be taken, by reason; POST takes all of a reason again."""
    code = (request.POST if request.method == "POST" else request.GET).get("code", "")
    if request.method == "POST":
        _replay_all(request, code)
        return redirect("signals:set_aside")
    replayed = request.GET.get("replayed") == "yes"
    found = event_queries.set_aside(code=code, replayed=replayed)
    context = {
        "tabs": TABS,
        "tab": "set_aside",
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "codes": event_queries.set_aside_codes(),
        "code": code,
        "replayed": replayed,
        "most": MOST_REPLAYED,
    }
    return render(request, "signals/set_aside.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.CONFIGURE)
def set_aside_one(request: DeskRequest, pk: int) -> HttpResponse:
    """One event that was set aside, whole; POST takes it again."""
    item = get_object_or_404(SetAsideEvent.objects.select_related("source", "key"), pk=pk)
    if request.method == "POST":
        problem = replay(set_aside=item, by=request.user)
        if problem is None:
            messages.success(request, "The event is taken.")
        else:
            messages.error(request, f"It still can't be taken: {problem}")
        return redirect("signals:set_aside_one", pk)
    item.text = _text(item.payload)  # type: ignore[attr-defined]
    return render(request, "signals/set_aside_one.html", {"tabs": TABS, "tab": "set_aside", "item": item})


@require_safe
@needs(Capability.CONFIGURE)
def conflicts(request: DeskRequest) -> HttpResponse:
    """Other bodies under known message ids: the first one was kept."""
    page = Paginator(event_queries.conflicts(), PER_PAGE).get_page(request.GET.get("page"))
    for item in page.object_list:
        item.text = _text(item.payload)
    return render(request, "signals/conflicts.html", {"tabs": TABS, "tab": "conflicts", "page": page})


def _text(payload: Any) -> str:
    """JSON as people read it."""
    return json.dumps(payload, indent=2, ensure_ascii=False)


def _replay_all(request: DeskRequest, code: str) -> None:
    taken, problems = replay_all(code=code, by=request.user)
    if taken:
        messages.success(request, f"{taken:,} {'event is' if taken == 1 else 'events are'} taken.")
    if problems:
        words = "event still can't be taken" if len(problems) == 1 else "events still can't be taken"
        messages.error(request, f"{len(problems):,} {words}. The first: {problems[0]}")
    if not taken and not problems:
        messages.info(request, "Nothing waits.")
