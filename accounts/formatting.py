"""How moments, amounts and numbers are put in words. Pure: `now` and the zone are arguments."""

from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from math import floor
from typing import Final

UNKNOWN: Final = "\N{EN DASH}"
_SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£"}
_SENIORITY: Final = {
    "c_level": "C-level",
    "vp": "VP",
    "director": "Director",
    "manager": "Manager",
    "other": "Other",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def shown(value: float) -> int:
    """A score as rows show it: cut, not rounded, so that 69.96 never reads as the 70 it has missed."""
    return floor(value + 1e-9)


def number(value: float | Decimal | None, decimals: int = 1) -> str:
    """1200 as "1,200"; fractions to `decimals` places without trailing zeros; None as a dash."""
    if value is None:
        return UNKNOWN
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(amount: Decimal | int | None, currency: str = "") -> str:
    """12400 EUR as "€12,400"; cents only where there are any; a currency without a sign by its code."""
    if amount is None:
        return UNKNOWN
    sign = "-" if amount < 0 else ""
    whole = amount == int(amount)
    text = f"{abs(amount):,.0f}" if whole else f"{abs(amount):,.2f}"
    symbol = _SYMBOLS.get(currency, f"{currency} " if currency else "")
    return f"{sign}{symbol}{text}"


def percent(share: float | Decimal | None, decimals: int = 0) -> str:
    """A share of one as "81 %"."""
    return UNKNOWN if share is None else f"{number(float(share) * 100, decimals)} %"


def signed(value: float | Decimal | None, decimals: int = 0) -> str:
    """A change, with its sign: "+18", "-3", "0"."""
    if value is None:
        return UNKNOWN
    text = number(value, decimals)
    if text in {"0", "-0"}:
        return "0"
    return text if text.startswith("-") else f"+{text}"


def counted(count: int | None, nouns: str) -> str:
    """`nouns` is "person,people": 1 gives "1 person", 1200 gives "1,200 people"; one noun takes an s."""
    singular, _, plural = nouns.partition(",")
    noun = singular if count == 1 else plural or f"{singular}s"
    return f"{number(count, 0)} {noun}"


def initials(name: str) -> str:
    """Of the first and the last word: "Dana van Whitlock" gives "DW"."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def seniority(key: str) -> str:
    """The label of a seniority key of domain.md §3."""
    return _SENIORITY.get(key, key.replace("_", " ").capitalize())


def day(value: date, today: date) -> str:
    """As "Nov 3", with the year where it is another one."""
    text = f"{value:%b} {value.day}"
    return text if value.year == today.year else f"{text}, {value.year}"


def exact(moment: datetime, zone: tzinfo) -> str:
    """As "Nov 15, 2026, 14:02 CET" in the reader's zone."""
    local = moment.astimezone(zone)
    return f"{local:%b} {local.day}, {local.year}, {local:%H:%M} {local.tzname()}"


def _span(seconds: int) -> str:
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    return f"{seconds // _HOUR} h"


def relative_day(value: date, today: date) -> str:
    """A day as "today", "yesterday", "in 3 days", "12 days ago", and past 30 days as its date."""
    days = (value - today).days
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}
    if days in near:
        return near[days]
    if abs(days) > 30:
        return day(value, today)
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def relative(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """A moment as "now", "20 s ago", "3 h ago", "in 5 min"; past 24 hours by its day in `zone`."""
    seconds = int((moment - now).total_seconds())
    if abs(seconds) >= _DAY:
        return relative_day(moment.astimezone(zone).date(), now.astimezone(zone).date())
    if seconds == 0:
        return "now"
    return f"in {_span(seconds)}" if seconds > 0 else f"{_span(-seconds)} ago"


def due(moment: datetime, now: datetime, zone: tzinfo) -> tuple[str, str]:
    """What a clock says, and how loudly: ("41 min left", "warn"), ("Overdue 2 h", "bad"), ("3 h left", "")."""
    seconds = int((moment - now).total_seconds())
    if seconds < 0:
        late = -seconds
        text = _span(late) if late < 2 * _DAY else f"{late // _DAY} days"
        return f"Overdue {text}", "bad"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min left", "warn"
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    clock = f"{local:%H:%M}"
    ahead = local.date() - today
    if ahead == timedelta(0):
        return f"{seconds // _HOUR} h left", ""
    if ahead == timedelta(days=1):
        return f"Tomorrow {clock}", ""
    if ahead < timedelta(days=7):
        return f"{local:%a} {clock}", ""
    return f"{day(local.date(), today)} {clock}", ""
