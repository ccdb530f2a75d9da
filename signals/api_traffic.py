"""`/api/traffic-rules/`: whose events give no points, bots' and our own people's (signals/traffic.py)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_rows import Bulk, Changes, Creates, Rows, StrictRow, Values, describes_bulk, refuse
from accounts.roles import Capability
from signals import rule_actions, rule_checks, rule_trial
from signals.api_rules import TrialSerializer, tried
from signals.models import TrafficRule


class TrafficRuleSerializer(StrictRow):
    """Whose events give no points: a bot's, or our own people's."""

    fixed: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("kind", "field", "value", "property_name"),
        "A rule on traffic is switched on or off. Make another one, and send is_active: false to this one.",
    )

    class Meta:
        model = TrafficRule
        fields = ("id", "kind", "field", "value", "property_name", "is_active", "created_at")
        read_only_fields = ("id", "created_at")
        validators: ClassVar[list[Any]] = []
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "kind": {"required": True},
            "field": {"required": True},
            "value": {
                "help_text": "A word of the user agent; acme.com; staging.acme.com; 10.0.0.0/8 or one address; a property's "
                "value."
            },
        }

    def validate(self, attrs: Values) -> Values:
        """As it is stored; one that there is, is switched on instead."""
        whole = self.whole(attrs)
        refuse(rule_checks.of_traffic_rule(whole))
        clean = rule_checks.clean_traffic(whole)
        attrs = super().validate(
            attrs | {name: clean[name] for name in clean if name in attrs or self.instance is None}
        )
        if self.instance is None:
            same = TrafficRule.objects.filter(kind=attrs["kind"], field=attrs["field"], **clean).first()
            if same is not None:
                raise serializers.ValidationError(f"Rule {same.pk} says the same. Send is_active: true to that one.")
        return attrs


class TrafficRuleFilter(django_filters.FilterSet):
    """What the rules on traffic can be narrowed by."""

    kind = django_filters.ChoiceFilter(choices=TrafficRule.Kind.choices)
    field = django_filters.ChoiceFilter(choices=TrafficRule.Field.choices)
    value = django_filters.CharFilter(lookup_expr="iexact", label="What it looks for.")

    class Meta:
        model = TrafficRule
        fields = ("kind", "field", "value", "is_active")


@extend_schema_view(
    list=extend_schema(summary="Rules on bots and internal traffic"),
    retrieve=extend_schema(summary="One rule on traffic"),
    create=extend_schema(summary="Make a rule on traffic", description="What comes from now on goes by it."),
    partial_update=extend_schema(summary="Switch a rule on traffic on or off"),
    bulk=describes_bulk("Make, and switch, many rules on traffic by what they look for", TrafficRuleSerializer),
)
class TrafficRuleViewSet(Bulk, Creates, Changes, Rows):
    """Whose events give no points, and are still kept and shown."""

    queryset = TrafficRule.objects.order_by("id")
    serializer_class = TrafficRuleSerializer
    filterset_class = TrafficRuleFilter
    read_capability = Capability.CONFIGURE
    natural_key = ("kind", "field", "value", "property_name")
    stays = "A rule on traffic stays. Send is_active: false."

    def key_of(self, item: Mapping[str, Any], fields: Mapping[str, Any]) -> tuple[Any, ...]:
        """As it is stored."""
        kind, look_at, value, name = super().key_of(item, fields)
        clean = rule_checks.clean_traffic({"field": look_at, "value": value, "property_name": name})
        return (kind, look_at, clean["value"], clean["property_name"])

    def known_by(self, keys: Sequence[tuple[Any, ...]]) -> Mapping[tuple[Any, ...], Any]:
        """By the value first."""
        rows = self.get_queryset().filter(value__in={key[2] for key in keys}).select_for_update(no_key=True)
        return {tuple(getattr(row, part) for part in self.natural_key): row for row in rows}

    def store(self, row: Any, values: Values) -> Any:
        """A new one, or switched."""
        if row is None:
            return TrafficRule.objects.create(**values)
        rule_actions.set_active(rule=row, active=values.get("is_active", row.is_active))
        return row

    @extend_schema(
        summary="What a rule on traffic would have done to the last 10,000 events",
        description="Nothing is changed.",
        responses=TrialSerializer,
        filters=False,
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def trial(self, request: Request) -> Response:
        """Tried, and not stored."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        return tried(rule_trial.try_traffic_rule(TrafficRule(**form.validated_data)))
