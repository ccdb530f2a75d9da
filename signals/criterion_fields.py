"""What criteria of the ICP can be about, and their place in a model's document: for the pages, the API and the admin alike."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from itertools import count
from typing import Any

from accounts.criteria import FIELD_TYPES, Criterion, ValueType
from accounts.models import CustomField
from signals.scoring_config import ScoringConfig

# A name that no criterion of a document has yet.
NEW = "new"
_FIELD_WORDS = {
    "technology_used": "Technology used",
    "technology_evaluating": "Technology being evaluated",
    "revenue_growth": "Revenue growth, % a year",
    "customer": "Customer, present or past",
}
_CUSTOM_TYPES: dict[str, ValueType] = {
    "text": "text",
    "choice": "text",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
}


def criterion_fields() -> list[tuple[str, str]]:
    """Every field a criterion can be about, with its words."""
    plain = [(name, _FIELD_WORDS.get(name, name.replace("_", " ").capitalize())) for name in FIELD_TYPES]
    return plain + [(f"custom.{key}", label) for key, label in CustomField.objects.values_list("key", "label")]


def value_type(field: str) -> ValueType:
    """What the field holds."""
    if field.startswith("custom."):
        kind = CustomField.objects.filter(key=field.removeprefix("custom.")).values_list("kind", flat=True).first()
        return _CUSTOM_TYPES.get(kind or "text", "text")
    return FIELD_TYPES[field]


def misfits(items: Iterable[Any], *, kept: Collection[Any]) -> list[tuple[str, str]]:
    """`(path, message)` of each criterion on a custom field that there isn't, or that holds something else than it says, or
    that asks what another one asks.

    `items` and `kept` are criteria as documents have them; those that stood there before may outlive their field.
    """
    kinds = dict(CustomField.objects.values_list("key", "kind"))
    found = []
    asked: dict[str, Any] = {}
    for number, item in enumerate(items):
        same = asked.setdefault(_asks(item), item.get("id")) if isinstance(item, dict) else None
        if same is not None and same != item.get("id") and item not in kept:
            found.append((f"criteria.{number}", f"Criterion “{same}” asks the same. Change that one."))
        field = item.get("field") if isinstance(item, dict) else None
        if not isinstance(field, str) or not field.startswith("custom.") or item in kept:
            continue
        kind = kinds.get(field.removeprefix("custom."))
        if kind is None:
            there_are = ", ".join(f"custom.{key}" for key in sorted(kinds)) or "none"
            found.append((f"criteria.{number}.field", f"There is no such custom field. There are: {there_are}."))
        elif item.get("custom_type") != _CUSTOM_TYPES[kind]:
            found.append((f"criteria.{number}.custom_type", f"{field} holds a {_CUSTOM_TYPES[kind]}."))
    return found


def _asks(item: dict[str, Any]) -> str:
    """What a criterion asks, whatever it is called and weighs; one value in a list is that value, and 3 is 3.0."""
    value = item.get("value")
    values = value if isinstance(value, list | tuple) else [value]
    said = json.dumps([item.get("field"), item.get("operator"), item.get("kind", "scored"), values], sort_keys=True)
    return json.dumps(json.loads(said, parse_int=float))


def completed(items: list[Any]) -> list[Any]:
    """Criteria as somebody sends them: who has no id gets one of its own, who has no `custom_type` that of its field.

    What is no criterion is left for the document to refuse.
    """
    taken = {item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)}
    made = []
    for item in items:
        field = item.get("field") if isinstance(item, dict) else None
        if not isinstance(field, str):
            made.append(item)
            continue
        own = {}
        if item.get("id") in (None, ""):
            own["id"] = _new_id(field, taken)
            taken.add(own["id"])
        if field.startswith("custom.") and item.get("custom_type") is None:
            own["custom_type"] = value_type(field)  # text where there is no such field, which `misfits` says
        made.append(item | own)
    return made


def placed(config: ScoringConfig, criterion: Criterion) -> tuple[ScoringConfig, str]:
    """The document with the criterion in place of the one with its id, or at the end under an id of its own; and that id.

    Raises pydantic.ValidationError.
    """
    document = config.model_dump(mode="json")
    new = criterion.model_dump(mode="json")
    if new["id"] == NEW:
        new["id"] = _new_id(new["field"], {item["id"] for item in document["criteria"]})
        document["criteria"].append(new)
    else:
        document["criteria"] = [new if item["id"] == new["id"] else item for item in document["criteria"]]
    return ScoringConfig.model_validate(document), new["id"]


def _new_id(field: str, taken: Collection[str]) -> str:
    stem = field.replace(".", "-")[:50]
    return next(name for name in (f"{stem}-{n}" for n in count(1)) if name not in taken)
