"""How allauth behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect

from accounts.models import User


class ClosedSignup(DefaultAccountAdapter):
    """Users are made by an admin: nobody signs up alone."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth calls it so
        return False


class KnownPeople(DefaultSocialAccountAdapter):
    """Sign-on with the company's provider: for whom an admin has added, by a verified address, and nobody else."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002 - as above
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Finds the user at their first sign-on; later ones go by the provider's own id of them."""
        if sociallogin.is_existing:
            return
        addresses = [one.email.lower() for one in sociallogin.email_addresses if one.verified]
        user = User.objects.filter(email__in=addresses, is_active=True).first()
        if user is None:
            unverified = sociallogin.email_addresses and not addresses
            said = ", ".join(one.email for one in sociallogin.email_addresses) or "without an address"
            words = (
                f"Your provider has not verified {said}: ask whoever runs it."
                if unverified
                else f"Nobody at this desk signs on as {said}: ask an admin to add you."
            )
            messages.error(request, words)
            raise ImmediateHttpResponse(redirect("account_login"))
        sociallogin.connect(request, user)

    def on_authentication_error(self, request: HttpRequest, provider: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002 - as above
        """The provider refused, was not reached, or somebody turned back there: to the sign-in page, with words."""
        messages.error(request, f"Signing in with {provider.name} did not work. Try again, or use your password.")
        raise ImmediateHttpResponse(redirect("account_login"))
