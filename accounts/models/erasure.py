"""That people were erased, and by what they would be recognised if they were sent again (domain.md §2)."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Erasure(models.Model):
    """One erasure: when, by whom, how much of what is gone. Says nothing of the person."""

    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    cleared = models.JSONField(default=dict, help_text="How many rows of each place were deleted or emptied.")
    turned_away = models.PositiveIntegerField(default=0, help_text="Events of the person that came afterwards.")

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"Erasure {self.pk}"


class ErasedKey(models.Model):
    """The digest of an e-mail address, user id or visitor id of an erased person. The text itself is not kept."""

    digest = models.BinaryField(primary_key=True, max_length=16, help_text="First 16 bytes of SHA-256.")
    erasure = models.ForeignKey(Erasure, on_delete=models.CASCADE, related_name="keys")

    def __str__(self) -> str:
        return bytes(self.digest).hex()
