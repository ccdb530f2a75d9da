"""What is with an AE, the brief that an AE reads, and what became of an SDR's passes."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.requests import DeskRequest
from accounts.roles import Capability, Role
from handoff import account_page, page_queries, queries
from handoff.models import HandoffState
from handoff.views.account import buttons
from handoff.views.group import GroupPage
from handoff.views.moves import find

OUTCOMES = {
    HandoffState.PASSED: ("waits for an answer", ""),
    HandoffState.ACCEPTED: ("accepted", "good"),
    HandoffState.OPPORTUNITY: ("opportunity", "good"),
    HandoffState.WON: ("won", "good"),
    HandoffState.LOST: ("lost", "bad"),
    HandoffState.RECYCLED: ("recycled", "warn"),
    HandoffState.DISQUALIFIED: ("disqualified", "bad"),
    HandoffState.WORKING: ("returned", "warn"),
    HandoffState.QUEUED: ("back in the pool", "warn"),
    HandoffState.WITHDRAWN: ("withdrawn", ""),
}


@require_safe
@login_required
def inbox(request: DeskRequest) -> HttpResponse:
    """What waits for this AE's answer, the nearest due first, then what is accepted and open."""
    if not request.user.may(Capability.RECEIVE):
        return redirect("desk:passed")
    rows = list(queries.inbox(request.user).select_related("center__account")[:200])
    context = {
        "waiting": [row for row in rows if row.state == HandoffState.PASSED],
        "accepted": [row for row in rows if row.state == HandoffState.ACCEPTED],
        "opportunities": [row for row in rows if row.state == HandoffState.OPPORTUNITY],
        "any": bool(rows),
        "is_ae": request.user.role == Role.AE,
    }
    return render(request, "desk/inbox.html", context)


@require_safe
@login_required
def passed(request: DeskRequest) -> HttpResponse:
    """What this SDR passed, the latest first, and what became of each."""
    page = Paginator(queries.passed_by(request.user).select_related("center__account"), page_queries.PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [
        {"handoff": row, "outcome": OUTCOMES[HandoffState(row.state)], "last": row.moves[0] if row.moves else None}
        for row in page.object_list
    ]
    return render(request, "desk/passed.html", {"page": page, "rows": rows})


@require_safe
@login_required
def mine(request: DeskRequest) -> HttpResponse:
    """What this user holds, the most urgent first."""
    rows = Paginator(page_queries.mine(request.user), page_queries.PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "desk/mine.html", {"page": rows, "rows": rows.object_list, "today": account_page.utc_today()}
    )


@require_safe
@login_required
def brief(request: DeskRequest, pk: int) -> HttpResponse:
    """One handoff to read in two minutes, also on paper (domain.md §5)."""
    handoff = find(pk)
    page = account_page.read(handoff.account_id, request.user, str(handoff.center_id))
    context = {
        "handoff": handoff,
        "page": page,
        "account": handoff.account,
        "state": page.state,
        "group": GroupPage(page),
        **buttons(handoff, request.user),
        "notes": page.notes,
    }
    return render(request, "desk/brief.html", context)
