"""`/api/scoring-models/{version}/backtests/`: what a version would have said in past weeks (domain.md §7)."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import user_of
from accounts.api_rows import Strict
from accounts.roles import Capability
from signals import backtest
from signals.models import BacktestRun, ScoringModel


class BacktestRequestSerializer(Strict):
    """How far back."""

    weeks = serializers.ChoiceField(
        choices=backtest.WEEKS, error_messages={"invalid_choice": "Choose 4, 13, 26, 52 or 104 weeks."}
    )


class HitsSerializer(serializers.Serializer[Any]):
    """How well the accounts that a version called MQAs foretold opportunities."""

    name = serializers.CharField(help_text="Which version.")
    called = serializers.IntegerField(help_text="Accounts that qualified on some day looked at.")
    right = serializers.IntegerField(help_text="Of those, with an opportunity within 90 days after the first such day.")
    came = serializers.IntegerField(help_text="Accounts with an opportunity in the time looked at.")
    foreseen = serializers.IntegerField(help_text="Of those, called in the 90 days before it.")
    base = serializers.IntegerField(help_text="Accounts in all.")
    lead_days = serializers.FloatField(
        allow_null=True, help_text="Median days from the first call to the opportunity, of the right ones."
    )
    precision = serializers.FloatField(allow_null=True, help_text="right / called")
    recall = serializers.FloatField(allow_null=True, help_text="foreseen / came")
    lift = serializers.FloatField(allow_null=True, help_text="Precision over came / base.")
    mqas = serializers.ListField(child=serializers.IntegerField(), help_text="MQAs at the end of each of `days`.")


class BacktestSerializer(serializers.Serializer[Any]):
    """One run; `versions` is empty until it is finished."""

    weeks = serializers.IntegerField()
    requested_at = serializers.DateTimeField()
    by = serializers.EmailField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    done = serializers.IntegerField(help_text="Centers looked at, over all weeks.")
    total = serializers.IntegerField()
    outdated = serializers.BooleanField(help_text="This version or the active one is another by now.")
    days = serializers.ListField(child=serializers.DateField(), help_text="The days looked at the end of.")
    versions = HitsSerializer(many=True, help_text="The active version at that time first.")
    left_out = serializers.ListField(
        child=serializers.IntegerField(), help_text="Centers whose facts could not be computed with."
    )


class Backtests:
    """Actions of the view of versions."""

    @extend_schema(
        summary="Backtests of a version, the latest first",
        description="One for each number of weeks, and the one under way.",
        responses=BacktestSerializer(many=True),
        filters=False,
    )
    @action(
        detail=True,
        pagination_class=None,
        filterset_class=None,
        read_capability=Capability.CONFIGURE,
        write_capability=Capability.CONFIGURE,
    )
    def backtests(self: Any, request: Request, version: int) -> Response:  # noqa: ARG002 - DRF's signature
        """Those asked for."""
        model: ScoringModel = self.get_object()
        return Response([_said(run) for run in model.backtests.select_related("by", "model")])

    @extend_schema(
        summary="Ask for a backtest",
        description="What this version and the active one would have said at the end of each of so many past weeks, against what "
        "became of the accounts. It runs in the background: read the list until `finished_at` is there. One that is under way "
        "for this version is given up.",
        request=BacktestRequestSerializer,
        responses={202: BacktestSerializer},
        filters=False,
    )
    @backtests.mapping.post
    def ask_for_backtest(self: Any, request: Request, version: int) -> Response:  # noqa: ARG002 - DRF's signature
        """Asked for."""
        model = self.get_object()
        form = BacktestRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        run = backtest.request_backtest(model=model, by=user_of(request), **form.validated_data)
        return Response(_said(run), status=status.HTTP_202_ACCEPTED)


def _said(run: BacktestRun) -> dict[str, Any]:
    done, total = backtest.progress(run)
    found = backtest.result_of(run)
    return {
        "weeks": run.weeks,
        "requested_at": run.requested_at,
        "by": run.by.email if run.by else None,
        "finished_at": run.finished_at,
        "done": done,
        "total": total,
        "outdated": backtest.has_moved_on(run),
        "days": found.days if found else [],
        "versions": [
            {
                "name": name,
                **{field: getattr(hits, field) for field in _OF_HITS},
                "mqas": found.qualified[name],
            }
            for name, hits in found.hits.items()
        ]
        if found
        else [],
        "left_out": found.left_out if found else [],
    }


_OF_HITS = ("called", "right", "came", "foreseen", "base", "lead_days", "precision", "recall", "lift")
