"""Forms of the model's editor: generated from the fields' descriptions, checked by the document itself."""

from typing import Any

from django import forms
from pydantic import ValidationError

from accounts.criteria import FIELD_TYPES, OPERATORS, Criterion
from accounts.models import CustomField
from signals import model_fields
from signals.scoring_config import ScoringConfig, field_errors

OPERATOR_WORDS = {
    "in": "is one of",
    "not_in": "is none of",
    "at_least": "is at least",
    "at_most": "is at most",
    "between": "is between (two values, both included)",
    "contains": "contains",
    "is_known": "is known",
}
KIND_WORDS = {
    "required": "Required: without it the account is outside",
    "scored": "Scored: its weight counts for fit",
    "exclusion": "Exclusion: with it the account is outside",
}
_CUSTOM_TYPES = {"text": "text", "choice": "text", "number": "number", "boolean": "boolean", "date": "date"}


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


class CriterionForm(forms.Form):
    """One criterion of the ICP. Which operators and values there are depends on the field."""

    kind = forms.ChoiceField(choices=list(KIND_WORDS.items()))
    operator = forms.ChoiceField()
    weight = forms.FloatField(min_value=0, initial=1, help_text="Counts for scored criteria.")

    def __init__(self, field: str, values: list[tuple[str, str]], data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.field_name = field
        self.value_type = value_type(field)
        operators = OPERATORS[self.value_type]
        self.fields["operator"] = forms.ChoiceField(choices=[(name, OPERATOR_WORDS[name]) for name in operators])
        if values and self.value_type in {"text", "set", "customer"}:
            self.fields["chosen"] = forms.MultipleChoiceField(
                choices=values, required=False, widget=forms.CheckboxSelectMultiple, label="Values"
            )
        self.fields["typed"] = forms.CharField(
            required=False,
            max_length=500,
            label="Other values" if "chosen" in self.fields else "Value",
            help_text="Several are parted by a semicolon; numbers without separators.",
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        texts = [*data.get("chosen", []), *(part.strip() for part in data.get("typed", "").split(";") if part.strip())]
        try:
            values = [self._value(text) for text in texts]
        except ValueError as error:
            self.add_error("typed", str(error))
            return data
        operator: Any = data.get("operator")
        kind: Any = data.get("kind")
        many = operator in {"in", "not_in", "between"}
        try:
            self.criterion = Criterion(
                id=self.initial.get("id") or "new",
                field=self.field_name,
                operator=operator,
                value=None
                if operator == "is_known"
                else tuple(values)
                if many
                else (values[0] if len(values) == 1 else tuple(values) or None),
                weight=data.get("weight") or 0,
                kind=kind,
                custom_type=self.value_type if self.field_name.startswith("custom.") else None,
            )
        except ValidationError as error:
            for path, message in field_errors(error):
                name = path.split(".")[-1]
                self.add_error(name if name in self.fields else "typed", message)
        return data

    def _value(self, text: str) -> Any:
        if self.value_type == "number":
            try:
                return float(text.replace(",", ""))
            except ValueError:
                raise ValueError(f"“{text}” is no number: write 1200 or 12.5.") from None
        if self.value_type == "boolean":
            if text.lower() not in {"yes", "no", "true", "false"}:
                raise ValueError("Write yes or no.")
            return text.lower() in {"yes", "true"}
        return text


def criterion_fields() -> list[tuple[str, str]]:
    """Every field a criterion can be about, with its words."""
    words = {
        "technology_used": "Technology used",
        "technology_evaluating": "Technology being evaluated",
        "revenue_growth": "Revenue growth, % a year",
        "customer": "Customer, present or past",
    }
    plain = [(name, words.get(name, name.replace("_", " ").capitalize())) for name in FIELD_TYPES]
    return plain + [(f"custom.{key}", label) for key, label in CustomField.objects.values_list("key", "label")]


def value_type(field: str) -> Any:
    """What the field holds."""
    if field.startswith("custom."):
        kind = CustomField.objects.filter(key=field.removeprefix("custom.")).values_list("kind", flat=True).first()
        return _CUSTOM_TYPES.get(kind or "text", "text")
    return FIELD_TYPES[field]


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
