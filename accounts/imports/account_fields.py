"""The columns of accounts, and their names in Salesforce (API and reports), HubSpot and intent providers' exports."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from accounts.facts import CUSTOM_PREFIX
from accounts.imports import values
from accounts.imports.fields import BOOLEAN, CURRENCY, DAY, MONEY, NUMBER, TEXT, WHOLE, Field
from accounts.imports.links import company_domain_of, first_id, looks_numeric, salesforce_id
from accounts.imports.people_here import user_here
from accounts.imports.values import Inexact, Unreadable
from accounts.models import CustomField
from accounts.record_ids import looks_salesforce

_LIFECYCLES = {
    "prospect": "prospect", "lead": "prospect", "subscriber": "prospect", "marketingqualifiedlead": "prospect",
    "marketing qualified lead": "prospect", "salesqualifiedlead": "prospect", "sales qualified lead": "prospect",
    "interessent": "prospect", "kunde": "customer", "bestandskunde": "customer", "ehemaliger kunde": "former_customer",
    "suspect": "prospect", "opportunity": "opportunity", "open opportunity": "opportunity", "evangelist": "customer",
    "customer": "customer", "client": "customer", "active customer": "customer", "installed base": "customer",
    "former customer": "former_customer", "former_customer": "former_customer", "churned": "former_customer",
    "past customer": "former_customer", "ex-customer": "former_customer", "lost customer": "former_customer",
}  # fmt: skip
_MAX_PARTS = 50


def lifecycle(cell: str) -> str:
    """Where the company stands, in the words of a CRM ("Customer - Direct", "salesqualifiedlead")."""
    word = cell.casefold()
    found = _LIFECYCLES.get(word) or _LIFECYCLES.get(word.split(" - ")[0].strip())
    if not found:
        raise Inexact(f"“{cell}” is neither prospect, opportunity, customer nor former customer")
    return found


def several(cell: str) -> tuple[str, ...]:
    """The parts of a list: by semicolons if there are any, else by commas."""
    parts = cell.replace("\n", ";").split(";" if ";" in cell or "\n" in cell else ",")
    found = tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))
    if len(found) > _MAX_PARTS or any(len(part) > 120 for part in found):
        raise Unreadable(f"has more than {_MAX_PARTS} values, or one longer than 120 characters")
    return found


def several_domains(cell: str) -> tuple[str, ...]:
    """A list of registrable domains."""
    return tuple(dict.fromkeys(company_domain_of(part) for part in several(cell)))


def account_fields(custom: Iterable[CustomField]) -> list[Field]:
    """All columns of an account. Aliases in the order of how sure they are."""
    return [
        Field(key="name", label="Account name",
              german=("Accountname", "Account-Name", "Unternehmensname", "Name des Unternehmens", "Firmenname", "Firma",
                      "Unternehmen"),
              required=True, aliases=(
            "Name", "Account Name", "Company name", "Company", "Account", "Organization", "Company Name (Account)")),
        Field(key="salesforce_id", label="Account ID (Salesforce)", convert=salesforce_id, fits=looks_salesforce,
              aliases=("Account ID", "AccountId", "Id", "Account ID 18", "Salesforce ID", "Salesforce Account ID",
                       "Case Safe ID", "Account: Account ID")),
        Field(key="hubspot_id", label="Record ID (HubSpot)",
              german=("Datensatz-ID", "Unternehmens-ID"),
              convert=first_id, fits=looks_numeric,
              aliases=("Record ID", "Company ID", "hs_object_id", "Record ID - Company", "HubSpot ID", "companyId")),
        Field(key="external_id", label="Account ID (other system)",
              aliases=("External ID", "Account ID", "ID", "Company ID", "CRM ID", "Customer ID")),
        Field(key="group_id", label="Group ID of events", aliases=("groupId",)),
        Field(key="domain", label="Domain",
              german=("Unternehmens-Domain-Name", "Domain-Name des Unternehmens", "Unternehmensdomain"),
              convert=company_domain_of, help="Like acme.com; the account's primary domain.",
              aliases=("Company Domain Name", "Company Domain", "Account Domain", "Email Domain", "Primary Domain",
                       "Domain Name", "Domain__c", "Web Domain")),
        Field(key="website", label="Website",
              german=("Webseite", "Website-URL", "Internetseite", "Homepage"),
              aliases=("Website URL", "Company Website", "URL", "Web", "Homepage")),
        Field(key="more_domains", label="More domains",
              german=("Zusätzliche Domains", "Weitere Domains"),
              convert=several_domains,
              aliases=("Additional Domains", "Domains", "Other Domains", "hs_additional_domains")),
        Field(key="industry", label="Industry",
              german=("Branche",),
              limit=120, aliases=("Industry Group", "Primary Industry", "Sector")),
        Field(key="employees", label="Employees",
              german=("Mitarbeiter", "Anzahl der Mitarbeiter", "Mitarbeiterzahl", "Anzahl Mitarbeiter",
                      "Mitarbeiteranzahl"),
              type=WHOLE,
              aliases=("NumberOfEmployees", "Number of Employees", "Employee Count", "numberofemployees", "Headcount",
                       "Company Size", "No. of Employees")),
        Field(key="annual_revenue", label="Annual revenue",
              german=("Jahresumsatz", "Umsatz", "Jahresumsatz (umgerechnet)"),
              type=MONEY,
              aliases=("AnnualRevenue", "Revenue", "Annual Revenue (converted)", "Company Revenue", "Turnover")),
        Field(key="annual_revenue_currency", label="Revenue currency",
              german=("Währung", "Account-Währung", "Jahresumsatz (Währung)", "Jahresumsatz Währung"),
              type=CURRENCY,
              aliases=("Annual Revenue Currency", "Account Currency", "CurrencyIsoCode", "Currency")),
        Field(key="revenue_growth", label="Revenue growth, % a year",
              german=("Umsatzwachstum",),
              type=NUMBER, aliases=("Revenue Growth", "Growth")),
        Field(key="locations", label="Number of locations",
              german=("Standorte", "Anzahl der Standorte"),
              type=WHOLE, aliases=("Locations", "Sites", "Offices")),
        Field(key="country", label="Country",
              german=("Land", "Land/Region", "Rechnungsland", "Rechnungsadresse Land", "Rechnungsanschrift Land",
                      "Land (Rechnungsadresse)", "Land (Rechnungsanschrift)"),
              limit=80,
              aliases=("BillingCountry", "Billing Country", "Country/Region", "Billing Address Country", "HQ Country",
                       "ShippingCountry", "Shipping Country", "Billing Country (text only)", "BillingCountryCode")),
        Field(key="region", label="Region",
              german=("Bundesland", "Bundesland/Region", "Bundesland/Kanton", "Rechnungsbundesland",
                      "Rechnungsbundesland/-provinz", "Rechnungsadresse Bundesland/Kanton",
                      "Bundesland (Rechnungsadresse)", "Bundesland/Provinz (Rechnungsanschrift)"),
              limit=80,
              aliases=("BillingState", "Billing State/Province", "State/Region", "State", "Billing State", "HQ State",
                       "Billing State/Province (text only)", "State/Province", "Territory")),
        Field(key="city", label="City",
              german=("Stadt", "Ort", "Rechnungsort", "Rechnungsstadt", "Rechnungsadresse Ort", "Rechnungsadresse Stadt",
                      "Ort (Rechnungsadresse)", "Stadt (Rechnungsanschrift)"),
              limit=120, aliases=("BillingCity", "Billing City", "HQ City")),
        Field(key="is_target", label="Target account",
              german=("Zielaccount", "Ziel-Account", "Zielkunde"),
              type=BOOLEAN, constant=True,
              aliases=("Is Target", "Is Target Account", "Target Account", "Named Account", "hs_is_target_account", "Target")),
        Field(key="tier", label="Tier", limit=20, constant=True,
              aliases=("Account Tier", "hs_ideal_customer_profile", "Ideal Customer Profile Tier", "Priority")),
        Field(key="owner_sdr", label="Owner (SDR)", convert=user_here(), aliases=("SDR", "SDR Owner", "SDR email")),
        Field(key="owner_ae", label="Owner (AE)",
              german=("Accountinhaber", "Account-Inhaber", "Unternehmensinhaber",
                      "Zuständiger Mitarbeiter für Unternehmen"),
              convert=user_here(),
              aliases=("Account Owner", "Company owner", "AE", "AE Owner", "Owner.Email", "Owner Email", "Owner.Name",
                       "Account Owner: Full Name", "AE email")),
        Field(key="lifecycle", label="Lifecycle",
              german=("Typ", "Accounttyp", "Lifecycle-Phase", "Lebenszyklusphase"),
              convert=lifecycle, constant=True,
              aliases=("Lifecycle Stage", "Type", "Account Type", "lifecyclestage", "Account Status")),
        Field(key="customer_since", label="Customer since",
              german=("Kunde seit",),
              type=DAY,
              aliases=("Became a Customer Date", "Customer Since Date", "CustomerSince__c", "closedate")),
        Field(key="customer_until", label="Customer until",
              german=("Kunde bis",),
              type=DAY, aliases=("Churn Date", "Churned On")),
        Field(key="technologies", label="Technologies used",
              german=("Technologien", "Web-Technologien"),
              convert=several,
              aliases=("Technologies", "Web Technologies", "Tech Stack", "web_technologies")),
        Field(key="evaluating", label="Technologies being evaluated", convert=several),
        *map(_custom_field, custom),
    ]  # fmt: skip


def _custom_field(one: CustomField) -> Field:
    kinds = {
        CustomField.Kind.NUMBER: (NUMBER, None),
        CustomField.Kind.BOOLEAN: (BOOLEAN, None),
        CustomField.Kind.DATE: (DAY, None),
        CustomField.Kind.CHOICE: (TEXT, _choice(one.choices)),
        CustomField.Kind.TEXT: (TEXT, None),
    }
    kind, convert = kinds[CustomField.Kind(one.kind)]
    return Field(
        key=f"{CUSTOM_PREFIX}{one.key}", label=one.label, type=kind, limit=500, convert=convert,
        aliases=(one.key, f"{one.key}__c"), constant=True,
    )  # fmt: skip


def _choice(choices: list[Any]) -> Callable[[str], str]:
    by_word = {str(choice).casefold(): str(choice) for choice in choices}

    def convert(cell: str) -> str:
        found = by_word.get(cell.casefold())
        if found is None:
            raise Unreadable(f"“{values.text(120)(cell)}” is not one of {', '.join(by_word.values())}")
        return found

    return convert


def stored_custom(value: Any) -> Any:
    """A value of a custom field as `Account.custom` holds it: days in ISO form."""
    return value.isoformat() if isinstance(value, date) else value
