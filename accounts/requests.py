"""The request as views behind sign-in see it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class DeskRequest(HttpRequest):
    """A request of a signed-in user. For type hints: Django can't say that `login_required` ran."""

    user: User
    htmx: HtmxDetails
