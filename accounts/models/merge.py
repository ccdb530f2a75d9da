"""That two accounts turned out to be one company, and what is needed to take that back (domain.md §8, "Matching")."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from .account import Account


class AccountMerge(models.Model):
    """One merge: `gone` became a part of `kept`. `moved` says by part what was moved, in ids alone."""

    gone = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="merges_away")
    kept = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="merges")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["gone"], condition=models.Q(undone_at__isnull=True), name="merged_away_once"
            ),
            models.CheckConstraint(condition=~models.Q(gone=models.F("kept")), name="merged_with_another"),
        )

    def __str__(self) -> str:
        return f"{self.gone} into {self.kept}"
