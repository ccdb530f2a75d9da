"""`/api/scoring-models/`: versions of the scoring model, drafts made, changed and thrown away (domain.md §2, §7).

The steps that a version takes are in signals/api_model_steps.py.
"""

from typing import Any

import django_filters
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import IdFilter, MomentFilter, Pages, ReadView, user_of
from accounts.api_rows import Strict
from accounts.models import Persona
from accounts.roles import Capability
from signals import publishing
from signals.api_backtests import Backtests
from signals.api_model_config import ConfigField, changed_config
from signals.api_model_steps import Steps
from signals.catalogue_gap import gaps
from signals.model_differences import differences
from signals.model_queries import profile_counts
from signals.models import ModelPublication, ScoringModel
from signals.publishing import config_of, revision_of


class PublicationSerializer(serializers.ModelSerializer[ModelPublication]):
    """That a version became the active one."""

    by = serializers.EmailField(source="by.email", default=None, allow_null=True, read_only=True)
    key = serializers.CharField(
        source="api_key.name", default=None, allow_null=True, read_only=True, help_text="The API key that did it."
    )

    class Meta:
        model = ModelPublication
        fields = ("at", "by", "key", "comment", "is_rollback")
        read_only_fields = fields


class VersionRowSerializer(serializers.ModelSerializer[ScoringModel]):
    """A version of the scoring model, without its document."""

    copied_from = serializers.IntegerField(
        source="copied_from.version",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="The version it came from.",
    )
    created_by = serializers.EmailField(source="created_by.email", default=None, allow_null=True, read_only=True)
    publications = PublicationSerializer(many=True, read_only=True, help_text="The latest first; none of a draft.")

    class Meta:
        model = ScoringModel
        fields: tuple[str, ...] = (
            "version", "status", "copied_from", "created_at", "created_by", "updated_at", "publications",
        )  # fmt: skip
        read_only_fields = fields


class VersionSerializer(VersionRowSerializer):
    """A version with its document: everything that decides."""

    revision = serializers.SerializerMethodField()
    config = ConfigField(read_only=True)
    catalogue_gaps = serializers.SerializerMethodField()

    class Meta(VersionRowSerializer.Meta):
        fields = (*VersionRowSerializer.Meta.fields, "revision", "config", "catalogue_gaps")
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.STR)
    def get_revision(self, model: ScoringModel) -> str:
        """Names the document as it is; to be sent with a change of it."""
        return revision_of(model)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_catalogue_gaps(self, model: ScoringModel) -> list[str]:
        """Where touch types and key personas have moved on since; publishing a draft takes them in."""
        return gaps(config_of(model))


class NewDraftSerializer(Strict):
    """Which version to copy, and what to change of it at once."""

    copied_from = serializers.SlugRelatedField(
        slug_field="version",
        queryset=ScoringModel.objects.all(),
        help_text="Number of the version.",
    )
    config = ConfigField(required=False, help_text="What differs from the copy, as when a draft is changed.")


class DraftChangeSerializer(Strict):
    """What to change of a draft."""

    revision = serializers.CharField(
        max_length=64,
        help_text="That of the draft as you read it. 409 when it has been changed since.",
        error_messages={"required": "Read the draft and send its revision, so that nobody's change is lost."},
    )
    config = ConfigField(
        help_text="A part of the document: objects are laid over key by key; lists (criteria, bands, rules) and values "
        "are taken as a whole. A criterion without `id` is new. Null takes a touch type's own weight away."
    )


class DifferenceSerializer(serializers.Serializer[Any]):
    """One thing in which two versions differ, in words."""

    what = serializers.CharField()
    before = serializers.CharField(help_text="In the version of the address.")
    after = serializers.CharField(help_text="In the other.")


class ComparisonSerializer(serializers.Serializer[Any]):
    """Two versions side by side."""

    version = serializers.IntegerField()
    other = serializers.IntegerField()
    differences = DifferenceSerializer(many=True)


class CriterionCountSerializer(serializers.Serializer[Any]):
    """What one criterion says of all accounts."""

    id = serializers.CharField()
    met = serializers.IntegerField(help_text="Accounts that meet it.")
    unknown = serializers.IntegerField(help_text="Accounts whose value is unknown.")


class ProfileSerializer(serializers.Serializer[Any]):
    """How the ICP of a version divides all accounts as they are now: inside + outside + unknown = total."""

    total = serializers.IntegerField()
    inside = serializers.IntegerField()
    outside = serializers.IntegerField()
    unknown = serializers.IntegerField()
    criteria = CriterionCountSerializer(many=True)


class VersionFilter(django_filters.FilterSet):
    """What a list of versions can be narrowed by."""

    status = django_filters.ChoiceFilter(choices=ScoringModel.Status.choices)
    copied_from = IdFilter(field_name="copied_from__version", label="The version that it was copied from.")
    created_since = MomentFilter(field_name="created_at", lookup_expr="gte", label="Made at or after.")

    class Meta:
        model = ScoringModel
        fields = ("status", "copied_from", "created_since")


