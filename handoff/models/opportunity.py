"""Opportunities: opened at the desk, or imported from a CRM (domain.md §5, §6)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, User


class Opportunity(models.Model):
    """A deal at an account. Money is a Decimal with its currency."""

    class Stage(models.TextChoices):
        """Open, or how it ended."""

        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="opportunities", db_index=False)
    name = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, default="USD")
    stage = models.CharField(max_length=4, choices=Stage, default=Stage.OPEN)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="opportunities")
    created_at = models.DateTimeField(default=timezone.now)
    expected_close_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    loss_reason = models.CharField(max_length=120, blank=True)
    system = models.CharField(max_length=40, blank=True)
    external_id = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name_plural = "opportunities"
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=["account", "-created_at"], name="opportunity_account"),
            models.Index(fields=["stage", "closed_on"], name="opportunity_closed"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["system", "external_id"], condition=~Q(external_id=""), name="opportunity_external"
            ),
            models.CheckConstraint(
                condition=Q(stage="open", closed_on__isnull=True) | (~Q(stage="open") & Q(closed_on__isnull=False)),
                name="opportunity_closed_has_day",
            ),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gte=0), name="opportunity_amount"),
        )

    def __str__(self) -> str:
        return self.name
