"""Lists as files, with the filters of their page (domain.md §8, promises X4). For roles that may export."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from accounts.downloads import csv_response
from accounts.requests import DeskRequest
from accounts.roles import Capability
from handoff import exports, page_queries
from handoff.queries import queue
from handoff.queue_filters import QueueFilter
from handoff.views.lists import AccountFilter, PeopleFilter


def _refuse_others(request: DeskRequest) -> None:
    if not request.user.may(Capability.EXPORT):
        raise PermissionDenied


@require_safe
@login_required
def accounts(request: DeskRequest) -> StreamingHttpResponse:
    """Accounts with their firmographics and figures. Without a filter also those that were never evaluated."""
    _refuse_others(request)
    wanted = dict(AccountFilter(request.GET).values)
    by_name = wanted.pop("sort", "") == "name" or not wanted
    by_name = by_name and not {"stage", "block", "icp"} & set(wanted)
    return csv_response("accounts", exports.account_header(), exports.account_rows(wanted, by_name=by_name))


@require_safe
@login_required
def people(request: DeskRequest) -> StreamingHttpResponse:
    """People with their account."""
    _refuse_others(request)
    return csv_response("people", exports.PEOPLE, exports.people_rows(PeopleFilter(request.GET).values))


@require_safe
@login_required
def opportunities(request: DeskRequest) -> StreamingHttpResponse:
    """Opportunities with their account."""
    _refuse_others(request)
    return csv_response("opportunities", exports.DEALS, exports.deal_rows())


@require_safe
@login_required
def queue_file(request: DeskRequest) -> StreamingHttpResponse:
    """A scope of the queue as this user sees it; the whole desk's for who has no such scope."""
    _refuse_others(request)
    asked = request.GET.get("scope", "")
    scope: Any = next((one for one in page_queries.scopes(request.user) if one == asked), "all")
    found = QueueFilter(request.GET).apply(queue(request.user, scope))
    return csv_response("queue", exports.QUEUE, exports.queue_rows(found))
