"""What the API can do with people and touches beside their fields: export, erase, mark as wrong (domain.md §2, §5; X5)."""

from typing import Any

from django.core.exceptions import ValidationError as Invalid
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import erasure
from accounts.api import ContactViewSet
from accounts.api_errors import answer
from accounts.api_parts import PERSONS, person_of, user_of
from accounts.api_rows import Strict
from accounts.roles import Capability
from handoff import actions
from handoff.holdings import notes_to_check
from signals.api_facts import TouchSerializer, TouchViewSet


class EraseSerializer(Strict):
    """That it is meant."""

    confirm = serializers.BooleanField(help_text="True: this can't be taken back.")

    def validate_confirm(self, value: bool) -> bool:
        """Nobody is erased by a slip."""
        if not value:
            raise serializers.ValidationError("Send true: this can't be taken back.")
        return value


class ErasedSerializer(serializers.Serializer[Any]):
    """What was erased."""

    id = serializers.IntegerField(help_text="Of the nameless row that stays.")
    cleared = serializers.DictField(child=serializers.IntegerField(), help_text="How many rows, by place.")
    notes_to_check = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Notes at the person's accounts with a first or last name of theirs, which somebody has to read.",
    )


class DeskContactViewSet(ContactViewSet):
    """People, with their rights."""

    @extend_schema(
        summary="All that is stored of a person",
        description="For managers, marketing operations, admins and keys that read.",
        responses=OpenApiTypes.OBJECT,
        filters=False,
    )
    @action(detail=True, read_capability=Capability.EXPORT, pagination_class=None, filterset_class=None)
    def export(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """By place."""
        return Response(erasure.export_contact(self.get_object()))

    @extend_schema(
        summary="Erase a person everywhere",
        description="For admins and keys that configure. What is sent again makes nobody known. 409: something new of "
        "the person came in at this moment; try again.",
        request=EraseSerializer,
        responses=ErasedSerializer,
    )
    @action(detail=True, methods=["post"], write_capability=Capability.ERASE)
    def erase(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """The accounts concerned are scored again."""
        person = self.get_object()
        form = EraseSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        names = erasure.person_of(person)
        try:
            done = erasure.erase_contact(contact=person, by=user_of(request))
        except Invalid as refusal:
            return answer(status.HTTP_409_CONFLICT, "refused", " ".join(refusal.messages))
        left = [note.pk for note in notes_to_check(names)]
        return Response({"id": person.pk, "cleared": done.cleared, "notes_to_check": left})


class WrongSerializer(Strict):
    """Why, if one wants to say."""

    comment = serializers.CharField(max_length=2000, required=False, allow_blank=True)


class DeskTouchViewSet(TouchViewSet):
    """Touches, which a rep can mark as wrong."""

    # Who may correct one is the action's to say (handoff/actions/outreach.py).
    write_capability = Capability.VIEW

    @extend_schema(
        summary="Mark a touch as wrong",
        description=f"{PERSONS} It gives nothing from now on, and is counted.",
        request=WrongSerializer,
        responses=TouchSerializer,
    )
    @action(detail=True, methods=["post"])
    def wrong(self, request: Request, pk: int) -> Response:
        """Not this account's, or no interest at all."""
        by = person_of(request)
        form = WrongSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        actions.mark_touch_wrong(touch_id=pk, by=by, **form.validated_data)
        return Response(self.get_serializer(self.get_object()).data)
