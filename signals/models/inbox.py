"""What came in and did not become a touch, with its reason; the counts that add up (promises R2, R3)."""

from django.db import models
from django.utils import timezone

from accounts.models import ApiKey, Source


class SetAsideEvent(models.Model):
    """An event that could not be taken as it is, kept whole with the reason until somebody decides."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="set_aside")
    key = models.ForeignKey(ApiKey, null=True, on_delete=models.SET_NULL, related_name="+")
    received_at = models.DateTimeField(default=timezone.now)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    payload = models.JSONField()
    replayed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-received_at", "-id")
        indexes = (
            models.Index(fields=["-received_at"], condition=models.Q(replayed_at__isnull=True), name="set_aside_open"),
        )

    def __str__(self) -> str:
        return f"{self.code}: {self.reason}"


class EventConflict(models.Model):
    """A different body under a message id that is known: the first was kept."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="conflicts")
    message_id = models.CharField(max_length=255)
    received_at = models.DateTimeField(default=timezone.now)
    payload = models.JSONField()

    class Meta:
        ordering = ("-received_at", "-id")

    def __str__(self) -> str:
        return self.message_id


class IngestCount(models.Model):
    """Insert-only counts of one request: received = accepted + duplicate + set aside."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="counts", db_index=False)
    at = models.DateTimeField(default=timezone.now)
    received = models.PositiveIntegerField()
    accepted = models.PositiveIntegerField()
    duplicate = models.PositiveIntegerField()
    set_aside = models.PositiveIntegerField()
    bots = models.PositiveIntegerField(default=0, db_default=0, help_text="Of the accepted: bots', without points.")
    internal = models.PositiveIntegerField(default=0, db_default=0, help_text="Of the accepted: our own people's.")

    class Meta:
        indexes = (models.Index(fields=["source", "at"]),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(received=models.F("accepted") + models.F("duplicate") + models.F("set_aside")),
                name="ingest_counts_add_up",
            ),
        )

    def __str__(self) -> str:
        return f"{self.received} at {self.at:%Y-%m-%d %H:%M}"
