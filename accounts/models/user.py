"""Users of the desk, their roles and teams."""

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.roles import Capability, Role, allows


class Team(models.Model):
    """People who share a pool."""

    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes users, who sign in by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a hashed password; without one the user can't sign in by password."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """An admin who may do everything."""
        return self.create_user(
            email, password, **{"role": Role.ADMIN, "is_staff": True, "is_superuser": True, **fields}
        )


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who signs in: an SDR, an AE, a manager, marketing operations or an admin."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=20, choices=[(r.value, r.name.replace("_", " ").title()) for r in Role])
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.SET_NULL, related_name="members")
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may open the admin", default=False)
    away_from = models.DateField(null=True, blank=True, help_text="Empty: since before.")
    away_until = models.DateField(null=True, blank=True, help_text="The last day, in the user's own zone.")
    stand_in = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who takes over meanwhile.",
    )
    capacity = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Open accounts at most that rules hand out; empty: the desk's claim limit."
    )
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_ci"),
            models.CheckConstraint(condition=models.Q(role__in=[r.value for r in Role]), name="user_role_known"),
            models.CheckConstraint(
                condition=models.Q(away_from__isnull=True) | models.Q(away_from__lte=models.F("away_until")),
                name="user_away_from_before_until",
                violation_error_message="An absence ends on its first day or later.",
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name shown on pages."""
        return self.name

    def get_short_name(self) -> str:
        """First name and the initial of the last, as rows show it."""
        first, _, last = self.name.partition(" ")
        return f"{first} {last[:1]}." if last else first

    def is_away(self, at: datetime | None = None) -> bool:
        """True when the day of `at` (default: now) in the user's own zone lies in their absence."""
        if self.away_until is None:
            return False
        day = (at or timezone.now()).astimezone(ZoneInfo(self.time_zone or "UTC")).date()
        return (self.away_from is None or self.away_from <= day) and day <= self.away_until

    def may(self, capability: Capability) -> bool:
        """True when this user's role allows `capability` (accounts/roles.py)."""
        return self.is_active and allows(self.role, capability)
