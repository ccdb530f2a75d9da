"""How each person wants to be told: by kind and channel, and when the digest comes."""

from django.core.validators import MaxValueValidator
from django.db import models

from accounts.models import User


class NoticeChoice(models.Model):
    """That a user wants a kind of notice otherwise than the desk does by itself (handoff/notify.py)."""

    class Mail(models.TextChoices):
        """Whether an e-mail comes of it, and when."""

        NOW = "now", "At once"
        DIGEST = "digest", "In the digest"
        OFF = "off", "Not"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notice_choices")
    kind = models.CharField(max_length=30)
    bell = models.BooleanField(default=True)
    mail = models.CharField(max_length=6, choices=Mail)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "kind"], name="notice_choice_once"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.kind}"


class DigestChoice(models.Model):
    """When a user's digest comes, in their own zone. None: daily at eight."""

    class Every(models.TextChoices):
        """How often."""

        DAY = "day", "Every day"
        WEEK = "week", "Every Monday"

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="digest")
    every = models.CharField(max_length=4, choices=Every, default=Every.DAY)
    hour = models.PositiveSmallIntegerField(default=8, validators=[MaxValueValidator(23)])

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(hour__lte=23), name="digest_hour"),)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.every} at {self.hour}"
