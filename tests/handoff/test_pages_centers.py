"""Buying centers side by side: made, filled with people, and what each is at."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, BuyingCenter, Contact, ContactFact, User
from handoff.models import Handoff
from signals.models import CenterState
from tests.handoff import desk, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Account:
    return worked.company()


def signed_in(client: Client, role: str) -> User:
    user = desk.user(role)
    client.force_login(user)
    return user


def url(account: Account) -> str:
    return reverse("desk:centers", args=[account.pk])


def test_a_center_is_made_filled_and_qualifies_on_its_own(client: Client, company: Account) -> None:
    user = signed_in(client, "sdr")
    client.post(url(company), {"do": "new", "name": " EMEA IT "})
    center = BuyingCenter.objects.get(account=company, is_default=False)
    assert center.name == "EMEA IT"
    people = list(Contact.objects.filter(account=company).order_by("pk"))
    client.post(url(company), {"do": "move", "center": center.pk, "people": [one.pk for one in people[1:]]})
    facts = ContactFact.objects.filter(field="center").order_by("contact")
    assert list(facts.values_list("contact", "value", "by")) == [(one.pk, center.pk, user.pk) for one in people[1:]]

    worked.settle()
    rows = client.get(url(company)).context["rows"]
    assert [(row["center"].name, row["people"], row["alone"]) for row in rows] == [("", 3, 1), ("EMEA IT", 2, None)]
    assert [row["state"].qualified for row in rows] == [True, True]
    # Its manager left the center's points, not the account's.
    assert [round(row["state"].points_micro / 1e6, 2) for row in rows] == [46.36, 42.01]
    assert {row.center_id for row in Handoff.objects.filter(account=company)} == {center.pk}
    assert [bool(row["handoff"]) for row in rows] == [False, True]
    page = client.get(reverse("desk:account", args=[company.pk])).content.decode()
    assert "Buying centers" in page
    assert "42.01 points" in page


def test_people_go_back_to_the_whole(client: Client, company: Account) -> None:
    signed_in(client, "manager")
    center = BuyingCenter.objects.create(account=company, name="EMEA IT")
    Contact.objects.filter(account=company).update(center=center)
    ids = list(Contact.objects.filter(account=company).values_list("pk", flat=True))
    client.post(url(company), {"do": "move", "center": "", "people": ids})
    assert not Contact.objects.filter(center=center).exists()


def test_what_can_not_be_is_refused_at_its_field_and_changes_nothing(client: Client, company: Account) -> None:
    signed_in(client, "sdr")
    BuyingCenter.objects.create(account=company, name="EMEA IT")
    other = desk.account("Other")
    elsewhere = BuyingCenter.objects.create(account=other, name="Elsewhere")
    person = Contact.objects.filter(account=company).first()
    stranger = desk.contact(other)
    for sent in (
        {"do": "new", "name": "EMEA IT"},
        {"do": "new", "name": ""},
        {"do": "move", "center": elsewhere.pk, "people": [person.pk]},
        {"do": "move", "people": [stranger.pk]},
        {"do": "move", "center": ""},
    ):
        assert client.post(url(company), sent).status_code == 422
    assert BuyingCenter.objects.filter(account=company).count() == 2
    assert not Contact.objects.filter(center__isnull=False).exists()


def test_marketing_may_and_an_ae_may_only_look(client: Client, company: Account) -> None:
    signed_in(client, "ae")
    page = client.get(url(company))
    assert (page.status_code, page.context["may_edit"]) == (200, False)
    assert client.post(url(company), {"do": "new", "name": "Mine"}).status_code == 403
    assert BuyingCenter.objects.filter(account=company).count() == 1
    assert not CenterState.objects.exists()
