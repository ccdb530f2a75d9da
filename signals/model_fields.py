"""What an admin edits of a scoring model, in words: the page's sections, each field's label and what it does. Pure.

A field is a path into the document of `signals.scoring_config`; its default is the document's own.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from signals.scoring_config import ScoringConfig


@dataclass(frozen=True)
class FieldSpec:
    """One value: `path` is dotted ("gates.recent_days"); lists are by number."""

    path: str
    label: str
    help: str
    blank: bool = False


def read(document: dict[str, Any], path: str) -> Any:
    """The value at a path; None where a step is missing."""
    here: Any = document
    for step in path.split("."):
        if isinstance(here, list):
            here = here[int(step)] if int(step) < len(here) else None
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
    FieldSpec("multipliers.c_level", "C-level", "Points are multiplied by the person's seniority."),
    FieldSpec("multipliers.vp", "VP", ""),
    FieldSpec("multipliers.director", "Director", ""),
    FieldSpec("multipliers.manager", "Manager", ""),
    FieldSpec("multipliers.other", "Other", "Also for people whose seniority is unknown."),
    FieldSpec("multipliers.anonymous", "Anonymous", "Visitors whom nobody knows."),
    FieldSpec("half_life_days", "Half-life, days", "A touch gives half its points after this many days."),
    FieldSpec("lookback_days", "Look-back, days", "Older touches give nothing. No window may be longer."),
    FieldSpec("daily_cap", "Daily cap", "Of one person's touches of one type on one day only so many give points."),
    FieldSpec("full_points", "Full points", "Points at which engagement is 100."),
    FieldSpec("signal_weights.engagement", "Engagement in the score", "Share of the score, relative to the others."),
    FieldSpec("signal_weights.intent", "Intent in the score", "Dropped while no intent source delivers."),
    FieldSpec("signal_weights.fit", "Fit in the score", ""),
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
    FieldSpec("require_intent_surge", "Some topic must surge", "Off by default."),
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
RULE_WORDS = {
    "persona_points": "People of key personas with points",
    "qualified_leads": "Qualified leads (MQLs)",
    "qualified_personas": "Key personas qualified",
    "minutes": "Engagement minutes",
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


def fields_of(section: str, document: dict[str, Any]) -> list[tuple[str, list[FieldSpec]]]:
    """The groups of fields of a page's section, for this document."""
    if section == "weights":
        types = [
            FieldSpec(
                f"type_weights.{key}", key.replace("_", " "), f"{spec['tier']} tier; empty: the tier's weight", True
            )
            for key, spec in sorted(document["touch_types"].items())
        ]
        return [
            ("By tier", list(WEIGHTS[:4])),
            ("By seniority", list(WEIGHTS[4:10])),
            ("Time and caps", list(WEIGHTS[10:14])),
            ("The score", list(WEIGHTS[14:])),
            ("By touch type", types),
        ]
    if section == "gates":
        return [
            ("The five gates", list(GATES[:8])),
            ("MQLs and progression", list(GATES[8:12])),
            ("Entering and leaving the queue", list(GATES[12:])),
        ]
    if section == "bands":
        bands = [
            FieldSpec(f"bands.{number}.lower", f"{band['name']} from", "Included; ends where the next begins.")
            for number, band in enumerate(document["bands"])
        ]
        return [("Stages by score", [*bands, GATES[7]])]
    if section == "policies":
        return [(label, _policy_fields(segment, document)) for segment, label in SEGMENTS.items()]
    raise KeyError(section)


def _policy_fields(segment: str, document: dict[str, Any]) -> list[FieldSpec]:
    base = f"policies.{segment}"
    found = [FieldSpec(f"{base}.{spec.path}", spec.label, spec.help, spec.blank) for spec in POLICY_FLAGS]
    for number, rule in enumerate(document["policies"][segment]["rules"]):
        for name in rule:
            if name in RULE_FIELDS:
                label, words = RULE_FIELDS[name]
                title = f"Rule {number + 1}, {RULE_WORDS[rule['kind']].lower()}: {label.lower()}"
                found.append(FieldSpec(f"{base}.rules.{number}.{name}", title, words))
    return found


def default_of(path: str) -> Any:
    """The domain's default at a path; None where there is none."""
    return read(ScoringConfig.default().model_dump(mode="json"), path)


def differences(before: Any, after: Any, prefix: str = "") -> list[tuple[str, Any, Any]]:
    """Every path at which two documents differ, with both values; whole criteria and rules are compared by position."""
    if isinstance(before, dict) and isinstance(after, dict):
        found = []
        for key in sorted({*before, *after}):
            found += differences(before.get(key), after.get(key), f"{prefix}.{key}" if prefix else key)
        return found
    if isinstance(before, list) and isinstance(after, list) and any(isinstance(x, dict) for x in [*before, *after]):
        found = []
        for number in range(max(len(before), len(after))):
            one = before[number] if number < len(before) else None
            other = after[number] if number < len(after) else None
            found += differences(one, other, f"{prefix}.{number}")
        return found
    return [] if before == after else [(prefix, before, after)]
