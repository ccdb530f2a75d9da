"""What people and systems are told; everything leaves through the one outbox."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User

from .handoff import Handoff


class Notice(models.Model):
    """One line in somebody's bell. `key` makes it exactly one."""

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=30)
    text = models.CharField(max_length=300)
    handoff = models.ForeignKey(Handoff, null=True, on_delete=models.CASCADE, related_name="notices")
    account = models.ForeignKey("accounts.Account", null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    in_bell = models.BooleanField(
        default=True, db_default=True, help_text="False where the user wants none of its kind."
    )
    in_digest = models.BooleanField(default=False, db_default=False, help_text="It comes with the next digest.")
    digested_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["recipient", "-created_at"], name="notice_recipient"),
            models.Index(
                fields=["recipient"], condition=Q(in_digest=True, digested_at__isnull=True), name="notice_undigested"
            ),
        )
        constraints = (models.UniqueConstraint(fields=["recipient", "key"], name="notice_once"),)

    def __str__(self) -> str:
        return self.text


class OutboxMessage(models.Model):
    """Something that has to leave: written in the transaction that caused it, delivered at least once."""

    class Channel(models.TextChoices):
        """How it leaves."""

        EMAIL = "email", "E-mail"
        WEBHOOK = "webhook", "Webhook"
        SLACK = "slack", "Slack-compatible webhook"

    channel = models.CharField(max_length=8, choices=Channel)
    key = models.CharField(max_length=160, unique=True, help_text="Stable id; the receiver can tell repeats by it.")
    event_type = models.CharField(max_length=60)
    recipient = models.CharField(max_length=500)
    endpoint = models.ForeignKey(
        "WebhookEndpoint", null=True, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    payload = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(delivered_at__isnull=True, given_up_at__isnull=True),
                name="outbox_due",
            ),
            models.Index(fields=["endpoint", "-created_at"], name="outbox_endpoint"),
        )

    def __str__(self) -> str:
        return f"{self.event_type} to {self.recipient}"
