"""The steps of a version over the API: what it would change, publishing, going back, the evaluation of it (domain.md §7)."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import ValidationError
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from accounts.api_parts import key_of, user_of
from accounts.api_rows import Strict
from accounts.roles import Capability
from signals import publishing
from signals.api_model_config import by_path
from signals.comparison import KINDS
from signals.model_queries import names_of, publish_progress
from signals.models.evaluation import Gate
from signals.publishing import config_of
from signals.scoring_config import field_errors
from signals.trial import BARS, tried
from signals.whatif import WhatIf, what_if

MOST_MOVES = 1_000


class CommentSerializer(Strict):
    """Why."""

    comment = serializers.CharField(
        max_length=2000,
        help_text="What changes and why; kept with the publication.",
        error_messages=dict.fromkeys(("required", "blank", "null"), "Say in a comment what changes and why."),
    )


class PublishSerializer(CommentSerializer):
    """Why, and which document is meant."""

    revision = serializers.CharField(
        max_length=64, required=False, help_text="Of the draft as you looked at it. 409 when it has been changed since."
    )


class EvaluationSerializer(serializers.Serializer[Any]):
    """How far the evaluation by the active version is."""

    version = serializers.IntegerField(help_text="The active version.")
    evaluated = serializers.IntegerField(help_text="Buying centers whose figures are the active version's.")
    total = serializers.IntegerField(help_text="Buying centers in all.")
    finished = serializers.BooleanField()
    progress = serializers.URLField(help_text="Ask here until finished is true.")


class MoveSerializer(serializers.Serializer[Any]):
    """A center that would qualify, cease to, or be blocked by another gate."""

    kind = serializers.ChoiceField(choices=KINDS)
    account = serializers.IntegerField()
    account_name = serializers.CharField()
    center = serializers.IntegerField()
    score_before = serializers.FloatField()
    score_after = serializers.FloatField()
    blocked_before = serializers.ChoiceField(choices=Gate.choices, allow_null=True)
    blocked_after = serializers.ChoiceField(choices=Gate.choices, allow_null=True)


class MoveCountsSerializer(serializers.Serializer[Any]):
    """How many would move, by kind."""

    enters = serializers.IntegerField()
    leaves = serializers.IntegerField()
    moves = serializers.IntegerField()


class LoadSerializer(serializers.Serializer[Any]):
    """MQAs that would wait for an SDR; null: of accounts that nobody owns."""

    sdr = serializers.EmailField(allow_null=True)
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    week_before = serializers.IntegerField(help_text="Of those before, new within a week.")
    week_after = serializers.IntegerField(help_text="Of those after, new within a week.")


class ScoreCountSerializer(serializers.Serializer[Any]):
    """How many centers have a score from here to 5 above."""

    score_from = serializers.IntegerField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class WhatIfSerializer(serializers.Serializer[Any]):
    """What publishing a version now would change, over all buying centers. Nothing is stored."""

    version = serializers.IntegerField()
    active_version = serializers.IntegerField(help_text="What it is compared with.")
    centers = serializers.IntegerField()
    qualified_before = serializers.IntegerField()
    qualified_after = serializers.IntegerField()
    week_before = serializers.IntegerField(help_text="MQAs that are new within a week, before.")
    week_after = serializers.IntegerField()
    counts = MoveCountsSerializer()
    leaving_by_gate = serializers.DictField(
        child=serializers.IntegerField(), help_text="Of those that leave, how many each gate would block."
    )
    loads = LoadSerializer(many=True)
    scores = ScoreCountSerializer(many=True)
    left_out = serializers.ListField(
        child=serializers.IntegerField(), help_text="Centers whose facts can't be computed with."
    )
    moves = MoveSerializer(many=True, help_text="Those asked for, the most telling first.")


class WhatIfQuery(serializers.Serializer[Any]):
    """Which of the moves to say; and bars to try instead of the version's own."""

    kind = serializers.ChoiceField(choices=KINDS, required=False, help_text="Moves of this kind alone.")
    limit = serializers.IntegerField(
        min_value=0, max_value=MOST_MOVES, default=100, help_text=f"Moves to say, at most {MOST_MOVES}."
    )
    offset = serializers.IntegerField(min_value=0, max_value=10**9, default=0, help_text="Moves to leave out first.")


_TRIED = [
    OpenApiParameter(bar.path, OpenApiTypes.DOUBLE, description=f"{bar.label}: try this instead of the version's own.")
    for bar in BARS
]


