"""What changed between two evaluations of a center, in words (domain.md §4, "the history of decisions"). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.formatting import number
from accounts.marks import shown
from signals import ladder, wording

SEGMENTS = {"target": "target accounts", "other": "all others"}
MET = {True: "met", False: "not met", None: "unknown"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is another than before."""

    label: str
    before: str
    after: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any], names: ladder.Names) -> list[Change]:
    """Model, verdict, figures, gates, criteria and the people who gave points, as far as they differ."""
    rows = [
        ("Model", *(str(one.get("model_version", "")) for one in (before, after))),
        ("Verdict", _verdict(before), _verdict(after)),
        ("Policy for", *(SEGMENTS.get(one.get("segment", ""), "") for one in (before, after))),
        ("Score", *(_figure(one.get("score")) for one in (before, after))),
        *_signals(before, after),
        ("Points", *(_figure(one.get("points"), 1) for one in (before, after))),
        *_gates(before, after, names),
        *_criteria(before, after),
        ("MQLs", *(str(len(one.get("mqls", []))) for one in (before, after))),
    ]
    return [Change(label, was, now) for label, was, now in rows if was != now]


def people(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """Who gives points now and gave none, and who gave some and gives none; by their ids."""
    was, now = (
        [item["contact"] for item in one.get("contributions", []) if item.get("contact")] for one in (before, after)
    )
    return [pk for pk in now if pk not in was], [pk for pk in was if pk not in now]


def _figure(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else number(value, digits) if digits else str(shown(value))


def _verdict(evidence: Mapping[str, Any]) -> str:
    if evidence.get("qualified"):
        return "MQA"
    stage, block = wording.stage(evidence.get("stage", "")), evidence.get("block")
    return f"{stage}, blocked at {block}" if block else stage


def _signals(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    was, now = before.get("signals") or {}, after.get("signals") or {}
    return [
        (name.capitalize(), _figure(was.get(name)), _figure(now.get(name))) for name in ("fit", "engagement", "intent")
    ]


def _gates(before: Mapping[str, Any], after: Mapping[str, Any], names: ladder.Names) -> list[tuple[str, str, str]]:
    def told(evidence: Mapping[str, Any]) -> dict[str, str]:
        gates = evidence.get("gates", [])
        return {
            gate["name"]: f"{rung.measured}, {'passed' if gate['passed'] else 'not passed'}"
            for gate, rung in zip(gates, ladder.rungs(evidence, names), strict=True)
        }

    was, now = told(before), told(after)
    return [(f"{label} gate", was.get(name, "–"), now.get(name, "–")) for name, label in ladder.LABELS.items()]


def _criteria(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    def told(evidence: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        gate: Mapping[str, Any] = next((one for one in evidence.get("gates", []) if one["name"] == "relevance"), {})
        return {item["id"]: (item["field"], MET[item["met"]]) for item in gate.get("criteria", [])}

    was, now = told(before), told(after)
    return [
        (
            f"Criterion on {wording.field_name((now.get(key) or was[key])[0])}",
            was[key][1] if key in was else "not asked",
            now[key][1] if key in now else "not asked",
        )
        for key in dict.fromkeys([*was, *now])
    ]
