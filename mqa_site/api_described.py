"""What the OpenAPI document says of each operation beside its own words: which key, and whose role, it takes."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.permissions import SAFE_METHODS

from accounts.api_parts import PERSONS
from accounts.permissions import needed_by, scope_for
from accounts.roles import TABLE, Role

_ROLES = {
    Role.SDR: "SDRs",
    Role.AE: "AEs",
    Role.MANAGER: "managers",
    Role.MARKETING_OPS: "marketing operations",
    Role.ADMIN: "admins",
}


class Described(AutoSchema):
    """The schema of a view."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """With who may ask."""
        found = super().get_operation(*args, **kwargs)
        if found is not None:
            found["description"] = f"{found.get('description', '')}\n\n{self._who(found)}".strip()
        return found

    def _who(self, operation: dict[str, Any]) -> str:
        safe = self.method in SAFE_METHODS
        needed = needed_by(self.view, safe=safe)
        roles = TABLE[needed]
        people = "everybody" if roles == frozenset(Role) else ", ".join(_ROLES[role] for role in Role if role in roles)
        if PERSONS in operation.get("description", ""):
            return f"Who: {people}, signed in."
        return f"Who: a key of scope `{scope_for(needed, safe=safe)}`; signed in, {people}."
