"""What an admin sets of the desk: clocks and calendar, holidays, reasons, buying-group templates; and which clocks fired.

`/api/sla-policies/`, `/api/holidays/`, `/api/reasons/`, `/api/buying-group-templates/`, `/api/sla-events/` (domain.md §5, §8).
"""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import FiniteField, IdFilter, MomentFilter, Newest, ReadView
from accounts.api_rows import Strict
from handoff.groups import set_template
from handoff.models import BuyingGroupTemplate, DeskPolicy, Holiday, Reason, SlaEvent
from handoff.models.buying_group import BuyingRole
from handoff.policy import change_policy

_HOURS = "Business hours."


@extend_schema_field({"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$"})
class OfDayField(serializers.TimeField):
    """A time of day without a zone, which OpenAPI has no format for."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M:%S", input_formats=["%H:%M", "%H:%M:%S"], **options)


class SlaPolicySerializer(Strict, serializers.ModelSerializer[DeskPolicy]):
    """The desk's one policy: clocks, calendar, what a pass needs. Clocks that run keep their due times."""

    day_starts_at = OfDayField(required=False)
    day_ends_at = OfDayField(required=False)
    claim_hours = FiniteField(required=False, help_text=_HOURS)
    hand_raise_claim_hours = FiniteField(required=False, help_text=_HOURS)
    outreach_hours = FiniteField(required=False, help_text="Elapsed hours after the claim.")
    min_completeness = FiniteField(required=False, min_value=0, max_value=1)

    class Meta:
        model = DeskPolicy
        fields = (
            "id", "time_zone", "workdays", "day_starts_at", "day_ends_at", "holiday_country", "claim_hours",
            "hand_raise_claim_hours", "decision_days", "answer_days", "outreach_hours", "idle_days", "reminder_minutes",
            "claim_limit", "min_completeness", "undo_seconds",
        )  # fmt: skip
        validators: tuple[Any, ...] = ()


