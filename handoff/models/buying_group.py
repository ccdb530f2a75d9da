"""The people of a center, each in a role, with the gaps. A buying group outlives a handoff (domain.md §5)."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q
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


# A role is had while its member is validated, whatever writes the member. What was ended within a minute was a wrong click.
_KEEP_SPELLS = """
IF TG_OP = 'UPDATE' AND (NEW.contact_id, NEW.role, NEW.status) = (OLD.contact_id, OLD.role, OLD.status) THEN
    UPDATE handoff_buyingrolespell SET group_id = NEW.group_id
    WHERE group_id = OLD.group_id AND contact_id = OLD.contact_id AND role = OLD.role;
    RETURN NULL;
END IF;
IF TG_OP <> 'INSERT' AND OLD.status = 'validated' THEN
    IF TG_OP = 'UPDATE' AND NEW.status <> 'validated' THEN
        moment := COALESCE(NEW.decided_at, now());
    END IF;
    DELETE FROM handoff_buyingrolespell WHERE until IS NULL AND since > moment - interval '1 minute'
        AND group_id = OLD.group_id AND contact_id = OLD.contact_id AND role = OLD.role;
    UPDATE handoff_buyingrolespell SET until = moment WHERE until IS NULL
        AND group_id = OLD.group_id AND contact_id = OLD.contact_id AND role = OLD.role;
END IF;
IF TG_OP <> 'DELETE' AND NEW.status = 'validated' THEN
    IF TG_OP = 'INSERT' OR OLD.status <> 'validated' THEN
        moment := COALESCE(NEW.decided_at, NEW.created_at);
    END IF;
    INSERT INTO handoff_buyingrolespell (group_id, contact_id, role, since)
    VALUES (NEW.group_id, NEW.contact_id, NEW.role, moment) ON CONFLICT DO NOTHING;
END IF;
RETURN NULL;
"""


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
        triggers = (
            pgtrigger.Trigger(
                name="keep_role_spells",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("moment", "timestamptz := now()")],
                func=_KEEP_SPELLS,
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact} as {self.get_role_display()}"


class BuyingRoleSpell(models.Model):
    """That a person had a validated role in a group from a moment until a moment; written by the members' trigger alone."""

    group = models.ForeignKey(BuyingGroup, on_delete=models.CASCADE, related_name="role_spells")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="role_spells")
    role = models.CharField(max_length=14, choices=BuyingRole)
    since = models.DateTimeField(null=True, help_text="Null: before roles had a history, so always.")
    until = models.DateTimeField(null=True, help_text="Null: the person still has it.")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["group", "contact", "role"], condition=Q(until__isnull=True), name="one_open_role_spell"
            ),
        )

    def __str__(self) -> str:
        return f"{self.contact_id} as {self.get_role_display()} since {self.since}"
