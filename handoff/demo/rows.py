"""The plain values of the demo's world: what the generators return and the writers take. Pure."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from handoff.demo.people_words import TRANSLITERATION


@dataclass(slots=True)
class Company:
    """An account of the demo. `index` is its place in the world; days count back from the day of loading."""

    index: int
    name: str
    domain: str
    names: str  # whose first and last names its people mostly have
    industry: str | None
    employees: int | None
    revenue: Decimal | None
    currency: str
    growth: float | None
    locations: int | None
    country: str | None
    region: str | None
    city: str
    is_target: bool = False
    tier: str | None = None
    uses: tuple[str, ...] = ()
    evaluating: tuple[str, ...] = ()
    custom: dict[str, object] = field(default_factory=dict)
    owner_sdr: str | None = None
    owner_ae: str | None = None
    other_domains: tuple[str, ...] = ()
    centers: tuple[str, ...] = ()
    parent: int | None = None
    known_for_days: int = 430
    sized_days_ago: int = 0  # since when we know its employees; 0: as long as the rest
    customer_since: date | None = None
    customer_until: date | None = None


@dataclass(slots=True)
class Person:
    """Somebody at a company. Seniority and persona are set by the product's own title rules when loaded."""

    index: int
    company: int
    first_name: str
    last_name: str
    email: str
    title: str
    department: str
    phone: str = ""
    center: str = ""
    visitor: str = ""
    do_not_contact: bool = False
    excluded: bool = False
    seniority: str = "other"
    persona: str | None = None


@dataclass(slots=True)
class TouchRow:
    """One touch. `company` and `person` None: nobody that we know; then `email` or `domain` says what is known."""

    at: datetime
    type: str
    company: int | None = None
    person: int | None = None
    visitor: str = ""
    theme: str | None = None
    minutes: float = 1
    kind: str = "track"
    name: str = ""
    path: str = ""
    channel: str = ""
    campaign: str = ""
    email: str = ""
    domain: str = ""
    properties: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class SignalRow:
    """One intent signal; `company` None: of a domain that no account has."""

    company: int | None
    domain: str
    topic: str
    provider: str
    kind: str
    composite: float
    observed_on: date
    received_at: datetime


@dataclass(slots=True)
class Story:
    """A burst at a company: of which shape, on which theme, and when. What came of it is for the model to say."""

    company: int
    shape: str
    theme: str
    first_day: date
    last_day: date
    center: str = ""


def stream(seed: int, purpose: str) -> random.Random:
    """A source of randomness for one purpose, so that a change of one part leaves the others as they were."""
    return random.Random(f"{seed}/{purpose}")


def ascii_text(text: str) -> str:
    """The letters of a name as addresses spell them."""
    plain = unicodedata.normalize("NFKD", text.translate(TRANSLITERATION))
    return "".join(letter for letter in plain if ord(letter) < 128)


def slug(text: str) -> str:
    """A label of a domain name: ASCII letters and digits alone."""
    return "".join(letter for letter in ascii_text(text).lower() if letter.isalnum())


def pick(rng: random.Random, weights: dict[str, int]) -> str:
    """One key by its weight."""
    return rng.choices(tuple(weights), tuple(weights.values()))[0]
