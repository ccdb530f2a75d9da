"""`/api/touches/`, `/api/decisions/` and `/api/intent-signals/` (domain.md §2, §8)."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api import company_domain
from accounts.api_parts import (
    MOST_ITEMS,
    BulkResultSerializer,
    FiniteField,
    IdFilter,
    MomentFilter,
    Newest,
    ReadView,
    upsert,
    user_of,
)
from accounts.api_rows import Strict
from accounts.roles import Capability
from signals.imports_intent import IntentImporter
from signals.models import Decision, IntentSignal, Touch
from signals.models.evaluation import Gate, Icp
from signals.telling import evidence_of_decision


class TouchSerializer(serializers.ModelSerializer[Touch]):
    """One interaction as it is read now."""

    id = serializers.IntegerField(read_only=True)
    account = serializers.IntegerField(source="account_id", allow_null=True, read_only=True)
    contact = serializers.IntegerField(source="contact_id", allow_null=True, read_only=True)
    type = serializers.CharField(source="touch_type.key", read_only=True)
    theme = serializers.CharField(source="theme.key", allow_null=True, default=None, read_only=True)
    source = serializers.CharField(source="source.name", read_only=True)  # type: ignore[assignment]  # a field of that name

    class Meta:
        model = Touch
        fields = (
            "id", "account", "contact", "type", "theme", "channel", "campaign", "minutes", "occurred_at", "received_at",
            "kind", "name", "path", "visitor", "domain", "ignored", "source", "message_id",
        )  # fmt: skip
        read_only_fields = fields


class TouchFilter(django_filters.FilterSet):
    """What a list of touches can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    contact = IdFilter(field_name="contact_id", label="Id of the person.")
    type = django_filters.CharFilter(field_name="touch_type__key", label="Key of the touch type.")
    after = MomentFilter(field_name="occurred_at", lookup_expr="gte", label="Happened at or after.")
    before = MomentFilter(field_name="occurred_at", lookup_expr="lt", label="Happened before.")

    class Meta:
        model = Touch
        fields = ("account", "contact", "type", "after", "before")


class LatestTouches(Newest):
    """By time for one account or person, which have an index for it; else as they came in."""

    def get_ordering(self, request: Request, queryset: QuerySet[Any], view: Any) -> tuple[str, ...]:  # noqa: ARG002 - DRF's signature
        """The latest first."""
        one = request.query_params.get("account") or request.query_params.get("contact")
        return ("-occurred_at", "-id") if one else ("-id",)


@extend_schema_view(
    list=extend_schema(summary="Touches, the latest first"), retrieve=extend_schema(summary="One touch")
)
class TouchViewSet(ReadView[Touch]):
    """What people did. Touches are sent to `/v1/`, by any client of the Segment specification."""

    queryset = Touch.objects.select_related("touch_type", "theme", "source").defer("payload")
    serializer_class = TouchSerializer
    filterset_class = TouchFilter
    pagination_class = LatestTouches


class DecisionRowSerializer(serializers.ModelSerializer[Decision]):
    """What a model said of a center, without the evidence."""

    model_version = serializers.IntegerField(source="model.version", read_only=True)
    blocked_by = serializers.ChoiceField(choices=Gate.choices, allow_null=True, read_only=True)
    points = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields: tuple[str, ...] = (
            "id", "account", "center", "model_version", "as_of", "recorded_at", "qualified", "blocked_by", "stage", "icp",
            "score", "fit", "engagement", "intent", "points",
        )  # fmt: skip
        read_only_fields = fields

    def get_points(self, row: Decision) -> float:
        """Engagement points."""
        return row.points_micro / 1_000_000

    def to_representation(self, instance: Decision) -> dict[str, Any]:
        """Nothing blocks: null."""
        instance.blocked_by = instance.block or None  # type: ignore[attr-defined]
        return super().to_representation(instance)


class DecisionSerializer(DecisionRowSerializer):
    """What a model said, and why."""

    evidence = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_evidence(self, row: Decision) -> dict[str, Any]:
        """What was measured, what was required, and what adds up to the points."""
        return evidence_of_decision(row)

    class Meta(DecisionRowSerializer.Meta):
        fields = (*DecisionRowSerializer.Meta.fields, "evidence")
        read_only_fields = fields


