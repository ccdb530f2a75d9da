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


class BacktestPart(models.Model):
    """Some centers of a run. Whoever holds the row looks at the next weeks of it and adds what was found."""

    run = models.ForeignKey(BacktestRun, on_delete=models.CASCADE, related_name="parts")
    first_center = models.BigIntegerField()
    last_center = models.BigIntegerField()
    centers = models.PositiveIntegerField()
    weeks = models.JSONField(default=list, help_text="What signals.backtest.Week reads, from the last week back.")
    left_out = models.JSONField(default=list, help_text="Centers whose facts could not be computed with.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["run", "first_center"], name="backtest_part_once"),)
        indexes = (models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="backtest_part_due"),)

    def __str__(self) -> str:
        return f"Centers {self.first_center} to {self.last_center} of {self.run_id}"
