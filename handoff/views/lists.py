"""Finding things: all accounts, all people, and the palette's search."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

from accounts.models.contact import Seniority
from accounts.requests import DeskRequest
from accounts.roles import Capability
from handoff import page_queries
from handoff.forms import ListFilter
from signals.model_queries import stages
from signals.models import CenterState
from signals.models.evaluation import Gate, Icp

FOUND = 8
MOST = 10_000


class AccountFilter(ListFilter):
    """What of all accounts one wants to see."""

    q = forms.CharField(
        required=False, max_length=100, label="Name or domain", widget=forms.TextInput(attrs={"type": "search"})
    )
    stage = forms.ChoiceField(required=False)
    block = forms.ChoiceField(required=False, choices=[("", "Any"), *Gate.choices], label="Blocked at")
    icp = forms.ChoiceField(required=False, choices=[("", "Any"), *Icp.choices], label="ICP")
    target = forms.BooleanField(required=False, label="Target accounts")
    sort = forms.ChoiceField(
        required=False,
        choices=[("", "Score"), ("name", "Name")],
        label="Sort by",
    )

    def prepare(self) -> None:
        """Reads the stages once: a callable would be asked for the check and again for the page."""
        self.fields["stage"].choices = [("", "Any stage"), *stages()]  # type: ignore[attr-defined]


class PeopleFilter(ListFilter):
    """What of all people one wants to see."""

    q = forms.CharField(
        required=False, max_length=100, label="Name or e-mail", widget=forms.TextInput(attrs={"type": "search"})
    )
    seniority = forms.ChoiceField(required=False, choices=[("", "Any"), *Seniority.choices])
    mql = forms.BooleanField(required=False, label="MQLs")
    do_not_contact = forms.BooleanField(required=False, label="Do not contact")


class Capped(Paginator):
    """A paginator that counts up to a bound: a list of 100,000 is not counted to show its first page."""

    @cached_property
    def count(self) -> int:
        """Rows, at most `MOST`."""
        return int(self.object_list.order_by()[:MOST].count())  # type: ignore[attr-defined]

    @property
    def capped(self) -> bool:
        """True where there are more than are counted."""
        return self.count >= MOST


@require_safe
@login_required
def accounts(request: DeskRequest) -> HttpResponse:
    """All accounts: by score over the state's own index, or by name."""
    filters = AccountFilter(request.GET)
    wanted = dict(filters.values)
    sort = wanted.pop("sort", "score")
    by_name = sort == "name" and not {"stage", "block", "icp"} & set(wanted)
    if by_name:
        page = Capped(page_queries.accounts_by_name(**wanted), page_queries.PER_PAGE).get_page(request.GET.get("page"))
        states = page_queries.states_of(page.object_list)
        rows = [{"account": account, "state": states.get(account.pk)} for account in page.object_list]
    else:
        found = page_queries.account_states(**wanted)
        page = Capped(found, page_queries.PER_PAGE).get_page(request.GET.get("page"))
        rows = [{"account": state.account, "state": state} for state in page.object_list]
    open_ones = page_queries.open_handoffs([row["account"].pk for row in rows])
    for row in rows:
        row["handoffs"] = open_ones.get(row["account"].pk, [])
    unscored = not rows and not filters.values and not CenterState.objects.exists()
    context = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "sort": sort,
        "filtered": bool(wanted),
        "unscored": unscored,
        "may_export": request.user.may(Capability.EXPORT),
    }
    return render(request, "desk/accounts.html", context)


@require_safe
@login_required
def people(request: DeskRequest) -> HttpResponse:
    """All people, with their account and when they were last seen."""
    filters = PeopleFilter(request.GET)
    page = Capped(page_queries.people(**filters.values), page_queries.PER_PAGE).get_page(request.GET.get("page"))
    seen = page_queries.last_touches(page.object_list)
    rows = [{"contact": contact, "seen": seen.get(contact.pk)} for contact in page.object_list]
    context = {
        "page": page,
        "rows": rows,
        "filters": filters,
        "filtered": bool(filters.values),
        "may_export": request.user.may(Capability.EXPORT),
    }
    return render(request, "desk/people.html", context)


@require_safe
@login_required
def search(request: DeskRequest) -> JsonResponse:
    """Accounts and people for the palette: [{"label", "url", "hint"}]."""
    text = request.GET.get("q", "").strip()[:100]
    if len(text) < 2:
        return JsonResponse([], safe=False)
    found = [
        {"label": account.name, "url": reverse("desk:account", args=[account.pk]), "hint": account.domain or "account"}
        for account in page_queries.accounts_by_name(q=text)[:FOUND]
    ]
    found += [
        {
            "label": contact.full_name,
            "url": reverse("desk:account", args=[contact.account_id]),
            "hint": " · ".join(part for part in (contact.title, str(contact.account)) if part),
        }
        for contact in page_queries.people(q=text).filter(account__isnull=False)[:FOUND]
    ]
    return JsonResponse(found, safe=False)
