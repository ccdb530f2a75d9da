"""`/api/account-merges/`: two accounts that are one company, what merging them moves, taking it back (domain.md §8)."""

from typing import Any

import django_filters
from django.core.exceptions import ValidationError as Invalid
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import merging
from accounts.api_errors import answer
from accounts.api_parts import IdFilter, Newest, ReadView, user_of
from accounts.api_rows import Strict
from accounts.models import Account, AccountMerge
from accounts.roles import Capability


class PairSerializer(Strict):
    """Which account becomes a part of which."""

    gone = serializers.PrimaryKeyRelatedField(
        queryset=Account.objects.all(), help_text="Id of the account that becomes a part of the other."
    )
    kept = serializers.PrimaryKeyRelatedField(queryset=Account.objects.all(), help_text="Id of the account that stays.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Two accounts."""
        if attrs["gone"] == attrs["kept"]:
            raise serializers.ValidationError({"kept": "An account can't be merged into itself."})
        return attrs


class PartSerializer(serializers.Serializer[Any]):
    """What moves of one kind."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name
    fate = serializers.CharField(help_text="What becomes of it.")
    count = serializers.IntegerField()


class PreviewSerializer(serializers.Serializer[Any]):
    """What merging would move, and what stands against it. Nothing is changed."""

    parts = PartSerializer(many=True)
    refusals = serializers.ListField(
        child=serializers.CharField(), help_text="Why the two can't be merged now; empty where they can."
    )


class MergeSerializer(serializers.ModelSerializer[AccountMerge]):
    """One merge."""

    by = serializers.EmailField(source="by.email", default=None, allow_null=True, read_only=True)
    undone_by = serializers.EmailField(source="undone_by.email", default=None, allow_null=True, read_only=True)
    parts = serializers.SerializerMethodField()

    class Meta:
        model = AccountMerge
        fields = ("id", "gone", "kept", "at", "by", "undone_at", "undone_by", "parts")
        read_only_fields = fields

    @extend_schema_field(PartSerializer(many=True))
    def get_parts(self, merge: AccountMerge) -> list[dict[str, Any]]:
        """What it moved."""
        return _said(merging.moved_by(merge))


class NothingSerializer(Strict):
    """Nothing is asked for."""


class MergeFilter(django_filters.FilterSet):
    """What a list of merges can be narrowed by."""

    gone = IdFilter(field_name="gone_id", label="Id of the account that became a part of another.")
    kept = IdFilter(field_name="kept_id", label="Id of the account that stayed.")
    undone = django_filters.BooleanFilter(field_name="undone_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = AccountMerge
        fields = ("gone", "kept", "undone")


@extend_schema_view(
    list=extend_schema(summary="Merges of accounts, the latest first"), retrieve=extend_schema(summary="One merge")
)
class AccountMergeViewSet(ReadView[AccountMerge]):
    """Accounts that turned out to be one company."""

    queryset = AccountMerge.objects.select_related("by", "undone_by")
    serializer_class = MergeSerializer
    filterset_class = MergeFilter
    pagination_class = Newest
    write_capability = Capability.MERGE

    @extend_schema(
        summary="Merge an account into another",
        description="Both are scored again. 409: something stands against it, said in `errors.refusals`.",
        request=PairSerializer,
        responses={201: MergeSerializer},
    )
    def create(self, request: Request) -> Response:
        """`gone` becomes a part of `kept`."""
        form = PairSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            merge = merging.merge_accounts(by=user_of(request), **form.validated_data)
        except Invalid as refusal:
            return _refused(refusal)
        return Response(self.get_serializer(merge).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="What a merge would move",
        description="Changes nothing.",
        request=PairSerializer,
        responses=PreviewSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def preview(self, request: Request) -> Response:
        """Counts by kind, and why it would be refused."""
        form = PairSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        seen = merging.preview(**form.validated_data)
        return Response({"parts": _said(seen.parts), "refusals": seen.refusals})

    @extend_schema(
        summary="Take a merge back",
        description="What it moved and is still at the kept account returns. 409: it can't be taken back, and why.",
        request=NothingSerializer,
        responses=MergeSerializer,
    )
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """Both accounts stand for themselves again."""
        try:
            merge = merging.undo_merge(merge=self.get_object(), by=user_of(request))
        except Invalid as refusal:
            return _refused(refusal)
        return Response(self.get_serializer(merge).data)


def _said(parts: list[tuple[merging.Part, int]]) -> list[dict[str, Any]]:
    return [{"key": one.key, "label": one.label, "fate": one.fate, "count": count} for one, count in parts]


def _refused(refusal: Invalid) -> Response:
    return answer(status.HTTP_409_CONFLICT, "refused", " ".join(refusal.messages), {"refusals": refusal.messages})
