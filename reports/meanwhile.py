"""Questions of one page asked at once, each on a connection of its own: a server has more than one core."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import tzinfo
from typing import TypeVar

from django.db import close_old_connections, connection
from django.utils import timezone

T = TypeVar("T")
# Of all pages that a process makes at a time. More are slower on two cores; each keeps a connection for CONN_MAX_AGE.
HELPERS = 1

_helpers = ThreadPoolExecutor(HELPERS, thread_name_prefix="report")


def meanwhile(question: Callable[[], T]) -> Callable[[], T]:
    """Have it asked while the caller goes on; what is given back, called once, gives what it found or raises what it raised.

    Where no helper has begun by then, the caller asks for itself: it never waits for one that is busy with another page. Within
    a transaction it always does, since no other connection sees what was written there.
    """
    if connection.in_atomic_block:
        return question
    asked = _helpers.submit(_on_its_own, question, timezone.get_current_timezone())
    return lambda: question() if asked.cancel() else asked.result()


def _on_its_own(question: Callable[[], T], zone: tzinfo) -> T:
    close_old_connections()
    try:
        with timezone.override(zone):  # Django's, like its connections, is of a thread
            return question()
    finally:
        close_old_connections()
