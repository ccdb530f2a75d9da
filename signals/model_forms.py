"""Forms of the model's editor: generated from the fields' descriptions, checked by the document itself."""

from collections.abc import Mapping
from typing import Any

from django import forms
from pydantic import ValidationError

from signals import model_fields
from signals.model_fields import NEW_BAND
from signals.policies import PRESETS
from signals.scoring_config import STAGE_LENGTH, ScoringConfig, field_errors

LISTS = ("bands", "policies.target.rules", "policies.other.rules")
# A value that can't hold beside another section's is told here, at what the section has to do with it.
_INSTEAD = (("bands.", "gates.mqa_score"), ("", "lookback_days"))


class SectionForm(forms.Form):
    """One section of a draft. `after` is the changed document, once it holds together.

    Besides its fields it takes `remove` (an item of a list: "bands.1"), `add` (a segment; the rule is `preset.<segment>`), and
    a new band; what was typed meanwhile is saved with it.
    """

    def __init__(self, section: str, document: dict[str, Any], data: Any = None) -> None:
        super().__init__(data)
        self.before = document
        self.section = section
        self.groups = model_fields.fields_of(section, document)
        for group in self.groups:
            for spec in group.fields:
                self.fields[spec.path] = form_field(spec, model_fields.read(document, spec.path))
        self.after: ScoringConfig | None = None

    @property
    def bound_groups(self) -> list[tuple[model_fields.Group, list[forms.BoundField]]]:
        """The groups with their fields, for the template."""
        return [(group, [self[spec.path] for spec in group.fields]) for group in self.groups]

    @property
    def bands(self) -> list[tuple[forms.BoundField, forms.BoundField, str]]:
        """Name, lower bound and path of each band, the new one last (its path is empty)."""
        paths = [f"bands.{number}" for number in range(len(self.before["bands"]))]
        return [(self[f"{path}.name"], self[f"{path}.lower"], path) for path in paths] + [
            (self[f"{NEW_BAND}.name"], self[f"{NEW_BAND}.lower"], "")
        ]

    def clean(self) -> dict[str, Any]:
        removed = self._removed()
        for name in [name for name in self.errors if removed and name.startswith(f"{removed}.")]:
            del self._errors[name]  # type: ignore[attr-defined]
        self._check_new_band()
        if self.errors:
            return self.cleaned_data
        apart = (f"{NEW_BAND}.", f"{removed}." if removed else f"{NEW_BAND}.")
        values = {path: self.cleaned_data.get(path) for path in self.fields if not path.startswith(apart)}
        document = model_fields.changed(self.before, values)
        # Where each item of a list has its fields in the form: by list, by number in the changed document.
        places = {name: [f"{name}.{n}" for n in range(len(model_fields.read(document, name)))] for name in LISTS}
        if removed:
            self._take_out(document, removed, places)
        self._add_rule(document)
        self._place_band(document, places)
        self.after = self._checked(document, places)
        return self.cleaned_data

    def _removed(self) -> str:
        """The item to take out, as a path; empty where none is asked for or there is none."""
        where, _, number = self.data.get("remove", "").rpartition(".")
        known = where in LISTS and where.startswith(self.section) and number.isdecimal()
        return f"{where}.{number}" if known and int(number) < len(model_fields.read(self.before, where)) else ""

    def _take_out(self, document: dict[str, Any], removed: str, places: Mapping[str, list[str]]) -> None:
        where, _, number = removed.rpartition(".")
        items = model_fields.read(document, where)
        del items[int(number)], places[where][int(number)]
        if not items:
            self.add_error(None, "A model needs at least one band." if where == "bands" else "A policy needs a rule.")
        elif where == "bands":
            items[0]["lower"] = 0.0

    def _add_rule(self, document: dict[str, Any]) -> None:
        segment = self.data.get("add")
        preset = PRESETS.get(self.data.get(f"preset.{segment}", ""))
        if self.section == "policies" and segment in model_fields.SEGMENTS and preset:
            rule = preset().model_dump(mode="json")
            if "days" in rule:
                rule["days"] = min(rule["days"], document["lookback_days"])
            document["policies"][segment]["rules"].append(rule)

    def _check_new_band(self) -> None:
        """A new band has both or neither."""
        name, lower = (self.cleaned_data.get(f"{NEW_BAND}.{key}") for key in ("name", "lower"))
        if name and lower is None and f"{NEW_BAND}.lower" not in self.errors:
            self.add_error(f"{NEW_BAND}.lower", "Say from which score it begins.")
        if lower is not None and not name:
            self.add_error(f"{NEW_BAND}.name", "A band needs a name.")

    def _place_band(self, document: dict[str, Any], places: Mapping[str, list[str]]) -> None:
        """The new band goes behind those that begin no later."""
        if name := self.cleaned_data.get(f"{NEW_BAND}.name"):
            lower = self.cleaned_data[f"{NEW_BAND}.lower"]
            number = sum(band["lower"] <= lower for band in document["bands"])
            document["bands"].insert(number, {"name": name, "lower": lower})
            places["bands"].insert(number, NEW_BAND)

    def _checked(self, document: dict[str, Any], places: Mapping[str, list[str]]) -> ScoringConfig | None:
        """The document, or None with what is wrong said at the fields."""
        if self.errors:
            return None
        try:
            return ScoringConfig.model_validate(document)
        except ValidationError as error:
            for path, message in field_errors(error):
                self._say(_place_of(path, places), message)
            return None

    def _say(self, path: str, message: str) -> None:
        if path in self.fields:
            self.add_error(path, message)
            return
        near = next((field for start, field in _INSTEAD if path.startswith(start) and field in self.fields), None)
        self.add_error(near, f"{model_fields.label_of(path)}: {message}")


def _place_of(path: str, places: Mapping[str, list[str]]) -> str:
    """The path that the form has for one of the changed document."""
    for name, numbers in places.items():
        number, _, rest = path.removeprefix(f"{name}.").partition(".")
        if path.startswith(f"{name}.") and number.isdecimal() and int(number) < len(numbers):
            return f"{numbers[int(number)]}.{rest}"
    return path


def form_field(spec: model_fields.FieldSpec, value: Any) -> forms.Field:
    """The form field of one value of the document, with its default in the help."""
    default = model_fields.default_of(spec)
    words = spec.help + (f" Default {_words(default)}." if default not in (None, "") else "")
    if isinstance(value, bool):
        return forms.BooleanField(label=spec.label, help_text=words, required=False, initial=value)
    if spec.path.endswith("min_tier"):
        tiers = [("", "none"), ("high", "high"), ("mid", "mid"), ("low", "low")]
        return forms.TypedChoiceField(
            choices=tiers, empty_value=None, label=spec.label, help_text=words, required=False, initial=value
        )
    # 30 and not 30.0; the field reads both as the same number.
    shown = int(value) if isinstance(value, float) and value.is_integer() else value
    options: dict[str, Any] = {"label": spec.label, "help_text": words, "required": not spec.blank, "initial": shown}
    if spec.path.startswith("bands.") and spec.path.endswith(".name"):
        return forms.CharField(max_length=STAGE_LENGTH, **options)
    return forms.IntegerField(**options) if isinstance(value, int) else forms.FloatField(**options)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
