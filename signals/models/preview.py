"""What was asked of past weeks: backtests run in the background and keep their result (domain.md §7)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User

from .model import ScoringModel


class BacktestRun(models.Model):
    """What a version and the active one would have said at the end of each of so many weeks. Changes nothing else stored.

    The documents are kept as they were when it was asked for, so that a draft may go on changing. `result` is what
    `signals.backtest.Result` reads, once every week is done.
    """

    model = models.ForeignKey(ScoringModel, on_delete=models.CASCADE, related_name="backtests")
    weeks = models.PositiveSmallIntegerField()
    configs = models.JSONField(help_text="[name of a version, its document], the active one first.")
    requested_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    centers = models.PositiveIntegerField(default=0, help_text="How many there were, for the progress.")
    result = models.JSONField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["model"], condition=Q(finished_at__isnull=True), name="one_backtest_of_a_model"
            ),
        )

    def __str__(self) -> str:
        return f"Backtest of model {self.model_id} over {self.weeks} weeks"


class BacktestWeek(models.Model):
    """One week of a run. Whoever holds the row scores the next centers and moves `at_center` on in the same transaction."""

    run = models.ForeignKey(BacktestRun, on_delete=models.CASCADE, related_name="done_weeks")
    day = models.DateField(help_text="At its end.")
    at_center = models.BigIntegerField(default=0, help_text="The last center that was scored.")
    scored = models.PositiveIntegerField(default=0)
    accounts = models.PositiveIntegerField(default=0)
    qualified = models.JSONField(default=dict, help_text="Name of a version → how many centers it called MQAs.")
    called = models.JSONField(default=dict, help_text="Name of a version → the ids of their accounts.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("day",)
        constraints = (models.UniqueConstraint(fields=["run", "day"], name="backtest_week_once"),)
        indexes = (models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="backtest_week_due"),)

    def __str__(self) -> str:
        return f"{self.day} of {self.run_id}"
