"""Forms of the rules that read events."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from signals.models import MappingRule, Theme, ThemeRule, TouchType
from signals.reading import MOST_MINUTES, UNMAPPED, squeeze
from signals.rule_actions import theme_named


class _RuleForm(forms.ModelForm):
    """What both kinds of rules share: a property is named when one is looked at; a value says something."""

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        if found.get("field") == "property" and not found.get("property_name"):
            self.add_error("property_name", "Say which property.")
        if found.get("field") == "event" and found.get("value") and not squeeze(found["value"]):
            self.add_error("value", "An event's name has letters or digits: case and separators are ignored.")
        return found


class MappingRuleForm(_RuleForm):
    """One mapping rule."""

    class Meta:
        model = MappingRule
        fields = (
            "field",
            "match",
            "value",
            "property_name",
            "property_value",
            "touch_type",
            "theme",
            "channel",
            "campaign",
            "minutes",
        )
        labels = {
            "field": "Look at",
            "match": "It",
            "value": "Text",
            "property_name": "Property",
            "property_value": "Has one of these words",
            "touch_type": "Is a",
        }
        help_texts = {
            "value": "Case does not matter; separators in event names neither.",
            "property_name": "The one looked at; or one that is required besides.",
            "property_value": "Required besides, comma separated: demo, trial.",
            "theme": "Unless the event names one.",
            "channel": "Instead of what UTM says.",
            "campaign": "Instead of what UTM says.",
            "minutes": "Unless the event says. Empty: those of the type.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = self.fields["touch_type"]
        themes = self.fields["theme"]
        if isinstance(types, forms.ModelChoiceField) and isinstance(themes, forms.ModelChoiceField):
            types.queryset = TouchType.objects.exclude(key=UNMAPPED).filter(direction="inbound")
            themes.queryset = Theme.objects.filter(archived_at__isnull=True)
            types.empty_label = "Choose"
            themes.empty_label = "As theme rules say"
        self.fields["minutes"].widget.attrs |= {"min": "0", "max": str(MOST_MINUTES), "step": "0.5"}

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        minutes = found.get("minutes")
        if minutes is not None and not 0 <= minutes <= MOST_MINUTES:
            self.add_error("minutes", f"Between 0 and {MOST_MINUTES:,} minutes, a day.")
        if found.get("property_value") and not found.get("property_name"):
            self.add_error("property_name", "Say of which property.")
        if found.get("property_name") and found.get("field") != "property" and not found.get("property_value"):
            self.add_error("property_value", "Say which words it is to have.")
        return found


class ThemeRuleForm(_RuleForm):
    """One theme rule; the theme may be a new one."""

    new_theme = forms.CharField(
        required=False, max_length=80, label="Or a new theme", help_text="It is made when the rule is saved."
    )

    class Meta:
        model = ThemeRule
        fields = ("field", "match", "value", "property_name", "theme")
        labels = {"field": "Look at", "match": "It", "value": "Text", "property_name": "Property", "theme": "Is about"}
        help_texts = {
            "value": "Case does not matter; separators in event names neither.",
            "property_name": "When a property is looked at.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        themes = self.fields["theme"]
        if isinstance(themes, forms.ModelChoiceField):
            themes.queryset = Theme.objects.filter(archived_at__isnull=True)
            themes.required = False

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if bool(found.get("theme")) == bool(found.get("new_theme")):
            self.add_error("theme", "Choose a theme, or name a new one.")
        return found

    def make_theme(self) -> None:
        """Make the new theme, before the rule is saved. Adds the error to the form where it can't be one."""
        name = self.cleaned_data.get("new_theme", "").strip()
        if name and not self.errors:
            try:
                self.instance.theme = theme_named(name)
            except ValidationError as error:
                self.add_error(None, error.messages[0])
