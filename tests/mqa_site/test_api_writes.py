"""The API beyond reading accounts: who may, what is written, pages, errors, limits."""

import datetime as dt
import threading
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.companies import create_account
from accounts.keys import create_key
from accounts.models import Account, AccountFact, Contact, CustomField
from accounts.people import create_contact
from handoff.models import Handoff, Opportunity
from mqa_site.models import ApiUse
from signals.models import IntentSignal, RescoreRequest
from tests.handoff import desk
from tests.signals import given

pytestmark = pytest.mark.django_db

LISTS = (
    "accounts", "contacts", "handoffs", "opportunities", "revenue-events", "touches", "decisions", "intent-signals",
    "account-merges",
)  # fmt: skip
WRITES = (
    ("post", "/api/accounts/", {"name": "New"}),
    ("patch", "/api/accounts/{account}/", {"name": "Other"}),
    ("post", "/api/accounts/bulk/", {"items": [{"name": "New", "domain": "new.com"}]}),
    ("post", "/api/contacts/", {"email": "new@new.com"}),
    ("patch", "/api/contacts/{contact}/", {"title": "Other"}),
    ("post", "/api/contacts/bulk/", {"items": [{"email": "new@new.com"}]}),
    ("post", "/api/opportunities/bulk/", {"items": []}),
    ("post", "/api/revenue-events/bulk/", {"items": []}),
    ("post", "/api/intent-signals/bulk/", {"items": []}),
    ("post", "/api/account-merges/", {}),
    ("post", "/api/account-merges/preview/", {}),
    ("post", "/api/account-merges/1/undo/", {}),
    ("post", "/api/handoffs/{handoff}/claim/", {}),
)


MERGES = {path for _, path, _ in WRITES if "merges" in path}


def key_client(scope: str) -> APIClient:
    """A client with a key of this scope."""
    return APIClient(headers={"authorization": f"Bearer {create_key(name=scope, scope=scope, by=None)[1]}"})


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def api() -> APIClient:
    return key_client("write")


def everything() -> dict[str, Any]:
    return {
        "accounts": list(Account.objects.order_by("pk").values()),
        "contacts": list(Contact.objects.order_by("pk").values()),
        "handoffs": list(Handoff.objects.order_by("pk").values()),
        "others": (Opportunity.objects.count(), IntentSignal.objects.count(), RescoreRequest.objects.count()),
    }


# Who may


@pytest.mark.parametrize("scope", ["", "ingest", "read"])
def test_without_a_key_that_writes_nothing_is_written(scope: str) -> None:
    client = key_client(scope) if scope else APIClient()
    row = desk.handoff()
    person = desk.contact(row.account)
    ids = {"account": row.account_id, "contact": person.pk, "handoff": row.pk}
    before = everything()

    answers = [getattr(client, method)(path.format(**ids), body) for method, path, body in WRITES]

    assert {answer.status_code for answer in answers} == ({403} if scope else {401})
    assert all(set(answer.json()) == {"code", "message", "errors"} for answer in answers)
    assert everything() == before


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("sdr", {"/api/contacts/", "/api/contacts/{contact}/", "/api/handoffs/{handoff}/claim/"}),
        ("ae", {"/api/contacts/", "/api/contacts/{contact}/"}),
        ("manager", {"/api/contacts/", "/api/contacts/{contact}/", "/api/handoffs/{handoff}/claim/", *MERGES}),
        ("marketing_ops", {path for _, path, _ in WRITES if "handoffs" not in path}),
        ("admin", {path for _, path, _ in WRITES}),
    ],
)
def test_people_write_what_their_role_may(role: str, allowed: set[str]) -> None:
    client = signed_in(desk.user(role))
    row = desk.handoff()
    ids = {"account": row.account_id, "contact": desk.contact(row.account).pk, "handoff": row.pk}
    opened = set()
    for method, path, body in WRITES:
        before = everything()
        if getattr(client, method)(path.format(**ids), body).status_code == 403:
            assert everything() == before
        else:
            opened.add(path)

    assert opened == allowed


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(("scope", "status"), [("", 401), ("ingest", 403), ("read", 200), ("write", 200)])
def test_lists_are_for_keys_that_read(name: str, scope: str, status: int) -> None:
    client = key_client(scope) if scope else APIClient()

    assert client.get(f"/api/{name}/").status_code == status


def test_a_session_without_the_token_of_its_form_writes_nothing() -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(desk.user("admin"))

    answer = client.post("/api/accounts/", {"name": "New"})

    assert (answer.status_code, answer.json()["code"], Account.objects.count()) == (403, "permission_denied", 0)


