"""Events that became no touch as meant, and touches that wait for an account, over the API (domain.md §8, R2, R3)."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.companies import create_account
from accounts.models import Account, Domain
from signals.models import EventConflict, IgnoredOrigin, SetAsideEvent, Touch
from tests.handoff import desk
from tests.mqa_site.api_clients import signed_in
from tests.signals.ingest.sending import Sender, group, page, track

pytestmark = pytest.mark.django_db


def test_unmapped_events_come_by_volume_page_by_page(configuring: APIClient) -> None:
    Sender().batch(*(track(f"Boat {n}") for n in range(3)), track("Boat 1"), track("Boat 1"), track("Boat 2"))

    found, address = [], "/api/unmapped-events/?page_size=2"
    while address:
        answer = configuring.get(address).json()
        found.append([(row["field"], row["value"], row["events"], row["accounts"]) for row in answer["results"]])
        address = answer["next"]

    assert found == [[("event", "Boat 1", 3, 0), ("event", "Boat 2", 2, 0)], [("event", "Boat 0", 1, 0)]]
    first = configuring.get(answer["previous"]).json()
    assert ([row["value"] for row in first["results"]], first["previous"]) == (["Boat 1", "Boat 2"], None)
    assert configuring.get("/api/unmapped-events/?cursor=x").status_code == 404


def test_what_was_set_aside_is_seen_whole_and_taken_again(configuring: APIClient) -> None:
    Sender().batch(group("g1"), {"type": "track"})
    rows = configuring.get("/api/set-aside-events/").json()["results"]
    codes = [row["code"] for row in rows]
    aside = SetAsideEvent.objects.get(payload__type="group")
    assert (len(rows), "payload" in rows[0], rows[0]["source"]) == (2, False, "website")

    one = configuring.get(f"/api/set-aside-events/{aside.pk}/").json()
    assert (one["payload"]["groupId"], one["replayed_at"]) == ("g1", None)
    refused = configuring.post(f"/api/set-aside-events/{aside.pk}/replay/")
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    assert refused.json()["message"].startswith("It still can't be taken: ")
    all_of_it = configuring.post("/api/set-aside-events/replay/", {}).json()
    assert (all_of_it["taken"], all_of_it["refused"], all_of_it["left"]) == (0, 2, 2)
    assert SetAsideEvent.objects.filter(replayed_at__isnull=False).count() == 0

    acme = create_account(name="Acme")
    acme.identifiers.create(system="segment", value="g1")
    taken = configuring.post("/api/set-aside-events/replay/", {"code": aside.code}).json()
    assert (taken["taken"], aside.code in codes) == (1, True)
    assert configuring.post(f"/api/set-aside-events/{aside.pk}/replay/").status_code == 200
    found = [row["id"] for row in configuring.get("/api/set-aside-events/?replayed=true").json()["results"]]
    assert found == [aside.pk]


def test_conflicts_are_listed_with_the_body_that_came_second(configuring: APIClient) -> None:
    Sender().batch(track("Boat Rocked", messageId="m1"))
    Sender().batch(track("Boat Sunk", messageId="m1"))
    conflict = EventConflict.objects.get()

    listed = configuring.get("/api/event-conflicts/?message_id=m1").json()["results"]

    assert [(row["id"], row["payload"]["event"]) for row in listed] == [(conflict.pk, "Boat Sunk")]
    assert configuring.get(f"/api/event-conflicts/{conflict.pk}/").json() == listed[0]
    assert configuring.get("/api/event-conflicts/?message_id=m2").json()["results"] == []


def sent() -> None:
    Sender().batch(
        *(page("/pricing", userId=f"p{n}@northwind-traders.com") for n in range(2)),
        track("Demo Requested", userId="jo@quiet.io"),
        *(page("/blog", anonymousId="a1", context={"groupId": "crm-7"}) for _ in range(2)),
        page("/blog", anonymousId="a2"),
    )


def test_what_waits_is_listed_suggested_and_matched(api: APIClient) -> None:
    sent()
    northwind = create_account(name="Northwind Traders")
    rows = api.get("/api/unmatched/").json()["results"]
    assert [(row["kind"], row["value"], row["touches"], row["hand_raises"]) for row in rows] == [
        ("domain", "quiet.io", 1, 1),
        ("domain", "northwind-traders.com", 2, 0),
        ("group", "crm-7", 2, 0),
    ]
    assert [row["value"] for row in api.get("/api/unmatched/?tab=visitors").json()["results"]] == ["a2"]
    first = api.get("/api/unmatched/?page_size=2").json()
    assert [row["value"] for row in api.get(first["next"]).json()["results"]] == ["crm-7"]

    which = {"kind": "domain", "value": "northwind-traders.com"}
    found = api.get("/api/unmatched/suggestions/", which).json()["suggestions"]
    assert [(one["account"], one["name"], one["domain"]) for one in found] == [
        (northwind.pk, "Northwind Traders", None)
    ]
    placed = api.post("/api/unmatched/match/", which | {"account": northwind.pk})

    assert (placed.status_code, placed.json()) == (200, {"account": northwind.pk, "touches": 2})
    assert Domain.objects.get(account=northwind).name == "northwind-traders.com"
    again = api.post("/api/unmatched/match/", which | {"account": northwind.pk})
    assert (again.status_code, again.json()["message"]) == (
        404,
        "Nothing waits there (any more). GET /api/unmatched/ lists what does.",
    )


def test_what_waits_becomes_an_account_or_is_left_alone_and_brought_back(api: APIClient) -> None:
    sent()
    made = api.post("/api/unmatched/make/", {"kind": "domain", "value": "quiet.io", "name": "Quiet"})
    account = Account.objects.get()
    assert (made.status_code, made.json()) == (201, {"account": account.pk, "touches": 1})
    assert (account.name, account.domain) == ("Quiet", "quiet.io")

    which = {"kind": "group", "value": "crm-7"}
    assert api.post("/api/unmatched/ignore/", which | {"reason": "no"}).status_code == 400
    assert api.post("/api/unmatched/ignore/", which | {"reason": "other"}).json() == which | {"ignored": True}
    left = api.get("/api/unmatched/?ignored=true").json()["results"]
    assert [(row["value"], row["ignored"]) for row in left] == [("crm-7", "No company to sell to")]
    assert api.post("/api/unmatched/restore/", which).json() == which | {"ignored": False}
    assert IgnoredOrigin.objects.count() == 0


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("get", "", {"tab": "nowhere"}),
        ("get", "", {"nonsense": "1"}),
        ("get", "suggestions/", {"kind": "domain"}),
        ("post", "match/", {"kind": "domain", "value": "quiet.io"}),
        ("post", "match/", {"kind": "domain", "value": "quiet.io", "account": 2**70}),
        ("post", "make/", {"kind": "domain", "value": "quiet.io", "name": ""}),
        ("post", "make/", {"kind": "domain", "value": "\x00", "name": "Quiet"}),
    ],
)
def test_what_can_t_be_understood_is_refused(api: APIClient, method: str, path: str, said: dict[str, Any]) -> None:
    sent()
    answer = getattr(api, method)(f"/api/unmatched/{path}", said)
    assert answer.status_code == 400
    assert (Account.objects.count(), Touch.objects.filter(account__isnull=False).count()) == (0, 0)


def test_a_domain_that_another_account_has_is_refused(api: APIClient) -> None:
    sent()
    mine, other = create_account(name="Mine"), create_account(name="Other")
    Domain.objects.create(account=other, name="quiet.io")
    answer = api.post("/api/unmatched/match/", {"kind": "domain", "value": "quiet.io", "account": mine.pk})
    assert (answer.status_code, answer.json()["message"]) == (400, "domain: quiet.io already belongs to Other.")
    assert Touch.objects.filter(account=mine).count() == 0


def test_an_ae_matches_nothing() -> None:
    sent()
    client = signed_in(desk.user("ae"))
    assert client.get("/api/unmatched/").status_code == 403
    assert client.post("/api/unmatched/make/", {"kind": "domain", "value": "quiet.io", "name": "Q"}).status_code == 403
    assert Account.objects.count() == 0
