"""What the rows behind a figure look like. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from reports.period import Period
from reports.shapes import CURRENCY, Told, amount_text


@dataclass(frozen=True)
class Row:
    """One row: the account it belongs to (None: none), and what the figure saw of it."""

    account_id: int | None
    account: str
    cells: tuple[Any, ...]


@dataclass(frozen=True)
class Rows:
    """The rows behind a figure, under their header; the account's column comes first and is not named in it."""

    title: str
    header: Sequence[str]
    rows: Sequence[Row]


class Unknown(Exception):
    """The rows that a query asks for are of no figure."""


Load = Callable[[Period, Mapping[str, str]], Rows]


def pick(asks: Mapping[str, str], name: str, among: Iterable[str]) -> str:
    """What the query says under `name`. Raises Unknown for what is not `among` those on offer."""
    said = asks.get(name, "")
    if said not in among:
        raise Unknown(name)
    return said


def day(value: date | datetime | None) -> str:
    """A day, or nothing."""
    return f"{value:%Y-%m-%d}" if value else ""


def money(amount: Decimal | None, currency: str) -> Told:
    """An amount with its currency, or nothing."""
    return Told("", ("", None), (CURRENCY, currency)) if amount is None else amount_text(amount, currency)


def number(value: Decimal | float, digits: int) -> Told:
    """A number with so many digits."""
    return Told(f"{value:,.{digits}f}", ("", round(value, digits)))


def yes(value: bool | None) -> str:
    """Yes or no."""
    return "yes" if value else "no"