def test_a_key_makes_no_moves(api: APIClient) -> None:
    row = desk.handoff()
    before = everything()

    answer = api.post(f"/api/handoffs/{row.pk}/claim/", {})

    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "A key makes no moves: each is a person's. Sign in, and call this with the session's cookie.",
    )
    assert everything() == before


# Accounts and people


def test_an_account_is_made_and_changed_with_its_history(api: APIClient) -> None:
    CustomField.objects.create(key="seats", label="Seats", kind="number")
    sdr = desk.user("sdr")

    made = api.post(
        "/api/accounts/",
        {
            "name": "Northwind",
            "domain": "https://www.northwind.com/x",
            "employees": 120,
            "custom": {"seats": 5},
            "owner_sdr": sdr.email,
        },
    )
    changed = api.patch(f"/api/accounts/{made.json()['id']}/", {"employees": None, "industry": "Freight"})

    account = Account.objects.get()
    assert (made.status_code, made.json()["domain"], changed.status_code) == (201, "northwind.com", 200)
    assert (account.employees, account.industry, account.custom, account.owner_sdr) == (
        None,
        "Freight",
        {"seats": 5.0},
        sdr,
    )
    facts = AccountFact.objects.filter(field__in=("employees", "industry")).order_by("known_from", "field")
    assert list(facts.values_list("field", "value", "source")) == [
        ("employees", 120, "api"),
        ("employees", None, "api"),
        ("industry", "Freight", "api"),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"name": "N", "domain": "gmail.com"}, "domain"),
        ({"name": "N", "domain": "taken.com"}, "domain"),
        ({"name": "N", "employees": -1}, "employees"),
        ({"name": "N", "employees": 10**12}, "employees"),
        ({"name": "N", "revenue_growth": "NaN"}, "revenue_growth"),
        ({"name": "N", "custom": {"unknown": 1}}, "custom"),
        ({"name": "N", "owner_sdr": "nobody@nowhere.com"}, "owner_sdr"),
        ({"name": "N", "customer_since": "2026-02-01", "customer_until": "2026-01-01"}, "customer_until"),
    ],
)
def test_what_an_account_can_not_be_is_said_at_the_field(api: APIClient, body: dict[str, Any], field: str) -> None:
    create_account(name="Taken", domain="taken.com")

    answer = api.post("/api/accounts/", body)

    assert (answer.status_code, answer.json()["code"], list(answer.json()["errors"])) == (400, "invalid", [field])
    assert Account.objects.count() == 1


def test_many_accounts_are_made_changed_and_left_by_domain(api: APIClient) -> None:
    known = create_account(name="Known", domain="known.com", industry="Freight")
    same = create_account(name="Same", domain="same.com")
    body = {
        "items": [
            {"domain": "new.com", "name": "New", "annual_revenue": "1000.50", "annual_revenue_currency": "EUR"},
            {"domain": "www.known.com", "name": "Known", "industry": None, "employees": 7},
            {"domain": "same.com", "name": "Same"},
            {"domain": "new.com", "name": "New again"},
        ]
    }

    first, second = api.post("/api/accounts/bulk/", body).json(), api.post("/api/accounts/bulk/", body).json()

    new = Account.objects.get(domains__name="new.com")
    assert [(one["result"], one["id"], one["reason"]) for one in first["items"]] == [
        ("new", new.pk, ""),
        ("changed", known.pk, ""),
        ("unchanged", same.pk, ""),
        ("rejected", None, "Item 0 of this request is about the same."),
    ]
    assert {name: first[name] for name in ("received", "new", "changed", "unchanged", "rejected")} == {
        "received": 4,
        "new": 1,
        "changed": 1,
        "unchanged": 1,
        "rejected": 1,
    }
    assert [one["result"] for one in second["items"]] == ["unchanged", "unchanged", "unchanged", "rejected"]
    known.refresh_from_db()
    assert (known.industry, known.employees) == ("Freight", 7)
    assert (new.name, new.annual_revenue, new.annual_revenue_currency) == ("New", Decimal("1000.50"), "EUR")
    assert new.centers.filter(is_default=True).count() == 1
    facts = AccountFact.objects.exclude(source="page").order_by("account", "field")
    assert list(facts.values_list("account", "field", "source")) == [
        (known.pk, "employees", "api"),
        (new.pk, "annual_revenue", "api"),
        (new.pk, "is_target", "api"),
        (new.pk, "lifecycle", "api"),
    ]


@pytest.mark.parametrize("name", ["accounts", "contacts", "opportunities", "revenue-events", "intent-signals"])
@pytest.mark.parametrize("items", [[], [{}], None, "x", [{"name": "N"}] * 1001])
def test_items_that_can_not_be_read_write_nothing(api: APIClient, name: str, items: Any) -> None:
    answer = api.post(f"/api/{name}/bulk/", {"items": items})

    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["items"])
    assert everything()["accounts"] == []


