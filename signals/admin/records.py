"""Admin of what was recorded: decisions, events set aside, conflicts, centers that could not be evaluated. To look at."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.base import ReadOnlyAdmin
from signals.model_queries import stages_ever
from signals.models import Decision, EventConflict, ModelPublication, ScoringFailure, SetAsideEvent


class StageFilter(admin.SimpleListFilter):
    """By the stages that any version has or had."""

    title = "stage"
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Those of the active version first."""
        return stages_ever()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Decision]) -> QuerySet[Decision]:
        """Those in it."""
        return queryset.filter(stage=self.value()) if self.value() else queryset


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    """What models said, with the evidence."""

    list_display = ("as_of", "account", "center", "qualified", "block", "in_stage", "score", "model")
    list_select_related = ("account", "center__account", "model")
    list_filter = ("qualified", "block", StageFilter, "model")
    search_fields = ("account__name",)
    date_hierarchy = None

    @admin.display(description="stage", ordering="stage")
    def in_stage(self, row: Decision) -> str:
        """In words."""
        return row.get_stage_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Decision]:
        """Lists leave the evidence in the database."""
        rows = super().get_queryset(request)
        listing = request.resolver_match is not None and (request.resolver_match.url_name or "").endswith("changelist")
        return rows.defer(*Decision.WIDE) if listing else rows


@admin.register(ModelPublication)
class ModelPublicationAdmin(ReadOnlyAdmin):
    """When which version became the active one, by whom, and why."""

    list_display = ("at", "model", "by", "is_rollback", "comment")
    list_select_related = ("model", "by")


@admin.register(SetAsideEvent)
class SetAsideEventAdmin(ReadOnlyAdmin):
    """Events that could not be taken as they are, whole, with the reason."""

    list_display = ("received_at", "source", "code", "reason", "replayed_at")
    list_select_related = ("source",)
    list_filter = ("code", "source")


@admin.register(EventConflict)
class EventConflictAdmin(ReadOnlyAdmin):
    """A different body under a message id that was known."""

    list_display = ("received_at", "source", "message_id")
    list_select_related = ("source",)
    search_fields = ("message_id",)


@admin.register(ScoringFailure)
class ScoringFailureAdmin(ReadOnlyAdmin):
    """Centers whose evaluation failed, and when it is tried again."""

    list_display = ("center_id", "failures", "last_at", "next_at", "error")
