"""`/api/unmatched/`: touches that wait for an account, and the account that a person gives them (domain.md §8)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api_parts import Ranked, user_of
from accounts.api_rows import Strict
from accounts.models import Account
from accounts.roles import Capability
from accounts.transactions import in_transaction
from signals import unmatched
from signals.models import IgnoredOrigin, Touch
from signals.unmatched import Waiting

_KINDS = IgnoredOrigin.Kind.choices


class AskedSerializer(Strict):
    """Which of what waits."""

    tab = serializers.ChoiceField(choices=list(unmatched.TABS), default="companies")
    ignored = serializers.BooleanField(default=False, help_text="True: what was left alone.")
    cursor = serializers.CharField(required=False)
    page_size = serializers.CharField(required=False)


class OriginSerializer(Strict):
    """What touches wait under: a domain, a group, a person's id, a visitor."""

    kind = serializers.ChoiceField(choices=_KINDS)
    value = serializers.CharField(max_length=255)


class MatchSerializer(OriginSerializer):
    """Whose it is."""

    account = serializers.PrimaryKeyRelatedField(queryset=Account.objects.all(), help_text="Id of the account.")


class MakeSerializer(OriginSerializer):
    """The account that is to be made of it."""

    name = serializers.CharField(max_length=255)


class LeaveSerializer(OriginSerializer):
    """Why nobody need look at it."""

    reason = serializers.ChoiceField(choices=IgnoredOrigin.Reason.choices)


class WaitingSerializer(serializers.Serializer[Any]):
    """Touches of the last 90 days that wait under one value."""

    kind = serializers.ChoiceField(choices=_KINDS)
    value = serializers.CharField(help_text="The domain, the group's id, the id of the person, the anonymousId.")
    label = serializers.CharField(help_text="What people call it.")  # type: ignore[assignment]  # a field of that name
    touches = serializers.IntegerField()
    first = serializers.DateTimeField()
    last = serializers.DateTimeField()
    people = serializers.IntegerField()
    hand_raises = serializers.IntegerField(source="hands")
    intent = serializers.IntegerField(help_text="Signals that wait for the domain.")
    ignored = serializers.CharField(help_text="Why it is left alone; empty where it isn't.")


class SuggestionSerializer(serializers.Serializer[Any]):
    """An account that is called alike: for a person to look at."""

    account = serializers.IntegerField()
    name = serializers.CharField()
    domain = serializers.CharField(allow_null=True)
    score = serializers.FloatField(help_text="How alike, 0 to 100.")


class SuggestionsSerializer(serializers.Serializer[Any]):
    """Accounts that may be meant, the likeliest first."""

    suggestions = SuggestionSerializer(many=True)


class PlacedSerializer(serializers.Serializer[Any]):
    """Where the touches are now."""

    account = serializers.IntegerField()
    touches = serializers.IntegerField(help_text="So many touches of the account have come by this.")


class LeftSerializer(serializers.Serializer[Any]):
    """What is in the list now, and what isn't."""

    kind = serializers.ChoiceField(choices=_KINDS)
    value = serializers.CharField()
    ignored = serializers.BooleanField()


class _Rows:
    """What waits, to be sliced into pages."""

    def __init__(self, *, tab: str, ignored: bool) -> None:
        self._asked: dict[str, Any] = {"tab": tab, "ignored": ignored}

    def __getitem__(self, part: slice) -> list[Waiting]:
        return unmatched.waiting(**self._asked, skip=part.start, size=part.stop - part.start)[0]


class UnmatchedViewSet(GenericViewSet[Any]):
    """What waits for an account: companies, people, visitors."""

    queryset = Touch.objects.none()
    serializer_class = WaitingSerializer
    pagination_class = Ranked
    read_capability = write_capability = Capability.MATCH

    @extend_schema(
        summary="What waits for an account, hand-raises first, then by touches",
        parameters=[AskedSerializer],
        filters=False,
    )
    def list(self, request: Request) -> Response:
        """Hand-raises first, then by touches."""
        form = AskedSerializer(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        rows = _Rows(tab=form.validated_data["tab"], ignored=form.validated_data["ignored"])
        page = self.paginate_queryset(rows) or []  # type: ignore[arg-type]  # sliced, as a queryset is
        return self.get_paginated_response(WaitingSerializer(page, many=True).data)

    @extend_schema(
        summary="Accounts that are called like what waits",
        description="By domain, group or name; people decide. 404: nothing waits there.",
        parameters=[OriginSerializer],
        responses=SuggestionsSerializer,
        filters=False,
    )
    @action(detail=False, pagination_class=None)
    def suggestions(self, request: Request) -> Response:
        """The likeliest first."""
        item = _waiting(OriginSerializer(data=request.query_params.dict()))[0]
        found = [
            {"account": one.pk, "name": one.name, "domain": one.domain, "score": alike.score}
            for one, alike in unmatched.suggestions(unmatched.words_of(item))
        ]
        return Response({"suggestions": found})

    @extend_schema(
        summary="Say whose the touches are",
        description="A domain or group becomes the account's and a person comes to it, so what comes later does too; of a "
        "visitor only what has come. 404: nothing waits there. 400: it belongs to another account.",
        request=MatchSerializer,
        responses=PlacedSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def match(self, request: Request) -> Response:
        """They are the account's."""
        item, said = _waiting(MatchSerializer(data=request.data))
        account = said["account"]
        touches = in_transaction(lambda: unmatched.match(item=item, account=account, by=user_of(request)))
        return Response({"account": account.pk, "touches": touches})

    @extend_schema(
        summary="Make an account of what waits",
        description="404: nothing waits there.",
        request=MakeSerializer,
        responses={201: PlacedSerializer},
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def make(self, request: Request) -> Response:
        """A new account, and they are its own."""
        item, said = _waiting(MakeSerializer(data=request.data))
        account = in_transaction(lambda: unmatched.create(item=item, name=said["name"], by=user_of(request)))
        touches = Touch.objects.filter(account=account).count()
        return Response({"account": account.pk, "touches": touches}, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Leave what waits alone",
        description="It stays, and is out of the list until it is brought back. 404: nothing waits there.",
        request=LeaveSerializer,
        responses=LeftSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def ignore(self, request: Request) -> Response:
        """Nobody need look at it."""
        item, said = _waiting(LeaveSerializer(data=request.data))
        unmatched.ignore(kind=item.kind, value=item.value, reason=said["reason"], by=user_of(request))
        return Response({"kind": item.kind, "value": item.value, "ignored": True})

    @extend_schema(
        summary="Bring back what was left alone",
        request=OriginSerializer,
        responses=LeftSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def restore(self, request: Request) -> Response:
        """Into the list again."""
        form = OriginSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        unmatched.bring_back(**form.validated_data)
        return Response({**form.validated_data, "ignored": False})


def _waiting(form: Strict) -> tuple[Waiting, dict[str, Any]]:
    form.is_valid(raise_exception=True)
    said = dict(form.validated_data)
    item = unmatched.waiting_under(said["kind"], said["value"])
    if item is None:
        raise NotFound("Nothing waits there (any more). GET /api/unmatched/ lists what does.")
    return item, said
