"""Where everybody begins: the page of one's role, the first steps of a new installation, one's own settings."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Account, Contact
from accounts.requests import DeskRequest
from accounts.roles import Capability, Role
from handoff.absence_forms import ProfileForm
from signals.models import ScoringModel, Touch

ROLE_WORDS = {
    Role.SDR: "SDR",
    Role.AE: "AE",
    Role.MANAGER: "Manager",
    Role.MARKETING_OPS: "Marketing operations",
    Role.ADMIN: "Admin",
}


@require_safe
@login_required
def home(request: DeskRequest) -> HttpResponse:
    """SDRs to the queue, AEs to their inbox, whoever sets up an empty installation to the first steps."""
    if request.user.role == Role.AE:
        return redirect("desk:inbox")
    if request.user.may(Capability.CONFIGURE) and not Account.objects.exists():
        return redirect("desk:first_steps")
    return redirect("desk:queue")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to set up, done when the data says so."""

    title: str
    text: str
    done: bool
    found: str
    url: str = ""
    action: str = ""
    command: str = ""


def _url(*names: str) -> str:
    """The first of these routes that this installation has."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


@require_safe
@login_required
def first_steps(request: DeskRequest) -> HttpResponse:
    """Accounts in, people in, events in, the ICP: each ticks itself off."""
    active = ScoringModel.objects.filter(status=ScoringModel.Status.ACTIVE).first()
    criteria = len(active.config.get("criteria", [])) if active else 0
    host = request.build_absolute_uri("/").rstrip("/")
    steps = [
        Step(
            "Accounts in",
            "The companies you sell to, from a file of your CRM or one by one. Domains decide whose a touch is.",
            Account.objects.exists(),
            f"{_about(Account)} known",
            _url("accounts:imports", "admin:accounts_account_changelist"),
            "Bring in accounts",
        ),
        Step(
            "People in",
            "Contacts with titles: rules make seniority and persona of them. Whom events name arrives alone.",
            Contact.objects.exists(),
            f"{_about(Contact)} known",
            _url("accounts:imports", "admin:accounts_contact_changelist"),
            "Bring in people",
        ),
        Step(
            "Events in",
            f"Point any client of the Segment specification at {host} with a write key. Touches show within seconds.",
            Touch.objects.exists(),
            "touches are arriving",
            _url("admin:accounts_apikey_changelist"),
            "API keys",
            'python manage.py apikey create "Website" --scope ingest',
        ),
        Step(
            "Your ideal customer",
            "Criteria on industry, size, region, technologies. Without any, every account counts as in the ICP.",
            criteria > 0,
            f"{criteria} criteria in the active model",
            _url("signals:model", "admin:signals_scoringmodel_changelist"),
            "Set the criteria",
        ),
    ]
    context = {
        "steps": steps,
        "done": sum(step.done for step in steps),
        "may_configure": request.user.may(Capability.CONFIGURE),
    }
    return render(request, "desk/first_steps.html", context)


def _about(model: type[Account] | type[Contact]) -> str:
    """Up to a thousand are counted; what is more is more."""
    count = model.objects.order_by()[:1000].count()
    return "1,000 and more" if count == 1000 else f"{count:,}"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: DeskRequest) -> HttpResponse:
    """A user's own name, time zone, absence; the theme is kept by the browser."""
    form = ProfileForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("desk:profile")
    return render(
        request,
        "desk/profile.html",
        {"form": form, "role": ROLE_WORDS[Role(request.user.role)]},
        status=422 if form.is_bound else 200,
    )
