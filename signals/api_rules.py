"""`/api/mapping-rules/`, `/api/theme-rules/`, `/api/remappings/`: how events are read, tried before it is saved (domain.md §8).

The checks are those of the pages (signals/rule_checks.py, signals/rule_actions.py). What comes from now on is read by a
changed rule; `/api/remappings/` has past events read again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_parts import MAX_ID, InOrder, Newest
from accounts.api_rows import Bulk, Changes, Creates, Removes, Rows, Strict, StrictRow, Values, describes_bulk
from accounts.roles import Capability
from accounts.transactions import in_transaction
from signals import remapping, rule_actions, rule_checks, rule_trial
from signals.models import MappingRule, Remapping, ThemeRule
from signals.models.catalogue import EventField

_UNSAVED_THEME = 0


class SampleSerializer(serializers.Serializer[Any]):
    """An event, or topic, that the rule holds for."""

    at = serializers.DateTimeField(allow_null=True)
    what = serializers.CharField(help_text="Its name or path.")
    now = serializers.CharField(help_text="What it is read as now.")
    then = serializers.CharField(help_text="What it would be read as.")


class TrialSerializer(serializers.Serializer[Any]):
    """What a rule would have done to what came last. Nothing is changed."""

    noun = serializers.CharField(help_text="events, or topics for a rule on topics.")
    looked_at = serializers.IntegerField(help_text="Of so many, the last that came.")
    matched = serializers.IntegerField(help_text="So many does it hold for.")
    differs = serializers.IntegerField(help_text="So many would be read otherwise than now.")
    samples = SampleSerializer(many=True)


class MoveSerializer(Strict):
    """Where it goes."""

    to = serializers.ChoiceField(choices=["up", "down", "first", "last"])


class OrderSerializer(Strict):
    """All rules in their new order."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=0, max_value=MAX_ID), max_length=10_000)


_ORDER = {"position": "A new rule stands in front; move/ and order/ put it elsewhere."}


class MappingRuleSerializer(StrictRow):
    """Reads an event as a touch type."""

    elsewhere: ClassVar[Mapping[str, str]] = _ORDER
    touch_type = serializers.SlugRelatedField(
        slug_field="key", queryset=rule_actions.types_for_rules(), help_text="Key of an inbound touch type."
    )
    theme = serializers.SlugRelatedField(
        slug_field="key",
        queryset=rule_actions.themes_for_rules(),
        required=False,
        allow_null=True,
        help_text="Key of a theme, unless the event names one. Null: as theme rules say.",
    )

    class Meta:
        model = MappingRule
        fields = (
            "id", "position", "is_active", "field", "match", "value", "property_name", "property_value", "touch_type",
            "theme", "channel", "campaign", "minutes",
        )  # fmt: skip
        read_only_fields = ("id", "position")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "value": {"help_text": "Case does not matter; separators in event names neither."},
            "channel": {"help_text": "Instead of what UTM says."},
            "campaign": {"help_text": "Instead of what UTM says."},
            "minutes": {"help_text": "Unless the event says. Null: those of the type."},
        }

    def problems(self, whole: Values, said: Values) -> Mapping[str, str]:  # noqa: ARG002
        """As the page says."""
        return rule_checks.of_mapping_rule(whole)


class ThemeRuleSerializer(StrictRow):
    """Says which theme an event, page, property or intent topic is about."""

    elsewhere: ClassVar[Mapping[str, str]] = _ORDER
    theme = serializers.SlugRelatedField(
        slug_field="key", queryset=rule_actions.themes_for_rules(), required=False, help_text="Key of a theme."
    )
    new_theme = serializers.CharField(
        max_length=80, required=False, write_only=True, help_text="Name of a theme to be made with the rule, instead."
    )
    is_active = serializers.BooleanField(required=False, help_text="False: it stands unused.")

    class Meta:
        model = ThemeRule
        fields = (
            "id", "position", "is_active", "field", "match", "value", "property_name", "theme", "new_theme", "archived_at",
        )  # fmt: skip
        read_only_fields = ("id", "position", "archived_at")

    def problems(self, whole: Values, said: Values) -> Mapping[str, str]:
        """As the page says."""
        found = rule_checks.of_event_rule(whole)
        if ("theme" in said and "new_theme" in said) or not {"theme", "new_theme"} & whole.keys():
            found["theme"] = "Choose a theme, or name a new one."
        return found

    def to_representation(self, instance: Any) -> Values:
        """Archived rules stand unused."""
        instance.is_active = instance.archived_at is None
        return super().to_representation(instance)


def tried(found: rule_trial.Trial) -> Response:
    """What a trial found."""
    return Response(TrialSerializer(found).data)


