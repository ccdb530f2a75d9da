"""Admin of companies: accounts with domains, technologies and buying centers; technologies; custom fields."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest

from accounts import companies as actions
from accounts.admin.base import DeskAdmin, DeskInline
from accounts.custom_fields import problems_of_field
from accounts.models import (
    Account,
    AccountIdentifier,
    AccountTechnology,
    BuyingCenter,
    CustomField,
    Domain,
    Technology,
)
from accounts.requests import user_of
from accounts.technologies import set_technology

CUSTOM = "custom__"


class AccountForm(forms.ModelForm):
    """An account's own fields; on a new one also its first domain. Custom fields are added by `AccountAdmin.get_form`."""

    domain = forms.CharField(required=False, help_text="The company's registrable domain, like acme.com.")

    class Meta:
        model = Account
        fields = (
            "name", "website", "industry", "employees", "annual_revenue", "annual_revenue_currency", "revenue_growth",
            "locations", "country", "region", "city", "is_target", "tier", "owner_sdr", "owner_ae", "parent", "lifecycle",
            "customer_since", "customer_until",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.instance.custom or {}
        for name in self.fields:
            if name.startswith(CUSTOM):
                self.initial[name] = _to_form(own.get(name.removeprefix(CUSTOM)), self.fields[name])

    def clean_domain(self) -> str:
        """A free registrable domain, or nothing."""
        text = self.cleaned_data["domain"]
        if not text:
            return ""
        try:
            name = actions.clean_domain(text)
        except ValidationError as refusal:
            raise ValidationError(refusal.messages) from None
        taken = Domain.objects.select_related("account").filter(name=name).first()
        if taken:
            raise ValidationError(f"{name} already belongs to {taken.account}.")
        return name

    def clean(self) -> dict[str, Any]:
        """Dates in their order; the database would refuse them otherwise."""
        data = super().clean() or self.cleaned_data
        since, until = data.get("customer_since"), data.get("customer_until")
        if since and until and until < since:
            self.add_error("customer_until", "A customer can't stop before it began.")
        return data

    @property
    def changes(self) -> dict[str, Any]:
        """What the person changed, as the action takes it: fields by name, custom ones together."""
        fields = {name: self.cleaned_data[name] for name in self.changed_data if name != "domain"}
        custom = {
            name.removeprefix(CUSTOM): _to_custom(fields.pop(name)) for name in list(fields) if name.startswith(CUSTOM)
        }
        for name in ("industry", "country", "region", "tier"):
            if name in fields:
                fields[name] = fields[name] or None
        return fields | ({"custom": custom} if custom else {})


def _custom_form_field(field: CustomField) -> forms.Field:
    kinds: dict[str, forms.Field] = {
        CustomField.Kind.TEXT: forms.CharField(),
        CustomField.Kind.NUMBER: forms.FloatField(),
        CustomField.Kind.BOOLEAN: forms.NullBooleanField(),
        CustomField.Kind.DATE: forms.DateField(widget=AdminDateWidget()),
        CustomField.Kind.CHOICE: forms.ChoiceField(choices=[("", "–"), *((c, c) for c in field.choices)]),
    }
    found = kinds[field.kind]
    found.required, found.label = False, field.label
    return found


def _to_form(value: Any, field: forms.Field) -> Any:
    if isinstance(field, forms.DateField) and isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            return None
    return value


def _to_custom(value: Any) -> Any:
    """A cleaned value as `Account.custom` keeps it; nothing is None, which removes the key."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return None if value == "" else value


class DomainInline(DeskInline):
    """Domains: one more can be added, another can become the primary one."""

    model = Domain
    fields = ("name", "is_primary")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ()

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, form=DomainForm, formset=OnePrimary, **kwargs)


class DomainForm(forms.ModelForm):
    """A domain that is stored keeps its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["name"].disabled = True

    def clean_name(self) -> str:
        """As `accounts.companies.clean_domain` reads it."""
        if self.instance.pk:
            return self.instance.name
        try:
            return actions.clean_domain(self.cleaned_data["name"])
        except ValidationError as refusal:
            raise ValidationError(refusal.messages) from None


class OnePrimary(BaseInlineFormSet):
    """An account's domains. Two ticked as primary are no error: the action moves the mark to the newly ticked one."""

    def validate_unique(self) -> None:
        """Each domain's own name is still checked, by its form."""

    def _construct_form(self, i: int, **kwargs: Any) -> forms.ModelForm:
        form = super()._construct_form(i, **kwargs)  # type: ignore[misc]
        # The database's rule of one primary domain holds after the action, not between two ticks of a form.
        form.instance.validate_constraints = lambda *_, **__: None
        return form


class TechnologyInline(DeskInline):
    """What the account uses or evaluates now. Taking a row away ends it from now on; the past keeps it."""

    model = AccountTechnology
    fields = ("technology", "status")
    autocomplete_fields = ("technology",)
    may_change = False
    may_delete = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccountTechnology]:
        return super().get_queryset(request).filter(known_until__isnull=True).select_related("technology")


class CenterInline(DeskInline):
    """The named buying centers. The whole account is no row here."""

    model = BuyingCenter
    fields = ("name",)
    verbose_name = "named buying center"

    def get_queryset(self, request: HttpRequest) -> QuerySet[BuyingCenter]:
        return super().get_queryset(request).filter(is_default=False)


