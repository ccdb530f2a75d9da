"""`/api/targets/`: the target accounts beside the ICP, chosen many at a time, with who and when (domain.md §2, §8)."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.api_parts import Pages, ids_field, rows_of, user_of
from accounts.api_rows import Strict
from accounts.models import Account, BuyingCenter
from accounts.roles import Capability
from accounts.targets import HOW, set_targets
from handoff import targets as queries
from handoff.api_said import NamedSerializer
from signals.models.evaluation import Icp

VIEWS = [
    ("targets", "Targets"),
    ("outside", "Targets outside the ICP"),
    ("unclear", "Targets not known to fit"),
    ("missed", "Good fits, no targets"),
    ("others", "All others"),
]


class TargetSerializer(serializers.Serializer[Any]):
    """An account: whether it is a target, who said so and when, and whether it fits."""

    account = NamedSerializer()
    domain = serializers.CharField(allow_null=True, help_text="The primary domain.")
    is_target = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True, help_text="When that was last said; null: never.")
    by = serializers.EmailField(allow_null=True, help_text="Null: a machine.")
    how = serializers.CharField(allow_null=True, help_text=f"Page, file, API: {', '.join(HOW.values())}.")
    tier = serializers.CharField(allow_null=True)
    icp = serializers.ChoiceField(choices=Icp.choices, allow_null=True, help_text="Null: not evaluated yet.")
    fit = serializers.FloatField(allow_null=True)
    score = serializers.FloatField(allow_null=True)


class MarkSerializer(Strict):
    """Which accounts are targets from now on, or are none."""

    accounts = ids_field()
    is_target = serializers.BooleanField()


class MarkedSerializer(serializers.Serializer[Any]):
    """How many that changed; the others were so."""

    changed = serializers.IntegerField()


class TargetFilter(django_filters.FilterSet):
    """Which accounts, as the page has them."""

    view = django_filters.ChoiceFilter(choices=VIEWS, label="Targets where it is not said.")
    q = django_filters.CharFilter(label="Part of the name, or the beginning of a domain.", max_length=100)
    tier = django_filters.CharFilter(label="The tier.", max_length=20)
    fit = django_filters.NumberFilter(label="Fit at least.", min_value=0, max_value=100)

    class Meta:
        model = BuyingCenter
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: QuerySet[BuyingCenter]) -> QuerySet[BuyingCenter]:  # noqa: ARG002 - its signature
        """The rows of the view."""
        said = self.form.cleaned_data
        fit = None if said["fit"] is None else float(said["fit"])
        found = queries.rows(said["view"] or "targets", q=said["q"], tier=said["tier"], fit=fit)
        return found.order_by("pk")


class TargetViewSet(GenericViewSet[BuyingCenter]):
    """Which accounts are named targets, and which might be."""

    queryset = BuyingCenter.objects.none()
    serializer_class = TargetSerializer
    filterset_class = TargetFilter
    pagination_class = Pages
    read_capability = write_capability = Capability.CHOOSE_TARGETS

    @extend_schema(summary="Targets, and accounts that might be some", responses=TargetSerializer(many=True))
    def list(self, request: Request) -> Response:  # noqa: ARG002 - DRF's signature
        """A page of them."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([_said(center, choice) for center, choice in queries.with_choices(page)])

    @extend_schema(
        summary="Make accounts targets, or no longer",
        request=MarkSerializer,
        responses=MarkedSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def mark(self, request: Request) -> Response:
        """Up to 1,000 accounts; 400 where one is not there, and none changes."""
        form = MarkSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        rows = rows_of(Account.objects.only("pk"), said["accounts"], "accounts")
        changed = set_targets(
            account_ids=[row.pk for row in rows], is_target=said["is_target"], by=user_of(request), source="api"
        )
        return Response({"changed": changed})


def _said(center: BuyingCenter, choice: Any) -> dict[str, Any]:
    account, state = center.account, getattr(center, "state", None)
    return {
        "account": {"id": account.pk, "name": account.name},
        "domain": account.domain,
        "is_target": account.is_target,
        "since": choice.at if choice else None,
        "by": choice.by.email if choice and choice.by else None,
        "how": choice.how if choice else None,
        "tier": account.tier,
        "icp": state.icp or None if state else None,
        "fit": state.fit if state else None,
        "score": state.score if state else None,
    }
