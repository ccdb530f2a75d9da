"""Addresses that a user typed never lead into our own network (promises X3)."""

import socket
import threading
import time
from typing import Any

import pytest

from handoff import outgoing
from handoff.outgoing import AddressRefused, check, is_public, post, resolve
from tests.handoff.receiving import receiver


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0",  # noqa: S104
        "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
        "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1",
        "::ffff:169.254.169.254", "2002:7f00:1::", "2002:a9fe:a9fe::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::7f00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "::127.0.0.1", "::ffff:168.63.129.16",
        "192.0.0.192", "168.63.129.16", "192.88.99.1", "3fff::1",
    ],
)  # fmt: skip
def test_what_is_inside_a_network_is_not_public(address: str) -> None:
    assert is_public(address) is False


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_outside_is_public(address: str) -> None:
    assert is_public(address) is True


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/", "Use https"),
        ("ftp://example.com/", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("https://", "begins with https"),
        ("https://user:pw@example.com/", "user name"),
        ("https://example.com/a b", "blanks"),
        ("https://example.com/\r\nX-Evil: 1", "blanks"),
        ("https://exämple.com/", "ASCII"),
        ("https://example.com:99999/", "not a web address"),
        ("https://[::1/", "not a web address"),
    ],
)
def test_addresses_of_no_use_are_refused(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        check(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "017700000001", "0"])
def test_this_machine_is_refused_however_it_is_spelled(host: str) -> None:
    with pytest.raises(AddressRefused, match="inside a network"):
        post(f"https://{host}/", b"{}", {})


def test_one_address_inside_refuses_the_whole_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("93.184.215.14", "10.0.0.5")]

    monkeypatch.setattr(socket, "getaddrinfo", answers)

    with pytest.raises(AddressRefused, match=r"10\.0\.0\.5"):
        resolve("both.example", 443)


def test_the_connection_goes_to_the_address_that_was_checked(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    asked = []
    with receiver() as told:
        port = int(told.url.split(":")[2].split("/")[0])

        def answers(host: str, *_: Any, **__: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(socket, "getaddrinfo", answers)
        answer = post(f"http://once.example:{port}/x", b"{}", {})

    assert (answer.status, answer.text, asked) == (200, "ok", ["once.example"])
    assert told.got[0][1]["Host"] == f"once.example:{port}"


def test_an_answer_that_drips_is_cut_off(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    monkeypatch.setattr(outgoing, "WHOLE_SECONDS", 0.5)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while not stop.wait(0.1):
                    try:
                        connection.sendall(b"X-Slow: 1\r\n")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        with pytest.raises(TimeoutError, match="no complete answer"):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        took = time.monotonic() - began
        stop.set()
        thread.join()

    assert 0.4 < took < 4


def test_what_is_not_http_is_an_error_of_the_connection(settings: Any) -> None:
    settings.WEBHOOKS_ALLOW_PRIVATE = True
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(ConnectionError, match="not an answer of HTTP"):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})
        thread.join()
