"""What an event says of a person or a company: traits by their names in the specification, as our fields. Pure.

Names are compared without case and separators, so `firstName`, `first_name` and `First Name` are one. Values that can't
be meant are left out: a trait never makes an event fail.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from accounts.matching import domain_of_group, is_free_mail, normal_email, registrable_domain

_SEPARATORS = re.compile(r"[\W_]+")
_MONEY = re.compile(r"[^\d]{0,4}(\d[\d,. ]*?)\s*(k|m|mm|mn|b|bn|million|billion)?[^\d]{0,4}", re.IGNORECASE)
_FACTOR = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}

_PERSON = {
    "firstname": ("first_name", 100),
    "lastname": ("last_name", 100),
    "title": ("title", 150),
    "jobtitle": ("title", 150),
    "position": ("title", 150),
    "department": ("department", 120),
    "phone": ("phone", 40),
}
_COMPANY_TEXT = {"name": ("name", 255), "website": ("website", 255), "industry": ("industry", 120)}
_MAX_INT = 2_147_483_647


@lru_cache(maxsize=16_384)
def key_of(name: str) -> str:
    """The name of a trait or property for comparing: no case, no separators."""
    return _SEPARATORS.sub("", name).casefold()


def by_key(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by `key_of` their names; the first of two wins."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        found.setdefault(key_of(name), value)
    return found


def email_of(values: Mapping[str, Any]) -> str:
    """The e-mail address among traits or properties, normalised; "" without a usable one."""
    value = values.get("email") or values.get("Email")
    return usable_email(value)


def usable_email(value: Any) -> str:
    """The value as an e-mail address at a domain that can be one, else ""."""
    if not isinstance(value, str):
        return ""
    email = normal_email(value)
    return email if email and registrable_domain(email.rpartition("@")[2]) else ""


def person_fields(traits: Mapping[str, Any]) -> dict[str, str]:
    """The traits of `identify` that a contact has."""
    found: dict[str, str] = {}
    for name, value in traits.items():
        field = _PERSON.get(key_of(name))
        if field and (text := as_text(value, field[1])):
            found.setdefault(field[0], text)
    full = as_text(traits.get("name"), 200)
    if full and "first_name" not in found and "last_name" not in found:
        first, _, last = full.partition(" ")
        found["first_name"] = first[:100]
        if last:
            found["last_name"] = last.strip()[:100]
    return found


def company_fields(traits: Mapping[str, Any]) -> dict[str, Any]:
    """The traits of `group` that an account has; `country` and `city` also from an address."""
    values = by_key(traits)
    address = values.get("address")
    if isinstance(address, Mapping):
        values = {**by_key(address), **values}
    found: dict[str, Any] = {}
    for name, (field, length) in _COMPANY_TEXT.items():
        if text := as_text(values.get(name), length):
            found[field] = text
    for field, length in (("country", 80), ("region", 80), ("city", 120)):
        if text := as_text(values.get(field), length):
            found[field] = text
    employees = _first(values, "employees", "employeecount", "numberofemployees")
    if (number := as_count(employees)) is not None:
        found["employees"] = number
    if (locations := as_count(_first(values, "locations", "numberoflocations"))) is not None:
        found["locations"] = locations
    if (revenue := as_money(_first(values, "annualrevenue", "revenue"))) is not None:
        found["annual_revenue"] = revenue
    return found


def company_domains(traits: Mapping[str, Any], group_id: str) -> tuple[str, ...]:
    """The registrable domains that a group names: domain and website, else its e-mail's, else an id that is a domain."""
    values = by_key(traits)
    named = [registrable_domain(text) for key in ("domain", "website") if (text := as_text(values.get(key), 500))]
    if not any(named):
        email = usable_email(values.get("email"))
        named = [registrable_domain(email.rpartition("@")[2])] if email else []
    if not any(named):
        named = [domain_of_group(group_id)]
    return tuple(dict.fromkeys(domain for domain in named if domain))


def names_free_mail(domains: tuple[str, ...]) -> bool:
    """True when all that a group gives as its domain is free mail."""
    return bool(domains) and all(is_free_mail(domain) for domain in domains)


def custom_value(kind: str, choices: list[Any], value: Any) -> Any:
    """A trait as the value of a custom field of this kind; None when it can't be one."""
    if kind == "boolean":
        return value if isinstance(value, bool) else None
    if kind == "number":
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    text = as_text(value, 500)
    if kind == "choice":
        return text if text in choices else None
    if kind == "date":
        try:
            return date.fromisoformat(text[:10]).isoformat()
        except ValueError:
            return None
    return text or None


def as_text(value: Any, length: int) -> str:
    """A text or a number as text of at most `length` characters, else ""."""
    if isinstance(value, str):
        return value.strip()[:length].strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)[:length]
    return ""


def as_count(value: Any) -> int | None:
    """A whole number from 0 on: 329, "329", "1,200"; None for anything else, a range for one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) if 0 <= value <= _MAX_INT else None
    text = as_text(value, 40).replace(",", "").replace(" ", "")
    return int(text) if text.isdecimal() and text.isascii() and int(text) <= _MAX_INT else None


def as_money(value: Any) -> Decimal | None:
    """An amount from 0 on: 5000000, "$5,000,000", "5M"; None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        if isinstance(value, int | float):
            amount = Decimal(str(value))
        else:
            found = _MONEY.fullmatch(as_text(value, 40))
            if found is None:
                return None
            amount = Decimal(found[1].replace(",", "").replace(" ", "")) * _FACTOR[(found[2] or "")[:1].lower()]
    except InvalidOperation:
        return None
    return amount.quantize(Decimal("0.01")) if 0 <= amount < Decimal("1e16") else None


def _first(values: Mapping[str, Any], *names: str) -> Any:
    return next((values[name] for name in names if values.get(name) is not None), None)
