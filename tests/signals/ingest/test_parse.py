"""Single messages: what they become, and why they are set aside. No database."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from signals.ingest.parse import Event, SetAside, clean_path, moment, parse
from signals.ingest.wire import clean

RECEIVED = datetime(2026, 11, 20, 12, tzinfo=UTC)


def read(message: Any, **options: Any) -> Event:
    found = parse(message, received_at=RECEIVED, **options)
    assert isinstance(found, Event), found
    return found


def refused(message: Any, **options: Any) -> tuple[str, str]:
    found = parse(message, received_at=RECEIVED, **options)
    assert isinstance(found, SetAside), found
    return found.code, found.reason


# The specification's own samples

CONTEXT = {
    "active": True,
    "app": {"name": "InitechGlobal", "version": "545", "build": "3.0.1.545"},
    "campaign": {"name": "TPS Innovation Newsletter", "source": "Newsletter", "medium": "email"},
    "ip": "8.8.8.8",
    "page": {"path": "/academy/", "referrer": "", "search": "", "title": "A", "url": "https://example.com/academy/"},
    "userAgent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_5)",
}
ENVELOPE = {
    "anonymousId": "23adfd82-aa0f-45a7-a756-24f2a7a4c895",
    "context": CONTEXT,
    "messageId": "022bb90c-bbac-11e4-8dfc-aa07a5b093db",
    "receivedAt": "2015-12-10T04:08:31.909Z",
    "sentAt": "2015-12-10T04:08:31.581Z",
    "originalTimestamp": "2015-12-10T04:08:31.581Z",
    "timestamp": "2015-12-10T04:08:31.905Z",
    "userId": "97980cfea0067",
    "version": "1.1",
}


def test_the_track_sample() -> None:
    event = read(
        {**ENVELOPE, "type": "track", "event": "Registered", "properties": {"plan": "Pro Annual", "accountType": "FB"}}
    )
    assert (event.kind, event.name, event.path, event.user_id, event.visitor, event.message_id) == (
        "track",
        "Registered",
        "/academy/",
        "97980cfea0067",
        "23adfd82-aa0f-45a7-a756-24f2a7a4c895",
        "022bb90c-bbac-11e4-8dfc-aa07a5b093db",
    )
    assert event.occurred_at == datetime(2015, 12, 10, 4, 8, 31, 905000, tzinfo=UTC)
    assert event.digest == hashlib.sha256(b"022bb90c-bbac-11e4-8dfc-aa07a5b093db").digest()[:16]


def test_the_page_sample() -> None:
    event = read(
        {
            **ENVELOPE,
            "type": "page",
            "name": "Home",
            "properties": {"title": "Welcome | Initech", "url": "http://www.initech.com/welcome/?a=1#x"},
        }
    )
    assert (event.kind, event.name, event.path) == ("page", "Home", "/welcome/")


def test_the_screen_sample() -> None:
    event = read({**ENVELOPE, "context": {}, "type": "screen", "name": "Home", "properties": {"Feed Type": "private"}})
    assert (event.kind, event.name, event.path) == ("screen", "Home", "")


def test_the_identify_sample() -> None:
    event = read(
        {
            **ENVELOPE,
            "type": "identify",
            "traits": {"name": "Peter Gibbons", "email": "Peter@Example.com", "plan": "premium", "logins": 5},
        }
    )
    assert (event.kind, event.email) == ("identify", "peter@example.com")
    assert event.person_traits["name"] == "Peter Gibbons"


def test_identify_may_have_its_traits_in_the_context_as_rudderstack_s_clients_send_them() -> None:
    event = read(
        {
            **ENVELOPE,
            "type": "identify",
            "context": {"traits": {"email": "old@example.com", "title": "VP", "company": {"id": "acme"}}},
            "traits": {"email": "new@example.com"},
        }
    )
    assert (event.email, event.person_traits["title"], event.group_id) == ("new@example.com", "VP", "acme")


def test_the_group_sample() -> None:
    event = read(
        {
            **ENVELOPE,
            "type": "group",
            "groupId": "0e8c78ea9d97a7b8185e8632",
            "traits": {"name": "Initech", "industry": "Technology", "employees": 329, "total billed": 830},
        }
    )
    assert (event.kind, event.group_id, event.traits["employees"]) == ("group", "0e8c78ea9d97a7b8185e8632", 329)


def test_the_alias_sample() -> None:
    event = read({**ENVELOPE, "type": "alias", "previousId": "39239-239239-239239-23923", "userId": "507f191e81"})
    assert (event.previous_id, event.user_id) == ("39239-239239-239239-23923", "507f191e81")


# Time


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2012-12-02T00:30:08.276Z", datetime(2012, 12, 2, 0, 30, 8, 276000, tzinfo=UTC)),
        ("2012-12-02T00:30:08+02:00", datetime(2012, 12, 1, 22, 30, 8, tzinfo=UTC)),
        ("2012-12-02T00:30:08", datetime(2012, 12, 2, 0, 30, 8, tzinfo=UTC)),
        ("2012-12-02 00:30:08.123456789Z", datetime(2012, 12, 2, 0, 30, 8, 123456, tzinfo=UTC)),
        ("2012-12-02", datetime(2012, 12, 2, tzinfo=UTC)),
        (1354408208, datetime(2012, 12, 2, 0, 30, 8, tzinfo=UTC)),
        (1354408208276, datetime(2012, 12, 2, 0, 30, 8, 276000, tzinfo=UTC)),
        ("yesterday", None),
        ("2012-13-02", None),
        (True, None),
        ({}, None),
        (1e300, None),
        ("0001-01-01T00:00:00+23:59", None),
    ],
)
def test_moments(text: object, expected: datetime | None) -> None:
    assert moment(text) == expected


def test_a_wrong_clock_is_set_right_by_when_the_sender_says_it_sent() -> None:
    event = read(
        {"type": "track", "event": "x", "timestamp": "2026-11-20T10:00:00Z"},
        sent_at=datetime(2026, 11, 20, 11, tzinfo=UTC),
    )
    assert event.occurred_at == datetime(2026, 11, 20, 11, tzinfo=UTC)
    event = read(
        {"type": "track", "event": "x", "originalTimestamp": "2026-11-20T10:00:00Z", "sentAt": "2026-11-20T13:00:00Z"}
    )
    assert event.occurred_at == datetime(2026, 11, 20, 9, tzinfo=UTC)


def test_the_way_here_is_no_wrong_clock() -> None:
    event = read(
        {"type": "track", "event": "x", "timestamp": "2026-11-20T10:00:00Z"}, sent_at=RECEIVED - timedelta(seconds=5)
    )
    assert event.occurred_at == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_a_timestamp_that_was_corrected_by_who_forwarded_it_is_left_alone() -> None:
    event = read(
        {
            "type": "track",
            "event": "x",
            "timestamp": "2026-11-20T10:00:00Z",
            "originalTimestamp": "2026-11-20T08:00:00Z",
            "sentAt": "2026-11-20T09:00:00Z",
        }
    )
    assert event.occurred_at == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_without_a_timestamp_it_is_the_arrival_and_the_future_is_kept() -> None:
    assert read({"type": "track", "event": "x"}).occurred_at == RECEIVED
    assert read({"type": "track", "event": "x", "timestamp": "2027-01-01T00:00:00Z"}).occurred_at.year == 2027


@pytest.mark.parametrize("text", ["1999-12-31T23:59:59Z", "2027-11-22T12:00:01Z", "9999-12-31T23:59:59Z"])
def test_moments_that_cannot_be_meant_are_set_aside(text: str) -> None:
    assert refused({"type": "track", "event": "x", "timestamp": text})[0] == "timestamp_out_of_range"


# Ids


def test_ids_may_be_numbers_and_null() -> None:
    event = read({"type": "track", "event": "x", "userId": 42, "anonymousId": None, "messageId": 7.0})
    assert (event.user_id, event.visitor, event.message_id) == ("42", "", "7")


def test_without_a_message_id_the_body_makes_the_event_one() -> None:
    first = read({"type": "track", "event": "x", "timestamp": "2026-11-20T10:00:00Z", "userId": "u"})
    again = read(
        {"userId": "u", "event": "x", "timestamp": "2026-11-20T10:00:00Z", "sentAt": RECEIVED.isoformat()}, kind="track"
    )
    other = read({"type": "track", "event": "y", "timestamp": "2026-11-20T10:00:00Z", "userId": "u"})
    assert first.message_id == again.message_id
    assert first.digest == again.digest
    assert first.body == again.body
    assert first.digest != other.digest


def test_without_message_id_and_timestamp_each_event_is_one() -> None:
    message = {"type": "track", "event": "x", "userId": "u"}
    assert read(message).digest != read(message).digest


def test_the_envelope_is_no_part_of_the_body() -> None:
    message = {"type": "track", "event": "x", "messageId": "m"}
    assert read(message).body == read({**message, "sentAt": "2026-11-20T10:00:00Z", "writeKey": "k"}).body
    assert read(message).body != read({**message, "event": "y"}).body


# Set aside


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("text", "not_an_object"),
        (None, "not_an_object"),
        ([], "not_an_object"),
        ({}, "unknown_type"),
        ({"type": "charge"}, "unknown_type"),
        ({"type": 3}, "unknown_type"),
        ({"type": "track"}, "no_event_name"),
        ({"type": "track", "event": "  "}, "no_event_name"),
        ({"type": "track", "event": 5}, "no_event_name"),
        ({"type": "identify"}, "no_identity"),
        ({"type": "group", "userId": "u"}, "no_group_id"),
        ({"type": "alias", "userId": "u"}, "no_previous_id"),
        ({"type": "track", "event": "x", "userId": {}}, "bad_id"),
        ({"type": "track", "event": "x", "userId": True}, "bad_id"),
        ({"type": "track", "event": "x", "messageId": ["m"]}, "bad_id"),
        ({"type": "track", "event": "x", "anonymousId": "a" * 256}, "id_too_long"),
        ({"type": "track", "event": "x", "properties": []}, "bad_properties"),
        ({"type": "page", "context": "c"}, "bad_context"),
        ({"type": "identify", "userId": "u", "traits": 1}, "bad_traits"),
        ({"type": "track", "event": "x", "timestamp": "soon"}, "bad_timestamp"),
        ({"type": "track", "event": "x", "properties": {"a": "b" * 32_768}}, "event_too_large"),
    ],
)
def test_what_cannot_be_taken_says_why(message: object, code: str) -> None:
    assert refused(message)[0] == code


def test_an_event_of_exactly_32_kb_is_taken() -> None:
    message = {"type": "track", "event": "x", "properties": {"a": ""}, "messageId": "m"}
    room = 32 * 1024 - len('{"event":"x","messageId":"m","properties":{"a":""},"type":"track"}')
    message["properties"]["a"] = "b" * room
    assert read(message).name == "x"
    message["properties"]["a"] += "b"
    assert refused(message) == ("event_too_large", "The event has 32,769 bytes, more than 32,768.")


def test_an_event_of_32_kb_at_its_own_door_needs_no_room_for_a_type_that_it_does_not_say() -> None:
    room = 32 * 1024 - len('{"event":"x","messageId":"m","properties":{"a":""}}')
    message = {"event": "x", "messageId": "m", "properties": {"a": "b" * room}}

    assert read(message, kind="track").name == "x"
    message["properties"] = {"a": "b" * (room + 1)}
    assert refused(message, kind="track")[0] == "event_too_large"


# People


@pytest.mark.parametrize(
    ("message", "email"),
    [
        ({"userId": "Jo@Acme.com"}, "jo@acme.com"),
        ({"userId": "u", "context": {"traits": {"email": " Jo@Acme.com "}}}, "jo@acme.com"),
        ({"anonymousId": "a", "properties": {"email": "jo@acme.com"}}, "jo@acme.com"),
        ({"userId": "u", "properties": {"email": "invited@other.com"}}, ""),
        ({"userId": "u@localhost"}, ""),
        ({"userId": "not an@address"}, ""),
        ({"properties": {"email": 5}}, ""),
    ],
)
def test_where_a_touch_names_an_email(message: dict[str, Any], email: str) -> None:
    assert read({"type": "track", "event": "x", **message}).email == email


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/Pricing/?a=b#c", "/Pricing/"),
        ("pricing", "/pricing"),
        ("https://acme.com", "/"),
        ("https://acme.com/a/b?c", "/a/b"),
        ("http://[", ""),
        ("//acme.com/x", "/x"),
    ],
)
def test_paths(text: str, path: str) -> None:
    assert clean_path(text) == path


def test_a_batchs_context_holds_for_its_events_unless_they_say_otherwise() -> None:
    event = read({"type": "track", "event": "x", "context": {"b": 2}}, context={"a": 1, "b": 1, "groupId": "g"})
    assert (event.context, event.group_id) == ({"a": 1, "b": 2, "groupId": "g"}, "g")


def test_what_a_database_cannot_hold_is_replaced() -> None:
    assert clean({"a\0": ["\ud800x", "😀", float("inf"), 1.5, None]}) == {"a\ufffd": ["\ufffdx", "😀", None, 1.5, None]}
