"""Lists of this room as files (domain.md §8, promises X4)."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from accounts.downloads import csv_response
from accounts.requests import DeskRequest
from accounts.roles import Capability
from signals import exports
from signals import unmatched as waiting
from signals.model_queries import decisions as decisions_of
from signals.views.guards import needs, number

HEADER = (
    "Decision ID", "Account ID", "Account name", "Buying center", "As of", "Model version", "Qualified", "Blocked at",
    "Stage", "ICP", "Score", "Fit", "Engagement", "Intent", "Points",
)  # fmt: skip


@require_safe
@login_required
def decisions(request: DeskRequest) -> StreamingHttpResponse:
    """Every decision that the filters leave, the latest first."""
    if not request.user.may(Capability.EXPORT):
        raise PermissionDenied
    asked = {name: request.GET.get(name, "").strip() for name in ("account", "qualified", "block")}
    return csv_response("decisions", HEADER, _rows(asked))


@require_safe
@login_required
def touches(request: DeskRequest) -> StreamingHttpResponse:
    """Touches as they are read now, the latest first; `account` and `days` narrow them. What reps logged is there too."""
    if not request.user.may(Capability.EXPORT):
        raise PermissionDenied
    rows = exports.touch_rows(account=number(request, "account"), days=number(request, "days"))
    return csv_response("touches", exports.TOUCHES, rows)


@require_safe
@login_required
def intent(request: DeskRequest) -> StreamingHttpResponse:
    """Intent signals: of each observation the score that counts."""
    if not request.user.may(Capability.EXPORT):
        raise PermissionDenied
    return csv_response("intent", exports.INTENT, exports.intent_rows())


@require_safe
@needs(Capability.CONFIGURE)
def set_aside(request: DeskRequest) -> StreamingHttpResponse:
    """Events that were set aside, as the page's tabs have them."""
    rows = exports.set_aside_rows(code=request.GET.get("code", ""), replayed=request.GET.get("replayed") == "yes")
    return csv_response("events set aside", exports.SET_ASIDE, rows)


@require_safe
@needs(Capability.CONFIGURE)
def unmapped(request: DeskRequest) -> StreamingHttpResponse:  # noqa: ARG001
    """What no rule maps."""
    return csv_response("unmapped events", exports.UNMAPPED, exports.unmapped_rows())


@require_safe
@needs(Capability.EXPORT)
def unmatched(request: DeskRequest) -> StreamingHttpResponse:
    """What waits for an account, as the page's tabs have it."""
    tab = request.GET.get("tab", "")
    rows = exports.unmatched_rows(
        tab=tab if tab in waiting.TABS else "companies", ignored=request.GET.get("ignored") == "yes"
    )
    return csv_response("unmatched", exports.UNMATCHED, rows)


def _rows(asked: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    found = decisions_of(**asked).select_related("account", "center", "model").defer("kept", "evidence")
    for one in found.iterator(chunk_size=1_000):
        yield (
            one.pk, one.account_id, one.account.name, one.center.name, one.as_of.strftime("%Y-%m-%d %H:%M:%S"),
            one.model.version, "yes" if one.qualified else "no", one.block, one.stage, one.icp, one.score, one.fit,
            one.engagement, one.intent, one.points_micro / 1_000_000,
        )  # fmt: skip
