"""Who may send, and reading the body of a request."""

import base64
import binascii
import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import Q
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.utils import timezone

from accounts.keys import find_key
from accounts.models import ApiKey
from signals.ingest.wire import Refused, too_large, unpack

logger = logging.getLogger(__name__)

NOTE_USE_EVERY_SECONDS = 60

_noted: dict[int, float] = {}


def read_body(request: HttpRequest, *, limit: int) -> bytes:
    """The unpacked body. What it is goes by Content-Encoding alone; Content-Type says nothing that clients agree on."""
    return unpack(_raw(request, limit), request.headers.get("Content-Encoding", ""), limit=limit)


def key_of_header(request: HttpRequest) -> ApiKey | None:
    """The ingest key of the header: Basic user name (the password is ignored) or Bearer; None without either."""
    text = _from_header(request.headers.get("Authorization", ""))
    return _live(text) if text else None


def key_of_body(message: Any) -> ApiKey:
    """The ingest key that a browser sends as `writeKey` in the body."""
    text = _from_body(message)
    if not text:
        raise Refused(401, "no_write_key", "Send the write key as the user name of HTTP Basic authentication.")
    return _live(text)


def _live(text: str) -> ApiKey:
    try:
        key = find_key(text)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()  # the server ended it since the last request; nothing was asked of it yet
        key = find_key(text)
    if key is None:
        raise Refused(401, "bad_write_key", "This write key is unknown or revoked.")
    if key.scope != ApiKey.Scope.INGEST:
        raise Refused(403, "wrong_scope", f"This key has the scope “{key.scope}”; sending events needs “ingest”.")
    return key


def browser_address(request: HttpRequest) -> str:
    """The address of the browser that sends, which becomes `context.ip` where it says none; "" for what is no browser.

    As Segment's servers do, which tell client-side sources by their key; here an `Origin` tells, which browsers alone
    send. Behind proxies of ours (`TRUSTED_PROXY_COUNT`) it is the one that the outermost of them saw.
    """
    if not request.headers.get("Origin"):
        return ""
    hops = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    seen = [request.META.get("REMOTE_ADDR", "")]
    if hops:
        seen = request.headers.get("X-Forwarded-For", "").split(",")[-hops:]
    try:
        return str(ip_address(seen[0].strip())) if len(seen) >= hops else ""
    except ValueError:
        return ""


def note_use(key: ApiKey) -> None:
    """Remember, about once a minute and process, that the key is in use. Comes after the commit, so it never fails."""
    now = time.monotonic()
    if now - _noted.get(key.pk, -NOTE_USE_EVERY_SECONDS) < NOTE_USE_EVERY_SECONDS:
        return
    _noted[key.pk] = now
    at = timezone.now()
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=at - timedelta(seconds=NOTE_USE_EVERY_SECONDS))
    try:
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=at)
    except DatabaseError:
        logger.warning("The use of the key %s was not noted", key.prefix, exc_info=True)


def _raw(request: HttpRequest, limit: int) -> bytes:
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > limit:
        raise too_large(limit)
    try:
        if not length and request.META.get("wsgi.input_terminated"):
            # A chunked body has no length; Django would read nothing of it.
            body = request.META["wsgi.input"].read(limit + 1)
        else:
            body = request.body
    except (UnreadablePostError, OSError):
        raise Refused(400, "body_cut_off", "The body ended before all of it was here.") from None
    if len(body) > limit:
        raise too_large(limit)
    return bytes(body)


def _from_header(header: str) -> str:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace").partition(":")[0].strip()
    except (binascii.Error, ValueError):
        return ""


def _from_body(message: Any) -> str:
    if not isinstance(message, Mapping):
        return ""
    key = message.get("writeKey")
    if key is None and isinstance(message.get("batch"), list):
        key = next((event.get("writeKey") for event in message["batch"] if isinstance(event, Mapping)), None)
    return key.strip() if isinstance(key, str) else ""
