"""`/api/contacts/`, and what is written to accounts over the API (domain.md §8)."""

import datetime as dt
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import people
from accounts.api_parts import (
    MOST_ITEMS,
    BulkResultSerializer,
    FiniteField,
    IdFilter,
    MomentFilter,
    ReadView,
    upsert,
    user_of,
)
from accounts.api_rows import Strict
from accounts.facts import CUSTOM_PREFIX
from accounts.imports.links import company_domain_of
from accounts.imports.of_contacts import ContactImporter
from accounts.imports.values import Money, Unreadable
from accounts.matching import normal_email
from accounts.models import Account, Contact, CustomField, User
from accounts.models.contact import Seniority
from accounts.roles import Capability


def company_domain(text: str) -> str:
    """The registrable domain that a client wrote. Raises serializers.ValidationError."""
    try:
        return company_domain_of(text)
    except Unreadable as problem:
        raise serializers.ValidationError(str(problem)) from None


@extend_schema_field({"type": "object", "additionalProperties": {}})
class CustomFields(serializers.Field[Any, Any, Any, Any]):
    """Values of the fields that an admin added, by key."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Each by the kind of its field; null removes it."""
        if not isinstance(data, dict):
            raise serializers.ValidationError("Send an object.")
        known = {one.key: one for one in CustomField.objects.all()}
        unknown = sorted(str(key) for key in data if key not in known)
        if unknown:
            raise serializers.ValidationError(f"There is no custom field “{unknown[0][:50]}”.")
        return {key: None if value is None else self._value(known[key], value) for key, value in data.items()}

    def _value(self, one: CustomField, value: Any) -> Any:
        kinds: dict[str, serializers.Field[Any, Any, Any, Any]] = {
            CustomField.Kind.NUMBER: FiniteField(),
            CustomField.Kind.BOOLEAN: serializers.BooleanField(),
            CustomField.Kind.DATE: serializers.DateField(),
            CustomField.Kind.CHOICE: serializers.ChoiceField(choices=one.choices),
            CustomField.Kind.TEXT: serializers.CharField(max_length=500, allow_blank=True),
        }
        found = kinds[one.kind].run_validation(value)
        return found.isoformat() if isinstance(found, dt.date) else found

    def to_representation(self, value: Any) -> Any:
        return value


class AccountFieldsSerializer(Strict, serializers.ModelSerializer[Account]):
    """What is known of a company. Null is unknown; what is not said stays."""

    revenue_growth = FiniteField(required=False, allow_null=True, help_text="% a year")
    custom = CustomFields(required=False)
    owner_sdr = serializers.SlugRelatedField(
        slug_field="email", queryset=User.objects.filter(is_active=True), required=False, allow_null=True
    )
    owner_ae = serializers.SlugRelatedField(
        slug_field="email", queryset=User.objects.filter(is_active=True), required=False, allow_null=True
    )

    parent = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]  # a field of that name
        queryset=Account.objects.all(), required=False, allow_null=True, help_text="Id of the company it belongs to."
    )

    class Meta:
        model = Account
        fields: ClassVar[tuple[str, ...]] = (
            "name", "parent", "website", "industry", "employees", "annual_revenue", "annual_revenue_currency", "revenue_growth",
            "locations", "country", "region", "city", "is_target", "tier", "owner_sdr", "owner_ae", "lifecycle",
            "customer_since", "customer_until", "custom",
        )  # fmt: skip
        validators: ClassVar[list[Any]] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A customer since before until."""
        since = attrs.get("customer_since", getattr(self.instance, "customer_since", None))
        until = attrs.get("customer_until", getattr(self.instance, "customer_until", None))
        if since and until and until < since:
            raise serializers.ValidationError({"customer_until": "This is before customer_since."})
        return attrs


class NewAccountSerializer(AccountFieldsSerializer):
    """A new company."""

    domain = serializers.CharField(
        max_length=253,
        required=False,
        help_text="Its primary domain, or an address of its site; else `website` names it.",
    )

    class Meta(AccountFieldsSerializer.Meta):
        fields = (*AccountFieldsSerializer.Meta.fields, "domain")

    def validate_domain(self, value: str) -> str:
        """The registrable domain."""
        return company_domain(value)


class AccountItemSerializer(AccountFieldsSerializer):
    """A company by its domain, one of many. Null says nothing here: nothing is emptied."""

    domain = serializers.CharField(
        max_length=253, help_text="Which account: the one that has this domain, else a new one."
    )

    parent = None  # type: ignore[assignment]  # is said of one account

    class Meta(AccountFieldsSerializer.Meta):
        fields = (*(name for name in AccountFieldsSerializer.Meta.fields if name != "parent"), "domain")

    def validate_domain(self, value: str) -> str:
        """The registrable domain."""
        return company_domain(value)


class AccountItemsSerializer(Strict):
    """Many companies at once."""

    items = AccountItemSerializer(many=True, max_length=MOST_ITEMS, allow_empty=False)  # type: ignore[call-arg]  # the list takes them


def account_row(item: dict[str, Any]) -> dict[str, Any]:
    """An item as a row of a file of accounts."""
    values = {key: value for key, value in item.items() if value not in (None, "") and key != "custom"}
    for key in ("owner_sdr", "owner_ae"):
        if key in values:
            values[key] = values[key].pk
    if "annual_revenue" in values:
        values["annual_revenue"] = Money(values["annual_revenue"], values.get("annual_revenue_currency", ""))
    custom = item.get("custom") or {}
    return values | {f"{CUSTOM_PREFIX}{key}": value for key, value in custom.items() if value is not None}


_KNOWN_BY = ("email", "user_id", "first_name", "last_name")


class ContactSerializer(Strict, serializers.ModelSerializer[Contact]):
    """A person. `seniority` and `persona`, when sent, override the title rules; `…_overridden: false` asks them again."""

    seniority_overridden = serializers.BooleanField(required=False, help_text="False gives it back to the title rules.")
    persona_overridden = serializers.BooleanField(required=False, help_text="False gives it back to the title rules.")

    class Meta:
        model = Contact
        fields: ClassVar[tuple[str, ...]] = (
            "id", "account", "center", "email", "first_name", "last_name", "phone", "title", "department", "seniority",
            "seniority_overridden", "persona", "persona_overridden", "user_id", "do_not_contact", "excluded_from_scoring",
            "mql_external_from", "mql_external_until", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields: ClassVar[tuple[str, ...]] = ("id", "created_at", "updated_at")
        validators: ClassVar[list[Any]] = []
        extra_kwargs: ClassVar[dict[str, Any]] = {"user_id": {"validators": []}, "email": {"validators": []}}

    def validate_email(self, value: str) -> str:
        """An address, or nothing."""
        if value and not normal_email(value):
            raise serializers.ValidationError("This is not an e-mail address.")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A new one has something to be known by; what is given back to the rules is not set besides."""
        for name in ("seniority", "persona"):
            back = attrs.get(f"{name}_overridden")
            if back is False and name in attrs:
                raise serializers.ValidationError({name: f"Leave it out, or leave {name}_overridden out."})
            if back is True or self.instance is None:  # setting it is what overrides
                attrs.pop(f"{name}_overridden", None)
        if self.instance is None and not any(attrs.get(name) for name in _KNOWN_BY):
            raise serializers.ValidationError("Give an e-mail address, a user id or a name.")
        return attrs


