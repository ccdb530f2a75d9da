"""Admin of what holds for reports."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.base import DeskAdmin
from reports.models import ReportPolicy


@admin.register(ReportPolicy)
class ReportPolicyAdmin(DeskAdmin):
    """The one policy."""

    may_delete = False

    def has_add_permission(self, request: object) -> bool:
        """There is one."""
        return super().has_add_permission(request) and not ReportPolicy.objects.exists()  # type: ignore[arg-type]
