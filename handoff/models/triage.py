"""Hand-raises that a person has to place: the account is unmatched, or its ICP status is unknown (domain.md §4)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, Contact, User

from .handoff import Handoff


class TriageItem(models.Model):
    """One hand-raise on the triage list, under the same clock as one in the queue."""

    touch_id = models.BigIntegerField(unique=True)
    account = models.ForeignKey(Account, null=True, blank=True, on_delete=models.CASCADE, related_name="triage")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    occurred_at = models.DateTimeField()
    due_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    reminded_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=20, blank=True, help_text="queued, owner, dismissed, out")
    handoff = models.ForeignKey(Handoff, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("due_at", "id")
        indexes = (models.Index(fields=["due_at"], condition=Q(resolved_at__isnull=True), name="triage_open"),)

    def __str__(self) -> str:
        return f"hand-raise {self.touch_id}"
