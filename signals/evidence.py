"""The evidence of a decision (domain section 4): what was measured, what was required, and what adds up to the points.

JSON-safe and naming ids only, so that erasing a person leaves no trace of it here. Days are ISO dates, points are decimals
of 6 places. Stored is what signals/evidence_kept.py keeps; `tell` makes evidence of it and the model's version, at any time
the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from signals import evidence_kept
from signals.evidence_kept import moment_of
from signals.missing import Span, at_gate, missing
from signals.points import MICRO
from signals.policies import Minutes, PersonaPoints, Policy
from signals.scoring import Evaluation
from signals.scoring_config import GATES, ScoringConfig

Row = dict[str, Any]


def evidence(evaluation: Evaluation, center_id: int, *, model_version: int | None = None) -> Row:
    """The evidence of one center. Raises KeyError when it was not evaluated."""
    found = evidence_many(evaluation, [center_id], model_version=model_version)
    if center_id not in found:
        raise KeyError(f"center {center_id} is not part of this evaluation")
    return found[center_id]


def evidence_many(
    evaluation: Evaluation,
    center_ids: Iterable[int] | None = None,
    *,
    model_version: int | None = None,
    with_touches: bool = True,
) -> dict[int, Row]:
    """The evidence of these centers (all when None), by center id; without the ids of touches where those are not wanted."""
    rows = evidence_kept.chosen(evaluation, center_ids)
    if rows.is_empty():
        return {}
    kept = evidence_kept.keep(evaluation, rows, model_version=model_version)
    found = {center_id: tell(json.loads(document), evaluation.config) for center_id, document in kept.items()}
    if with_touches:
        touches, earlier = evidence_kept.touches_of(evaluation, rows)
        for center_id, told in found.items():
            told["touches"] = touches.get(center_id, [])
            told["earlier_touches"] = earlier.get(center_id, [])
    return found


def missing_first(evaluation: Evaluation, center_ids: Iterable[int]) -> dict[int, list[Row]]:
    """Of centers that don't qualify, the `missing` of their evidence, by center id: the entry of the block as it stands there,
    of the other failing gates only their names. For `explain.missing_line`, at a fraction of what evidence costs.
    """
    rows = evidence_kept.chosen(evaluation, center_ids)
    same = evidence_kept.common(evaluation)
    config, today = evaluation.config, evaluation.today
    found = {}
    for measured in evidence_kept.keep_for_missing(evaluation, rows.filter(rows["block"].is_not_null())):
        kept = measured | same
        block, *others = [name for name in GATES if not kept[f"g_{name}"]]
        gate = _MEASURED[block](kept, config) if block in ("relevance", "threshold") else {}
        entry = at_gate(
            block,
            kept,
            gate,
            Span(today, today) if gate else _span(kept, config),
            config,
            today=today,
            intent_connected=kept["intent_connected"],
        )
        found[kept["center_id"]] = [{"gate": block, **entry}, *({"gate": name} for name in others)]
    return found


def tell(kept: Row, config: ScoringConfig) -> Row:
    """The evidence that a kept document and the model it was made with say; evidence that is whole already stays as it is."""
    if "kept" not in kept:
        return kept
    total = kept["points_micro"]
    gates = _gates(kept, config)
    return {
        "as_of": kept["as_of"],
        "model_version": kept["model_version"],
        "qualified": kept["block"] is None,
        "block": kept["block"],
        "stage": kept["stage"],
        "score": kept["score"],
        "signals": {"fit": round(kept["fit"], 6), "engagement": round(kept["engagement"], 6), "intent": kept["intent"]},
        "icp": kept["icp"],
        "segment": _segment(kept),
        "points": total / MICRO,
        "minutes": kept["minutes"],
        "outbound_minutes": kept["outbound_minutes"],
        "cluster": _cluster(kept, config),
        "gates": gates,
        "contributions": _contributions(kept, total),
        "types": [
            {
                "type": key,
                "points": points / MICRO,
                "share": _share(points, total),
                "minutes": minutes,
                "touches": touches,
            }
            for key, points, minutes, touches in _together(kept, "types", "_micro", "_minutes", "_touches")
        ],
        "themes": [
            {"theme": theme, "points": points / MICRO, "share": _share(points, kept["themed_micro"])}
            for theme, points in _together(kept, "themes", "_micro")
        ],
        "topics": _topics(kept),
        "mqls": kept["mqls"] or [],
        "progression": {
            "tier": kept["tier_now"],
            "before": kept["tier_before"],
            "momentum": kept["momentum_micro"] / MICRO,
        },
        "hand_raise": _hand_raise(kept),
        "warnings": _warnings(kept, config),
        "missing": missing(
            kept, gates, _span(kept, config), config, today=_today(kept), intent_connected=kept["intent_connected"]
        ),
    }


def _together(kept: Row, name: str, *endings: str) -> Iterator[tuple[Any, ...]]:
    """The rows of the lists that begin with `name`; none where there are none."""
    return zip(*(kept[name + ending] or () for ending in ("", *endings)), strict=True)


def _today(kept: Row) -> date:
    return date.fromisoformat(kept["as_of"][:10])


def _segment(kept: Row) -> str:
    return "target" if kept["is_target"] else "other"


def _day(kept: Row, offset: int, config: ScoringConfig) -> date:
    """The day at an offset within the reach of a span, whose last one is the day of the evaluation."""
    reach = config.gates.recent_days + config.gates.cluster_days - 1
    return _today(kept) - timedelta(days=reach - 1 - offset)


def _warnings(kept: Row, config: ScoringConfig) -> list[str]:
    found = []
    if not kept["intent_connected"]:
        found.append("intent_not_connected")
    if not kept["themes_set_up"]:
        found.append("no_themes")
    if not config.key_personas:
        found.append("no_key_personas")
    return found


def _share(part: int, whole: int) -> float:
    """A share to 6 decimals, in whole numbers."""
    return (2 * MICRO * part + whole) // (2 * whole) / MICRO if whole else 0.0


def _cluster(kept: Row, config: ScoringConfig) -> Row:
    """First and last day with a touch, and the last day that the span could take one in."""
    offsets: tuple[int | None, int | None, int | None] = (None, None, None)
    if kept["first"] is not None:
        offsets = (kept["first"], kept["last"], kept["first"] + config.gates.cluster_days - 1)
    first, last, ends = (None if offset is None else _day(kept, offset, config).isoformat() for offset in offsets)
    return {"first_day": first, "last_day": last, "person_days": kept["person_days"], "ends_on": ends}


def _contributions(kept: Row, total: int) -> list[Row]:
    """Who gave points, most first; all visitors together under no contact."""
    found = [
        {
            "contact": contact,
            "points": points / MICRO,
            "share": _share(points, total),
            "minutes": minutes / MICRO,
            "touches": touches,
        }
        for contact, points, minutes, touches in _together(kept, "contacts", "_micro", "_minutes", "_touches")
    ]
    if kept["visitors"]:
        found.append(
            {
                "contact": None,
                "visitors": kept["visitors"],
                "points": kept["visitors_micro"] / MICRO,
                "share": _share(kept["visitors_micro"], total),
                "minutes": kept["visitors_minutes"] / MICRO,
                "touches": kept["visitors_touches"],
            }
        )
    return sorted(found, key=lambda item: -item["points"])


def _hand_raise(kept: Row) -> Row | None:
    if kept["hand_raise_touch_id"] is None:
        return None
    return {
        "touch": kept["hand_raise_touch_id"],
        "contact": kept["hand_raise_contact_id"],
        "at": moment_of(kept["hand_raise_at"]).isoformat(),
    }


def _topics(kept: Row) -> list[Row]:
    """The surging topics, each with its highest composite."""
    return [
        {"topic": topic, "theme": theme, "composite": composite}
        for topic, theme, composite in _together(kept, "topics", "_theme", "_composite")
    ]


def _span(kept: Row, config: ScoringConfig) -> Span:
    """The span that new touches can fall in: the best of them, or one that begins today."""
    length = timedelta(days=config.gates.cluster_days - 1)
    if kept["open_first"] is None:
        return Span(_today(kept), _today(kept) + length)
    first = _day(kept, kept["open_first"], config)
    return Span(
        first,
        first + length,
        person_days=kept["open_person_days"],
        people=kept["open_people"],
        theme_micro=kept["open_theme_micro"],
        theme_id=kept["open_theme_id"],
        themed_micro=kept["open_themed_micro"],
        all_themes_micro=kept["open_all_themes_micro"],
        contacts=tuple(_together(kept, "open_contacts", "_micro")),
    )


def _gates(kept: Row, config: ScoringConfig) -> list[Row]:
    reached = True
    found = []
    for name in GATES:
        passed = kept[f"g_{name}"]
        found.append({"name": name, "passed": passed, "reached": reached, **_MEASURED[name](kept, config)})
        reached = reached and passed
    return found


def _cluster_gate(kept: Row, config: ScoringConfig) -> Row:
    return {"measured": kept["person_days"], "required": config.gates.cluster_person_days}


def _spread(kept: Row, config: ScoringConfig) -> Row:
    return {
        "measured": kept["people"],
        "required": config.gates.min_contacts,
        "min_person_points": config.gates.min_person_points,
        "people": kept["engaged"] or [],
        "departments": kept["departments"],
        "personas": kept["personas"],
        "executives": kept["executives"],
    }


def _direction(kept: Row, config: ScoringConfig) -> Row:
    theme = kept["theme_id"]
    return {
        "measured": round(kept["theme_share"], 6),
        "required": config.gates.min_theme_share,
        "theme": theme,
        "evaluation": kept["evaluation_only"],
        "topics": [item for item in _topics(kept) if theme is not None and item["theme"] == theme],
        "warning": None if kept["themes_set_up"] else "no_themes",
    }


def _relevance(kept: Row, config: ScoringConfig) -> Row:
    criteria = [
        {"id": item.id, "field": item.field, "kind": item.kind, "met": met}
        for item, met in zip(config.criteria, kept["met"] or [None] * len(config.criteria), strict=True)
    ]
    return {
        "measured": kept["icp"],
        "required": "in",
        "fit": round(kept["fit"], 6),
        "min_fit": config.min_fit,
        "criteria": criteria,
        "unknown": list(dict.fromkeys(item["field"] for item in criteria if item["met"] is None)),
    }


def _threshold(kept: Row, config: ScoringConfig) -> Row:
    policy: Policy = config.policy_for(is_target=kept["is_target"])
    rules = []
    for rule, (people, amount, holds) in zip(policy.rules, _together(kept, "rules", "_amount", "_holds"), strict=True):
        item = {"kind": rule.kind, "holds": holds, "people": people, "min_people": rule.min_people}
        if isinstance(rule, PersonaPoints):
            item |= {"points": (amount or 0) / MICRO, "min_points": rule.min_points, "days": rule.days}
        elif isinstance(rule, Minutes):
            item |= {"minutes": (amount or 0) / MICRO, "min_minutes": rule.min_minutes, "days": rule.days}
        rules.append(item)
    return {
        "measured": kept["score"],
        "required": config.gates.mqa_score,
        "rules": rules,
        "intent_surge": {
            "measured": kept["intent_surging"],
            "required": policy.require_intent_surge,
            "topics": list(kept.get("topics") or ()),
        },
        "executives": {"measured": kept["executives"], "required": policy.min_executives},
        "tier": {"measured": kept["tier_now"], "required": policy.min_tier},
        "momentum": {"measured": kept["momentum_micro"] / MICRO, "required": policy.require_momentum},
    }


_MEASURED = {
    "relevance": _relevance,
    "cluster": _cluster_gate,
    "spread": _spread,
    "direction": _direction,
    "threshold": _threshold,
}
