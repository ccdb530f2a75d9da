"""Exports of other systems as they come: what they are and which columns are known (domain.md §8, issue 4)."""

from decimal import Decimal

import pytest

from accounts.companies import create_account
from accounts.models import Account, Contact
from handoff.models import Opportunity
from tests.accounts.imports_help import counts, imported, upload

GERMAN_ACCOUNTS = (
    "Accountname;Accountinhaber;Account-ID;Website;Branche;Mitarbeiter;Jahresumsatz;Rechnungsland;Rechnungsort;Typ\r\n"
    "Müller & Söhne GmbH;Jana Weiß;0015g00000Ab020;www.mueller.de;Fertigung;1.200;12.500.000,50 €;Deutschland;Köln;Kunde\r\n"
)


def known(owner) -> dict[str, str]:
    return {key: owner.header[where["column"]] for key, where in owner.mapping.items() if "column" in where}


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
def test_a_german_report_of_accounts_is_read_without_a_person(encoding):
    owner = imported(GERMAN_ACCOUNTS.encode(encoding))

    assert (owner.kind, counts(owner)) == ("accounts", (1, 0, 0, 0))
    account = Account.objects.get()
    assert (account.name, account.industry, account.employees) == ("Müller & Söhne GmbH", "Fertigung", 1200)
    assert (str(account.annual_revenue), account.annual_revenue_currency) == ("12500000.50", "EUR")
    assert (account.country, account.city, account.lifecycle) == ("Deutschland", "Köln", "customer")


