"""Middleware of the room: the reader's time zone, and who changed what."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from pghistory.middleware import HistoryMiddleware as EveryHistoryMiddleware


class HistoryMiddleware(EveryHistoryMiddleware):
    """Notes the user and the page of a change (promise X6), but not for events: each statement would carry the note."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/v1/"):
            return self.get_response(request)
        return super().__call__(request)


class TimeZoneMiddleware:
    """Shows moments in the signed-in user's time zone; everything inside stays UTC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = getattr(request.user, "time_zone", "") or "UTC"
        with timezone.override(ZoneInfo(zone)):
            return self.get_response(request)
