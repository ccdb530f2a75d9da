"""When a contact was an MQL (domain.md §3), kept so that MQLs are counted beside MQAs."""

from django.db import models
from django.db.models import Q

from accounts.models import Account, Contact


class MqlSpell(models.Model):
    """That a contact was an MQL from a day until a day; open while it is one. Written by rescoring."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="mql_spells")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="mql_spells")
    since = models.DateField()
    until = models.DateField(null=True, help_text="The first day on which it was none any more.")

    class Meta:
        ordering = ("-since", "-id")
        indexes = (models.Index(fields=["since"], name="mql_since"),)
        constraints = (
            models.UniqueConstraint(fields=["contact"], condition=Q(until__isnull=True), name="one_open_mql_spell"),
        )

    def __str__(self) -> str:
        return f"{self.contact_id} since {self.since}"
