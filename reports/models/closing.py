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


class ClosedDeal(models.Model):
    """An opportunity as it stood when the month was closed or last restated, in which it closed or was created (`role`)."""

    class Role(models.TextChoices):
        """By which of its days it is of the month."""

        CLOSED = "closed", "Closed in the month"
        CREATED = "created", "Created in the month"

    close = models.ForeignKey(MonthClose, on_delete=models.CASCADE, related_name="deals")
    role = models.CharField(max_length=7, choices=Role)
    opportunity_id = models.BigIntegerField()
    stage = models.CharField(max_length=4)
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    owner_id = models.BigIntegerField(null=True)
    is_target = models.BooleanField()
    created_at = models.DateTimeField()
    closed_on = models.DateField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["close", "role", "opportunity_id"], name="closed_deal_once"),)

    def __str__(self) -> str:
        return f"opportunity {self.opportunity_id} in {self.close}"
