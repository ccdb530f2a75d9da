"""Valid-from rows for whatever decides, so that a past day is recomputed as it was known then."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from .account import Account
from .contact import Contact


class Fact(models.Model):
    """One value that one field had from `known_from` until the next row of the same field."""

    field = models.CharField(max_length=60)
    value = models.JSONField(null=True)
    known_from = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    source = models.CharField(max_length=40, blank=True, help_text="page, import, events, rule, api, …")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.field}={self.value!r} from {self.known_from:%Y-%m-%d}"


class AccountFact(Fact):
    """A firmographic or custom field of an account, `is_target` or customer dates, since a moment."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="facts", db_index=False)

    class Meta:
        indexes = (
            models.Index(fields=["account", "field", "-known_from", "-id"], name="account_fact_latest"),
            models.Index(fields=["by"], condition=models.Q(by__isnull=False), name="account_fact_by"),
            models.Index(
                fields=["value", "account"], condition=models.Q(field="is_target"), name="account_fact_target"
            ),
        )


class ContactFact(Fact):
    """A contact's account, center, seniority, persona or exclusion since a moment."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="facts", db_index=False)

    class Meta:
        indexes = (
            models.Index(fields=["contact", "field", "-known_from", "-id"], name="contact_fact_latest"),
            models.Index(fields=["by"], condition=models.Q(by__isnull=False), name="contact_fact_by"),
        )
