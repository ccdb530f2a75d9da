"""One journey of one MQA through the desk, and every move of it (domain.md §5)."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Account, BuyingCenter, User
from signals.models import Decision, ScoringModel

from .opportunity import Opportunity


class HandoffState(models.TextChoices):
    """The states of §5."""

    QUEUED = "queued", "Queued"
    WORKING = "working", "Working"
    PASSED = "passed", "Passed to AE"
    ACCEPTED = "accepted", "Accepted"
    OPPORTUNITY = "opportunity", "Opportunity"
    WON = "won", "Won"
    LOST = "lost", "Lost"
    RECYCLED = "recycled", "Recycled"
    DISQUALIFIED = "disqualified", "Disqualified"
    WITHDRAWN = "withdrawn", "Withdrawn"


OPEN_STATES = ("queued", "working", "passed", "accepted", "opportunity")
CLOSED_STATES = ("won", "lost", "recycled", "disqualified", "withdrawn")


@pghistory.track()
class Reason(models.Model):
    """A reason that an admin offers for a return, a recycle, a disqualification or a loss."""

    class Kind(models.TextChoices):
        """What the reason is for."""

        RETURN = "return", "Return by the AE"
        RECYCLE = "recycle", "Recycle"
        DISQUALIFY = "disqualify", "Disqualify"
        LOSS = "loss", "Loss"

    kind = models.CharField(max_length=10, choices=Kind)
    key = models.SlugField()
    label = models.CharField(max_length=80)
    needs_criterion = models.BooleanField("asks which criterion", default=False)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("kind", "position", "id")
        constraints = (models.UniqueConstraint(fields=["kind", "key"], name="reason_key"),)

    def __str__(self) -> str:
        return self.label


def _pair(name: str) -> models.CheckConstraint:
    """That `<name>_at` and `<name>_by` are both set or both empty."""
    both = Q(**{f"{name}_at__isnull": False, f"{name}_by__isnull": False})
    none = Q(**{f"{name}_at__isnull": True, f"{name}_by__isnull": True})
    return models.CheckConstraint(condition=both | none, name=f"handoff_{name}_pair")


class Handoff(models.Model):
    """One journey, from queue to outcome. A center has at most one open handoff."""

    center = models.ForeignKey(BuyingCenter, on_delete=models.CASCADE, related_name="handoffs")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="handoffs")
    state = models.CharField(max_length=12, choices=HandoffState, default=HandoffState.QUEUED)
    state_since = models.DateTimeField(default=timezone.now)
    is_mqa = models.BooleanField(default=True, help_text="False for a hand-raise that is not an MQA.")
    decision = models.ForeignKey(
        Decision,
        null=True,
        on_delete=models.PROTECT,
        related_name="handoffs",
        help_text="The one that opened it.",
    )
    model = models.ForeignKey(
        ScoringModel,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="The version that decided so; a trigger takes it from the decision.",
    )
    hand_raise_at = models.DateTimeField(null=True)
    hand_raise_touch_id = models.BigIntegerField(null=True)
    qualified_at = models.DateTimeField(null=True, help_text="When it first qualified in this journey.")
    queued_at = models.DateTimeField(default=timezone.now)
    cooling_since = models.DateField(null=True)

    assigned_to = models.ForeignKey(
        User,
        null=True,
        on_delete=models.SET_NULL,
        related_name="assigned_handoffs",
        help_text="For whom it waits in the queue, by a rule; null: for the account's owner.",
    )
    assigned_at = models.DateTimeField(null=True)
    assigned_rule = models.ForeignKey(
        "AssignmentRule", null=True, on_delete=models.SET_NULL, related_name="+", help_text="The rule that said so."
    )

    claimed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="claimed_handoffs")
    claimed_at = models.DateTimeField(null=True)
    passed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="passed_handoffs")
    passed_at = models.DateTimeField(null=True)
    ae = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="received_handoffs")
    summary = models.TextField(blank=True)
    next_step = models.TextField(blank=True, help_text="What the SDR suggests next.")
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="accepted_handoffs")
    accepted_at = models.DateTimeField(null=True)
    opportunity = models.ForeignKey(Opportunity, null=True, on_delete=models.PROTECT, related_name="handoffs")
    opportunity_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        User,
        null=True,
        on_delete=models.PROTECT,
        related_name="closed_handoffs",
        help_text="Null: the system.",
    )
    reason = models.ForeignKey(Reason, null=True, on_delete=models.PROTECT, related_name="handoffs")
    criterion = models.CharField(max_length=80, blank=True, help_text="Which criterion did not fit.")
    comeback_on = models.DateField(null=True)
    score_at_close = models.FloatField(null=True)

    claim_due_at = models.DateTimeField(null=True)
    decision_due_at = models.DateTimeField(null=True)
    answer_due_at = models.DateTimeField(null=True)
    outreach_due_at = models.DateTimeField(null=True)
    outreach_at = models.DateTimeField(null=True)
    last_activity_at = models.DateTimeField(default=timezone.now)
    offered_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-queued_at", "-id")
        indexes = (
            models.Index(fields=["state", "claim_due_at"], name="handoff_queue"),
            models.Index(fields=["claimed_by", "state"], name="handoff_holder"),
            models.Index(fields=["ae", "state"], name="handoff_ae"),
            models.Index(fields=["account", "-queued_at"], name="handoff_account"),
            models.Index(fields=["closed_at"], name="handoff_closed"),
        )
        constraints = (
            models.UniqueConstraint(fields=["center"], condition=Q(state__in=OPEN_STATES), name="one_open_handoff"),
            _pair("claimed"),
            _pair("passed"),
            _pair("accepted"),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_STATES, closed_at__isnull=True)
                | Q(state__in=CLOSED_STATES, closed_at__isnull=False),
                name="handoff_closed_when_closed",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["working", "passed", "accepted", "opportunity"]) | Q(claimed_by__isnull=False),
                name="handoff_worked_is_held",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["passed", "accepted"]) | Q(ae__isnull=False, passed_at__isnull=False),
                name="handoff_passed_has_ae",
            ),
            models.CheckConstraint(
                condition=Q(is_mqa=True) | Q(hand_raise_at__isnull=False), name="handoff_has_a_cause"
            ),
        )
        triggers = (
            pgtrigger.Trigger(
                name="model_of_decision",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("decision_id"),
                func="""
                NEW.model_id := (SELECT model_id FROM signals_decision WHERE id = NEW.decision_id);
                RETURN NEW;""",
            ),
        )

    def __str__(self) -> str:
        return f"{self.center} ({self.state})"

    @property
    def waits_for(self) -> User | None:
        """Whose turn it is to claim it: whom a rule named, else the account's owner."""
        return self.assigned_to or self.account.owner_sdr

    @property
    def holder(self) -> User | None:
        """Who has it now: the AE from the pass on, before that the SDR; nobody while queued."""
        if self.state in {HandoffState.PASSED, HandoffState.ACCEPTED, HandoffState.OPPORTUNITY}:
            return self.ae
        return self.claimed_by if self.state == HandoffState.WORKING else None


class HandoffEvent(models.Model):
    """One move: who, when, from, to, reason, comment. Append-only."""

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="events", db_index=False)
    action = models.CharField(max_length=20)
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", help_text="Null: the system.")
    from_state = models.CharField(max_length=12, choices=HandoffState, blank=True)
    to_state = models.CharField(max_length=12, choices=HandoffState)
    reason = models.ForeignKey(Reason, null=True, on_delete=models.PROTECT, related_name="moves")
    comment = models.TextField(blank=True)
    data = models.JSONField(default=dict, help_text="What an undo needs, the AE, the criterion, …")

    class Meta:
        ordering = ("at", "id")
        indexes = (
            models.Index(fields=["handoff", "at"], name="handoff_event"),
            models.Index(fields=["action", "at"], name="handoff_event_action"),
        )
        triggers = (
            pgtrigger.Protect(
                name="event_append_only",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.at IS DISTINCT FROM NEW.at OR OLD.by_id IS DISTINCT FROM NEW.by_id"
                    " OR OLD.to_state IS DISTINCT FROM NEW.to_state OR OLD.action IS DISTINCT FROM NEW.action"
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.handoff_id}"
