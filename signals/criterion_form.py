"""The form of one criterion of the ICP. Which inputs there are depends on the field."""

from __future__ import annotations

from typing import Any

from django import forms
from pydantic import ValidationError

from accounts.criteria import OPERATORS, Criterion
from signals.criterion_fields import NEW, value_type
from signals.scoring_config import field_errors

OPERATOR_WORDS = {
    "in": "is one of",
    "not_in": "is none of",
    "at_least": "is at least",
    "at_most": "is at most",
    "between": "is between (both included)",
    "contains": "contains",
    "is_known": "is known",
}
KIND_WORDS = {
    "required": "Required: without it the account is outside",
    "scored": "Scored: its weight counts for fit",
    "exclusion": "Exclusion: with it the account is outside",
}
_LISTS = {"in", "not_in"}


class CriterionForm(forms.Form):
    """One criterion; once valid, `criterion` is it.

    Numbers and days have a value and an upper bound; all else is chosen from `values` (value, words) or typed.
    """

    kind = forms.ChoiceField(choices=list(KIND_WORDS.items()), initial="scored")
    operator = forms.ChoiceField()

    def __init__(
        self, field: str, values: list[tuple[str, str]], data: Any = None, found: Criterion | None = None
    ) -> None:
        super().__init__(data, initial=_initial(found, values))
        self.field_name = field
        self.value_type = value_type(field)
        listed = found is not None and found.operator in _LISTS
        # One that lists numbers keeps its list; a new one names bounds.
        self.bounded = self.value_type in {"number", "date"} and not listed
        operators = [name for name in OPERATORS[self.value_type] if not (self.bounded and name in _LISTS)]
        self.fields["operator"] = forms.ChoiceField(choices=[(name, OPERATOR_WORDS[name]) for name in operators])
        if self.bounded:
            self._add_bounds()
        else:
            self._add_list(values)
        self.fields["weight"] = forms.FloatField(
            min_value=0, initial=1, required=False, help_text="Counts for scored criteria, relative to the others."
        )
        self.fields["label"] = forms.CharField(
            required=False, max_length=200, label="Name", help_text="Shown instead of the criterion's own words."
        )

    def _add_bounds(self) -> None:
        for name, label, words in (
            ("low", "Value", "Not needed for “is known”."),
            ("high", "Upper value", "Only for “is between”."),
        ):
            if self.value_type == "number":
                self.fields[name] = forms.FloatField(required=False, label=label, help_text=words)
            else:
                day = forms.DateInput(attrs={"type": "date"})
                self.fields[name] = forms.DateField(required=False, label=label, help_text=words, widget=day)

    def _add_list(self, values: list[tuple[str, str]]) -> None:
        if values:
            self.fields["chosen"] = forms.MultipleChoiceField(
                choices=values, required=False, widget=forms.CheckboxSelectMultiple, label="Values"
            )
        if self.value_type not in {"boolean", "customer"}:
            self.fields["typed"] = forms.CharField(
                required=False,
                max_length=500,
                label="Other values" if values else "Value",
                help_text="Several are parted by a semicolon.",
            )

    def clean(self) -> dict[str, Any]:
        """Builds the criterion; what does not go together is said at the field."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return data
        operator, kind = data["operator"], data["kind"]
        try:
            self.criterion = Criterion(
                id=self.initial.get("id") or NEW,
                field=self.field_name,
                operator=operator,
                value=self._value(operator, data),
                weight=data.get("weight") or 0,
                kind=kind,
                label=data.get("label", ""),
                custom_type=self.value_type if self.field_name.startswith("custom.") else None,  # type: ignore[arg-type]
            )
        except ValidationError as error:
            for path, message in field_errors(error):
                self.add_error(self._place(path.split(".")[-1], data), message)
        return data

    def _place(self, name: str, data: dict[str, Any]) -> str:
        """The field at which an error of `name` is said."""
        if name in self.fields:
            return name
        if self.bounded:
            return "high" if data["operator"] == "between" and data.get("low") is not None else "low"
        return "typed" if "typed" in self.fields else "chosen"

    def _value(self, operator: str, data: dict[str, Any]) -> Any:
        if operator == "is_known":
            return None
        if self.bounded:
            names = ("low", "high") if operator == "between" else ("low",)
            bounds = [data[name] for name in names if data.get(name) is not None]
            values = [bound if isinstance(bound, float) else bound.isoformat() for bound in bounds]
        else:
            typed = [part.strip() for part in data.get("typed", "").split(";") if part.strip()]
            values = [self._typed(text) for text in [*data.get("chosen", []), *typed]]
        if operator in {*_LISTS, "between"}:
            return tuple(values)
        return values[0] if len(values) == 1 else tuple(values) or None

    def _typed(self, text: str) -> Any:
        """A value of the list as the field's type; text that is none is left for the criterion to refuse."""
        if self.value_type == "boolean":
            return text == "yes"
        if self.value_type == "number":
            try:
                return float(text.replace(",", ""))
            except ValueError:
                return text
        return text


def _initial(found: Criterion | None, values: list[tuple[str, str]]) -> dict[str, Any]:
    if found is None:
        return {}
    on_offer = {value for value, _ in values}
    texts = [_text(value) for value in found.values]
    bounds = [*texts, "", ""]
    return {
        "id": found.id,
        "kind": found.kind,
        "operator": found.operator,
        "weight": f"{found.weight:g}",
        "label": found.label,
        "low": bounds[0],
        "high": bounds[1],
        "chosen": [text for text in texts if text in on_offer],
        "typed": "; ".join(text for text in texts if text not in on_offer),
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.12g}" if isinstance(value, float) else str(value)
