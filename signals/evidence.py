"""The evidence of a decision (domain section 4): what was measured, what was required, and what adds up to the points.

JSON-safe and naming ids only, so that erasing a person leaves no trace of it here. Days are ISO dates, points are decimals
of 6 places. `evidence_many` makes that of many centers at the price of few.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date
from typing import Any

import polars as pl

from accounts.fit import MET_PREFIX
from signals import clusters
from signals.missing import Span, missing
from signals.points import MICRO, micro
from signals.policies import Minutes, PersonaPoints, Policy
from signals.policy_rules import rule_columns
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
    evaluation: Evaluation, center_ids: Iterable[int] | None = None, *, model_version: int | None = None
) -> dict[int, Row]:
    """The evidence of these centers (all when None), by center id."""
    rows = evaluation.centers
    if center_ids is not None:
        wanted = pl.Series("center_id", list(center_ids), dtype=pl.Int64)
        rows = rows.join(pl.DataFrame(wanted), on="center_id", how="semi")
    if rows.is_empty():
        return {}
    details = _Details(evaluation, rows)
    return {row["center_id"]: _evidence(row, details, evaluation, model_version) for row in rows.to_dicts()}


class _Details:
    """What the evidence of the chosen centers needs beside their rows, in lists by center or account."""

    def __init__(self, evaluation: Evaluation, rows: pl.DataFrame) -> None:
        self.config = evaluation.config
        chosen = rows.select("c", "center_id")
        accounts = rows.select("account_id").unique()
        activity = evaluation.activity
        near = (
            activity.rows.join(chosen, on="c", how="semi") if rows.height < evaluation.centers.height else activity.rows
        )
        spans = rows.filter(pl.col("first").is_not_null()).select("c", "first")
        people = evaluation.people.join(chosen, on="c", how="semi")
        self.people = _by(
            people.select("c", "contact_id", "micro", "inbound", "touches", "is_mql", "account_id").sort(
                "micro", "contact_id", descending=[True, False]
            ),
            "c",
        )
        self.types = _by(
            evaluation.types_of(chosen).sort("points_micro", "type", descending=[True, False]), "center_id"
        )
        self.touches = _ids(evaluation.touches_of(chosen), "center_id")
        self.earlier = _ids(_earlier_touches(evaluation, rows), "center_id")
        inside = clusters.inside(spans, near, activity.gates)
        engaged = clusters.people_inside(inside).filter(pl.col("micro") >= micro(activity.gates.min_person_points))
        self.engaged = _by(engaged.sort("contact_id").collect(), "c")
        themes = clusters.themes_inside(inside).filter(pl.col("theme_id").is_not_null())
        self.themes = _by(
            themes.sort("micro", "last_touched", "theme_id", descending=[True, True, False]).collect(), "c"
        )
        self.fits = {
            row["account_id"]: row for row in evaluation.fits.join(accounts, on="account_id", how="semi").to_dicts()
        }
        self.signals = _by(
            evaluation.signals.join(accounts, on="account_id", how="semi").sort(
                "composite", "topic", "provider", "kind", descending=[True, False, False, False]
            ),
            "account_id",
        )
        self.open = self._open_spans(evaluation, rows, near)
        self.warnings = _warnings(evaluation)

    def _open_spans(self, evaluation: Evaluation, rows: pl.DataFrame, near: pl.DataFrame) -> dict[int, Row]:
        """What the span measures in which something new can still fall, where gates 2 to 4 do not all pass."""
        blocked = rows.filter(~(pl.col("g_cluster") & pl.col("g_spread") & pl.col("g_direction")))
        gates = evaluation.activity.gates
        # The span that counts, while it lasts; else the best one that still holds today.
        lasts = (pl.col("first") + gates.cluster_days >= evaluation.activity.reach).fill_null(False)
        target = blocked.select(
            "c",
            first=pl.when(lasts).then("first").otherwise("open_first"),
            person_days=pl.when(lasts).then("person_days").otherwise("open_person_days"),
        ).filter(pl.col("first").is_not_null())
        if target.is_empty():
            return {}
        activity = clusters.Activity(
            rows=near.join(target, on="c", how="semi"),
            contacts=evaluation.activity.contacts,
            gates=gates,
            themes_set_up=evaluation.activity.themes_set_up,
            people=evaluation.activity.people,
        )
        found = {row["c"]: row for row in clusters.measured(target, activity).to_dicts()}
        people_there = clusters.people_inside(clusters.inside(target, activity.rows, gates)).collect()
        for c, people in _by(people_there, "c").items():
            found[c]["in_span"] = people
        return found


def _by(frame: pl.DataFrame, key: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in frame.to_dicts():
        found[row[key]].append(row)
    return found


def _ids(frame: pl.DataFrame, key: str) -> dict[int, list[int]]:
    grouped = frame.group_by(key).agg(pl.col("touch_id").sort())
    return dict(zip(grouped[key].to_list(), grouped["touch_id"].to_list(), strict=True))


def _earlier_touches(evaluation: Evaluation, rows: pl.DataFrame) -> pl.DataFrame:
    """Touches before the look-back, which only the MQLs of earlier days rest on."""
    earlier = evaluation.read.rows.filter(pl.col("age") >= evaluation.config.lookback_days)
    centers = rows.select("c", "center_id", "account_id", "is_default")
    return clusters.by_center(
        earlier.select("account_id", "named", "touch_id"),
        evaluation.centers.select("c", "account_id", "is_default"),
    ).join(centers.select("c", "center_id"), on="c")


def _warnings(evaluation: Evaluation) -> list[str]:
    found = []
    if not evaluation.facts.intent_connected:
        found.append("intent_not_connected")
    if not evaluation.facts.themes_set_up:
        found.append("no_theme_rules")
    if not evaluation.config.key_personas:
        found.append("no_key_personas")
    return found


def _evidence(row: Row, details: _Details, evaluation: Evaluation, model_version: int | None) -> Row:
    c, center = row["c"], row["center_id"]
    total = row["points_micro"]
    people = details.people.get(c, [])
    gates = _gates(row, details, evaluation)
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
        "touches": details.touches.get(center, []),
        "earlier_touches": details.earlier.get(center, []),
        "warnings": details.warnings,
        "missing": missing(
            row,
            gates,
            _span(row, details, evaluation),
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


def _span(row: Row, details: _Details, evaluation: Evaluation) -> Span:
    """The span that new touches can fall in: the best of them, or one that begins today."""
    found = details.open.get(row["c"])
    length = evaluation.config.gates.cluster_days
    first = evaluation.activity.reach - 1 if found is None else found["first"]
    days = (evaluation.day_of(first), evaluation.day_of(first + length - 1))
    if found is None:
        return Span(*days)
    people = [
        (item["contact_id"], item["micro"]) for item in found.get("in_span", []) if item["contact_id"] is not None
    ]
    return Span(
        *days,
        person_days=found["person_days"],
        people=found["people"],
        theme_micro=found["theme_micro"],
        theme_id=found["theme_id"],
        themed_micro=found["themed_micro"],
        all_themes_micro=found["all_themes_micro"],
        contacts=tuple(people),
    )


def _gates(row: Row, details: _Details, evaluation: Evaluation) -> list[Row]:
    config = details.config
    signals = details.signals.get(row["account_id"], [])
    made = {
        "relevance": _relevance(row, details.fits.get(row["account_id"], {}), config),
        "cluster": {"measured": row["person_days"], "required": config.gates.cluster_person_days},
        "spread": {
            "measured": row["people"],
            "required": config.gates.min_contacts,
            "min_person_points": config.gates.min_person_points,
            "people": [item["contact_id"] for item in details.engaged.get(row["c"], [])],
            "departments": row["departments"],
            "personas": row["personas"],
            "executives": row["executives"],
        },
        "direction": {
            "measured": round(row["theme_share"], 6),
            "required": config.gates.min_theme_share,
            "theme": row["theme_id"],
            "evaluation": row["evaluation_only"],
            "topics": _topics(signals, row["theme_id"]) if row["theme_id"] is not None else [],
            "warning": None if evaluation.facts.themes_set_up else "no_theme_rules",
        },
        "threshold": _threshold(row, signals, config),
    }
    reached = True
    found = []
    for name in GATES:
        passed = row[f"g_{name}"]
        found.append({"name": name, "passed": passed, "reached": reached, **made[name]})
        reached = reached and passed
    return found


def _relevance(row: Row, met: Row, config: ScoringConfig) -> Row:
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


def _threshold(row: Row, signals: list[Row], config: ScoringConfig) -> Row:
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
