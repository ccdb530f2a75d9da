"""What an admin edits of a scoring model, in words: the page's sections, each field's label and what it does. Pure.

A field is a path into the document of `signals.scoring_config`; its default is the document's own.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from signals.policies import RULE_KINDS, Rule
from signals.scoring_config import ScoringConfig
from signals.starter_rules import TYPE_NAMES


@dataclass(frozen=True)
class FieldSpec:
    """One value: `path` is dotted ("gates.recent_days"); lists are by number. `default`: where the default document has none."""

    path: str
    label: str
    help: str
    blank: bool = False
    default: Any = None


@dataclass(frozen=True)
class Group:
    """Fields under one heading. `remove`: the item of a list that the group is, which a button takes out."""

    label: str
    fields: Sequence[FieldSpec]
    help: str = ""
    remove: str = ""


def read(document: dict[str, Any], path: str) -> Any:
    """The value at a path; None where a step is missing."""
    here: Any = document
    for step in path.split("."):
        if isinstance(here, list):
            here = here[int(step)] if step.isdecimal() and int(step) < len(here) else None
        elif isinstance(here, dict):
            here = here.get(step)
        else:
            return None
    return here


def changed(document: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """A copy of the document with the values at their paths; None removes a key of a mapping of weights by type."""
    new = copy.deepcopy(document)
    for path, value in values.items():
        *steps, last = path.split(".")
        here: Any = new
        for step in steps:
            here = here[int(step)] if isinstance(here, list) else here[step]
        if isinstance(here, list):
            here[int(last)] = value
        elif value is None and steps == ["type_weights"]:
            here.pop(last, None)
        else:
            here[last] = value
    return new


WEIGHTS = (
    FieldSpec("tier_weights.high", "High tier", "Points of a touch near a decision: pricing, demo, trial."),
    FieldSpec("tier_weights.mid", "Mid tier", "Points of a touch with effort: webinar, case study, product page."),
    FieldSpec("tier_weights.low", "Low tier", "Points of any other touch."),
    FieldSpec("outbound_weight", "Rep activity", "Points of outbound touches whose type has no weight of its own."),
    FieldSpec("multipliers.c_level", "C-level", "Points of a C-level person are multiplied by it."),
    FieldSpec("multipliers.vp", "VP", "Points of a VP are multiplied by it."),
    FieldSpec("multipliers.director", "Director", "Points of a director are multiplied by it."),
    FieldSpec("multipliers.manager", "Manager", "Points of a manager are multiplied by it."),
    FieldSpec("multipliers.other", "Other", "Also for people whose seniority is unknown."),
    FieldSpec("multipliers.anonymous", "Anonymous", "Visitors whom nobody knows."),
    FieldSpec("half_life_days", "Half-life, days", "A touch gives half its points after this many days."),
    FieldSpec("lookback_days", "Look-back, days", "Older touches give nothing. No window may be longer."),
    FieldSpec("daily_cap", "Daily cap", "Of one person's touches of one type on one day only so many give points."),
    FieldSpec("full_points", "Full points", "Points at which engagement is 100."),
    FieldSpec("signal_weights.engagement", "Engagement in the score", "Share of the score, relative to the others."),
    FieldSpec("signal_weights.intent", "Intent in the score", "Dropped while no intent source delivers."),
    FieldSpec("signal_weights.fit", "Fit in the score", "Share of the score, relative to the others."),
    FieldSpec("intent.window_days", "Intent window, days", "Older intent signals don't count."),
    FieldSpec("intent.surge", "Surge at", "A topic surges from this composite score."),
    FieldSpec(
        "intent.connected_days", "Intent connected for, days", "A source that delivered within these days is connected."
    ),
)
GATES = (
    FieldSpec("min_fit", "Fit at least", "Relevance: in the ICP from this fit, with every required criterion met."),
    FieldSpec("gates.cluster_days", "Span, days", "Cluster: the consecutive days that a cluster may cover."),
    FieldSpec("gates.recent_days", "Recent, days", "Its last active day lies within so many days."),
    FieldSpec("gates.cluster_person_days", "Person-days", "Cluster: people on days with inbound points, at least."),
    FieldSpec("gates.min_contacts", "People", "Spread: different known people in the span, at least."),
    FieldSpec("gates.min_person_points", "Points of each", "Spread: each with at least these points in the span."),
    FieldSpec("gates.min_theme_share", "Theme share", "Direction: share of points on one theme, 0 to 1."),
    FieldSpec("gates.mqa_score", "MQA score", "Threshold: the score at least, and where the last band ends."),
    FieldSpec("mql.points", "MQL points", "A contact becomes an MQL at these points of its own."),
    FieldSpec("mql.days", "MQL days", "And stays one for so many days after the last day it had them."),
    FieldSpec(
        "progression.tier_days", "Progression window, days", "Highest tier reached in it, and in the one before."
    ),
    FieldSpec("progression.momentum_days", "Momentum window, days", "Points in it less those in the one before."),
    FieldSpec(
        "handover.grace_days", "Grace, days", "An unclaimed MQA that has not qualified for so many days is withdrawn."
    ),
    FieldSpec("handover.reopen_within_days", "Reopen within, days", "Qualifying again within these days reopens it."),
    FieldSpec("handover.requalify_after_days", "Re-entry after, days", "After a closing without a date to come back."),
    FieldSpec("handover.requalify_score_jump", "Re-entry on a jump of", "Points of score above the score at closing."),
    FieldSpec("handover.hand_raise_days", "Hand-raise, days", "How old a demo or contact request may be to queue."),
)
POLICY_FLAGS = (
    FieldSpec("require_intent_surge", "Some topic must surge", "An intent topic at or above the surge score."),
    FieldSpec("min_executives", "Executives at least", "VP and above with points in the cluster; 0 asks for none."),
    FieldSpec(
        "min_tier",
        "Highest tier at least",
        "high, mid or low within the progression window; empty asks for none.",
        True,
    ),
    FieldSpec("require_momentum", "Must gain momentum", "More points than in the window before."),
    FieldSpec("expansion", "Present customers queue too", "Expansion: off, their owner is told instead."),
)
BAND_FIELDS = (
    ("name", "Name", "Any but “mqa”, which is the stage of what qualifies."),
    ("lower", "From", "Included; it ends below where the next one begins."),
)
NEW_BAND = "bands.new"
RULE_WORDS = {
    "persona_points": "Points of key personas: so many people with points in the window, with so many points together.",
    "qualified_leads": "Qualified leads: so many people are MQLs.",
    "qualified_personas": "Key personas qualified: so many people of key personas are MQLs.",
    "minutes": "Engagement minutes: so many in the window, and so many people with some minutes each.",
}
RULE_FIELDS = {
    "min_people": ("People", "At least so many."),
    "min_points": ("Points", "Of these people together in the window, at least."),
    "days": ("Days", "The window; not longer than the look-back."),
    "distinct_personas": ("Different personas", "Each must be of another persona."),
    "min_minutes": ("Minutes", "Inbound minutes in the window, at least."),
    "min_person_minutes": ("Minutes of each", "Each of these people, at least."),
}
SEGMENTS = {"target": "Target accounts", "other": "All others"}


def fields_of(section: str, document: dict[str, Any]) -> list[Group]:
    """The groups of fields of a page's section, for this document."""
    if section == "weights":
        types = [
            FieldSpec(f"type_weights.{key}", type_name(key), _unless_weighed(spec), True)
            for key, spec in sorted(document["touch_types"].items())
        ]
        return [
            Group("By tier", WEIGHTS[:4]),
            Group("By seniority", WEIGHTS[4:10]),
            Group("Time and caps", WEIGHTS[10:14]),
            Group("The score", WEIGHTS[14:]),
            Group("By touch type", types),
        ]
    if section == "gates":
        return [
            Group("The five gates", GATES[:8]),
            Group("MQLs and progression", GATES[8:12]),
            Group("Entering and leaving the queue", GATES[12:]),
        ]
    if section == "bands":
        bands = [
            FieldSpec(f"bands.{number}.{name}", label, words)
            for number in range(len(document["bands"]))
            for name, label, words in BAND_FIELDS
        ]
        new = [
            FieldSpec(f"{NEW_BAND}.name", "New band", "Empty for none.", True),
            FieldSpec(f"{NEW_BAND}.lower", "New band from", "Its place among the others follows from it.", True),
        ]
        return [Group("Stages by score", [*bands, *new, GATES[7]])]
    if section == "policies":
        return [group for segment in SEGMENTS for group in _policy_groups(segment, document)]
    raise KeyError(section)


