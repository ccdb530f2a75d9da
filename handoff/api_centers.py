"""`/api/buying-centers/`: the units that are scored, qualified and handed over (domain.md §2, §8)."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import Count, Exists, OuterRef, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api_parts import IdFilter, Pages, ids_field, rows_of, user_of
from accounts.api_rows import Strict
from accounts.companies import create_center, rename_center
from accounts.models import Account, BuyingCenter, Contact
from accounts.people import move_to_center
from accounts.roles import Capability
from handoff.api_said import NamedSerializer
from handoff.models import OPEN_STATES, Handoff
from handoff.payload import handoff_payload
from signals.api import MeasuredSerializer
from signals.models import CenterState
from signals.models.evaluation import Gate
from signals.payload import measured


class BuyingCenterSerializer(MeasuredSerializer):
    """A buying center with its figures; the default one is the whole account."""

    id = serializers.IntegerField()
    account = NamedSerializer()
    name = serializers.CharField(help_text="Empty for the whole account.")
    is_default = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    people = serializers.IntegerField(help_text="How many belong to it; of the whole account how many are in none.")
    handoff = serializers.JSONField(allow_null=True, help_text="Its open handoff, null without one.")


class CenterNameSerializer(Strict):
    """What a named center is called."""

    name = serializers.CharField(max_length=120)


class NewCenterSerializer(CenterNameSerializer):
    """A named center of an account."""

    account = serializers.PrimaryKeyRelatedField(queryset=Account.objects.all())


class MovingSerializer(Strict):
    """Who belongs to the center from now on."""

    contacts = ids_field()


class MovedSerializer(serializers.Serializer[Any]):
    """How many changed places; the others were there."""

    moved = serializers.IntegerField()


class CenterFilter(django_filters.FilterSet):
    """What a list of centers can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    is_default = django_filters.BooleanFilter(label="True: whole accounts. False: named centers.")
    evaluated = django_filters.BooleanFilter(field_name="state__evaluated_at", lookup_expr="isnull", exclude=True)
    qualified = django_filters.BooleanFilter(method="of_state")
    blocked_by = django_filters.ChoiceFilter(method="of_state", choices=Gate.choices)
    stage = django_filters.CharFilter(method="of_state", label="A stage of evaluated ones.")
    at_desk = django_filters.BooleanFilter(method="has_handoff", label="With an open handoff.")

    class Meta:
        model = BuyingCenter
        fields = ("account", "is_default", "evaluated", "qualified", "blocked_by", "stage", "at_desk")

    def of_state(self, rows: QuerySet[BuyingCenter], name: str, value: Any) -> QuerySet[BuyingCenter]:
        """Evaluated ones that are so."""
        column = {"blocked_by": "block"}.get(name, name)
        return rows.filter(state__evaluated_at__isnull=False, **{f"state__{column}": value})

    def has_handoff(self, rows: QuerySet[BuyingCenter], _: str, value: bool) -> QuerySet[BuyingCenter]:
        """Whether a handoff of it is under way."""
        found = Exists(Handoff.objects.filter(center=OuterRef("pk"), state__in=OPEN_STATES))
        return rows.filter(found) if value else rows.exclude(found)


@extend_schema_view(
    list=extend_schema(summary="Buying centers", responses=BuyingCenterSerializer(many=True)),
    retrieve=extend_schema(summary="One buying center", responses=BuyingCenterSerializer),
)
class BuyingCenterViewSet(GenericViewSet[BuyingCenter]):
    """Every account has one default center, the whole; named ones are made here. None is taken away."""

    queryset = BuyingCenter.objects.filter(account__merged_into__isnull=True).select_related("account").order_by("id")
    serializer_class = BuyingCenterSerializer
    filterset_class = CenterFilter
    pagination_class = Pages
    lookup_value_converter = "int"
    write_capability = Capability.MATCH

    def list(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """A page of centers."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(_said(page))

    def retrieve(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """One center."""
        return Response(_said([self.get_object()])[0])

    @extend_schema(summary="Make a named center", request=NewCenterSerializer, responses={201: BuyingCenterSerializer})
    def create(self, request: Request) -> Response:
        """People are moved into it with `move`."""
        form = NewCenterSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = create_center(by=user_of(request), **form.validated_data)
        return Response(_said([made])[0], status=status.HTTP_201_CREATED)

    @extend_schema(summary="Rename a center", request=CenterNameSerializer, responses=BuyingCenterSerializer)
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """The whole account has no name of its own (400)."""
        form = CenterNameSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(_said([rename_center(center=self.get_object(), by=user_of(request), **form.validated_data)])[0])

    @extend_schema(
        summary="Move people into a center",
        description="Into the default one: back to the whole account alone. Both centers are scored again.",
        request=MovingSerializer,
        responses=MovedSerializer,
    )
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """People of the same account; 400 for anybody else, and nobody moves."""
        center = self.get_object()
        form = MovingSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        own = Contact.objects.filter(account=center.account_id, erased_at__isnull=True)
        people = rows_of(own, form.validated_data["contacts"], "contacts")
        return Response({"moved": move_to_center(contacts=people, center=center, by=user_of(request), source="api")})


def _said(centers: Sequence[BuyingCenter]) -> list[dict[str, Any]]:
    """What the API says of these centers. Three queries."""
    ids = [center.pk for center in centers]
    states = {row.center_id: row for row in CenterState.objects.filter(center__in=ids).defer("evidence", "strip")}
    at_desk = Handoff.objects.filter(center__in=ids, state__in=OPEN_STATES).select_related("center", "claimed_by", "ae")
    handoffs = {row.center_id: handoff_payload(row) for row in at_desk}
    people = Contact.objects.filter(account__in={one.account_id for one in centers}, erased_at__isnull=True)
    counts = {
        (account, center): number
        for account, center, number in people.order_by().values_list("account", "center").annotate(n=Count("pk"))
    }
    return [
        {
            "id": one.pk,
            "account": {"id": one.account_id, "name": one.account.name},
            "name": one.name,
            "is_default": one.is_default,
            "created_at": one.created_at,
            "people": counts.get((one.account_id, None if one.is_default else one.pk), 0),
            **measured(states.get(one.pk)),
            "handoff": handoffs.get(one.pk),
        }
        for one in centers
    ]
