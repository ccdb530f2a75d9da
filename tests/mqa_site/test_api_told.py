"""Over the API: webhooks with their messages, and the bell of the person who asks."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from handoff.models import Notice, OutboxMessage, WebhookAttempt, WebhookEndpoint
from tests.handoff import desk
from tests.mqa_site.api_clients import key_client, signed_in
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db
URL = "https://hooks.example/services/T1/secret"


def test_a_webhook_is_added_changed_tested_and_stopped(configuring: APIClient) -> None:
    made = configuring.post("/api/webhooks/", {"name": "CRM", "url": URL, "event_types": ["handoff.won"]})
    said = made.json()
    path = f"/api/webhooks/{said['id']}/"
    changed = configuring.patch(path, {"url": "https://crm.example/in", "event_types": []}).json()
    test = configuring.post(f"{path}test/", {})
    stopped = configuring.patch(path, {"is_active": False}).json()

    row = WebhookEndpoint.objects.get()
    assert (made.status_code, made["Cache-Control"], said["secret"]) == (201, "no-store", row.secret)
    assert (said["kind"], said["url"], said["event_types"], said["created_by"]) == (
        "standard",
        URL,
        ["handoff.won"],
        None,
    )
    assert (changed["url"], changed["event_types"], "secret" in changed) == ("https://crm.example/in", ["*"], False)
    assert (test.status_code, test.json()["type"], test.json()["delivered_at"]) == (202, "webhook.test", None)
    assert (stopped["is_active"], row.is_active) == (False, False)
    assert configuring.get("/api/webhooks/?is_active=true").json()["results"] == []


def test_the_address_of_a_channel_is_a_secret(configuring: APIClient) -> None:
    made = configuring.post("/api/webhooks/", {"name": "Sales", "kind": "slack", "url": URL}).json()

    assert (made["secret"], made["url"]) == ("", "https://hooks.example/…")
    assert made["event_types"] == ["mqa.qualified", "handoff.hand_raise"]
    listed = key_client("read").get("/api/webhooks/").json()["results"]
    assert [row["url"] for row in listed] == ["https://hooks.example/…"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": URL}, "name"),
        ({"name": "x" * 101, "url": URL}, "name"),
        ({"name": "CRM", "url": "http://crm.example/in"}, "url"),
        ({"name": "CRM", "url": "https://user:word@crm.example/in"}, "url"),
        ({"name": "CRM", "url": "crm"}, "url"),
        ({"name": "CRM", "url": None}, "url"),
        ({"name": "CRM", "url": URL, "event_types": ["handoff.dreamt"]}, "event_types"),
        ({"name": "CRM", "url": URL, "event_types": "*"}, "event_types"),
        ({"name": "CRM", "url": URL, "kind": "pager"}, "kind"),
    ],
)
def test_what_is_no_webhook_is_said_at_the_field(configuring: APIClient, body: dict[str, Any], field: str) -> None:
    answer = configuring.post("/api/webhooks/", body)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert WebhookEndpoint.objects.count() == 0


def test_messages_say_how_each_attempt_went(configuring: APIClient) -> None:
    webhook = configuring.post("/api/webhooks/", {"name": "CRM", "url": URL}).json()["id"]
    first, second = (configuring.post(f"/api/webhooks/{webhook}/test/", {}).json()["id"] for _ in range(2))
    OutboxMessage.objects.filter(pk=first).update(given_up_at=NOW, attempts=10, last_error="HTTP 500")
    WebhookAttempt.objects.create(message_id=first, status=500, milliseconds=12)
    OutboxMessage.objects.create(channel="email", key="mail", event_type="x", recipient="a@b.example", payload={})

    def ids(query: str) -> list[int]:
        return [row["id"] for row in configuring.get(f"/api/webhook-messages/?{query}").json()["results"]]

    assert (ids(""), ids("state=given_up"), ids("state=waiting")) == ([second, first], [first], [second])
    assert (ids("state=delivered"), ids(f"webhook={webhook}&type=webhook.test")) == ([], [second, first])
    one = configuring.get(f"/api/webhook-messages/{first}/").json()
    assert (one["payload"]["type"], [row["status"] for row in one["tries"]]) == ("webhook.test", [500])
    again = configuring.post(f"/api/webhook-messages/{first}/replay/", {}).json()
    assert (again["given_up_at"], again["attempts"], again["message_id"]) == (None, 0, one["message_id"])


@pytest.mark.parametrize("who", ["sdr", "ae", "manager", "marketing_ops", "write"])
def test_webhooks_are_for_admins(configuring: APIClient, who: str) -> None:
    webhook = configuring.post("/api/webhooks/", {"name": "CRM", "url": URL}).json()["id"]
    client = key_client(who) if who == "write" else signed_in(desk.user(who))

    answers = [
        client.post("/api/webhooks/", {"name": "Mine", "url": URL}),
        client.patch(f"/api/webhooks/{webhook}/", {"is_active": False}),
        client.post(f"/api/webhooks/{webhook}/test/", {}),
        client.post("/api/webhook-messages/1/replay/", {}),
    ]

    assert {one.status_code for one in answers} == {403}
    assert client.get("/api/webhooks/").status_code == (200 if who == "write" else 403)
    assert list(WebhookEndpoint.objects.values_list("name", "is_active")) == [("CRM", True)]
    assert OutboxMessage.objects.count() == 0


def test_the_bell_is_ones_own() -> None:
    ana, ben = desk.user("sdr"), desk.user("sdr")
    own, other = (
        Notice.objects.create(recipient=one, kind="mention", text="Read this.", key="1") for one in (ana, ben)
    )
    second = Notice.objects.create(recipient=ana, kind="assigned", text="Yours.", key="2")
    client = signed_in(ana)

    listed = [row["id"] for row in client.get("/api/notices/").json()["results"]]
    read = client.post(f"/api/notices/{own.pk}/read/", {}).json()
    unread = [row["id"] for row in client.get("/api/notices/?unread=true").json()["results"]]
    foreign = [client.get(f"/api/notices/{other.pk}/"), client.post(f"/api/notices/{other.pk}/read/", {})]
    key = key_client("configure")
    refused = [key.get("/api/notices/"), key.get(f"/api/notices/{own.pk}/"), key.post("/api/notices/read/", {})]

    assert (listed, read["read_at"] is None, unread) == ([second.pk, own.pk], False, [second.pk])
    assert {one.status_code for one in foreign} == {404}
    assert {one.status_code for one in refused} == {403}
    assert client.post("/api/notices/read/", {}).json() == {"read": 1}
    assert list(Notice.objects.filter(read_at__isnull=True)) == [other]
