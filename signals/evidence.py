"""The evidence of a decision (domain section 4): what was measured, what was required, and what adds up to the points.

JSON-safe and naming ids only, so that erasing a person leaves no trace of it here. Days are ISO dates, points are decimals
of 6 places. `evidence_many` makes that of many centers at the price of few.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, timedelta
from typing import Any

import polars as pl

from accounts.fit import MET_PREFIX
from signals.evidence_details import Details
from signals.missing import Span, at_gate, missing
from signals.points import MICRO
from signals.policies import Minutes, PersonaPoints, Policy
from signals.policy_rules import rule_columns
from signals.scoring import Evaluation
from signals.scoring_config import GATES

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
    rows = evaluation.centers
    if center_ids is not None:
        wanted = pl.Series("center_id", list(center_ids), dtype=pl.Int64)
        rows = rows.join(pl.DataFrame(wanted), on="center_id", how="semi")
    if rows.is_empty():
        return {}
    details = Details(evaluation, rows)
    found = {row["center_id"]: _evidence(row, details, evaluation, model_version) for row in rows.iter_rows(named=True)}
    if with_touches:
        for center_id, told in found.items():
            told["touches"] = details.touches.get(center_id, [])
            told["earlier_touches"] = details.earlier.get(center_id, [])
    return found


def missing_first(evaluation: Evaluation, center_ids: Iterable[int]) -> dict[int, list[Row]]:
    """Of centers that don't qualify, the `missing` of their evidence, by center id: the entry of the block as it stands there,
    of the other failing gates only their names. For `explain.missing_line`, at a fraction of what evidence costs.
    """
    wanted = pl.DataFrame(pl.Series("center_id", list(center_ids), dtype=pl.Int64))
    rows = evaluation.centers.join(wanted, on="center_id", how="semi").filter(~pl.col("qualified"))
    found = {}
    in_span = pl.col("block").is_in(["cluster", "spread", "direction"])
    inside, outside = Details(evaluation, rows.filter(in_span)), Details(evaluation, rows.filter(~in_span))
    for details, row in [(each, row) for each in (inside, outside) for row in each.rows.iter_rows(named=True)]:
        block, *others = [name for name in GATES if not row[f"g_{name}"]]
        gate = _MEASURED[block](row, details) if details is outside else {}
        span = Span(*_none_open(evaluation)) if details is outside else _span(row, details, evaluation)
        entry = at_gate(
            block,
            row,
            gate,
            span,
            evaluation.config,
            today=evaluation.today,
            intent_connected=evaluation.facts.intent_connected,
        )
        found[row["center_id"]] = [{"gate": block, **entry}, *({"gate": name} for name in others)]
    return found


def _evidence(row: Row, details: Details, evaluation: Evaluation, model_version: int | None) -> Row:
    c, center = row["c"], row["center_id"]
    total = row["points_micro"]
    people = details.people.get(c, [])
    gates = _gates(row, details)
    surging = _topics(details.signals.get(row["account_id"], []))
    return {
        "as_of": evaluation.as_of.astimezone(UTC).isoformat(),
        "model_version": model_version,
        "qualified": row["qualified"],
        "block": row["block"],
        "stage": row["stage"],
        "score": row["score"],
        "signals": {"fit": round(row["fit"], 6), "engagement": round(row["engagement"], 6), "intent": row["intent"]},
        "icp": row["icp"],
        "segment": "target" if row["is_target"] else "other",
        "points": total / MICRO,
        "minutes": row["minutes"],
        "outbound_minutes": row["outbound_minutes"],
        "cluster": _cluster(row, evaluation),
        "gates": gates,
        "contributions": _contributions(people, total),
        "types": [
            {
                "type": item["type"],
                "points": item["points_micro"] / MICRO,
                "share": _share(item["points_micro"], total),
                "minutes": item["minutes"],
                "touches": item["touches"],
            }
            for item in details.types.get(center, [])
        ],
        "themes": [
            {
                "theme": item["theme_id"],
                "points": item["micro"] / MICRO,
                "share": _share(item["micro"], row["themed_micro"]),
            }
            for item in details.themes.get(c, [])
        ],
        "topics": surging,
        "mqls": sorted(item["contact_id"] for item in people if item["is_mql"]),
        "progression": {
            "tier": row["tier_now"],
            "before": row["tier_before"],
            "momentum": row["momentum_micro"] / MICRO,
        },
        "hand_raise": _hand_raise(row),
        "warnings": details.warnings,
        "missing": missing(
            row,
            gates,
            _span(row, details, evaluation, people=details.in_open.get(c, [])),
            details.config,
            today=evaluation.today,
            intent_connected=evaluation.facts.intent_connected,
        ),
    }


def _share(part: int, whole: int) -> float:
    # To 6 decimals in whole numbers: several times as fast as `round`, and there is one for every line.
    return (2 * MICRO * part + whole) // (2 * whole) / MICRO if whole else 0.0


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _cluster(row: Row, evaluation: Evaluation) -> Row:
    """First and last day with a touch, and the last day that the span could take one in."""
    first = row["first"]
    ends_on = None if first is None else evaluation.day_of(first + evaluation.config.gates.cluster_days - 1)
    return {
        "first_day": _iso(row["cluster_first"]),
        "last_day": _iso(row["cluster_last"]),
        "person_days": row["person_days"],
        "ends_on": _iso(ends_on),
    }


def _contributions(people: list[Row], total: int) -> list[Row]:
    """Who gave points, most first; all visitors together under no contact."""
    found = [
        {
            "contact": item["contact_id"],
            "points": item["micro"] / MICRO,
            "share": _share(item["micro"], total),
            "minutes": item["inbound"] / MICRO,
            "touches": item["touches"],
        }
        for item in people
        if item["contact_id"] is not None and item["micro"] > 0
    ]
    visitors = [item for item in people if item["contact_id"] is None and item["micro"] > 0]
    if visitors:
        points = sum(item["micro"] for item in visitors)
        found.append(
            {
                "contact": None,
                "visitors": len(visitors),
                "points": points / MICRO,
                "share": _share(points, total),
                "minutes": sum(item["inbound"] for item in visitors) / MICRO,
                "touches": sum(item["touches"] for item in visitors),
            }
        )
    return sorted(found, key=lambda item: -item["points"])


def _hand_raise(row: Row) -> Row | None:
    if row["hand_raise_touch_id"] is None:
        return None
    return {
        "touch": row["hand_raise_touch_id"],
        "contact": row["hand_raise_contact_id"],
        "at": row["hand_raise_at"].isoformat(),
    }


def _topics(signals: list[Row], theme: int | None = None) -> list[Row]:
    """The surging topics (of a theme, if one is given), each once with its highest composite."""
    found: dict[str, Row] = {}
    for item in signals:
        if item["surges"] and item["topic"] not in found and theme in (None, item["theme_id"]):
            found[item["topic"]] = {"topic": item["topic"], "theme": item["theme_id"], "composite": item["composite"]}
    return list(found.values())


def _none_open(evaluation: Evaluation) -> tuple[date, date]:
    """First and last day of a span that begins today."""
    return evaluation.today, evaluation.today + timedelta(days=evaluation.config.gates.cluster_days - 1)


def _span(row: Row, details: Details, evaluation: Evaluation, *, people: Iterable[Row] = ()) -> Span:
    """The span that new touches can fall in: the best of them, or one that begins today. `people` are those in it."""
    found = details.open.get(row["c"])
    if found is None:
        return Span(*_none_open(evaluation))
    length = evaluation.config.gates.cluster_days
    days = (evaluation.day_of(found["first"]), evaluation.day_of(found["first"] + length - 1))
    return Span(
        *days,
        person_days=found["person_days"],
        people=found["people"],
        theme_micro=found["theme_micro"],
        theme_id=found["theme_id"],
        themed_micro=found["themed_micro"],
        all_themes_micro=found["all_themes_micro"],
        contacts=tuple((item["contact_id"], item["micro"]) for item in people),
    )


def _gates(row: Row, details: Details) -> list[Row]:
    reached = True
    found = []
    for name in GATES:
        passed = row[f"g_{name}"]
        found.append({"name": name, "passed": passed, "reached": reached, **_MEASURED[name](row, details)})
        reached = reached and passed
    return found


def _cluster_gate(row: Row, details: Details) -> Row:
    return {"measured": row["person_days"], "required": details.config.gates.cluster_person_days}


def _spread(row: Row, details: Details) -> Row:
    gates = details.config.gates
    return {
        "measured": row["people"],
        "required": gates.min_contacts,
        "min_person_points": gates.min_person_points,
        "people": [item["contact_id"] for item in details.engaged.get(row["c"], [])],
        "departments": row["departments"],
        "personas": row["personas"],
        "executives": row["executives"],
    }


def _direction(row: Row, details: Details) -> Row:
    theme = row["theme_id"]
    return {
        "measured": round(row["theme_share"], 6),
        "required": details.config.gates.min_theme_share,
        "theme": theme,
        "evaluation": row["evaluation_only"],
        "topics": _topics(details.signals.get(row["account_id"], []), theme) if theme is not None else [],
        "warning": None if details.evaluation.facts.themes_set_up else "no_themes",
    }


def _relevance(row: Row, details: Details) -> Row:
    config = details.config
    met = details.fits.get(row["account_id"], {})
    criteria = [
        {"id": item.id, "field": item.field, "kind": item.kind, "met": met.get(MET_PREFIX + item.id)}
        for item in config.criteria
    ]
    return {
        "measured": row["icp"],
        "required": "in",
        "fit": round(row["fit"], 6),
        "min_fit": config.min_fit,
        "criteria": criteria,
        "unknown": list(dict.fromkeys(item["field"] for item in criteria if item["met"] is None)),
    }


def _threshold(row: Row, details: Details) -> Row:
    config = details.config
    signals = details.signals.get(row["account_id"], [])
    segment = "target" if row["is_target"] else "other"
    policy: Policy = config.policy_for(is_target=row["is_target"])
    rules = []
    for index, rule in enumerate(policy.rules):
        names = rule_columns(segment, index)
        item = {
            "kind": rule.kind,
            "holds": row[names.holds],
            "people": row[names.people],
            "min_people": rule.min_people,
        }
        if isinstance(rule, PersonaPoints):
            item |= {"points": (row[names.amount] or 0) / MICRO, "min_points": rule.min_points, "days": rule.days}
        elif isinstance(rule, Minutes):
            item |= {"minutes": (row[names.amount] or 0) / MICRO, "min_minutes": rule.min_minutes, "days": rule.days}
        rules.append(item)
    return {
        "measured": row["score"],
        "required": config.gates.mqa_score,
        "rules": rules,
        "intent_surge": {
            "measured": row["intent_surging"],
            "required": policy.require_intent_surge,
            "topics": [item["topic"] for item in _topics(signals)],
        },
        "executives": {"measured": row["executives"], "required": policy.min_executives},
        "tier": {"measured": row["tier_now"], "required": policy.min_tier},
        "momentum": {"measured": row["momentum_micro"] / MICRO, "required": policy.require_momentum},
    }


_MEASURED = {
    "relevance": _relevance,
    "cluster": _cluster_gate,
    "spread": _spread,
    "direction": _direction,
    "threshold": _threshold,
}