@extend_schema_view(
    list=extend_schema(summary="The desk's policy, as a list of one"),
    retrieve=extend_schema(summary="The desk's policy"),
)
class SlaPolicyViewSet(ReadView[DeskPolicy]):
    """How long everybody has, and when the desk works."""

    queryset = DeskPolicy.objects.order_by("id")
    serializer_class = SlaPolicySerializer

    @extend_schema(summary="Change the desk's policy")
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """For clocks that start from now on."""
        form = self.get_serializer(self.get_object(), data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return Response(self.get_serializer(change_policy(**form.validated_data)).data)


class HolidaySerializer(Strict, serializers.ModelSerializer[Holiday]):
    """A day on which business clocks stand still, beside the public holidays of the policy's country."""

    class Meta:
        model = Holiday
        fields = ("id", "day", "name")


class HolidayFilter(django_filters.FilterSet):
    """What the list can be narrowed by."""

    after = django_filters.DateFilter(field_name="day", lookup_expr="gte", label="On or after.")

    class Meta:
        model = Holiday
        fields = ("after",)


@extend_schema_view(
    list=extend_schema(summary="Holidays"),
    retrieve=extend_schema(summary="One holiday"),
    create=extend_schema(summary="Add a holiday"),
    destroy=extend_schema(summary="Take a holiday off the calendar"),
)
class HolidayViewSet(mixins.CreateModelMixin, mixins.DestroyModelMixin, ReadView[Holiday]):
    """Days off. Clocks that run keep their due times."""

    queryset = Holiday.objects.order_by("id")
    serializer_class = HolidaySerializer
    filterset_class = HolidayFilter


class ReasonSerializer(Strict, serializers.ModelSerializer[Reason]):
    """A reason that the desk offers. One that was used is retired (`is_active` false): reports count by it."""

    class Meta:
        model = Reason
        fields = ("id", "kind", "key", "label", "needs_criterion", "position", "is_active")


class ReasonChangeSerializer(ReasonSerializer):
    """What can be changed of a reason. Imports and reports go by its kind and key, which stay."""

    class Meta(ReasonSerializer.Meta):
        fields = ("label", "needs_criterion", "position", "is_active")  # type: ignore[assignment]


class ReasonFilter(django_filters.FilterSet):
    """What the list can be narrowed by."""

    kind = django_filters.ChoiceFilter(choices=Reason.Kind.choices)
    is_active = django_filters.BooleanFilter()

    class Meta:
        model = Reason
        fields = ("kind", "is_active")


@extend_schema_view(
    list=extend_schema(summary="Reasons for returns, recycling, disqualifying and losses"),
    retrieve=extend_schema(summary="One reason"),
    create=extend_schema(summary="Add a reason"),
)
class ReasonViewSet(mixins.CreateModelMixin, ReadView[Reason]):
    """Why handoffs end or go back. Every change is recorded."""

    queryset = Reason.objects.order_by("id")
    serializer_class = ReasonSerializer
    filterset_class = ReasonFilter

    @extend_schema(summary="Change or retire a reason", request=ReasonChangeSerializer, responses=ReasonSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """Its kind and key stay."""
        form = ReasonChangeSerializer(self.get_object(), data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return Response(self.get_serializer(form.save()).data)


class TemplateRoleSerializer(Strict):
    """How many of a role a group needs; 0: not needed."""

    role = serializers.ChoiceField(choices=BuyingRole.choices)
    required = serializers.IntegerField(min_value=0, max_value=100)  # type: ignore[assignment]  # a field of that name


class TemplateSerializer(Strict, serializers.ModelSerializer[BuyingGroupTemplate]):
    """What a complete buying group is, by segment."""

    roles = TemplateRoleSerializer(many=True)

    class Meta:
        model = BuyingGroupTemplate
        fields = ("id", "name", "segment", "roles")
        read_only_fields = ("id", "name", "segment")


class TemplateFilter(django_filters.FilterSet):
    """What the list can be narrowed by."""

    segment = django_filters.ChoiceFilter(choices=BuyingGroupTemplate.Segment.choices)

    class Meta:
        model = BuyingGroupTemplate
        fields = ("segment",)


@extend_schema_view(
    list=extend_schema(summary="Buying-group templates"), retrieve=extend_schema(summary="One buying-group template")
)
class BuyingGroupTemplateViewSet(ReadView[BuyingGroupTemplate]):
    """How many of each role the groups of a segment need."""

    queryset = BuyingGroupTemplate.objects.prefetch_related("roles").order_by("id")
    serializer_class = TemplateSerializer
    filterset_class = TemplateFilter

    @extend_schema(summary="Change how many of each role are needed")
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """What is not named stays."""
        template = self.get_object()
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        required = {one["role"]: one["required"] for one in form.validated_data["roles"]}
        set_template(template=template, required=required)
        return Response(self.get_serializer(self.get_object()).data)


class SlaEventSerializer(serializers.ModelSerializer[SlaEvent]):
    """That a clock reminded or was breached, or that work moved on from who is away. Each exactly once."""

    class Meta:
        model = SlaEvent
        fields = ("id", "handoff", "clock", "kind", "due_at", "recorded_at", "by_holder")
        read_only_fields = fields


class SlaEventFilter(django_filters.FilterSet):
    """What the list can be narrowed by."""

    handoff = IdFilter(field_name="handoff_id", label="Id of the handoff.")
    account = IdFilter(field_name="handoff__account_id", label="Id of the account.")
    clock = django_filters.ChoiceFilter(choices=SlaEvent.Clock.choices)
    kind = django_filters.ChoiceFilter(choices=SlaEvent.Kind.choices)
    holder = IdFilter(field_name="by_holder_id", label="Id of the user who held it.")
    since = MomentFilter(field_name="recorded_at", lookup_expr="gte", label="Recorded at or after.")

    class Meta:
        model = SlaEvent
        fields = ("handoff", "account", "clock", "kind", "holder", "since")


@extend_schema_view(
    list=extend_schema(summary="Reminders and breaches, the latest first"),
    retrieve=extend_schema(summary="One reminder or breach"),
)
class SlaEventViewSet(ReadView[SlaEvent]):
    """Which clocks fired."""

    queryset = SlaEvent.objects.order_by("-id")
    serializer_class = SlaEventSerializer
    filterset_class = SlaEventFilter
    pagination_class = Newest
