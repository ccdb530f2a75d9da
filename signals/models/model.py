"""Versions of everything that decides (domain.md §2, §7)."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


@pghistory.track()
class ScoringModel(models.Model):
    """One version. `config` is a `signals.scoring_config.ScoringConfig`; once published it never changes."""

    class Status(models.TextChoices):
        """draft → active → archived; a roll-back makes an archived one active again."""

        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        ARCHIVED = "archived", "Archived"

    version = models.PositiveIntegerField(unique=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.DRAFT)
    config = models.JSONField()
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="copies")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-version",)
        constraints = (
            models.UniqueConstraint(fields=["status"], condition=Q(status="active"), name="one_active_model"),
        )
        triggers = (
            pgtrigger.Protect(
                name="published_model_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["active", "archived"])
                & (
                    pgtrigger.Q(new__status="draft")
                    | pgtrigger.Q(old__config__df=pgtrigger.F("new__config"))
                    | pgtrigger.Q(old__version__df=pgtrigger.F("new__version"))
                ),
            ),
            pgtrigger.Protect(
                name="published_model_kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__status__in=["active", "archived"]),
            ),
        )

    def __str__(self) -> str:
        return f"model {self.version}"


class ModelPublication(models.Model):
    """That a version became the active one: when, by whom, why. Append-only."""

    model = models.ForeignKey(ScoringModel, on_delete=models.PROTECT, related_name="publications")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    api_key = models.ForeignKey(
        "accounts.ApiKey",
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
        help_text="Where a key and no person did it.",
    )
    comment = models.TextField()
    is_rollback = models.BooleanField(default=False)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.model} at {self.at:%Y-%m-%d %H:%M}"

    @property
    def who(self) -> str:
        """Who did it, in words."""
        if self.by is not None:
            return str(self.by)
        return f"the key {self.api_key}" if self.api_key is not None else "the system"
