"""`/healthz`: this process serves. `/readyz`: what it needs to do its work answers too.

Both are answered before any other middleware: a load balancer asks by address, over plain HTTP, without a session.
"""

import socket
from collections.abc import Callable

import redis
from celery.signals import heartbeat_sent
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from mqa_site.broker import impatient_client

# Workers beat every 2 seconds; one that missed this many seconds is gone or stuck.
BEAT_SECONDS = 15
WORKER_PREFIX = "mqa:worker:"

Check = Callable[[], str | None]


def broker() -> redis.Redis:
    """A client of the settings' broker."""
    return impatient_client(settings.REDIS_URL)


@heartbeat_sent.connect
def beat(**_: object) -> None:
    """A worker's main loop runs: note it where `/readyz` looks."""
    try:
        with broker() as client:
            client.set(f"{WORKER_PREFIX}{socket.gethostname()}", 1, ex=BEAT_SECONDS)
    except redis.RedisError:
        # Celery itself reports and mends a lost broker; /readyz says so meanwhile.
        return


def check_database() -> str | None:
    """None if a query is answered, else what went wrong."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return _first_line(error)
    return None


def check_broker() -> str | None:
    """None if the broker answers, else what went wrong."""
    try:
        with broker() as client:
            client.ping()
    except redis.RedisError as error:
        return _first_line(error)
    return None


def check_worker() -> str | None:
    """None if some Celery worker has beaten within BEAT_SECONDS, else what went wrong."""
    try:
        with broker() as client:
            if next(client.scan_iter(match=f"{WORKER_PREFIX}*", count=1000), None) is None:
                return f"no worker was heard of in the last {BEAT_SECONDS} seconds"
    except redis.RedisError as error:
        return f"unknown: {_first_line(error)}"
    return None


CHECKS: dict[str, Check] = {"database": check_database, "broker": check_broker, "worker": check_worker}


def readiness() -> dict[str, str | None]:
    """What each check found wrong, None where all is well."""
    return {name: check() for name, check in CHECKS.items()}


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


class HealthMiddleware:
    """Answers the two health paths; passes everything else on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """200 when well; 503 from `/readyz` with the failing parts by name. Never cached."""
        if request.path not in {"/healthz", "/readyz"}:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        if request.path == "/healthz":
            response: HttpResponse = HttpResponse("ok\n", content_type="text/plain")
        else:
            found = readiness()
            ready = not any(found.values())
            checks = {name: problem or "ok" for name, problem in found.items()}
            response = JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)
        response["Cache-Control"] = "no-store"
        return response
