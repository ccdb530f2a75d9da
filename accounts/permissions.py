"""Who may call the API: users by role, keys by scope, both by the capability that a view asks for (accounts/roles.py)."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiKey
from accounts.roles import CONFIGURING, Capability


def scope_for(capability: Capability, *, safe: bool) -> ApiKey.Scope:
    """The scope that a key needs: `read` to look, `configure` for what decides how the desk works, else `write`."""
    if safe:
        return ApiKey.Scope.READ
    return ApiKey.Scope.CONFIGURE if capability in CONFIGURING else ApiKey.Scope.WRITE


def needed_by(view: Any, *, safe: bool) -> Capability:
    """What a view asks for: to look, or to write."""
    if safe:
        return getattr(view, "read_capability", Capability.VIEW)
    return getattr(view, "write_capability", Capability.CONFIGURE)


class IsAllowed(BasePermission):
    """A role that has the capability, or a key whose scope stands for it.

    A view says what it asks for: `read_capability` (by default VIEW) and `write_capability` (by default CONFIGURE). An
    action that differs says so itself: `@action(..., write_capability=...)`, where the view has that attribute too.
    """

    message = "Your role may not do that."

    def has_permission(self, request: Request, view: Any) -> bool:
        """False is 403, with the scope that is missing."""
        safe = request.method in SAFE_METHODS
        needed = needed_by(view, safe=safe)
        if isinstance(request.auth, ApiKey):
            scope, own = scope_for(needed, safe=safe), ApiKey.Scope(request.auth.scope)
            self.message = f"This needs a key of scope {scope}; this one has {own}. An admin makes keys."
            return scope in own.opens
        if not request.user or not request.user.is_authenticated:
            return False
        return request.user.may(needed)
