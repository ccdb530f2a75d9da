"""What is to be scored, the present state of each center, and every decision (domain.md §4, architecture.md)."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, BuyingCenter, Contact
from signals import wording
from signals.scoring_config import STAGE_LENGTH

from .catalogue import Theme
from .model import ScoringModel


class Icp(models.TextChoices):
    """ICP status."""

    IN = "in", "In the ICP"
    OUT = "out", "Outside the ICP"
    UNKNOWN = "unknown", "Unknown"


class Gate(models.TextChoices):
    """The five gates, in their order."""

    RELEVANCE = "relevance", "Relevance"
    CLUSTER = "cluster", "Cluster"
    SPREAD = "spread", "Spread"
    DIRECTION = "direction", "Direction"
    THRESHOLD = "threshold", "Threshold"


class RescoreRequest(models.Model):
    """Insert-only: that a center is to be evaluated. The one table that drives all rescoring."""

    class Priority(models.IntegerChoices):
        """Smaller first: fresh touches before publishes and midnight."""

        FRESH = 0
        CHANGED = 10
        PUBLISH = 20
        DAY = 30

    center = models.ForeignKey(
        BuyingCenter, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    due_at = models.DateTimeField(default=timezone.now)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.CHANGED)
    reason = models.CharField(max_length=20)

    class Meta:
        indexes = (models.Index(fields=["priority", "due_at", "id"], name="rescore_order"),)

    def __str__(self) -> str:
        return f"{self.center_id}: {self.reason}"


class ScoringFailure(models.Model):
    """A center whose evaluation raised: the others go on, it is tried again ever later, and this row shows it."""

    center = models.OneToOneField(BuyingCenter, primary_key=True, on_delete=models.CASCADE, related_name="failure")
    failures = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField()
    error = models.TextField()

    class Meta:
        ordering = ("-last_at",)

    def __str__(self) -> str:
        return f"{self.center_id}: {self.error}"


class DailyRun(models.Model):
    """That everything was put on the list for a UTC day, and when the comparison of all centers was made."""

    day = models.DateField(primary_key=True)
    requested_at = models.DateTimeField(default=timezone.now)
    compared_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day}"


class EngagementDay(models.Model):
    """The points of all evaluated centers when a UTC day began, which its Account Engagement Scores go by.

    Numbers as signals/month_frames.py has them, in the order of centers: a row a center and day would be most of the database.
    """

    day = models.DateField(primary_key=True)
    centers = models.BinaryField()
    points = models.BinaryField(help_text="Millionths.")

    class Meta:
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day}"


class CenterState(models.Model):
    """The latest evaluation of a center. Ingestion never touches this table; scorers lock its rows."""

    center = models.OneToOneField(BuyingCenter, primary_key=True, on_delete=models.CASCADE, related_name="state")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="center_states", db_index=False)
    # Without a constraint, as are those of `Decision`: checking them cost more than their columns. One statement writes a
    # decision and the state that names it; versions that decided can't be deleted (`published_model_kept`), and a center goes
    # with its account. That the center is there is checked still.
    model = models.ForeignKey(
        ScoringModel, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    evaluated_at = models.DateTimeField(null=True)
    as_of_day = models.DateField(null=True)
    score = models.FloatField(null=True)
    fit = models.FloatField(null=True)
    engagement = models.FloatField(null=True)
    intent = models.FloatField(null=True)
    points_micro = models.BigIntegerField(null=True)
    minutes = models.FloatField(null=True)
    outbound_minutes = models.FloatField(null=True)
    engagement_score = models.FloatField(null=True, help_text="Percentile among centers with points; daily.")
    icp = models.CharField(max_length=7, choices=Icp, blank=True)
    qualified = models.BooleanField(default=False)
    block = models.CharField(max_length=10, choices=Gate, blank=True)
    stage = models.CharField(max_length=STAGE_LENGTH, blank=True, help_text="The name of a band of the model, or mqa.")
    theme = models.ForeignKey(Theme, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    people = models.PositiveIntegerField(default=0, help_text="Known people with points in the cluster.")
    mqls = models.PositiveIntegerField(default=0)
    is_surging = models.BooleanField(default=False)
    surged_on = models.DateField(null=True)
    last_touch_at = models.DateTimeField(null=True)
    hand_raise_touch_id = models.BigIntegerField(null=True)
    hand_raise_at = models.DateTimeField(null=True)
    qualified_since = models.DateTimeField(null=True)
    unqualified_since = models.DateField(null=True)
    # Empty of a center that never came before the desk: signals/telling.py tells it.
    why = models.CharField(max_length=300, blank=True, help_text="One line for the queue.")
    # Maybe with days before them: where nothing but the day changes it stays as it is.
    strip = models.JSONField(default=list, help_text="[day, high, mid, low] undecayed points of 90 days")
    # As it is kept: signals/telling.py tells it.
    evidence = models.JSONField(
        default=dict, null=True, help_text="Null: see signals/telling.py, which has it from the decision or makes it."
    )
    decision = models.ForeignKey(
        "Decision", null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )

    # Every evaluation writes each index anew, so there is none that the whole table would not answer as well.
    class Meta:
        indexes = (
            models.Index(fields=["-score"], name="state_score"),
            models.Index(fields=["account"], name="state_account"),
            models.Index(fields=["qualified", "-score"], name="state_qualified"),
            # Few ever raise a hand, and the desk asks each minute.
            models.Index(
                fields=["hand_raise_at"], condition=models.Q(hand_raise_at__isnull=False), name="state_hand_raised"
            ),
        )

    def __str__(self) -> str:
        return f"{self.center_id}: {self.score}"

    def get_stage_display(self) -> str:
        """The stage in words."""
        return wording.stage(self.stage)


class Decision(models.Model):
    """What a model said of a center at a moment, with its evidence. Append-only."""

    # Their indexes are those below.
    center = models.ForeignKey(BuyingCenter, on_delete=models.CASCADE, related_name="decisions", db_index=False)
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="decisions", db_index=False, db_constraint=False
    )
    model = models.ForeignKey(ScoringModel, on_delete=models.PROTECT, related_name="decisions", db_constraint=False)
    as_of = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    qualified = models.BooleanField()
    block = models.CharField(max_length=10, choices=Gate, blank=True)
    stage = models.CharField(max_length=STAGE_LENGTH, help_text="The name of a band of the model, or mqa.")
    icp = models.CharField(max_length=7, choices=Icp)
    score = models.FloatField()
    fit = models.FloatField()
    engagement = models.FloatField()
    intent = models.FloatField()
    points_micro = models.BigIntegerField()
    # JSON as signals/evidence_kept.py makes it, which signals/telling.py tells: text, as nothing in the database reads it, and
    # parsing and packing it cost more than all else of a row.
    kept = models.TextField(blank=True, db_default="", help_text="Names ids only; pages add the names.")
    evidence = models.JSONField(null=True, help_text="What decisions had before there was `kept`.")
    touch_ids = ArrayField(models.BigIntegerField(), default=list)

    # What lists leave in the database.
    WIDE = ("kept", "evidence", "touch_ids")

    class Meta:
        ordering = ("-as_of", "-id")
        indexes = (
            models.Index(fields=["center", "-as_of", "-id"], name="decision_center_latest"),
            models.Index(fields=["account", "-as_of"], name="decision_account"),
            models.Index(fields=["-recorded_at"], name="decision_recorded"),
        )
        triggers = (pgtrigger.Protect(name="decision_append_only", operation=pgtrigger.Update),)

    def __str__(self) -> str:
        return f"{self.center_id} at {self.as_of:%Y-%m-%d %H:%M}"

    def get_stage_display(self) -> str:
        """The stage in words."""
        return wording.stage(self.stage)


class Transition(models.Model):
    """A change that the desk has to act on; `handoff` reads the unprocessed ones, idempotently."""

    class Kind(models.TextChoices):
        """What changed."""

        QUALIFIED = "qualified", "Qualified"
        UNQUALIFIED = "unqualified", "No longer qualified"
        HAND_RAISE = "hand_raise", "Hand-raise"
        EVALUATED = "evaluated", "Evaluated on a new day"

    kind = models.CharField(max_length=12, choices=Kind)
    center = models.ForeignKey(BuyingCenter, null=True, on_delete=models.CASCADE, related_name="transitions")
    decision = models.ForeignKey(Decision, null=True, on_delete=models.CASCADE, related_name="transitions")
    touch_id = models.BigIntegerField(null=True, help_text="The hand-raise, also of nobody we know.")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["id"], condition=Q(processed_at__isnull=True), name="transition_unprocessed"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.center_id}"
