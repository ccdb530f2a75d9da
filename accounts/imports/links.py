"""Which account a row means: by the id that another system gives it, by domain, by its exact name (domain.md §8)."""

from collections.abc import Iterable, Sequence

from django.db import connection

from accounts.companies import EVENTS_SYSTEM
from accounts.imports import bulk, values
from accounts.imports.fields import Field, Row
from accounts.imports.values import Inexact, Unreadable
from accounts.matching import is_free_mail, registrable_domain
from accounts.record_ids import SALESFORCE, completed, looks_salesforce

HUBSPOT, OTHER = "hubspot", "import"
SYSTEMS = {
    "salesforce_id": SALESFORCE,
    "hubspot_id": HUBSPOT,
    "external_id": OTHER,
    "group_id": EVENTS_SYSTEM,
}
# A page there is no sign of whose company it is.
SHARED_SITES = frozenset(
    {"facebook.com", "linkedin.com", "instagram.com", "twitter.com", "x.com", "youtube.com", "google.com", "yelp.com",
     "tiktok.com", "crunchbase.com", "linktr.ee", "bit.ly"}
)  # fmt: skip
_LOOK_UP = """
SELECT 'i', i.system || ':' || i.value, i.account_id FROM accounts_accountidentifier i
    JOIN unnest(string_to_array(%s, chr(31)), string_to_array(%s, chr(31))) AS w(system, value)
    ON i.system = w.system AND i.value = w.value
UNION ALL SELECT 'd', name, account_id FROM accounts_domain WHERE name = ANY(string_to_array(%s, chr(31)))
UNION ALL SELECT 'n', w.name, a.id FROM unnest(string_to_array(%s, chr(31))) AS w(name)
    JOIN accounts_account a ON lower(a.name) = lower(w.name) AND a.merged_into_id IS NULL"""


def salesforce_id(cell: str) -> str:
    """A record's id in its 18 characters; the 15 that reports show are completed."""
    if not looks_salesforce(cell):
        raise Unreadable(f"“{cell}” is not an id of Salesforce (15 or 18 letters and digits)")
    return completed(cell)


def looks_numeric(cell: str) -> bool:
    """True for what can be the id of a HubSpot record."""
    return cell.replace(";", "").strip().isdecimal() and cell.isascii()


def company_domain_of(cell: str) -> str:
    """The registrable domain that a cell names; refuses what can't be a company's."""
    name = registrable_domain(cell)
    if not name:
        raise Unreadable(f"“{cell}” is not a domain of a company, like acme.com")
    if is_free_mail(name):
        raise Unreadable(f"“{name}” is free mail, which belongs to no company")
    return name


def link_domain(cell: str) -> str:
    """As `company_domain_of` for a column beside others that name the account: what is no domain is left out."""
    try:
        name = company_domain_of(cell)
    except Unreadable as problem:
        raise Inexact(str(problem)) from None
    if name in SHARED_SITES:
        raise Inexact(f"“{name}” is a site of many companies")
    return name


def first_id(cell: str) -> str:
    """The first of several ids in a cell."""
    return values.text(255)(cell.split(";", maxsplit=1)[0].strip())


