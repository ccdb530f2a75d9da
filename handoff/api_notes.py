"""`/api/notes/`: what was said, for whoever comes next (domain.md §5, §8). A note is a person's: keys read them."""

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import PERSONS, IdFilter, MomentFilter, Newest, ReadView, person_of
from accounts.api_rows import Strict
from accounts.models import Account, BuyingCenter
from accounts.roles import Capability
from handoff import actions
from handoff.api_said import PersonSerializer
from handoff.forms import NoteForm
from handoff.models import Note
from handoff.queries import open_handoff_at


class NoteSerializer(serializers.ModelSerializer[Note]):
    """A note of a person, on an account and its handoff of that time."""

    author = PersonSerializer(read_only=True)
    mentions = PersonSerializer(many=True, read_only=True)

    class Meta:
        model = Note
        fields = ("id", "account", "handoff", "author", "kind", "text", "is_pinned", "mentions", "created_at")
        read_only_fields = fields


class NewNoteSerializer(Strict):
    """What was said."""

    account = serializers.PrimaryKeyRelatedField(queryset=Account.objects.all())
    center = serializers.PrimaryKeyRelatedField(
        queryset=BuyingCenter.objects.all(),
        required=False,
        allow_null=True,
        help_text="The note goes to its open handoff; else to that of the account, if there is one.",
    )
    text = serializers.CharField(max_length=NoteForm.LONGEST, help_text="@Name tells a colleague.")
    kind = serializers.ChoiceField(choices=Note.Kind.choices, required=False)
    is_pinned = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A center of the account."""
        center = attrs.get("center")
        if center is not None and center.account_id != attrs["account"].pk:
            raise serializers.ValidationError({"center": "This is a buying center of another account."})
        return attrs


class PinSerializer(Strict):
    """Whether it stands above the others."""

    is_pinned = serializers.BooleanField()


class NoteFilter(django_filters.FilterSet):
    """What a list of notes can be narrowed by."""

    account = IdFilter(field_name="account_id", label="Id of the account.")
    handoff = IdFilter(field_name="handoff_id", label="Id of the handoff.")
    center = IdFilter(field_name="handoff__center_id", label="Id of the buying center of its handoff.")
    author = IdFilter(field_name="author_id", label="Id of the user who wrote it.")
    kind = django_filters.ChoiceFilter(choices=Note.Kind.choices)
    is_pinned = django_filters.BooleanFilter()
    since = MomentFilter(field_name="created_at", lookup_expr="gte", label="Written at or after.")

    class Meta:
        model = Note
        fields = ("account", "handoff", "center", "author", "kind", "is_pinned", "since")


@extend_schema_view(list=extend_schema(summary="Notes, the latest first"), retrieve=extend_schema(summary="One note"))
class NoteViewSet(ReadView[Note]):
    """Notes on accounts. Their text stays as it was written."""

    queryset = Note.objects.select_related("author").prefetch_related("mentions").order_by("-id")
    serializer_class = NoteSerializer
    filterset_class = NoteFilter
    pagination_class = Newest
    write_capability = Capability.WRITE_NOTES

    @extend_schema(
        summary="Write a note",
        description=f"{PERSONS} Whoever is named in it is told.",
        request=NewNoteSerializer,
        responses={201: NoteSerializer},
    )
    def create(self, request: Request) -> Response:
        """By the person who asks."""
        by = person_of(request)
        form = NewNoteSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = dict(form.validated_data)
        center = said.pop("center", None)
        pinned = said.pop("is_pinned")
        handoff = open_handoff_at(said["account"].pk, center.pk if center else None)
        made = actions.add_note(by=by, handoff=handoff, pinned=pinned, **said)
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Pin a note, or take the pin out",
        description=PERSONS,
        request=PinSerializer,
        responses=NoteSerializer,
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        """Above the others of its account."""
        by = person_of(request)
        form = PinSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        actions.pin_note(note_id=pk, by=by, pinned=form.validated_data["is_pinned"])
        return Response(self.get_serializer(self.get_object()).data)
