"""What differs between two versions of the scoring model, in words (domain.md §7). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from signals import wording
from signals.model_fields import RULE_FIELDS, RULE_WORDS, label_of
from signals.scoring_config import ScoringConfig

Difference = tuple[str, str, str]
NOTHING = "–"


def differences(before: Mapping[str, Any], after: Mapping[str, Any], personas: Mapping[int, str]) -> list[Difference]:
    """(what, before, after) of all that differs. Criteria are compared by their id, rules by their place, bands together.

    `personas`: what the ids of key personas are called.
    """
    left, right = _criteria(before), _criteria(after)
    found = [
        (f"Criterion on {_field(before, after, key)}", left.get(key, NOTHING), right.get(key, NOTHING))
        for key in dict.fromkeys([*left, *right])
        if left.get(key) != right.get(key)
    ]
    if before["bands"] != after["bands"]:
        found.append(("Bands", _bands(before), _bands(after)))
    if before["key_personas"] != after["key_personas"]:
        was, now = (_personas(one["key_personas"], personas) for one in (before, after))
        found.append(("Key personas", was, now))
    apart = {"criteria", "bands", "key_personas"}
    for path, one, other in _values({**before, **dict.fromkeys(apart)}, {**after, **dict.fromkeys(apart)}):
        found.append((label_of(path), _words(one), _words(other)))
    return found


def _values(before: Any, after: Any, prefix: str = "") -> list[tuple[str, Any, Any]]:
    """Every path at which two documents differ; a rule of another kind, and one that is new or gone, as a whole."""
    if isinstance(before, dict) and isinstance(after, dict) and before.get("kind") == after.get("kind"):
        found = []
        for key in sorted({*before, *after}):
            found += _values(before.get(key), after.get(key), f"{prefix}.{key}" if prefix else key)
        return found
    if isinstance(before, list) and isinstance(after, list):
        found = []
        for number, (one, other) in enumerate(zip_longest(before, after)):
            found += _values(one, other, f"{prefix}.{number}")
        return found
    return [] if before == after else [(prefix, before, after)]


def _criteria(document: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for item in ScoringConfig.model_validate(document).criteria:
        weight = f", weight {wording.amount(item.weight, digits=2)}" if item.kind == "scored" else ""
        found[item.id] = f"{wording.criterion_rule(item)} ({item.kind}{weight})"
    return found


def _field(before: Mapping[str, Any], after: Mapping[str, Any], key: str) -> str:
    return next(
        wording.field_name(item["field"]) for one in (after, before) for item in one["criteria"] if item["id"] == key
    )


def _bands(document: Mapping[str, Any]) -> str:
    return ", ".join(f"{band['name']} from {_words(band['lower'])}" for band in document["bands"])


def _personas(ids: list[int], names: Mapping[int, str]) -> str:
    return ", ".join(names.get(pk, f"one that is gone ({pk})") for pk in ids) or "none: everybody counts as key"


def _words(value: Any) -> str:
    """A value of a document; a rule with its fields."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int | float):
        return wording.amount(value, digits=6)
    if isinstance(value, dict):
        kind = RULE_WORDS[value["kind"]].partition(":")[0] if value.get("kind") in RULE_WORDS else ""
        parts = [f"{_name(key)} {_words(one)}" for key, one in value.items() if key != "kind"]
        return ": ".join(part for part in (kind, ", ".join(parts)) if part)
    return str(value)


def _name(key: str) -> str:
    return RULE_FIELDS[key][0].lower() if key in RULE_FIELDS else key.replace("_", " ")
