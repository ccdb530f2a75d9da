"""Who works at the desk: made, changed, deactivated, away (domain.md §1, §5). History is kept by the database (pghistory).

`by` is None for a key. A key has no more power than it was given: admins are made and changed by admins alone.
"""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.roles import Capability, Role, allows


def free_email(text: str, *, of: User | None = None) -> str:
    """An address as it is kept: in lower case, and nobody else's. Raises ValidationError."""
    email = text.strip().lower()
    others = User.objects.exclude(pk=of.pk) if of and of.pk else User.objects.all()
    if others.filter(email__iexact=email).exists():
        raise ValidationError({"email": "Somebody has this address already."})
    return email


def refuse_lock_out(*, user: User, by: User, role: str, is_active: bool) -> None:
    """Nobody takes the own admin role away: there would be nobody to give it back. Raises ValidationError."""
    if user.pk != by.pk:
        return
    problems = {}
    if role != Role.ADMIN:
        problems["role"] = "This is you: ask another admin to change your role."
    if not is_active:
        problems["is_active"] = "This is you: ask another admin to deactivate you."
    if problems:
        raise ValidationError(problems)


def open_doors(user: User) -> None:
    """What follows from the role. The admin's door; within, each page asks the role again. Does not save."""
    user.is_staff = allows(user.role, Capability.CONFIGURE)
    user.is_superuser = user.role == Role.ADMIN


@transaction.atomic
def create_user(*, by: User | None, email: str, role: str, **fields: Any) -> User:
    """Somebody new, without a password: they sign in by single sign-on, or ask for one by e-mail."""
    _refuse_key(by, role)
    user = User(email=free_email(email), role=role, **fields)
    user.set_unusable_password()
    open_doors(user)
    user.full_clean(exclude=["password"])
    user.save(force_insert=True)
    return user


@transaction.atomic
def change_user(*, user: User, by: User | None, **fields: Any) -> User:
    """Change what is given. Whoever leaves is deactivated: what they did keeps their name. Raises ValidationError."""
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    _refuse_key(by, row.role, fields.get("role", row.role))
    if "email" in fields:
        fields["email"] = free_email(fields["email"], of=row)
    for name, value in fields.items():
        setattr(row, name, value)
    if by is not None:
        refuse_lock_out(user=row, by=by, role=row.role, is_active=row.is_active)
    open_doors(row)
    row.full_clean(exclude=["password"])
    row.save(update_fields=[*fields, "is_staff", "is_superuser"])
    return row


def _refuse_key(by: User | None, *roles: str) -> None:
    if by is None and Role.ADMIN in roles:
        raise ValidationError({"role": "A key makes and changes no admins. An admin does, signed in."})


# Absence


def stand_ins(user: User) -> QuerySet[User]:
    """Who can take over from somebody: for an AE another AE, else SDRs and managers; by name."""
    roles = (Role.AE,) if user.role == Role.AE else (Role.SDR, Role.MANAGER)
    found = User.objects.filter(is_active=True, role__in=[role.value for role in roles])
    return found.exclude(pk=user.pk).order_by("name", "id")


def absence(first: date | None, last: date | None) -> tuple[date | None, date | None]:
    """An absence has an end; one without a beginning begins today. Raises ValidationError."""
    if first and not last:
        raise ValidationError({"away_until": "Give the last day too."})
    if first and last and last < first:
        raise ValidationError({"away_until": "An absence ends on its first day or later."})
    return (min(timezone.localdate(), last), last) if last and not first else (first, last)


@transaction.atomic
def set_absence(*, user: User, **fields: Any) -> User:
    """Change what is given of `away_from`, `away_until`, `stand_in`, `capacity`. Raises ValidationError."""
    row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not row.is_active:
        raise ValidationError("This person is deactivated: nothing goes to them.")
    for name, value in fields.items():
        setattr(row, name, value)
    row.away_from, row.away_until = absence(row.away_from, row.away_until)
    if "stand_in" in fields and row.stand_in and not stand_ins(row).filter(pk=row.stand_in.pk).exists():
        raise ValidationError({"stand_in": f"{row.stand_in} can't take over from {row}: choose somebody of that work."})
    row.full_clean(exclude=["password"])
    row.save(update_fields=["away_from", "away_until", "stand_in", "capacity"])
    return row
