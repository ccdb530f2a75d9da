"""One request to an address that a user typed, and never into our own network (promises X3).

The name is resolved once, every address of it is checked, and the connection goes to a checked one: an answer of the
name server that changes in between changes nothing. Redirects are not followed, proxies not asked, the time is bounded.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

STEP_SECONDS = 5.0  # to connect, and between two pieces of an answer
WHOLE_SECONDS = 10.0  # for all of it, however slowly an answer drips
MOST_OF_ANSWER = 2_000

Address = tuple[socket.AddressFamily, str]


class AddressRefused(ValueError):
    """The address may not be asked; the message says why, in words for a person."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status and the beginning of the body."""

    status: int
    text: str


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """POST `body`. Raises AddressRefused, or OSError when no answer came (ConnectionError, TimeoutError, ssl.SSLError)."""
    parts = check(url)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    addresses = resolve(host, port)
    connection = _Pinned(host, port, addresses, secure=parts.scheme == "https")
    end = threading.Timer(WHOLE_SECONDS, connection.cut)
    end.daemon = True
    end.start()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body=body, headers={"User-Agent": "MQA-Desk", **headers})
        response = connection.getresponse()
        answer = Answer(response.status, response.read(MOST_OF_ANSWER).decode("utf-8", "replace"))
    except (OSError, http.client.HTTPException) as error:
        if connection.was_cut:
            raise _too_slow() from None
        if isinstance(error, OSError):
            raise
        raise ConnectionError(f"not an answer of HTTP: {error!r}"[:200]) from None
    else:
        if connection.was_cut:  # an answer that was cut off in its headers looks like a whole one
            raise _too_slow()
        return answer
    finally:
        end.cancel()
        connection.close()


def _too_slow() -> TimeoutError:
    return TimeoutError(f"no complete answer within {WHOLE_SECONDS:g} s")


def check(url: str) -> SplitResult:
    """The parts of an address that may be used. Raises AddressRefused. Asks no name server."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("This is not a web address.") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname or port == 0:
        raise AddressRefused("Use an address that begins with https://.")
    if parts.scheme == "http" and not settings.WEBHOOKS_ALLOW_PRIVATE:
        raise AddressRefused("Use https: what is sent names accounts.")
    if parts.username or parts.password:
        raise AddressRefused("Leave user name and password out of the address.")
    if any(character <= " " or character == "\x7f" for character in url) or not url.isascii():
        raise AddressRefused("Write the address in ASCII, without blanks.")
    return parts


def resolve(host: str, port: int) -> list[Address]:
    """All addresses of the host. Raises AddressRefused when one of them is inside a network, OSError when there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except UnicodeError:
        raise AddressRefused(f"{host} is not the name of a host.") from None
    addresses = [(family, str(where[0])) for family, _, _, _, where in found]
    if not settings.WEBHOOKS_ALLOW_PRIVATE:
        for _, address in addresses:
            if not is_public(address):
                raise AddressRefused(f"{host} leads to {address}, which is inside a network: webhooks go outside only.")
    return addresses


def is_public(text: str) -> bool:
    """True for an address of the open internet; also looks at an IPv4 address that an IPv6 one carries inside."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    # is_global is false for private, loopback, link-local (cloud metadata), shared, documentation and unspecified.
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in _ALSO_INSIDE if network.version == address.version)


_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
# What Python (in some of its versions) takes for global: protocol assignments and Oracle's metadata, Azure's host, relays of
# 6to4, old site-local addresses, documentation.
_ALSO_INSIDE = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "168.63.129.16/32", "192.88.99.0/24", "fec0::/10", "3fff::/20"))
)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Pinned(http.client.HTTPConnection):
    """A connection to one of the checked addresses; the certificate must be the host's."""

    def __init__(self, host: str, port: int, addresses: list[Address], *, secure: bool) -> None:
        super().__init__(host, port, timeout=STEP_SECONDS)
        self._addresses, self._secure = addresses, secure
        self.was_cut = False
        if secure:
            self.default_port = 443  # so that the Host header leaves it out

    def connect(self) -> None:
        problem: OSError | None = None
        for family, address in self._addresses[:4]:
            plain = socket.socket(family, socket.SOCK_STREAM)
            plain.settimeout(STEP_SECONDS)
            self.sock = plain
            try:
                plain.connect((address, self.port))
                if self._secure:
                    secure = _tls().wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
                    self.sock = secure
                    secure.do_handshake()
            except OSError as error:
                self.sock.close()
                problem = error
                if self.was_cut:
                    break
            else:
                return
        raise problem or ConnectionError("the host has no address")

    def cut(self) -> None:
        """End it from another thread, whatever it waits for."""
        self.was_cut = True
        sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:  # it is closed, or was never connected
                return