def link_fields(*, id_aliases: Sequence[str] = (), also_name: bool = True) -> list[Field]:
    """The columns by which rows of other kinds name their account."""
    found = [
        Field(
            key="salesforce_id", label="Account ID (Salesforce)", convert=salesforce_id, fits=looks_salesforce,
            aliases=("Account ID", "AccountId", "Account.Id", "Account: Account ID", "Account ID 18", *id_aliases),
        ),
        Field(
            key="hubspot_id", label="Company ID (HubSpot)",
            german=("Zugeordnete Unternehmens-IDs", "IDs zugeordneter Unternehmen", "Zugeordnete Unternehmens-ID"),
            convert=first_id, fits=looks_numeric,
            aliases=("Primary Associated Company ID", "Associated Company IDs (Primary)", "Associated Company ID",
                     "Associated Company IDs", "Company ID", "associatedcompanyid", "hs_object_id"),
        ),
        Field(key="external_id", label="Account ID (other system)",
              aliases=("Account External ID", "External Account ID", "Account ID", "Company ID", *id_aliases)),
        Field(key="group_id", label="Group ID of events", aliases=("groupId",)),
        Field(
            key="account_domain", label="Account domain",
            german=("Unternehmens-Domain-Name", "Domain-Name des Unternehmens", "Webseite", "Website-URL"),
            convert=link_domain,
            aliases=("Domain", "Company Domain Name", "Company Domain", "Account Domain", "Account Website", "Website",
                     "Account.Website", "Website URL", "Company Website", "Company URL", "Email Domain"),
        ),
    ]  # fmt: skip
    if also_name:
        found.append(
            Field(
                key="account_name", label="Account name",
                german=("Accountname", "Account-Name", "Unternehmensname", "Unternehmen", "Firma",
                        "Zugeordnetes Unternehmen", "Unternehmen/Account"),
                aliases=("Account", "Account.Name", "Account: Account Name", "Company", "Company Name", "Company / Account",
                         "Associated Company", "Organization", "Associated Company (Primary)", "Primary Associated Company",
                         "Associated Companies", "CompanyOrAccount"),
            )
        )  # fmt: skip
    return found


class Accounts:
    """The accounts that some rows may mean, looked up in one query."""

    def __init__(
        self, *, identifiers: Iterable[tuple[str, str]] = (), domains: Iterable[str] = (), names: Iterable[str] = ()
    ) -> None:
        self._by_identifier: dict[str, int] = {}
        self._by_domain: dict[str, int] = {}
        self._by_name: dict[str, list[int]] = {}
        pairs = sorted(set(identifiers))
        asked = [(s for s, _ in pairs), (v for _, v in pairs), sorted(set(domains)), sorted(set(names))]
        texts = [bulk.joined(one) for one in asked]
        if not any(texts):
            return
        with connection.cursor() as cursor:
            cursor.execute(_LOOK_UP, texts)
            for kind, key, account_id in cursor.fetchall():
                if kind == "n":
                    self._by_name.setdefault(key, []).append(account_id)
                else:
                    (self._by_identifier if kind == "i" else self._by_domain)[key] = account_id

    def of_identifier(self, system: str, value: str) -> int | None:
        """The account with this id in that system."""
        return self._by_identifier.get(f"{system}:{value}")

    def of_domain(self, domain: str) -> int | None:
        """The account that a registrable domain belongs to."""
        return self._by_domain.get(domain)

    def of_name(self, name: str) -> list[int]:
        """The accounts of exactly this name, whatever its case."""
        return self._by_name.get(name, [])


def identifiers_of(row: Row) -> list[tuple[str, str]]:
    """The ids that a row gives its account: (system, value)."""
    if (found := row.memo.get("identifiers")) is None:
        values_of = row.values
        found = [(system, str(values_of[key])) for key, system in SYSTEMS.items() if key in values_of]
        row.memo["identifiers"] = found
    return list(found)


def look_up(rows: Iterable[Row], *, more_domains: Iterable[str] = ()) -> Accounts:
    """The accounts that the link fields of these rows may mean."""
    rows = list(rows)
    return Accounts(
        identifiers=[pair for row in rows for pair in identifiers_of(row)],
        domains={*(row.values["account_domain"] for row in rows if "account_domain" in row.values), *more_domains}
        - {""},
        names=[row.values["account_name"] for row in rows if "account_name" in row.values],
    )


def account_of(row: Row, accounts: Accounts) -> int | None:
    """The account that the link fields of a row name: an id, else the domain, else the name if just one has it."""
    for system, value in identifiers_of(row):
        if (found := accounts.of_identifier(system, value)) is not None:
            return found
    if domain := row.values.get("account_domain"):
        found = accounts.of_domain(domain)
        if found is not None:
            return found
    named = accounts.of_name(row.values.get("account_name", ""))
    return named[0] if len(named) == 1 else None


def names_account(row: Row) -> bool:
    """True when a row says anything of which account it means."""
    return bool(identifiers_of(row)) or "account_domain" in row.values or "account_name" in row.values
