"""What is missing: for every gate that fails, the smallest change that would pass it (domain section 4, "Evidence").

Everything is computed from what was measured, and rounded up in the words so that following them is enough. A new touch
falls on today or later, so what gates 2 to 4 still need is told for a span that has not ended: the one that counts while
it lasts, else the best that still holds today, else one that begins today.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from accounts.criteria import Criterion
from signals import wording
from signals.points import MICRO, micro
from signals.policies import Minutes, PersonaPoints, QualifiedLeads, QualifiedPersonas, Rule
from signals.scoring_config import Multipliers, ScoringConfig, TierWeights

Row = dict[str, Any]

# The end of a scale, past the rounding of the score.
MOST = 100 + 1e-6


@dataclass(frozen=True)
class Span:
    """A span that new touches can fall in, and what it holds already. `contacts`: `(contact, micro-points)` in it."""

    first_day: date
    last_day: date
    person_days: int = 0
    people: int = 0
    theme_micro: int = 0
    theme_id: int | None = None
    themed_micro: int = 0
    all_themes_micro: int = 0
    contacts: tuple[tuple[int, int], ...] = ()


def missing(
    row: Row, gates: list[Row], span: Span, config: ScoringConfig, *, today: date, intent_connected: bool
) -> list[Row]:
    """One entry a failing gate, in their order: `{gate, text, ...}` with the amounts that the text is made of.

    `row` is the center's row of the evaluation, `gates` the gates of its evidence.
    """
    return [
        {
            "gate": gate["name"],
            **at_gate(gate["name"], row, gate, span, config, today=today, intent_connected=intent_connected),
        }
        for gate in gates
        if not gate["passed"]
    ]


def at_gate(
    name: str, row: Row, gate: Row, span: Span, config: ScoringConfig, *, today: date, intent_connected: bool
) -> Row:
    """The smallest change that would pass this gate, which fails: `{text, ...}`. Of `gate`, only relevance and threshold
    need what it measured.
    """
    if name == "relevance":
        entry = _relevance(gate, config)
    elif name == "cluster":
        entry = _cluster(span, config, today)
    elif name == "spread":
        entry = _spread(span, config, today, cluster_passes=row["g_cluster"])
    elif name == "direction":
        entry = _direction(span, config, today, spread_passes=row["g_spread"])
    else:
        entry = _threshold(row, gate, config, intent_weight=config.signal_weights.intent if intent_connected else 0.0)
    entry["text"] = wording.sentence(entry["text"])
    return entry


def _relevance(gate: Row, config: ScoringConfig) -> Row:
    by_id = {item["id"]: item["met"] for item in gate["criteria"]}
    hit = [item for item in config.criteria if item.kind == "exclusion" and by_id[item.id]]
    unmet = [item for item in config.criteria if item.kind == "required" and by_id[item.id] is False]
    unknown = [item for item in config.criteria if item.kind == "required" and by_id[item.id] is None]
    lift, lift_unknown, reachable = _fit_lift(by_id, config)
    parts = []
    if hit:
        parts.append("no longer " + wording.join([wording.criterion(item) for item in hit], "nor"))
    if unmet:
        parts.append("required: " + wording.join([wording.criterion(item) for item in unmet]))
    if unknown or lift_unknown:
        fields = list(dict.fromkeys(wording.field_name(item.field) for item in [*unknown, *lift_unknown]))
        parts.append(f"{wording.join(fields)} still unknown: fill it in" if len(fields) == 1
                     else f"{wording.join(fields)} still unknown: fill them in")  # fmt: skip
    if lift:
        parts.append(
            f"fit {wording.amount(gate['fit'])} of {wording.amount(config.min_fit)} needed: "
            + wording.join([wording.criterion(item) for item in lift])
        )
    if not reachable:
        parts.append(f"fit cannot reach {wording.amount(config.min_fit)} with these criteria")
    return {
        "text": "; ".join(parts),
        "criteria": [item.id for item in [*hit, *unmet, *unknown, *lift_unknown, *lift]],
        "unknown": list(dict.fromkeys(item.field for item in [*unknown, *lift_unknown])),
        "fit_missing": round(max(0.0, config.min_fit - gate["fit"]), 6),
    }


def _fit_lift(by_id: dict[str, bool | None], config: ScoringConfig) -> tuple[list[Criterion], list[Criterion], bool]:
    """The fewest scored criteria that would lift fit to the bar, unknown ones before unmet ones; and whether all would."""
    scored = [item for item in config.criteria if item.kind == "scored"]
    total = sum(item.weight for item in scored)
    reached = sum(item.weight for item in scored if by_id[item.id])
    rest = sorted(
        (item for item in scored if not by_id[item.id]), key=lambda item: (by_id[item.id] is not None, -item.weight)
    )
    needed: list[Criterion] = []
    while scored and round(100.0 * reached / total, 12) < config.min_fit and rest:
        short = config.min_fit / 100.0 * total - reached
        open_ones = [item for item in rest if by_id[item.id] is None] or rest
        # The lightest that is enough alone, else the heaviest.
        enough = [item for item in open_ones if item.weight >= short]
        pick = min(enough, key=lambda item: item.weight) if enough else open_ones[0]
        rest.remove(pick)
        needed.append(pick)
        reached += pick.weight
    reachable = not scored or round(100.0 * reached / total, 12) >= config.min_fit
    return (
        [item for item in needed if by_id[item.id] is not None],
        [item for item in needed if by_id[item.id] is None],
        reachable,
    )


def _between(span: Span, today: date) -> str:
    """When: from the span's beginning, or from today if it began earlier, to its end."""
    first = max(span.first_day, today)
    return f"on {wording.day(first)}" if first == span.last_day else f"between {wording.days(first, span.last_day)}"


