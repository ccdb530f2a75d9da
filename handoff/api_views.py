"""`/api/saved-views/`: views of the queue that the person who asks keeps or is shown (domain.md §8)."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import PERSONS, IdFilter, ReadView, person_of
from accounts.api_rows import Strict
from accounts.models import Team
from accounts.roles import Capability
from handoff import saved_views
from handoff.models import SavedView


class SavedViewSerializer(serializers.ModelSerializer[SavedView]):
    """What an address of the queue asks for, under a name."""

    owner = serializers.EmailField(source="owner.email", read_only=True)
    is_default = serializers.BooleanField(read_only=True, help_text="The queue opens with it for the person who asks.")

    class Meta:
        model = SavedView
        fields = ("id", "name", "query", "owner", "team", "is_default", "created_at")
        read_only_fields = fields


class ViewChangeSerializer(Strict):
    """A view's name, and with whom it is shared."""

    name = serializers.CharField(max_length=60)
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(), required=False, allow_null=True, help_text="Null: nobody else."
    )


class NewViewSerializer(ViewChangeSerializer):
    """A new view."""

    query = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, default="", help_text="As in the address of the queue."
    )


class DefaultSerializer(Strict):
    """Whether the queue opens with it."""

    is_default = serializers.BooleanField()


class ViewFilter(django_filters.FilterSet):
    """What the list can be narrowed by."""

    name = django_filters.CharFilter(label="The name.")
    team = IdFilter(field_name="team_id", label="Id of the team that it is shared with.")

    class Meta:
        model = SavedView
        fields = ("name", "team")


@extend_schema_view(
    list=extend_schema(summary="One's own views of the queue, and those of one's team", description=PERSONS),
    retrieve=extend_schema(summary="One view of the queue", description=PERSONS),
)
class SavedViewViewSet(ReadView[SavedView]):
    """Filters and an order under a name. Only who made one changes it."""

    queryset = SavedView.objects.all()
    serializer_class = SavedViewSerializer
    filterset_class = ViewFilter
    write_capability = Capability.VIEW

    def get_queryset(self) -> QuerySet[SavedView]:
        if getattr(self, "swagger_fake_view", False):  # the document is nobody's
            return SavedView.objects.none()
        return saved_views.visible_to(person_of(self.request)).order_by("id")

    @extend_schema(
        summary="Keep a view",
        description=f"{PERSONS} What can't be read of `query` is left out. 409: the name is taken, or there are too many.",
        request=NewViewSerializer,
        responses={201: SavedViewSerializer},
    )
    def create(self, request: Request) -> Response:
        """One's own."""
        by = person_of(request)
        form = NewViewSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made = saved_views.keep(by=by, **form.validated_data)
        return Response(self._said(made), status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Rename or share a view",
        description=f"{PERSONS} 403: it is a colleague's.",
        request=ViewChangeSerializer,
        responses=SavedViewSerializer,
    )
    def partial_update(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """What is not said stays."""
        view = self._own(request)
        form = ViewChangeSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        said = {"name": view.name, "team": view.team} | form.validated_data
        saved_views.change(view=view, by=person_of(request), **said)
        return Response(self._said(view))

    @extend_schema(summary="Delete a view", description=f"{PERSONS} 403: it is a colleague's.")
    def destroy(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """For whom it was the default, the queue opens as it is."""
        saved_views.delete(view=self._own(request), by=person_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Open the queue with a view, or as it is",
        description=PERSONS,
        request=DefaultSerializer,
        responses=SavedViewSerializer,
    )
    @action(detail=True, methods=["post"])
    def default(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """For the person who asks."""
        view = self.get_object()
        form = DefaultSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        saved_views.open_with(by=person_of(request), view=view if form.validated_data["is_default"] else None)
        return Response(self._said(view))

    def _own(self, request: Request) -> SavedView:
        view: SavedView = self.get_object()
        if view.owner_id != person_of(request).pk:
            raise PermissionDenied(f"This view is {view.owner}'s: only they change it.")
        return view

    def _said(self, view: SavedView) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=view.pk)).data
