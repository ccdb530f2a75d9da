"""Says when so much waits to be scored that senders should come back later (architecture.md, "Background work")."""

import threading
import time

from django.conf import settings
from django.db import connection

from signals.ingest.wire import Refused
from signals.models import RescoreRequest

LOOK_EVERY_SECONDS = 5.0
RETRY_AFTER_SECONDS = 30

_DEEPER = "SELECT EXISTS (SELECT FROM signals_rescorerequest WHERE priority = %s OFFSET %s)"

_lock = threading.Lock()
_look_at = 0.0
_deep = False


def refuse_when_deep() -> None:
    """Raise 503 while more than INGEST_BACKLOG_LIMIT requests of fresh touches wait. Looks every few seconds."""
    global _look_at, _deep  # noqa: PLW0603 - one per process is the point
    now = time.monotonic()
    with _lock:
        look = now >= _look_at
        if look:
            _look_at = now + LOOK_EVERY_SECONDS
    if look:
        with connection.cursor() as cursor:
            cursor.execute(_DEEPER, [RescoreRequest.Priority.FRESH, settings.INGEST_BACKLOG_LIMIT])
            _deep = bool(cursor.fetchone()[0])
    if _deep:
        raise Refused(503, "busy", "Too much waits to be scored. Send it again later.", RETRY_AFTER_SECONDS)


def forget() -> None:
    """Look anew at the next request."""
    global _look_at, _deep
    _look_at, _deep = 0.0, False
