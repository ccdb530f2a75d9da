"""Rules by which new work finds its person (domain.md §5)."""

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from accounts.models import Team, User


def _texts(label: str) -> "ArrayField[list[str], list[str]]":
    return ArrayField(models.CharField(max_length=120), default=list, blank=True, verbose_name=label)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class AssignmentRule(models.Model):
    """One rule, asked in the order of `position`; every change of it is recorded."""

    class Kind(models.TextChoices):
        """Who gets it."""

        OWNER = "owner", "The account's owner"
        PERSON = "person", "One person"
        ROUND_ROBIN = "round_robin", "A team's SDRs in turn"

    class Segment(models.TextChoices):
        """Of which accounts."""

        ANY = "", "All accounts"
        TARGET = "target", "Target accounts"
        OTHER = "other", "All others"

    name = models.CharField(max_length=80)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    kind = models.CharField("goes to", max_length=11, choices=Kind)
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    segment = models.CharField(max_length=6, choices=Segment, default=Segment.ANY, blank=True)
    countries, regions, industries = _texts("countries"), _texts("regions"), _texts("industries")
    employees_from = models.PositiveIntegerField("employees from", null=True, blank=True)
    employees_to = models.PositiveIntegerField("employees to", null=True, blank=True)

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.CheckConstraint(
                condition=~Q(kind="person") | Q(person__isnull=False),
                name="assignment_names_person",
                violation_error_message="Name the person.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="round_robin") | Q(team__isnull=False),
                name="assignment_names_team",
                violation_error_message="Name the team whose SDRs take turns.",
            ),
            models.CheckConstraint(
                condition=Q(employees_from__isnull=True)
                | Q(employees_to__isnull=True)
                | Q(employees_from__lte=F("employees_to")),
                name="assignment_employees_range",
                violation_error_message="“From” must not be more than “to”.",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """What the kind needs is said at its field."""
        if self.kind == self.Kind.PERSON and self.person is None:
            raise ValidationError({"person": "Name the person."})
        if self.kind == self.Kind.ROUND_ROBIN and self.team is None:
            raise ValidationError({"team": "Name the team whose SDRs take turns."})
