"""Clocks of the desk: the policy, the calendar, and what fired (domain.md §5)."""

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from handoff.validators import known_country, known_time_zone

from .handoff import Handoff


@pghistory.track()
class DeskPolicy(models.Model):
    """The one row of the desk's rules: clocks, calendar, what a pass needs. Hours and days are business time."""

    time_zone = models.CharField(max_length=64, default="UTC", validators=[known_time_zone])
    workdays = models.CharField(
        max_length=7,
        default="12345",
        help_text="ISO weekdays, 1 is Monday.",
        validators=[RegexValidator(r"^[1-7]+$", "Give the weekdays as digits, 1 for Monday to 7 for Sunday.")],
    )
    day_starts_at = models.TimeField(default="09:00")
    day_ends_at = models.TimeField(default="17:00")
    holiday_country = models.CharField(
        max_length=2, blank=True, help_text="ISO country of the public holidays.", validators=[known_country]
    )
    claim_hours = models.FloatField(default=4, validators=[MinValueValidator(0)])
    hand_raise_claim_hours = models.FloatField(default=1, validators=[MinValueValidator(0)])
    decision_days = models.PositiveSmallIntegerField(default=5)
    answer_days = models.PositiveSmallIntegerField(default=2)
    outreach_hours = models.FloatField("first outreach, elapsed hours", default=24)
    idle_days = models.PositiveSmallIntegerField("offered back after idle days", default=3)
    reminder_minutes = models.PositiveIntegerField("reminder before a breach, business minutes", default=60)
    claim_limit = models.PositiveSmallIntegerField(
        "open claims of one SDR at most", default=25, validators=[MinValueValidator(1)]
    )
    min_completeness = models.FloatField(
        "completeness that a pass needs", default=0.5, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    undo_seconds = models.PositiveSmallIntegerField(default=60)

    class Meta:
        verbose_name_plural = "desk policy"
        constraints = (
            models.CheckConstraint(condition=models.Q(pk=1), name="one_desk_policy"),
            models.CheckConstraint(
                condition=models.Q(day_ends_at__gt=models.F("day_starts_at")),
                name="desk_day_ends_after_start",
                violation_error_message="The day must end after it starts.",
            ),
            models.CheckConstraint(condition=models.Q(workdays__regex=r"^[1-7]+$"), name="desk_has_workdays"),
        )

    def __str__(self) -> str:
        return "Desk policy"

    def clean(self) -> None:
        """Clocks end within what a calendar can count."""
        most = {
            "claim_hours": 10_000,
            "hand_raise_claim_hours": 10_000,
            "outreach_hours": 10_000,
            "decision_days": 1_000,
            "answer_days": 1_000,
            "idle_days": 1_000,
            "reminder_minutes": 100_000,
        }
        said = {name: getattr(self, name) for name in most}  # None where a form could not read it
        problems = {
            name: f"Give a number from 0 to {most[name]:,}."
            for name, number in said.items()
            if number is not None and not 0 <= number <= most[name]
        }
        if problems:
            raise ValidationError(problems)


class Holiday(models.Model):
    """A day on which business clocks stand still, beside the public holidays of the policy's country."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=80)

    class Meta:
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class SlaEvent(models.Model):
    """That a clock reminded or was breached, or that work moved on from who is away.

    Recorded exactly once per clock and due time (promise R7); of an absence that is its first moment.
    """

    class Clock(models.TextChoices):
        """The clocks."""

        CLAIM = "claim", "Claim"
        DECISION = "decision", "Decision"
        ANSWER = "answer", "AE answer"
        OUTREACH = "outreach", "First outreach"
        IDLE = "idle", "No activity"
        AWAY = "away", "Holder away"

    class Kind(models.TextChoices):
        """Before the due time, after it, or moved on to others."""

        REMINDER = "reminder", "Reminder"
        BREACH = "breach", "Breach"
        MOVED = "moved", "Moved on"

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="sla_events")
    clock = models.CharField(max_length=8, choices=Clock)
    kind = models.CharField(max_length=8, choices=Kind)
    due_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now)
    by_holder = models.ForeignKey(
        "accounts.User", null=True, on_delete=models.SET_NULL, related_name="+", help_text="Who held it then."
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["handoff", "clock", "kind", "due_at"], name="sla_fires_once"),)
        indexes = (models.Index(fields=["kind", "recorded_at"], name="sla_event_kind"),)

    def __str__(self) -> str:
        return f"{self.clock} {self.kind} {self.handoff_id}"