class ByVersion(Pages):
    """The latest version first."""

    ordering = "-version"


@extend_schema_view(
    list=extend_schema(summary="Versions of the scoring model, the latest first"),
    retrieve=extend_schema(
        summary="A version whole: windows, weights, criteria, gates, policies, bands", responses=VersionSerializer
    ),
)
class ScoringModelViewSet(Steps, Backtests, ReadView[ScoringModel]):
    """What decides: one active version, archived ones, and drafts, which alone can be changed."""

    queryset = ScoringModel.objects.select_related("copied_from", "created_by").prefetch_related(
        "publications__by", "publications__api_key"
    )
    serializer_class = VersionRowSerializer
    filterset_class = VersionFilter
    pagination_class = ByVersion
    lookup_field = "version"
    read_capability = Capability.VIEW
    write_capability = Capability.CONFIGURE

    def get_queryset(self) -> QuerySet[ScoringModel]:
        rows = super().get_queryset()
        return rows.defer("config") if self.action == "list" else rows

    def get_serializer_class(self) -> Any:
        """With the document for one."""
        return VersionRowSerializer if self.action == "list" else VersionSerializer

    @extend_schema(
        summary="Make a draft: a copy of a version",
        description="Touch types and key personas are taken as they are now. Nothing changes until it is published.",
        request=NewDraftSerializer,
        responses={201: VersionSerializer},
    )
    def create(self, request: Request) -> Response:
        """A draft."""
        form = NewDraftSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        by, part = user_of(request), form.validated_data.get("config")
        with transaction.atomic():
            draft = publishing.copy_to_draft(model=form.validated_data["copied_from"], by=by)
            if part:
                publishing.save_draft(model=draft, config=changed_config(draft.config, part), by=by)
        return Response(self._said(draft), status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a draft",
        description="The rules are those of the pages; what is wrong is named by its path (`config.gates.recent_days`). "
        "409: the version was published and never changes, or somebody changed the draft since you read it.",
        request=DraftChangeSerializer,
        responses=VersionSerializer,
    )
    def partial_update(self, request: Request, version: int) -> Response:  # noqa: ARG002 - looked up by the view
        """The draft with the change."""
        model = self.get_object()
        form = DraftChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        if model.status == ScoringModel.Status.DRAFT and form.validated_data["revision"] == revision_of(model):
            config = changed_config(model.config, form.validated_data["config"])
        else:
            config = model.config  # save_draft says why not
        saved = publishing.save_draft(
            model=model, config=config, by=user_of(request), revision=form.validated_data["revision"]
        )
        return Response(self._said(saved))

    @extend_schema(
        summary="Throw a draft away",
        description="409: it was published, or another version was copied from it.",
        responses={204: None},
    )
    def destroy(self, request: Request, version: int) -> Response:  # noqa: ARG002 - looked up by the view
        """Nothing is left of it but its history."""
        publishing.throw_away(model=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Two versions side by side",
        description="Every value that differs, in words.",
        parameters=[OpenApiParameter("other", OpenApiTypes.INT, OpenApiParameter.PATH)],
        responses=ComparisonSerializer,
        filters=False,
    )
    @action(detail=True, url_path="compare/<int:other>", pagination_class=None, filterset_class=None)
    def compare(self, request: Request, version: int, other: int) -> Response:  # noqa: ARG002 - DRF's signature
        """What differs."""
        left, right = self.get_object(), get_object_or_404(ScoringModel, version=other)
        found = differences(left.config, right.config, dict(Persona.objects.values_list("pk", "name")))
        words = [{"what": what, "before": before, "after": after} for what, before, after in found]
        return Response({"version": left.version, "other": right.version, "differences": words})

    @extend_schema(
        summary="How many accounts are in the ICP of a version",
        description="All accounts as they are now, and what each criterion says of them.",
        responses=ProfileSerializer,
        filters=False,
    )
    @action(detail=True, pagination_class=None, filterset_class=None)
    def profile(self, request: Request, version: int) -> Response:  # noqa: ARG002 - DRF's signature
        """Counts."""
        (counts,) = profile_counts(config_of(self.get_object()), now=timezone.now())
        criteria = [{"id": key, "met": met, "unknown": unknown} for key, (met, unknown) in counts.criteria.items()]
        return Response(
            {
                "total": counts.total,
                "inside": counts.inside,
                "outside": counts.outside,
                "unknown": counts.unknown,
                "criteria": criteria,
            }
        )

    def _said(self, model: ScoringModel) -> dict[str, Any]:
        return VersionSerializer(self.get_queryset().get(pk=model.pk)).data
