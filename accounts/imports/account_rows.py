"""A planned account: what is stored, what the file says, what is to be done."""

from dataclasses import dataclass, field
from typing import Any

from accounts.imports.registry import Outcome

# Field of the row → attribute of the account.
PLAIN = {
    "name": "name",
    "website": "website",
    "industry": "industry",
    "employees": "employees",
    "annual_revenue": "annual_revenue",
    "annual_revenue_currency": "annual_revenue_currency",
    "revenue_growth": "revenue_growth",
    "locations": "locations",
    "country": "country",
    "region": "region",
    "city": "city",
    "is_target": "is_target",
    "tier": "tier",
    "owner_sdr": "owner_sdr_id",
    "owner_ae": "owner_ae_id",
    "lifecycle": "lifecycle",
    "customer_since": "customer_since",
    "customer_until": "customer_until",
}
COLUMNS = tuple(PLAIN.values())


@dataclass(slots=True)
class Known:
    """An account as it is stored."""

    values: dict[str, Any]
    identifiers: dict[str, set[str]] = field(default_factory=dict)
    domains: set[str] = field(default_factory=set)
    technologies: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class Planned(Outcome):
    """What becomes of an account: `id` None makes one."""

    id: int | None = None
    said: dict[str, Any] = field(default_factory=dict)
    domains: list[str] = field(default_factory=list)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    technologies: list[tuple[str, str]] = field(default_factory=list)
    known: Known | None = None
