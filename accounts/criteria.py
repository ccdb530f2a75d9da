"""Criteria of the ideal customer profile, as data (domain section 3, "Fit").

A criterion names a field of the account, an operator, a value, a weight and a kind. Pure: pydantic only. What a
criterion says of an account is computed in `accounts.fit`.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Operator = Literal["in", "not_in", "at_least", "at_most", "between", "contains", "is_known"]
Kind = Literal["required", "scored", "exclusion"]
ValueType = Literal["text", "number", "boolean", "date", "set", "customer"]


def storable(text: str) -> str:
    """A text that the database takes. Raises ValueError."""
    if "\0" in text:
        raise ValueError("a text can't hold the character NUL")
    return text


Text = Annotated[str, AfterValidator(storable)]
Scalar = bool | float | Text

# The firmographic fields and what each holds. Custom fields are "custom.<key>", their type is the criterion's `custom_type`.
FIELD_TYPES: dict[str, ValueType] = {
    "industry": "text",
    "country": "text",
    "region": "text",
    "tier": "text",
    "employees": "number",
    "annual_revenue": "number",
    "revenue_growth": "number",
    "locations": "number",
    "customer": "customer",
    "technology_used": "set",
    "technology_evaluating": "set",
}

OPERATORS: dict[ValueType, tuple[Operator, ...]] = {
    "text": ("in", "not_in", "contains", "is_known"),
    "number": ("in", "not_in", "at_least", "at_most", "between", "is_known"),
    "boolean": ("in", "not_in", "is_known"),
    "date": ("in", "not_in", "at_least", "at_most", "between", "is_known"),
    "set": ("in", "not_in", "contains", "is_known"),
    "customer": ("in", "not_in", "is_known"),
}

CUSTOMER_VALUES = ("present", "past", "never")


class Criterion(BaseModel):
    """One line of the profile. `weight` counts for scored criteria alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Text = Field(min_length=1, max_length=64)
    field: Text = Field(min_length=1, max_length=120)
    operator: Operator
    value: tuple[Scalar, ...] | Scalar | None = None
    weight: float = Field(default=1.0, ge=0, le=1_000_000, allow_inf_nan=False)
    kind: Kind = "scored"
    custom_type: Literal["text", "number", "boolean", "date"] | None = None
    label: Text = Field(default="", max_length=200)

    @property
    def value_type(self) -> ValueType:
        """What the field holds, and so which operators it takes."""
        if self.field.startswith("custom."):
            return self.custom_type or "text"
        return FIELD_TYPES[self.field]

    @property
    def values(self) -> tuple[Scalar, ...]:
        """The value as a tuple, however it was given."""
        if self.value is None:
            return ()
        return self.value if isinstance(self.value, tuple) else (self.value,)

    @model_validator(mode="after")
    def _combination_makes_sense(self) -> Self:
        custom = self.field.startswith("custom.")
        if not custom and self.field not in FIELD_TYPES:
            raise ValueError(f"field: '{self.field}' is neither a field of an account nor a custom one (custom.<key>)")
        if custom and len(self.field) == len("custom."):
            raise ValueError("field: name the custom field after 'custom.'")
        if self.custom_type is not None and not custom:
            raise ValueError("custom_type: only a custom field has one")
        allowed = OPERATORS[self.value_type]
        if self.operator not in allowed:
            raise ValueError(
                f"operator: '{self.operator}' does not suit {self.field} ({self.value_type}); use {', '.join(allowed)}"
            )
        if self.kind == "scored" and self.weight <= 0:
            raise ValueError("weight: a scored criterion needs a weight above 0")
        self._check_value()
        return self

    def _check_value(self) -> None:
        if self.operator == "is_known":
            if self.value is not None:
                raise ValueError("value: 'is_known' takes none")
            return
        if not self.values:
            raise ValueError(f"value: '{self.operator}' needs one")
        if self.operator == "between":
            if len(self.values) != 2:
                raise ValueError("value: 'between' needs two, the lower and the upper")
        elif self.operator in ("at_least", "at_most", "contains") and len(self.values) != 1:
            raise ValueError(f"value: '{self.operator}' needs exactly one")
        for value in self.values:
            self._check_one(value)
        if self.operator == "between" and self.values[0] > self.values[1]:  # type: ignore[operator]
            raise ValueError("value: the lower bound is above the upper")

    def _check_one(self, value: Scalar) -> None:
        kind = self.value_type
        if kind == "number":
            if isinstance(value, bool | str) or not math.isfinite(value):
                raise ValueError(f"value: {self.field} is compared with numbers, not {value!r}")
        elif kind == "boolean":
            if not isinstance(value, bool):
                raise ValueError(f"value: {self.field} is true or false, not {value!r}")
        elif not isinstance(value, str) or not value.strip():
            raise ValueError(f"value: {self.field} is compared with text, not {value!r}")
        elif kind == "customer" and value not in CUSTOMER_VALUES:
            raise ValueError(f"value: customer is one of {', '.join(CUSTOMER_VALUES)}, not {value!r}")
        elif kind == "date":
            try:
                date.fromisoformat(value)
            except ValueError:
                raise ValueError(f"value: {self.field} is a date (YYYY-MM-DD), not {value!r}") from None
