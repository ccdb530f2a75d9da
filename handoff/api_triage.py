"""`/api/triage/`: hand-raises that a person has to place (domain.md §4, §8)."""

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import PERSONS, IdFilter, MomentFilter, Newest, ReadView, person_of
from accounts.api_rows import Strict
from accounts.models import Account
from accounts.roles import Capability
from handoff import placing
from handoff.api_moves import NothingSerializer
from handoff.api_said import PersonSerializer
from handoff.models import TriageItem


class TriageItemSerializer(serializers.ModelSerializer[TriageItem]):
    """A hand-raise of nobody we know, or of an account of which it is not known whether it fits."""

    touch = serializers.IntegerField(source="touch_id", read_only=True)
    resolved_by = PersonSerializer(allow_null=True, read_only=True)
    outcome = serializers.CharField(read_only=True, help_text="Empty while it waits: queued, owner, dismissed, out.")

    class Meta:
        model = TriageItem
        fields = (
            "id", "touch", "account", "contact", "occurred_at", "due_at", "created_at", "resolved_at", "resolved_by",
            "outcome", "handoff",
        )  # fmt: skip
        read_only_fields = fields


class PlaceSerializer(Strict):
    """Whose it is."""

    account = serializers.PrimaryKeyRelatedField(queryset=Account.objects.all())


class TriageFilter(django_filters.FilterSet):
    """What the list can be narrowed by."""

    open = django_filters.BooleanFilter(field_name="resolved_at", lookup_expr="isnull", label="Still waits.")
    account = IdFilter(field_name="account_id", label="Id of the account.")
    due_before = MomentFilter(field_name="due_at", lookup_expr="lt", label="Due before.")

    class Meta:
        model = TriageItem
        fields = ("open", "account", "due_before")


@extend_schema_view(
    list=extend_schema(summary="Hand-raises on the triage list, the latest first"),
    retrieve=extend_schema(summary="One hand-raise"),
)
class TriageViewSet(ReadView[TriageItem]):
    """What waits for its account. Placing and dismissing are a person's; keys read."""

    queryset = TriageItem.objects.select_related("resolved_by").order_by("-id")
    serializer_class = TriageItemSerializer
    filterset_class = TriageFilter
    pagination_class = Newest
    write_capability = Capability.MATCH

    @extend_schema(
        summary="Place a hand-raise at its account",
        description="It enters the queue whatever the ICP status says; where the account does not queue, its owner is "
        f"told. {PERSONS} 409: somebody placed it already.",
        request=PlaceSerializer,
        responses=TriageItemSerializer,
    )
    @action(detail=True, methods=["post"])
    def match(self, request: Request, pk: int) -> Response:
        """Its touch goes to the account too."""
        by = person_of(request)
        form = PlaceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        placing.place(item_id=pk, account=form.validated_data["account"], by=by)
        return Response(self.get_serializer(self.get_object()).data)

    @extend_schema(
        summary="Dismiss a hand-raise",
        description=f"A test, an applicant, a competitor. {PERSONS} 409: somebody placed it already.",
        request=NothingSerializer,
        responses=TriageItemSerializer,
    )
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: int) -> Response:
        """Nobody to call."""
        placing.dismiss(item_id=pk, by=person_of(request))
        return Response(self.get_serializer(self.get_object()).data)
