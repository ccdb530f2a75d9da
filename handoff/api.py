"""`/api/handoffs/` and `/api/opportunities/` (domain.md §5, §8). Moves are in handoff/api_moves.py."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api import company_domain
from accounts.api_parts import (
    MOST_ITEMS,
    BulkResultSerializer,
    IdFilter,
    MomentFilter,
    Newest,
    ReadView,
    upsert,
    user_of,
)
from accounts.api_rows import Strict
from accounts.imports.values import Money
from accounts.models import User
from accounts.record_ids import stored
from accounts.roles import Capability
from handoff.api_moves import Moves
from handoff.api_said import HandoffDetailSerializer, HandoffSerializer, handoff_said
from handoff.imports import OpportunityImporter
from handoff.models import OPEN_STATES, Handoff, HandoffState, Opportunity


class HandoffFilter(django_filters.FilterSet):
    """What a list of handoffs can be narrowed by."""

    state = django_filters.ChoiceFilter(choices=HandoffState.choices)
    open = django_filters.BooleanFilter(method="is_open", label="Still under way.")
    account = IdFilter(field_name="account_id", label="Id of the account.")
    center = IdFilter(field_name="center_id", label="Id of the buying center.")
    sdr = IdFilter(field_name="claimed_by_id", label="Id of the SDR who claimed it.")
    ae = IdFilter(field_name="ae_id", label="Id of the AE.")
    is_mqa = django_filters.BooleanFilter()
    queued_since = MomentFilter(field_name="queued_at", lookup_expr="gte", label="Queued at or after.")

    class Meta:
        model = Handoff
        fields = ("state", "open", "account", "center", "sdr", "ae", "is_mqa", "queued_since")

    def is_open(self, rows: QuerySet[Handoff], _: str, value: bool) -> QuerySet[Handoff]:
        """From queued to opportunity."""
        return rows.filter(state__in=OPEN_STATES) if value else rows.exclude(state__in=OPEN_STATES)


@extend_schema_view(
    list=extend_schema(summary="Handoffs, the latest first", responses=HandoffSerializer(many=True)),
    retrieve=extend_schema(summary="One handoff with every move of it", responses=HandoffDetailSerializer),
)
class HandoffViewSet(Moves, GenericViewSet[Handoff]):
    """Journeys of MQAs through the desk."""

    queryset = Handoff.objects.select_related("account", "center", "claimed_by", "ae", "reason", "opportunity")
    serializer_class = HandoffSerializer
    filterset_class = HandoffFilter
    pagination_class = Newest
    lookup_value_converter = "int"

    def list(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """A page of handoffs."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset().order_by("-id"))) or []
        return self.get_paginated_response([handoff_said(row) for row in page])

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - DRF's signature
        """One handoff."""
        return Response(handoff_said(self.get_object(), with_events=True))


class OpportunitySerializer(serializers.ModelSerializer[Opportunity]):
    """A deal at an account."""

    amount = serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True, read_only=True)

    class Meta:
        model = Opportunity
        fields = (
            "id", "account", "name", "amount", "currency", "stage", "owner", "created_at", "expected_close_on",
            "closed_on", "loss_reason", "system", "external_id",
        )  # fmt: skip
        read_only_fields = fields


class OpportunityItemSerializer(Strict):
    """A deal by its id in another system, one of many."""

    system = serializers.SlugField(max_length=40, help_text="Which system: salesforce, hubspot, …")
    external_id = serializers.CharField(max_length=120, help_text="Its id there.")
    account_domain = serializers.CharField(max_length=253, help_text="A domain of its account, which must be known.")
    name = serializers.CharField(max_length=200)
    amount = serializers.DecimalField(max_digits=16, decimal_places=2, min_value=0, required=False, allow_null=True)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, help_text="Three letters; USD when not said.")
    stage = serializers.ChoiceField(choices=Opportunity.Stage.choices, required=False)
    owner = serializers.SlugRelatedField(
        slug_field="email", queryset=User.objects.filter(is_active=True), required=False
    )
    created_at = serializers.DateTimeField(required=False)
    expected_close_on = serializers.DateField(required=False, allow_null=True)
    closed_on = serializers.DateField(required=False, allow_null=True, help_text="Needed for won and lost.")
    loss_reason = serializers.CharField(max_length=120, required=False, allow_blank=True)

    def validate_account_domain(self, value: str) -> str:
        """The registrable domain."""
        return company_domain(value)


class OpportunityItemsSerializer(Strict):
    """Many deals at once."""

    items = OpportunityItemSerializer(many=True, max_length=MOST_ITEMS, allow_empty=False)  # type: ignore[call-arg]  # the list takes them


class OpportunityFilter(django_filters.FilterSet):
    """What a list of deals can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    stage = django_filters.ChoiceFilter(choices=Opportunity.Stage.choices)
    system = django_filters.CharFilter(label="The system that it is known to.")
    external_id = django_filters.CharFilter(label="Its id there.")

    class Meta:
        model = Opportunity
        fields = ("account", "stage", "system", "external_id")


@extend_schema_view(
    list=extend_schema(summary="Opportunities, the latest first"),
    retrieve=extend_schema(summary="One opportunity"),
)
class OpportunityViewSet(ReadView[Opportunity]):
    """Deals, opened at the desk or kept in step with a CRM."""

    queryset = Opportunity.objects.order_by("-id")
    serializer_class = OpportunitySerializer
    filterset_class = OpportunityFilter
    pagination_class = Newest
    write_capability = Capability.IMPORT

    @extend_schema(
        summary="Make and change many opportunities by system and external id",
        request=OpportunityItemsSerializer,
        responses=BulkResultSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self, request: Request) -> Response:
        """Up to 1,000 deals. A deal that is open at the desk is closed there, by its AE."""
        form = OpportunityItemsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = [opportunity_row(item) for item in form.validated_data["items"]]
        return Response(upsert(OpportunityImporter(), said, by=user_of(request)))


def opportunity_row(item: dict[str, Any]) -> dict[str, Any]:
    """An item as a row of a file of opportunities."""
    values = {
        key: item[key] for key in ("name", "stage", "account_domain", "created_at", "loss_reason") if item.get(key)
    }
    values["#deal"] = (item["system"], stored(item["system"], item["external_id"]))
    if item.get("amount") is not None:
        values["amount"] = Money(item["amount"], item.get("currency", ""))
    if item.get("owner"):
        values["owner"] = item["owner"].pk
    is_open = item.get("stage", Opportunity.Stage.OPEN) == Opportunity.Stage.OPEN
    day = item.get("expected_close_on") if is_open else item.get("closed_on")
    return values | ({"close_on": day} if day else {})
