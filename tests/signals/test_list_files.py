"""Lists of what came in as files: streamed, inert, with the tabs of their pages (promises X4)."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.signals.ingest.sending import Sender, group, page, track

pytestmark = pytest.mark.django_db


@pytest.fixture
def ops() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("ops@example.com", "x", name="Ops", role="marketing_ops"))
    return client


def rows(client: Client, name: str, **asked: str) -> list[list[str]]:
    answer = client.get(reverse(f"signals:{name}"), asked)
    assert answer.status_code == 200
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))[1:]


def test_events_set_aside_leave_with_their_reason_and_without_what_they_say(ops: Client) -> None:
    Sender().batch(None, {"type": "track", "messageId": "=m1", "properties": {"email": "ann@acme.com"}}, group("g1"))

    found = rows(ops, "set_aside_export")
    assert sorted((row[4], row[6], row[8]) for row in found) == [
        ("no_event_name", "track", "'=m1"), ("not_an_object", "", ""), ("unnamed_group", "group", ""),
    ]  # fmt: skip
    assert "ann@acme.com" not in str(found)
    assert [row[4] for row in rows(ops, "set_aside_export", code="not_an_object")] == ["not_an_object"]
    assert rows(ops, "set_aside_export", replayed="yes") == []


def test_unmapped_events_leave_by_volume(ops: Client) -> None:
    Sender().batch(track("Often"), track("Often"), track("@Once"))

    assert [row[:3] for row in rows(ops, "unmapped_export")] == [["event", "Often", "2"], ["event", "'@Once", "1"]]


def test_what_waits_leaves_as_its_tab_has_it_and_people_by_name_alone(ops: Client) -> None:
    Sender().batch(
        page("/pricing", userId="p1@northwind-traders.com"),
        page("/blog", userId="ann@gmail.com"),
        page("/blog", anonymousId="a2"),
    )

    assert [row[:4] for row in rows(ops, "unmatched_export")] == [["domain", "northwind-traders.com", "", "1"]]
    assert [(row[0], row[2]) for row in rows(ops, "unmatched_export", tab="people")] == [("person", "")]
    assert [row[:2] for row in rows(ops, "unmatched_export", tab="visitors")] == [["visitor", "a2"]]


def test_a_list_longer_than_what_is_asked_at_once_leaves_whole(ops: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signals.exports.UNMATCHED_AT_ONCE", 2)
    Sender().batch(*(page("/blog", anonymousId=f"a{number}") for number in range(5)))

    assert sorted(row[1] for row in rows(ops, "unmatched_export", tab="visitors")) == ["a0", "a1", "a2", "a3", "a4"]
