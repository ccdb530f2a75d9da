"""The doors over HTTP: keys, answers, limits, browsers, and a database or broker that is down."""

import gzip
import json
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from accounts.keys import create_key, revoke_key
from accounts.models import ApiKey
from signals import wake
from signals.ingest import backlog, store
from signals.ingest.replay import replay
from signals.models import RescoreRequest, SetAsideEvent, Touch
from tests.signals.ingest.sending import Sender, basic, counted, page, track

pytestmark = pytest.mark.django_db


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture(autouse=True)
def fresh_look_at_the_backlog() -> Iterator[None]:
    backlog.forget()
    yield
    backlog.forget()


def refusal(response: Any) -> tuple[int, str]:
    body = json.loads(response.content)
    assert body["success"] is False
    assert body["message"]
    assert response["Content-Type"] == "application/json"
    return response.status_code, body["code"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("track", {"event": "Webinar Attended", "userId": "u"}),
        ("page", {"name": "Pricing", "userId": "u"}),
        ("screen", {"name": "Pricing", "anonymousId": "a"}),
        ("identify", {"userId": "u", "traits": {"email": "jo@acme.com"}}),
        ("group", {"userId": "u", "groupId": "g", "traits": {"name": "Acme"}}),
        ("alias", {"previousId": "a", "userId": "u"}),
        ("batch", {"batch": [{"type": "track", "event": "x"}]}),
        ("import", {"batch": [{"type": "track", "event": "x", "timestamp": "2012-12-02T00:30:08.276Z"}]}),
        ("batch", {"batch": []}),
        ("batch/", {"batch": []}),
        ("t", {"event": "x"}),
        ("p", {"anonymousId": "a", "properties": {"path": "/"}}),
        ("b", {"batch": [{"type": "page", "anonymousId": None}]}),
        ("m", {"series": []}),
    ],
)
def test_every_door_answers_200_with_success(sender: Sender, path: str, message: dict[str, Any]) -> None:
    response = sender.post(path, message)
    assert (response.status_code, response.content) == (200, b'{"success": true}')
    assert response["Content-Type"] == "application/json"


def test_the_password_and_the_content_type_do_not_matter(sender: Sender) -> None:
    body = json.dumps(track())
    for content_type in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""):
        response = sender.client.post(
            "/v1/track", body, content_type=content_type, headers={"authorization": basic(sender.text, "any:thing")}
        )
        assert response.status_code == 200
    assert Touch.objects.count() == 4


def test_gzip_goes_by_content_encoding_alone(sender: Sender) -> None:
    body = gzip.compress(json.dumps({"batch": [track(), track()]}).encode())
    response = sender.client.post(
        "/v1/batch",
        body,
        content_type="application/x-www-form-urlencoded",
        headers={"authorization": basic(sender.text), "content-encoding": "gzip"},
    )
    assert response.status_code == 200
    assert Touch.objects.count() == 2
    assert refusal(sender.post("batch", body)) == (400, "bad_json")


@pytest.mark.parametrize("as_bearer", [True, False])
def test_a_key_in_the_body_or_as_bearer_opens_too(sender: Sender, as_bearer: bool) -> None:
    headers = {"authorization": f"Bearer {sender.text}"} if as_bearer else {}
    body = {"batch": [track()]} if as_bearer else {"batch": [track()], "writeKey": sender.text}
    response = Client().post("/v1/batch", json.dumps(body), content_type="text/plain", headers=headers)
    assert response.status_code == 200
    assert Touch.objects.count() == 1


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "no_write_key"),
        ("", "no_write_key"),
        ("Basic", "no_write_key"),
        ("Basic !!!", "no_write_key"),
        ("Digest x", "no_write_key"),
        (basic("mqa_000000000000_" + "x" * 43), "bad_write_key"),
        (basic("nonsense"), "bad_write_key"),
    ],
)
def test_without_a_live_key_nothing_is_taken(header: str | None, code: str) -> None:
    headers = {} if header is None else {"authorization": header}
    response = Client().post("/v1/track", json.dumps(track()), content_type="application/json", headers=headers)
    assert refusal(response) == (401, code)
    assert response["WWW-Authenticate"] == 'Basic realm="events"'
    assert counted() == (0, 0, 0, 0)


def test_a_revoked_key_and_one_of_another_scope_open_nothing(sender: Sender) -> None:
    revoke_key(sender.key, by=None)
    assert refusal(sender.post("track", track())) == (401, "bad_write_key")
    _, text = create_key(name="reader", scope=ApiKey.Scope.WRITE, by=None)
    assert refusal(sender.post("track", track(), authorization=basic(text))) == (403, "wrong_scope")
    assert Touch.objects.count() == 0


def test_the_use_of_a_key_is_noted(sender: Sender) -> None:
    sender.batch(track())
    sender.key.refresh_from_db()
    assert sender.key.last_used_at is not None


def test_what_makes_a_whole_request_an_error(sender: Sender) -> None:
    assert refusal(sender.post("track", b"{")) == (400, "bad_json")
    assert refusal(sender.post("track", b"[" * 20_000)) == (400, "bad_json")
    assert refusal(sender.post("track", [track()])) == (400, "not_an_object")
    assert refusal(sender.post("batch", {"events": []})) == (400, "no_batch")
    assert refusal(sender.post("batch", {"batch": {"a": 1}})) == (400, "no_batch")
    assert refusal(sender.post("batch", {"batch": [1] * 2501})) == (413, "too_many_events")
    assert refusal(sender.post("batch", b" " * 512_001)) == (413, "too_large")
    assert refusal(sender.post("track", b" " * 32_769)) == (413, "too_large")
    assert refusal(sender.client.get("/v1/track")) == (405, "method_not_allowed")
    assert counted() == (0, 0, 0, 0)


