"""What a rule that reads events must say, and what a touch type can't: for pages, admin and API alike. Pure.

Each takes the whole row by its fields and returns what is wrong with which field, in words for people.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.matching import registrable_domain
from signals.reading import MOST_MINUTES, squeeze
from signals.traffic import EMAIL_DOMAIN, IP, KNOWN, KNOWN_BOTS, PROPERTY, USER_AGENT, network

Said = Mapping[str, Any]
_SHORTEST_WORD = 3


def of_event_rule(said: Said) -> dict[str, str]:
    """What both kinds of rules share: a property is named when one is looked at; a value says something."""
    found: dict[str, str] = {}
    if said.get("field") == "property" and not said.get("property_name"):
        found["property_name"] = "Say which property."
    if said.get("field") == "event" and said.get("value") and not squeeze(said["value"]):
        found["value"] = "An event's name has letters or digits: case and separators are ignored."
    return found


def of_mapping_rule(said: Said) -> dict[str, str]:
    """A mapping rule's fields fit together."""
    found = of_event_rule(said)
    if words := of_minutes(said.get("minutes")):
        found["minutes"] = words
    if said.get("property_value") and not said.get("property_name"):
        found["property_name"] = "Say of which property."
    if said.get("property_name") and said.get("field") != "property" and not said.get("property_value"):
        found["property_value"] = "Say which words it is to have."
    return found


def of_minutes(minutes: Decimal | None) -> str:
    """Minutes of one touch."""
    if minutes is not None and not 0 <= minutes <= MOST_MINUTES:
        return f"Between 0 and {MOST_MINUTES:,} minutes, a day."
    return ""


def clean_traffic(said: Said) -> dict[str, str]:
    """`value` and `property_name` of a traffic rule as they are stored."""
    value = (said.get("value") or "").strip().casefold()
    if said.get("field") == EMAIL_DOMAIN and value:
        value = registrable_domain(value) or ""
    return {"value": value, "property_name": (said.get("property_name") or "") if said.get("field") == PROPERTY else ""}


def of_traffic_rule(said: Said) -> dict[str, str]:
    """A traffic rule says whose events, in a form that can be compared."""
    look_at, value = said.get("field"), clean_traffic(said)["value"]
    found: dict[str, str] = {}
    if not (said.get("value") or "").strip():
        return found  # the field itself asks for it
    if look_at == EMAIL_DOMAIN and not value:
        found["value"] = "Write the domain of the addresses like acme.com."
    if look_at == KNOWN and value != KNOWN_BOTS:
        found["value"] = f"The list is called {KNOWN_BOTS}."
    if look_at == IP and network(value) is None:
        found["value"] = "Write an address like 192.0.2.7 or a network like 192.0.2.0/24."
    if look_at == PROPERTY and not said.get("property_name"):
        found["property_name"] = "Say which property."
    if look_at == USER_AGENT and len(value) < _SHORTEST_WORD:
        found["value"] = "So short a word is in the user agents of people too."
    return found
