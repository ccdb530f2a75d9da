"""Admin of people and of the rules that say how senior somebody is. Personas are edited beside the scoring model."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from accounts import people as actions
from accounts.admin.base import DeskAdmin, ReadOnlyAdmin
from accounts.matching import normal_email
from accounts.models import BuyingCenter, Contact, SeniorityRule, VisitorIdentity
from accounts.requests import user_of


class ContactForm(forms.ModelForm):
    """A person. Choosing a seniority or persona overrides the title rules; unticking the mark gives it back to them."""

    class Meta:
        model = Contact
        fields = (
            "account", "center", "email", "first_name", "last_name", "phone", "title", "department", "seniority",
            "seniority_overridden", "persona", "persona_overridden", "user_id", "do_not_contact", "excluded_from_scoring",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "center" in self.fields:
            own = BuyingCenter.objects.filter(account_id=self.instance.account_id, is_default=False)
            self.fields["center"].queryset = own  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        """The address as it is stored, if nobody else has it."""
        text = self.cleaned_data["email"]
        if not text:
            return ""
        address = normal_email(text)
        if not address:
            raise ValidationError(f"“{text}” is not an e-mail address.")
        other = Contact.objects.filter(email__iexact=address).exclude(pk=self.instance.pk).first()
        if other:
            raise ValidationError(f"{address} is already {other.full_name}.")
        return address

    @property
    def changes(self) -> dict[str, Any]:
        """What the person changed, as the action takes it."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


@admin.register(Contact)
class ContactAdmin(DeskAdmin):
    """People at accounts. What decides leaves history rows. Erasing somebody is not done here."""

    form = ContactForm
    list_display = ("full_name", "email", "title", "seniority", "persona", "account")
    list_select_related = ("account", "persona")
    list_filter = ("seniority", "persona", "do_not_contact", "excluded_from_scoring")
    search_fields = ("first_name", "last_name", "email", "account__name")
    autocomplete_fields = ("account",)
    ordering = ("-id",)

    def get_fieldsets(self, request: HttpRequest, obj: Contact | None = None) -> Any:
        reads = [("seniority", "seniority_overridden"), ("persona", "persona_overridden")]
        return [
            (None, {"fields": [("first_name", "last_name"), "email", "phone", ("title", "department")]}),
            ("Where", {"fields": ["account", *(["center"] if obj else [])]}),
            *([("How the person counts", {"fields": reads})] if obj else []),
            ("Consent and identity", {"fields": [("do_not_contact", "excluded_from_scoring"), "user_id"]}),
        ]

    def save_model(self, request: HttpRequest, obj: Contact, form: Any, change: bool) -> None:
        if change:
            stored = Contact.objects.get(pk=obj.pk)
            actions.update_contact(contact=stored, by=user_of(request), **_without_noise(form.changes))
            return
        plain = ("account", "email", "first_name", "last_name", "title", "department")
        rest = ("phone", "user_id", "do_not_contact", "excluded_from_scoring")
        created = actions.create_contact(
            by=user_of(request), **{name: form.cleaned_data[name] for name in (*plain, *rest)}
        )
        obj.pk = created.pk
        obj._state.adding = False  # noqa: SLF001 - the admin goes on with `obj` as the stored row


def _without_noise(changes: dict[str, Any]) -> dict[str, Any]:
    """Given back to the rules, a seniority or persona chosen in the same form counts for nothing."""
    for name in ("seniority", "persona"):
        if changes.get(f"{name}_overridden") is False:
            changes.pop(name, None)
    return changes


class TitleRulesAdmin(DeskAdmin):
    """A page whose edits change how titles are read: afterwards everybody's title is read anew, overrides apart."""

    def reread_titles(self, request: HttpRequest) -> None:
        """After the commit, since it works in transactions of its own."""

        def reread() -> None:
            changed = actions.reapply_title_rules(by=user_of(request))
            self.message_user(request, f"Titles were read anew: {changed} people changed.", messages.INFO)

        transaction.on_commit(reread)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if form.has_changed() or any(formset.has_changed() for formset in formsets):
            self.reread_titles(request)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        self.reread_titles(request)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        super().delete_queryset(request, queryset)
        self.reread_titles(request)


@admin.register(SeniorityRule)
class SeniorityRuleAdmin(TitleRulesAdmin):
    """Which words in a title make somebody how senior; the first that matches wins."""

    list_display = ("title_words", "seniority", "position")
    may_delete = True


@admin.register(VisitorIdentity)
class VisitorIdentityAdmin(ReadOnlyAdmin):
    """Visitors who turned out to be somebody."""

    list_display = ("anonymous_id", "contact", "known_from")
    list_select_related = ("contact",)
    search_fields = ("anonymous_id", "contact__email")
    ordering = ("-known_from",)