class Ordered:
    """Rules in an order: moved one by one, or all put in a new one."""

    @action(detail=True, methods=["post"])
    def move(self: Any, request: Request, pk: int) -> Response:
        """One place up or down, or to an end."""
        form = MoveSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        rule = get_object_or_404(self.get_queryset(), pk=pk)
        in_transaction(lambda: rule_actions.move_rule(rule=rule, to=form.validated_data["to"]))
        return Response(self.said(self.get_queryset().get(pk=rule.pk)))

    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def order(self: Any, request: Request) -> Response:
        """All of them at once."""
        form = OrderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        model = self.get_queryset().model
        in_transaction(lambda: rule_actions.order_rules(model=model, ids=form.validated_data["ids"]))
        return Response({"ids": list(model.objects.order_by("position", "pk").values_list("pk", flat=True))})

    def store(self: Any, row: Any, values: Values) -> Any:
        """Stored as the page stores it."""
        return self.store_all([(row, values)])[0]

    def store_all(self: Any, said: Sequence[tuple[Any, Values]]) -> list[Any]:
        """New ones stand in front of all, in the order in which they were sent."""
        return rule_actions.save_rules(rules=[self.changed(row, values) for row, values in said])


def _describe(what: str, several: str, row: type[serializers.Serializer[Any]], key: str) -> Callable[[Any], Any]:
    """The descriptions that rules in an order share."""
    return extend_schema_view(
        list=extend_schema(summary=f"{several.capitalize()}, in the order in which they are asked"),
        retrieve=extend_schema(summary=f"One {what}"),
        create=extend_schema(
            summary=f"Make a {what}",
            description="It stands in front of all others, and reads what comes from now on. `/api/remappings/` has past "
            "events read again.",
        ),
        partial_update=extend_schema(summary=f"Change a {what}, or switch it on or off"),
        move=extend_schema(summary=f"Move a {what} in the order", request=MoveSerializer, responses=row),
        order=extend_schema(
            summary=f"Put all {several} in a new order",
            description="400 when these are not the ids of all, each once: somebody else may have made one meanwhile.",
            request=OrderSerializer,
            responses=OrderSerializer,
            filters=False,
        ),
        trial=extend_schema(
            summary=f"What a {what} would have done to the last 10,000 events",
            description="The rule as it would be made; with `rule`, in the place of that one. Nothing is changed.",
            responses=TrialSerializer,
            filters=False,
        ),
        bulk=describes_bulk(f"Make and change many {several} by {key}", row),
    )


class MappingTrialSerializer(MappingRuleSerializer):
    """A mapping rule to be tried."""

    rule = serializers.PrimaryKeyRelatedField(
        queryset=MappingRule.objects.all(), required=False, help_text="Id of the rule that it would replace."
    )

    class Meta(MappingRuleSerializer.Meta):
        fields = ("rule", *MappingRuleSerializer.Meta.fields)  # type: ignore[assignment]


class ThemeTrialSerializer(ThemeRuleSerializer):
    """A theme rule to be tried."""

    rule = serializers.PrimaryKeyRelatedField(
        queryset=ThemeRule.objects.all(), required=False, help_text="Id of the rule that it would replace."
    )

    class Meta(ThemeRuleSerializer.Meta):
        fields = ("rule", *ThemeRuleSerializer.Meta.fields)  # type: ignore[assignment]


class MappingRuleFilter(django_filters.FilterSet):
    """What the mapping rules can be narrowed by."""

    field = django_filters.ChoiceFilter(choices=EventField.choices)
    value = django_filters.CharFilter(lookup_expr="iexact", label="What it looks for.")
    touch_type = django_filters.CharFilter(field_name="touch_type__key", label="Key of the touch type.")
    theme = django_filters.CharFilter(field_name="theme__key", label="Key of the theme.")

    class Meta:
        model = MappingRule
        fields = ("is_active", "field", "value", "touch_type", "theme")


@_describe("mapping rule", "mapping rules", MappingRuleSerializer, "what they look for")
@extend_schema_view(destroy=extend_schema(summary="Delete a mapping rule"))
class MappingRuleViewSet(Ordered, Bulk, Creates, Changes, Removes, Rows):
    """How events are read as touch types; the first rule that matches wins."""

    queryset = MappingRule.objects.select_related("touch_type", "theme").order_by("position", "id")
    serializer_class = MappingRuleSerializer
    filterset_class = MappingRuleFilter
    pagination_class = InOrder
    read_capability = Capability.CONFIGURE
    natural_key = ("field", "match", "value", "property_name", "property_value")

    def known_by(self, keys: Sequence[tuple[Any, ...]]) -> Mapping[tuple[Any, ...], Any]:
        """By the value first: of two rules that look for the same the first counts."""
        rows = self.get_queryset().filter(value__in={key[2] for key in keys}).order_by("-position", "-pk")
        rows = rows.select_for_update(no_key=True, of=("self",))
        return {tuple(getattr(row, part) for part in self.natural_key): row for row in rows}

    def changed(self, row: Any, values: Values) -> MappingRule:
        """As it is to be stored."""
        rule: MappingRule = row or MappingRule()
        for name, value in values.items():
            setattr(rule, name, value)
        return rule

    @extend_schema(request=MappingTrialSerializer)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def trial(self, request: Request) -> Response:
        """Tried, and not stored."""
        form = MappingTrialSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        stored = values.pop("rule", None)
        return tried(rule_trial.try_mapping_rule(MappingRule(pk=stored.pk if stored else None, **values)))


