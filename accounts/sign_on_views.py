"""The doors of sign-on: allauth's own, but a provider that does not answer leads back to the sign-in page with words."""

import logging
from collections.abc import Callable
from functools import wraps

from allauth.socialaccount.providers.openid_connect import views
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from requests import RequestException

logger = logging.getLogger(__name__)

UNREACHED = "Your provider does not answer. Try again in a moment, or use your password."


def _answered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def asked(request: HttpRequest, provider_id: str) -> HttpResponse:
        try:
            return view(request, provider_id)
        except RequestException as error:
            logger.warning("The sign-on provider did not answer: %s", error)
            messages.error(request, UNREACHED)
            return redirect("account_login")

    return asked


login = _answered(views.login)
callback = _answered(views.callback)
