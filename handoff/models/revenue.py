"""What customers pay, as it changes: recorded from billing or a CRM, for lifetime value and retention (domain.md §6)."""

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account

from .opportunity import Opportunity


class RevenueEvent(models.Model):
    """One change of what an account pays a year. The amount is never negative: the kind says which way it goes.

    New, expansion: so much more a year from that day. Contraction, churn: so much less. Renewal: so much is paid for another
    year, which changes nothing of what recurs.
    """

    class Kind(models.TextChoices):
        """What happened."""

        NEW = "new", "New"
        EXPANSION = "expansion", "Expansion"
        CONTRACTION = "contraction", "Contraction"
        RENEWAL = "renewal", "Renewal"
        CHURN = "churn", "Churn"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="revenue_events", db_index=False)
    opportunity = models.ForeignKey(
        Opportunity, null=True, blank=True, on_delete=models.SET_NULL, related_name="revenue_events"
    )
    kind = models.CharField(max_length=11, choices=Kind)
    amount = models.DecimalField(
        max_digits=16, decimal_places=2, validators=[MinValueValidator(0)], help_text="A year, from 0 on."
    )
    currency = models.CharField(
        max_length=3, default="USD", validators=[RegexValidator(r"^[A-Z]{3}$", "Three capital letters, like EUR.")]
    )
    occurred_on = models.DateField("on")
    system = models.CharField(max_length=40, blank=True, help_text="Which system it comes from; empty: none.")
    external_id = models.CharField(max_length=120, blank=True, help_text="Its id there.")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-occurred_on", "-id")
        indexes = (
            models.Index(fields=["account", "occurred_on"], name="revenue_account"),
            models.Index(fields=["occurred_on"], name="revenue_day"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["system", "external_id"], condition=~Q(external_id=""), name="revenue_external"
            ),
            # Without an id of its own it is known by what it says.
            models.UniqueConstraint(
                fields=["account", "kind", "occurred_on", "currency", "opportunity"],
                condition=Q(external_id=""),
                nulls_distinct=False,
                name="revenue_natural",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="revenue_amount"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="revenue_currency"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount} {self.currency} on {self.occurred_on}"
