"""The pages of closed months: which are, what each goes by, closing and restating one."""

from datetime import UTC
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.requests import DeskRequest
from accounts.roles import Capability
from reports import closing
from reports.models import Restatement
from signals.touches_sql import next_month


@require_safe
@login_required
def months(request: DeskRequest) -> HttpResponse:
    """The months that are over."""
    found = closing.months(today=timezone.now().astimezone(UTC).date())
    days = closing.policy().close_days
    return render(request, "reports/months.html", {"months": found, "days": days})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def month(request: DeskRequest, slug: str) -> HttpResponse:
    """One month with its restatements; POST closes it, or restates it when it is closed."""
    may = request.user.may(Capability.RESTATE)
    if request.method == "POST" and not may:
        raise PermissionDenied
    try:
        first = closing.read_month(slug)
    except ValueError:
        raise Http404 from None
    error, comment = "", ""
    if request.method == "POST":
        comment = request.POST.get("comment", "").replace("\0", "")  # no database takes it
        try:
            if "restate" in request.POST:
                closing.restate(month=first, comment=comment, by=request.user)
                messages.success(request, f"{first:%B %Y} is restated from what is known now.")
            else:
                closing.close_month(month=first, by=request.user)
                messages.success(request, f"{first:%B %Y} is closed.")
        except ValidationError as refusal:
            error = " ".join(refusal.messages)
        else:
            return redirect("reports:month", slug=slug)
    shown = next(iter(closing.closed_in(closing.Month(first, None).period)), closing.Month(first, None))
    past = shown.close.restatements.select_related("by") if shown.close else Restatement.objects.none()
    context = {
        "month": shown,
        "may": may,
        "error": error,
        "comment": comment,
        "restatements": [(one, _lines(one)) for one in past],
        "over": next_month(first) <= timezone.now().astimezone(UTC).date(),
    }
    return render(request, "reports/month.html", context, status=422 if error else 200)


def _lines(one: Restatement) -> list[tuple[str, Any, Any, bool]]:
    """Each figure with its values before and after, and whether they differ; those that do first, and by name, as the database
    keeps no order of them.
    """
    names = sorted({*one.before, *one.after}, key=str.casefold)
    lines = [(name, one.before.get(name, "–"), one.after.get(name, "–")) for name in names]
    return sorted(((*line, line[1] != line[2]) for line in lines), key=lambda line: not line[3])
