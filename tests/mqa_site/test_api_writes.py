"""What is written over the API: accounts and people, the desk, what is observed."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.companies import create_account
from accounts.models import Account, AccountFact, Contact, CustomField
from accounts.people import create_contact
from handoff.models import Opportunity
from signals.models import IntentSignal, RescoreRequest
from tests.handoff import desk
from tests.mqa_site.api_clients import everything, key_client, signed_in
from tests.signals import given

pytestmark = pytest.mark.django_db


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
