"""Opportunities from files (handoff/imports.py)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.api_parts import upsert
from accounts.companies import add_identifier, create_account
from accounts.imports import results
from accounts.models import User
from handoff.api import opportunity_row
from handoff.imports import OpportunityImporter
from handoff.models import Opportunity
from signals.models import RescoreRequest
from tests.accounts.imports_help import counts, imported

pytestmark = pytest.mark.django_db

HEADER = (
    "Opportunity ID,Opportunity Name,Account Name,Account ID,Stage,Amount,Close Date,Created Date,Opportunity Owner,"
    "Closed,Won\n"
)
SALESFORCE = (
    HEADER
    + """\
006A0000006Vm9u,Acme big,Acme,001A0000006Vm9u,Closed Won,"EUR 12,000.50",01/31/2026,12/01/2025,Jo Roe,true,true
006A0000006Vm9v,Beta deal,Beta,,Negotiation,,02/28/2027,12/13/2025,,false,false
006A0000006Vm9w,Who,Nobody,,Negotiation,,02/28/2027,12/13/2025,,false,false
006A0000006Vm9x,Lost,Beta,,Closed Lost,5,,12/13/2025,,true,false
"""
)


@pytest.fixture
def acme():
    account = create_account(name="Acme", domain="acme.com")
    add_identifier(account=account, system="salesforce", value="001A0000006Vm9uIAC", by=None)
    return account


@pytest.fixture
def beta():
    return create_account(name="Beta", domain="beta.de")


def deals() -> list[tuple]:
    return list(
        Opportunity.objects.order_by("id").values_list(
            "account__name", "name", "amount", "currency", "stage", "expected_close_on", "closed_on", "external_id"
        )
    )


def test_salesforce_opportunities(acme, beta):
    jo = User.objects.create_user("jo@desk.test", name="Jo Roe", role="ae")
    RescoreRequest.objects.all().delete()

    owner = imported(SALESFORCE)

    assert owner.kind == "opportunities"
    assert counts(owner) == (2, 0, 0, 2)
    assert deals() == [
        ("Acme", "Acme big", Decimal("12000.50"), "EUR", "won", None, date(2026, 1, 31), "006A0000006Vm9uIAC"),
        ("Beta", "Beta deal", None, "USD", "open", date(2027, 2, 28), None, "006A0000006Vm9vIAC"),
    ]
    first = Opportunity.objects.earliest("id")
    assert (first.owner, first.created_at) == (jo, datetime(2025, 12, 1, tzinfo=UTC))
    assert sorted(RescoreRequest.objects.values_list("center__account__name", "reason")) == [
        ("Acme", "opportunity"),
        ("Beta", "opportunity"),
    ]
    assert [row[-1] for row in results.rejected_rows(owner)] == [
        "No account here is “Nobody”: import it first",
        "It is lost but has no close date",
    ]


def test_the_same_deals_twice_change_nothing(acme, beta):
    imported(SALESFORCE)
    before = list(Opportunity.objects.order_by("id").values())

    assert counts(imported(SALESFORCE)) == (0, 0, 2, 2)
    assert list(Opportunity.objects.order_by("id").values()) == before


def test_a_deal_that_closed_since(acme, beta):
    imported(SALESFORCE)

    open_deal, lost_deal = "Negotiation,,02/28/2027,12/13/2025,,false", "Closed Lost,,11/20/2026,12/13/2025,,true"
    owner = imported(SALESFORCE.replace(open_deal, lost_deal, 1))

    assert counts(owner) == (0, 1, 1, 2)
    assert owner.examples["changed"][0]["changes"] == [
        ["Stage", "open", "lost"],
        ["Closed on", None, "2026-11-20"],
    ]
    assert deals()[1][4:7] == ("lost", date(2027, 2, 28), date(2026, 11, 20))


def test_hubspot_deals(acme):
    owner = imported(
        "Record ID,Deal Name,Deal Stage,Close Date,Amount,Currency,Associated Company,Create Date,Is Closed Won\n"
        "123,Acme HS,closedwon,2026-10-01 10:22,1000,EUR,Acme,2026-05-01 08:00,true\n"
        "124,Acme HS,appointmentscheduled,2027-10-01 10:22,1000,EUR,Acme,2026-05-01 08:00,false\n"
    )

    assert counts(owner) == (2, 0, 0, 0)
    assert [deal[4] for deal in deals()] == ["won", "open"]


def test_a_deal_made_at_the_desk_takes_its_record_id_and_is_not_doubled(acme):
    made = Opportunity.objects.create(account=acme, name="Acme big", amount=5, currency="EUR")

    owner = imported("Record ID,Deal Name,Amount,Associated Company\n77,ACME BIG,6,Acme\n", currency="EUR")

    made.refresh_from_db()
    assert counts(owner) == (0, 1, 0, 0)
    assert (made.amount, made.system, made.external_id) == (Decimal(6), "hubspot", "77")
    assert Opportunity.objects.count() == 1


def test_a_deal_and_an_account_told_of_by_15_characters_are_known_by_18(beta):
    add_identifier(account=beta, system="salesforce", value="001A0000006Vm9v", by=None)
    item = {"system": "salesforce", "external_id": "006A0000006Vm9v", "account_domain": "beta.de", "name": "Beta deal"}
    upsert(OpportunityImporter(), [opportunity_row(item)], by=None)

    owner = imported("Id,Name,AccountId\n006A0000006Vm9vIAC,Beta deal,001A0000006Vm9vIAC\n", kind="opportunities")

    assert counts(owner) == (0, 0, 1, 0)
    assert [deal[-1] for deal in deals()] == ["006A0000006Vm9vIAC"]
