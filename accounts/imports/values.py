"""From the text of a cell to a typed value, or why not (domain.md §8). Pure.

Numbers: thousands may be separated by the other mark, a space or an apostrophe, in groups of three; K, M and B (also mn,
bn, million, …) multiply. Which mark is the decimal one belongs to the file, not to the cell. Days: ISO 8601, with the
month's name, or numbers whose order belongs to the file; between dots the day comes first. Moments without a zone are UTC.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache

EMPTY = frozenset({"#n/a", "n/a", "null", "(null)", "(blank)", "-", "--", "—"})
LONGEST_EMPTY = max(map(len, EMPTY))
MAX_INT = 2_147_483_647
MAX_MONEY = Decimal("1e14")
_CENT = Decimal("0.01")
_PLAIN_AMOUNT = re.compile(r"[0-9]{1,14}(?:\.[0-9]{1,2})?")

_FACTORS = {
    "k": 3, "thousand": 3, "tsd": 3, "m": 6, "mm": 6, "mn": 6, "mio": 6, "million": 6, "millions": 6, "b": 9, "bn": 9,
    "mrd": 9, "billion": 9, "billions": 9,
}  # fmt: skip
_SUFFIX = re.compile(r"(?<=\d)\s*([a-z]+)\.?$", re.IGNORECASE)
_SPACES = re.compile(r"[\s\u00a0\u202f'’]")
_DOT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[+-]?\.\d+")
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d*)?|[+-]?,\d+")
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E[+-]?[0-9]{1,2}", re.IGNORECASE)
_RANGE = re.compile(
    r"\d\s*[kmb]?\s*(?:-|–|to|bis)\s*\D{0,3}\d|^[<>]|\d\s*\+(?:\s*\D*)?$|\b(?:micro|small|medium|large|mid-?market|enterprise)\b",
    re.IGNORECASE,
)
_PEOPLE = re.compile(r"(?<=\d)\s*(?:employees?|people|staff|mitarbeiter(?:innen)?|beschäftigte)$", re.IGNORECASE)
_SYMBOLS = {
    "US$": "USD", "C$": "CAD", "CA$": "CAD", "A$": "AUD", "AU$": "AUD", "NZ$": "NZD", "HK$": "HKD", "S$": "SGD",
    "R$": "BRL", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₪": "ILS", "₺": "TRY",
    "zł": "PLN", "Fr.": "CHF", "Rs": "INR", "₽": "RUB", "₴": "UAH", "฿": "THB", "₫": "VND", "₱": "PHP", "Kč": "CZK",
    "Ft": "HUF",
}  # fmt: skip
_CURRENCY_BEFORE = re.compile(r"([A-Za-z]{0,3}\$|[€£¥₹₩₪₺₽₴฿₫₱]|zł|Kč|Ft|Fr\.|Rs\.?|[A-Z]{3})\s*(?=[\d.,+-])")
_CURRENCY_AFTER = re.compile(r"(?<=[\d.,a-zA-Z\s])\s*([€£¥₹₩₪₺₽₴฿₫₱$]|zł|Kč|Ft|Fr\.|[A-Z]{3})$")
_TRUE = frozenset(
    {"true", "yes", "y", "1", "x", "t", "on", "checked", "✓", "ja", "wahr", "j", "oui", "vrai", "si", "sí", "verdadero",
     "sì", "vero", "sim", "verdadeiro", "waar", "tak", "prawda", "kyllä", "sann", "sand"}
)  # fmt: skip
_FALSE = frozenset(
    {"false", "no", "n", "0", "f", "off", "unchecked", "nein", "falsch", "non", "faux", "falso", "não", "nao", "nee",
     "onwaar", "nie", "fałsz", "nej", "nei", "ei", "falskt", "falsk"}
)  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january januar", "feb february februar", "mar march mär mrz märz", "apr april", "may mai", "jun june juni",
         "jul july juli", "aug august", "sep sept september", "oct october okt oktober", "nov november",
         "dec december dez dezember"), 1)
    for name in names.split()
}  # fmt: skip
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]+(.+))?")
_PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})()")
_NUMERIC = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?:[,T\s]+(.+))?")
_DAY_FIRST = re.compile(
    r"(?:[a-z]+,?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s\-.]+([a-zä]{3,9})\.?[\s\-,]+(\d{4}|\d{2})(?:[,\s]+(?:at\s+)?(.+))?"
)
_MONTH_FIRST = re.compile(
    r"(?:[a-z]+,\s+)?([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:[,\s]+(?:at\s+)?(.+))?"
)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([ap]\.?m\.?)?\s*(?:utc|gmt|z)?", re.IGNORECASE)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?")
_SPREADSHEET_DAY = re.compile(r"[2-6]\d{4}(?:\.\d+)?")


class Unreadable(Exception):
    """The cell can't be what its column says. The message follows the name of the field."""


