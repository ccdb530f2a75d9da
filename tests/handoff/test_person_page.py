"""The page of a person: correcting, exporting, erasing (promise X5)."""

import json

import pytest
from django.test import Client

from accounts.companies import create_account, create_center
from accounts.models import Contact, ContactFact, Erasure, User
from accounts.people import create_contact
from accounts.roles import Role
from handoff.actions import add_note
from handoff.models import BuyingGroup, BuyingGroupMember
from tests.handoff import desk
from tests.signals import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Contact:
    company = create_account(name="Acme", domain="acme.example")
    person = create_contact(
        account=company,
        email="ann@acme.example",
        first_name="Ann",
        last_name="Lee",
        title="VP Finance",
        department="Finance",
    )
    given.touch(company, person, "pricing_page", given.ago(1), name="Pricing viewed")
    group = BuyingGroup.objects.create(center=company.centers.get(is_default=True))
    BuyingGroupMember.objects.create(group=group, contact=person, role="economic_buyer", status="validated")
    return person


def signed_in(client: Client, role: str) -> User:
    user = desk.user(role)
    client.force_login(user)
    return user


def test_the_page_says_who_it_is_and_what_they_did(client: Client, ann: Contact) -> None:
    signed_in(client, "sdr")
    text = client.get(f"/people/{ann.pk}/").content.decode()
    for words in ("Ann Lee", "VP Finance", "Acme", "ann@acme.example", "Pricing viewed", "Economic buyer", "Seniority"):
        assert words in text
    assert f"/people/{ann.pk}/erase/" not in text
    assert f'href="/people/{ann.pk}/"' in client.get("/people/").content.decode()


def form_of(**fields: str) -> dict[str, str]:
    return {"title": "VP Finance", "department": "Finance", "seniority": "", "persona": "", **fields}


def test_a_person_is_corrected_with_its_history(client: Client, ann: Contact) -> None:
    user = signed_in(client, "sdr")
    center = create_center(account=ann.account, name="EMEA IT", by=None)
    answer = client.post(
        f"/people/{ann.pk}/",
        form_of(department="IT", seniority="director", center=str(center.pk), excluded_from_scoring="on"),
    )
    assert answer["Location"] == f"/people/{ann.pk}/"
    ann.refresh_from_db()
    assert (ann.department, ann.seniority, ann.seniority_overridden, ann.center, ann.excluded_from_scoring) == (
        "IT",
        "director",
        True,
        center,
        True,
    )
    assert (ann.title, ann.persona_overridden, ann.do_not_contact) == ("VP Finance", False, False)
    facts = ContactFact.objects.filter(contact=ann, by=user).values_list("field", "value")
    assert {
        "seniority": "director",
        "center": center.pk,
        "department": "IT",
        "excluded_from_scoring": True,
    }.items() <= dict(facts).items()
    client.post(f"/people/{ann.pk}/", form_of(department="IT", center=str(center.pk)))
    ann.refresh_from_db()
    assert (ann.seniority, ann.seniority_overridden, ann.excluded_from_scoring) == ("vp", False, False)


def test_the_export_is_a_file_of_json(client: Client, ann: Contact) -> None:
    signed_in(client, "manager")
    answer = client.get(f"/people/{ann.pk}/export/")
    assert answer["Content-Disposition"] == f'attachment; filename="person-{ann.pk}.json"'
    found = json.loads(answer.content)
    assert found["contact"][0]["email"] == "ann@acme.example"
    assert found["touches"][0]["name"] == "Pricing viewed"


def test_erasing_says_first_what_will_be_gone_and_asks(client: Client, ann: Contact) -> None:
    admin = signed_in(client, "admin")
    add_note(account=ann.account, by=admin, text="Ann is on leave.")
    url = f"/people/{ann.pk}/erase/"
    text = client.get(url).content.decode()
    for words in ("can’t be taken back", "Touches", "Roles in buying groups", "Ann is on leave."):
        assert words in text
    assert client.post(url).status_code == 422
    ann.refresh_from_db()
    assert (ann.erased_at, ann.email) == (None, "ann@acme.example")
    answer = client.post(url, {"confirm": "1"})
    assert "Ann is on leave." in answer.content.decode()
    ann.refresh_from_db()
    assert (ann.email, ann.first_name, ann.full_name) == ("", "", "Erased person")
    assert Erasure.objects.get().by == admin
    page = client.get(f"/people/{ann.pk}/").content.decode()
    assert "was erased" in page
    assert "acme.example" not in page
    assert "Correct</h2>" not in page
    assert client.get(url)["Location"] == f"/people/{ann.pk}/"


@pytest.mark.parametrize("role", sorted({role.value for role in Role} - {"admin"}))
def test_others_than_admins_are_denied_and_nothing_changes(client: Client, ann: Contact, role: str) -> None:
    signed_in(client, role)
    before = Contact.objects.filter(pk=ann.pk).values().get()
    assert client.get(f"/people/{ann.pk}/erase/").status_code == 403
    assert client.post(f"/people/{ann.pk}/erase/", {"confirm": "1"}).status_code == 403
    assert Contact.objects.filter(pk=ann.pk).values().get() == before
    assert Erasure.objects.count() == 0


def test_a_decision_on_an_erased_person_says_so(client: Client, ann: Contact) -> None:
    signed_in(client, "admin")
    found = desk.decision(desk.whole(ann.account))
    type(found).objects.filter(pk=found.pk).delete()
    found.evidence = {"contributions": [{"contact": ann.pk, "points": 1.0, "share": 1.0}], "gates": []}
    found.save(force_insert=True)
    words = "The evidence includes an erased person."
    assert words not in client.get(f"/decisions/{found.pk}/").content.decode()
    client.post(f"/people/{ann.pk}/erase/", {"confirm": "1"})
    assert words in client.get(f"/decisions/{found.pk}/").content.decode()
