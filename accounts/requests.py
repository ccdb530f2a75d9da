"""The request of a page behind sign-in, for type checkers."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class DeskRequest(HttpRequest):
    """A request whose user is signed in (every view of the desk asks for it)."""

    user: User
    htmx: HtmxDetails
    queue_counts: dict[str, int]


def user_of(request: HttpRequest) -> User:
    """The signed-in user of a request whose class is not ours to choose (Django's admin). Raises TypeError for nobody."""
    if not isinstance(request.user, User):
        raise TypeError("This page is behind sign-in.")
    return request.user
