"""One message of the Segment specification: a normalised event, or why it is set aside (domain.md §8). Pure.

Time: `timestamp` (or `originalTimestamp`) by the sender's clock. With `sentAt` the clock's error is known, received less
sent, and added, as the specification says; an error below SKEW_SECONDS is the way here rather than the clock and is left
alone, so that the same events in other batches get the same moments. An event that has both timestamps was corrected by
who forwarded it. Moments in the future are kept and count from their day on; without a timestamp it is the arrival.

Identity: `messageId` makes an event one. Without it the digest of the body does, so that a resend is no second event; but
where there is no timestamp either, nothing tells a resend from a second event, and each is one.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from accounts.matching import domain_of_group, is_free_mail
from signals.ingest.traits import email_of, usable_email
from signals.ingest.wire import EVENT_BYTES

KINDS = ("track", "page", "screen", "identify", "group", "alias")
TOUCHES = frozenset({"track", "page", "screen"})
MAX_ID = 255
SKEW_SECONDS = 5
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=366)
# Of the envelope: differ from one sending to the next of the same event.
_ENVELOPE = frozenset({"sentAt", "writeKey", "receivedAt"})
_EMPTY: dict[str, Any] = {}


@dataclass(slots=True)
class Event:
    """An event as the store takes it. Ids are "" where none was sent; `email` is normalised.

    `domain`, `account_id` and `touch_type` (its key) are what a file's row says outright; no message of a client does.
    """

    kind: str
    message_id: str = ""
    digest: bytes = b""
    body: bytes = b""
    occurred_at: datetime = EARLIEST
    name: str = ""
    path: str = ""
    visitor: str = ""
    user_id: str = ""
    previous_id: str = ""
    group_id: str = ""
    email: str = ""
    traits: Mapping[str, Any] = field(default_factory=dict)
    person_traits: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    payload: Any = None
    domain: str = ""
    account_id: int | None = None
    touch_type: str = ""


@dataclass(slots=True)
class SetAside:
    """An event that can't be taken as it is, with the reason."""

    message_id: str
    digest: bytes
    body: bytes
    code: str
    reason: str
    payload: Any


@dataclass
class _Bad(Exception):
    code: str
    reason: str


def parse(
    message: Any,
    *,
    received_at: datetime,
    kind: str | None = None,
    sent_at: datetime | None = None,
    context: Mapping[str, Any] = _EMPTY,
    address: str = "",
) -> Event | SetAside:
    """Read one message. `kind` is the endpoint's, None in a batch, whose `sentAt` and `context` are given.

    `address`: what becomes `context.ip` where it says none.
    """
    canonical = _canonical(message, kind)
    body = hashlib.sha256(canonical).digest()[:16]
    message_id = ""
    try:
        message_id = _message_id(_checked(message, len(canonical), kind), canonical)
        event = _event(message, kind, context)
        if address and event.context.get("ip") in (None, ""):
            event.context = {**event.context, "ip": address}
        event.occurred_at = _occurred_at(message, received_at, moment(message.get("sentAt")) or sent_at)
    except _Bad as bad:
        message_id = message_id or _digest_id(canonical)
        # Kept with what the endpoint said it is, so that it can be taken again by itself.
        payload = {**message, "type": kind} if kind and isinstance(message, Mapping) else message
        return SetAside(message_id, _digest(message_id), body, bad.code, bad.reason, payload)
    event.message_id, event.digest, event.body = message_id, _digest(message_id), body
    event.payload = {**message, "type": event.kind}
    return event


