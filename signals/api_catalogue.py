"""`/api/touch-types/`, `/api/themes/`, `/api/intent-topics/`, `/api/personas/`: what touches and people are (domain.md §2)."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import django_filters
from django.db import transaction
from django.utils.text import slugify
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts import people
from accounts.api_parts import FiniteField
from accounts.api_rows import Bulk, Changes, Creates, Rows, Strict, StrictRow, Values, describes_bulk
from accounts.models import Persona, PersonaRule
from signals import publishing, rule_actions, rule_checks, topics
from signals.models import IntentTopic, Theme, TouchType
from signals.models.catalogue import Direction, Tier
from signals.publishing import TypeRevision
from signals.scoring_config import ScoringConfig

_MOST_WEIGHT = 1_000_000
_MOST_RULES = 200


class TouchTypeSerializer(StrictRow):
    """A kind of touch. What it weighs is the scoring model's: writing one makes a new version of it where that changes."""

    fixed: ClassVar[Mapping[str, str]] = {"key": "Touches, rules and models name it by its key, so it stays."}
    weight = FiniteField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=_MOST_WEIGHT,
        help_text="Points of one touch in the active model. Null: its tier says. Sent as null it stays as it is.",
    )
    in_model = serializers.SerializerMethodField(
        help_text="False: the active model does not know it, or knows it otherwise, since an older version was rolled back to."
    )

    class Meta:
        model = TouchType
        fields = (
            "id", "key", "name", "tier", "direction", "default_minutes", "hand_raise", "decision_stage", "weight",
            "in_model",
        )  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"name": {"required": False}}

    def problems(self, whole: Values, said: Values) -> Mapping[str, str]:  # noqa: ARG002
        """Minutes of a day."""
        words = rule_checks.of_minutes(whole.get("default_minutes"))
        return {"default_minutes": words} if words else {}

    def get_in_model(self, row: TouchType) -> bool:
        """Whether the active model has it as it is here."""
        spec = self.context["config"].touch_types.get(row.key)
        marks = ("tier", "direction", "hand_raise", "decision_stage")
        return spec is not None and all(getattr(spec, name) == getattr(row, name) for name in marks)

    def to_representation(self, instance: Any) -> Values:
        """With the weight of the active model."""
        instance.weight = self.context["config"].type_weights.get(instance.key)
        return super().to_representation(instance)


class TouchTypeFilter(django_filters.FilterSet):
    """What the touch types can be narrowed by."""

    key = django_filters.CharFilter(label="Its key.")
    tier = django_filters.ChoiceFilter(choices=Tier.choices)
    direction = django_filters.ChoiceFilter(choices=Direction.choices)

    class Meta:
        model = TouchType
        fields = ("key", "tier", "direction", "hand_raise", "decision_stage")


@extend_schema_view(
    list=extend_schema(summary="Touch types"),
    retrieve=extend_schema(summary="One touch type"),
    create=extend_schema(summary="Make a touch type", description="The active model gets a new version that knows it."),
    partial_update=extend_schema(
        summary="Change a touch type",
        description="Another tier, direction, mark or weight becomes a new version of the active model, and everything is "
        "evaluated again.",
    ),
    bulk=describes_bulk("Make and change many touch types by key", TouchTypeSerializer),
)
class TouchTypeViewSet(Bulk, Creates, Changes, Rows):
    """Kinds of touches."""

    queryset = TouchType.objects.order_by("id")
    serializer_class = TouchTypeSerializer
    filterset_class = TouchTypeFilter
    natural_key = ("key",)
    stays = (
        "A touch type stays: touches and past decisions were made with it. Switch off the mapping rules that read it."
    )
    locks_row = False  # the active model comes first (signals/publishing.py)
    _config: ScoringConfig | None = None

    def get_serializer_context(self) -> Values:
        """With the document of the active model."""
        return super().get_serializer_context() | {"config": self.config}

    @property
    def config(self) -> ScoringConfig:
        """As it is; read once until something is stored."""
        if self._config is None:
            self._config = publishing.config_of(publishing.active_model())
        return self._config

    def store(self, row: Any, values: Values) -> Any:
        """One new version, if the model changes by it."""
        return self._revise([_revision(row, values, must_be_new=row is None)])[0]

    def store_all(self, said: Sequence[tuple[Any, Values]]) -> list[Any]:
        """One new version for all."""
        return self._revise([_revision(row, values) for row, values in said])

    def _revise(self, revisions: list[TypeRevision]) -> list[TouchType]:
        self._config = None
        return publishing.revise_touch_types(revisions=revisions, by=self.asker, api_key=self.key) if revisions else []

    def is_same(self, row: Any, values: Values) -> bool:
        """Nothing of the row, nor its weight."""
        weight = values.get("weight")
        rest = {name: value for name, value in values.items() if name != "weight"}
        return super().is_same(row, rest) and weight in {None, self.config.type_weights.get(row.key)}


