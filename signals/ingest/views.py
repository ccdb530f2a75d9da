"""The doors: `POST /v1/…` (domain.md §8). Answers are 200 `{"success": true}`, or an error with `code` and `message`.

What makes a whole request an error: no valid key, a body that is not JSON or too large, and at the doors for one event, an
event that can't be taken (which is set aside all the same, to be seen and replayed). An event in a batch that can't be taken
is set aside with its reason, and the batch is 200.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from signals.ingest import backlog, store
from signals.ingest.door import browser_address, key_of_body, key_of_header, note_use, read_body
from signals.ingest.parse import Event, SetAside, moment, parse
from signals.ingest.wire import BATCH_BYTES, BATCH_EVENTS, EVENT_BYTES, Refused, load, too_deep

logger = logging.getLogger(__name__)

RETRY_SOON_SECONDS = 5
_HEADER_NAMES = re.compile(r"[A-Za-z0-9-]+(\s*,\s*[A-Za-z0-9-]+)*")
_USUAL_HEADERS = "Authorization, Content-Type, Content-Encoding"


@csrf_exempt
def single(request: HttpRequest, kind: str) -> HttpResponse:
    """`/v1/track`, `/v1/page`, `/v1/screen`, `/v1/identify`, `/v1/group`, `/v1/alias`: one event."""
    return _answer(request, kind)


@csrf_exempt
def batch(request: HttpRequest) -> HttpResponse:
    """`/v1/batch`, `/v1/import`: many events, with a `context` for all of them if given."""
    return _answer(request, None)


@csrf_exempt
def metrics(request: HttpRequest) -> HttpResponse:
    """`/v1/m`: what the browser client tells of itself. Accepted, for the client's sake, and forgotten."""
    if request.method == "OPTIONS":
        return _preflight(request)
    return _with_cors(JsonResponse({"success": True}))


def _answer(request: HttpRequest, kind: str | None) -> HttpResponse:
    if request.method == "OPTIONS":
        return _preflight(request)
    if request.method != "POST":
        return _refusal(Refused(405, "method_not_allowed", "Send events with POST."))
    try:
        _take(request, kind)
    except Refused as refused:
        return _refusal(refused)
    except (DatabaseError, InterfaceError):
        # Nothing was committed, or nobody can tell: the sender comes again, and the ledger knows what it has.
        logger.warning("Events were not stored", exc_info=True)
        return _refusal(Refused(503, "unavailable", "The database does not answer. Send it again.", RETRY_SOON_SECONDS))
    return _with_cors(JsonResponse({"success": True}))


def _take(request: HttpRequest, kind: str | None) -> None:
    received_at = timezone.now()
    key = key_of_header(request)
    message = load(read_body(request, limit=EVENT_BYTES if kind else BATCH_BYTES))
    key = key or key_of_body(message)
    if not isinstance(message, Mapping):
        raise Refused(400, "not_an_object", "The body is a JSON object.")
    backlog.refuse_when_deep()
    try:
        address = browser_address(request)
        if kind:
            entries = [parse(message, received_at=received_at, kind=kind, address=address)]
        else:
            entries = _batch(message, received_at, address)
    except RecursionError:
        raise too_deep() from None
    if entries:
        store.accept(key=key, entries=entries, received_at=received_at)
    note_use(key)
    if kind and isinstance(entries[0], SetAside):
        raise Refused(400, entries[0].code, entries[0].reason)


def _batch(message: Mapping[str, Any], received_at: Any, address: str) -> list[Event | SetAside]:
    events = message.get("batch")
    if not isinstance(events, list):
        raise Refused(400, "no_batch", "A batch is a JSON object with the events in the list “batch”.")
    if len(events) > BATCH_EVENTS:
        raise Refused(
            413, "too_many_events", f"A batch has at most {BATCH_EVENTS:,} events; this one has {len(events):,}."
        )
    context = message.get("context")
    return [
        parse(
            event,
            received_at=received_at,
            sent_at=moment(message.get("sentAt")),
            context=context if isinstance(context, dict) else {},
            address=address,
        )
        for event in events
    ]


def _refusal(refused: Refused) -> HttpResponse:
    response = JsonResponse({"success": False, "code": refused.code, "message": refused.message}, status=refused.status)
    if refused.retry_after is not None:
        response["Retry-After"] = str(refused.retry_after)
    if refused.status == 401:
        response["WWW-Authenticate"] = 'Basic realm="events"'
    if refused.status == 405:
        response["Allow"] = "POST, OPTIONS"
    return _with_cors(response)


def _preflight(request: HttpRequest) -> HttpResponse:
    """Any page may send: the key says for whom, and no cookie is looked at."""
    response = HttpResponse(status=204)
    asked = request.headers.get("Access-Control-Request-Headers", "")
    response["Access-Control-Allow-Methods"] = "POST, OPTIONS"
    response["Access-Control-Allow-Headers"] = asked if _HEADER_NAMES.fullmatch(asked.strip()) else _USUAL_HEADERS
    response["Access-Control-Max-Age"] = "86400"
    return _with_cors(response)


def _with_cors(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Expose-Headers"] = "Retry-After"
    response["Cache-Control"] = "no-store"
    return response
