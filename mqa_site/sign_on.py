"""What the settings make of the environment's OpenID Connect provider. Pure."""

from typing import Any
from urllib.parse import urlsplit

PROVIDER_ID = "company"  # in the redirect address that is registered at the provider


def openid_connect(
    *, server_url: str, name: str, client_id: str, secret: str, trust_addresses: bool
) -> dict[str, dict[str, Any]]:
    """What allauth is told of providers: none unless both the address and the client are set.

    `trust_addresses`: the provider's addresses count as verified though it does not say so.
    """
    if not (server_url and client_id):
        return {}
    settings: dict[str, Any] = {"server_url": server_url, "oauth_pkce_enabled": True}
    if trust_addresses:
        settings["verified_email"] = True
    app = {"provider_id": PROVIDER_ID, "name": name, "client_id": client_id, "secret": secret, "settings": settings}
    return {"openid_connect": {"APPS": [app]}}


def origins(*urls: str) -> list[str]:
    """“https://login.example.com” of each address; nothing of what is none."""
    parts = [urlsplit(url) for url in urls]
    return [f"{one.scheme}://{one.netloc}" for one in parts if one.scheme in {"https", "http"} and one.netloc]