def _revision(row: TouchType | None, values: Values, *, must_be_new: bool = False) -> TypeRevision:
    fields = {name: value for name, value in values.items() if name not in {"key", "weight"}}
    return TypeRevision(row.key if row else values["key"], fields, values.get("weight"), must_be_new)


class ThemeSerializer(StrictRow):
    """A problem or solution that touches and intent topics are about."""

    fixed: ClassVar[Mapping[str, str]] = {"key": "Events and rules name it by its key, so it stays."}
    key = serializers.SlugField(
        max_length=80, required=False, help_text="By it events name the theme. Not said: made of the name."
    )
    retired = serializers.BooleanField(
        required=False, help_text="No longer used from now on; touches that are in keep it."
    )

    class Meta:
        model = Theme
        fields = ("id", "key", "name", "retired", "archived_at")
        read_only_fields = ("id", "archived_at")

    def validate(self, attrs: Values) -> Values:
        """One of its kind."""
        attrs = super().validate(attrs)
        if self.instance is None:
            attrs.setdefault("key", slugify(attrs["name"])[:80])
            if not attrs["key"]:
                raise serializers.ValidationError(
                    {"key": "Give a key: the name has no letters or digits to make one of."}
                )
            if Theme.objects.filter(key=attrs["key"]).exists():
                raise serializers.ValidationError({"key": f"There is a theme “{attrs['key']}”. Change that one."})
        return attrs

    def to_representation(self, instance: Any) -> Values:
        """Retired or in use."""
        instance.retired = instance.archived_at is not None
        return super().to_representation(instance)


