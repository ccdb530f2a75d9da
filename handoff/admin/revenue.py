"""Admin of revenue events: looked through and put right by whoever imports them."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.base import DeskAdmin
from accounts.roles import Capability
from handoff.models import RevenueEvent


@admin.register(RevenueEvent)
class RevenueEventAdmin(DeskAdmin):
    """What customers pay a year, as it changes. Many come by import or API; one can be written, mended or taken out here."""

    capability = Capability.IMPORT
    may_delete = True
    fields = ("account", "opportunity", "kind", ("amount", "currency"), "occurred_on", ("system", "external_id"))
    list_display = ("occurred_on", "account", "kind", "amount", "currency", "system", "external_id")
    list_filter = ("kind", "currency")
    list_select_related = ("account",)
    search_fields = ("account__name", "external_id")
    raw_id_fields = ("account", "opportunity")
