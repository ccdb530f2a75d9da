"""Forms of the rules that read events."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from signals import rule_checks
from signals.models import MappingRule, ThemeRule, TrafficRule
from signals.reading import MOST_MINUTES
from signals.rule_actions import theme_named, themes_for_rules, types_for_rules


class CheckedForm(forms.ModelForm):
    """A form whose whole is looked at by the rules that pages, admin and API share (signals/rule_checks.py)."""

    @staticmethod
    def check(said: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with which field."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        for name, words in self.check(found).items():
            self.add_error(name, words)
        return found


class MappingRuleForm(CheckedForm):
    """One mapping rule."""

    check = staticmethod(rule_checks.of_mapping_rule)

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
            types.queryset = types_for_rules()
            themes.queryset = themes_for_rules()
            types.empty_label = "Choose"
            themes.empty_label = "As theme rules say"
        self.fields["minutes"].widget.attrs |= {"min": "0", "max": str(MOST_MINUTES), "step": "0.5"}


class TrafficRuleForm(CheckedForm):
    """One rule of whose events give no points."""

    check = staticmethod(rule_checks.of_traffic_rule)

    class Meta:
        model = TrafficRule
        fields = ("kind", "field", "value", "property_name")
        help_texts = {
            "value": "A word of the user agent; acme.com; staging.acme.com; 10.0.0.0/8 or one address; or a property's value."
        }

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        return found | rule_checks.clean_traffic(found)


class ThemeRuleForm(CheckedForm):
    """One theme rule; the theme may be a new one."""

    check = staticmethod(rule_checks.of_event_rule)

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
            themes.queryset = themes_for_rules()
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