class ThemeFilter(django_filters.FilterSet):
    """What the themes can be narrowed by."""

    key = django_filters.CharFilter(label="Its key.")
    retired = django_filters.BooleanFilter(field_name="archived_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Theme
        fields = ("key", "retired")


@extend_schema_view(
    list=extend_schema(summary="Themes"),
    retrieve=extend_schema(summary="One theme"),
    create=extend_schema(summary="Make a theme"),
    partial_update=extend_schema(summary="Change a theme, retire it, or use it again"),
    bulk=describes_bulk("Make and change many themes by key", ThemeSerializer),
)
class ThemeViewSet(Bulk, Creates, Changes, Rows):
    """Themes. Which events and topics belong to one say the theme rules."""

    queryset = Theme.objects.order_by("id")
    serializer_class = ThemeSerializer
    filterset_class = ThemeFilter
    natural_key = ("key",)
    stays = "A theme stays: past decisions were made with it. Send retired: true."

    def key_of(self, item: Mapping[str, Any], fields: Mapping[str, Any]) -> tuple[Any, ...]:
        """The key, which items must say."""
        if not item.get("key"):
            raise serializers.ValidationError({"key": "Say which theme."})
        return super().key_of(item, fields)

    def store(self, row: Any, values: Values) -> Any:
        """The first and the last one have everything evaluated again: direction is a gate from then on."""
        theme = row or Theme()
        for name in ("key", "name"):
            setattr(theme, name, values.get(name, getattr(theme, name)))
        return rule_actions.save_theme(theme=theme, retired=values.get("retired"))

    def is_same(self, row: Any, values: Values) -> bool:
        """Retired or not is asked by its day."""
        row.retired = row.archived_at is not None
        return super().is_same(row, values)


class IntentTopicSerializer(StrictRow):
    """A topic as a provider names it, and the theme that it is read as."""

    elsewhere: ClassVar[Mapping[str, str]] = {"name": "Providers name topics, so it stays."}
    theme = serializers.SlugRelatedField(
        slug_field="key",
        queryset=rule_actions.themes_for_rules(),
        allow_null=True,
        help_text="Key of its theme, or null.",
    )

    class Meta:
        model = IntentTopic
        fields = ("id", "name", "theme", "theme_overridden")
        read_only_fields = ("id", "name", "theme_overridden")


class IntentTopicFilter(django_filters.FilterSet):
    """What the topics can be narrowed by."""

    name = django_filters.CharFilter(label="The name, as the provider writes it.")
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains", label="Part of the name.")
    theme = django_filters.CharFilter(field_name="theme__key", label="Key of the theme.")
    without_theme = django_filters.BooleanFilter(field_name="theme", lookup_expr="isnull")

    class Meta:
        model = IntentTopic
        fields = ("name", "q", "theme", "without_theme", "theme_overridden")


@extend_schema_view(
    list=extend_schema(summary="Intent topics with their themes"),
    retrieve=extend_schema(summary="One intent topic"),
    partial_update=extend_schema(
        summary="Say what a topic is about",
        description="From then on no rule says otherwise (`theme_overridden`); accounts with a signal of it are evaluated again.",
    ),
)
class IntentTopicViewSet(Changes, Rows):
    """Topics come with signals; theme rules on topics say what they are about, or a person does."""

    queryset = IntentTopic.objects.select_related("theme").order_by("id")
    serializer_class = IntentTopicSerializer
    filterset_class = IntentTopicFilter
    stays = "Topics come with signals and stay with them."

    def store(self, row: Any, values: Values) -> Any:
        """By hand, whatever rules say."""
        return topics.set_theme(topic=row, theme=values["theme"]) if "theme" in values else row


class PersonaRuleSerializer(Strict, serializers.ModelSerializer[PersonaRule]):
    """Words of titles and departments. A rule holds when all that it names match."""

    class Meta:
        model = PersonaRule
        fields = ("title_words", "department_words")

    def validate(self, attrs: Values) -> Values:
        """It says something."""
        if not attrs.get("title_words") and not attrs.get("department_words"):
            raise serializers.ValidationError("Say title_words or department_words.")
        return attrs


class PersonaSerializer(StrictRow):
    """A kind of person."""

    rules = PersonaRuleSerializer(many=True, required=False, max_length=_MOST_RULES)  # type: ignore[call-arg]  # the list takes it

    class Meta:
        model = Persona
        fields = ("id", "name", "is_key", "position", "rules")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "is_key": {
                "help_text": "Key personas count for policies. Changing it makes a new version of the scoring model."
            }
        }


class PersonaFilter(django_filters.FilterSet):
    """What the personas can be narrowed by."""

    name = django_filters.CharFilter(lookup_expr="iexact", label="Its name.")

    class Meta:
        model = Persona
        fields = ("name", "is_key")


@extend_schema_view(
    list=extend_schema(summary="Personas with their rules"),
    retrieve=extend_schema(summary="One persona"),
    create=extend_schema(summary="Make a persona", description="Everybody's title is read anew, overrides apart."),
    partial_update=extend_schema(
        summary="Change a persona",
        description="`rules`, when sent, replace its rules. Everybody's title is read anew, overrides apart.",
    ),
)
class PersonaViewSet(Creates, Changes, Rows):
    """Kinds of people, and which titles and departments make somebody one. The first persona that matches wins."""

    queryset = Persona.objects.prefetch_related("rules").order_by("id")
    serializer_class = PersonaSerializer
    filterset_class = PersonaFilter
    stays = "A persona stays: models and people name it. Send rules: [] for one that nobody is to become."

    def store(self, row: Any, values: Values) -> Any:
        """With its rules; the mark of a key persona belongs to the model."""
        persona = row or Persona()
        for name in ("name", "position"):
            setattr(persona, name, values.get(name, getattr(persona, name)))
        persona.save()
        if "rules" in values:
            persona.rules.all().delete()
            PersonaRule.objects.bulk_create(PersonaRule(persona=persona, **one) for one in values["rules"])
        if values.get("is_key", persona.is_key) != persona.is_key:
            key = set(Persona.objects.filter(is_key=True).values_list("pk", flat=True)) ^ {persona.pk}
            publishing.mark_key_personas(persona_ids=key, by=self.asker, api_key=self.key)
        if row is None or {"position", "rules"} & values.keys():
            by = self.asker
            transaction.on_commit(lambda: people.reapply_title_rules(by=by))
        return self.get_queryset().get(pk=persona.pk)
