"""Over the API: exporting and erasing a person, touches marked as wrong, targets, what waits to be placed."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.companies import create_account
from accounts.models import Account, AccountFact, Contact
from accounts.people import create_contact
from handoff.models import HandoffEvent, Note, TriageItem
from signals.models import Touch
from tests.handoff import desk
from tests.mqa_site.api_clients import key_client, signed_in
from tests.signals import given

pytestmark = pytest.mark.django_db


def test_a_person_is_exported_and_erased(configuring: APIClient) -> None:
    account = create_account(name="Northwind", domain="northwind.com")
    ann = create_contact(account=account, email="ann@northwind.com", first_name="Ann", last_name="Lee")
    note = Note.objects.create(account=account, author=desk.user("sdr"), text="Lee is on holiday.")
    path = f"/api/contacts/{ann.pk}/"

    held = key_client("read").get(f"{path}export/").json()
    unsure = configuring.post(f"{path}erase/", {"confirm": False})
    kept = Contact.objects.get(pk=ann.pk).email
    done = configuring.post(f"{path}erase/", {"confirm": True})
    again = configuring.post(f"{path}erase/", {"confirm": True})

    assert (held["id"], "ann@northwind.com" in str(held)) == (ann.pk, True)
    assert (unsure.status_code, list(unsure.json()["errors"]), kept) == (400, ["confirm"], "ann@northwind.com")
    assert (done.status_code, done.json()["id"], done.json()["notes_to_check"]) == (200, ann.pk, [note.pk])
    ann.refresh_from_db()
    assert (ann.email, ann.erased_at is None, again.status_code) == ("", False, 404)
    back = configuring.post("/api/contacts/", {"email": "ann@northwind.com"})
    assert (back.status_code, list(back.json()["errors"])) == (400, ["email"])


@pytest.mark.parametrize(
    ("who", "export", "erase"),
    [("sdr", 403, 403), ("ae", 403, 403), ("manager", 200, 403), ("marketing_ops", 200, 403), ("write", 200, 403)],
)
def test_who_may_not_erase_changes_nothing(who: str, export: int, erase: int) -> None:
    client = key_client(who) if who == "write" else signed_in(desk.user(who))
    ann = desk.contact(desk.account())
    before = Contact.objects.filter(pk=ann.pk).values().get()

    assert client.get(f"/api/contacts/{ann.pk}/export/").status_code == export
    assert client.post(f"/api/contacts/{ann.pk}/erase/", {"confirm": True}).status_code == erase
    assert Contact.objects.filter(pk=ann.pk).values().get() == before


def test_a_touch_is_marked_as_wrong_by_a_person(api: APIClient) -> None:
    row = desk.handoff()
    touch = given.touch(row.account, None, "pricing_page", given.ago(1))
    path = f"/api/touches/{touch.pk}/wrong/"

    key = api.post(path, {})
    marked = signed_in(desk.user("sdr")).post(path, {"comment": "A job applicant."})

    assert (key.status_code, marked.status_code) == (403, 200)
    assert marked.json()["ignored"] == Touch.objects.get(pk=touch.pk).ignored == "wrong"
    assert HandoffEvent.objects.get(action="touch_wrong").comment == "A job applicant."


def test_targets_are_chosen_many_at_a_time(api: APIClient) -> None:
    first, second, third = (desk.account(name) for name in ("Alpha", "Beta", "Gamma"))
    desk.state(desk.whole(first), fit=90.0)
    manager = desk.user("manager")

    made = api.post("/api/targets/mark/", {"accounts": [first.pk, second.pk], "is_target": True}).json()
    again = signed_in(manager).post("/api/targets/mark/", {"accounts": [second.pk, third.pk], "is_target": True}).json()
    gone = api.post("/api/targets/mark/", {"accounts": [third.pk, 2**62], "is_target": False})

    assert (made, again, gone.status_code) == ({"changed": 2}, {"changed": 1}, 400)
    assert gone.json()["message"] == f"accounts: There is none with the id {2**62}."
    rows = api.get("/api/targets/").json()["results"]
    assert [(row["account"]["name"], row["by"], row["how"], row["fit"]) for row in rows] == [
        ("Alpha", None, "over the API", 90.0),
        ("Beta", None, "over the API", None),
        ("Gamma", manager.email, "over the API", None),
    ]
    assert [row["account"]["id"] for row in api.get("/api/targets/?view=unclear&q=bet").json()["results"]] == [
        second.pk
    ]
    assert api.get("/api/targets/?view=mine").status_code == 400
    assert AccountFact.objects.filter(field="is_target", value=True).count() == 3


@pytest.mark.parametrize(
    "body",
    [{}, {"accounts": [], "is_target": True}, {"accounts": "all", "is_target": True}, {"accounts": [1] * 1001}, None],
)
def test_what_names_no_accounts_marks_none(api: APIClient, body: Any) -> None:
    company = desk.account()

    assert api.post("/api/targets/mark/", body).status_code == 400
    sdr = signed_in(desk.user("sdr"))
    answers = [sdr.post("/api/targets/mark/", {"accounts": [company.pk], "is_target": True}), sdr.get("/api/targets/")]
    assert [one.status_code for one in answers] == [403, 403]
    assert not Account.objects.filter(is_target=True).exists()


def test_a_hand_raise_is_placed_once() -> None:
    company = desk.account()
    touch = given.touch(None, None, "demo_request", given.ago(0))
    item = TriageItem.objects.create(touch_id=touch.pk, occurred_at=touch.occurred_at, due_at=touch.occurred_at)
    path, ae, sdr = f"/api/triage/{item.pk}/", desk.user("ae"), desk.user("sdr", "Ana")
    client = signed_in(sdr)

    before = [
        key_client("configure").post(f"{path}match/", {"account": company.pk}).status_code,
        signed_in(ae).post(f"{path}dismiss/", {}).status_code,
        client.post(f"{path}match/", {"account": 0}).status_code,
    ]
    waiting = key_client("read").get("/api/triage/?open=true").json()["results"]
    placed = client.post(f"{path}match/", {"account": company.pk})
    late = client.post(f"{path}dismiss/", {})

    assert (before, [row["touch"] for row in waiting]) == ([403, 403, 400], [touch.pk])
    assert (placed.status_code, placed.json()["account"], placed.json()["resolved_by"]) == (
        200,
        company.pk,
        {"id": sdr.pk, "name": "Ana"},
    )
    assert (late.status_code, late.json()["message"]) == (409, "Ana has placed this hand-raise already.")
    assert client.get("/api/triage/?open=true").json()["results"] == []
    assert company.handoffs.get().hand_raise_at is not None
