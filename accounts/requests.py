"""The request of a page behind sign-in, for type checkers."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class DeskRequest(HttpRequest):
    """A request whose user is signed in (every view of the desk asks for it)."""

    user: User
    htmx: HtmxDetails
    queue_counts: dict[str, int]
