"""`GET /api/accounts/` and `/api/accounts/{id}/` (domain.md §8).

Reading alone: accounts are changed on pages, by files and by events.
"""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.matching import registrable_domain
from accounts.models import Account
from signals.models.evaluation import Gate, Icp
from signals.payload import NOT_EVALUATED, account_payloads, register_account_part

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


class AccountRowSerializer(MeasuredSerializer):
    """An account in a list: figures of the whole account, without the evidence."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    domain = serializers.CharField(allow_null=True, help_text="The primary domain.")
    domains = serializers.ListField(child=serializers.CharField())
    is_target = serializers.BooleanField()
    centers = CenterSerializer(many=True)
    handoff = serializers.JSONField(allow_null=True, help_text="The open handoff of the account, null without one.")


class AccountSerializer(AccountRowSerializer):
    """One account with its evidence."""

    evidence = EvidenceSerializer(required=False)


class AccountFilter(django_filters.FilterSet):
    """What a list of accounts can be narrowed by; figures are those of the whole account."""

    domain = django_filters.CharFilter(method="of_domain", label="A domain, host name or web address of the account.")
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name.")
    is_target = django_filters.BooleanFilter()
    stage = django_filters.CharFilter(method="of_state", label=f"A stage, or “{NOT_EVALUATED}”.")
    qualified = django_filters.BooleanFilter(method="of_state")
    blocked_by = django_filters.ChoiceFilter(method="of_state", choices=Gate.choices)
    icp = django_filters.ChoiceFilter(method="of_state", choices=Icp.choices)

    class Meta:
        model = Account
        fields = ("domain", "q", "is_target", "stage", "qualified", "blocked_by", "icp")

    def of_domain(self, rows: QuerySet[Account], _: str, value: str) -> QuerySet[Account]:
        """Accounts that have the registrable domain of `value`."""
        return rows.filter(domains__name=registrable_domain(value) or value.strip().lower())

    def of_state(self, rows: QuerySet[Account], name: str, value: Any) -> QuerySet[Account]:
        """Accounts whose whole says so."""
        if name == "stage" and value == NOT_EVALUATED:
            return rows.exclude(centers__is_default=True, centers__state__evaluated_at__isnull=False)
        column = {"blocked_by": "block"}.get(name, name)
        return rows.filter(
            centers__is_default=True,
            centers__state__evaluated_at__isnull=False,
            **{f"centers__state__{column}": value},
        )


class AccountPagination(CursorPagination):
    """Pages that neither skip nor repeat while accounts come in; `next` and `previous` are addresses."""

    ordering = "id"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"


@extend_schema_view(
    list=extend_schema(summary="Accounts, by domain or as a list", responses=AccountRowSerializer(many=True)),
    retrieve=extend_schema(summary="One account with its evidence", responses=AccountSerializer),
)
class AccountViewSet(GenericViewSet[Account]):
    """Accounts and what the model says of them."""

    queryset = Account.objects.prefetch_related("domains", "centers")
    filterset_class = AccountFilter
    pagination_class = AccountPagination
    serializer_class = AccountRowSerializer
    lookup_value_converter = "int"

    def list(self, request: Request) -> Response:  # noqa: ARG002
        """A page of accounts."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(account_payloads(page or [], with_evidence=False))

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        """One account."""
        account = get_object_or_404(self.get_queryset(), pk=pk)
        return Response(account_payloads([account], with_evidence=True)[0])