def _cluster(span: Span, config: ScoringConfig, today: date) -> Row:
    # A span with person-days enough lacks one all the same: its last active day is not recent.
    short = max(1, config.gates.cluster_person_days - span.person_days)
    return {
        "text": (
            f"{wording.more(short, 'person-day')} {_between(span, today)}: a day on which somebody does something that "
            "gives points"
        ),
        "person_days": short,
        **_window(span, today),
    }


def _spread(span: Span, config: ScoringConfig, today: date, *, cluster_passes: bool) -> Row:
    gates = config.gates
    bar = micro(gates.min_person_points)
    short = max(0, gates.min_contacts - span.people)
    # Where the cluster that passed has ended, people must come together with a cluster of their own.
    person_days = max(0, gates.cluster_person_days - span.person_days) if cluster_passes else 0
    parts = []
    if short:
        who = wording.more(short, "known person", "known people")
        each = "" if short == 1 else " each"
        parts.append(
            f"{who} with at least {wording.amount(gates.min_person_points)} points{each} {_between(span, today)}"
        )
    if person_days:
        again = "there" if short else _between(span, today)
        parts.append(f"{wording.more(person_days, 'person-day')} {again}, since the cluster so far has ended")
    text = " and ".join(parts)
    nearly = sorted((bar - points, contact) for contact, points in span.contacts if points < bar)
    alternatives = []
    if short and nearly and len(nearly) >= short:
        points = sum(gap for gap, _ in nearly[:short]) / MICRO
        alternatives.append(
            f"{wording.points(points)} from {wording.count(short, 'person', 'people')} active in it already"
        )
    hint = _single_touch(gates.min_person_points, config.tier_weights, config.multipliers) if short else ""
    if hint:
        text += f"; {hint}"
    if alternatives:
        text += "; " + alternatives[0] + " would also do"
    return {
        "text": text,
        "people": short,
        "min_person_points": gates.min_person_points,
        "person_days": person_days,
        "nearly": [{"contact": contact, "points": gap / MICRO} for gap, contact in nearly],
        **_window(span, today),
    }


