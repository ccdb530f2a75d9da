"""Closed months: their attribution and funnel stay as they were known, until somebody restates them (domain.md §6)."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


@pghistory.track()
class ReportPolicy(models.Model):
    """The one row of what holds for reports."""

    close_days = models.PositiveSmallIntegerField(
        "days after its end on which a month closes by itself",
        null=True,
        blank=True,
        default=5,
        help_text="Empty: months close by hand alone.",
    )

    class Meta:
        verbose_name_plural = "report policy"
        constraints = (models.CheckConstraint(condition=Q(pk=1), name="one_report_policy"),)

    def __str__(self) -> str:
        return "Report policy"


class MonthClose(models.Model):
    """A month whose touches count as they were known at `known_at`; restating it moves that moment."""

    month = models.DateField(unique=True, help_text="Its first day.")
    known_at = models.DateTimeField()
    closed_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Nobody: the desk itself."
    )

    class Meta:
        ordering = ("-month",)
        constraints = (models.CheckConstraint(condition=Q(month__day=1), name="month_close_first_day"),)

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"


class Restatement(models.Model):
    """That a closed month was computed anew: what its figures were before and after, by name."""

    close = models.ForeignKey(MonthClose, on_delete=models.PROTECT, related_name="restatements")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    comment = models.CharField(max_length=300)
    known_before = models.DateTimeField()
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        ordering = ("-at", "-id")
        triggers = (
            pgtrigger.Protect(name="restatement_kept", operation=pgtrigger.Delete),
            # An erasure takes a person out of the comment; nothing else ever changes.
            pgtrigger.Protect(
                name="restatement_append_only",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("to_jsonb(OLD) - 'comment' IS DISTINCT FROM to_jsonb(NEW) - 'comment'"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.close} restated"
