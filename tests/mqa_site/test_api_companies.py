"""Over the API: what an account is recognised by, what it uses, to whom it belongs, its buying centers."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.companies import create_account, create_center
from accounts.models import Account, AccountIdentifier, AccountTechnology, BuyingCenter, Contact, ContactFact, Domain
from accounts.people import create_contact
from signals.models import CenterState, RescoreRequest
from tests.handoff import desk
from tests.mqa_site.api_clients import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def northwind() -> Account:
    return create_account(name="Northwind", domain="northwind.com")


def known(account: Account) -> list[tuple[str, str, bool]]:
    rows = AccountTechnology.objects.filter(account=account).order_by("id")
    return [(row.technology.name, row.status, row.known_until is None) for row in rows.select_related("technology")]


def test_what_can_be_changed_of_an_account_can_be_read(api: APIClient, northwind: Account) -> None:
    parent = create_account(name="Group")
    sdr = desk.user("sdr")
    said = {"industry": "Freight", "employees": 70, "tier": "A", "owner_sdr": sdr.email, "parent": parent.pk}

    answer = api.patch(f"/api/accounts/{northwind.pk}/", said).json()

    assert {name: answer[name] for name in said} == said
    assert (answer["owner_ae"], answer["lifecycle"], answer["identifiers"]) == (None, "prospect", [])
    for query in (f"parent={parent.pk}", f"owner_sdr={sdr.email.upper()}"):
        found = api.get(f"/api/accounts/?{query}").json()["results"]
        assert [(row["id"], row["industry"]) for row in found] == [(northwind.pk, "Freight")]
    assert api.get("/api/accounts/?lifecycle=customer").json()["results"] == []
    assert api.get("/api/accounts/?updated_since=2999-01-01T00:00:00Z").json()["results"] == []


def test_no_account_is_above_itself(api: APIClient, northwind: Account) -> None:
    child = create_account(name="Northwind Freight", parent=northwind)
    grandchild = create_account(name="Northwind Rail", parent=child)

    for parent in (northwind.pk, child.pk, grandchild.pk):
        answer = api.patch(f"/api/accounts/{northwind.pk}/", {"parent": parent})
        assert (answer.status_code, answer.json()["errors"]) == (
            400,
            {"parent": ["This would put the account above itself. Choose another parent."]},
        )
    northwind.refresh_from_db()
    assert northwind.parent_id is None


def test_an_account_gets_domains_and_one_is_primary(api: APIClient, northwind: Account) -> None:
    waiting = create_contact(account=None, email="ann@northwind.de")
    other = create_account(name="Other", domain="other.com")

    made = api.post("/api/domains/", {"account": northwind.pk, "name": "https://www.northwind.de/x"})
    taken = api.post("/api/domains/", {"account": northwind.pk, "name": "other.com"})
    free = api.post("/api/domains/", {"account": northwind.pk, "name": "gmail.com"})
    primary = api.patch(f"/api/domains/{made.json()['id']}/", {"is_primary": True})
    none = api.patch(f"/api/domains/{made.json()['id']}/", {"is_primary": False})

    assert (made.status_code, made.json()["name"], made.json()["is_primary"]) == (201, "northwind.de", False)
    assert (taken.status_code, taken.json()["message"]) == (400, "domain: other.com already belongs to Other.")
    assert [one.status_code for one in (free, primary, none)] == [400, 200, 400]
    assert list(Domain.objects.order_by("id").values_list("account", "name", "is_primary")) == [
        (northwind.pk, "northwind.com", False),
        (other.pk, "other.com", True),
        (northwind.pk, "northwind.de", True),
    ]
    waiting.refresh_from_db()
    assert waiting.account == northwind
    found = api.get(f"/api/domains/?account={northwind.pk}&name=NORTHWIND.de").json()["results"]
    assert [row["name"] for row in found] == ["northwind.de"]


def test_other_systems_call_it_so(api: APIClient, northwind: Account) -> None:
    other = create_account(name="Other")
    body = {"account": northwind.pk, "system": "salesforce", "value": "001A"}

    answers = [api.post("/api/account-identifiers/", body) for _ in range(2)]
    foreign = api.post("/api/account-identifiers/", body | {"account": other.pk})

    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert (foreign.status_code, foreign.json()["message"]) == (400, "value: salesforce 001A is already Northwind.")
    assert AccountIdentifier.objects.count() == 1
    assert api.get(f"/api/accounts/{northwind.pk}/").json()["identifiers"] == [
        {"system": "salesforce", "value": "001A"}
    ]


def test_technologies_are_said_and_end(api: APIClient, northwind: Account) -> None:
    body = {"account": northwind.pk, "technology": "SAP", "status": "uses"}

    first, again = api.post("/api/technologies/", body), api.post("/api/technologies/", body)
    RescoreRequest.objects.all().delete()
    gone = [api.delete(f"/api/technologies/{first.json()['id']}/").status_code for _ in range(2)]

    assert (first.status_code, again.json()["id"], gone) == (201, first.json()["id"], [204, 204])
    assert known(northwind) == [("SAP", "uses", False)]
    assert RescoreRequest.objects.filter(reason="technology").count() == 1
    assert api.get("/api/technologies/?ended=false").json()["results"] == []
    assert [row["technology"] for row in api.get("/api/technologies/?ended=true").json()["results"]] == ["SAP"]


def test_all_of_an_account_is_replaced(api: APIClient, northwind: Account) -> None:
    for name in ("SAP", "Oracle"):
        api.post("/api/technologies/", {"account": northwind.pk, "technology": name, "status": "uses"})
    wanted = [{"technology": "SAP", "status": "uses"}, {"technology": "Snowflake", "status": "evaluating"}]

    answer = api.post("/api/technologies/replace/", {"account": northwind.pk, "technologies": wanted}).json()

    assert [(row["technology"], row["status"]) for row in answer["technologies"]] == [
        ("SAP", "uses"),
        ("Snowflake", "evaluating"),
    ]
    assert known(northwind) == [("SAP", "uses", True), ("Oracle", "uses", False), ("Snowflake", "evaluating", True)]


def test_many_technologies_go_by_domain(api: APIClient, northwind: Account) -> None:
    item = {"account_domain": "www.northwind.com", "technology": "SAP", "status": "uses"}
    items = [item, item | {"technology": "Oracle"}, item, item | {"account_domain": "unknown.com"}]

    first = api.post("/api/technologies/bulk/", {"items": items}).json()
    again = api.post("/api/technologies/bulk/", {"items": items[:2]}).json()
    ended = api.post("/api/technologies/bulk/", {"items": [item | {"known": False}]}).json()

    assert [(one["result"], one["reason"]) for one in first["items"]] == [
        ("new", ""),
        ("new", ""),
        ("rejected", "Item 0 of this request is about the same."),
        ("rejected", "No account here is “unknown.com”: import it first"),
    ]
    assert [one["result"] for one in again["items"]] == ["unchanged", "unchanged"]
    assert again["items"][0]["id"] == first["items"][0]["id"]
    assert (ended["items"][0]["result"], ended["items"][0]["id"]) == ("changed", None)
    assert known(northwind) == [("SAP", "uses", False), ("Oracle", "uses", True)]


def test_a_center_is_made_filled_renamed_and_listed(api: APIClient, northwind: Account) -> None:
    ann, bob = (create_contact(account=northwind, email=f"{name}@northwind.com") for name in ("ann", "bob"))

    made = api.post("/api/buying-centers/", {"account": northwind.pk, "name": "EMEA IT"})
    path = f"/api/buying-centers/{made.json()['id']}/"
    moved = [api.post(f"{path}move/", {"contacts": [ann.pk, bob.pk]}).json() for _ in range(2)]
    renamed = api.patch(path, {"name": "EMEA"}).json()

    assert (made.status_code, made.json()["evaluated"], made.json()["people"]) == (201, False, 0)
    assert (moved, renamed["name"], renamed["people"]) == ([{"moved": 2}, {"moved": 0}], "EMEA", 2)
    whole = desk.whole(northwind)
    facts = ContactFact.objects.filter(contact=ann, field="center")
    assert list(facts.values_list("value", "source")) == [(made.json()["id"], "api")]
    assert api.post(f"/api/buying-centers/{whole.pk}/move/", {"contacts": [ann.pk]}).json() == {"moved": 1}
    assert {row["id"]: row["people"] for row in api.get("/api/buying-centers/").json()["results"]} == {
        whole.pk: 1,
        made.json()["id"]: 1,
    }


def test_centers_are_narrowed_by_where_they_stand(api: APIClient) -> None:
    queued, closed, plain = desk.handoff(), desk.handoff("lost"), desk.whole(desk.account())
    desk.qualify(queued.center)
    desk.unqualify(closed.center)
    CenterState.objects.update(points_micro=1_000_000)

    def ids(query: str) -> list[int]:
        return [row["id"] for row in api.get(f"/api/buying-centers/?{query}").json()["results"]]

    assert ids("") == [queued.center_id, closed.center_id, plain.pk]
    assert (ids("at_desk=true"), ids("at_desk=false")) == ([queued.center_id], [closed.center_id, plain.pk])
    assert (ids("qualified=true"), ids("qualified=false")) == ([queued.center_id], [closed.center_id])
    assert (ids("blocked_by=threshold"), ids("evaluated=false")) == ([closed.center_id], [plain.pk])
    assert ids(f"account={plain.account_id}&is_default=true") == [plain.pk]
    one = api.get(f"/api/buying-centers/{queued.center_id}/").json()
    assert (one["qualified"], one["handoff"]["id"], one["account"]["name"]) == (
        True,
        queued.pk,
        queued.account.name,
    )


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("post", "", {"name": "EMEA"}, "account"),
        ("post", "", {"account": "own", "name": " "}, "name"),
        ("post", "", {"account": "own", "name": "x" * 121}, "name"),
        ("post", "", {"account": "own", "name": "Taken"}, "name"),
        ("post", "", {"account": 0, "name": "EMEA"}, "account"),
        ("patch", "whole/", {"name": "EMEA"}, "name"),
        ("patch", "named/", {"name": "Taken"}, "name"),
        ("patch", "named/", {"name": None}, "name"),
        ("post", "named/move/", {"contacts": []}, "contacts"),
        ("post", "named/move/", {"contacts": ["foreign"]}, "contacts"),
        ("post", "named/move/", {"contacts": ["mine", 2**62]}, "contacts"),
        ("post", "named/move/", {"contacts": "all"}, "contacts"),
    ],
)
def test_what_no_center_can_be_changes_nothing(
    api: APIClient, northwind: Account, method: str, path: str, body: dict[str, Any], field: str
) -> None:
    create_center(account=northwind, name="Taken", by=None)
    ids = {
        "own": northwind.pk,
        "whole": desk.whole(northwind).pk,
        "named": create_center(account=northwind, name="Plant", by=None).pk,
        "mine": create_contact(account=northwind, email="ann@northwind.com").pk,
        "foreign": desk.contact(desk.account()).pk,
    }
    for name, pk in ids.items():
        path = path.replace(name, str(pk))
    said = {
        key: [ids.get(one, one) for one in value] if isinstance(value, list) else ids.get(value, value)
        for key, value in body.items()
    }
    before = list(BuyingCenter.objects.order_by("pk").values())

    answer = getattr(api, method)(f"/api/buying-centers/{path}", said)

    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert list(BuyingCenter.objects.order_by("pk").values()) == before
    assert not Contact.objects.filter(center__isnull=False).exists()


def test_a_person_changes_centers_and_is_given_back_to_the_rules(api: APIClient, northwind: Account) -> None:
    ann = create_contact(account=northwind, email="ann@northwind.com", title="VP of IT")
    center = create_center(account=northwind, name="EMEA", by=None)
    foreign = create_center(account=create_account(name="Other"), name="EMEA", by=None)
    path = f"/api/contacts/{ann.pk}/"

    moved = api.patch(path, {"center": center.pk, "seniority": "director"}).json()
    back = api.patch(path, {"seniority_overridden": False, "center": None}).json()
    elsewhere = api.patch(path, {"center": foreign.pk})
    both = api.patch(path, {"seniority": "vp", "seniority_overridden": False})

    assert (moved["center"], moved["seniority"], moved["seniority_overridden"]) == (center.pk, "director", True)
    assert (back["center"], back["seniority"], back["seniority_overridden"]) == (None, "vp", False)
    assert (elsewhere.status_code, list(elsewhere.json()["errors"])) == (400, ["center"])
    assert (both.status_code, list(both.json()["errors"])) == (400, ["seniority"])


@pytest.mark.parametrize("role", ["ae", "sdr", "manager", "marketing_ops", "admin"])
def test_who_keeps_centers_and_companies(northwind: Account, role: str) -> None:
    client = signed_in(desk.user(role))
    imports = role in {"marketing_ops", "admin"}
    own = {"account": northwind.pk}

    answers = {
        "center": client.post("/api/buying-centers/", own | {"name": "EMEA"}).status_code,
        "rename": client.patch(f"/api/buying-centers/{desk.whole(northwind).pk}/", {"name": "All"}).status_code,
        "domain": client.post("/api/domains/", own | {"name": "northwind.de"}).status_code,
        "id": client.post("/api/account-identifiers/", own | {"system": "crm", "value": "1"}).status_code,
        "technology": client.post("/api/technologies/replace/", own | {"technologies": []}).status_code,
    }

    assert answers == {
        "center": 403 if role == "ae" else 201,
        "rename": 403 if role == "ae" else 400,
        "domain": 201 if imports else 403,
        "id": 201 if imports else 403,
        "technology": 200 if imports else 403,
    }
    assert BuyingCenter.objects.count() == (1 if role == "ae" else 2)
    assert (Domain.objects.count(), AccountIdentifier.objects.count()) == ((2, 1) if imports else (1, 0))
