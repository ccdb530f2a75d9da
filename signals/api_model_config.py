"""The document of a scoring model in the API: a part of it laid over a draft's, its errors by path, its schema (domain.md §7)."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import ResolvedComponent
from pydantic import ValidationError
from rest_framework import serializers

from signals.criterion_fields import completed, misfits
from signals.model_fields import GATES, POLICY_FLAGS, RULE_FIELDS, WEIGHTS
from signals.policies import RULE_KINDS
from signals.scoring_config import ScoringConfig, field_errors

# What a version has of the catalogue; publishing takes it in as it is then (signals/publishing.py).
OF_THE_CATALOGUE = {
    "touch_types": "Touch types are those of the catalogue: change them there; publishing takes them in. Leave this out.",
    "key_personas": "Key personas are marked at the personas: change them there; publishing takes them in. Leave this out.",
}


def changed_config(document: Mapping[str, Any], part: Mapping[str, Any]) -> ScoringConfig:
    """The document with `part` laid over it: objects key by key, lists and values as a whole; a null weight of a touch type is
    taken out. Types are those of JSON, taken strictly. Raises serializers.ValidationError, by path.
    """
    merged = _merged(document, part)
    merged["type_weights"] = _without_nulls(merged["type_weights"])
    if isinstance(merged["criteria"], list):
        merged["criteria"] = completed(merged["criteria"])
        if faults := misfits(merged["criteria"], kept=document["criteria"]):
            raise by_path(faults)
    wrong = {name: words for name, words in OF_THE_CATALOGUE.items() if merged[name] != document[name]}
    if wrong:
        raise serializers.ValidationError({f"config.{name}": [words] for name, words in wrong.items()})
    try:
        # As JSON and strictly: "30" and true are no numbers.
        return ScoringConfig.model_validate_json(json.dumps(merged), strict=True)
    except ValidationError as error:
        raise by_path(field_errors(error)) from None


def by_path(faults: list[tuple[str, str]]) -> serializers.ValidationError:
    """Faults of a document as the API says them: `config.gates.recent_days`."""
    found: dict[str, list[str]] = {}
    for path, message in faults:
        found.setdefault(f"config.{path}", []).append(message)
    return serializers.ValidationError(found)


def _merged(before: Any, part: Any) -> Any:
    if not isinstance(before, Mapping) or not isinstance(part, Mapping):
        return copy.deepcopy(part)
    return {**before, **{key: _merged(before.get(key), value) for key, value in part.items()}}


def _without_nulls(weights: Any) -> Any:
    return {key: one for key, one in weights.items() if one is not None} if isinstance(weights, dict) else weights


class ConfigField(serializers.Field[Any, Any, Any, Any]):
    """The document, or to change a draft a part of it."""

    default_error_messages: ClassVar[dict[str, Any]] = {"object": "Send an object with what is to change."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Any object; whether it is a part of a document shows beside the rest of it."""
        if not isinstance(data, dict):
            self.fail("object")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class ConfigSchema(OpenApiSerializerFieldExtension):
    """Describes the document as its own models do. What is sent is a part of it: nothing is needed but within lists."""

    target_class = "signals.api_model_config.ConfigField"

    def map_serializer_field(self, auto_schema: Any, direction: Literal["request", "response"]) -> dict[str, Any]:
        """A reference to the document's component; its parts are components too."""
        sent = direction == "request"
        suffix = "Request" if sent else ""
        schema = ScoringConfig.model_json_schema(
            mode="validation" if sent else "serialization", ref_template=f"#/components/schemas/{{model}}{suffix}"
        )
        parts = schema.pop("$defs") | {"ScoringConfig": schema}
        _describe(parts)
        if sent:
            parts["Criterion"]["required"].remove("id")
            del parts["Policy"]["required"]
            parts["ScoringConfig"]["properties"]["type_weights"]["additionalProperties"]["nullable"] = True
        for name, part in parts.items():
            component = ResolvedComponent(
                name=f"{name}{suffix}", type=ResolvedComponent.SCHEMA, object=f"{name}{suffix}", schema=_plain(part)
            )
            auto_schema.registry.register_on_missing(component)
        return {"$ref": f"#/components/schemas/ScoringConfig{suffix}"}


def _describe(parts: dict[str, dict[str, Any]]) -> None:
    """Each field in the words of the pages."""

    def say(part: dict[str, Any], name: str, label: str, words: str) -> None:
        part["properties"][name]["description"] = f"{label}. {words}"

    for spec in (*WEIGHTS, *GATES):
        *steps, last = spec.path.split(".")
        part = parts["ScoringConfig"]
        for step in steps:
            part = parts[part["properties"][step]["$ref"].rpartition("/")[2].removesuffix("Request")]
        say(part, last, spec.label, spec.help)
    for spec in POLICY_FLAGS:
        say(parts["Policy"], spec.path, spec.label, spec.help)
    for kind in RULE_KINDS.values():
        for name, (label, words) in RULE_FIELDS.items():
            if name in kind.model_fields:
                say(parts[kind.__name__], name, label, words)
    for name, words in OF_THE_CATALOGUE.items():
        parts["ScoringConfig"]["properties"][name]["description"] = words


def _plain(schema: Any) -> Any:
    """As OpenAPI 3.0 says it: no `const`, no type null, an exclusive bound is a mark at the bound. No defaults: what is not
    sent stays.
    """
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    # A field may be called `title` or `default`; then it holds a schema.
    said = {
        key: _plain(value)
        for key, value in schema.items()
        if key not in {"title", "default"} or (isinstance(value, dict) and "type" in value)
    }
    if "const" in said:
        said["enum"] = [said.pop("const")]
    if "exclusiveMinimum" in said:
        said |= {"minimum": said["exclusiveMinimum"], "exclusiveMinimum": True}
    options = said.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [one for one in options if one != {"type": "null"}]
        del said["anyOf"]
        said |= {"nullable": True} | (rest[0] if len(rest) == 1 else {"anyOf": rest})
    return said