class Inexact(Unreadable):
    """The cell says something, but no value: it is left unknown, the row is taken."""


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for a whole file."""

    decimal: str = "."
    date_order: str = "mdy"
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount and the currency that its cell names; "" where it names none."""

    amount: Decimal
    currency: str


def text(limit: int) -> Callable[[str], str]:
    """A text of at most so many characters."""

    def convert(cell: str) -> str:
        if len(cell) > limit:
            raise Unreadable(f"is longer than {limit} characters")
        return cell.replace("\r\n", "\n") if "\r" in cell else cell

    return convert


def number(cell: str, decimal: str) -> Decimal:
    """A number with the file's decimal mark."""
    if _SCIENTIFIC.fullmatch(cell):
        return Decimal(cell.replace(",", "."))
    body, power = cell, 0
    suffix = _SUFFIX.search(cell)
    if suffix:
        name = suffix[1].lower()
        if name not in _FACTORS:
            _refuse_range(cell)
            raise Unreadable(f"“{cell}” is not a number")
        body, power = cell[: suffix.start()], _FACTORS[name]
    body = _SPACES.sub("", body)
    comma = decimal == ","
    if not (_COMMA if comma else _DOT).fullmatch(body) or not body.isascii():
        _refuse_range(cell)
        other = (_DOT if comma else _COMMA).fullmatch(body)
        hint = f"; the file's decimal mark is “{decimal}”" if other else ""
        raise Unreadable(f"“{cell}” is not a number{hint}")
    plain = body.replace(".", "").replace(",", ".") if comma else body.replace(",", "")
    return Decimal(plain).scaleb(power)


def _refuse_range(cell: str) -> None:
    if _RANGE.search(cell):
        raise Inexact(f"“{cell}” is a range, not a number")


def whole(cell: str, decimal: str) -> int:
    """A whole number from 0 on that the database holds, also of people."""
    if cell.isdecimal() and cell.isascii() and len(cell) < 10:
        return int(cell)
    value = number(_PEOPLE.sub("", cell), decimal)
    if value != value.to_integral_value() or not 0 <= value <= MAX_INT:
        raise Unreadable(f"“{cell}” is not a whole number from 0 on")
    return int(value)


def real(cell: str, decimal: str) -> float:
    """A number, also with a percent sign after it, and below 0 in parentheses."""
    body = cell.replace("\N{MINUS SIGN}", "-")
    below = body.startswith("(") and body.endswith(")")
    found = float(number((body[1:-1] if below else body).strip().removesuffix("%").strip(), decimal))
    return -found if below else found


def money(cell: str, decimal: str) -> Money:
    """An amount from 0 on, with or without its currency before or after it; in cents."""
    if decimal == "." and _PLAIN_AMOUNT.fullmatch(cell):
        return Money(Decimal(cell).quantize(_CENT), "")
    currency, body = "", cell
    if (found := _CURRENCY_BEFORE.match(cell)) and (currency := currency_code(found[1])):
        body = cell[found.end() :].strip()
    elif (found := _CURRENCY_AFTER.search(cell)) and (currency := currency_code(found[1])):
        body = cell[: found.start()].strip()
    amount = number(body, decimal) if body and not body.startswith("(") else None
    if amount is None or not 0 <= amount < MAX_MONEY:
        raise Unreadable(f"“{cell}” is not an amount from 0 on")
    return Money(amount.quantize(_CENT), currency)


def signed_money(cell: str, decimal: str) -> Money:
    """As `money`, also below 0: with a minus sign, or in parentheses as accountants write it."""
    body = cell.replace("\N{MINUS SIGN}", "-")
    below = "-" in body or (body.startswith("(") and body.endswith(")"))
    found = money(body.strip("()").replace("-", "", 1).strip() if below else body, decimal)
    return Money(-found.amount, found.currency) if below else found


def currency_code(cell: str) -> str:
    """The code of a currency by its code or sign; "" if it is none."""
    found = _SYMBOLS.get(cell) or _SYMBOLS.get(cell.rstrip("."))
    if found:
        return found
    code = cell.upper()
    return code if len(code) == 3 and code.isascii() and code.isalpha() and code not in _NOT_CURRENCIES else ""


_NOT_CURRENCIES = frozenset({"TSD", "MIO", "MRD"})


