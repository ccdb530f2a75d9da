"""`/api/notices/`: the bell of the person who asks (domain.md §8)."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import PERSONS, IdFilter, MomentFilter, Newest, ReadView, person_of
from accounts.roles import Capability
from handoff import notify, page_queries
from handoff.api_moves import NothingSerializer
from handoff.models import Notice


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """One line in somebody's bell."""

    class Meta:
        model = Notice
        fields = ("id", "kind", "text", "account", "handoff", "created_at", "read_at")
        read_only_fields = fields


class ReadSerializer(serializers.Serializer[Any]):
    """How many were unread."""

    read = serializers.IntegerField()


class NoticeFilter(django_filters.FilterSet):
    """What the list can be narrowed by."""

    unread = django_filters.BooleanFilter(field_name="read_at", lookup_expr="isnull")
    kind = django_filters.CharFilter(label="What it is about: mention, assigned, …")
    account = IdFilter(field_name="account_id", label="Id of the account.")
    since = MomentFilter(field_name="created_at", lookup_expr="gte", label="Told at or after.")

    class Meta:
        model = Notice
        fields = ("unread", "kind", "account", "since")


@extend_schema_view(
    list=extend_schema(
        summary="One's own notices, the latest first",
        description=PERSONS,
    ),
    retrieve=extend_schema(summary="One of one's own notices", description=PERSONS),
)
class NoticeViewSet(ReadView[Notice]):
    """What a person was told. Nobody sees another's."""

    queryset = Notice.objects.all()
    serializer_class = NoticeSerializer
    filterset_class = NoticeFilter
    pagination_class = Newest
    write_capability = Capability.VIEW

    def get_queryset(self) -> QuerySet[Notice]:
        if getattr(self, "swagger_fake_view", False):  # the document is nobody's
            return Notice.objects.none()
        return page_queries.notices(person_of(self.request)).order_by("-id")

    @extend_schema(
        summary="Mark a notice as read",
        description=PERSONS,
        request=NothingSerializer,
        responses=NoticeSerializer,
    )
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: int) -> Response:
        """Reading twice keeps the first moment."""
        notify.mark_read(user=person_of(request), notice_id=self.get_object().pk)
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data)

    @extend_schema(
        summary="Mark all notices as read",
        operation_id="notices_read_all",
        description=PERSONS,
        request=NothingSerializer,
        responses=ReadSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], url_path="read", pagination_class=None, filterset_class=None)
    def read_all(self, request: Request) -> Response:
        """One's own."""
        return Response({"read": notify.mark_read(user=person_of(request))})
