"""Touches as they are read by evaluations of many centers (signals/runs.py): derived, exact together with `TouchChange`."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class TouchRun(models.Model):
    """The touches of an account in a UTC month that are not ignored, as they are read now.

    Each column of bytes has one number a touch, as `signals.touches_sql.NUMBERS` says, each text one text a touch
    (`TEXTS`). With a `changed_at` all are empty: what came or changed since then is to be read from the touches.
    """

    pk = models.CompositePrimaryKey("month", "account_id")
    month = models.DateField(help_text="Its first day.")
    account_id = models.BigIntegerField()
    changed_at = models.DateTimeField(null=True)
    known_at = models.DateTimeField(null=True, help_text="When the last of it was received, or read as it is.")
    contacts = ArrayField(models.BigIntegerField())
    ids = models.BinaryField()
    people = models.BinaryField()
    types = models.BinaryField()
    themes = models.BinaryField()
    minutes = models.BinaryField()
    moments = models.BinaryField()
    known = models.BinaryField()
    channels = models.TextField()
    campaigns = models.TextField()

    class Meta:
        indexes = (
            models.Index(fields=["changed_at"], condition=Q(changed_at__isnull=False), name="touch_run_changed"),
        )

    def __str__(self) -> str:
        return f"account {self.account_id} in {self.month:%Y-%m}"
