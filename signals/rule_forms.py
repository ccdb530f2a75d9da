"""Forms of the rules that read events."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.matching import registrable_domain
from signals.models import MappingRule, Theme, ThemeRule, TouchType, TrafficRule
from signals.reading import MOST_MINUTES, UNMAPPED, squeeze
from signals.rule_actions import theme_named
from signals.traffic import KNOWN_BOTS, network

_SHORTEST_WORD = 3


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


class TrafficRuleForm(forms.ModelForm):
    """One rule of whose events give no points."""

    class Meta:
        model = TrafficRule
        fields = ("kind", "field", "value", "property_name")
        help_texts = {
            "value": "A word of the user agent; acme.com; staging.acme.com; 10.0.0.0/8 or one address; or a property's value."
        }

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or self.cleaned_data
        look_at, value = found.get("field"), found.get("value", "").strip().casefold()
        if look_at == TrafficRule.Field.DOMAIN and value:
            value = registrable_domain(value)
            if not value:
                self.add_error("value", "Write the domain of the addresses like acme.com.")
        if look_at == TrafficRule.Field.KNOWN and value != KNOWN_BOTS:
            self.add_error("value", f"The list is called {KNOWN_BOTS}.")
        if look_at == TrafficRule.Field.IP and value and network(value) is None:
            self.add_error("value", "Write an address like 192.0.2.7 or a network like 192.0.2.0/24.")
        if look_at == TrafficRule.Field.PROPERTY and not found.get("property_name"):
            self.add_error("property_name", "Say which property.")
        if look_at != TrafficRule.Field.PROPERTY:
            found["property_name"] = ""
        if look_at == TrafficRule.Field.USER_AGENT and 0 < len(value) < _SHORTEST_WORD:
            self.add_error("value", "So short a word is in the user agents of people too.")
        found["value"] = value
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
