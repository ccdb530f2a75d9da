"""Tells the workers that something is due (architecture.md, "Background work").

PostgreSQL remembers what is due and the poller finds it within a quarter of a second; a wake only makes it sooner. So a wake
never fails, never blocks the caller, and may be lost: a thread of its own does the talking, and gives a dead broker rests.
"""

import logging
import os
import threading
import time

import redis
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

# One unheard wake at a time: without workers the broker must not fill with messages that all say the same.
PENDING_KEY = "mqa:wake"
PENDING_MILLISECONDS = 1000
FIRST_REST_SECONDS = 1.0
LONGEST_REST_SECONDS = 30.0


def wake_after_commit() -> None:
    """Wake the workers once the present transaction has committed (at once without one)."""
    transaction.on_commit(wake_workers, robust=True)


def wake_workers() -> None:
    """Ask for a worker now. Returns at once; what the broker says of it goes to the log."""
    _waker().ask()


def mark_heard() -> None:
    """A worker heard the wake and starts to work: what commits from now on needs another one."""
    try:
        with _broker() as client:
            client.delete(PENDING_KEY)
    except redis.RedisError:
        # The mark runs out by itself within a second.
        return


def _broker() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )


class Waker:
    """One daemon thread of this process that sends wakes; many asks in a row make one."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._asked = threading.Event()
        self._rest_until = 0.0
        self._rest = 0.0
        self._client: redis.Redis | None = None
        threading.Thread(target=self._run, name="waker", daemon=True).start()

    def ask(self) -> None:
        """Have a wake sent soon; while the broker rests the ask is dropped, for the poller is there."""
        if time.monotonic() >= self._rest_until:
            self._asked.set()

    def _run(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            try:
                self._send()
            except (redis.RedisError, OperationalError, OSError) as error:
                self._rest = min(max(self._rest * 2, FIRST_REST_SECONDS), LONGEST_REST_SECONDS)
                self._rest_until = time.monotonic() + self._rest
                self._client = None
                logger.warning("The broker did not take a wake, next try in %.0f s: %s", self._rest, error)
            else:
                self._rest = 0.0

    def _send(self) -> None:
        from signals.tasks import wake

        if self._client is None:
            self._client = _broker()
        if self._client.set(PENDING_KEY, 1, nx=True, px=PENDING_MILLISECONDS):
            wake.apply_async(retry=False, ignore_result=True, expires=60)


_lock = threading.Lock()
_current: Waker | None = None


def _waker() -> Waker:
    """The waker of this process; a child of a fork gets one of its own, since threads stay behind."""
    global _current  # noqa: PLW0603 - one per process is the point
    if _current is None or _current.pid != os.getpid():
        with _lock:
            if _current is None or _current.pid != os.getpid():
                _current = Waker()
    return _current