@lru_cache(maxsize=64)
def _single_touch(bar: float, tier_weights: TierWeights, multipliers: Multipliers) -> str:
    """How little is enough for one person today: one touch of a tier, and of whom if not of anybody."""
    ranks = tuple(wording.SENIORITY_NAMES)
    factors = multipliers.model_dump()
    said: list[str] = []
    for tier in ("low", "mid", "high"):
        weight = getattr(tier_weights, tier)
        enough = [name for name in ranks if weight * factors[name] >= bar]
        if len(enough) == len(ranks):
            return wording.join([f"one {tier}-tier touch is enough", *said], "or")
        # "Director or above" is only true where everybody above has it too.
        if enough and tuple(enough) == ranks[: len(enough)]:
            above = "" if len(enough) == 1 else " or above"
            said.append(f"a {tier}-tier one by {wording.SENIORITY_NAMES[enough[-1]]}{above}")
    return ""


def _direction(span: Span, config: ScoringConfig, today: date, *, spread_passes: bool) -> Row:
    share = config.gates.min_theme_share
    themed, leading = span.themed_micro, span.theme_micro
    unthemed = themed - span.all_themes_micro
    entry: Row = {"points": None, "theme": span.theme_id, "unthemed_points": unthemed / MICRO, **_window(span, today)}
    if not themed:
        text = f"touches on one theme {_between(span, today)}"
    elif share >= 1:
        text = "every point of the cluster on one theme"
    else:
        entry["points"] = _up(max(0.0, (share * themed - leading) / (1 - share)) / MICRO)
        text = (
            f"{wording.points(entry['points'])} on {'its leading' if leading else 'one'} theme "
            f"{_between(span, today)} ({_below(100 * leading / themed, 100 * share)} % of {wording.amount(100 * share)} % "
            "needed)"
        )
        if unthemed and (leading + unthemed) / themed >= share:
            text += f"; a theme for the {wording.amount(unthemed / MICRO)} points that have none could also do"
    entry["person_days"], entry["people"] = _still_short(span, config) if spread_passes else (0, 0)
    again = []
    if entry["people"]:
        again.append(wording.more(entry["people"], "known person", "known people"))
    if entry["person_days"]:
        again.append(wording.more(entry["person_days"], "person-day"))
    if again:
        text += f"; and {wording.join(again)} there, since the cluster so far has ended"
    return {"text": text, **entry}


def _still_short(span: Span, config: ScoringConfig) -> tuple[int, int]:
    """Person-days and people that a span lacks where the one that passed those gates has ended."""
    return max(0, config.gates.cluster_person_days - span.person_days), max(0, config.gates.min_contacts - span.people)


def _window(span: Span, today: date) -> Row:
    return {"from_day": max(span.first_day, today).isoformat(), "to_day": span.last_day.isoformat()}


def _threshold(row: Row, gate: Row, config: ScoringConfig, *, intent_weight: float) -> Row:
    policy = config.policy_for(is_target=row["is_target"])
    parts: list[str] = []
    entry: Row = {}
    if gate["measured"] < gate["required"]:
        text, entry = _score(row, gate, config, intent_weight)
        parts.append(text)
    if not row["rule_holds"]:
        text, alternatives, rule = _nearest_rule(gate["rules"], policy.rules, has_keys=bool(config.key_personas))
        parts.append(text)
        entry |= {"rule": rule, "alternatives": alternatives}
    if policy.require_intent_surge and not row["intent_surging"]:
        parts.append(f"intent on some topic at {wording.amount(config.intent.surge)} or above")
    if row["executives"] < policy.min_executives:
        short = policy.min_executives - row["executives"]
        parts.append(f"{wording.more(short, 'executive')} (VP or above) in the cluster")
    if gate["tier"]["required"] and not _tier_reached(gate["tier"]):
        parts.append(f"a touch of {gate['tier']['required']} tier")
    if gate["momentum"]["required"] and gate["momentum"]["measured"] <= 0:
        parts.append(f"more points than in the {config.progression.momentum_days} days before")
    return {"text": "; and ".join(parts), **entry}


def _tier_reached(tier: Row) -> bool:
    order = (None, "low", "mid", "high")
    return order.index(tier["measured"]) >= order.index(tier["required"])


