"""Small pieces of plain English for evidence: amounts, counts, days, criteria. Pure."""

from __future__ import annotations

import math
from datetime import date
from functools import lru_cache

from accounts.criteria import Criterion
from signals.scoring_config import MQA_STAGE

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SENIORITY_NAMES = {
    "c_level": "C-level",
    "vp": "VP",
    "director": "director",
    "manager": "manager",
    "other": "anybody",
}
FIELD_NAMES = {
    "annual_revenue": "annual revenue",
    "revenue_growth": "revenue growth",
    "technology_used": "technology used",
    "technology_evaluating": "technology being evaluated",
    "customer": "customer status",
}
OPERATOR_NAMES = {
    "in": "is",
    "not_in": "is not",
    "at_least": "is at least",
    "at_most": "is at most",
    "between": "is between",
    "contains": "contains",
    "is_known": "is known",
}


def amount(value: float, *, digits: int = 1) -> str:
    """A number with at most `digits` decimals and no idle zeros: 30, 4.4, 1,200."""
    rounded = round(value, digits)
    text = f"{rounded:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def at_least(value: float, *, digits: int = 1) -> str:
    """Like `amount`, rounded up, for what is still needed: never less than enough."""
    scale = 10**digits
    return amount(math.ceil(round(value * scale, 6)) / scale, digits=digits)


def points(value: float) -> str:
    """What is still needed, rounded up: "1 more point", "4.4 more points"."""
    text = at_least(value)
    return f"{text} more point{'' if text == '1' else 's'}"


def count(number: int, one: str, many: str = "") -> str:
    """How many: "1 person", "12 people", "no people"."""
    noun = one if number == 1 else (many or one + "s")
    return f"{number:,} {noun}" if number else f"no {noun}"


def more(number: int, one: str, many: str = "") -> str:
    """How many more: "one more person", "12 more people"."""
    noun = one if number == 1 else (many or one + "s")
    return f"{NUMBERS[number] if number < len(NUMBERS) else f'{number:,}'} more {noun}"


def sentence(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def join(parts: list[str], last: str = "and") -> str:
    """As a list: "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


@lru_cache(maxsize=256)
def day(value: date) -> str:
    """A day of the year: "12 Nov"."""
    return f"{value.day} {value:%b}"


def days(first: date, last: date, *, word: str = "and") -> str:
    """Two days: "12 and 25 Nov", "28 Nov and 11 Dec"; "12 Nov" if they are one."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} {word} {day(last)}"
    return f"{day(first)} {word} {day(last)}"


def stage(name: str) -> str:
    """A stage: the name of its band with a capital, or MQA."""
    return name.upper() if name == MQA_STAGE else sentence(name)


def field_name(field: str) -> str:
    """A field of an account in words."""
    return FIELD_NAMES.get(field, field.removeprefix("custom.").replace("_", " "))


def criterion(item: Criterion) -> str:
    """A criterion in words: its label, else "employees is between 200 and 10,000"."""
    return item.label or criterion_rule(item)


def criterion_rule(item: Criterion) -> str:
    """What a criterion asks, whatever it is called: "employees is between 200 and 10,000"."""
    values = [amount(value, digits=2) if isinstance(value, float | int) and not isinstance(value, bool) else str(value)
              for value in item.values]  # fmt: skip
    joined = join(values, "and" if item.operator == "between" else "or")
    return f"{field_name(item.field)} {OPERATOR_NAMES[item.operator]} {joined}".rstrip()
