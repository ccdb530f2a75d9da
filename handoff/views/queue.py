"""The queue: what to work next, kept current without moving what one reads."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseNotModified, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import DeskRequest
from accounts.roles import Capability, Role
from handoff import page_queries
from handoff.actions import assign, claim_next
from handoff.errors import MoveRefused
from handoff.forms import people_of
from handoff.models import Handoff, SavedView
from handoff.queries import Scope
from handoff.queue_filters import SORTS, QueueFilter, canonical, sort_words
from handoff.saved_views import visible_to
from handoff.views import replies
from handoff.views.saved import url_of

LABELS = {"pool": "Team pool", "mine": "Mine", "hand_raises": "Hand-raises", "cooling": "Cooling", "all": "Everyone"}
EMPTY = {
    "pool": ("Nothing to claim", "New MQAs appear here by themselves, the most urgent first."),
    "mine": ("You hold no account", "Claim one from the team pool, or press Next account."),
    "hand_raises": ("No hand-raises wait", "Demo and contact requests appear here within seconds."),
    "cooling": ("Nothing is cooling", "Accounts that have stopped qualifying appear here before they leave the queue."),
    "all": ("Nobody holds anything", "Everything that is open at the desk appears here."),
}
MOST_IDS = 100


@dataclass(frozen=True, slots=True)
class Tab:
    """A scope of the queue with its count."""

    scope: Scope
    label: str
    count: int
    url: str
    current: bool


def _asked(request: DeskRequest) -> QueryDict:
    """The query of the page that one is on: of a claim by htmx, that of the page around the button."""
    if request.method == "POST":
        return QueryDict(urlsplit(request.htmx.current_url or "").query)
    return request.GET


def _scope(request: DeskRequest) -> Scope:
    wanted = _asked(request).get("scope", "pool")
    return next((scope for scope in page_queries.scopes(request.user) if scope == wanted), "pool")


def _tabs(request: DeskRequest, scope: Scope) -> list[Tab]:
    counts = page_queries.queue_counts(request.user)
    request.queue_counts = counts  # the navigation shows them too
    kept = _asked(request).copy()
    for name in ("page", "ids", "since"):
        kept.pop(name, None)
    tabs = []
    for one in page_queries.scopes(request.user):
        kept["scope"] = one
        tabs.append(Tab(one, LABELS[one], counts[one], f"{reverse('desk:queue')}?{kept.urlencode()}", one == scope))
    return tabs


def _without(request: DeskRequest, *names: str) -> str:
    """The address of this page without these parts of its query; never bare, which opens with the default view."""
    rest = request.GET.copy()
    for name in ("page", *names):
        rest.pop(name, None)
    return f"{request.path}?{rest.urlencode() or 'scope=pool'}"


def _chips(request: DeskRequest, filters: QueueFilter) -> list[dict[str, str]]:
    """The filters that are set and the order, each with the address without it."""
    chips = []
    for name, value in filters.values.items():
        label = str(filters.fields[name].label or name.capitalize())
        words = label if value is True else f"{label}: {value:g}" if isinstance(value, float) else f"{label}: {value}"
        chips.append({"words": words, "url": _without(request, name)})
    if filters.order:
        chips.append({"words": sort_words(filters.order), "url": _without(request, "sort")})
    return chips


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head: where it sorts, the address that does it and how it is sorted now."""

    label: str
    kind: str = ""
    url: str = ""
    aria: str = ""
    words: str = ""


def _columns(request: DeskRequest, scope: Scope, sort: str) -> list[Column]:
    due = {"mine": "Next clock", "all": "Due"}.get(scope, "Claim within")

    def head(label: str, key: str, kind: str = "") -> Column:
        one = SORTS[key]
        down = not sort.startswith("-") if sort.removeprefix("-") == key else one.down
        asked = f"-{key}" if down else key
        rest = request.GET.copy()
        rest.pop("page", None)
        rest["sort"] = asked
        aria = {key: "ascending", f"-{key}": "descending"}.get(sort, "")
        words = f"Sort by {one.label}, {one.down_words if down else one.up_words}"
        return Column(label, kind, f"{request.path}?{rest.urlencode()}", aria, words)

    return [
        head("Account", "account"),
        Column("Why now", "grow"),
        head("90 days", "touch", "tight"),
        head("Signals", "engagement", "tight"),
        Column("Gates", "tight"),
        head("Score", "score", "num tight"),
        head(due, "due"),
    ]


