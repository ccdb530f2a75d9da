"""Whose traffic gives nothing: bots' and our own people's. The rules are data (domain.md §2, `ignored`). Pure.

Looked at is what a client sends: `context.userAgent`, `context.ip`, the host of the page, a property, and the domain that
the event is matched by. The address that a request comes from says nothing where a server sends for visitors; a browser's
becomes its `context.ip` (signals/ingest/door.py). A bot is a bot whoever it claims to be, so those rules are asked first.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import crawleruseragents

BOT, INTERNAL = "bot", "internal"
USER_AGENT, KNOWN, EMAIL_DOMAIN, HOST, IP, PROPERTY = "user_agent", "known", "domain", "host", "ip", "property"

# The list that a rule on KNOWN goes by: the community's, as installed.
KNOWN_BOTS = "crawler-user-agents"
# So much of a user agent is looked at: a longer one is no browser's, and would cost a tenth of a second to look through.
LONGEST_AGENT = 512
_LONGEST_IP = 100  # with the name of a zone


@dataclass(frozen=True, slots=True)
class TrafficRow:
    """A rule as stored."""

    kind: str
    field: str
    value: str
    property_name: str = ""


class Traffic:
    """The rules of an installation, compiled once."""

    def __init__(self, rows: Iterable[TrafficRow] = ()) -> None:
        rows = list(rows)
        self._kinds = [_Kind(kind, [row for row in rows if row.kind == kind]) for kind in (BOT, INTERNAL)]
        self._kinds = [kind for kind in self._kinds if kind.rows]

    def why(self, *, properties: Mapping[str, Any], context: Mapping[str, Any], domain: str = "") -> str:
        """Why it gives nothing: BOT or INTERNAL; "" where it is anybody else's."""
        for kind in self._kinds:
            if kind.holds(properties, context, domain):
                return kind.name
        return ""


class _Kind:
    """The rules of one kind, by what they look at."""

    def __init__(self, name: str, rows: list[TrafficRow]) -> None:
        self.name, self.rows = name, rows
        words = {row.value.strip().casefold() for row in rows if row.field == USER_AGENT}
        self._agents = re.compile("|".join(map(re.escape, sorted(words)))) if words else None
        self._known = any(row.field == KNOWN for row in rows)
        self._domains = {row.value.strip().casefold() for row in rows if row.field == EMAIL_DOMAIN}
        self._hosts = {row.value.strip().casefold() for row in rows if row.field == HOST}
        self._networks = [found for row in rows if row.field == IP and (found := network(row.value))]
        self._properties = [(row.property_name, row.value.strip().casefold()) for row in rows if row.field == PROPERTY]

    def holds(self, properties: Mapping[str, Any], context: Mapping[str, Any], domain: str) -> bool:
        if domain and domain in self._domains:
            return True
        agent = _text(context.get("userAgent"))[:LONGEST_AGENT]
        if self._agents and self._agents.search(agent.casefold()):
            return True
        if self._known and is_known_bot(agent):
            return True
        if self._networks and (ip := context.get("ip")) and any(_is_in(ip, net) for net in self._networks):
            return True
        if self._hosts and any(_host(place.get("url")) in self._hosts for place in _pages(properties, context)):
            return True
        return any(name in properties and _text(properties[name]).casefold() == v for name, v in self._properties)


@lru_cache(maxsize=4096)
def is_known_bot(agent: str) -> bool:
    """Whether a user agent is on the list of crawlers, monitors and scripts."""
    return bool(crawleruseragents.is_crawler(agent))


def network(text: str) -> IPv4Network | IPv6Network | None:
    """An address or a network in CIDR form; None for what is neither."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def _is_in(ip: Any, net: IPv4Network | IPv6Network) -> bool:
    found = _address(ip) if isinstance(ip, str) and len(ip) <= _LONGEST_IP else None
    return found is not None and found in net


@lru_cache(maxsize=4096)
def _address(text: str) -> Any:
    try:
        return ip_address(text.strip())
    except ValueError:
        return None


def _pages(properties: Mapping[str, Any], context: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    page = context.get("page")
    return [properties, page] if isinstance(page, Mapping) else [properties]


def _host(url: Any) -> str:
    try:
        return (urlsplit(url).hostname or "") if isinstance(url, str) else ""
    except ValueError:
        return ""


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | bool | int | float) else ""