def _policy_groups(segment: str, document: dict[str, Any]) -> list[Group]:
    base = f"policies.{segment}"
    flags = [FieldSpec(f"{base}.{spec.path}", spec.label, spec.help, spec.blank) for spec in POLICY_FLAGS]
    found = [Group(SEGMENTS[segment], flags, "Asked for besides: all of these, and any one of the rules below.")]
    for number, rule in enumerate(document["policies"][segment]["rules"]):
        path = f"{base}.rules.{number}"
        usual = _default_rule(segment, rule["kind"])
        fields = [
            FieldSpec(f"{path}.{name}", *words, default=usual[name])
            for name, words in RULE_FIELDS.items()
            if name in rule
        ]
        found.append(Group(f"{SEGMENTS[segment]}, rule {number + 1}", fields, RULE_WORDS[rule["kind"]], path))
    return found


def _default_rule(segment: str, kind: str) -> dict[str, Any]:
    """A rule of this kind as the segment has it by default, else as it starts."""
    own: Rule = getattr(ScoringConfig.default().policies, segment).rules[0]
    return (own if own.kind == kind else RULE_KINDS[kind]()).model_dump(mode="json")


def default_of(spec: FieldSpec) -> Any:
    """The domain's default of a field; None where there is none."""
    if spec.default is not None or spec.path.startswith("bands."):
        return spec.default
    return read(ScoringConfig.default().model_dump(mode="json"), spec.path)


