"""What people do about data on its way in: reading past touches again, and leaving origins alone that are nobody's."""

from django.db import models
from django.utils import timezone

from accounts.models import User


class Remapping(models.Model):
    """One run over past touches that reads them by the rules as they are (domain.md §8). At most one is under way.

    A worker takes a chunk, in the order of touch ids, and moves `at_id` on in the same transaction: killed anywhere, the
    next one goes on behind it.
    """

    requested_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at_id = models.BigIntegerField(default=0, help_text="The last touch that was read again.")
    last_id = models.BigIntegerField(default=0, help_text="The latest touch when it was asked for, for the progress.")
    read = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                models.Value(1), condition=models.Q(finished_at__isnull=True), name="one_remapping_under_way"
            ),
        )

    def __str__(self) -> str:
        return f"Remapping of {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def percent(self) -> int:
        """How far it is, 0 to 100, whole percent."""
        if self.finished_at:
            return 100
        return min(99, self.at_id * 100 // self.last_id) if self.last_id else 0


class IgnoredOrigin(models.Model):
    """A domain, group, person or visitor whose touches wait for no account: our own people, free mail, a test."""

    class Kind(models.TextChoices):
        """What the touches have in common."""

        DOMAIN = "domain", "Domain"
        GROUP = "group", "Group"
        PERSON = "person", "Person"
        VISITOR = "visitor", "Visitor"

    class Reason(models.TextChoices):
        """Why nobody need look."""

        INTERNAL = "internal", "Our own people or a test"
        FREE_MAIL = "free_mail", "Free mail, a school or an internet provider"
        OTHER = "other", "No company to sell to"

    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=255)
    reason = models.CharField(max_length=10, choices=Reason)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("-at", "-id")
        constraints = (models.UniqueConstraint(fields=["kind", "value"], name="ignored_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"
