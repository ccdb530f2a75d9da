"""What comes in of people who were erased is taken and dropped (domain.md §2: erasure is honoured everywhere).

The sender gets its 200, the ledger the message id, and the erasure a count; nothing of the person is stored.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from accounts import suppression
from signals.ingest.parse import MAX_ID, Event, SetAside

# The code of an event that was emptied: nobody need look at it.
GONE = "erased"

Entry = TypeVar("Entry", Event, SetAside, Event | SetAside)


def look(events: Iterable[Event], kept_whole: Iterable[Event | SetAside] = ()) -> dict[str, int]:
    """What these name that was an erased person's, with the erasure. Held against an erasure at this moment."""
    named = {name for event in events for name in _names(event)}
    return suppression.hold_and_look(named | {text for entry in kept_whole for text in _texts(entry.payload)})


def without_erased(events: Sequence[Event], gone: Mapping[str, int]) -> Sequence[Event]:
    """The events of everybody else, and what the others say of companies."""
    if not gone:
        return events
    names = {event.message_id: _names(event) for event in events}
    dropped = {key: gone[hit] for key, found in names.items() if (hit := next((n for n in found if n in gone), None))}
    suppression.count_turned_away(dropped.values())
    # What a `group` message says is the company's, whoever sent it.
    kept = (_of_company(event) if event.message_id in dropped else event for event in events)
    return [event for event in kept if event is not None]


def unnamed(entries: Sequence[Entry], gone: Mapping[str, int]) -> list[Entry]:
    """Events that are kept whole to be looked at: those that name an erased person lose their content."""
    if not gone:
        return list(entries)
    return [_unnamed(entry) if any(text in gone for text in _texts(entry.payload)) else entry for entry in entries]


def _unnamed(entry: Entry) -> Entry:
    if isinstance(entry, SetAside):
        return replace(entry, payload={}, message_id=GONE, code=GONE, reason="The person it is about was erased.")
    return replace(entry, payload={}, message_id=GONE)


def _of_company(event: Event) -> Event | None:
    if event.kind != "group":
        return None
    return replace(event, user_id="", email="", visitor="", previous_id="", person_traits={}, payload={}, context={})


def _names(event: Event) -> tuple[str, ...]:
    return tuple(name for name in (event.email, event.user_id, event.visitor, event.previous_id) if name)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if 0 < len(value) <= MAX_ID:
            yield value.strip().lower()
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
