"""`/api/accounts/`: what is known of accounts and what the model says of them (domain.md §8)."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts import companies
from accounts.api import (
    AccountFieldsSerializer,
    AccountItemsSerializer,
    NewAccountSerializer,
    account_row,
)
from accounts.api_parts import BulkResultSerializer, IdFilter, MomentFilter, Pages, upsert, user_of
from accounts.imports.of_accounts import AccountImporter
from accounts.matching import registrable_domain
from accounts.models import Account
from accounts.models.account import Lifecycle
from accounts.roles import Capability
from signals.models.evaluation import Gate, Icp
from signals.payload import account_payloads, register_account_part
from signals.scoring_config import NOT_EVALUATED

__all__ = ["AccountViewSet", "register_account_part"]


class SignalsSerializer(serializers.Serializer[Any]):
    """The three signals, each 0 to 100, kept apart."""

    fit = serializers.FloatField()
    engagement = serializers.FloatField()
    intent = serializers.FloatField()


class MeasuredSerializer(serializers.Serializer[Any]):
    """What was measured. Where `evaluated` is false, only `stage` is there besides, and says so."""

    evaluated = serializers.BooleanField(help_text="False: never evaluated; the figures below are then absent.")
    evaluated_at = serializers.DateTimeField(required=False)
    stage = serializers.CharField(help_text=f"A band of the model, mqa, or “{NOT_EVALUATED}”.")
    score = serializers.FloatField(required=False, help_text="0 to 100.")
    signals = SignalsSerializer(required=False)
    points = serializers.FloatField(required=False, help_text="Engagement points, decayed.")
    minutes = serializers.FloatField(required=False, help_text="Inbound engagement minutes.")
    engagement_score = serializers.FloatField(
        required=False,
        allow_null=True,
        help_text="Account Engagement Score among centers with points, compared daily; null without points or before that.",
    )
    qualified = serializers.BooleanField(required=False)
    icp = serializers.ChoiceField(choices=Icp.choices, required=False)
    blocked_by = serializers.ChoiceField(
        choices=Gate.choices,
        required=False,
        allow_null=True,
        help_text="The first gate that fails; null when all pass.",
    )


class CenterSerializer(MeasuredSerializer):
    """A buying center; the default one is the whole account."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text="Empty for the whole account.")
    is_default = serializers.BooleanField()


class GateSerializer(serializers.Serializer[Any]):
    """One gate; further keys say what else was measured."""

    name = serializers.ChoiceField(choices=Gate.choices)
    passed = serializers.BooleanField()
    reached = serializers.BooleanField(help_text="False behind the block.")
    measured = serializers.JSONField()
    required = serializers.JSONField()  # type: ignore[assignment]


class ClusterSerializer(serializers.Serializer[Any]):
    """The span that gates 2 to 4 look at."""

    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    person_days = serializers.IntegerField()


class ContributionSerializer(serializers.Serializer[Any]):
    """What one contact gave; all unknown visitors stand together under null."""

    contact = serializers.IntegerField(allow_null=True)
    points = serializers.FloatField()
    share = serializers.FloatField()


class MissingSerializer(serializers.Serializer[Any]):
    """The smallest change that would pass a gate that fails."""

    gate = serializers.ChoiceField(choices=Gate.choices)
    text = serializers.CharField()


class EvidenceSerializer(serializers.Serializer[Any]):
    """Why: what was measured and required. Names ids only."""

    as_of = serializers.DateTimeField()
    model_version = serializers.IntegerField()
    cluster = ClusterSerializer()
    gates = GateSerializer(many=True)
    contributions = ContributionSerializer(many=True)
    missing = MissingSerializer(many=True)


class IdentifierPartSerializer(serializers.Serializer[Any]):
    """What another system calls it."""

    system = serializers.CharField()
    value = serializers.CharField()


