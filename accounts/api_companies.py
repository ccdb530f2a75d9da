"""`/api/domains/` and `/api/account-identifiers/`: what an account is recognised by (domain.md §2, §8)."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import companies
from accounts.api_parts import IdFilter, ReadView, user_of
from accounts.api_rows import Strict
from accounts.models import Account, AccountIdentifier, Domain
from accounts.roles import Capability


class DomainSerializer(serializers.ModelSerializer[Domain]):
    """A registrable domain of an account; one of an account's is primary."""

    class Meta:
        model = Domain
        fields = ("id", "account", "name", "is_primary")
        read_only_fields = fields


class NewDomainSerializer(Strict):
    """A further domain. Touches and people that waited for it come to the account."""

    account = serializers.PrimaryKeyRelatedField(queryset=Account.objects.all())
    name = serializers.CharField(max_length=253, help_text="A domain, or an address of the company's site.")
    is_primary = serializers.BooleanField(required=False, default=False)

    def validate_name(self, value: str) -> str:
        """The registrable domain."""
        return companies.clean_domain(value)


class DomainChangeSerializer(Strict):
    """Which domain of an account is its primary one."""

    is_primary = serializers.BooleanField(help_text="True; another domain being made primary ends it.")

    def validate_is_primary(self, value: bool) -> bool:
        """An account is never without."""
        if not value:
            raise serializers.ValidationError("Make another domain of the account the primary one instead.")
        return value


class DomainFilter(django_filters.FilterSet):
    """What a list of domains can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    name = django_filters.CharFilter(lookup_expr="iexact", label="The domain.")

    class Meta:
        model = Domain
        fields = ("account", "name")


@extend_schema_view(
    list=extend_schema(summary="Domains of accounts"), retrieve=extend_schema(summary="One domain of an account")
)
class DomainViewSet(ReadView[Domain]):
    """By which domains accounts are recognised. None is taken away: touches were matched by it."""

    queryset = Domain.objects.order_by("id")
    serializer_class = DomainSerializer
    filterset_class = DomainFilter
    write_capability = Capability.IMPORT

    @extend_schema(summary="Give an account a domain", request=NewDomainSerializer, responses={201: DomainSerializer})
    def create(self, request: Request) -> Response:
        """400 at `domain` where another account has it."""
        form = NewDomainSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        made = companies.add_domain(
            account=said["account"], domain=said["name"], is_primary=said["is_primary"], by=user_of(request)
        )
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="Make a domain the primary one", request=DomainChangeSerializer, responses=DomainSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """The one before stays as a further domain."""
        row = self.get_object()
        form = DomainChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = companies.add_domain(account=row.account, domain=row.name, is_primary=True, by=user_of(request))
        return Response(self.get_serializer(made).data)


class IdentifierSerializer(Strict, serializers.ModelSerializer[AccountIdentifier]):
    """What another system calls an account. `segment` is the groupId of events."""

    system = serializers.SlugField(max_length=40, help_text="salesforce, hubspot, …; segment: the groupId of events.")

    class Meta:
        model = AccountIdentifier
        fields = ("id", "account", "system", "value")
        read_only_fields = ("id",)
        validators: tuple[Any, ...] = ()


class IdentifierFilter(django_filters.FilterSet):
    """What a list of identifiers can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    system = django_filters.CharFilter(label="Which system.")
    value = django_filters.CharFilter(label="The id there.")

    class Meta:
        model = AccountIdentifier
        fields = ("account", "system", "value")


@extend_schema_view(
    list=extend_schema(summary="Ids of accounts in other systems"),
    retrieve=extend_schema(summary="One id of an account in another system"),
    create=extend_schema(summary="Say what another system calls an account"),
)
class AccountIdentifierViewSet(ReadView[AccountIdentifier]):
    """What other systems call accounts."""

    queryset = AccountIdentifier.objects.order_by("id")
    serializer_class = IdentifierSerializer
    filterset_class = IdentifierFilter
    write_capability = Capability.IMPORT

    def create(self, request: Request) -> Response:
        """The same again changes nothing. 400 at `value` where it is another account's."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = companies.add_identifier(by=user_of(request), **form.validated_data)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)
