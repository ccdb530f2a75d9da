"""The counts beside the navigation's entries: one reading for all of them, once for each whole page."""

from django.http import HttpRequest

from accounts.models import User
from handoff.page_queries import nav_counts
from mqa_site.navigation import Count, count_of

ROUTES = {
    "desk:queue": "pool",
    "desk:mine": "mine",
    "desk:inbox": "waiting",
    "desk:passed": "passed",
    "desk:notices": "notices",
    "desk:triage": "triage",
}


def _of(name: str) -> Count:
    def count(request: HttpRequest) -> int | None:
        if not isinstance(request.user, User):
            return None
        if not hasattr(request, "nav_counts"):
            request.nav_counts = nav_counts(request.user, getattr(request, "queue_counts", None))  # type: ignore[attr-defined]
        return request.nav_counts[name] or None  # type: ignore[attr-defined]

    return count


def register() -> None:
    """Called when the apps are ready."""
    for route, name in ROUTES.items():
        count_of(route)(_of(name))
