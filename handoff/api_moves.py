"""`POST /api/handoffs/{id}/{move}/`: the moves of domain.md §5 for a person who is signed in.

A key moves nothing: each move is somebody's, with that person's role, limits and clocks, and its event names who it was.
"""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import PERSONS, person_of
from accounts.api_rows import Strict
from accounts.models import BuyingCenter, Contact, User
from accounts.roles import Capability
from handoff import actions
from handoff.api_said import HandoffDetailSerializer, handoff_said
from handoff.forms import OutreachForm
from handoff.models import Handoff, Opportunity

# Moves whose name Python keeps for itself.
_ATTRIBUTES = {"pass": "pass_to_ae", "return": "send_back"}


def _text(most: int, **options: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, **({"required": False, "allow_blank": True} | options))


def _person(help_text: str) -> serializers.PrimaryKeyRelatedField[User]:
    return serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True), help_text=help_text)


class NothingSerializer(Strict):
    """Nothing is asked for."""


class ReleaseSerializer(Strict):
    """Why, if one wants to say."""

    comment = _text(2000)


class AssignSerializer(Strict):
    """Who gets it."""

    to = _person("Id of the SDR, or after the pass of the AE.")
    comment = _text(2000)


class PassSerializer(Strict):
    """What the AE gets."""

    ae = _person("Id of the AE.")
    summary = _text(5000, required=True, allow_blank=False)
    next_step = _text(2000)


class ReturnSerializer(Strict):
    """Why it goes back."""

    reason = serializers.SlugField(help_text="Key of a reason for returns.")
    comment = _text(2000, required=True, allow_blank=False)


class OpenSerializer(Strict):
    """An open opportunity of the account, or name, amount, currency and day of a new one."""

    opportunity = serializers.PrimaryKeyRelatedField(queryset=Opportunity.objects.all(), required=False)
    name = _text(200)
    amount = serializers.DecimalField(max_digits=16, decimal_places=2, min_value=0, required=False)
    currency = serializers.RegexField(r"^[A-Za-z]{3}$", required=False)
    expected_close_on = serializers.DateField(required=False)


class WinSerializer(Strict):
    """For how much, and when."""

    amount = serializers.DecimalField(max_digits=16, decimal_places=2, min_value=0)
    closed_on = serializers.DateField()


class LoseSerializer(Strict):
    """Why, and when."""

    reason = serializers.SlugField(help_text="Key of a reason for losses.")
    closed_on = serializers.DateField()
    comment = _text(2000)


class RecycleSerializer(Strict):
    """Why, and until when."""

    reason = serializers.SlugField(help_text="Key of a reason for recycling.")
    comeback_on = serializers.DateField(help_text="After today.")
    comment = _text(2000)


class DisqualifySerializer(Strict):
    """Why; for no fit, which criterion."""

    reason = serializers.SlugField(help_text="Key of a reason for disqualifying.")
    criterion = _text(80)
    comment = _text(2000)


def mover(request: Request) -> User:
    """The person who makes a move. Raises PermissionDenied (403) for a key."""
    return person_of(request, why="A key makes no moves: each is a person's.")


def _move(
    name: str, summary: str, asks: type[serializers.Serializer[Any]], run: Callable[..., Handoff]
) -> Callable[..., Response]:
    """The view of one move."""

    def view(self: Any, request: Request, pk: int) -> Response:
        by = mover(request)
        form = asks(data=request.data)
        form.is_valid(raise_exception=True)
        run(handoff_id=pk, by=by, **form.validated_data)
        return Response(handoff_said(self.get_object(), with_events=True))

    view.__name__ = _ATTRIBUTES.get(name, name)  # which DRF wants to be the attribute's
    view.__doc__ = summary
    described = extend_schema(
        summary=summary,
        operation_id=f"handoffs_{name}",
        request=asks,
        responses=HandoffDetailSerializer,
        description=f"{PERSONS} 409: somebody else holds it, or it is in another "
        "state. 422: what is missing, in `errors.needs`.",
    )(view)
    return action(detail=True, methods=["post"], url_path=name, url_name=name)(described)


class OutreachSerializer(Strict):
    """What the holder did."""

    kind = serializers.ChoiceField(choices=OutreachForm.KINDS)
    minutes = serializers.IntegerField(
        min_value=0, max_value=600, required=False, help_text="Else as usual for its kind."
    )
    contact = serializers.PrimaryKeyRelatedField(
        queryset=Contact.objects.filter(do_not_contact=False, erased_at__isnull=True), required=False
    )
    text = _text(5000, default="")


class SplitSerializer(Strict):
    """Which center goes its own way."""

    center = serializers.PrimaryKeyRelatedField(
        queryset=BuyingCenter.objects.filter(is_default=False),
        help_text="A named center of the account that qualifies.",
    )


class Moves:
    """The moves, as actions of a view of handoffs."""

    # Who may make which move is the table's to say (handoff/transitions.py).
    write_capability = Capability.VIEW

    claim = _move("claim", "Claim", NothingSerializer, actions.claim)
    release = _move("release", "Release into the queue", ReleaseSerializer, actions.release)
    assign = _move("assign", "Assign or reassign", AssignSerializer, actions.assign)
    pass_to_ae = _move("pass", "Pass to an AE", PassSerializer, actions.pass_to_ae)
    accept = _move("accept", "Accept", NothingSerializer, actions.accept)
    send_back = _move("return", "Return to the SDR", ReturnSerializer, actions.return_to_sdr)
    opportunity = _move("opportunity", "Open an opportunity", OpenSerializer, actions.open_opportunity)
    win = _move("win", "Won", WinSerializer, actions.win)
    lose = _move("lose", "Lost", LoseSerializer, actions.lose)
    recycle = _move("recycle", "Recycle until a day", RecycleSerializer, actions.recycle)
    disqualify = _move("disqualify", "Disqualify", DisqualifySerializer, actions.disqualify)
    outreach = _move("outreach", "Log a call, e-mail, message or meeting", OutreachSerializer, actions.log_outreach)
    split = _move("split", "Split off a named center that qualifies", SplitSerializer, actions.split_off)
    undo = _move("undo", "Take back one's own last move", NothingSerializer, actions.undo)

    @extend_schema(
        summary="Claim what is most urgent",
        operation_id="handoffs_next",
        description=f"Of own accounts and the team's pool. {PERSONS} 409: nothing "
        "waits, or one holds as many as one may.",
        request=NothingSerializer,
        responses=HandoffDetailSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def next(self: Any, request: Request) -> Response:
        """The top of the queue, in one step."""
        found = actions.claim_next(by=mover(request))
        return Response(handoff_said(self.get_queryset().get(pk=found.pk), with_events=True))