def _saved(request: DeskRequest, found: list[SavedView]) -> dict[str, Any]:
    """The views that this user keeps or shares, and which of them is open."""
    here = canonical(request.GET.urlencode())
    return {
        "saved": [{"view": one, "url": url_of(one)} for one in found],
        "saved_now": next((one for one in found if canonical(one.query) == here), None) if here else None,
        "keep_url": f"{reverse('desk:views')}?{urlencode({'query': here})}",
    }


@require_safe
@login_required
def queue(request: DeskRequest) -> HttpResponse:
    """One scope of the queue, filtered, 40 to a page, in the order of domain.md §5 or the one asked for.

    The bare address opens with the view that the user has made the default.
    """
    views = list(visible_to(request.user))
    if not request.GET and (default := next((one for one in views if one.is_default), None)):  # type: ignore[attr-defined]
        return HttpResponseRedirect(url_of(default))
    scope, filters = _scope(request), QueueFilter(request.GET)
    page = page_queries.queue_page(request.user, scope, filters, request.GET.get("page"))
    tabs = _tabs(request, scope)
    live = request.GET.copy()
    live.pop("page", None)
    live["ids"] = ",".join(str(row.pk) for row in page.object_list)
    live["since"] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    title, text = EMPTY[scope]
    context = {
        "scope": scope,
        "tabs": tabs,
        "filters": filters,
        "chips": _chips(request, filters),
        "clear_url": f"{request.path}?scope={scope}",
        "columns": _columns(request, scope, filters.order),
        "sorts": SORTS,
        **_saved(request, views),
        "options": page_queries.filter_options(),
        "people": list(people_of(Role.SDR, Role.AE)) if request.user.may(Capability.ASSIGN) else [],
        "page": page,
        "rows": page.object_list,
        "lede": _lede(scope, tabs, page.object_list, in_other_order=bool(filters.order)),
        "live_url": f"{reverse('desk:queue_rows')}?{live.urlencode()}",
        "empty_title": "Nothing matches these filters" if filters.values else title,
        "empty_text": "Remove one of them to see more." if filters.values else text,
        **_abilities(request),
    }
    if context["may_assign"]:
        context["assignees"] = [one for one in context["people"] if one.role == Role.SDR]
    return render(request, "desk/queue.html", context)


def _abilities(request: DeskRequest) -> dict[str, Any]:
    return {
        "may_work": request.user.may(Capability.WORK_QUEUE),
        "may_export": request.user.may(Capability.EXPORT),
        "may_assign": request.user.may(Capability.ASSIGN),
        "now": timezone.now(),
        "today": datetime.now(UTC).date(),
    }


def _lede(scope: Scope, tabs: list[Tab], rows: Any, *, in_other_order: bool) -> str:
    total = next(tab.count for tab in tabs if tab.current)
    soon = timezone.now() + timedelta(hours=1)
    pressing = [row.state == "queued" and bool(row.claim_due_at) and row.claim_due_at <= soon for row in rows]
    due = sum(pressing)
    words = f"{total:,} {'to claim' if scope in {'pool', 'hand_raises', 'cooling'} else 'open'}"
    # The most urgent come first: where the last of a page is pressing, what follows may be too.
    more = " or more" if len(pressing) < total and (in_other_order or pressing[-1:] == [True]) else ""
    return f"{words} · {due}{more} due within the hour" if due else words


