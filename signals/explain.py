"""Evidence in words: a sentence for each gate, and one short line for a row of the queue. Pure.

Evidence names ids only; whoever shows it passes the names. What has no name is told without one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from signals import wording

Row = dict[str, Any]
Names = Mapping[int, str]

TYPE_NAMES = {
    "demo_request": "demo request",
    "contact_request": "contact request",
    "pricing_page": "pricing",
    "comparison": "a comparison",
    "trial_started": "a trial",
    "roi_calculator": "the ROI calculator",
    "meeting_held": "a meeting",
    "webinar_attended": "a webinar",
    "event_attended": "an event",
    "case_study": "a case study",
    "content_download": "a download",
}


def explain(evidence: Row, *, themes: Names | None = None, contacts: Names | None = None) -> list[str]:
    """One plain sentence a gate, in their order: what was measured and what was asked."""
    gates = {gate["name"]: gate for gate in evidence["gates"]}
    return [
        _relevance(gates["relevance"]),
        _cluster(gates["cluster"], evidence["cluster"]),
        _spread(gates["spread"], contacts or {}),
        _direction(gates["direction"], themes or {}),
        _threshold(gates["threshold"]),
    ]


def why_line(evidence: Row, *, themes: Names | None = None, contacts: Names | None = None) -> str:
    """Why this account, now, in one line."""
    raised = evidence["hand_raise"]
    if raised is not None and not evidence["qualified"]:
        who = (contacts or {}).get(raised["contact"])
        line = "Hand-raise" + (f" by {who}" if who else "")
        return f"{line}; {_first_missing(evidence['missing'])}"
    spread = _gate(evidence, "spread")
    cluster = evidence["cluster"]
    if not evidence["qualified"]:
        return missing_line(evidence["missing"])
    length = (date.fromisoformat(cluster["last_day"]) - date.fromisoformat(cluster["first_day"])).days + 1
    line = f"{wording.count(spread['measured'], 'person', 'people')} in {wording.count(length, 'day')}"
    direction = _gate(evidence, "direction")
    theme = (themes or {}).get(direction["theme"]) if direction["theme"] is not None else None
    if direction["evaluation"]:
        line += " in evaluation"
    elif theme:
        line += f" on {theme}"
    notable = _notable(evidence)
    if raised is not None:
        notable.insert(0, "hand-raise")
    if direction["topics"]:
        notable.append("intent surging")
    elif evidence["topics"]:
        notable.append(f"intent surging on {evidence['topics'][0]['topic']}")
    return wording.sentence(line) + (f": {'; '.join(notable)}" if notable else "")


def _gate(evidence: Row, name: str) -> Row:
    return next(gate for gate in evidence["gates"] if gate["name"] == name)


def missing_line(entries: Sequence[Row]) -> str:
    """`why_line` of a center that neither qualifies nor raised its hand; of `entries` (as in evidence) only the first is read."""
    return wording.sentence(_first_missing(entries))


def _first_missing(entries: Sequence[Row]) -> str:
    """The smallest change at the block, without its details."""
    if not entries:
        return ""
    first = entries[0]["text"].split(";")[0]
    if len(entries) == 1 and entries[0]["gate"] == "spread":
        return f"{first[:1].lower()}{first[1:]} would make it an MQA"
    return f"missing: {first[:1].lower()}{first[1:]}"


def _notable(evidence: Row) -> list[str]:
    """The type that gave most points, if it says something, and how often; an executive among the people."""
    found = []
    for item in evidence["types"][:1]:
        name = TYPE_NAMES.get(item["type"])
        if name:
            times = f" ×{item['touches']}" if item["touches"] > 1 else ""
            found.append(f"{name}{times}")
    executives = _gate(evidence, "spread")["executives"]
    if executives:
        found.append(wording.count(executives, "executive") + " engaged")
    return found


def _relevance(gate: Row) -> str:
    fit = f"fit {wording.amount(gate['fit'])}"
    if gate["passed"]:
        return f"In the ICP: {fit} of at least {wording.amount(gate['min_fit'])}."
    if gate["measured"] == "unknown":
        fields = wording.join([wording.field_name(field) for field in gate["unknown"]])
        return f"Not yet known to be in the ICP: {fields} unknown, {fit}."
    return f"Outside the ICP: {fit} of at least {wording.amount(gate['min_fit'])}."


def _cluster(gate: Row, cluster: Row) -> str:
    measured = wording.count(gate["measured"], "person-day")
    if cluster["first_day"] is None:
        return f"No touches lately; {gate['required']} person-days close together are needed."
    days = wording.days(date.fromisoformat(cluster["first_day"]), date.fromisoformat(cluster["last_day"]), word="to")
    return f"{measured}, {days} ({gate['required']} needed)."


def _spread(gate: Row, contacts: Names) -> str:
    people = wording.count(gate["measured"], "person", "people")
    names = [contacts[contact] for contact in gate["people"] if contact in contacts]
    text = f"{people} with at least {wording.amount(gate['min_person_points'])} points ({gate['required']} needed)"
    if names:
        text += f": {wording.join(names)}"
    extra = []
    if gate["departments"] > 1:
        extra.append(wording.count(gate["departments"], "department"))
    if gate["executives"]:
        extra.append(wording.count(gate["executives"], "executive"))
    return wording.sentence(text + (f"; {wording.join(extra)}" if extra else "")) + "."


def _direction(gate: Row, themes: Names) -> str:
    share, required = wording.amount(100 * gate["measured"]), wording.amount(100 * gate["required"])
    if gate["warning"] == "no_theme_rules":
        return "Direction passes because no themes are set up yet."
    if gate["evaluation"]:
        return "Evaluation: all points come from decision-stage touches such as pricing."
    if gate["theme"] is None:
        return f"No points on any theme; {required} % on one are needed."
    text = f"{share} % of points on {themes.get(gate['theme'], 'one theme')} ({required} % needed)"
    if gate["topics"]:
        topics = [f"{item['topic']} at {wording.amount(item['composite'])}" for item in gate["topics"]]
        text += f"; intent on it surges: {wording.join(topics)}"
    return text + "."


def _threshold(gate: Row) -> str:
    text = f"Score {wording.amount(gate['measured'])} ({wording.amount(gate['required'])} needed)"
    rules = [_rule(rule) for rule in gate["rules"] if rule["holds"]]
    if rules:
        text += f"; {wording.join(rules)}"
    else:
        text += "; no rule of the policy holds: " + wording.join([_rule(rule) for rule in gate["rules"]])
    if gate["intent_surge"]["required"]:
        text += "; intent surges" if gate["intent_surge"]["measured"] else "; intent does not surge, as the policy asks"
    return text + "."


def _rule(rule: Row) -> str:
    """What a rule measured, and in brackets what it asks."""
    people, asked = rule["people"], rule["min_people"]
    if rule["kind"] == "persona_points":
        points = f"{wording.amount(rule['points'])} points in {rule['days']} days"
        needed = f"({asked} and {wording.amount(rule['min_points'])} needed)"
        return f"{wording.count(people, 'key person', 'key people')} at {points} {needed}"
    if rule["kind"] == "minutes":
        minutes = f"{wording.amount(rule['minutes'])} minutes in {rule['days']} days"
        needed = f"({wording.amount(rule['min_minutes'])} and {asked} needed)"
        return f"{minutes}, {wording.count(people, 'person', 'people')} with enough of them {needed}"
    name = "MQL" if rule["kind"] == "qualified_leads" else "key-persona MQL"
    return f"{wording.count(people, name)} ({asked} needed)"
