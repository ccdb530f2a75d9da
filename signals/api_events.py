"""`/api/unmapped-events/`, `/api/set-aside-events/`, `/api/event-conflicts/`: what came and became no touch as meant (R2, R3)."""

from typing import Any

import django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api_errors import answer
from accounts.api_parts import IdFilter, MomentFilter, Newest, Ranked, ReadView
from accounts.api_rows import Rows, Strict
from accounts.roles import Capability
from signals import event_queries
from signals.ingest.replay import MOST_REPLAYED, replay, replay_all
from signals.models import EventConflict, SetAsideEvent, Touch


class UnmappedEventSerializer(serializers.Serializer[Any]):
    """Events of the last 30 days that no mapping rule reads, under one name or path."""

    field = serializers.CharField(help_text="What a mapping rule would look at: event or path.")
    value = serializers.CharField(help_text="The name or path.")
    events = serializers.IntegerField()
    accounts = serializers.IntegerField()
    last = serializers.DateTimeField()


class UnmappedEventViewSet(GenericViewSet[Any]):
    """What no rule maps, by volume. Each page is counted as it is asked for."""

    queryset = Touch.objects.none()
    serializer_class = UnmappedEventSerializer
    pagination_class = Ranked
    read_capability = Capability.CONFIGURE

    @extend_schema(summary="What no mapping rule reads, the most frequent first", filters=False)
    def list(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """The most frequent first."""
        page = self.paginate_queryset(event_queries.unmapped_rows()) or []
        return self.get_paginated_response(UnmappedEventSerializer(page, many=True).data)


class SetAsideSerializer(serializers.ModelSerializer[SetAsideEvent]):
    """An event that could not be taken as it is, with the reason."""

    source = serializers.CharField(source="source.name", read_only=True)  # type: ignore[assignment]  # a field of that name
    key = serializers.CharField(
        source="key.prefix", default=None, allow_null=True, read_only=True, help_text="The prefix."
    )

    class Meta:
        model = SetAsideEvent
        fields: tuple[str, ...] = ("id", "source", "key", "received_at", "code", "reason", "replayed_at")
        read_only_fields = fields


class SetAsideDetailSerializer(SetAsideSerializer):
    """The event, whole."""

    payload = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.ANY)
    def get_payload(self, row: SetAsideEvent) -> Any:
        """As it came."""
        return row.payload

    class Meta(SetAsideSerializer.Meta):
        fields = (*SetAsideSerializer.Meta.fields, "payload")
        read_only_fields = fields


class SetAsideFilter(django_filters.FilterSet):
    """What the events set aside can be narrowed by."""

    code = django_filters.CharFilter(label="Code of the reason.")
    source = IdFilter(field_name="source_id", label="Id of the source.")
    replayed = django_filters.BooleanFilter(field_name="replayed_at", lookup_expr="isnull", exclude=True)
    after = MomentFilter(field_name="received_at", lookup_expr="gte", label="Came at or after.")
    before = MomentFilter(field_name="received_at", lookup_expr="lt", label="Came before.")

    class Meta:
        model = SetAsideEvent
        fields = ("code", "source", "replayed", "after", "before")


class ReplayAllSerializer(Strict):
    """Which events."""

    code = serializers.CharField(
        max_length=40, required=False, help_text="Of this reason alone; not said: all that wait."
    )


class ReplayedSerializer(serializers.Serializer[Any]):
    """What became of them."""

    taken = serializers.IntegerField()
    refused = serializers.IntegerField()
    reason = serializers.CharField(help_text="Why the first of the refused still can't be taken.")
    left = serializers.IntegerField(help_text="So many wait still, the refused among them.")


@extend_schema_view(
    list=extend_schema(summary="Events that were set aside, the latest first"),
    retrieve=extend_schema(summary="One event that was set aside, whole", responses=SetAsideDetailSerializer),
)
class SetAsideEventViewSet(Rows):
    """Events that could not be taken, kept whole until somebody decides."""

    queryset = SetAsideEvent.objects.select_related("source", "key").order_by("-id")
    filterset_class = SetAsideFilter
    pagination_class = Newest
    read_capability = Capability.CONFIGURE
    stays = "What was set aside stays, so that the counts add up. Replay it when what was in its way is gone."

    def get_serializer_class(self) -> Any:
        return SetAsideSerializer if self.action == "list" else SetAsideDetailSerializer

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.defer("payload") if self.action == "list" else rows

    @extend_schema(
        summary="Take an event again",
        description="As if it came now. 409: it still can't be taken, and why. Taken before: nothing happens.",
        request=None,
        responses=SetAsideDetailSerializer,
    )
    @action(detail=True, methods=["post"], url_path="replay")
    def replay_one(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """After what was in its way is gone."""
        row = self.get_object()
        problem = replay(set_aside=row, by=self.asker)
        if problem is not None:
            return answer(status.HTTP_409_CONFLICT, "refused", f"It still can't be taken: {problem}")
        return Response(self.said(self.get_object()))

    @extend_schema(
        summary="Take all events of a reason again",
        operation_id="set_aside_events_replay_all",
        description=f"The first {MOST_REPLAYED} that wait. Ask again while `left` goes down.",
        request=ReplayAllSerializer,
        responses=ReplayedSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def replay(self, request: Request) -> Response:
        """Each in its own transaction."""
        form = ReplayAllSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        code = form.validated_data.get("code", "")
        taken, problems = replay_all(code=code, by=self.asker)
        return Response(
            {
                "taken": taken,
                "refused": len(problems),
                "reason": problems[0] if problems else "",
                "left": event_queries.set_aside(code=code).count(),
            }
        )


class EventConflictSerializer(serializers.ModelSerializer[EventConflict]):
    """Another body under a message id that was known: the first one was kept."""

    source = serializers.CharField(source="source.name", read_only=True)  # type: ignore[assignment]  # a field of that name
    payload = serializers.SerializerMethodField()

    class Meta:
        model = EventConflict
        fields = ("id", "source", "message_id", "received_at", "payload")
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.ANY)
    def get_payload(self, row: EventConflict) -> Any:
        """As it came the second time."""
        return row.payload


class EventConflictFilter(django_filters.FilterSet):
    """What the conflicts can be narrowed by."""

    source = IdFilter(field_name="source_id", label="Id of the source.")
    message_id = django_filters.CharFilter(label="The message id.")

    class Meta:
        model = EventConflict
        fields = ("source", "message_id")


@extend_schema_view(
    list=extend_schema(summary="Other bodies under known message ids, the latest first"),
    retrieve=extend_schema(summary="One conflict"),
)
class EventConflictViewSet(ReadView[EventConflict]):
    """Conflicts: what came second and was not taken."""

    queryset = EventConflict.objects.select_related("source").order_by("-id")
    serializer_class = EventConflictSerializer
    filterset_class = EventConflictFilter
    pagination_class = Newest
    read_capability = Capability.CONFIGURE