class AccountRowSerializer(MeasuredSerializer):
    """An account in a list: what is known of it, and figures of the whole account, without the evidence."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    domain = serializers.CharField(allow_null=True, help_text="The primary domain.")
    domains = serializers.ListField(child=serializers.CharField())
    is_target = serializers.BooleanField()
    identifiers = IdentifierPartSerializer(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    centers = CenterSerializer(many=True)
    handoff = serializers.JSONField(allow_null=True, help_text="The open handoff of the account, null without one.")

    def get_fields(self) -> dict[str, Any]:
        """With what can be changed, under the names by which it is."""
        return AccountFieldsSerializer().get_fields() | super().get_fields()


class AccountSerializer(AccountRowSerializer):
    """One account with its evidence."""

    evidence = EvidenceSerializer(required=False)


# Of a filter the column of the state and the comparison, where they are not called the same.
_COLUMNS = {
    "blocked_by": "block",
    "score_from": "score__gte",
    "score_below": "score__lt",
    "fit_from": "fit__gte",
    "evaluated_since": "evaluated_at__gte",
}


class AccountFilter(django_filters.FilterSet):
    """What a list of accounts can be narrowed by; figures are those of the whole account."""

    domain = django_filters.CharFilter(method="of_domain", label="A domain, host name or web address of the account.")
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name.")
    is_target = django_filters.BooleanFilter()
    parent = IdFilter(field_name="parent_id", label="Id of the company they belong to.")
    owner_sdr = django_filters.CharFilter(field_name="owner_sdr__email", lookup_expr="iexact", label="E-mail address.")
    owner_ae = django_filters.CharFilter(field_name="owner_ae__email", lookup_expr="iexact", label="E-mail address.")
    lifecycle = django_filters.ChoiceFilter(choices=Lifecycle.choices)
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte", label="Changed at or after.")
    stage = django_filters.CharFilter(method="of_state", label=f"A stage, or “{NOT_EVALUATED}”.")
    qualified = django_filters.BooleanFilter(method="of_state")
    blocked_by = django_filters.ChoiceFilter(method="of_state", choices=Gate.choices)
    icp = django_filters.ChoiceFilter(method="of_state", choices=Icp.choices)
    is_surging = django_filters.BooleanFilter(method="of_state", label="Some intent topic surges.")
    score_from = django_filters.NumberFilter(method="of_state", label="Score at least.")
    score_below = django_filters.NumberFilter(method="of_state", label="Score below.")
    fit_from = django_filters.NumberFilter(method="of_state", label="Fit at least.")
    evaluated_since = MomentFilter(method="of_state", label="Evaluated at or after.")

    class Meta:
        model = Account
        fields = (
            "domain",
            "q",
            "is_target",
            "parent",
            "owner_sdr",
            "owner_ae",
            "lifecycle",
            "updated_since",
            "stage",
            "qualified",
            "blocked_by",
            "icp",
            "is_surging",
            "score_from",
            "score_below",
            "fit_from",
            "evaluated_since",
        )

    def of_domain(self, rows: QuerySet[Account], _: str, value: str) -> QuerySet[Account]:
        """Accounts that have the registrable domain of `value`."""
        return rows.filter(domains__name=registrable_domain(value) or value.strip().lower())

    def of_state(self, rows: QuerySet[Account], name: str, value: Any) -> QuerySet[Account]:
        """Accounts whose whole says so."""
        if name == "stage" and value == NOT_EVALUATED:
            return rows.exclude(centers__is_default=True, centers__state__evaluated_at__isnull=False)
        column = _COLUMNS.get(name, name)
        return rows.filter(
            centers__is_default=True,
            centers__state__evaluated_at__isnull=False,
            **{f"centers__state__{column}": value},
        )


@extend_schema_view(
    list=extend_schema(summary="Accounts, by domain or as a list", responses=AccountRowSerializer(many=True)),
    retrieve=extend_schema(summary="One account with its evidence", responses=AccountSerializer),
    create=extend_schema(
        summary="Make an account known", request=NewAccountSerializer, responses={201: AccountSerializer}
    ),
    partial_update=extend_schema(
        summary="Change what is known of an account", request=AccountFieldsSerializer, responses=AccountSerializer
    ),
)
class AccountViewSet(GenericViewSet[Account]):
    """Accounts and what the model says of them."""

    queryset = Account.objects.select_related("owner_sdr", "owner_ae").prefetch_related(
        "domains", "centers", "identifiers"
    )
    filterset_class = AccountFilter
    pagination_class = Pages
    serializer_class = AccountRowSerializer
    lookup_value_converter = "int"
    write_capability = Capability.IMPORT

    def list(self, request: Request) -> Response:  # noqa: ARG002
        """A page of accounts."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(_said(page or [], with_evidence=False))

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """One account."""
        account = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(_said([account], with_evidence=True)[0])

    def create(self, request: Request) -> Response:
        """A new account with its default center."""
        form = NewAccountSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        custom = {key: value for key, value in form.validated_data.pop("custom", {}).items() if value is not None}
        made = companies.create_account(by=user_of(request), source="api", custom=custom, **form.validated_data)
        return Response(self._one(made.pk), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change fields."""
        account = get_object_or_404(Account, pk=pk)
        form = AccountFieldsSerializer(account, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        companies.update_account(account=account, by=user_of(request), source="api", **form.validated_data)
        return Response(self._one(pk))

    @extend_schema(
        summary="Make and change many accounts by domain",
        request=AccountItemsSerializer,
        responses=BulkResultSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self, request: Request) -> Response:
        """Up to 1,000 accounts."""
        form = AccountItemsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = [account_row(item) for item in form.validated_data["items"]]
        return Response(upsert(AccountImporter(), said, by=user_of(request)))

    def _one(self, pk: int) -> dict[str, Any]:
        return _said([self.get_queryset().get(pk=pk)], with_evidence=True)[0]


def _said(accounts: Sequence[Account], *, with_evidence: bool) -> list[dict[str, Any]]:
    """What the model says of them, and what is known of them."""
    known = AccountFieldsSerializer(accounts, many=True).data
    found = account_payloads(accounts, with_evidence=with_evidence)
    return [
        payload
        | fields
        | {
            "identifiers": [{"system": each.system, "value": each.value} for each in one.identifiers.all()],
            "created_at": one.created_at,
            "updated_at": one.updated_at,
        }
        for one, payload, fields in zip(accounts, found, known, strict=True)
    ]
