"""What waits for an account is ranked, suggested to a person, and placed by one; nothing is matched by itself."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.companies import create_account
from accounts.models import Account, AccountIdentifier, Contact, Domain, User
from signals.models import IgnoredOrigin, PastReading, RescoreRequest, Touch
from tests.signals.ingest.sending import Sender, page, track

pytestmark = pytest.mark.django_db


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@example.com", "x", name=role, role=role))
    return client


@pytest.fixture
def sdr() -> Client:
    return signed_in("sdr")


def sent() -> None:
    """Three touches of a company, one with a demo request; two of a group; one of a person with free mail; one visitor."""
    Sender().batch(
        *(page("/pricing", userId=f"p{n}@northwind-traders.com") for n in range(2)),
        track("Demo Requested", userId="jo@quiet.io"),
        *(page("/blog", anonymousId="a1", context={"groupId": "crm-7"}) for _ in range(2)),
        page("/product", userId="u9", traits={}, context={"traits": {"email": "ann@gmail.com"}}),
        page("/blog", anonymousId="a2"),
    )


def address(kind: str, value: str) -> str:
    return reverse("signals:unmatched_match", query={"kind": kind, "value": value})


def listed(client: Client, tab: str, **more: str) -> list[tuple[str, str, int, int]]:
    rows = client.get(reverse("signals:unmatched"), {"tab": tab, **more}).context["rows"]
    return [(row.kind, row.label, row.touches, row.hands) for row in rows]


def test_an_ae_does_not_match() -> None:
    sent()
    acme = create_account(name="Acme")
    client = signed_in("ae")
    url = address("domain", "quiet.io")
    assert client.get(reverse("signals:unmatched")).status_code == 403
    assert client.get(url).status_code == 403
    for do in ("match", "create", "ignore"):
        sent_form = {"do": do, "account": acme.pk, "name": "Quiet", "reason": "other"}
        assert client.post(url, sent_form).status_code == 403
    assert (Account.objects.count(), Domain.objects.count(), IgnoredOrigin.objects.count()) == (1, 0, 0)


def test_what_waits_is_ranked_by_hand_raises_and_touches(sdr: Client) -> None:
    sent()
    assert listed(sdr, "companies") == [
        ("domain", "quiet.io", 1, 1),
        ("domain", "northwind-traders.com", 2, 0),
        ("group", "crm-7", 2, 0),
    ]
    assert listed(sdr, "people") == [("person", "ann@gmail.com", 1, 0)]
    assert listed(sdr, "visitors") == [("visitor", "a2", 1, 0)]
    assert listed(sdr, "nonsense") == listed(sdr, "companies")


def test_accounts_called_alike_are_suggested_and_none_is_matched(sdr: Client) -> None:
    sent()
    near = create_account(name="Northwind Traders LLC", domain="nwt.example")
    create_account(name="Southwind Fisheries", domain="southwind.com")
    other = create_account(name="Somebody", domain="northwind-traders.de")
    context = sdr.get(address("domain", "northwind-traders.com")).context
    assert [(account, one.score) for account, one in context["suggested"]] == [(near, 100.0), (other, 100.0)]
    assert context["name"] == "Northwind Traders"
    assert Touch.objects.filter(account__isnull=False).count() == 0
    found = sdr.get(address("domain", "northwind-traders.com") + "&q=south").context["found"]
    assert [account.name for account in found] == ["Southwind Fisheries"]


def test_a_domain_that_is_matched_brings_what_waits_and_what_comes(sdr: Client) -> None:
    sent()
    acme = create_account(name="Northwind", domain="northwind.com")
    RescoreRequest.objects.all().delete()
    response = sdr.post(address("domain", "northwind-traders.com"), {"do": "match", "account": acme.pk}, follow=True)
    assert [str(m) for m in response.context["messages"]] == [
        "northwind-traders.com is Northwind: 2 touches are now its own."
    ]
    assert sorted(acme.domains.values_list("name", "is_primary")) == [
        ("northwind-traders.com", False),
        ("northwind.com", True),
    ]
    assert Touch.objects.filter(account=acme).count() == 2
    assert Contact.objects.filter(account=acme).count() == 2
    assert PastReading.objects.filter(account__isnull=True).count() == 2
    assert RescoreRequest.objects.filter(center__account=acme).exists()
    Sender("other").batch(page("/pricing", userId="new@northwind-traders.com"))
    assert Touch.objects.filter(account=acme).count() == 3
    assert ("domain", "northwind-traders.com", 2, 0) not in listed(sdr, "companies")
    again = sdr.post(address("domain", "northwind-traders.com"), {"do": "match", "account": acme.pk}, follow=True)
    assert [str(m) for m in again.context["messages"]] == ["Nothing waits there (any more)."]


def test_a_group_becomes_an_identifier(sdr: Client) -> None:
    sent()
    acme = create_account(name="Acme")
    sdr.post(address("group", "crm-7"), {"do": "match", "account": acme.pk})
    assert AccountIdentifier.objects.get(system="segment", value="crm-7").account == acme
    assert Touch.objects.filter(account=acme).count() == 2


def test_a_person_with_free_mail_comes_to_the_account(sdr: Client) -> None:
    sent()
    acme = create_account(name="Acme")
    person = Contact.objects.get(email="ann@gmail.com")
    sdr.post(address("person", str(person.pk)), {"do": "match", "account": acme.pk})
    person.refresh_from_db()
    assert person.account == acme
    assert Touch.objects.get(account=acme).contact == person
    assert not Domain.objects.exists()


def test_a_visitors_touches_are_given_and_later_ones_wait(sdr: Client) -> None:
    sent()
    acme = create_account(name="Acme")
    sdr.post(address("visitor", "a2"), {"do": "match", "account": acme.pk})
    assert Touch.objects.get(account=acme).visitor == "a2"
    Sender("other").batch(page("/blog", anonymousId="a2"))
    assert listed(sdr, "visitors") == [("visitor", "a2", 1, 0)]


@pytest.mark.parametrize(
    ("kind", "value", "touches"), [("domain", "quiet.io", 1), ("group", "crm-7", 2), ("visitor", "a2", 1)]
)
def test_an_account_is_made_of_what_waits(sdr: Client, kind: str, value: str, touches: int) -> None:
    sent()
    sdr.post(address(kind, value), {"do": "create", "name": " Quiet Inc. "})
    account = Account.objects.get()
    assert account.name == "Quiet Inc."
    assert Touch.objects.filter(account=account).count() == touches
    assert list(account.domains.values_list("name", flat=True)) == (["quiet.io"] if kind == "domain" else [])


def test_refusals_change_nothing(sdr: Client) -> None:
    sent()
    url = address("domain", "quiet.io")
    for form in (
        {"do": "match", "account": ""},
        {"do": "match", "account": "0"},
        {"do": "match", "account": "x"},
        {"do": "create", "name": "  "},
        {"do": "ignore", "reason": "because"},
        {"do": "nonsense"},
    ):
        response = sdr.post(url, form)
        assert response["Location"] == url, form
    assert (Account.objects.count(), Domain.objects.count(), IgnoredOrigin.objects.count()) == (0, 0, 0)
    assert Touch.objects.filter(account__isnull=False).count() == 0
    for kind, value in (("domain", "no.such.example"), ("person", "x"), ("nonsense", "quiet.io"), ("domain", "")):
        assert sdr.get(address(kind, value))["Location"] == reverse("signals:unmatched")


def test_what_is_left_alone_leaves_the_list_and_comes_back(sdr: Client) -> None:
    sent()
    url = address("domain", "northwind-traders.com")
    sdr.post(url, {"do": "ignore", "reason": "internal"})
    sdr.post(url, {"do": "ignore", "reason": "other"})
    assert IgnoredOrigin.objects.get().reason == "internal"
    assert [label for _, label, _, _ in listed(sdr, "companies")] == ["quiet.io", "crm-7"]
    assert listed(sdr, "companies", ignored="yes") == [("domain", "northwind-traders.com", 2, 0)]
    sdr.post(url, {"do": "restore"})
    assert not IgnoredOrigin.objects.exists()
    assert len(listed(sdr, "companies")) == 3


def test_the_list_says_how_many_pages_there_are(sdr: Client) -> None:
    Sender().batch(*(page("/blog", userId=f"p@company{n:02}.com") for n in range(51)))
    first = sdr.get(reverse("signals:unmatched"))
    assert (len(first.context["rows"]), first.context["next"]) == (50, 2)
    second = sdr.get(reverse("signals:unmatched"), {"page": "2"})
    assert (len(second.context["rows"]), second.context["next"]) == (1, None)
    assert sdr.get(reverse("signals:unmatched"), {"page": "-7x"}).status_code == 200
