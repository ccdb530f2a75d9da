"""Pages of touches that wait for an account, and the account that a person gives them (domain.md §8)."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Account
from accounts.requests import DeskRequest
from accounts.roles import Capability
from signals import unmatched as waiting
from signals.models import IgnoredOrigin
from signals.unmatched import Waiting
from signals.views.guards import needs, number


@require_safe
@needs(Capability.MATCH)
def unmatched(request: DeskRequest) -> HttpResponse:
    """What waits, hand-raises first, then by touches; `ignored=yes`: what was left alone."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in waiting.TABS else "companies"
    ignored = request.GET.get("ignored") == "yes"
    page = min(max(number(request, "page") or 1, 1), 1000)
    rows, more = waiting.waiting(tab=tab, ignored=ignored, skip=(page - 1) * waiting.PER_PAGE)
    context = {
        "tab": tab,
        "tabs": {key: label for key, (label, _) in waiting.TABS.items()},
        "rows": rows,
        "ignored": ignored,
        "number": page,
        "next": page + 1 if more else None,
        "days": waiting.DAYS,
        "may_export": request.user.may(Capability.EXPORT),
    }
    return render(request, "signals/unmatched.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Capability.MATCH)
def match(request: DeskRequest) -> HttpResponse:
    """What waits under one value (`kind`, `value`), accounts called alike; POST `do`: match, create, ignore, restore."""
    kind, value = request.GET.get("kind", ""), request.GET.get("value", "")
    item = waiting.waiting_under(kind, value)
    if item is None:
        messages.info(request, "Nothing waits there (any more).")
        return redirect("signals:unmatched")
    if request.method == "POST":
        try:
            return _act(request, item)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return HttpResponseRedirect(f"{reverse('signals:unmatched_match')}?{urlencode(_address(item))}")
    asked = request.GET.get("q", "").strip()[:100]
    suggested = waiting.suggestions(waiting.words_of(item))
    known = {account.pk for account, _ in suggested}
    context = {
        "item": item,
        "touches": waiting.touches_under(item),
        "suggested": suggested,
        "found": [account for account in waiting.search(asked) if account.pk not in known],
        "q": asked,
        "name": waiting.words_of(item).replace("-", " ").title(),
        "reasons": IgnoredOrigin.Reason.choices,
    }
    return render(request, "signals/unmatched_match.html", context)


def _act(request: DeskRequest, item: Waiting) -> HttpResponse:
    do = request.POST.get("do")
    if do == "match":
        text = request.POST.get("account", "")
        account = Account.objects.filter(pk=int(text)).first() if text.isascii() and text.isdigit() else None
        if account is None:
            raise ValidationError("Choose the account that it belongs to.")
        touches = waiting.match(item=item, account=account, by=request.user)
        words = f"{touches:,} touch is" if touches == 1 else f"{touches:,} touches are"
        messages.success(request, f"{item.label} is {account}: {words} now its own.")
    elif do == "create":
        account = waiting.create(item=item, name=request.POST.get("name", ""), by=request.user)
        messages.success(request, f"{account} is an account now, and {item.label} is its own.")
    elif do == "ignore":
        waiting.ignore(kind=item.kind, value=item.value, reason=request.POST.get("reason", ""), by=request.user)
        messages.success(request, f"{item.label} is left alone. It stays under “Left alone”.")
    elif do == "restore":
        waiting.bring_back(kind=item.kind, value=item.value)
        messages.success(request, f"{item.label} is in the list again.")
    else:
        raise ValidationError("Choose what to do.")
    return redirect("signals:unmatched")


def _address(item: Waiting) -> dict[str, Any]:
    return {"kind": item.kind, "value": item.value}
