"""Forms of the model's editor: generated from the fields' descriptions, checked by the document itself."""

from typing import Any

from django import forms
from pydantic import ValidationError

from signals import model_fields
from signals.scoring_config import ScoringConfig, field_errors


class SectionForm(forms.Form):
    """One section of a draft. `document()` is the changed document, once it holds together."""

    def __init__(self, section: str, document: dict[str, Any], data: Any = None) -> None:
        super().__init__(data)
        self.before = document
        self.groups: list[tuple[str, list[str]]] = []
        for label, specs in model_fields.fields_of(section, document):
            for spec in specs:
                self.fields[spec.path] = form_field(spec, model_fields.read(document, spec.path))
            self.groups.append((label, [spec.path for spec in specs]))
        self.after: ScoringConfig | None = None

    @property
    def bound_groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The groups with their fields, for the template."""
        return [(label, [self[path] for path in paths]) for label, paths in self.groups]

    def clean(self) -> dict[str, Any]:
        values = {path: self.cleaned_data.get(path) for path in self.fields if path not in self.errors}
        if not self.errors:
            self.after = _checked(self, model_fields.changed(self.before, values))
        return self.cleaned_data


def form_field(spec: model_fields.FieldSpec, value: Any) -> forms.Field:
    """The form field of one value of the document, with its default in the help."""
    default = model_fields.default_of(spec.path)
    words = spec.help + (f" Default {_words(default)}." if default not in (None, "") else "")
    if isinstance(value, bool):
        return forms.BooleanField(label=spec.label, help_text=words, required=False, initial=value)
    if spec.path.endswith("min_tier"):
        tiers = [("", "none"), ("high", "high"), ("mid", "mid"), ("low", "low")]
        return forms.TypedChoiceField(
            choices=tiers, empty_value=None, label=spec.label, help_text=words, required=False, initial=value
        )
    number = forms.IntegerField if isinstance(value, int) else forms.FloatField
    return number(label=spec.label, help_text=words, required=not spec.blank, initial=value)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _checked(form: forms.Form, document: dict[str, Any]) -> ScoringConfig | None:
    """The document, or None with what is wrong said at the fields."""
    try:
        return ScoringConfig.model_validate(document)
    except ValidationError as error:
        for path, message in field_errors(error):
            form.add_error(path if path in form.fields else None, message)
        return None
