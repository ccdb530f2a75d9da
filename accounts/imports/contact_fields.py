"""The columns of contacts, and their names in Salesforce (API and reports) and HubSpot exports."""

import re

from accounts.imports import values
from accounts.imports.fields import BOOLEAN, DAY, Field
from accounts.imports.links import link_fields
from accounts.imports.values import Unreadable
from accounts.matching import normal_email, registrable_domain
from accounts.models.contact import Seniority

_SENIORITIES = {
    "c_level": "c_level", "c-level": "c_level", "c level": "c_level", "cxo": "c_level", "c-suite": "c_level",
    "executive": "c_level", "owner": "c_level", "partner": "c_level", "founder": "c_level", "vp": "vp",
    "vice president": "vp", "director": "director", "head": "director", "manager": "manager", "senior": "other",
    "employee": "other", "entry": "other", "individual contributor": "other", "other": "other", "staff": "other",
}  # fmt: skip

_WITHIN = re.compile(r"[(<]([^()<>\s;,@]+@[^()<>\s;,@]+)[)>]$")


def email(cell: str) -> str:
    """An e-mail address in lower case, at a host that can have one; also of "Jo Roe (jo@acme.com)"."""
    within = _WITHIN.search(cell[-300:])
    found = normal_email(within[1] if within else cell)
    if not found or not registrable_domain(found.rpartition("@")[2]):
        raise Unreadable(f"“{cell}” is not an e-mail address")
    return found


def full_name(cell: str) -> tuple[str, str]:
    """First and last name of "Jane van Dyke" or "van Dyke, Jane"."""
    name = values.text(200)(" ".join(cell.split()))
    last, comma, first = name.partition(", ")
    if not comma:
        first, _, last = name.partition(" ")
    return first[:100], last[:100]


def seniority(cell: str) -> str:
    """One of our levels, in a CRM's words."""
    found = _SENIORITIES.get(cell.casefold())
    if found is None:
        raise Unreadable(f"“{cell}” is not one of {', '.join(label for _, label in Seniority.choices)}")
    return found


def contact_fields() -> list[Field]:
    """All columns of a contact. Aliases in the order of how sure they are."""
    return [
        Field(key="email", label="E-mail",
              german=("E-Mail-Adresse", "Geschäftliche E-Mail-Adresse"),
              convert=email,
              aliases=("Email", "Email Address", "E-mail Address", "Work Email", "Business Email", "Contact: Email")),
        Field(key="user_id", label="User ID of events", aliases=("userId", "User ID", "External User ID")),
        Field(key="first_name", label="First name",
              german=("Vorname",),
              limit=100, aliases=("FirstName", "Given Name", "Contact: First Name")),
        Field(key="last_name", label="Last name",
              german=("Nachname", "Familienname"),
              limit=100,
              aliases=("LastName", "Surname", "Family Name", "Contact: Last Name")),
        Field(key="full_name", label="Full name",
              german=("Vollständiger Name", "Kontaktname"),
              convert=full_name, aliases=("Name", "Contact Name", "Contact: Full Name")),
        Field(key="phone", label="Phone",
              german=("Telefon", "Telefonnummer", "Mobil", "Mobiltelefon", "Mobiltelefonnummer"),
              limit=40,
              aliases=("Phone Number", "Business Phone", "MobilePhone", "Mobile", "Mobile Phone Number")),
        Field(key="title", label="Title",
              german=("Titel", "Jobtitel", "Berufsbezeichnung", "Position", "Funktion"),
              limit=150, aliases=("Job Title", "jobtitle", "Position", "Contact: Title")),
        Field(key="department", label="Department",
              german=("Abteilung",),
              limit=120, aliases=("Job Function", "Function", "Contact: Department")),
        Field(key="seniority", label="Seniority", convert=seniority, aliases=("Seniority Level",),
              help="Overrides what the title rules say."),
        Field(key="persona", label="Persona", limit=80, aliases=("Buyer Persona", "hs_persona", "Buying Persona"),
              help="Overrides what the rules say."),
        Field(key="do_not_contact", label="Do not contact",
              german=("E-Mail-Abmeldung", "E-Mail-Deaktivierung", "Von allen E-Mails abgemeldet", "Nicht anrufen"),
              type=BOOLEAN,
              aliases=("HasOptedOutOfEmail", "Email Opt Out", "DoNotCall", "Do Not Call", "Opted out of all email",
                       "Unsubscribed from all email", "hs_email_optout")),
        Field(key="excluded_from_scoring", label="Objects to profiling", type=BOOLEAN,
              aliases=("Excluded from scoring", "Profiling Opt Out", "HasOptedOutOfProfiling")),
        Field(key="mql_external_from", label="MQL since", type=DAY,
              aliases=("Became a Marketing Qualified Lead Date", "MQL Date", "hs_lifecyclestage_marketingqualifiedlead_date")),
        *link_fields(),
    ]  # fmt: skip
