"""What a custom field must say: for admin and API alike. Pure."""

from collections.abc import Mapping
from typing import Any

MOST_CHOICES = 500
_LONGEST = 120


def problems_of_field(said: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with which field of the whole row, in words for people."""
    choices = said.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(one, str) and 0 < len(one) <= _LONGEST for one in choices):
        return {"choices": f'A list of texts of at most {_LONGEST} characters, like ["Gold", "Silver"].'}
    if len(set(choices)) < len(choices):
        return {"choices": "One of them is there twice."}
    if len(choices) > MOST_CHOICES:
        return {"choices": f"At most {MOST_CHOICES}."}
    if said.get("kind") == "choice" and not choices:
        return {"choices": "Say what there is to choose from."}
    if said.get("kind") != "choice" and choices:
        return {"choices": "Only a field of kind choice has choices."}
    return {}