class Steps:
    """Actions of the view of versions."""

    @extend_schema(
        summary="What publishing a version would change",
        description="Who would enter and leave, by gate, and each SDR's queue, against the active version and computed now: "
        "seconds where there are many accounts. 400 names a bar that can't be tried.",
        parameters=[WhatIfQuery, *_TRIED],
        responses=WhatIfSerializer,
        filters=False,
    )
    @action(
        detail=True,
        url_path="what-if",
        pagination_class=None,
        filterset_class=None,
        read_capability=Capability.CONFIGURE,
    )
    def what_if(self: Any, request: Request, version: int) -> Response:  # noqa: ARG002 - DRF's signature
        """The preview of the what-if page."""
        query = WhatIfQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        model, active = self.get_object(), publishing.active_model()
        config, bars = tried(config_of(model), request.query_params)
        wrong = {one.bar.path: [one.error] for one in bars if one.error}
        if wrong:
            raise serializers.ValidationError(wrong)
        found = what_if(active=config_of(active), draft=config, now=timezone.now())
        said = _what_if(found, **query.validated_data)
        return Response({"version": model.version, "active_version": active.version, **said})

    @extend_schema(
        summary="Publish a draft",
        description="It becomes the active version at once, and everything is evaluated again in the background: ask "
        "`progress` how far that is. 409: it is no draft, or was changed since.",
        request=PublishSerializer,
        responses={202: EvaluationSerializer},
    )
    @action(detail=True, methods=["post"], write_capability=Capability.PUBLISH_MODEL)
    def publish(self: Any, request: Request, version: int) -> Response:  # noqa: ARG002 - DRF's signature
        """The draft is the model."""
        form = PublishSerializer(data=request.data)
        return _taken(request, form, lambda **said: publishing.publish(model=self.get_object(), **said))

    @extend_schema(
        summary="Go back to an archived version",
        description="It becomes the active one as it was, and everything is evaluated again in the background. 409: it is "
        "not archived.",
        request=CommentSerializer,
        responses={202: EvaluationSerializer},
    )
    @action(detail=True, methods=["post"], url_path="roll-back", write_capability=Capability.PUBLISH_MODEL)
    def roll_back(self: Any, request: Request, version: int) -> Response:  # noqa: ARG002 - DRF's signature
        """An earlier version is the model again."""
        form = CommentSerializer(data=request.data)
        return _taken(request, form, lambda **said: publishing.roll_back(to=self.get_object(), **said))

    @extend_schema(
        summary="Publish the active version with the catalogue as it is now",
        description="Touch types and key personas that the active version does not know, or has otherwise "
        "(`catalogue_gaps`), become a new active version. Where they agree nothing changes.",
        request=CommentSerializer,
        responses={202: EvaluationSerializer},
        filters=False,
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="take-catalogue",
        pagination_class=None,
        filterset_class=None,
        write_capability=Capability.PUBLISH_MODEL,
    )
    def take_catalogue(self, request: Request) -> Response:
        """The model and the catalogue agree."""
        return _taken(request, CommentSerializer(data=request.data), publishing.publish_catalogue)

    @extend_schema(
        summary="How far the evaluation by the active version is", responses=EvaluationSerializer, filters=False
    )
    @action(detail=False, pagination_class=None, filterset_class=None)
    def evaluation(self, request: Request) -> Response:
        """Progress."""
        return Response(_evaluation(request))


def _taken(request: Request, form: serializers.Serializer[Any], act: Callable[..., Any]) -> Response:
    """202 with the progress, once `act` has made a version the active one by what the form says."""
    form.is_valid(raise_exception=True)
    try:
        act(**_who(request), **form.validated_data)
    except ValidationError as error:
        raise by_path(field_errors(error)) from None
    return Response(_evaluation(request), status=status.HTTP_202_ACCEPTED)


def _who(request: Request) -> dict[str, Any]:
    return {"by": user_of(request), "api_key": key_of(request)}


def _evaluation(request: Request) -> dict[str, Any]:
    done, total = publish_progress()
    return {
        "version": publishing.active_model().version,
        "evaluated": done,
        "total": total,
        "finished": done >= total,
        "progress": reverse("api-scoring-model-evaluation", request=request),
    }


def _what_if(found: WhatIf, *, kind: str = "", limit: int, offset: int) -> dict[str, Any]:
    moved = found.moves
    moves = (moved.moves.of(kind) if kind else moved.moves)[offset : offset + limit]
    centers = names_of([move.center_id for move in moves])
    return {
        "centers": moved.centers,
        "qualified_before": moved.qualified_before,
        "qualified_after": moved.qualified_after,
        "week_before": found.week_before,
        "week_after": found.week_after,
        "counts": {name: moved.counts.get(name, 0) for name in KINDS},
        "leaving_by_gate": moved.leaving_by_gate,
        "loads": [
            {
                "sdr": load.sdr.email if load.sdr else None,
                "before": load.before,
                "after": load.after,
                "week_before": load.week_before,
                "week_after": load.week_after,
            }
            for load in found.loads
        ],
        "scores": [{"score_from": low, "before": before, "after": after} for low, before, after in moved.histogram],
        "left_out": found.left_out,
        "moves": [
            {
                "kind": move.kind,
                "account": move.account_id,
                "account_name": str(centers[move.center_id].account) if move.center_id in centers else "",
                "center": move.center_id,
                "score_before": move.score_before,
                "score_after": move.score_after,
                "blocked_before": move.block_before,
                "blocked_after": move.block_after,
            }
            for move in moves
        ],
    }
