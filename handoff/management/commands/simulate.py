"""`manage.py simulate`: keeps sending events to a running desk, through its HTTP door, so that the queue moves."""

from __future__ import annotations

import base64
import http.client
import json
import random
import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.keys import create_key, revoke_key
from accounts.models import ApiKey
from handoff.demo.places import places
from handoff.demo.traffic import Traffic

TICK_SECONDS = 0.5
REPORT_SECONDS = 10
GIVE_UP_AFTER = 30  # failures in a row


def rate(text: str) -> float:
    """Events a second, as "2" or "2/s"."""
    try:
        found = float(text.removesuffix("/s"))
    except ValueError:
        found = 0
    if not 0 < found <= 1000:
        raise ArgumentTypeError(f"{text} is no rate: write events a second, as 2/s")
    return found


class Command(BaseCommand):
    """Send events to a running desk."""

    help = "Keep sending touches of the accounts in this database to a running desk. Ctrl-C ends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Everything has a default for `make run` on this machine."""
        parser.add_argument("--rate", type=rate, default=2.0, help="Events a second (2/s).")
        parser.add_argument("--duration", type=float, default=0, help="Seconds; 0 for ever.")
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="Where the desk is.")
        parser.add_argument("--key", default="", help="A write key; without one, one is made and revoked at the end.")
        parser.add_argument("--seed", type=int, help="The same events again.")

    def handle(self, *_: Any, rate: float, duration: float, url: str, key: str, seed: int | None, **__: Any) -> None:
        """Send until the time is up or somebody presses Ctrl-C."""
        rng = random.Random(seed)  # noqa: S311 - no secrets in here
        everywhere, nearly_there = places(rng)
        if not everywhere:
            raise CommandError("There are no accounts with known people: load_demo makes some.")
        made, text = (None, key) if key else create_key(name="Simulation", scope=ApiKey.Scope.INGEST, by=None)
        try:
            self._send(Traffic(rng, everywhere, nearly_there), Door(url, text), rate, duration)
        except KeyboardInterrupt:
            self.stdout.write("Ended.")
        finally:
            if made is not None:
                revoke_key(made, by=None)

    def _send(self, traffic: Traffic, door: Door, rate: float, duration: float) -> None:
        began = reported = time.monotonic()
        sent = 0
        while not duration or time.monotonic() - began < duration:
            due = int((time.monotonic() - began) * rate) - sent
            if due > 0:
                now = timezone.now()
                door.send([traffic.next(now) for _ in range(min(due, 100))])
                sent += min(due, 100)
            for line in traffic.said:
                self.stdout.write(f"  {line}")
            traffic.said.clear()
            if time.monotonic() - reported > REPORT_SECONDS:
                reported = time.monotonic()
                self.stdout.write(f"{sent} events sent, {door.failures} requests had to be repeated")
            time.sleep(TICK_SECONDS)
        self.stdout.write(f"{sent} events sent.")


class Door:
    """`POST /v1/batch` of a desk, with patience."""

    def __init__(self, url: str, key: str) -> None:
        self.where: SplitResult = urlsplit(url)
        if self.where.scheme not in {"http", "https"} or not self.where.hostname:
            raise CommandError(f"{url} is no address of a desk: write it like http://127.0.0.1:8000")
        secret = base64.b64encode(f"{key}:".encode()).decode()
        self.headers = {"Authorization": f"Basic {secret}", "Content-Type": "application/json"}
        self.failures = 0
        self.reached = False

    def send(self, messages: list[dict[str, Any]]) -> None:
        """Send until the desk has them: a repeated message counts once. Raises CommandError when it refuses for good."""
        body = json.dumps({"batch": messages, "sentAt": timezone.now().isoformat()})
        for _ in range(GIVE_UP_AFTER):
            try:
                status, answer, wait = self._post(body)
            except (OSError, http.client.HTTPException) as error:
                if not self.reached:
                    raise CommandError(
                        f"Nobody answers at {self.where.geturl()}: is `make run` running? ({error})"
                    ) from error
                status, answer, wait = 503, str(error), 1.0
            self.reached = True
            if status == 200:
                return
            if status < 500 and status != 429:
                raise CommandError(f"The desk refused the events ({status}): {answer}")
            self.failures += 1
            time.sleep(wait)
        raise CommandError(f"The desk has not taken events for a while: {answer}")

    def _post(self, body: str) -> tuple[int, str, float]:
        kind = http.client.HTTPSConnection if self.where.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.where.hostname or "", self.where.port, timeout=20)
        try:
            connection.request("POST", f"{self.where.path.rstrip('/')}/v1/batch", body, self.headers)
            response = connection.getresponse()
            answer = response.read().decode(errors="replace")[:300]
            return response.status, answer, float(response.headers.get("Retry-After") or 1)
        finally:
            connection.close()