class DecisionFilter(django_filters.FilterSet):
    """What a list of decisions can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    center = IdFilter(field_name="center_id", label="Id of the buying center.")
    qualified = django_filters.BooleanFilter()
    blocked_by = django_filters.ChoiceFilter(field_name="block", choices=Gate.choices)
    stage = django_filters.CharFilter(label="The name of a band of its model, or mqa.")
    icp = django_filters.ChoiceFilter(choices=Icp.choices)
    since = MomentFilter(field_name="recorded_at", lookup_expr="gte", label="Recorded at or after.")

    class Meta:
        model = Decision
        fields = ("account", "center", "qualified", "blocked_by", "stage", "icp", "since")


@extend_schema_view(
    list=extend_schema(summary="Decisions, the latest first", responses=DecisionRowSerializer(many=True)),
    retrieve=extend_schema(summary="One decision with its evidence", responses=DecisionSerializer),
)
class DecisionViewSet(ReadView[Decision]):
    """Every decision that was ever made; they never change."""

    queryset = Decision.objects.select_related("model").defer("touch_ids")
    filterset_class = DecisionFilter
    pagination_class = Newest

    def get_serializer_class(self) -> type[DecisionRowSerializer]:
        """With the evidence for one."""
        return DecisionSerializer if self.action == "retrieve" else DecisionRowSerializer

    def get_queryset(self) -> QuerySet[Decision]:
        rows = super().get_queryset().order_by("-id")
        return rows if self.action == "retrieve" else rows.defer(*Decision.WIDE)


class IntentSignalSerializer(serializers.ModelSerializer[IntentSignal]):
    """One observation of one topic by one provider on one day."""

    topic = serializers.CharField(source="topic.name", read_only=True)

    class Meta:
        model = IntentSignal
        fields = ("id", "account", "domain", "topic", "provider", "kind", "composite", "observed_on", "received_at")
        read_only_fields = fields


class IntentItemSerializer(Strict):
    """One observation, one of many."""

    account_domain = serializers.CharField(
        max_length=253, help_text="A domain of the company; a signal of nobody we know waits for its account."
    )
    topic = serializers.CharField(max_length=160)
    provider = serializers.CharField(max_length=60)
    kind = serializers.ChoiceField(choices=IntentSignal.Kind.choices, required=False)
    composite = FiniteField(min_value=0, max_value=100)
    observed_on = serializers.DateField()

    def validate_account_domain(self, value: str) -> str:
        """The registrable domain."""
        return company_domain(value)


class IntentItemsSerializer(Strict):
    """Many observations at once."""

    items = IntentItemSerializer(many=True, max_length=MOST_ITEMS, allow_empty=False)  # type: ignore[call-arg]  # the list takes them


class IntentFilter(django_filters.FilterSet):
    """What a list of signals can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    provider = django_filters.CharFilter(label="Who observed it.")
    topic = django_filters.CharFilter(field_name="topic__name", label="Name of the topic.")
    observed_since = django_filters.DateFilter(
        field_name="observed_on", lookup_expr="gte", label="Observed on or after."
    )

    class Meta:
        model = IntentSignal
        fields = ("account", "provider", "topic", "observed_since")


@extend_schema_view(list=extend_schema(summary="Intent signals, the latest first"))
class IntentSignalViewSet(mixins.ListModelMixin, GenericViewSet[IntentSignal]):
    """Research beyond our own channels, as providers saw it."""

    queryset = IntentSignal.objects.select_related("topic").order_by("-id")
    serializer_class = IntentSignalSerializer
    filterset_class = IntentFilter
    pagination_class = Newest
    write_capability = Capability.IMPORT

    @extend_schema(
        summary="Send many signals", request=IntentItemsSerializer, responses=BulkResultSerializer, filters=False
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self, request: Request) -> Response:
        """Up to 1,000 observations. The same again changes nothing; another composite for it counts from now on."""
        form = IntentItemsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = [
            {key: value for key, value in item.items() if value is not None} for item in form.validated_data["items"]
        ]
        return Response(upsert(IntentImporter(), said, by=user_of(request)))