def currency(cell: str) -> str:
    """A currency; also as “USD - U.S. Dollar”."""
    code = currency_code(cell.split(" ", maxsplit=1)[0])
    if not code:
        raise Unreadable(f"“{cell}” is not the code of a currency")
    return code


def boolean(cell: str) -> bool:
    """Yes or no."""
    word = cell.casefold()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Unreadable(f"“{cell}” is neither yes nor no")


def day(cell: str, order: str) -> date:
    """A day, also of a moment with its time."""
    return moment(cell, order).date()


@lru_cache(maxsize=8_192)
def moment(cell: str, order: str) -> datetime:
    """A moment in UTC; a day alone is its first moment."""
    try:
        return _moment(cell, order)
    except (ValueError, OverflowError):
        raise Unreadable(f"“{cell}” is not a date{_hint(cell, order)}") from None


def _moment(cell: str, order: str) -> datetime:
    if len(cell) == 10 and cell[4] == cell[7] == "-":
        return _at(date.fromisoformat(cell), None)
    if _EPOCH.fullmatch(cell):
        return datetime.fromtimestamp(int(cell) / (1000 if len(cell) == 13 else 1), UTC)
    year, month, day_number, rest = _parts(cell, order)
    found = date(year, month, day_number)
    return _at(found, rest, f"{found}T" if cell[:4].isdecimal() else "")


def _parts(cell: str, order: str) -> tuple[int, int, int, str | None]:
    """Year, month, day and what follows."""
    if found := _ISO.fullmatch(cell) or _PACKED.fullmatch(cell):
        return int(found[1]), int(found[2]), int(found[3]), found[4]
    if found := _NUMERIC.fullmatch(cell):
        first, second = int(found[1]), int(found[3])
        day_first = found[2] == "." or order == "dmy"
        return _year(found[4]), second if day_first else first, first if day_first else second, found[5]
    low = cell.casefold()
    if found := _DAY_FIRST.fullmatch(low):
        return _year(found[3]), _MONTHS.get(found[2], 0), int(found[1]), found[4]
    if found := _MONTH_FIRST.fullmatch(low):
        return int(found[3]), _MONTHS.get(found[1], 0), int(found[2]), found[4]
    raise ValueError(cell)


def _at(day_found: date, rest: str | None, iso: str = "") -> datetime:
    if not 1900 <= day_found.year <= 2200:
        raise ValueError(day_found)
    if not rest:
        return datetime.combine(day_found, time.min, UTC)
    if iso and not rest.casefold().endswith(("am", "pm", "utc", "gmt")):
        found = datetime.fromisoformat(iso + rest.replace(" ", ""))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    parts = _TIME.fullmatch(rest.strip())
    if parts is None:
        raise ValueError(rest)
    hour = int(parts[1])
    if parts[4]:
        if not 1 <= hour <= 12:
            raise ValueError(rest)
        hour = hour % 12 + (12 if parts[4].lower().startswith("p") else 0)
    return datetime.combine(day_found, time(hour, int(parts[2]), int(parts[3] or 0)), UTC)


def _year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _hint(cell: str, order: str) -> str:
    if _SPREADSHEET_DAY.fullmatch(cell):
        return " but a spreadsheet's number of a day: format the column as a date there, then save it again"
    if _NUMERIC.fullmatch(cell) and "." not in cell:
        return " with the day first" if order == "dmy" else " with the month first"
    return ""


def day_order(cell: str) -> str | None:
    """What a date of numbers says of the order: dmy, mdy, "" if it could be either; None if order is no matter."""
    found = _NUMERIC.fullmatch(cell)
    if found is None or found[2] == ".":
        return None
    first, second = int(found[1]), int(found[3])
    if first > 12 >= second:
        return "dmy"
    if second > 12 >= first:
        return "mdy"
    return "" if first != second else None


_SURE_DOT = re.compile(r"\d+\.(?:\d{1,2}|\d{4,})|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}")
_SURE_COMMA = re.compile(r"\d+,(?:\d{1,2}|\d{4,})|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}")
_EITHER = re.compile(r"\d{1,3}[.,]\d{3}")
_NOT_NUMERIC = re.compile(r"^[^\d]+|[^\d]+$")


def decimal_mark(cell: str) -> str | None:
    """What a number says of the decimal mark: a mark, "" if it could be either; None if it has neither."""
    body = _SPACES.sub("", _NOT_NUMERIC.sub("", cell))
    if _SURE_DOT.fullmatch(body):
        return "."
    if _SURE_COMMA.fullmatch(body):
        return ","
    return "" if _EITHER.fullmatch(body) else None
