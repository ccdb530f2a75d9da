"""Research beyond our own channels (domain.md §2)."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from accounts.models import Account

from .catalogue import IntentTopic, Theme


class IntentSignal(models.Model):
    """One observation of one topic by one provider on one UTC day. Append-only; the last received counts."""

    class Kind(models.TextChoices):
        """What the provider saw."""

        TOPIC_SURGE = "topic_surge", "Topic surge"
        KEYWORD = "keyword", "Keyword searches"
        COMPETITOR = "competitor", "Competitor comparison"
        CATEGORY = "category", "Category comparison"

    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="intent_signals", db_index=False
    )
    domain = models.CharField(max_length=253)
    topic = models.ForeignKey(IntentTopic, on_delete=models.PROTECT, related_name="signals")
    provider = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.TOPIC_SURGE)
    composite = models.FloatField(validators=[MinValueValidator(0), MaxValueValidator(100)])
    observed_on = models.DateField()
    received_at = models.DateTimeField(default=timezone.now)
    raw = models.JSONField(default=dict, blank=True)
    known_from = models.DateTimeField(
        null=True, editable=False, help_text="Since when it is this account's; empty: since it was received."
    )

    class Meta:
        ordering = ("-observed_on", "-id")
        indexes = (
            models.Index(fields=["account", "-observed_on"]),
            models.Index(fields=["-received_at"]),
            models.Index(fields=["domain"], condition=models.Q(account__isnull=True), name="intent_unmatched"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(composite__gte=0, composite__lte=100), name="intent_composite_range"
            ),
        )

    def __str__(self) -> str:
        return f"{self.topic} {self.composite:g} ({self.provider})"


class PastTopicTheme(models.Model):
    """What a topic was about until `known_until`: rules or a person say otherwise since."""

    topic = models.ForeignKey(IntentTopic, on_delete=models.CASCADE, related_name="past_themes", db_index=False)
    theme = models.ForeignKey(Theme, null=True, on_delete=models.SET_NULL, related_name="+")
    known_until = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=["topic", "known_until", "id"], name="past_topic_theme"),)

    def __str__(self) -> str:
        return f"{self.topic} until {self.known_until:%Y-%m-%d %H:%M}"


class PastMatch(models.Model):
    """Whose a signal was until `known_until`: an account's that was merged since, or nobody's yet."""

    signal = models.ForeignKey(IntentSignal, on_delete=models.CASCADE, related_name="past_matches")
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    known_from = models.DateTimeField(null=True)
    known_until = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (models.Index(fields=["account", "known_until"], name="past_match_account"),)

    def __str__(self) -> str:
        return f"signal {self.signal_id} until {self.known_until:%Y-%m-%d %H:%M}"
