"""The people of a center, each in a role, with the gaps. A buying group outlives a handoff (domain.md §5)."""

import pghistory
from django.db import models
from django.utils import timezone

from accounts.models import BuyingCenter, Contact, User


class BuyingRole(models.TextChoices):
    """The roles of a buying group."""

    CHAMPION = "champion", "Champion"
    ECONOMIC_BUYER = "economic_buyer", "Economic buyer"
    DECISION_MAKER = "decision_maker", "Decision maker"
    INFLUENCER = "influencer", "Influencer"
    END_USER = "end_user", "End user"
    BLOCKER = "blocker", "Blocker"


@pghistory.track()
class BuyingGroupTemplate(models.Model):
    """How many of each role a group needs, by segment."""

    class Segment(models.TextChoices):
        """Whose groups start from it."""

        ALL = "all", "All accounts"
        TARGET = "target", "Target accounts"

    name = models.CharField(max_length=80, unique=True)
    segment = models.CharField(max_length=6, choices=Segment, unique=True)

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class TemplateRole(models.Model):
    """A role of a template, with the number that it needs."""

    template = models.ForeignKey(BuyingGroupTemplate, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=14, choices=BuyingRole)
    required = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["template", "role"], name="template_role"),)

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.required}"


class BuyingGroup(models.Model):
    """The buying group of a center."""

    center = models.OneToOneField(BuyingCenter, on_delete=models.CASCADE, related_name="buying_group")
    template = models.ForeignKey(BuyingGroupTemplate, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Buying group of {self.center}"


class BuyingGroupMember(models.Model):
    """A person in a role: suggested by the product, then validated or rejected by somebody."""

    class Status(models.TextChoices):
        """Whether a person confirmed it."""

        SUGGESTED = "suggested", "Suggested"
        VALIDATED = "validated", "Validated"
        REJECTED = "rejected", "Rejected"

    group = models.ForeignKey(BuyingGroup, on_delete=models.CASCADE, related_name="members")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="buying_roles")
    role = models.CharField(max_length=14, choices=BuyingRole)
    status = models.CharField(max_length=9, choices=Status, default=Status.SUGGESTED)
    why = models.CharField(max_length=200, blank=True, help_text="Why the product suggests it.")
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("role", "id")
        constraints = (models.UniqueConstraint(fields=["group", "contact", "role"], name="member_once_a_role"),)

    def __str__(self) -> str:
        return f"{self.contact} as {self.get_role_display()}"
