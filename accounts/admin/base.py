"""What all rooms' admin pages share: who may, and that edits are actions (accounts/roles.py, architecture.md).

Whatever an action refuses comes back as a message on the same page; nothing was saved then.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.roles import Capability


def may(request: HttpRequest, capability: Capability) -> bool:
    """True for a signed-in user whose role has the capability."""
    return request.user.is_authenticated and request.user.may(capability)


def spoken(error: ValidationError) -> str:
    """The messages of a refusal, with their fields where they name one."""
    if hasattr(error, "error_dict"):
        return " ".join(
            f"{'' if field == '__all__' else field.replace('_', ' ').capitalize() + ': '}{' '.join(said)}"
            for field, said in error.message_dict.items()
        )
    return " ".join(error.messages)


class DeskAdmin(admin.ModelAdmin):
    """A page that the roles with `capability` may see and change. Lists never count the whole table."""

    capability = Capability.CONFIGURE
    may_add = True
    may_change = True
    may_delete = False

    show_full_result_count = False
    list_per_page = 50
    save_on_top = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, self.capability)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request, self.capability)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may_add and may(request, self.capability)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_change and may(request, self.capability)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_delete and may(request, self.capability)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django's; an action's refusal becomes a message, and the transaction is rolled back."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except ValidationError as refusal:
            self.message_user(request, f"Not saved. {spoken(refusal)}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnlyAdmin(DeskAdmin):
    """A page to look at: what the product wrote stays as it is."""

    may_add = False
    may_change = False


class DeskInline(admin.TabularInline):
    """Rows of a page, under the same capability; by default to be read and added, not deleted."""

    capability = Capability.CONFIGURE
    may_add = True
    may_change = True
    may_delete = False
    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return may(request, self.capability)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_add and may(request, self.capability)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_change and may(request, self.capability)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may_delete and may(request, self.capability)
