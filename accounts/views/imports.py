"""Files on their way in: upload, columns, preview, progress, what was rejected (domain.md §8). Works without JavaScript."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.downloads import csv_response
from accounts.imports import actions, results
from accounts.imports.limits import MAX_BYTES, MIB
from accounts.imports.registry import importers
from accounts.imports.sniff import Refused
from accounts.models import Import
from accounts.requests import DeskRequest
from accounts.roles import Capability
from accounts.views.import_page import ColumnsForm, page_of

View = Callable[..., HttpResponseBase]
# Around the file in the request: the form's other fields.
_FORM_BYTES = 65_536


def may_import(view: View) -> View:
    """Only for roles that may import; others get 403 before anything is read."""

    @wraps(view)
    def checked(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.may(Capability.IMPORT):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return checked


@csrf_exempt  # checked in _upload: here it would read the whole file before who sends it, and how much, is known
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@may_import
def imports(request: DeskRequest) -> HttpResponseBase:
    """All files, and the upload."""
    if request.method != "POST":
        return _list(request)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES + _FORM_BYTES:
        words = f"The file is larger than {MAX_BYTES // MIB} MB. Split it, or send it to the API."
        return _list(request, problem=words, status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _upload(request)


@csrf_protect
def _upload(request: DeskRequest) -> HttpResponseBase:
    file = request.FILES.get("file")
    kind = request.POST.get("kind", "")
    if file is None:
        return _list(request, problem="Choose a file.", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if kind and kind not in {one.kind for one in importers()}:
        return _list(request, problem="Choose what it holds.", status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        owner = actions.upload(blocks=file.chunks(), file_name=file.name or "", kind=kind, by=request.user)
    except Refused as refused:
        return _list(request, problem=str(refused), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return HttpResponseRedirect(reverse("accounts:import", args=[owner.pk]))


def _list(request: DeskRequest, *, problem: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    kinds = importers()
    page = Paginator(Import.objects.exclude(status=actions.Status.DISCARDED).select_related("by"), 25).get_page(
        request.GET.get("page")
    )
    context = {
        "kinds": kinds,
        "may_export": request.user.may(Capability.EXPORT),
        "labels": {one.kind: one.label for one in kinds},
        "page": page,
        "problem": problem,
        "kind": request.POST.get("kind") if status == HTTPStatus.UNPROCESSABLE_ENTITY else request.GET.get("kind", ""),
        "megabytes": MAX_BYTES // MIB,
    }
    return render(request, "accounts/imports.html", context, status=int(status))


@require_safe
@login_required
@may_import
def show(request: DeskRequest, pk: int) -> HttpResponse:
    """One file: its columns, its preview, its progress or its result, as it stands."""
    return _show(request, get_object_or_404(Import, pk=pk))


def _show(
    request: DeskRequest, owner: Import, *, form: ColumnsForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {**page_of(owner, form), "problem": problem}
    return render(request, "accounts/import.html", context, status=status)


@require_safe
@login_required
@may_import
def progress(request: DeskRequest, pk: int) -> HttpResponse:
    """How far a file is; once it no longer moves, the whole page is loaded again."""
    owner = get_object_or_404(Import, pk=pk)
    if owner.status not in actions.UNDER_WAY:
        answer = HttpResponse(status=HTTPStatus.NO_CONTENT)
        answer["HX-Redirect"] = reverse("accounts:import", args=[pk])
        return answer
    return render(request, "accounts/import_progress.html", page_of(owner))


@require_POST
@login_required
@may_import
def check(request: DeskRequest, pk: int) -> HttpResponse:
    """Take the columns as said and have every row checked; or, with `reread`, read the file another way."""
    owner = get_object_or_404(Import, pk=pk)
    form = ColumnsForm(request.POST)
    try:
        if "reread" in request.POST:
            actions.reread(
                owner=owner, encoding=form.said("encoding"), delimiter=form.said("delimiter"), kind=form.said("kind")
            )
        else:
            actions.start_check(owner=owner, mapping=form.mapping(), options=form.options(), by=request.user)
    except Refused as refused:
        return _show(request, owner, form=form, problem=str(refused), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return HttpResponseRedirect(reverse("accounts:import", args=[pk]))


@require_POST
@login_required
@may_import
def move(request: DeskRequest, pk: int, action: str) -> HttpResponse:
    """Import, back to the columns, go on, discard."""
    owner = get_object_or_404(Import, pk=pk)
    try:
        if action == "commit":
            actions.start_commit(owner=owner, by=request.user)
        elif action == "columns":
            actions.back_to_columns(owner=owner)
        elif action == "resume":
            actions.resume(owner=owner)
        else:
            actions.discard(owner=owner)
            messages.success(request, f"{owner.file_name} is discarded; nothing of it was imported or kept.")
            return HttpResponseRedirect(reverse("accounts:imports"))
    except Refused as refused:
        return _show(request, owner, problem=str(refused), status=HTTPStatus.CONFLICT)
    return HttpResponseRedirect(reverse("accounts:import", args=[pk]))


@require_safe
@login_required
@may_import
def rejected(request: HttpRequest, pk: int) -> HttpResponseBase:  # noqa: ARG001 - a view
    """The rejected rows as a file: the columns as they came, then line and reason."""
    owner = get_object_or_404(Import, pk=pk)
    header = [*owner.header, *actions.REJECTED_COLUMNS]
    return csv_response(results.file_name(owner), header, results.rejected_rows(owner))
