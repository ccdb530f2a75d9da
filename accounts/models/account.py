"""Companies: firmographics, domains, technologies, buying centers (domain.md §2)."""

from typing import ClassVar

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from .user import User


class Lifecycle(models.TextChoices):
    """Where the company stands with us."""

    PROSPECT = "prospect", "Prospect"
    OPPORTUNITY = "opportunity", "Open opportunity"
    CUSTOMER = "customer", "Customer"
    FORMER_CUSTOMER = "former_customer", "Former customer"


class PresentAccounts(models.Manager["Account"]):
    """Every account but those that were merged into another: of these a shell stays, for the past alone."""

    def get_queryset(self) -> models.QuerySet["Account"]:
        """Without shells."""
        return super().get_queryset().filter(merged_into__isnull=True)


@pghistory.track(
    pghistory.UpdateEvent(condition=pghistory.AnyChange("owner_sdr", "owner_ae", "is_target", "tier")),
    fields=["owner_sdr", "owner_ae", "is_target", "tier"],
    model_name="AccountOwnershipEvent",
)
class Account(models.Model):
    """A company. Null means unknown, never zero. Fields that decide keep their history in `AccountFact`."""

    name = models.CharField(max_length=255)
    website = models.CharField(max_length=255, blank=True)
    industry = models.CharField(max_length=120, null=True, blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    annual_revenue = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    annual_revenue_currency = models.CharField(max_length=3, default="USD")
    revenue_growth = models.FloatField("revenue growth, % a year", null=True, blank=True)
    locations = models.PositiveIntegerField(null=True, blank=True)
    country = models.CharField(max_length=80, null=True, blank=True)
    region = models.CharField(max_length=80, null=True, blank=True)
    city = models.CharField(max_length=120, blank=True)
    is_target = models.BooleanField("named target account", default=False)
    tier = models.CharField(max_length=20, null=True, blank=True)
    owner_sdr = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts_as_sdr"
    )
    owner_ae = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="accounts_as_ae")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    lifecycle = models.CharField(max_length=20, choices=Lifecycle, default=Lifecycle.PROSPECT)
    customer_since = models.DateField(null=True, blank=True)
    customer_until = models.DateField(null=True, blank=True)
    custom = models.JSONField("custom fields", default=dict, blank=True)
    field_times = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text="When each field was last said; an older event changes nothing.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="+", editable=False, db_index=False
    )
    merged_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PresentAccounts()
    everything: ClassVar[models.Manager["Account"]] = models.Manager()

    class Meta:
        ordering = ("name", "id")
        indexes = (
            models.Index(fields=["is_target"]),
            models.Index(Lower("name"), name="account_name_lower"),
            GinIndex(fields=["name"], name="account_name_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(
                fields=["merged_at"], condition=models.Q(merged_into__isnull=False), name="account_merged_lately"
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True, merged_at__isnull=True)
                | models.Q(merged_into__isnull=False, merged_at__isnull=False),
                name="account_merged_pair",
            ),
            models.CheckConstraint(
                condition=models.Q(customer_until__isnull=True)
                | models.Q(customer_until__gte=models.F("customer_since")),
                name="account_customer_dates",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="account_named"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def domain(self) -> str | None:
        """The primary domain, from a prefetch when there is one."""
        domains = list(self.domains.all())
        return next((d.name for d in domains if d.is_primary), domains[0].name if domains else None)


class Domain(models.Model):
    """A registrable domain of an account; exactly one of an account's domains is primary."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(max_length=253, unique=True)
    is_primary = models.BooleanField(default=False)

    class Meta:
        ordering = ("-is_primary", "name")
        constraints = (
            models.UniqueConstraint(fields=["account"], condition=models.Q(is_primary=True), name="one_primary_domain"),
            models.CheckConstraint(condition=models.Q(name=Lower("name")), name="domain_lower"),
        )

    def __str__(self) -> str:
        return self.name


class AccountIdentifier(models.Model):
    """The id of an account in another system: a CRM's record id, or the `groupId` of events."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="identifiers")
    system = models.CharField(max_length=40, help_text="segment for groupId; salesforce, hubspot, …")
    value = models.CharField(max_length=255)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["system", "value"], name="account_identifier"),)

    def __str__(self) -> str:
        return f"{self.system}:{self.value}"


class PresentCenters(models.Manager["BuyingCenter"]):
    """Every center but the retired ones, which are there for the past alone."""

    def get_queryset(self) -> models.QuerySet["BuyingCenter"]:
        """Without retired ones."""
        return super().get_queryset().filter(retired_at__isnull=True)


class BuyingCenter(models.Model):
    """The unit that is scored, qualified and handed over. Each account has one default center: the whole.

    `retired_at`: it came with a merge that was taken back. It has nobody, and no list shows it.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="centers", db_index=False)
    name = models.CharField(max_length=120, blank=True, help_text="Empty for the whole account.")
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PresentCenters()
    everything: ClassVar[models.Manager["BuyingCenter"]] = models.Manager()

    class Meta:
        ordering = ("account_id", "-is_default", "name")
        constraints = (
            models.UniqueConstraint(fields=["account"], condition=models.Q(is_default=True), name="one_default_center"),
            models.UniqueConstraint(fields=["account", "name"], name="center_name"),
            models.CheckConstraint(
                condition=models.Q(is_default=True, name="") | (models.Q(is_default=False) & ~models.Q(name="")),
                name="only_the_whole_is_unnamed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.account} · {self.name}" if self.name else str(self.account)


class Technology(models.Model):
    """A technology that accounts use or evaluate."""

    name = models.CharField(max_length=120, unique=True)
    category = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "technologies"

    def __str__(self) -> str:
        return self.name


class AccountTechnology(models.Model):
    """That an account uses or evaluates a technology, and from when until when we knew it."""

    class Status(models.TextChoices):
        """How near the technology is to the account."""

        USES = "uses", "Uses"
        EVALUATING = "evaluating", "Evaluating"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="technologies")
    technology = models.ForeignKey(Technology, on_delete=models.PROTECT, related_name="accounts")
    status = models.CharField(max_length=12, choices=Status)
    known_from = models.DateTimeField(default=timezone.now)
    known_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "account technologies"
        constraints = (
            models.UniqueConstraint(
                fields=["account", "technology", "status"],
                condition=models.Q(known_until__isnull=True),
                name="technology_known_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_status_display()} {self.technology}"


@pghistory.track()
class CustomField(models.Model):
    """A typed field that an admin added to accounts; its values are in `Account.custom[key]`."""

    class Kind(models.TextChoices):
        """The type of a value."""

        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        BOOLEAN = "boolean", "Yes or no"
        DATE = "date", "Date"
        CHOICE = "choice", "One of a list"

    key = models.SlugField(unique=True)
    label = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind)
    choices = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ("label",)

    def __str__(self) -> str:
        return self.label