def moment(value: Any) -> datetime | None:
    """An ISO 8601 text (`Z`, an offset, else UTC), or seconds or milliseconds since 1970, in UTC; None if neither."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).astimezone(UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) >= 1e11 else value, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _checked(message: Any, size: int, kind: str | None) -> Mapping[str, Any]:
    if not isinstance(message, Mapping):
        raise _Bad("not_an_object", "An event is a JSON object.")
    if kind and "type" not in message:
        size -= len(f'"type":"{kind}",')  # ours, of the canonical form
    if size > EVENT_BYTES:
        raise _Bad("event_too_large", f"The event has {size:,} bytes, more than {EVENT_BYTES:,}.")
    return message


def _event(message: Mapping[str, Any], kind: str | None, batch_context: Mapping[str, Any]) -> Event:
    kind = kind or _kind(message)
    context = {**batch_context, **_object(message, "context")}
    event = Event(
        kind=kind,
        visitor=_id(message, "anonymousId"),
        user_id=_id(message, "userId"),
        previous_id=_id(message, "previousId"),
        group_id=_id(message, "groupId") or _id(context, "groupId"),
        traits=_object(message, "traits"),
        properties=_object(message, "properties"),
        context=context,
    )
    _check_kind(event, message)
    if kind == "identify":
        # RudderStack's clients send the traits of identify in the context.
        event.traits = {**_mapping(context.get("traits")), **event.traits}
    event.person_traits = event.traits if kind == "identify" else _mapping(context.get("traits"))
    event.email = email_of(event.person_traits) or usable_email(event.user_id)
    if not event.email and not event.user_id and kind in TOUCHES:
        event.email = email_of(event.properties)
    if kind == "identify":
        _check_identify(event)
    if event.group_id and kind != "group":
        # Nobody has to introduce a group whose id is its domain.
        domain = domain_of_group(event.group_id)
        event.domain = "" if is_free_mail(domain) else domain
    if kind in TOUCHES:
        event.path = path_of(event.properties, context)
    return event


def _check_kind(event: Event, message: Mapping[str, Any]) -> None:
    if event.kind == "track":
        name = message.get("event")
        if not isinstance(name, str) or not name.strip():
            raise _Bad("no_event_name", "A track event needs its name in “event”.")
        event.name = name.strip()[:255]
    elif event.kind in {"page", "screen"}:
        properties = event.properties
        candidates = (message.get("name"), properties.get("name"), properties.get("title"), message.get("category"))
        event.name = next((text.strip()[:255] for text in candidates if isinstance(text, str) and text.strip()), "")
    elif event.kind == "group":
        if not event.group_id:
            raise _Bad("no_group_id", "A group event needs a “groupId”.")
    elif event.kind == "alias" and not (event.previous_id and event.user_id):
        raise _Bad("no_previous_id", "An alias event needs “previousId” and “userId”.")


def _check_identify(event: Event) -> None:
    company = _mapping(event.traits.get("company"))
    if not event.group_id and company:
        event.group_id = _id(company, "id")
    if not (event.user_id or event.visitor or event.email):
        raise _Bad("no_identity", "An identify event needs a “userId”, an “anonymousId” or the trait “email”.")


def path_of(properties: Mapping[str, Any], context: Mapping[str, Any]) -> str:
    """The path of the page: as named, else of its address, else of the page that the context says it happened on."""
    page = _mapping(context.get("page"))
    for place in (properties, page):
        path = place.get("path")
        if isinstance(path, str) and path.strip():
            return clean_path(path)
        url = place.get("url")
        if isinstance(url, str) and url.strip():
            return clean_path(url)
    return ""


def clean_path(text: str) -> str:
    """The path of a path or web address, with its slash in front, without query and fragment."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:  # an unclosed bracket
        return ""
    path = parts.path or "/"
    return ("" if path.startswith("/") else "/") + path[:499]


def _kind(message: Mapping[str, Any]) -> str:
    kind = message.get("type") or message.get("action")
    kind = kind.lower() if isinstance(kind, str) else ""
    if kind not in KINDS:
        raise _Bad("unknown_type", f"An event's “type” is one of {', '.join(KINDS)}.")
    return kind


def _occurred_at(message: Mapping[str, Any], received_at: datetime, sent_at: datetime | None) -> datetime:
    original, corrected = message.get("originalTimestamp"), message.get("timestamp")
    said = corrected if corrected is not None else original
    if said is None:
        return received_at
    at = moment(said)
    if at is None:
        raise _Bad("bad_timestamp", "The timestamp is not ISO 8601, like 2026-11-21T09:30:00Z.")
    if sent_at is not None and (original is None or corrected is None):
        skew = received_at - sent_at
        if abs(skew.total_seconds()) > SKEW_SECONDS:
            try:
                at += skew
            except OverflowError:
                raise _Bad("timestamp_out_of_range", "The timestamp is too far away.") from None
    if not EARLIEST <= at <= received_at + LATEST_AHEAD:
        raise _Bad("timestamp_out_of_range", f"The timestamp {at:%Y-%m-%d} is before 2000 or more than a year ahead.")
    return at


def _id(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _Bad("bad_id", f"“{name}” is a text or a number.")
    value = value.strip()
    if len(value) > MAX_ID:
        raise _Bad("id_too_long", f"“{name}” has more than {MAX_ID} characters.")
    return value


def _message_id(message: Mapping[str, Any], canonical: bytes) -> str:
    found = _id(message, "messageId")
    if found:
        return found
    if message.get("timestamp") is None and message.get("originalTimestamp") is None:
        return f"generated-{uuid.uuid4()}"
    return _digest_id(canonical)


def _object(message: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = message.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _Bad(f"bad_{name}", f"“{name}” is a JSON object.")
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else _EMPTY


def _canonical(message: Any, kind: str | None) -> bytes:
    if isinstance(message, Mapping):
        message = {name: value for name, value in message.items() if name not in _ENVELOPE}
        if kind:
            message["type"] = kind
    return json.dumps(message, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _digest(message_id: str) -> bytes:
    return hashlib.sha256(message_id.encode()).digest()[:16]


def _digest_id(canonical: bytes) -> str:
    return f"digest-{hashlib.sha256(canonical).hexdigest()[:32]}"
