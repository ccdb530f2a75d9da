"""What was said, kept with the handoff and its account (domain.md §5)."""

from django.db import models
from django.utils import timezone

from accounts.models import Account, User

from .handoff import Handoff


class Note(models.Model):
    """A note of a person."""

    class Kind(models.TextChoices):
        """Where it comes from."""

        CALL = "call", "Call"
        EMAIL = "email", "E-mail"
        MEETING = "meeting", "Meeting"
        CONTEXT = "context", "Context"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="notes")
    handoff = models.ForeignKey(Handoff, null=True, blank=True, on_delete=models.SET_NULL, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.CONTEXT)
    text = models.TextField()
    is_pinned = models.BooleanField(default=False)
    mentions = models.ManyToManyField(User, blank=True, related_name="mentioned_in")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-is_pinned", "-created_at", "-id")
        indexes = (models.Index(fields=["account", "-created_at"], name="note_account"),)
        constraints = (models.CheckConstraint(condition=~models.Q(text=""), name="note_says_something"),)

    def __str__(self) -> str:
        return self.text[:60]