def test_a_person_is_made_and_changed(api: APIClient) -> None:
    account = create_account(name="Northwind", domain="northwind.com")

    made = api.post("/api/contacts/", {"email": "Ann@Northwind.com", "title": "VP of IT"}).json()
    changed = api.patch(f"/api/contacts/{made['id']}/", {"seniority": "director"}).json()
    taken = api.post("/api/contacts/", {"email": "ann@northwind.com"})

    assert (made["email"], made["account"], made["seniority"], made["seniority_overridden"]) == (
        "ann@northwind.com",
        account.pk,
        "vp",
        False,
    )
    assert (changed["seniority"], changed["seniority_overridden"]) == ("director", True)
    assert (taken.status_code, list(taken.json()["errors"]), Contact.objects.count()) == (400, ["email"], 1)


def test_many_people_are_written_by_address(api: APIClient) -> None:
    account = create_account(name="Northwind", domain="northwind.com")
    ann = create_contact(account=account, email="ann@northwind.com", do_not_contact=True)
    items = [
        {"email": "ANN@northwind.com", "title": "CEO", "do_not_contact": False},
        {"email": "bob@elsewhere.org", "account_domain": "northwind.com"},
    ]

    found = api.post("/api/contacts/bulk/", {"items": items}).json()

    ann.refresh_from_db()
    assert [one["result"] for one in found["items"]] == ["changed", "new"]
    assert (ann.title, ann.do_not_contact) == ("CEO", True)
    assert Contact.objects.get(email="bob@elsewhere.org").account == account


def test_an_erased_person_is_not_here(api: APIClient) -> None:
    gone = desk.contact(desk.account(), erased_at=given.NOW)

    assert api.get(f"/api/contacts/{gone.pk}/").status_code == 404
    assert api.get("/api/contacts/").json()["results"] == []
    assert api.patch(f"/api/contacts/{gone.pk}/", {"title": "x"}).status_code == 404


# The desk


def test_a_handoff_goes_its_way_over_the_api() -> None:
    sdr, ae = desk.user("sdr"), desk.user("ae")
    row = desk.handoff()
    people = desk.ready_to_pass(row)
    assert len(people) == 2
    path = f"/api/handoffs/{row.pk}"

    claimed = signed_in(sdr).post(f"{path}/claim/", {})
    incomplete = signed_in(sdr).post(f"{path}/pass/", {"ae": ae.pk, "summary": ""})
    passed = signed_in(sdr).post(f"{path}/pass/", {"ae": ae.pk, "summary": "They buy."})
    foreign = signed_in(desk.user("ae")).post(f"{path}/accept/", {})
    accepted = signed_in(ae).post(f"{path}/accept/", {})
    opened = signed_in(ae).post(f"{path}/opportunity/", {"name": "Roll-out"})

    assert [answer.status_code for answer in (claimed, incomplete, passed, foreign, accepted, opened)] == [
        200, 400, 200, 409, 200, 422,
    ]  # fmt: skip
    assert (foreign.json()["code"], opened.json()["code"]) == ("held", "needs")
    assert opened.json()["errors"]["needs"] == [
        "an amount of 0 or more",
        "the day on which it is expected to close",
    ]
    said = accepted.json()
    assert (said["state"], said["holder"], said["sdr"]["id"]) == ("accepted", {"id": ae.pk, "name": ae.name}, sdr.pk)
    assert [event["action"] for event in said["events"]] == ["claim", "pass", "accept"]


def test_handoffs_are_narrowed() -> None:
    api = key_client("read")
    queued, working, lost = desk.handoff(), desk.handoff("working"), desk.handoff("lost")

    def ids(query: str) -> list[int]:
        return [row["id"] for row in api.get(f"/api/handoffs/?{query}").json()["results"]]

    assert ids("") == [lost.pk, working.pk, queued.pk]
    assert ids("open=true") == [working.pk, queued.pk]
    assert ids("state=lost") == [lost.pk]
    assert ids(f"sdr={working.claimed_by_id}") == [working.pk]
    assert ids(f"account={queued.account_id}") == [queued.pk]
    assert api.get("/api/handoffs/?state=dreaming").status_code == 400
    assert api.get("/api/handoffs/?account=99999999999999999999").status_code == 400