@require_safe
@login_required
def rows(request: DeskRequest) -> HttpResponse:
    """The rows that one is reading (`ids`), as they are now, in the order they had; new ones since `since` by name.

    Polled: 304 while nothing changed.
    """
    scope, filters = _scope(request), QueueFilter(request.GET)
    ids = [int(part) for part in request.GET.get("ids", "").split(",") if part.isdigit()][:MOST_IDS]
    since = _moment(request.GET.get("since", ""))
    found = page_queries.queue_rows(ids)
    fresh = page_queries.queue_news(request.user, scope, filters, since, ids)
    tabs = _tabs(request, scope)
    etag = _etag(request, found, fresh, tabs)
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        context = {
            "rows": found,
            "fresh": fresh,
            "tabs": tabs,
            "scope": scope,
            "reload_url": _reload_url(request),
            **_abilities(request),
        }
        response = render(request, "desk/queue_live.html", context)
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _reload_url(request: DeskRequest) -> str:
    kept = request.GET.copy()
    for name in ("ids", "since", "page"):
        kept.pop(name, None)
    return f"{reverse('desk:queue')}?{kept.urlencode()}"


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return timezone.now()
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _evaluation(row: Handoff) -> tuple[object, ...]:
    """What a row shows of its center's state; nothing before the first evaluation."""
    state = getattr(row.center, "state", None)
    return (state.score, state.block, state.why, state.evaluated_at) if state else ()


def _etag(request: DeskRequest, found: list[Any], fresh: Any, tabs: list[Tab]) -> str:
    """Of everything that the fragment shows, without rendering it."""
    shown = [
        (
            *(row.pk, row.state, row.claimed_by_id, row.ae_id, row.claim_due_at, row.cooling_since, row.is_mqa),
            *(row.hand_raise_at, row.offered_back_at, row.decision_due_at, row.outreach_at),
            *_evaluation(row),
        )
        for row in found
    ]
    names = [(row.pk, row.queued_at) for row in fresh]
    parts = (request.user.pk, shown, names, [tab.count for tab in tabs], datetime.now(UTC).date())
    return f'"{hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'


@require_POST
@login_required
def next_account(request: DeskRequest) -> HttpResponse:
    """Claims the most urgent account and opens it."""
    try:
        handoff = claim_next(by=request.user)
    except MoveRefused as refusal:
        if refusal.code == "empty":
            messages.info(request, refusal.message)
            return redirect("desk:queue")
        return replies.refused(request, refusal)
    replies.done(request, handoff, f"{handoff.center} is yours.")
    return HttpResponseRedirect(replies.account_url(handoff))


@require_POST
@login_required
def bulk_assign(request: DeskRequest) -> HttpResponse:
    """A manager gives the selected accounts to one person; each is a move of its own, and refusals are named."""
    to = people_of(Role.SDR).filter(pk=request.POST.get("to") or 0).first()
    ids = [int(part) for part in request.POST.getlist("handoff") if part.isdigit()]
    back = replies.next_url(request, reverse("desk:queue"))
    if not request.user.may(Capability.ASSIGN):
        return replies.refused(request, MoveRefused("Only managers assign accounts.", "role"))
    if to is None or not ids:
        messages.warning(request, "Select accounts and the person to give them to.")
        return HttpResponseRedirect(back)
    given, refusals = 0, []
    for pk in ids[:MOST_IDS]:
        try:
            assign(handoff_id=pk, to=to, by=request.user)
            given += 1
        except MoveRefused as refusal:
            refusals.append(refusal.message)
    if given:
        messages.success(request, f"{given} {'account' if given == 1 else 'accounts'} given to {to}.")
    for words in dict.fromkeys(refusals):
        messages.error(request, words)
    return HttpResponseRedirect(back)


def one_row(request: DeskRequest, pk: int, *, refusal: MoveRefused | None = None) -> HttpResponse:
    """One row as it is now, in place, with what happened said above the table."""
    if refusal is not None:
        messages.error(request, refusal.message)
    row = page_queries.queue_row(pk)
    scope = _scope(request)
    context = {"row": row, "scope": scope, "tabs": _tabs(request, scope), "oob": True, **_abilities(request)}
    return render(request, "desk/queue_one.html", context, status=409 if refusal else 200)
