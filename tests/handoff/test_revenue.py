"""Revenue events from files and over the API (handoff/imports_revenue.py, handoff/api_revenue.py)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from accounts.companies import create_account
from accounts.imports import results
from accounts.imports.values import Money, Unreadable, signed_money
from accounts.keys import create_key
from handoff.models import Opportunity, RevenueEvent
from tests.accounts.imports_help import counts, imported

HEADER = "Movement ID,Account Domain,Movement Type,ARR Change,Currency,Effective Date,Opportunity Name\n"
BILLING = (
    HEADER
    + """\
m1,acme.com,New Business,12000,EUR,2026-01-31,Acme big
m2,acme.com,Upsell,"1,000.50",EUR,2026-03-01,
m3,acme.com,Downgrade,-500,EUR,2026-04-01,
m4,acme.com,Churned,(100),EUR,2026-05-01,
m5,acme.com,Upsell,-5,EUR,2026-06-01,
m6,nobody.com,New,5,EUR,2026-06-01,
m7,acme.com,Refund,5,EUR,2026-06-01,
m1,acme.com,New,5,EUR,2026-06-01,
"""
)


@pytest.fixture
def acme(db):
    account = create_account(name="Acme", domain="acme.com")
    Opportunity.objects.create(account=account, name="ACME big", amount=36000, currency="EUR")
    return account


def stored() -> list[tuple]:
    return list(
        RevenueEvent.objects.order_by("id").values_list(
            "kind", "amount", "currency", "occurred_on", "opportunity__name", "external_id"
        )
    )


def test_movements_of_a_billing_system(acme):
    owner = imported(BILLING)

    assert owner.kind == "revenue"
    assert counts(owner) == (4, 0, 0, 4)
    assert stored() == [
        ("new", Decimal("12000.00"), "EUR", date(2026, 1, 31), "ACME big", "m1"),
        ("expansion", Decimal("1000.50"), "EUR", date(2026, 3, 1), None, "m2"),
        ("contraction", Decimal("500.00"), "EUR", date(2026, 4, 1), None, "m3"),
        ("churn", Decimal("100.00"), "EUR", date(2026, 5, 1), None, "m4"),
    ]
    assert [row[-1] for row in results.rejected_rows(owner)] == [
        "“-5.00” is less than nothing, which only a contraction or churn can be",
        "No account here is “nobody.com”: import it first",
        "Kind “Refund” is not new, expansion, contraction, renewal or churn",
        "The same as in line “2” of this file, which counts",
    ]


def test_the_same_file_twice_changes_nothing_and_a_mended_one_only_what_it_mends(acme):
    imported(BILLING)
    before = list(RevenueEvent.objects.order_by("id").values())

    assert counts(imported(BILLING)) == (0, 0, 4, 4)
    assert list(RevenueEvent.objects.order_by("id").values()) == before

    owner = imported(BILLING.replace('"1,000.50"', "2000"))
    assert counts(owner) == (0, 1, 3, 4)
    assert owner.examples["changed"][0]["changes"] == [["Amount", "1000.50", "2000.00"]]


def test_events_without_an_id_go_by_what_they_say(acme):
    rows = "Account Domain,Kind,Amount a year,Currency,Date\nacme.com,new,5,EUR,2026-01-31\nacme.com,new,6,USD,2026-01-31\n"

    assert counts(imported(rows)) == (2, 0, 0, 0)
    assert counts(imported(rows.replace("new,6", "new,7"))) == (0, 1, 1, 0)
    assert [row[:3] for row in stored()] == [("new", Decimal(5), "EUR"), ("new", Decimal(7), "USD")]
    with pytest.raises(IntegrityError), transaction.atomic():
        RevenueEvent.objects.create(account=acme, kind="new", amount=1, currency="EUR", occurred_on=date(2026, 1, 31))


@pytest.mark.parametrize(
    ("cell", "amount"),
    [("5", 5), ("-5", -5), ("€ -5.50", "-5.5"), ("-€5", -5), ("(5)", -5), ("\N{MINUS SIGN}5", -5)],
)
def test_amounts_may_have_a_sign(cell, amount):
    assert signed_money(cell, ".").amount == Decimal(amount)
    assert signed_money("-5 EUR", ".") == Money(Decimal(-5), "EUR")
    with pytest.raises(Unreadable):
        signed_money("--5", ".")


def test_events_are_written_and_read_over_the_api(acme):
    Opportunity.objects.update(system="salesforce", external_id="006A")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_key(name='billing', scope='write', by=None)[1]}")
    item = {
        "system": "billing", "external_id": "m1", "account_domain": "www.acme.com", "kind": "new", "amount": "12000.00",
        "currency": "EUR", "occurred_on": "2026-01-31", "opportunity": "006A",
    }  # fmt: skip

    made = client.post("/api/revenue-events/bulk/", {"items": [item]}, format="json").json()
    again = client.post("/api/revenue-events/bulk/", {"items": [item]}, format="json").json()
    refused = client.post("/api/revenue-events/bulk/", {"items": [{**item, "amount": "-1"}]}, format="json")
    (listed,) = client.get(f"/api/revenue-events/?account={acme.pk}&kind=new").json()["results"]

    assert [one["result"] for one in (*made["items"], *again["items"])] == ["new", "unchanged"]
    assert refused.status_code == 400
    assert (listed["amount"], listed["currency"], listed["occurred_on"]) == ("12000.00", "EUR", "2026-01-31")
    assert listed["opportunity"] == Opportunity.objects.get().pk
    assert RevenueEvent.objects.count() == 1
