"""Who outside is told of what happens at the desk, and how each attempt went (domain.md §8, promises X3)."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import User

from .notice import OutboxMessage


@pghistory.track(exclude=["secret", "url"])
class WebhookEndpoint(models.Model):
    """An address that takes events: by the Standard Webhooks specification, or as Slack and its like take text.

    The secret signs, so it has to be kept as it is; it is shown once. The address of a Slack endpoint is a secret itself.
    """

    class Kind(models.TextChoices):
        """What the address understands."""

        STANDARD = "standard", "Standard Webhooks"
        SLACK = "slack", "Slack-compatible"

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.STANDARD)
    name = models.CharField(max_length=100)
    url = models.URLField("address", max_length=500)
    secret = models.CharField(
        max_length=100, blank=True, editable=False, help_text="whsec_…; Slack endpoints have none."
    )
    event_types = ArrayField(models.CharField(max_length=40), help_text="“*” stands for all.")
    is_active = models.BooleanField(default=True)
    stopped_because = models.CharField(max_length=200, blank=True, help_text="Why the desk itself stopped sending.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="slack", secret="") | models.Q(kind="standard", secret__startswith="whsec_"),  # noqa: S106 - how all of them begin
                name="webhook_signed",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def wants(self, event_type: str) -> bool:
        """True when this endpoint is to be told of such an event."""
        return "*" in self.event_types or event_type in self.event_types


class WebhookAttempt(models.Model):
    """One try to deliver a message to an endpoint. Append-only."""

    message = models.ForeignKey(OutboxMessage, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(null=True, help_text="Null: no answer came.")
    error = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField()

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.message_id}: {self.status or self.error}"
