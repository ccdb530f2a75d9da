"""`/api/revenue-events/` (domain.md §6, §8)."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import company_domain
from accounts.api_parts import MOST_ITEMS, BulkResultSerializer, IdFilter, Newest, ReadView, upsert, user_of
from accounts.api_rows import Strict
from accounts.imports.values import Money
from accounts.record_ids import stored
from accounts.roles import Capability
from handoff.imports_revenue import RevenueImporter
from handoff.models import RevenueEvent


class RevenueEventSerializer(serializers.ModelSerializer[RevenueEvent]):
    """A change of what a customer pays a year."""

    amount = serializers.DecimalField(max_digits=16, decimal_places=2, read_only=True)

    class Meta:
        model = RevenueEvent
        fields = (
            "id", "account", "opportunity", "kind", "amount", "currency", "occurred_on", "system", "external_id",
            "recorded_at",
        )  # fmt: skip
        read_only_fields = fields


class RevenueItemSerializer(Strict):
    """An event by its id in another system, one of many."""

    system = serializers.SlugField(max_length=40, help_text="Which system: billing, salesforce, …")
    external_id = serializers.CharField(max_length=120, help_text="Its id there.")
    account_domain = serializers.CharField(max_length=253, help_text="A domain of its account, which must be known.")
    kind = serializers.ChoiceField(choices=RevenueEvent.Kind.choices)
    amount = serializers.DecimalField(
        max_digits=16, decimal_places=2, min_value=0, help_text="A year. The kind says which way it goes."
    )
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False, help_text="Three letters; USD when not said.")
    occurred_on = serializers.DateField()
    opportunity = serializers.CharField(
        max_length=120,
        required=False,
        help_text="The external id of the opportunity of the account that it comes from.",
    )

    def validate_account_domain(self, value: str) -> str:
        """The registrable domain."""
        return company_domain(value)


class RevenueItemsSerializer(Strict):
    """Many events at once."""

    items = RevenueItemSerializer(many=True, max_length=MOST_ITEMS, allow_empty=False)  # type: ignore[call-arg]  # the list takes them


class RevenueEventFilter(django_filters.FilterSet):
    """What a list of events can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    kind = django_filters.ChoiceFilter(choices=RevenueEvent.Kind.choices)
    system = django_filters.CharFilter(label="The system that it is known to.")
    external_id = django_filters.CharFilter(label="Its id there.")

    class Meta:
        model = RevenueEvent
        fields = ("account", "kind", "system", "external_id")


@extend_schema_view(
    list=extend_schema(summary="Revenue events, the latest recorded first"),
    retrieve=extend_schema(summary="One revenue event"),
)
class RevenueEventViewSet(ReadView[RevenueEvent]):
    """What customers pay a year, as it changes."""

    queryset = RevenueEvent.objects.order_by("-id")
    serializer_class = RevenueEventSerializer
    filterset_class = RevenueEventFilter
    pagination_class = Newest
    write_capability = Capability.IMPORT

    @extend_schema(
        summary="Make and change many revenue events by system and external id",
        request=RevenueItemsSerializer,
        responses=BulkResultSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self, request: Request) -> Response:
        """Up to 1,000 events; the same again changes nothing."""
        form = RevenueItemsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = [_row(item) for item in form.validated_data["items"]]
        return Response(upsert(RevenueImporter(), said, by=user_of(request)))


def _row(item: dict[str, Any]) -> dict[str, Any]:
    """An item as a row of a file."""
    values = {key: item[key] for key in ("kind", "account_domain", "occurred_on")}
    values["#event"] = (item["system"], stored(item["system"], item["external_id"]))
    values["amount"] = Money(item["amount"], item.get("currency", ""))
    if item.get("opportunity"):
        values["external_deal"] = item["opportunity"]
    return values
