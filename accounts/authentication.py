"""API keys over `Authorization: Bearer` (promises X3)."""

import pghistory
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.keys import find_key
from accounts.models import ApiKey


class KeyUser:
    """Stands for an API key where DRF expects a user."""

    is_authenticated = True
    is_active = True
    pk = None

    def __init__(self, key: ApiKey) -> None:
        self.key = key


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`; `request.auth` is the ApiKey."""

    def authenticate(self, request: Request) -> tuple[KeyUser, ApiKey] | None:
        header = get_authorization_header(request).split()
        if not header or header[0].lower() != b"bearer":
            return None
        key = find_key(header[1].decode("latin-1")) if len(header) == 2 else None
        if key is None:
            raise AuthenticationFailed("This API key is unknown or revoked. Create one under Data → API keys.")
        # Into the history of what this request changes, where a signed-in person's id would stand (promise X6).
        pghistory.context(api_key=str(key))
        return KeyUser(key), key

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - DRF calls it so
        return 'Bearer realm="api"'
