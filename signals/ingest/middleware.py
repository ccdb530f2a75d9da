"""The short way to the doors for events: no session, cookie, form token or page policy is any of theirs (promise S5)."""

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

PREFIX = "/v1/"


class EventsMiddleware:
    """Answers `/v1/…` at once; stands behind what keeps HTTPS, before all that is for pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        try:
            found = resolve(request.path_info[len(PREFIX) - 1 :], "signals.ingest.urls")
        except Resolver404:
            return self.get_response(request)
        # Looking up the key is the first statement and tells a lost connection by itself (signals/ingest/door.py).
        connection.health_check_done = True  # type: ignore[attr-defined]  # Django's, and not in its stubs
        answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
        return answer