def _score(row: Row, gate: Row, config: ScoringConfig, intent_weight: float) -> tuple[str, Row]:
    """What would lift the score to the bar: points alone or intent alone, else both `together`."""
    engagement_weight = config.signal_weights.engagement
    total = engagement_weight + intent_weight + config.signal_weights.fit
    gap = gate["required"] - gate["measured"]
    points, intent = row["points_micro"] / MICRO, row["intent"]
    entry: Row = {"score": round(gap, 6), "points": None, "intent": None, "together": False}
    head = f"score {_below(gate['measured'], gate['required'])} of {wording.amount(gate['required'])}"
    full = max(0.0, config.full_points - points)
    if engagement_weight:
        lifted = row["engagement"] + gap * total / engagement_weight
        if lifted <= MOST:
            entry["points"] = _up(min(lifted, 100) / 100 * config.full_points - points)
    if intent_weight and intent + gap * total / intent_weight <= MOST:
        entry["intent"] = _up(intent + gap * total / intent_weight)
    options = []
    if entry["points"] is not None:
        options.append(wording.points(entry["points"]))
    if entry["intent"] is not None:
        options.append(f"intent at {wording.at_least(entry['intent'])} or above")
    if options:
        return f"{head}: {wording.join(options, 'or')}", entry
    left = gap - (100 - row["engagement"]) * engagement_weight / total
    if engagement_weight and intent_weight and intent + left * total / intent_weight <= MOST:
        entry["together"] = True
        entry["points"] = _up(full)
        entry["intent"] = _up(intent + left * total / intent_weight)
        both = f"{wording.points(entry['points'])} and intent at {wording.at_least(entry['intent'])} or above"
        return f"{head}: {both}", entry
    return f"{head}: engagement and intent alone cannot lift it there with fit at {wording.amount(row['fit'])}", entry


def _up(value: float) -> float:
    """Rounded up to millionths, past the noise of a float and the rounding of the score."""
    return math.ceil(value * MICRO + 1) / MICRO


def _below(value: float, bar: float) -> str:
    """A measure in words that never rounds up to the bar it misses."""
    return next(
        (text for digits in (1, 2, 6) if (text := wording.amount(value, digits=digits)) != wording.amount(bar)), ""
    )


def _nearest_rule(measured: list[Row], rules: tuple[Rule, ...], *, has_keys: bool) -> tuple[str, list[str], int]:
    """The rule that lacks least (in shares of what it asks), in words, and the others."""
    told = [_rule(item, rule, has_keys=has_keys) for item, rule in zip(measured, rules, strict=True)]
    order = sorted(range(len(told)), key=lambda index: (told[index][0], index))
    return told[order[0]][1], [wording.sentence(told[index][1]) for index in order[1:]], order[0]


def _rule(item: Row, rule: Rule, *, has_keys: bool) -> tuple[float, str]:
    short = max(0, rule.min_people - item["people"])
    lack = short / rule.min_people
    key = " of a key persona" if has_keys else ""
    if isinstance(rule, QualifiedLeads):
        return lack, wording.more(short, "MQL")
    if isinstance(rule, QualifiedPersonas):
        other = " (each of another persona)" if rule.distinct_personas else ""
        return lack, wording.more(short, "MQL") + key + other
    amount, asked = _amounts(item, rule)
    gap = max(0.0, asked - amount)
    lack += gap / asked if asked else 0.0
    parts = []
    if isinstance(rule, PersonaPoints):
        other = " (of another one)" if rule.distinct_personas and key else ""
        if short:
            parts.append(f"{wording.more(short, 'person', 'people')}{key}{other} with points")
        if gap:
            parts.append(f"{wording.points(gap)}{' of key personas' if has_keys else ''}")
    else:
        if short:
            bar = wording.amount(rule.min_person_minutes)
            parts.append(f"{wording.more(short, 'person', 'people')} with {bar} minutes or more")
        if gap:
            parts.append(f"{wording.at_least(gap)} more minutes")
    return lack, f"{wording.join(parts)} in {rule.days} days"


def _amounts(item: Row, rule: PersonaPoints | Minutes) -> tuple[float, float]:
    """What a rule measured and what it asks, points or minutes."""
    if isinstance(rule, PersonaPoints):
        return item["points"], rule.min_points
    return item["minutes"], rule.min_minutes
