"""The API's pages, errors and limits."""

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.keys import create_key
from accounts.models import Contact
from accounts.targets import set_targets
from accounts.technologies import set_technology
from handoff.actions import add_note
from handoff.groups import validate_member
from mqa_site.models import ApiUse
from tests.handoff import desk
from tests.mqa_site.api_clients import LISTS, WRITES, everything, key_client
from tests.signals import given

pytestmark = pytest.mark.django_db


def test_an_offset_that_no_database_knows_is_a_moment_all_the_same(api: APIClient) -> None:
    desk.contact(desk.account())

    found = api.get("/api/contacts/?updated_since=0707-04-21T01:03:58-20:34")

    assert (found.status_code, len(found.json()["results"])) == (200, 1)


@pytest.mark.parametrize("cursor", ["x", "cD1hYmM=", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "bz0tMQ==", "cj0xJnA9JTAw"])
@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_of_nobody_is_no_fault(api: APIClient, name: str, cursor: str) -> None:
    answer = api.get(f"/api/{name}/?cursor={cursor}")

    assert answer.status_code in {200, 404}
    assert answer.status_code == 200 or answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "name",
    [
        "contacts", "handoffs", "opportunities", "touches", "decisions", "intent-signals", "accounts", "buying-centers",
        "buying-group-members", "notes", "technologies", "targets",
    ],
)  # fmt: skip
def test_a_page_costs_the_same_for_few_and_many(api: APIClient, name: str, django_assert_num_queries: Any) -> None:
    from django.test.utils import CaptureQueriesContext

    def more(number: int) -> None:
        for _ in range(number):
            row = desk.handoff("opportunity")
            person = desk.contact(row.account)
            given.touch(row.account, person, "pricing_page", given.ago(1))
            given.intent(row.account, 80, given.NOW.date())
            desk.decision(row.center)
            validate_member(center=row.center, contact=person, role="champion", by=row.claimed_by)
            add_note(account=row.account, by=row.claimed_by, text="They buy.", handoff=row)
            set_technology(account=row.account, technology="SAP", status="uses", by=None)
            set_targets(account_ids=[row.account_id], is_target=True, by=row.claimed_by)

    more(2)
    with CaptureQueriesContext(connection) as few:
        assert len(api.get(f"/api/{name}/").json()["results"]) == 2
    more(10)
    with django_assert_num_queries(len(few)):
        assert len(api.get(f"/api/{name}/").json()["results"]) == 12


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("get", "/api/accounts/0/", None, 404, "not_found"),
        ("delete", "/api/accounts/1/", None, 405, "method_not_allowed"),
        ("post", "/api/accounts/", "{broken", 400, "parse_error"),
        ("get", "/api/contacts/?account=x", None, 400, "invalid"),
        ("get", "/api/contacts/?updated_since=0001-01-01T00:00:00%2B20:34", None, 400, "invalid"),
        ("get", "/api/accounts/-1/", None, 404, "not_found"),
        ("post", "/api/nothing/", "{}", 404, "not_found"),
    ],
)
def test_errors_have_one_form(api: APIClient, method: str, path: str, body: Any, status: int, code: str) -> None:
    answer = getattr(api, method)(path, body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) == {"code", "message", "errors"}


def test_who_asks_too_often_is_told_when_to_come_back(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 2
    one, other = key_client("read"), key_client("read")

    answers = [one.get("/api/accounts/") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["code"] == "throttled"
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert other.get("/api/accounts/").status_code == 200


def test_a_new_minute_counts_anew(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 1
    client = key_client("read")
    client.get("/api/accounts/")
    ApiUse.objects.update(minute=1)

    assert client.get("/api/accounts/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_for_requests_at_once(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_REQUESTS_PER_MINUTE = 10
    monkeypatch.setattr("mqa_site.throttles.time", SimpleNamespace(time=lambda: 600.0))  # the minute does not turn
    text = create_key(name="sync", scope="read", by=None)[1]
    found: list[int] = []
    together = threading.Barrier(8)

    def ask() -> None:
        client = APIClient(headers={"authorization": f"Bearer {text}"})
        together.wait()
        found.extend(client.get("/api/accounts/").status_code for _ in range(3))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    used = list(ApiUse.objects.values_list("used", flat=True))
    assert (found.count(200), found.count(429), used) == (10, 14, [24])


@pytest.mark.parametrize("path", [path for method, path, _ in WRITES if method == "post" and "{" not in path])
@pytest.mark.parametrize(
    "body",
    [
        b'{"items": [{"email": "\\ud800", "kind": "\\udfff"}], "seniority": "\\ud800"}',
        b'"\\ud800"',
        b"[" * 100_000,
        b'{"items": NaN}',
        b'{"items": [{"owner_sdr": "\\u0000", "name": "a\\u0000b"}], "owner_sdr": "\\u0000", "name": "New"}',
        b"\xff",
        b"",
        b"null",
    ],
)
def test_what_is_no_text_or_no_json_is_refused(configuring: APIClient, path: str, body: bytes) -> None:
    before = everything()
    answer = configuring.generic("POST", path, body, content_type="application/json")
    assert answer.status_code in {400, 404}
    assert set(answer.json()) == {"code", "message", "errors"}
    assert everything() == before


def test_a_person_who_can_t_be_known_is_not_made(api: APIClient) -> None:
    for body in ({}, {"title": "VP"}, {"email": "", "first_name": ""}):
        answer = api.post("/api/contacts/", body)
        assert (answer.status_code, answer.json()["message"]) == (400, "Give an e-mail address, a user id or a name.")
    assert Contact.objects.count() == 0


def test_what_is_wrong_in_an_item_is_said_with_its_place(api: APIClient) -> None:
    items = [{"email": "ann@acme.com"}, {"email": "nobody"}]
    answer = api.post("/api/contacts/bulk/", {"items": items})
    assert answer.json()["message"] == "items.1.email: Enter a valid email address."
