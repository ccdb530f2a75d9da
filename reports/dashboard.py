"""The dashboard for a Monday meeting: on the screen, on one sheet of paper, by mail."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Team
from accounts.requests import DeskRequest
from reports import mails
from reports.asked import ask
from reports.models import ReportMail
from reports.pages import monday as page
from reports.period import DASHBOARD_DAYS, SEGMENTS


@require_safe
@login_required
def monday(request: DeskRequest) -> HttpResponse:
    """The figures of the last four weeks beside those of the four before."""
    now = timezone.now()
    asked = ask(request.GET, now=now, days=DASHBOARD_DAYS)
    context = {
        "asked": asked,
        "period": asked.period,
        "before": asked.period.before(),
        "segments": SEGMENTS,
        "teams": Team.objects.all(),
        "sections": page.sections(asked.period, now=now, before=asked.period.before()),
        "kept": asked.period.query,
        "kept_before": asked.period.before().query,
        "report_query": urlencode(asked.period.query | {"compare": "on"}),
        "weekdays": ReportMail.Weekday.choices,
        "mail": ReportMail.objects.filter(user=request.user).first(),
        "now": now,
    }
    return render(request, "reports/monday.html", context)


@require_POST
@login_required
def mail(request: DeskRequest) -> HttpResponse:
    """Have it mailed each week, or no more."""
    try:
        found = mails.choose(
            user=request.user,
            weekday=request.POST.get("weekday", ""),
            segment=request.POST.get("segment", ""),
            team=request.POST.get("team", ""),
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
    else:
        said = f"It comes every {found.get_weekday_display()}." if found else "It does not come by mail any more."
        messages.success(request, said)
    return redirect("reports:monday")
