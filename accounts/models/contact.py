"""People at accounts, the kinds of person, and the visitors who became known (domain.md §2)."""

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from .account import Account, BuyingCenter


class Seniority(models.TextChoices):
    """How senior a person is; decides the multiplier of points."""

    C_LEVEL = "c_level", "C-level"
    VP = "vp", "VP"
    DIRECTOR = "director", "Director"
    MANAGER = "manager", "Manager"
    OTHER = "other", "Other"


@pghistory.track()
class Persona(models.Model):
    """A kind of person. None marked key: everybody counts as key, with a warning."""

    name = models.CharField(max_length=80, unique=True)
    is_key = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0, help_text="The first persona that matches wins.")

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class PersonaRule(models.Model):
    """A title or department that makes a person this persona. A rule holds when all that it names match."""

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="rules")
    title_words = models.CharField(
        max_length=255, blank=True, help_text="Comma separated; any of them as whole words in the title."
    )
    department_words = models.CharField(
        max_length=255, blank=True, help_text="Comma separated; any of them as whole words in the department."
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(title_words="", department_words=""), name="persona_rule_says_something"
            ),
        )

    def __str__(self) -> str:
        return self.title_words or self.department_words


@pghistory.track()
class SeniorityRule(models.Model):
    """Title words that make a person this senior; the first rule that matches wins."""

    seniority = models.CharField(max_length=10, choices=Seniority)
    title_words = models.CharField(max_length=255, help_text="Comma separated; any of them as whole words.")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return f"{self.title_words} → {self.get_seniority_display()}"


class Contact(models.Model):
    """A person at an account; without an account, a person who waits to be matched."""

    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts", db_index=False
    )
    center = models.ForeignKey(BuyingCenter, null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts")
    email = models.EmailField(blank=True)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=150, blank=True)
    department = models.CharField(max_length=120, blank=True)
    seniority = models.CharField(max_length=10, choices=Seniority, default=Seniority.OTHER)
    seniority_overridden = models.BooleanField(default=False)
    persona = models.ForeignKey(Persona, null=True, blank=True, on_delete=models.SET_NULL, related_name="contacts")
    persona_overridden = models.BooleanField(default=False)
    user_id = models.CharField(max_length=255, blank=True, help_text="The userId of events.")
    do_not_contact = models.BooleanField(default=False)
    excluded_from_scoring = models.BooleanField("objects to profiling", default=False)
    mql_external_from = models.DateField("MQL says a connected system, from", null=True, blank=True)
    mql_external_until = models.DateField(null=True, blank=True)
    domain = models.CharField(
        max_length=253, blank=True, editable=False, help_text="Registrable domain of the e-mail; empty for free mail."
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="merged", editable=False
    )
    field_times = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="When each field was last said; an older event changes nothing.",
    )
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=["account", "id"]),
            models.Index(
                fields=["domain"],
                condition=models.Q(account__isnull=True) & ~models.Q(domain=""),
                name="contact_unmatched_domain",
            ),
            GinIndex(
                fields=["first_name", "last_name"],
                name="contact_name_trgm",
                opclasses=["gin_trgm_ops", "gin_trgm_ops"],
            ),
        )
        constraints = (
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="contact_email_ci"),
            models.UniqueConstraint(fields=["user_id"], condition=~models.Q(user_id=""), name="contact_user_id"),
        )

    def __str__(self) -> str:
        return self.full_name

    @property
    def full_name(self) -> str:
        """The name on pages; a person without a name is called by the e-mail address or the id."""
        if self.erased_at:
            return "Erased person"
        name = f"{self.first_name} {self.last_name}".strip()
        return name or self.email or (f"Person {self.user_id}" if self.user_id else f"Person {self.pk}")


class VisitorIdentity(models.Model):
    """That an anonymous visitor turned out to be a contact, and since when we know."""

    anonymous_id = models.CharField(max_length=255, primary_key=True)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="visitors")
    known_from = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "visitor identities"

    def __str__(self) -> str:
        return f"{self.anonymous_id} is {self.contact_id}"
