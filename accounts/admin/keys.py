"""Admin of API keys and sources. A key's text is on the page that follows its making, and nowhere else (promise X3)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_variables

from accounts.admin.base import DeskAdmin, ReadOnlyAdmin
from accounts.keys import create_key, revoke_key
from accounts.models import ApiKey, Source
from accounts.requests import user_of
from accounts.roles import Capability


@admin.register(ApiKey)
class ApiKeyAdmin(DeskAdmin):
    """Keys: made here, shown once, revoked here."""

    capability = Capability.MANAGE_KEYS
    list_display = ("name", "scope", "prefix", "source", "created_at", "created_by", "last_used_at", "revoked_at")
    list_select_related = ("source", "created_by")
    list_filter = ("scope",)
    search_fields = ("name", "prefix")
    actions = ("revoke",)
    change_form_template = "admin/accounts/apikey/change_form.html"

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("name", "scope")
        return (*self.list_display, "revoked_by")

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        return () if obj is None else self.get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            return
        key, text = create_key(name=obj.name, scope=obj.scope, by=user_of(request))
        obj.__dict__.update(key.__dict__)
        # For the answer to this request alone.
        obj.__dict__["shown_once"] = text

    @sensitive_variables()
    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The page with the key's text, which no cache keeps."""
        context = {
            **self.admin_site.each_context(request),
            "title": f"The key of {obj.name}",
            "key": obj,
            "text": obj.shown_once,  # type: ignore[attr-defined]
            "opts": self.opts,
        }
        response = TemplateResponse(request, "admin/accounts/apikey/created.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def response_change(self, request: HttpRequest, obj: ApiKey) -> HttpResponse:
        if "_revoke" not in request.POST:
            return super().response_change(request, obj)
        revoke_key(obj, by=user_of(request))
        self.message_user(request, f"{obj.name} opens nothing any more.", messages.SUCCESS)
        return HttpResponseRedirect(request.path)

    @admin.action(description="Revoke the selected keys")
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """From now on they open nothing."""
        for key in keys:
            revoke_key(key, by=user_of(request))
        self.message_user(request, "The selected keys open nothing any more.", messages.SUCCESS)


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    """Where touches come from. A source comes with its first key or file."""

    list_display = ("name", "created_at")
    search_fields = ("name",)
