"""Who may call the API: users by role (accounts/roles.py), keys by scope."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.roles import Capability


class ReadWriteScope(BasePermission):
    """Reading needs a signed-in user or a `read` or `write` key; writing a `write` key or the view's capability."""

    message = "This key or role may not do that. Use a key with the scope that the documentation names."

    def has_permission(self, request: Request, view: Any) -> bool:
        safe = request.method in SAFE_METHODS
        if isinstance(request.auth, ApiKey):
            return request.auth.scope == ApiKey.Scope.WRITE or (safe and request.auth.scope == ApiKey.Scope.READ)
        if not request.user or not request.user.is_authenticated:
            return False
        needed = Capability.VIEW if safe else getattr(view, "write_capability", Capability.CONFIGURE)
        return request.user.may(needed)
