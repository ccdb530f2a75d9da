"""How an event is read as a touch: type, theme, channel, campaign, minutes. The rules are data (domain.md §8). Pure.

- Event rules look at the name of a track event, without case and separators; path rules at the path of a page or screen
  (one without any path goes by its name: the screen “Pricing” is at `/pricing`); property rules at both.
- A rule may besides require a word of a property ("form" contains "demo"). The first rule that holds wins.
- Theme: the property `theme` or `topic` names it; else the mapping rule; else the first theme rule that holds.
- Campaign and channel: the mapping rule's, else `context.campaign` (UTM name and medium), else the UTM of the address.
- Minutes: the property `minutes` (or a duration that says its unit), else the mapping rule's, else the type's.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from signals.traffic import Traffic

UNMAPPED = "unmapped"
MOST_MINUTES = Decimal(24 * 60)

_SEPARATORS = re.compile(r"[\W_]+")
_CENT = Decimal("0.01")
_MINUTES = {"minutes": 1, "durationminutes": 1, "minutesspent": 1, "durationseconds": 60, "secondsspent": 60}


@dataclass(frozen=True, slots=True)
class Seen:
    """What rules look at: an event's kind, name, path, properties and context."""

    kind: str
    name: str
    path: str
    properties: Mapping[str, Any]
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A touch type, as far as reading needs it."""

    id: int
    key: str
    minutes: Decimal
    hand_raise: bool


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A mapping rule as stored."""

    field: str
    match: str
    value: str
    touch_type_id: int
    property_name: str = ""
    property_value: str = ""
    theme_id: int | None = None
    channel: str = ""
    campaign: str = ""
    minutes: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ThemeRuleRow:
    """A theme rule as stored."""

    theme_id: int
    field: str
    match: str
    value: str
    property_name: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a touch is. `theme_name`: a theme that the event names and nobody has set up yet."""

    touch_type: TypeRow
    theme_id: int | None
    theme_name: str
    channel: str
    campaign: str
    minutes: Decimal

    def with_theme(self, theme_id: int | None) -> "Reading":
        """The same with the theme that `theme_name` turned out to be."""
        return replace(self, theme_id=theme_id, theme_name="")


class Facets:
    """An event in the spellings that rules compare."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.is_page = seen.kind in {"page", "screen"}
        self.event = squeeze(seen.name)
        self.path = _page_path(seen) if self.is_page else seen.path.casefold()
        self._properties: dict[str, Any] | None = None

    def value(self, name: str) -> Any:
        """The property of this name, whatever its case and separators; None without one."""
        if name in self.seen.properties:
            return self.seen.properties[name]
        if self._properties is None:
            self._properties = {}
            for key, value in self.seen.properties.items():
                self._properties.setdefault(squeeze(key), value)
        return self._properties.get(squeeze(name))


Test = Callable[[Facets], bool]


class Rules:
    """The rules of an installation, compiled once. `themes`: (id, key, name) of those in use."""

    def __init__(
        self,
        types: Iterable[TypeRow],
        rules: Iterable[RuleRow],
        theme_rules: Iterable[ThemeRuleRow] = (),
        themes: Iterable[tuple[int, str, str]] = (),
        archived: Iterable[tuple[str, str]] = (),
        traffic: Traffic | None = None,
    ) -> None:
        self.traffic = traffic or Traffic()
        self.types = {row.id: row for row in types}
        self.by_key = {row.key: row for row in self.types.values()}
        self.unmapped = next(row for row in self.types.values() if row.key == UNMAPPED)
        self._rules = [(mapping_test(row), row) for row in rules]
        self._theme_rules = [(theme_test(row), row.theme_id) for row in theme_rules if row.field != "topic"]
        self._themes: dict[str, int | None] = {squeeze(text): None for pair in archived for text in pair}
        for theme_id, key, name in themes:
            self._themes[squeeze(name)] = theme_id
            self._themes[squeeze(key)] = theme_id

    def read(self, seen: Seen, type_key: str = "") -> Reading:
        """How the event is read now. `type_key`: the touch type that a file's row names outright."""
        facets = Facets(seen)
        said = self.by_key.get(type_key)
        rule = next((row for test, row in self._rules if test(facets)), None) if said is None else None
        touch_type = said or (self.types[rule.touch_type_id] if rule else self.unmapped)
        theme_id, theme_name = self._theme(facets, rule)
        campaign, channel = campaign_of(seen)
        minutes = minutes_of(seen.properties)
        if minutes is None:
            minutes = rule.minutes if rule and rule.minutes is not None else touch_type.minutes
        return Reading(
            touch_type=touch_type,
            theme_id=theme_id,
            theme_name=theme_name,
            channel=((rule and rule.channel) or channel)[:40],
            campaign=((rule and rule.campaign) or campaign)[:120],
            minutes=minutes,
        )

    def _theme(self, facets: Facets, rule: RuleRow | None) -> tuple[int | None, str]:
        for name in ("theme", "topic"):
            text = _text(facets.value(name)).strip()
            if text and squeeze(text):
                known = squeeze(text) in self._themes
                return (self._themes[squeeze(text)], "") if known else (None, text)
        if rule and rule.theme_id is not None:
            return rule.theme_id, ""
        return next((theme_id for test, theme_id in self._theme_rules if test(facets)), None), ""