def type_name(key: str) -> str:
    """A touch type in words."""
    return TYPE_NAMES.get(key, key.replace("_", " ").capitalize())


def _unless_weighed(spec: dict[str, Any]) -> str:
    if spec["direction"] == "outbound":
        return "Rep activity; empty: the weight of that."
    return f"{spec['tier'].capitalize()} tier; empty: the tier's weight."


def label_of(path: str) -> str:
    """A path in words: "Target accounts, rule 1: days", "Weight of pricing page"; the path where it has none."""
    match path.split("."):
        case ["type_weights", key]:
            words = [f"Weight of {key}"]
        case ["touch_types", key, *rest]:
            words = [f"Touch type {key}", *rest]
        case ["policies", segment, "rules", number, *rest] if segment in SEGMENTS:
            labels = [RULE_FIELDS[name][0].lower() if name in RULE_FIELDS else name for name in rest]
            words = [f"{SEGMENTS[segment]}, rule {int(number) + 1}", *labels]
        case ["bands", number, *rest] if number.isdecimal():
            words = [f"Band {int(number) + 1}", *({"lower": "from"}.get(name, name) for name in rest)]
        case ["criteria", number, *rest]:
            words = [f"Criterion {int(number) + 1}", *rest]
        case _:
            words = [_LABELS.get(path, path)]
    return ": ".join(words).replace("_", " ")


_LABELS = (
    {spec.path: spec.label for spec in (*WEIGHTS, *GATES)}
    | {
        f"policies.{segment}.{spec.path}": f"{label}: {spec.label.lower()}"
        for segment, label in SEGMENTS.items()
        for spec in POLICY_FLAGS
    }
    | {"key_personas": "Key personas"}
)
