"""Who may open a page of this room, beside its view."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.requests import DeskRequest
from accounts.roles import Capability

View = Callable[..., HttpResponseBase]


def needs(capability: Capability) -> Callable[[View], View]:
    """Only for who is signed in and may do this; others get 403 before anything is read."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.may(capability):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return login_required(checked)

    return decorate


def number(request: HttpRequest, name: str) -> int | None:
    """A whole number of the address; None when it is none, or more than the database counts to."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