def test_a_gzip_bomb_is_refused(sender: Sender) -> None:
    bomb = gzip.compress(b"[" + b" " * 200_000_000)
    assert refusal(sender.post("batch", bomb, **{"content-encoding": "gzip"})) == (413, "too_large")


def test_at_most_2500_events_and_at_least_a_megabyte_less_are_taken(sender: Sender) -> None:
    sender.batch(*[{"type": "track", "event": "x", "messageId": f"m{number}"} for number in range(2500)])
    assert counted() == (2500, 2500, 0, 0)
    assert Touch.objects.count() == 2500


def test_a_bad_event_in_a_batch_is_set_aside_and_the_others_are_taken(sender: Sender) -> None:
    sender.batch(track(), "nonsense", {"type": "track"}, page("/pricing"), {"type": "track", "event": "x\0y\ud800"})
    assert counted() == (5, 3, 0, 2)
    assert list(SetAsideEvent.objects.order_by("pk").values_list("code", "payload")) == [
        ("not_an_object", "nonsense"),
        ("no_event_name", {"type": "track"}),
    ]
    assert Touch.objects.get(name__startswith="x").name == "x\ufffdy\ufffd"


def test_null_in_a_batch_is_set_aside_like_any_other_nonsense(sender: Sender) -> None:
    sender.batch(None, track(), None)
    assert counted() == (3, 1, 1, 1)
    assert list(SetAsideEvent.objects.values_list("code", "payload")) == [("not_an_object", None)]
    assert replay(set_aside=SetAsideEvent.objects.latest("pk"), by=None) == "An event is a JSON object."


def test_a_bad_single_event_is_an_error_and_set_aside_to_be_seen(sender: Sender) -> None:
    assert refusal(sender.post("track", {"userId": "u"})) == (400, "no_event_name")
    assert counted() == (1, 0, 0, 1)
    aside = SetAsideEvent.objects.get()
    assert (aside.code, aside.payload, aside.key, aside.source) == (
        "no_event_name",
        {"userId": "u", "type": "track"},
        sender.key,
        sender.key.source,
    )


def test_an_event_over_32_kb_in_a_batch_is_set_aside(sender: Sender) -> None:
    sender.batch(track(), track(properties={"a": "b" * 33_000}))
    assert counted() == (2, 1, 0, 1)
    assert SetAsideEvent.objects.get().code == "event_too_large"


def test_browsers_of_any_page_may_send() -> None:
    response = Client().options(
        "/v1/track",
        headers={
            "origin": "https://acme.com",
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization,anonymousid,content-type",
        },
    )
    assert response.status_code == 204
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert response["Access-Control-Expose-Headers"] == "Retry-After"
    assert response["Access-Control-Allow-Headers"] == "authorization,anonymousid,content-type"
    odd = Client().options("/v1/batch", headers={"access-control-request-headers": "a: b"})
    assert odd["Access-Control-Allow-Headers"] == "Authorization, Content-Type, Content-Encoding"
    assert Client().post("/v1/track", b"{", content_type="text/plain").headers["Access-Control-Allow-Origin"] == "*"


def test_a_deep_backlog_says_come_later(sender: Sender, settings: Any) -> None:
    settings.INGEST_BACKLOG_LIMIT = 2
    RescoreRequest.objects.bulk_create(RescoreRequest(center_id=1, priority=20, reason="publish") for _ in range(9))
    RescoreRequest.objects.bulk_create(RescoreRequest(center_id=1, priority=0, reason="touch") for _ in range(2))
    sender.batch(track())
    RescoreRequest.objects.create(center_id=1, priority=0, reason="touch")
    backlog.forget()
    response = sender.post("track", track())
    assert refusal(response) == (503, "busy")
    assert response["Retry-After"] == "30"
    assert Touch.objects.count() == 1


def test_a_database_that_does_not_answer_says_come_later(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(store.ledger, "enter", fail)
    response = sender.post("track", track())
    assert refusal(response) == (503, "unavailable")
    assert response["Retry-After"] == "5"
    assert Touch.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_neither_fails_nor_delays(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    class Unreachable(wake.Waker):
        def _send(self) -> None:
            asked.set()
            raise OSError("nobody there")

    sender = Sender()
    monkeypatch.setattr(wake, "_current", Unreachable())
    sender.batch({"type": "group", "groupId": "g", "traits": {"name": "Acme"}, "userId": "u"}, track(userId="u"))
    assert asked.wait(5)
    assert RescoreRequest.objects.filter(reason="touch").count() == 1
    assert connection.in_atomic_block is False


def test_the_number_of_queries_does_not_depend_on_the_number_of_events(
    sender: Sender, django_assert_num_queries: Any
) -> None:
    def batch(size: int, mark: str) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        for number in range(size):
            events += [
                {"type": "identify", "userId": f"{mark}{number}", "traits": {"email": f"p{number}@{mark}{number}.com"}},
                {"type": "group", "userId": f"{mark}{number}", "groupId": f"{mark}{number}", "traits": {"name": "N"}},
                track(userId=f"{mark}{number}", anonymousId=f"{mark}-{number}"),
                page("/pricing", anonymousId=f"{mark}-anonymous-{number}"),
            ]
        return events

    sender.batch(*batch(1, "warm"))
    with django_assert_num_queries(31) as few:
        sender.batch(*batch(2, "few"))
    with django_assert_num_queries(len(few.captured_queries)):
        sender.batch(*batch(100, "many"))


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_ended_meanwhile_costs_no_event() -> None:
    sender = Sender()
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None, "context": None}) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    assert sender.post("track", track(messageId="m-1")).status_code == 200
    assert Touch.objects.get().message_id == "m-1"
