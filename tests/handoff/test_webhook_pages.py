"""Pages of webhooks: the secret once, attempts, sending again."""

import re

import pytest
from django.test import Client

from accounts.models import User
from handoff import webhooks
from handoff.models import OutboxMessage, WebhookEndpoint
from tests.handoff import desk

pytestmark = pytest.mark.django_db
NEW = {"name": "CRM", "kind": "standard", "url": "https://crm.example/hook"}


@pytest.fixture
def admin() -> User:
    return desk.user("admin")


@pytest.fixture
def pages(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def test_the_secret_is_shown_once_and_then_never(pages: Client, admin: User) -> None:
    answer = pages.post("/webhooks/", NEW)

    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.name, endpoint.url, endpoint.event_types, endpoint.created_by) == ("CRM", NEW["url"], ["*"], admin)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", endpoint.secret)
    assert answer["Cache-Control"] == "no-store"
    assert endpoint.secret in answer.content.decode().replace("&#x2B;", "+")
    for path in ("/webhooks/", f"/webhooks/{endpoint.pk}/"):
        assert "whsec_" not in pages.get(path).content.decode()


def test_two_endpoints_have_two_secrets(pages: Client) -> None:
    pages.post("/webhooks/", NEW)
    pages.post("/webhooks/", NEW)

    assert len(set(WebhookEndpoint.objects.values_list("secret", flat=True))) == 2


def test_a_slack_channel_has_no_secret_and_hears_of_mqas_and_hand_raises(pages: Client) -> None:
    pages.post("/webhooks/", NEW | {"kind": "slack", "url": "https://hooks.slack.example/services/T/B/x"})

    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.secret, endpoint.event_types) == ("", ["mqa.qualified", "handoff.hand_raise"])
    assert "services/T/B/x" not in pages.get(f"/webhooks/{endpoint.pk}/").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("url", "http://crm.example/", "Use https"),
        ("url", "https://me:pw@crm.example/", "user name and password"),
        ("url", "ftp://crm.example/", "begins with https"),
        ("url", "javascript:alert(1)", "valid URL"),
        ("event_types", "mqa.dreamt", "not one of the available choices"),
        ("kind", "carrier pigeon", "not one of the available choices"),
    ],
)
def test_what_can_not_work_is_refused_in_words(pages: Client, field: str, value: str, words: str) -> None:
    answer = pages.post("/webhooks/", NEW | {field: value})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert WebhookEndpoint.objects.count() == 0


def test_attempts_are_shown_and_a_message_is_sent_again(pages: Client) -> None:
    endpoint, _ = webhooks.create_endpoint(
        kind="standard", name="CRM", url="https://crm.example/", event_types=["*"], by=None
    )
    pages.post(f"/webhooks/{endpoint.pk}/test/")
    message = OutboxMessage.objects.get()
    message.tries.create(status=503, error="503: come back later", milliseconds=12)
    OutboxMessage.objects.update(attempts=10, given_up_at=message.created_at, last_error="503: come back later")

    text = pages.get(f"/webhooks/{endpoint.pk}/").content.decode()
    assert "503: come back later" in text
    assert "Given up" in text
    pages.post(f"/webhooks/messages/{message.pk}/again/")

    message.refresh_from_db()
    assert (message.given_up_at, message.attempts, message.last_error) == (None, 0, "")


def test_an_e_mail_is_no_message_of_a_webhook(pages: Client) -> None:
    mail = OutboxMessage.objects.create(
        channel="email", key="k", event_type="notice", recipient="a@b.co", payload={}, attempts=3
    )

    assert pages.post(f"/webhooks/messages/{mail.pk}/again/").status_code == 404
    mail.refresh_from_db()
    assert mail.attempts == 3


def test_an_endpoint_is_stopped_and_resumed(pages: Client) -> None:
    endpoint, _ = webhooks.create_endpoint(
        kind="standard", name="CRM", url="https://crm.example/", event_types=["*"], by=None
    )
    states = []
    for _ in range(2):
        pages.post(f"/webhooks/{endpoint.pk}/switch/")
        endpoint.refresh_from_db()
        states.append(endpoint.is_active)

    assert states == [False, True]
