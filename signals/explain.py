"""Evidence as one short line for a row of the queue. Pure. Gate by gate it is told by signals/ladder.py.

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
