"""Valid-from rows for whatever decides: which fields those are, and writing their history (models/history.py)."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import AccountFact, ContactFact, User

ACCOUNT_FIELDS = (
    "industry",
    "employees",
    "annual_revenue",
    "revenue_growth",
    "locations",
    "country",
    "region",
    "tier",
    "is_target",
    "lifecycle",
    "customer_since",
    "customer_until",
)
CUSTOM_PREFIX = "custom."
# The field of the history row → the attribute of the contact.
CONTACT_FIELDS = {
    "account": "account_id",
    "center": "center_id",
    "seniority": "seniority",
    "persona": "persona_id",
    "department": "department",
    "excluded_from_scoring": "excluded_from_scoring",
    "mql_external_from": "mql_external_from",
    "mql_external_until": "mql_external_until",
}

# Stands in `field_times` for what a person set on a page: later than any moment, so no event changes it.
SET_BY_HAND = "page"

# What a history row says of: (id of the account or contact, field, value)
Said = tuple[int, str, Any]


def stamp(at: datetime) -> str:
    """A moment as `field_times` keeps it: texts that compare as the moments do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def said_by(source: str, at: datetime) -> str:
    """What `field_times` keeps of a value that came from `source`."""
    return SET_BY_HAND if source == "page" else stamp(at)


def plain(value: Any) -> Any:
    """A value as history keeps it, in JSON: decimals as text, which loses nothing, days in ISO form."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def record_account_facts(said: Iterable[Said], *, at: datetime, by: User | None, source: str) -> None:
    """That fields of accounts have these values from `at` on."""
    AccountFact.objects.bulk_create(
        (
            AccountFact(account_id=owner, field=field, value=plain(value), known_from=at, by=by, source=source)
            for owner, field, value in said
        ),
        batch_size=2_000,
    )


def record_contact_facts(said: Iterable[Said], *, at: datetime, by: User | None, source: str) -> None:
    """That fields of contacts have these values from `at` on."""
    ContactFact.objects.bulk_create(
        (
            ContactFact(contact_id=owner, field=field, value=plain(value), known_from=at, by=by, source=source)
            for owner, field, value in said
        ),
        batch_size=2_000,
    )