def test_many_opportunities_are_written_by_their_id_elsewhere(api: APIClient) -> None:
    account = create_account(name="Northwind", domain="northwind.com")
    first = {
        "system": "salesforce", "external_id": "006A", "account_domain": "northwind.com", "name": "Roll-out",
        "amount": "5000.00", "currency": "EUR",
    }  # fmt: skip
    other = first | {"external_id": "006B", "account_domain": "unknown.com"}

    made = api.post("/api/opportunities/bulk/", {"items": [first, other]}).json()
    won = api.post(
        "/api/opportunities/bulk/",
        {"items": [first | {"stage": "won", "closed_on": "2026-01-31", "amount": "6000.00"}]},
    ).json()
    again = api.post("/api/opportunities/bulk/", {"items": [{**first, "system": "hubspot"}]}).json()

    assert [(one["result"], one["reason"]) for one in made["items"]] == [
        ("new", ""),
        ("rejected", "No account here is “unknown.com”: import it first"),
    ]
    assert (won["items"][0]["result"], again["items"][0]["result"]) == ("changed", "new")
    deal = Opportunity.objects.get(system="salesforce")
    assert (deal.account, deal.stage, deal.amount, deal.currency, deal.closed_on) == (
        account,
        "won",
        Decimal("6000.00"),
        "EUR",
        dt.date(2026, 1, 31),
    )
    assert Opportunity.objects.count() == 2


# What is observed


def test_signals_are_sent_once_and_a_new_score_counts(api: APIClient) -> None:
    account = create_account(name="Northwind", domain="northwind.com")
    item = {
        "account_domain": "northwind.com", "topic": "Data integration", "provider": "bombora", "composite": 80,
        "observed_on": "2026-01-05",
    }  # fmt: skip
    later = item | {"composite": 85.5}
    nobody = item | {"account_domain": "unknown.com"}

    results = [
        api.post("/api/intent-signals/bulk/", {"items": [one]}).json()["items"][0]["result"]
        for one in (item, item, later, nobody)
    ]

    assert results == ["new", "unchanged", "changed", "new"]
    assert list(IntentSignal.objects.order_by("id").values_list("account", "domain", "composite")) == [
        (account.pk, "northwind.com", 80.0),
        (account.pk, "northwind.com", 85.5),
        (None, "unknown.com", 80.0),
    ]
    assert RescoreRequest.objects.filter(reason="intent").count() == 2


def test_touches_of_an_account_come_by_time_over_pages(api: APIClient) -> None:
    account = create_account(name="Northwind")
    ids = {days: given.touch(account, None, "pricing_page", given.ago(days)).pk for days in (2, 5, 1, 3)}
    given.touch(create_account(name="Other"), None, "case_study", given.ago(1))

    found, path = [], f"/api/touches/?account={account.pk}&page_size=3"
    while path:
        page = api.get(path).json()
        found += [row["id"] for row in page["results"]]
        path = page["next"]

    assert found == [ids[1], ids[2], ids[3], ids[5]]
    one = api.get(f"/api/touches/{ids[1]}/").json()
    assert (one["type"], one["account"], one["theme"]) == ("pricing_page", account.pk, None)
    assert [row["type"] for row in api.get("/api/touches/?type=case_study").json()["results"]] == ["case_study"]


def test_decisions_are_listed_and_explained(api: APIClient) -> None:
    first = desk.decision(desk.whole(desk.account()))
    second = desk.decision(desk.whole(desk.account()), qualified=False)

    listed = api.get("/api/decisions/").json()["results"]
    one = api.get(f"/api/decisions/{first.pk}/").json()

    assert [(row["id"], row["qualified"], row["blocked_by"]) for row in listed] == [
        (second.pk, False, "threshold"),
        (first.pk, True, None),
    ]
    assert ("evidence" in listed[0], one["evidence"], one["points"]) == (False, {}, 40.0)
    assert [row["id"] for row in api.get("/api/decisions/?qualified=true").json()["results"]] == [first.pk]


# Pages, errors, limits


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


@pytest.mark.parametrize("name", ["contacts", "handoffs", "opportunities", "touches", "decisions", "intent-signals"])
def test_a_page_costs_the_same_for_few_and_many(api: APIClient, name: str, django_assert_num_queries: Any) -> None:
    from django.test.utils import CaptureQueriesContext

    def more(number: int) -> None:
        for _ in range(number):
            row = desk.handoff("opportunity")
            person = desk.contact(row.account)
            given.touch(row.account, person, "pricing_page", given.ago(1))
            given.intent(row.account, 80, given.NOW.date())
            desk.decision(row.center)

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
        b"\xff",
        b"",
        b"null",
    ],
)
def test_what_is_no_text_or_no_json_is_refused(api: APIClient, path: str, body: bytes) -> None:
    before = everything()
    answer = api.generic("POST", path, body, content_type="application/json")
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
