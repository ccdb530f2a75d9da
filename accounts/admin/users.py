"""Admin of those who sign in, and their teams. Admins alone; what a user may do follows from the role."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts.admin.base import DeskAdmin
from accounts.models import Team, User
from accounts.roles import Capability
from accounts.users import free_email, open_doors, refuse_lock_out

ZONES = [
    (name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones()) if "/" in name or name == "UTC"
]


def _free(email: str, of: User | None = None) -> str:
    try:
        return free_email(email, of=of)
    except ValidationError as refusal:
        raise ValidationError(refusal.messages) from None


class NewUserForm(BaseUserCreationForm):
    """Address, name, role and a first password."""

    time_zone = forms.ChoiceField(choices=ZONES, initial="UTC")

    class Meta:
        model = User
        fields = ("email", "name", "role", "team", "time_zone")

    def clean_email(self) -> str:
        """Addresses are kept in lower case and belong to one user each."""
        return _free(self.cleaned_data["email"])


class UserForm(forms.ModelForm):
    """A user as stored. Nobody takes the own admin role away: there would be nobody to give it back."""

    time_zone = forms.ChoiceField(choices=ZONES)

    class Meta:
        model = User
        fields = (
            "email",
            "name",
            "role",
            "team",
            "time_zone",
            "away_from",
            "away_until",
            "stand_in",
            "capacity",
            "is_active",
        )

    by: User | None = None

    def clean_email(self) -> str:
        """Addresses are kept in lower case and belong to one user each."""
        return _free(self.cleaned_data["email"], of=self.instance)

    def clean(self) -> dict[str, Any]:
        """Refuse to lock oneself out."""
        data = super().clean() or self.cleaned_data
        if self.by is not None:
            try:
                refuse_lock_out(
                    user=self.instance, by=self.by, role=data.get("role", ""), is_active=bool(data.get("is_active"))
                )
            except ValidationError as refusal:
                self.add_error(None, refusal)
        return data


@admin.register(User)
class UserAdmin(DeskAdmin, DjangoUserAdmin):
    """Users with their role. Whoever leaves is deactivated: what they did keeps their name."""

    capability = Capability.MANAGE_USERS
    form = UserForm
    add_form = NewUserForm
    list_display = ("name", "email", "role", "team", "is_active", "last_login")
    list_select_related = ("team",)
    list_filter = ("role", "team", "is_active")
    search_fields = ("name", "email")
    ordering = ("name",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("name", "email", "role", "team")}),
        ("At work", {"fields": ("time_zone", ("away_from", "away_until"), "stand_in", "capacity", "is_active")}),
        ("Seen", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "email", "role", "team", "time_zone", "password1", "password2")}),)

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj is not None:
            form.by = request.user  # type: ignore[attr-defined]
        return form

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        open_doors(obj)
        super().save_model(request, obj, form, change)


@admin.register(Team)
class TeamAdmin(DeskAdmin):
    """Teams, which share a pool."""

    capability = Capability.MANAGE_USERS
    list_display = ("name",)
    search_fields = ("name",)
    may_delete = True
