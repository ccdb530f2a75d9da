"""Accounts from files: what is new, changed, unchanged, rejected; history; other systems' columns."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.companies import create_account
from accounts.imports import actions, results
from accounts.imports.sniff import Refused
from accounts.models import (
    Account,
    AccountFact,
    AccountIdentifier,
    CustomField,
    Domain,
    Import,
    SavedMapping,
    User,
)
from signals.models import RescoreRequest
from tests.accounts.imports_help import checked, counts, imported, upload, work

pytestmark = pytest.mark.django_db

SALESFORCE = """Account ID,Account Name,Website,Industry,Employees,Annual Revenue,Billing Country,Type,Account Owner
001A0000006Vm9u,Acme Inc,https://www.acme.com/about,Software,"1,200","$1,200,500.50",United States,Customer - Direct,Jo Roe
001A0000006Vm9v,Beta GmbH,beta.de,Retail,51-200,EUR 2.5M,Germany,Prospect,Nobody Here
001A0000006Vm9w,Gamma,gmail.com,Retail,12x,,France,,
001A0000006Vm9u,Acme again,acme.com,,,,,,
,No key,,,,,,,
"""


def facts(account: Account) -> dict[str, object]:
    return {fact.field: fact.value for fact in AccountFact.objects.filter(account=account).order_by("id")}


def test_a_salesforce_report_becomes_accounts_with_centers_domains_ids_and_history():
    ops = User.objects.create_user("ops@desk.test", name="Ops", role="marketing_ops")
    ae = User.objects.create_user("jo@desk.test", name="Jo Roe", role="ae")
    RescoreRequest.objects.all().delete()

    owner = imported(SALESFORCE, by=ops)

    assert owner.kind == "accounts"
    assert counts(owner) == (3, 0, 0, 2)
    acme = Account.objects.get(name="Acme Inc")
    assert (acme.industry, acme.employees, acme.country, acme.lifecycle) == (
        "Software",
        1200,
        "United States",
        "customer",
    )
    assert (acme.annual_revenue, acme.annual_revenue_currency) == (Decimal("1200500.50"), "USD")
    assert acme.owner_ae == ae
    assert acme.domain == "acme.com"
    assert list(acme.centers.values_list("name", "is_default")) == [("", True)]
    assert AccountIdentifier.objects.get(account=acme).value == "001A0000006Vm9uIAC"
    assert facts(acme) == {
        "industry": "Software",
        "employees": 1200,
        "annual_revenue": "1200500.50",
        "country": "United States",
        "is_target": False,
        "lifecycle": "customer",
    }
    written = AccountFact.objects.filter(account=acme).values_list("by", "source").distinct()
    assert list(written) == [(ops.pk, "import")]
    assert RescoreRequest.objects.filter(reason="import").count() == 3
    beta = Account.objects.get(name="Beta GmbH")
    assert (beta.employees, beta.annual_revenue, beta.annual_revenue_currency) == (None, Decimal("2500000.00"), "EUR")
    assert owner.notes == {
        "Employees … is a range, not a number: left unknown": 1,
        "Owner (AE) … is nobody who works here: left unknown": 1,
    }
    assert [row[-2:] for row in results.rejected_rows(owner)] == [
        ["4", "Employees “12x” is not a number"],
        ["5", "The same as in line “2” of this file, which counts"],
    ]


def test_an_imported_account_has_the_history_that_an_account_made_on_a_page_has():
    CustomField.objects.create(key="seats", label="Seats", kind="number")
    by_hand = create_account(
        name="Page",
        domain="page.com",
        industry="Retail",
        employees=5,
        annual_revenue=Decimal("10.00"),
        revenue_growth=1.5,
        tier="A",
        is_target=True,
        customer_since=date(2020, 1, 2),
        custom={"seats": 4},
    )
    imported(
        "Name,Domain,Industry,Employees,Annual Revenue,Revenue Growth,Tier,Target account,Customer since,Seats\n"
        "File,file.com,Retail,5,10,1.5%,A,yes,2020-01-02,4\n"
    )

    assert facts(Account.objects.get(name="File")) == facts(by_hand)


def test_the_same_file_twice_changes_nothing():
    imported(SALESFORCE)
    before = [
        list(model.objects.order_by("pk").values()) for model in (Account, Domain, AccountIdentifier, AccountFact)
    ]
    RescoreRequest.objects.all().delete()

    owner = imported(SALESFORCE)

    assert counts(owner) == (0, 0, 3, 2)
    after = [list(model.objects.order_by("pk").values()) for model in (Account, Domain, AccountIdentifier, AccountFact)]
    assert after == before
    assert RescoreRequest.objects.count() == 0


def test_what_changes_is_shown_before_and_after_and_an_empty_cell_says_nothing():
    imported("Name,Domain,Industry,Employees\nAcme,acme.com,Retail,10\n")
    account = Account.objects.get()

    owner = checked("Name,Domain,Industry,Employees\nAcme Inc,acme.com,,20\n")

    assert counts(owner) == (0, 1, 0, 0)
    assert owner.examples["changed"] == [
        {"line": 2, "title": "Acme", "changes": [["Account name", "Acme", "Acme Inc"], ["Employees", "10", "20"]]}
    ]
    account.refresh_from_db()
    assert (account.name, account.employees) == ("Acme", 10)

    imported("Name,Domain,Industry,Employees\nAcme Inc,acme.com,,20\n")

    account.refresh_from_db()
    assert (account.name, account.industry, account.employees) == ("Acme Inc", "Retail", 20)
    assert list(AccountFact.objects.filter(field="employees").order_by("id").values_list("value", flat=True)) == [
        10,
        20,
    ]
    assert AccountFact.objects.filter(field="industry").count() == 1


def test_an_older_event_does_not_change_what_a_file_said():
    imported("Name,Domain,Employees\nAcme,acme.com,10\n")

    assert set(Account.objects.get().field_times) == {"name", "employees"}


def test_hubspot_companies_are_recognised():
    owner = checked(
        "Record ID,Company name,Company owner,Create Date,Phone Number,City,Country/Region,Industry,Company Domain Name,"
        "Number of Employees,Annual Revenue,Lifecycle Stage,Additional Domains\n"
        '101,Acme,Jo,2026-01-01 10:00,1,Bonn,Germany,Retail,acme.com,50,1000,salesqualifiedlead,"acme.io;acme.de"\n'
    )

    names = {key: owner.header[where["column"]] for key, where in owner.mapping.items()}
    assert names == {
        "name": "Company name",
        "hubspot_id": "Record ID",
        "domain": "Company Domain Name",
        "more_domains": "Additional Domains",
        "industry": "Industry",
        "employees": "Number of Employees",
        "annual_revenue": "Annual Revenue",
        "country": "Country/Region",
        "city": "City",
        "owner_ae": "Company owner",
        "lifecycle": "Lifecycle Stage",
    }
    actions.start_commit(owner=owner, by=None)


def test_salesforce_api_names_are_recognised():
    owner = upload(
        "Id,Name,Website,NumberOfEmployees,AnnualRevenue,CurrencyIsoCode,BillingCountry,BillingState,BillingCity,Type\n"
        "001A0000006Vm9uIAC,Acme,acme.com,5,10,EUR,Germany,NRW,Bonn,Prospect\n"
    )

    assert {key: owner.header[where["column"]] for key, where in owner.mapping.items()} == {
        "name": "Name",
        "salesforce_id": "Id",
        "website": "Website",
        "employees": "NumberOfEmployees",
        "annual_revenue": "AnnualRevenue",
        "annual_revenue_currency": "CurrencyIsoCode",
        "country": "BillingCountry",
        "region": "BillingState",
        "city": "BillingCity",
        "lifecycle": "Type",
    }


def test_an_id_that_is_not_salesforces_is_another_systems():
    owner = upload("Account ID,Account Name\n17,Acme\n18,Beta\n", kind="accounts")

    assert owner.mapping["external_id"] == {"column": 0}
    assert "salesforce_id" not in owner.mapping


def test_two_accounts_cannot_have_one_domain_and_two_records_not_one_account():
    imported("Account ID,Account Name,Website\n001A0000006Vm9u,Acme,acme.com\n001A0000006Vm9v,Beta,beta.de\n")

    owner = checked("Account ID,Account Name,Website\n001A0000006Vm9u,Acme,beta.de\n001A0000006Vm9w,Acme,acme.com\n")

    assert [row[-1] for row in results.rejected_rows(owner)] == [
        "“beta.de” already belongs to another account",
        "The account is already “001A0000006Vm9uIAC” in salesforce: two records for one company",
    ]


def test_two_rows_that_name_one_account_in_two_ways_are_one_too_many():
    imported("Account ID,Account Name,Website\n001A0000006Vm9u,Acme,acme.com\n")

    owner = checked("Account ID,Account Name,Website,City\n001A0000006Vm9u,Acme,,Bonn\n,Acme,acme.com,Rome\n")

    assert counts(owner) == (0, 1, 0, 1)
    assert [row[-2:] for row in results.rejected_rows(owner)] == [
        ["3", "The same as in line “2” of this file, which counts"]
    ]


def test_a_name_alone_means_the_one_account_of_that_name():
    create_account(name="Acme", domain="acme.com")
    create_account(name="Twin", domain="twin.com")
    create_account(name="Twin", domain="twin.de")

    owner = checked("Name,City\nACME,Bonn\nTwin,Rome\nNew,Oslo\n", kind="accounts")

    assert counts(owner) == (1, 1, 0, 1)
    assert owner.reasons == {"2 accounts have this name: a domain or an id must tell which": 1}


def test_a_page_on_a_shared_site_is_no_domain_of_a_company():
    imported("Name,Website\nAcme,https://www.facebook.com/acme\nBeta,https://linkedin.com/company/beta\n")

    assert Account.objects.count() == 2
    assert Domain.objects.count() == 0


def test_custom_fields_are_columns_with_their_type():
    CustomField.objects.create(key="seats", label="Seats", kind="number")
    CustomField.objects.create(key="plan", label="Plan", kind="choice", choices=["Basic", "Pro"])
    CustomField.objects.create(key="renewal", label="Renewal", kind="date")

    owner = imported(
        "Name,Domain,Seats,Plan,Renewal\nAcme,acme.com,12,pro,2027-01-31\nBeta,beta.de,x,Gold,2027-01-31\n"
    )

    assert counts(owner) == (1, 0, 0, 1)
    assert Account.objects.get().custom == {"seats": 12.0, "plan": "Pro", "renewal": "2027-01-31"}
    assert [row[-1] for row in results.rejected_rows(owner)] == [
        "Plan “Gold” is not one of Basic, Pro; Seats “x” is not a number"
    ]


def test_technologies_are_added_once():
    table = "Name,Domain,Web Technologies\nAcme,acme.com,SAP;Salesforce\n"
    imported(table)
    owner = imported(table)

    assert counts(owner) == (0, 0, 1, 0)
    found = Account.objects.get().technologies.order_by("technology__name").values_list("technology__name", "status")
    assert list(found) == [("SAP", "uses"), ("Salesforce", "uses")]


def test_decimal_commas_and_semicolons():
    imported("Name;Domain;Annual Revenue;Revenue Growth\nAcme;acme.com;1.200.500,50 €;12,5\n")

    account = Account.objects.get()
    assert (account.annual_revenue, account.annual_revenue_currency, account.revenue_growth) == (
        Decimal("1200500.50"),
        "EUR",
        12.5,
    )


def test_dates_that_can_be_read_both_ways_are_asked_about():
    table = "Name,Domain,Customer since\nAcme,acme.com,03/04/2020\n"
    owner = upload(table)
    assert owner.unsure == ["date_order"]

    with pytest.raises(Refused, match="the day or the month comes first"):
        actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)

    imported(table, date_order="dmy")
    assert Account.objects.get().customer_since == date(2020, 4, 3)


def test_dates_that_tell_are_not_asked_about():
    owner = upload("Name,Domain,Customer since\nAcme,acme.com,03/04/2020\nBeta,beta.de,25/04/2020\n")

    assert (owner.unsure, owner.options["date_order"]) == ([], "dmy")


def test_amounts_that_can_be_read_both_ways_are_asked_about():
    owner = upload("Name,Domain,Annual Revenue\nAcme,acme.com,1.200\n")
    assert owner.unsure == ["decimal"]

    with pytest.raises(Refused, match="what the decimal mark is"):
        actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)


def test_a_mapping_by_hand_is_remembered_for_the_next_file_with_these_columns():
    first = upload("Betrieb,Netz,Leute\nAcme,acme.com,5\n", kind="accounts")
    assert first.mapping == {}
    mapping = {"name": {"column": 0}, "domain": {"column": 1}, "employees": {"column": 2}}
    actions.start_check(owner=first, mapping=mapping, options={"currency": "EUR"}, by=None)

    second = upload("BETRIEB,netz,Leute\nBeta,beta.de,6\n", kind="accounts")

    assert second.mapping == mapping
    assert second.options["currency"] == "EUR"
    assert SavedMapping.objects.count() == 1


def test_a_mapping_without_what_is_needed_is_refused():
    owner = upload("Domain,City\nacme.com,Bonn\n", kind="accounts")

    with pytest.raises(Refused, match="Say which column is “Account name”"):
        actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)


def test_a_value_for_all_rows():
    imported("Name,Domain\nAcme,acme.com\n", values={"is_target": "yes", "tier": "A"})

    account = Account.objects.get()
    assert (account.is_target, account.tier) == (True, "A")


def test_rejected_rows_come_back_inert_and_can_be_mended_and_uploaded(client):
    ops = User.objects.create_user("ops@desk.test", name="Ops", role="marketing_ops")
    client.force_login(ops)
    owner = imported('Name,Domain,Employees\n=HYPERLINK("x"),acme.com,many\n', by=ops)

    answer = client.get(f"/data/imports/{owner.pk}/rejected.csv")
    text = b"".join(answer.streaming_content).decode()

    assert text == (
        "\ufeffName,Domain,Employees,Line in the file,Why it was rejected\r\n"
        '"\'=HYPERLINK(""x"")",acme.com,many,2,Employees “many” is not a number\r\n'
    )
    imported(text.replace("many,2", "7,2"))
    assert Account.objects.values_list("name", "employees").get() == ('=HYPERLINK("x")', 7)


def test_discarding_keeps_nothing_of_the_content():
    owner = checked("Name,Domain,Employees\nAcme,acme.com,x\n")

    actions.discard(owner=owner)

    owner.refresh_from_db()
    assert (owner.status, owner.examples, owner.reasons) == ("discarded", {}, {})
    assert (owner.pieces.count(), owner.chunk_set.count()) == (0, 0)
    with pytest.raises(Refused):
        actions.start_commit(owner=owner, by=None)
    assert Account.objects.count() == 0


def test_going_back_to_the_columns_forgets_the_check():
    owner = checked("Name,Domain,Employees\nAcme,acme.com,x\n")
    assert counts(owner) == (0, 0, 0, 1)

    owner = actions.back_to_columns(owner=owner)
    without = {key: where for key, where in owner.mapping.items() if key != "employees"}
    actions.start_check(owner=owner, mapping=without, options={}, by=None)
    work()
    owner.refresh_from_db()

    assert counts(owner) == (1, 0, 0, 0)
    assert Import.objects.count() == 1
