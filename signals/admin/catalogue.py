"""Admin of the catalogue: touch types, themes, the rules that read events, topics, personas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.base import DeskAdmin, DeskInline
from accounts.admin.people import TitleRulesAdmin
from accounts.models import Persona, PersonaRule
from accounts.requests import user_of
from signals import publishing, rule_actions, rule_checks, topics
from signals.models import IntentTopic, MappingRule, Theme, ThemeRule, TouchType
from signals.rule_forms import CheckedForm


def _minutes_of(said: Mapping[str, Any]) -> dict[str, str]:
    words = rule_checks.of_minutes(said.get("default_minutes"))
    return {"default_minutes": words} if words else {}


class TouchTypeForm(CheckedForm):
    """A touch type with its weight in the active model."""

    check = staticmethod(_minutes_of)

    weight = forms.FloatField(
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text="Points of one touch. Empty leaves it to the tier, or as the active model has it.",
    )

    class Meta:
        model = TouchType
        fields = ("key", "name", "tier", "direction", "default_minutes", "hand_raise", "decision_stage")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            config = publishing.config_of(publishing.active_model())
            self.initial["weight"] = config.type_weights.get(self.instance.key)


@admin.register(TouchType)
class TouchTypeAdmin(DeskAdmin):
    """Touch types. Saving one makes a new version of the scoring model, since it is part of what decides."""

    form = TouchTypeForm
    list_display = ("name", "key", "tier", "direction", "default_minutes", "hand_raise", "decision_stage")
    list_filter = ("tier", "direction", "hand_raise", "decision_stage")
    search_fields = ("name", "key")

    def get_readonly_fields(self, request: HttpRequest, obj: TouchType | None = None) -> tuple[str, ...]:
        """Touches and models go by the key."""
        return ("key",) if obj else ()

    def save_model(self, request: HttpRequest, obj: TouchType, form: Any, change: bool) -> None:
        if change and not form.has_changed():
            return
        before = publishing.active_model()
        names = [name for name in TouchTypeForm.Meta.fields if name != "key"]
        stored = publishing.revise_touch_type(
            key=obj.key,
            by=user_of(request),
            weight=form.cleaned_data["weight"],
            **{name: form.cleaned_data[name] for name in names},
        )
        obj.pk = stored.pk
        obj._state.adding = False  # noqa: SLF001 - the admin goes on with `obj` as the stored row
        after = publishing.active_model()
        if after.pk != before.pk:
            self.message_user(
                request, f"Model {after.version} is active now; everything is evaluated again.", messages.INFO
            )


class Retirable(forms.ModelForm):
    """A row that is retired and not deleted: past decisions were made with it."""

    retired = forms.BooleanField(required=False, help_text="No longer used from now on.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["retired"] = self.instance.archived_at is not None

    def save(self, commit: bool = True) -> Any:
        retired = self.cleaned_data["retired"]
        if retired and self.instance.archived_at is None:
            self.instance.archived_at = timezone.now()
        elif not retired:
            self.instance.archived_at = None
        return super().save(commit)


class ThemeRuleInline(DeskInline):
    """What belongs to the theme; the first rule of all themes that matches wins."""

    model = ThemeRule
    form = Retirable
    fields = ("position", "field", "match", "value", "property_name", "retired")
    extra = 1


@admin.register(Theme)
class ThemeAdmin(DeskAdmin):
    """Themes with their rules. Touches that are in already keep the theme that they were read with."""

    form = Retirable
    list_display = ("name", "key", "archived_at")
    search_fields = ("name", "key")
    fields = ("name", "key", "retired")
    inlines = (ThemeRuleInline,)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Theme | None = None) -> dict[str, Sequence[str]]:
        return {} if obj else {"key": ("name",)}

    def save_model(self, request: HttpRequest, obj: Theme, form: forms.ModelForm, change: bool) -> None:
        rule_actions.save_theme(theme=obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Theme | None = None) -> tuple[str, ...]:
        """Events name a theme by its key."""
        return ("key",) if obj else ()


class MappingRuleForm(CheckedForm):
    """A mapping rule with its place in the order."""

    check = staticmethod(rule_checks.of_mapping_rule)


@admin.register(MappingRule)
class MappingRuleAdmin(DeskAdmin):
    """How events are read as touch types; the first rule that matches wins."""

    form = MappingRuleForm
    list_display = ("position", "field", "match", "value", "touch_type", "theme", "channel", "campaign", "is_active")
    list_display_links = ("value",)
    list_select_related = ("touch_type", "theme")
    list_filter = ("is_active", "field", "touch_type")
    search_fields = ("value", "property_name", "campaign")
    autocomplete_fields = ("touch_type", "theme")
    may_delete = True
    fieldsets = (
        ("An event that", {"fields": (("field", "match", "value"), ("property_name", "property_value"))}),
        ("is read as", {"fields": ("touch_type", "theme", ("channel", "campaign"), "minutes")}),
        ("Order", {"fields": (("position", "is_active"),)}),
    )


@admin.register(IntentTopic)
class IntentTopicAdmin(DeskAdmin):
    """Topics as providers name them, and the theme of each."""

    list_display = ("name", "theme", "theme_overridden")
    list_select_related = ("theme",)
    list_filter = ("theme", "theme_overridden")
    search_fields = ("name",)
    fields = ("name", "theme")
    readonly_fields = ("name",)
    may_add = False

    def save_model(self, request: HttpRequest, obj: IntentTopic, form: Any, change: bool) -> None:
        if "theme" in form.changed_data:
            topics.set_theme(topic=IntentTopic.objects.get(pk=obj.pk), theme=obj.theme)


class PersonaRuleInline(DeskInline):
    """Titles and departments that make somebody this persona."""

    model = PersonaRule
    fields = ("title_words", "department_words")
    may_delete = True
    extra = 1


class PersonaForm(forms.ModelForm):
    """A persona; whether it is a key one belongs to the scoring model and is saved with it."""

    key_persona = forms.BooleanField(
        required=False, help_text="Key personas count for policies. None marked: everybody counts."
    )

    class Meta:
        model = Persona
        fields = ("name", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["key_persona"] = self.instance.is_key


@admin.register(Persona)
class PersonaAdmin(TitleRulesAdmin):
    """Personas with their rules. Marking a key persona makes a new version of the scoring model."""

    form = PersonaForm
    list_display = ("name", "is_key", "position")
    search_fields = ("name",)
    fields = ("name", "position", "key_persona")
    inlines = (PersonaRuleInline,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        wanted = form.cleaned_data["key_persona"]
        if wanted != form.instance.is_key:
            key = set(Persona.objects.filter(is_key=True).values_list("pk", flat=True))
            key = key | {form.instance.pk} if wanted else key - {form.instance.pk}
            publishing.mark_key_personas(persona_ids=key, by=user_of(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Persona]:
        return super().get_queryset(request).order_by("position", "id")
