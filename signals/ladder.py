"""The five gates in words, from a decision's evidence (domain.md §4). Pure: names of people and themes are arguments.

Everything that says what a gate measured says it from here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from accounts.formatting import counted, number, percent, shown
from signals import wording

LABELS: Final = {
    "relevance": "Relevance",
    "cluster": "Cluster",
    "spread": "Spread",
    "direction": "Direction",
    "threshold": "Threshold",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids of evidence are called. `people`: a title, or a name where there is none."""

    people: Mapping[int, str]
    themes: Mapping[int, str]
    company: str = ""  # "Logistics, 1,200 people, uses SAP"


@dataclass(frozen=True, slots=True)
class Rung:
    """One gate as templates/components/ladder.html shows it. `emphasis`: what of the text stands out."""

    name: str
    state: str
    text: str
    measured: str
    missing: str = ""
    emphasis: str = ""


def rungs(evidence: Mapping[str, Any], names: Names) -> list[Rung]:
    """All five gates in order; those behind the block read as not reached, with what was measured all the same."""
    missing = {item["gate"]: item["text"] for item in evidence.get("missing", [])}
    found, blocked = [], False
    for gate in evidence.get("gates", []):
        name, passed = gate["name"], gate["passed"]
        state = "unreached" if blocked else "pass" if passed else "block"
        blocked = blocked or not passed
        text, measured = _TELL[name](gate, evidence, names)
        theme = names.themes.get(gate["theme"], "") if name == "direction" and gate.get("theme") is not None else ""
        found.append(Rung(LABELS[name], state, text, measured, "" if passed else missing.get(name, ""), theme))
    return found


# Stored evidence never changes: a warning that was renamed is read under both names.
RENAMED_WARNINGS: Final = {"no_theme_rules": "no_themes"}


def warnings(evidence: Mapping[str, Any]) -> list[str]:
    """What makes the verdict weaker than it looks, in words."""
    words = {
        "no_themes": "No themes are set up yet, so direction passes unseen.",
        "no_key_personas": "No key personas are marked, so everybody counts as key.",
        "intent_not_connected": "No intent source has delivered for 30 days, so intent is left out of the score.",
    }
    keys = [RENAMED_WARNINGS.get(key, key) for key in evidence.get("warnings", [])]
    return [words[key] for key in keys if key in words]


def _relevance(gate: Mapping[str, Any], _: Mapping[str, Any], names: Names) -> tuple[str, str]:
    fit = gate.get("fit")
    status = {"in": "In the ICP", "out": "Outside the ICP", "unknown": "Not known whether it is in the ICP"}[
        gate["measured"]
    ]
    text = f"{status}: fit {number(shown(fit or 0))}"
    unknown = [wording.field_name(field) for field in gate.get("unknown", [])]
    if gate["measured"] == "in":
        text += f". {names.company}" if names.company else ""
    elif unknown:
        text += f"; {wording.join(unknown)} {'is' if len(unknown) == 1 else 'are'} unknown"
    return text, f"{shown(fit or 0)} / {number(gate.get('min_fit'))}"


def _cluster(gate: Mapping[str, Any], evidence: Mapping[str, Any], _: Names) -> tuple[str, str]:
    span = evidence.get("cluster") or {}
    days = gate["measured"]
    if not days or not span.get("first_day"):
        return "Nobody was active in the last 30 days", f"0 / {gate['required']}"
    first, last = date.fromisoformat(span["first_day"]), date.fromisoformat(span["last_day"])
    length = (last - first).days + 1
    return (
        f"{counted(days, 'person-day')} within {counted(length, 'day')}, {_days(first, last)}",
        f"{days} / {gate['required']}",
    )


def _spread(gate: Mapping[str, Any], _: Mapping[str, Any], names: Names) -> tuple[str, str]:
    ids = gate.get("people", [])
    count = gate["measured"]
    text = counted(count, "known person,people") if count else "Nobody known has points in it"
    titles = [names.people.get(pk, "an erased person") for pk in ids[:4]]
    if titles:
        rest = len(ids) - len(titles)
        text = f"{counted(count, 'person,people')}: {', '.join(titles)}{f' and {rest} more' if rest else ''}"
    if gate.get("departments", 0) > 1:
        text += f"; {counted(gate['departments'], 'department')}"
    if gate.get("executives"):
        text += f"; {counted(gate['executives'], 'executive')}"
    return text, f"{count} / {gate['required']}"


def _direction(gate: Mapping[str, Any], _: Mapping[str, Any], names: Names) -> tuple[str, str]:
    share = gate["measured"] or 0.0
    measured = f"{number(share, 2)} / {number(gate['required'], 2)}"
    if gate.get("evaluation"):
        return "Pricing and demo alone: they are evaluating", measured
    if gate.get("theme") is None:
        words = "No themes are set up, so this passes" if gate.get("warning") else "No touch of it is on a theme"
        return words, measured
    theme = names.themes.get(gate["theme"], "a theme")
    topics = gate.get("topics", [])
    surge = ""
    if topics:
        top = max(topics, key=lambda item: item["composite"])
        surge = f"; intent on the same theme surges at {shown(top['composite'])}"
    return f"{percent(share)} of points on {theme}{surge}", measured


def _threshold(gate: Mapping[str, Any], _: Mapping[str, Any], __: Names) -> tuple[str, str]:
    score, required = gate["measured"] or 0.0, gate["required"]
    text = f"Score {shown(score)}"
    rules: Sequence[Mapping[str, Any]] = gate.get("rules", [])
    holding = next((rule for rule in rules if rule["holds"]), None)
    told = holding or (rules[0] if rules else None)
    if told:
        text += f"; {rule_words(told)}" if holding else f"; no rule holds: {rule_words(told)}"
    surge = gate.get("intent_surge") or {}
    if surge.get("required"):
        text += "; intent surges" if surge["measured"] else "; no topic surges"
    return text, f"{shown(score)} / {number(required)}"


def rule_words(rule: Mapping[str, Any]) -> str:
    """“two key personas at 46 points in 30 days”: what a rule measured."""
    people = rule["people"]
    kind = rule["kind"]
    if kind == "persona_points":
        who = wording.count(people, "person of key personas", "people of key personas")
        needed = f"needed: {rule['min_people']} at {wording.amount(rule['min_points'])}"
        return f"{who} at {wording.amount(rule['points'])} points in {rule['days']} days ({needed})"
    if kind == "minutes":
        who = wording.count(people, "person", "people")
        return f"{wording.amount(rule['minutes'])} minutes in {rule['days']} days, {who} long enough"
    noun = "MQL of a key persona" if kind == "qualified_personas" else "MQL"
    return f"{wording.count(people, noun, noun.replace('MQL', 'MQLs', 1))} (needed: {rule['min_people']})"


def _days(first: date, last: date) -> str:
    if first == last:
        return f"{first:%b} {first.day}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first:%b} {first.day} to {last.day}"
    return f"{first:%b} {first.day} to {last:%b} {last.day}"


_TELL: Final = {
    "relevance": _relevance,
    "cluster": _cluster,
    "spread": _spread,
    "direction": _direction,
    "threshold": _threshold,
}