class IdentifierInline(DeskInline):
    """What other systems call the account."""

    model = AccountIdentifier
    fields = ("system", "value")
    may_change = False


@admin.register(Account)
class AccountAdmin(DeskAdmin):
    """Companies. Every edit leaves history rows and has the account evaluated again."""

    form = AccountForm
    list_display = (
        "name",
        "domain_name",
        "industry",
        "employees",
        "country",
        "is_target",
        "tier",
        "owner_sdr",
        "owner_ae",
    )
    list_select_related = ("owner_sdr", "owner_ae")
    list_filter = (
        "is_target",
        "lifecycle",
        ("owner_sdr", admin.RelatedOnlyFieldListFilter),
        ("owner_ae", admin.RelatedOnlyFieldListFilter),
    )
    search_fields = ("name", "domains__name")
    search_help_text = "Name or domain"
    autocomplete_fields = ("parent",)
    inlines = (DomainInline, TechnologyInline, CenterInline, IdentifierInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        primary = Domain.objects.order_by("-is_primary", "name")
        return super().get_queryset(request).prefetch_related(Prefetch("domains", queryset=primary))

    @admin.display(description="domain")
    def domain_name(self, account: Account) -> str | None:
        """The primary domain."""
        return account.domain

    def get_form(self, request: HttpRequest, obj: Account | None = None, change: bool = False, **kwargs: Any) -> Any:
        custom = {f"{CUSTOM}{field.key}": _custom_form_field(field) for field in CustomField.objects.all()}
        form = type("AccountFormWithCustomFields", (AccountForm,), custom)
        return super().get_form(request, obj, change, **{**kwargs, "form": form, "fields": AccountForm.Meta.fields})

    def get_fieldsets(self, request: HttpRequest, obj: Account | None = None) -> Any:
        custom = [f"{CUSTOM}{key}" for key in CustomField.objects.values_list("key", flat=True)]
        return [
            (None, {"fields": ["name", *([] if obj else ["domain"]), "website", "parent"]}),
            (
                "Firmographics",
                {
                    "fields": [
                        ("industry", "employees", "locations"),
                        ("annual_revenue", "annual_revenue_currency", "revenue_growth"),
                        ("country", "region", "city"),
                    ],
                    "description": "Empty means unknown. An unknown value meets no criterion and excludes nothing.",
                },
            ),
            *([("Custom fields", {"fields": custom})] if custom else []),
            ("Ownership", {"fields": [("is_target", "tier"), ("owner_sdr", "owner_ae")]}),
            ("Relation to us", {"fields": [("lifecycle", "customer_since", "customer_until")]}),
        ]

    def get_inlines(self, request: HttpRequest, obj: Account | None) -> Any:
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        if change:
            actions.update_account(account=Account.objects.get(pk=obj.pk), by=user_of(request), **form.changes)
            return
        fields = {name: getattr(obj, name) for name in AccountForm.Meta.fields if name != "name"}
        custom = {key: value for key, value in form.changes.get("custom", {}).items() if value is not None}
        created = actions.create_account(
            name=obj.name, domain=form.cleaned_data["domain"], by=user_of(request), custom=custom, **fields
        )
        obj.pk = created.pk
        obj._state.adding = False  # noqa: SLF001 - the admin goes on with `obj` as the stored row

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        account = form.instance
        rows = formset.save(commit=False)
        for row in formset.deleted_objects:
            set_technology(
                account=account, technology=row.technology.name, status=row.status, by=user_of(request), known=False
            )
        for row in rows:
            self._save_row(request, account, row)

    def _save_row(self, request: HttpRequest, account: Account, row: Any) -> None:
        by = user_of(request)
        if isinstance(row, Domain):
            actions.add_domain(account=account, domain=row.name, by=by, is_primary=row.is_primary)
        elif isinstance(row, AccountTechnology):
            set_technology(account=account, technology=row.technology.name, status=row.status, by=by)
        elif isinstance(row, AccountIdentifier):
            actions.add_identifier(account=account, system=row.system, value=row.value, by=by)
        elif row.pk is None:
            actions.create_center(account=account, name=row.name, by=by)
        else:
            actions.rename_center(center=row, name=row.name, by=by)


@admin.register(Technology)
class TechnologyAdmin(DeskAdmin):
    """Technologies that criteria can name."""

    list_display = ("name", "category")
    search_fields = ("name", "category")
    list_filter = ("category",)


class CustomFieldForm(forms.ModelForm):
    """A custom field whose choices can be chosen from."""

    class Meta:
        model = CustomField
        fields = ("key", "label", "kind", "choices")

    def clean(self) -> dict[str, Any]:
        """The kind and the choices fit."""
        data = super().clean() or self.cleaned_data
        for name, words in problems_of_field({"kind": self.instance.kind, **data}).items():
            self.add_error(name, words)
        return data


@admin.register(CustomField)
class CustomFieldAdmin(DeskAdmin):
    """Fields of one's own on accounts; criteria name them as custom.<key>."""

    form = CustomFieldForm
    list_display = ("label", "key", "kind")
    search_fields = ("label", "key")

    def get_readonly_fields(self, request: HttpRequest, obj: CustomField | None = None) -> tuple[str, ...]:
        """Values and criteria go by the key, and were typed by the kind."""
        return ("key", "kind") if obj else ()
