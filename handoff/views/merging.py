"""Merging an account into another one: choosing it, seeing what would move, doing it, taking it back."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import merging
from accounts.models import Account, AccountMerge
from accounts.requests import DeskRequest
from accounts.roles import Capability
from handoff import page_queries
from handoff.page_queries import PRIMARY_DOMAINS
from signals import unmatched

FOUND = 20


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def choose(request: DeskRequest, pk: int) -> HttpResponse:
    """Finds the account that stays (`q`, `into`), shows what would move; POST `into` with `confirm` merges."""
    if not request.user.may(Capability.MERGE):
        raise PermissionDenied
    gone = get_object_or_404(Account.objects.prefetch_related(PRIMARY_DOMAINS), pk=pk)
    kept = page_queries.account(request.POST.get("into", "") or request.GET.get("into", ""))
    if kept is not None and kept.pk != gone.pk:
        return _preview(request, gone, kept)
    asked = request.GET.get("q", "").replace("\0", "").strip()[:100]  # no database takes a zero
    suggested = [(row, one) for row, one in unmatched.suggestions(gone.name) if row.pk != gone.pk]
    known = {gone.pk, *(row.pk for row, _ in suggested)}
    found = page_queries.accounts_by_name(q=asked).exclude(pk__in=known)[:FOUND] if asked else []
    context = {"account": gone, "q": asked, "suggested": suggested, "found": list(found)}
    return render(request, "desk/merge_choose.html", context, status=422 if request.method == "POST" else 200)


def _preview(request: DeskRequest, gone: Account, kept: Account) -> HttpResponse:
    problems: list[str] = []
    if request.method == "POST":
        if request.POST.get("confirm") == "1":
            try:
                merge = merging.merge_accounts(gone=gone, kept=kept, by=request.user)
            except ValidationError as error:
                problems = error.messages
            else:
                messages.success(request, f"{gone} is a part of {kept} now. Both are scored again.")
                return redirect("desk:merged", pk=merge.pk)
        else:
            problems = ["Tick the box first."]
    seen = merging.preview(gone=gone, kept=kept)
    context = {
        "account": gone,
        "kept": kept,
        "parts": seen.parts,
        "refusals": seen.refusals,
        "problems": [text for text in problems if text not in seen.refusals],
    }
    return render(request, "desk/merge_preview.html", context, status=422 if problems else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def merged(request: DeskRequest, pk: int) -> HttpResponse:
    """What a merge moved; POST takes it back."""
    may = request.user.may(Capability.MERGE)
    if request.method == "POST" and not may:
        raise PermissionDenied
    found = AccountMerge.objects.select_related("gone", "kept__merged_into", "by", "undone_by")
    merge = get_object_or_404(found, pk=pk)
    if request.method == "POST":
        try:
            merging.undo_merge(merge=merge, by=request.user)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            messages.success(request, f"{merge.gone} is an account of its own again. Both are scored again.")
        return redirect("desk:merged", pk=pk)
    context = {"merge": merge, "parts": merging.moved_by(merge), "may_undo": may and merge.undone_at is None}
    return render(request, "desk/merged.html", context)


def merge_of(account_id: int) -> int | None:
    """The merge by which an account became a part of another one; None for one that stands for itself."""
    found = AccountMerge.objects.filter(gone=account_id, undone_at__isnull=True, gone__merged_into__isnull=False)
    return found.values_list("pk", flat=True).first()
