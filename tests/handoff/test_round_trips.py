"""What goes out in a file changes nothing when it comes in again (domain.md §8), a test per kind."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from accounts.companies import add_identifier, create_account, update_account
from accounts.models import Account, Contact, CustomField, Persona, PersonaRule, User
from accounts.people import create_contact, update_contact
from accounts.technologies import set_technology
from handoff.models import Opportunity
from signals.models import IntentSignal, IntentTopic, Touch
from tests.accounts.imports_help import counts, imported
from tests.handoff import desk
from tests.signals import given
from tests.signals.ingest.sending import Sender, days_ago, page, track

pytestmark = pytest.mark.django_db

NEW, CHANGED, UNCHANGED, REJECTED = range(4)
# What an import writes of itself.
OF_FILES = {"Import", "ImportChunk", "ImportKey", "ImportPiece", "IngestCount", "SavedMapping", "Context", "Session"}


@pytest.fixture
def ops(client: Client) -> Client:
    user = desk.user("marketing_ops")
    client.force_login(user)
    return client


@pytest.fixture
def owner() -> User:
    return desk.user("ae", "Alex Berg")


@pytest.fixture
def acme(owner: User) -> Account:
    CustomField.objects.create(key="plan", label="Plan", kind="choice", choices=["Free", "Pro"])
    CustomField.objects.create(key="seats", label="Seats", kind="number")
    CustomField.objects.create(key="renews", label="Renews on", kind="date")
    company = create_account(
        name="Acme, “Söhne” & Co.", domain="acme.example", more_domains=["acme.test"], website="https://www.acme.example/x",
        industry="=Software", employees=1200, annual_revenue=Decimal("1234567.89"), annual_revenue_currency="EUR",
        revenue_growth=-1.25, locations=3, country="DE", region="Bayern", city="München", is_target=True, tier="A",
        owner_ae=owner, lifecycle="customer", customer_since=dt.date(2024, 2, 3), customer_until=dt.date(2027, 12, 11),
        custom={"plan": "Pro", "seats": 12.5, "renews": "2026-03-04"},
    )  # fmt: skip
    add_identifier(account=company, system="salesforce", value="001A000001aBcDEIA0", by=None)
    add_identifier(account=company, system="hubspot", value="987654", by=None)
    add_identifier(account=company, system="segment", value="acme-1", by=None)
    for name, status in (("SAP", "uses"), ("Kafka", "uses"), ("Boomi", "evaluating")):
        set_technology(account=company, technology=name, status=status, by=None)
    return company


def everything() -> dict[str, list[Any]]:
    """Every row of every table, but what an import writes of itself."""
    return {
        model.__name__: sorted(map(repr, model._base_manager.values_list()))
        for model in apps.get_models()
        if model._meta.app_label in {"accounts", "signals", "handoff"} and model.__name__ not in OF_FILES
    }


@pytest.fixture
def comes_back(ops: Client) -> Callable[[str, str], tuple[int, ...]]:
    """Takes a list out and brings it in: what was counted. Fails where anything changed."""

    def trip(path: str, kind: str) -> tuple[int, ...]:
        answer: Any = ops.get(path)
        assert answer.status_code == 200
        data = answer.getvalue()
        admin = desk.user("admin")
        before = everything()
        owner = imported(data, kind=kind, by=admin)
        after = everything()
        changed = {name: (before[name], rows) for name, rows in after.items() if rows != before[name]}
        assert changed == {}, (owner.examples, owner.notes, owner.reasons)
        assert not owner.reasons, owner.reasons
        return counts(owner)

    return trip


def test_accounts(comes_back: Callable[[str, str], tuple[int, ...]], acme: Account) -> None:
    create_account(name="Plain", domain="plain.example")
    create_account(name="No domain at all")
    update_account(account=create_account(name="-Minus", domain="minus.example"), by=None, employees=0, is_target=False)
    assert comes_back("/accounts/export/", "accounts") == (0, 0, 4, 0)


def test_people(comes_back: Callable[[str, str], tuple[int, ...]], acme: Account) -> None:
    persona = Persona.objects.create(name="Integrator", position=1)
    PersonaRule.objects.create(persona=persona, title_words="integration")
    create_contact(
        account=acme, email="ann@acme.example", first_name="Ann", last_name="O’Hara, Dr.", title="Head of Integration",
        department="IT", phone="+49 30 123", user_id="u-7",
    )  # fmt: skip
    by_hand = create_contact(account=acme, email="bob@acme.example", first_name="@Bob", title="Clerk")
    update_contact(contact=by_hand, by=None, seniority="vp", persona=persona)
    create_contact(account=None, email="eve@elsewhere.example", last_name="Eve")
    create_contact(account=acme, user_id="only-an-id", first_name="Ida", excluded_from_scoring=True)
    # Read before a rule was: what came out is neither the rules' nor anybody's.
    aside = create_contact(account=acme, email="cleo@acme.example", first_name="Cleo", title="Poet")
    Contact.objects.filter(pk=aside.pk).update(persona=persona)
    assert comes_back("/people/export/", "contacts") == (0, 0, 5, 0)
    assert not Contact.objects.get(email="ann@acme.example").seniority_overridden


def test_touches(comes_back: Callable[[str, str], tuple[int, ...]], acme: Account) -> None:
    Sender().batch(
        track("Webinar Attended", userId="u-1", messageId="m-1", timestamp=days_ago(2), properties={"topic": "Data"},
              context={"traits": {"email": "ann@acme.example"}, "campaign": {"name": "Spring", "medium": "email"}}),
        page("/pricing", anonymousId="a-1", messageId="m-2", timestamp=days_ago(1)),
        track("Something Odd", anonymousId="a-1", messageId="m-3"),
    )  # fmt: skip
    imported("Date,Event,Email\n2026-11-01,Webinar Attended,bob@acme.example\n", kind="touches")
    assert comes_back("/data/touches/export/", "touches") == (0, 0, 4, 0)
    assert Touch.objects.count() == 4


def test_intent(comes_back: Callable[[str, str], tuple[int, ...]], acme: Account) -> None:
    today = dt.date(2026, 11, 20)
    given.intent(acme, 80.5, today)
    given.intent(acme, 61, today - dt.timedelta(days=7))
    topic = IntentTopic.objects.create(name="iPaaS, and more")
    for composite in (40, 55):  # the later one counts
        IntentSignal.objects.create(
            domain="waits.example",
            topic=topic,
            provider="g2",
            kind="competitor",
            composite=composite,
            observed_on=today,
        )
    assert comes_back("/data/intent/export/", "intent") == (0, 0, 3, 0)


def test_opportunities(comes_back: Callable[[str, str], tuple[int, ...]], acme: Account, owner: User) -> None:
    other = create_account(name="Without a domain")
    made = dt.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=dt.UTC)
    day = dt.date(2026, 10, 11)
    for fields in (
        {"name": "Open", "amount": Decimal("1000.50"), "currency": "EUR", "expected_close_on": day, "owner": owner},
        {"name": "Won", "amount": Decimal("0.00"), "stage": "won", "closed_on": day, "system": "salesforce",
         "external_id": "006A000001aBcDEIA0"},
        {"name": "Lost", "stage": "lost", "closed_on": day, "loss_reason": "Price", "system": "import", "external_id": "x-1"},
        {"name": "=Plain"},
    ):  # fmt: skip
        Opportunity.objects.create(account=acme, created_at=made, **fields)
    Opportunity.objects.create(account=other, name="Open", created_at=made)
    assert comes_back("/opportunities/export/", "opportunities") == (0, 0, 5, 0)