@lru_cache(maxsize=16_384)
def squeeze(text: str) -> str:
    """Without case and separators: "Demo Requested", "demo_requested" and "demoRequested" are one."""
    return _SEPARATORS.sub("", text).casefold()


def campaign_of(seen: Seen) -> tuple[str, str]:
    """Campaign and channel of an event: what UTM says, "" where it says nothing."""
    said = seen.context.get("campaign")
    if isinstance(said, str) and said.strip():
        return said.strip(), ""
    campaign = said if isinstance(said, Mapping) else {}
    name = _text(campaign.get("name")).strip()
    medium = _text(campaign.get("medium")).strip() or _text(campaign.get("source")).strip()
    if name or medium:
        return name, medium
    page = seen.context.get("page")
    for place in (seen.properties, page if isinstance(page, Mapping) else {}):
        for key in ("url", "search"):
            text = place.get(key)
            if isinstance(text, str) and "utm_" in text:
                return _utm(text)
    return "", ""


def minutes_of(properties: Mapping[str, Any]) -> Decimal | None:
    """The minutes that an event was measured to take, between 0 and a day; None when it doesn't say."""
    for name, value in properties.items():
        divisor = _MINUTES.get(squeeze(name))
        if divisor is None or isinstance(value, bool):
            continue
        try:
            minutes = float(value) / divisor
        except (TypeError, ValueError, OverflowError):
            continue
        if 0 <= minutes < float("inf"):
            return Decimal(str(min(minutes, float(MOST_MINUTES)))).quantize(_CENT)
    return None


def _utm(address: str) -> tuple[str, str]:
    try:
        query = parse_qs(urlsplit(address).query or address.lstrip("?"))
    except ValueError:
        return "", ""
    first = {name: values[0].strip() for name, values in query.items()}
    return first.get("utm_campaign", ""), first.get("utm_medium", "") or first.get("utm_source", "")


def _page_path(seen: Seen) -> str:
    if seen.path:
        return seen.path.casefold()
    return "/" + _SEPARATORS.sub("-", seen.name.casefold()).strip("-")


def mapping_test(row: RuleRow) -> Test:
    """Whether a mapping rule holds for an event, whatever rules stand before it."""
    test = _field_test(row.field, row.match, row.value, row.property_name, pages_only=True)
    if row.field == "property" or not (row.property_name and row.property_value):
        return test
    wanted = [words for part in row.property_value.split(",") if (words := _words(part))]
    name = row.property_name

    def both(facets: Facets) -> bool:
        return test(facets) and _has_any(facets.value(name), wanted)

    return both


def theme_test(row: ThemeRuleRow) -> Test:
    """Whether a theme rule holds for an event. A topic rule holds for none."""
    if row.field == "topic":
        return lambda _: False
    return _field_test(row.field, row.match, row.value, row.property_name, pages_only=False)


def _field_test(field: str, match: str, value: str, property_name: str, *, pages_only: bool) -> Test:
    if field == "event":
        name = squeeze(value)
        return lambda facets: not facets.is_page and bool(name) and _compare(match, facets.event, name)
    if field == "path":
        path = value.strip().casefold()
        if match == "is":
            path = path.rstrip("/")
        return lambda facets: (
            (facets.is_page or (not pages_only and bool(facets.path)))
            and _compare(match, facets.path.rstrip("/") if match == "is" else facets.path, path)
        )
    text = value.strip().casefold()
    return lambda facets: bool(text) and _compare(match, _text(facets.value(property_name)).strip().casefold(), text)


def _compare(match: str, found: str, wanted: str) -> bool:
    if match == "is":
        return found == wanted
    if match == "starts_with":
        return found.startswith(wanted)
    return wanted in found


def _has_any(value: Any, wanted: Sequence[str]) -> bool:
    words = _words(_text(value))
    return any(phrase in words for phrase in wanted)


def _words(text: str) -> str:
    # "requestDemo" has the word "demo" too.
    found = _SEPARATORS.sub(" ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)).casefold().strip()
    return f" {found} " if found else ""


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return " ".join(_text(item) for item in value[:50])
    return ""