@pytest.mark.django_db
def test_a_german_report_of_people_in_utf_16_with_tabs_is_read_without_a_person():
    text = (
        "Anrede\tVorname\tNachname\tTitel\tE-Mail\tTelefon\tAbteilung\tAccountname\r\n"
        "Frau\tJana\tWeiß\tLeiterin IT\tjana@mueller.de\t+49 221\tIT\tMüller\r\n"
    )
    owner = imported(text.encode("utf-16"))

    assert (owner.kind, counts(owner)) == ("contacts", (1, 0, 0, 0))
    person = Contact.objects.get()
    assert (person.first_name, person.last_name, person.title, person.department, person.phone) == (
        "Jana", "Weiß", "Leiterin IT", "IT", "+49 221",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_german_report_of_opportunities_tells_won_from_lost():
    imported(GERMAN_ACCOUNTS)
    owner = imported(
        "Opportunity-Name;Account-ID;Phase;Betrag;Betrag (Währung);Schlusstermin;Erstelldatum\r\n"
        "Neu;0015g00000Ab020;Geschlossen und gewonnen;12.500,00;EUR;31.10.2026;01.05.2026\r\n"
        "Mehr;0015g00000Ab020;Angebot;8.000,00;EUR;31.12.2026;2. März 2026\r\n"
        "Weg;0015g00000Ab020;Geschlossen und verloren;8.000,00;EUR;31.08.2026;02.05.2026\r\n"
    )

    assert (owner.kind, counts(owner)) == ("opportunities", (3, 0, 0, 0))
    found = Opportunity.objects.order_by("name").values_list("name", "stage", "amount", "currency")
    assert [(name, stage, str(amount), currency) for name, stage, amount, currency in found] == [
        ("Mehr", "open", "8000.00", "EUR"), ("Neu", "won", "12500.00", "EUR"), ("Weg", "lost", "8000.00", "EUR"),
    ]  # fmt: skip


HEADERS = {
    "Salesforce campaign members": (
        "Campaign Name,Member Status,First Name,Last Name,Title,Company / Account,Email,Member First Responded Date",
        "touches",
        {"type": "Member Status", "occurred_at": "Member First Responded Date", "email": "Email"},
    ),
    "Salesforce tasks in German": (
        "Betreff,Datum,Kontakt,E-Mail,Accountname,Aufgabenuntertyp,Status",
        "touches",
        {"type": "Aufgabenuntertyp", "occurred_at": "Datum", "account_name": "Accountname"},
    ),
    "HubSpot companies in German": (
        "Datensatz-ID,Unternehmensname,Stadt,Land/Region,Branche,Unternehmens-Domain-Name,Anzahl der Mitarbeiter",
        "accounts",
        {"name": "Unternehmensname", "hubspot_id": "Datensatz-ID", "domain": "Unternehmens-Domain-Name"},
    ),
    "HubSpot deals in German": (
        "Datensatz-ID,Deal-Name,Deal-Phase,Abschlussdatum,Betrag,Erstellungsdatum,Zugeordnetes Unternehmen",
        "opportunities",
        {"hubspot_deal": "Datensatz-ID", "stage": "Deal-Phase", "close_on": "Abschlussdatum"},
    ),
    "Bombora, a row for each company": (
        "Company Name,Domain,Average Composite Score,Topic Count,Topic Count Delta,Company Revenue,Industry",
        "intent",
        {"composite": "Average Composite Score", "account_domain": "Domain"},
    ),
    "G2, a row for each visit": (
        "Company,Company Domain,Employees,Company Country,Signal Type,Product,Category,Buying Stage,Activity Level,Visited At",
        "intent",
        {
            "topic": "Category",
            "level": "Activity Level",
            "observed_on": "Visited At",
            "account_domain": "Company Domain",
        },
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("export", HEADERS, ids=str)
def test_what_an_export_holds_and_its_columns_are_known_by_the_header(export):
    header, kind, columns = HEADERS[export]
    owner = upload(f"{header}\r\n")

    assert owner.kind == kind
    assert known(owner).items() >= columns.items()


@pytest.mark.django_db
def test_what_the_cells_tell_of_the_decimal_mark_goes_before_what_was_said_last_time():
    header = "Account Name,Website,Annual Revenue\n"
    imported(f'{header}A,a.de,"1.234,50"\n')
    again = upload(f"{header}B,b.com,1234.50\n")
    unsure = upload(f"{header}B,b.com,1.234\n")

    assert again.options["decimal"] == "."
    assert (unsure.options["decimal"], unsure.unsure) == (",", ["decimal"])


@pytest.mark.django_db
def test_large_amounts_come_from_data_loader_in_powers_of_ten():
    imported("NAME,WEBSITE,ANNUALREVENUE\nAcme,acme.com,1.25E7\n")

    assert str(Account.objects.get().annual_revenue) == "12500000.00"


GERMAN_REPORT = (
    "Opportunity Report;;;;\r\nStand 22.11.2026 • Generiert von Jana Weiß;;;;\r\n;;;;\r\n"
    "Opportunity-Name;Accountname;Betrag (umgerechnet);Betrag (umgerechnet) Währung;Schlusstermin\r\n"
    "Neu;Acme;1.234,56;EUR;31.12.2026\r\n"
    "Gesamtsumme (1 Datensatz);;1.234,56 €;;\r\n;;;;\r\nVertrauliche Informationen - Nicht verteilen;;;;\r\n"
)


@pytest.mark.django_db
def test_a_formatted_report_is_read_from_its_header_to_its_totals():
    create_account(name="Acme", domain="acme.com")
    owner = imported(GERMAN_REPORT.encode("cp1252"))

    assert (owner.kind, counts(owner), owner.rows) == ("opportunities", (1, 0, 0, 0), 1)
    assert Opportunity.objects.values_list("name", "amount", "currency").get() == ("Neu", Decimal("1234.56"), "EUR")
    assert owner.skipped == {
        "A line above the table": {
            "count": 2,
            "lines": [[1, "Opportunity Report"], [2, "Stand 22.11.2026 • Generiert von Jana Weiß"]],
        },
        "Totals of the report": {"count": 1, "lines": [[6, "Gesamtsumme (1 Datensatz) 1.234,56 €"]]},
        "A notice of the report": {"count": 1, "lines": [[8, "Vertrauliche Informationen - Nicht verteilen"]]},
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last", "columns"),
    [
        ("Amount,Amount (converted) Currency,Amount (converted)", {"amount": "Amount"}),
        (
            "Amount (converted) Currency,Amount (converted)",
            {"amount": "Amount (converted)", "currency": "Amount (converted) Currency"},
        ),
    ],
)
def test_a_currency_is_read_from_the_column_of_its_amount(last, columns):
    owner = upload(f"Opportunity Name,Account Name,Stage,{last}\n")

    assert {key: name for key, name in known(owner).items() if key in {"amount", "currency"}} == columns


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Record ID,Company name,Last Activity Date,Company Domain Name,Industry,Create Date"])
def test_a_date_of_an_activity_makes_no_touches_of_companies(name):
    assert upload(f"{name}\n").kind == "accounts"