class ContactItemSerializer(Strict):
    """A person by e-mail address, one of many."""

    email = serializers.EmailField(
        max_length=254, help_text="Which person: the one that has this address, else a new one."
    )
    first_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    last_name = serializers.CharField(max_length=100, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=40, required=False, allow_blank=True)
    title = serializers.CharField(max_length=150, required=False, allow_blank=True)
    department = serializers.CharField(max_length=120, required=False, allow_blank=True)
    seniority = serializers.ChoiceField(choices=Seniority.choices, required=False)
    user_id = serializers.CharField(max_length=255, required=False, allow_blank=True)
    do_not_contact = serializers.BooleanField(required=False, help_text="True sets it; false never lifts it.")
    excluded_from_scoring = serializers.BooleanField(required=False, help_text="True sets it; false never lifts it.")
    account_domain = serializers.CharField(
        max_length=253, required=False, help_text="Which account; else the domain of the e-mail address says."
    )

    def validate_email(self, value: str) -> str:
        """As we keep addresses."""
        found = normal_email(value)
        if not found:
            raise serializers.ValidationError("This is not an e-mail address.")
        return found

    def validate_account_domain(self, value: str) -> str:
        """The registrable domain."""
        return company_domain(value)


class ContactItemsSerializer(Strict):
    """Many people at once."""

    items = ContactItemSerializer(many=True, max_length=MOST_ITEMS, allow_empty=False)  # type: ignore[call-arg]  # the list takes them


class ContactFilter(django_filters.FilterSet):
    """What a list of people can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    email = django_filters.CharFilter(field_name="email", lookup_expr="iexact", label="The e-mail address.")
    user_id = django_filters.CharFilter(label="The userId of events.")
    seniority = django_filters.ChoiceFilter(choices=Seniority.choices)
    do_not_contact = django_filters.BooleanFilter()
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte", label="Changed at or after.")

    class Meta:
        model = Contact
        fields = ("account", "email", "user_id", "seniority", "do_not_contact", "updated_since")


@extend_schema_view(
    list=extend_schema(summary="People, as a list"),
    retrieve=extend_schema(summary="One person"),
    create=extend_schema(summary="Make a person known"),
    partial_update=extend_schema(summary="Change what is known of a person"),
)
class ContactViewSet(ReadView[Contact]):
    """People at accounts, and people who wait for theirs. Erased ones are not here."""

    queryset = Contact.objects.filter(erased_at__isnull=True, merged_into__isnull=True)
    serializer_class = ContactSerializer
    filterset_class = ContactFilter

    # Single people are everybody's to correct; many at once are an import.
    read_capability, write_capability = Capability.VIEW, Capability.EDIT_PEOPLE

    def get_queryset(self) -> QuerySet[Contact]:
        return super().get_queryset().order_by("id")

    def create(self, request: Request) -> Response:
        """A new person."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = {"account": None} | form.validated_data
        person = people.create_contact(by=user_of(request), source="api", **values)
        return Response(self.get_serializer(person).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """Change fields."""
        person = self.get_object()
        form = self.get_serializer(person, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        people.update_contact(contact=person, by=user_of(request), source="api", **form.validated_data)
        return Response(self.get_serializer(person).data)

    @extend_schema(
        summary="Make and change many people by e-mail address",
        request=ContactItemsSerializer,
        responses=BulkResultSerializer,
        filters=False,
    )
    @action(
        detail=False,
        methods=["post"],
        pagination_class=None,
        filterset_class=None,
        write_capability=Capability.IMPORT,
    )
    def bulk(self, request: Request) -> Response:
        """Up to 1,000 people."""
        form = ContactItemsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = [{key: value for key, value in item.items() if value != ""} for item in form.validated_data["items"]]
        return Response(upsert(ContactImporter(), said, by=user_of(request)))
