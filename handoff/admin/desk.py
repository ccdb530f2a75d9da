"""Admin of the desk's rules. Handoffs themselves are moved at the desk alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.admin.base import DeskAdmin, DeskInline, ReadOnlyAdmin
from handoff.models import BuyingGroupTemplate, DeskPolicy, Holiday, OutboxMessage, Reason, TemplateRole


@admin.register(DeskPolicy)
class DeskPolicyAdmin(DeskAdmin):
    """The one policy: clocks, calendar, what a pass needs."""

    fieldsets = (
        (
            "Clocks",
            {
                "fields": (
                    ("claim_hours", "hand_raise_claim_hours"),
                    ("decision_days", "answer_days"),
                    ("outreach_hours", "idle_days", "reminder_minutes"),
                ),
                "description": "Business time, but for the first outreach. Clocks that run keep their due times.",
            },
        ),
        (
            "Calendar",
            {"fields": ("time_zone", "workdays", ("day_starts_at", "day_ends_at"), "holiday_country")},
        ),
        ("Limits", {"fields": ("claim_limit", "min_completeness", "undo_seconds")}),
    )
    may_add = False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is one: straight to it."""
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        policy, _ = DeskPolicy.objects.get_or_create(pk=1)
        return HttpResponseRedirect(reverse("admin:handoff_deskpolicy_change", args=[policy.pk]))


@admin.register(Holiday)
class HolidayAdmin(DeskAdmin):
    """Days off beside the public holidays of the policy's country."""

    list_display = ("day", "name")
    may_delete = True


@admin.register(Reason)
class ReasonAdmin(DeskAdmin):
    """Reasons that the desk offers. One that was used is retired, not deleted: reports count by it."""

    list_display = ("label", "kind", "key", "position", "needs_criterion", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("label", "key")

    def get_prepopulated_fields(self, request: HttpRequest, obj: Reason | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"key": ("label",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Reason | None = None) -> tuple[str, ...]:
        """Imports and reports go by kind and key."""
        return ("kind", "key") if obj else ()


class TemplateRoleInline(DeskInline):
    """How many of each role a group needs; 0: not needed."""

    model = TemplateRole
    fields = ("role", "required")
    may_delete = True


@admin.register(BuyingGroupTemplate)
class BuyingGroupTemplateAdmin(DeskAdmin):
    """What a complete buying group is, by segment."""

    list_display = ("name", "segment")
    inlines = (TemplateRoleInline,)


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    """What has left or is about to: e-mails and webhooks, with the last error."""

    list_display = (
        "created_at",
        "channel",
        "event_type",
        "recipient",
        "attempts",
        "delivered_at",
        "given_up_at",
        "last_error",
    )
    list_filter = ("channel", "event_type")
    search_fields = ("recipient", "key")