class ThemeRuleFilter(django_filters.FilterSet):
    """What the theme rules can be narrowed by."""

    field = django_filters.ChoiceFilter(choices=ThemeRule.Field.choices)
    value = django_filters.CharFilter(lookup_expr="iexact", label="What it looks for.")
    theme = django_filters.CharFilter(field_name="theme__key", label="Key of the theme.")
    is_active = django_filters.BooleanFilter(field_name="archived_at", lookup_expr="isnull")

    class Meta:
        model = ThemeRule
        fields = ("is_active", "field", "value", "theme")


@_describe("theme rule", "theme rules", ThemeRuleSerializer, "what they look for")
class ThemeRuleViewSet(Ordered, Bulk, Creates, Changes, Rows):
    """Which theme events, pages, properties and intent topics are about; the first rule that matches wins."""

    queryset = ThemeRule.objects.select_related("theme").order_by("position", "id")
    serializer_class = ThemeRuleSerializer
    filterset_class = ThemeRuleFilter
    pagination_class = InOrder
    read_capability = Capability.CONFIGURE
    natural_key = ("field", "match", "value", "property_name")
    stays = "A theme rule stays: past decisions were made with it. Send is_active: false."
    known_by = MappingRuleViewSet.known_by

    def changed(self, row: Any, values: Values) -> ThemeRule:
        """As it is to be stored, with its theme where that is new."""
        rule: ThemeRule = row or ThemeRule()
        for name in values.keys() - {"new_theme", "is_active"}:
            setattr(rule, name, values[name])
        if values.get("new_theme"):
            rule.theme = rule_actions.theme_named(values["new_theme"])
        if "is_active" in values:
            rule_actions.switched(rule, values["is_active"])
        return rule

    def is_same(self, row: Any, values: Values) -> bool:
        """In use or not is asked by its day; a theme by its name is looked up."""
        row.is_active = row.archived_at is None
        return "new_theme" not in values and super().is_same(row, values)

    @extend_schema(request=ThemeTrialSerializer)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def trial(self, request: Request) -> Response:
        """Tried, and not stored."""
        form = ThemeTrialSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        stored, new_theme = values.pop("rule", None), values.pop("new_theme", "")
        values.pop("is_active", None)
        draft = ThemeRule(pk=stored.pk if stored else None, **values)
        if new_theme:
            draft.theme_id = _UNSAVED_THEME
        return tried(rule_trial.try_theme_rule(draft, new_theme=new_theme))


class RemappingSerializer(serializers.ModelSerializer[Remapping]):
    """A run over past events that reads them by the rules as they are."""

    by = serializers.EmailField(source="by.email", default=None, allow_null=True, read_only=True)
    percent = serializers.IntegerField(read_only=True, help_text="How far it is; 100 when it is finished.")

    class Meta:
        model = Remapping
        fields = ("id", "requested_at", "by", "percent", "read", "changed", "finished_at")
        read_only_fields = fields


class RemappingFilter(django_filters.FilterSet):
    """What the runs can be narrowed by."""

    finished = django_filters.BooleanFilter(field_name="finished_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Remapping
        fields = ("finished",)


@extend_schema_view(
    list=extend_schema(summary="Runs that read past events again, the latest first"),
    retrieve=extend_schema(summary="How far a run is"),
    create=extend_schema(
        summary="Have past events read again by the rules as they are",
        description="In the background. One that is under way starts over: at most one runs.",
        request=None,
    ),
)
class RemappingViewSet(mixins.CreateModelMixin, Rows):
    """Reading past events again. What changes is evaluated again; what was known stays in the past."""

    queryset = Remapping.objects.select_related("by").order_by("-id")
    serializer_class = RemappingSerializer
    filterset_class = RemappingFilter
    read_capability = Capability.CONFIGURE
    pagination_class = Newest

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002 - DRF's signature
        """A run from the first event on."""
        run = remapping.request_remapping(by=self.asker)
        return Response(self.said(run), status=status.HTTP_201_CREATED)
