"""Over the API: who is in which role, what was said, and the moves that have no button of their own."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.companies import create_center
from handoff.models import BuyingGroupMember, BuyingRoleSpell, Handoff, Note, Notice
from tests.handoff import desk
from tests.mqa_site.api_clients import key_client, signed_in

pytestmark = pytest.mark.django_db
MEMBERS = "/api/buying-group-members/"


def members() -> list[tuple[Any, ...]]:
    rows = BuyingGroupMember.objects.order_by("id")
    return list(rows.values_list("contact", "role", "status", "decided_by"))


def test_a_role_is_given_changed_and_taken_away(api: APIClient) -> None:
    row = desk.handoff("working")
    person, other = desk.contact(row.account), desk.contact(row.account)
    body = {"center": row.center_id, "contact": person.pk, "role": "champion"}

    made = api.post(MEMBERS, body)
    api.post(MEMBERS, body | {"contact": other.pk, "role": "blocker"})
    changed = signed_in(row.claimed_by).patch(f"{MEMBERS}{made.json()['id']}/", {"role": "influencer"})
    gone = api.patch(f"{MEMBERS}{changed.json()['id']}/", {"status": "rejected"})

    assert (made.status_code, made.json()["status"], made.json()["decided_by"]) == (201, "validated", None)
    assert (changed.status_code, changed.json()["role"], changed.json()["decided_by"]) == (
        200,
        "influencer",
        row.claimed_by.email,
    )
    assert (gone.status_code, gone.json()["status"]) == (200, "rejected")
    assert members() == [
        (other.pk, "blocker", "validated", None),
        (person.pk, "influencer", "rejected", None),
    ]
    assert api.get(f"{MEMBERS}{made.json()['id']}/").status_code == 404
    assert BuyingRoleSpell.objects.filter(contact=other, until__isnull=True).count() == 1


def test_members_are_narrowed(api: APIClient) -> None:
    first, second = desk.handoff(), desk.handoff()
    people = [*desk.ready_to_pass(first), *desk.ready_to_pass(second)]

    def found(query: str) -> list[int]:
        return [row["contact"] for row in api.get(f"{MEMBERS}?{query}").json()["results"]]

    assert found("") == [person.pk for person in people]
    assert found(f"account={second.account_id}") == found(f"center={second.center_id}") == [p.pk for p in people[2:]]
    assert found("role=champion") == [people[0].pk, people[2].pk]
    assert (found(f"contact={people[1].pk}"), found("status=rejected")) == ([people[1].pk], [])


def test_many_roles_go_by_address(api: APIClient) -> None:
    company = desk.account()
    create_center(account=company, name="EMEA", by=None)
    person = desk.contact(company)
    item = {"email": person.email.upper(), "role": "champion"}
    items = [
        item,
        item | {"center": "EMEA", "role": "blocker"},
        item,
        item | {"center": "APAC"},
        item | {"email": "nobody@people.example"},
    ]

    first = api.post(f"{MEMBERS}bulk/", {"items": items}).json()
    again = api.post(f"{MEMBERS}bulk/", {"items": [items[0], items[1] | {"status": "rejected"}]}).json()

    assert [(one["result"], one["reason"]) for one in first["items"]] == [
        ("new", ""),
        ("new", ""),
        ("rejected", "Item 0 of this request is about the same."),
        ("rejected", "The account has no buying center called “APAC”: make it first"),
        ("rejected", "Nobody here has the address “nobody@people.example”: send the person first"),
    ]
    assert [(one["result"], one["id"]) for one in again["items"]] == [
        ("unchanged", first["items"][0]["id"]),
        ("changed", first["items"][1]["id"]),
    ]
    assert members() == [
        (person.pk, "champion", "validated", None),
        (person.pk, "blocker", "rejected", None),
    ]


def test_who_may_not_keep_groups_changes_nothing(api: APIClient) -> None:
    row = desk.handoff()
    person, stranger = desk.contact(row.account), desk.contact(desk.account())
    member = api.post(MEMBERS, {"center": row.center_id, "contact": person.pk, "role": "champion"}).json()
    before = members()
    ops = signed_in(desk.user("marketing_ops"))

    answers = [
        ops.post(MEMBERS, {"center": row.center_id, "contact": person.pk, "role": "blocker"}),
        ops.patch(f"{MEMBERS}{member['id']}/", {"role": "blocker"}),
        ops.post(f"{MEMBERS}bulk/", {"items": [{"email": person.email, "role": "blocker"}]}),
        api.post(MEMBERS, {"center": row.center_id, "contact": stranger.pk, "role": "blocker"}),
        api.patch(f"{MEMBERS}{member['id']}/", {}),
        api.patch(f"{MEMBERS}{member['id']}/", {"role": "blocker", "status": "rejected"}),
        api.patch(f"{MEMBERS}{member['id']}/", {"status": "suggested"}),
    ]

    assert [one.status_code for one in answers] == [403, 403, 403, 422, 400, 400, 400]
    assert answers[0].json()["message"] == "Buying groups are kept by SDRs, AEs and their managers."
    assert answers[3].json()["errors"] == {"needs": ["a person of this account"]}
    assert members() == before


def test_a_note_is_written_pinned_and_found() -> None:
    row = desk.handoff("working")
    colleague = desk.user("ae", "Tom Okafor")
    client = signed_in(row.claimed_by)

    made = client.post("/api/notes/", {"account": row.account_id, "text": "Ask @Tom Okafor.", "kind": "call"})
    pinned = client.patch(f"/api/notes/{made.json()['id']}/", {"is_pinned": True}).json()

    said = made.json()
    assert (made.status_code, said["handoff"], said["author"]["id"], said["kind"]) == (
        201,
        row.pk,
        row.claimed_by_id,
        "call",
    )
    assert [one["id"] for one in said["mentions"]] == [colleague.pk]
    assert (pinned["is_pinned"], Notice.objects.get(kind="mention").recipient) == (True, colleague)
    api = key_client("read")
    for query in (f"account={row.account_id}", f"center={row.center_id}", "is_pinned=true", "kind=call"):
        assert [one["id"] for one in api.get(f"/api/notes/?{query}").json()["results"]] == [said["id"]]
    assert api.get("/api/notes/?kind=email").json()["results"] == []


def test_a_note_is_a_persons(api: APIClient) -> None:
    row, other = desk.handoff(), desk.account()
    client = signed_in(desk.user("sdr"))
    note = client.post("/api/notes/", {"account": row.account_id, "text": "First."}).json()

    answers = [
        api.post("/api/notes/", {"account": row.account_id, "text": "Mine?"}),
        api.patch(f"/api/notes/{note['id']}/", {"is_pinned": True}),
        client.post("/api/notes/", {"account": row.account_id, "text": " "}),
        client.post("/api/notes/", {"account": row.account_id, "text": "x" * 5001}),
        client.post("/api/notes/", {"account": other.pk, "center": row.center_id, "text": "Whose?"}),
        client.patch("/api/notes/0/", {"is_pinned": True}),
        client.patch(f"/api/notes/{note['id']}/", {"is_pinned": None}),
    ]

    assert [one.status_code for one in answers] == [403, 403, 400, 400, 400, 404, 400]
    assert answers[0].json()["message"] == (
        "A key can't do this: it is a person's. Sign in, and call this with the session's cookie."
    )
    assert list(Note.objects.values_list("text", "is_pinned")) == [("First.", False)]


def test_next_claims_the_top_and_outreach_is_logged() -> None:
    sdr = desk.user("sdr")
    row = desk.handoff(company=desk.account(owner_sdr=sdr))
    client, stranger = signed_in(sdr), desk.contact(desk.account())

    taken = client.post("/api/handoffs/next/", {}).json()
    nothing = client.post("/api/handoffs/next/", {})
    logged = client.post(f"/api/handoffs/{row.pk}/outreach/", {"kind": "call", "text": "Spoke to Ann.", "minutes": 4})
    foreign = client.post(f"/api/handoffs/{row.pk}/outreach/", {"kind": "call", "contact": stranger.pk})
    key = key_client("configure").post("/api/handoffs/next/", {})

    assert (taken["id"], taken["state"], taken["sdr"]["id"]) == (row.pk, "working", sdr.pk)
    assert (nothing.status_code, nothing.json()["message"]) == (409, "Nothing waits in your queue.")
    assert [one.status_code for one in (logged, foreign, key)] == [200, 422, 403]
    row.refresh_from_db()
    assert (row.outreach_at is None, Note.objects.get().text) == (False, "Spoke to Ann.")


def test_a_center_is_split_off() -> None:
    row = desk.handoff()
    center = create_center(account=row.account, name="EMEA", by=None)
    client = signed_in(desk.user("sdr"))
    path = f"/api/handoffs/{row.pk}/split/"

    early = client.post(path, {"center": center.pk})
    desk.qualify(center)
    done = client.post(path, {"center": center.pk})

    assert (early.status_code, early.json()["errors"]) == (422, {"needs": ["that EMEA qualifies"]})
    assert (done.status_code, done.json()["state"]) == (200, "withdrawn")
    assert Handoff.objects.get(center=center).state == "queued"
