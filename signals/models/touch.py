"""Touches as received, how they are read now, and how they were read before (domain.md §2).

The table is partitioned by month of `occurred_at` (migration 0002); the database's primary key is
(id, occurred_at), which Django need not know. Uniqueness of message ids lives in the slim ledger.
"""

import pgtrigger
from django.db import models
from django.utils import timezone

from accounts.models import Account, Contact, Source

from .catalogue import Theme, TouchType


class Reading(models.Model):
    """How a touch is read: whose it is, its type, its theme. Can be revised; `known_from` says since when."""

    account = models.ForeignKey(
        Account,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    contact = models.ForeignKey(
        Contact,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    touch_type = models.ForeignKey(TouchType, on_delete=models.PROTECT, related_name="+", db_index=False)
    theme = models.ForeignKey(Theme, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    channel = models.CharField(max_length=40, blank=True)
    campaign = models.CharField(max_length=120, blank=True)
    minutes = models.DecimalField(max_digits=7, decimal_places=2, default=0)
    ignored = models.CharField(
        max_length=20, blank=True, help_text="bot, internal or wrong: kept and shown, gives nothing."
    )
    known_from = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class Touch(Reading):
    """One interaction. What was received never changes; the reading's columns are the current reading."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    message_id = models.CharField(max_length=255)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=10, help_text="track, page, screen, import or manual")
    name = models.CharField(max_length=255, blank=True, help_text="Event or page name as received.")
    path = models.CharField(max_length=500, blank=True)
    visitor = models.CharField(max_length=255, blank=True, help_text="The anonymousId; empty when none was sent.")
    user_id = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=254, blank=True)
    domain = models.CharField(max_length=253, blank=True, help_text="Registrable domain that matching went by.")
    group_id = models.CharField(max_length=255, blank=True)
    payload = models.JSONField(default=dict, help_text="properties and context as received")

    class Meta:
        verbose_name_plural = "touches"
        ordering = ("-occurred_at", "-id")
        indexes = (
            # Reports need no more of a touch than this, and so never read the touches themselves.
            models.Index(
                fields=["account", "occurred_at"],
                include=[
                    "touch_type",
                    "ignored",
                    "minutes",
                    "channel",
                    "campaign",
                    "contact",
                    "received_at",
                    "known_from",
                    "id",
                ],
                name="touch_account_covering",
            ),
            models.Index(fields=["contact", "occurred_at"], name="touch_contact_occurred"),
            models.Index(
                fields=["visitor"],
                condition=models.Q(contact__isnull=True) & ~models.Q(visitor=""),
                name="touch_unknown_visitor",
            ),
            models.Index(fields=["domain"], condition=models.Q(account__isnull=True), name="touch_unmatched_domain"),
            models.Index(
                fields=["group_id"],
                condition=models.Q(account__isnull=True) & ~models.Q(group_id=""),
                name="touch_unmatched_group",
            ),
            models.Index(fields=["touch_type", "-received_at"], name="touch_type_received"),
            models.Index(fields=["occurred_at"], condition=models.Q(ignored="wrong"), name="touch_marked_wrong"),
        )

    def __str__(self) -> str:
        return f"{self.touch_type_id} at {self.occurred_at:%Y-%m-%d %H:%M}"


class PastReading(Reading):
    """A reading that was revised at `known_until`."""

    touch_id = models.BigIntegerField()
    known_until = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = (
            models.Index(fields=["touch_id", "known_until"]),
            models.Index(fields=["account", "known_until"]),
        )

    def __str__(self) -> str:
        return f"touch {self.touch_id} until {self.known_until:%Y-%m-%d %H:%M}"


class TouchLedger(models.Model):
    """Every message id that was ever accepted, per source. It outlives erasure: a resend stays erased."""

    pk = models.CompositePrimaryKey("source_id", "digest")
    source_id = models.BigIntegerField()
    digest = models.BinaryField(max_length=16, help_text="First 16 bytes of SHA-256 of the message id.")
    body = models.BinaryField(max_length=16, help_text="First 16 bytes of SHA-256 of the canonical body.")
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        triggers = (pgtrigger.Protect(name="ledger_append_only", operation=pgtrigger.Update),)

    def __str__(self) -> str:
        return bytes(self.digest).hex()
