"""Events as web sites and mail tools send them, the same for the same seed, and senders that come again as public clients do."""

from __future__ import annotations

import base64
import gzip
import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Event = dict[str, Any]

PEOPLE = 5
TITLES = ("CTO", "VP Engineering", "Director of IT", "IT Manager", "Software Engineer", "Head of Marketing", "Analyst")
THEMES = ("integrations", "analytics", "security")
PAGES = {
    "/pricing": 2,
    "/product/tour": 4,
    "/integrations/erp": 2,
    "/blog/why": 4,
    "/": 4,
    "/customers/acme": 1,
    "/compare/x": 1,
}
TRACKS = {
    "Webinar Attended": 2, "Case Study Downloaded": 2, "Whitepaper Downloaded": 2, "Email Opened": 6, "Email Link Clicked": 3,
    "Webinar Registered": 2, "ROI Calculated": 1, "Button Clicked": 2,
}  # fmt: skip
SHARE_HAND_RAISES = 0.001
SHARE_BAD = 0.001
SHARE_TWICE = 0.05
# A fifth of the companies makes seven tenths of the traffic.
BUSY_SHARE, BUSY_TRAFFIC = 0.2, 0.7


@dataclass
class Traffic:
    """`events` by message id; `batches` of ids, some ids in two of them; what must become of them."""

    events: dict[str, Event] = field(default_factory=dict)
    batches: list[list[str]] = field(default_factory=list)
    touches: dict[str, datetime] = field(default_factory=dict)
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    bad: set[str] = field(default_factory=set)
    companies: int = 0

    @property
    def deliveries(self) -> int:
        """Events to deliver, those that come twice counted twice."""
        return sum(len(batch) for batch in self.batches)


def make(*, events: int, seed: int, now: datetime) -> Traffic:
    """So many different events of one company in fifty of them: groups, identifies, touches of 100 days; shuffled.

    Every fourth company is quiet: one person, one touch. Whatever were to be lost of it, nothing later would make up for it.
    """
    dice = random.Random(seed)
    traffic = Traffic(companies=max(20, events // 50))
    for number, event in enumerate(itertools.islice(_events(dice, traffic, now), events)):
        message_id = f"{seed}-{number}"
        event["messageId"] = message_id
        traffic.events[message_id] = event
        if event["type"] in {"page", "track"}:
            _remember(traffic, message_id, event)
    ids = list(traffic.events)
    ids += dice.sample(ids, int(events * SHARE_TWICE))
    dice.shuffle(ids)
    start = 0
    while start < len(ids):
        size = 1 if dice.random() < 0.2 else dice.randint(10, 100)
        traffic.batches.append(ids[start : start + size])
        start += size
    return traffic


def _events(dice: random.Random, traffic: Traffic, now: datetime) -> Iterator[Event]:
    for company in range(traffic.companies):
        yield _group(dice, company, now)
        for person in range(1 if _is_quiet(company) else PEOPLE):
            yield _identify(dice, company, person, now)
        if _is_quiet(company):
            yield _touch(dice, company, 0, now)
    lively = [company for company in range(traffic.companies) if not _is_quiet(company)]
    busy = lively[: max(1, int(len(lively) * BUSY_SHARE))]
    while True:
        company = dice.choice(busy if dice.random() < BUSY_TRAFFIC else lively)
        event = _touch(dice, company, dice.randrange(PEOPLE), now)
        if dice.random() < SHARE_BAD:
            event["timestamp"] = "yesterday"
        yield event


def _is_quiet(company: int) -> bool:
    return company % 4 == 3


def _remember(traffic: Traffic, message_id: str, event: Event) -> None:
    """What must become of a touch: set aside, or kept at its moment as that person's and company's."""
    if event["timestamp"] == "yesterday":
        traffic.bad.add(message_id)
        return
    traffic.touches[message_id] = datetime.fromisoformat(event["timestamp"])
    who = event.get("userId") or event["anonymousId"]
    if who[0] in "ua":
        company, _, person = who[1:].partition("-")
        traffic.owners[message_id] = (_email(int(company), int(person)), f"company{company}.com")
    elif "groupId" in event["context"]:
        traffic.owners[message_id] = ("", f"company{event['context']['groupId'][1:]}.com")


def _group(dice: random.Random, company: int, now: datetime) -> Event:
    traits = {"name": f"Company {company}", "domain": f"company{company}.com", "employees": dice.randint(20, 9000)}
    return {"type": "group", "groupId": f"g{company}", "traits": traits, **_at(now - timedelta(days=100))}


def _identify(dice: random.Random, company: int, person: int, now: datetime) -> Event:
    traits = {"email": _email(company, person), "title": TITLES[(company + person) % len(TITLES)], "firstName": "P"}
    return {
        "type": "identify",
        "userId": f"u{company}-{person}",
        "anonymousId": f"a{company}-{person}",
        "traits": traits,
        **_at(now - timedelta(days=dice.randint(0, 90))),
    }


def _touch(dice: random.Random, company: int, person: int, now: datetime) -> Event:
    event: Event = {
        **_at(now - timedelta(seconds=_age(dice, company))),
        "context": {"library": {"name": "faults", "version": "1"}},
    }
    who = dice.random()
    if who < 0.6 or _is_quiet(company):
        event["userId"] = f"u{company}-{person}"
    elif who < 0.85:
        event["anonymousId"] = f"a{company}-{person}"
    else:
        # A visitor whom nobody knows, half of them on a page that knows the company.
        event["anonymousId"] = f"x{dice.getrandbits(40):x}"
        if who < 0.92:
            event["context"]["groupId"] = f"g{company}"
    properties: dict[str, Any] = {"theme": THEMES[company % 3] if dice.random() < 0.7 else dice.choice(THEMES)}
    if dice.random() < SHARE_HAND_RAISES:
        return event | {"type": "track", "event": "Demo Requested", "properties": properties}
    if dice.random() < 0.6:
        path = dice.choices(list(PAGES), list(PAGES.values()))[0]
        return event | {"type": "page", "properties": properties | {"path": path, "url": f"https://example.com{path}"}}
    name = dice.choices(list(TRACKS), list(TRACKS.values()))[0]
    return event | {"type": "track", "event": name, "properties": properties}


def _age(dice: random.Random, company: int) -> float:
    """Seconds before now: mostly a burst of ten days of this company's own, else any time in 100 days."""
    if dice.random() < 0.6:
        return (company % 30 + dice.random() * 10) * 86_400
    return dice.random() * 100 * 86_400


def _email(company: int, person: int) -> str:
    return f"p{person}@company{company}.com"


def _at(moment: datetime) -> Event:
    return {"timestamp": moment.astimezone(UTC).isoformat().replace("+00:00", "Z")}


@dataclass
class Answers:
    """What senders were told."""

    answers: Counter[str] = field(default_factory=Counter)
    attempted: int = 0
    delivered: int = 0
    acknowledged: set[str] = field(default_factory=set)


class Senders:
    """Threads, each with a connection of its own, that deliver all batches; `allowed` paces them by deliveries."""

    def __init__(self, traffic: Traffic, *, port: int, key: str, connections: int) -> None:
        self.traffic, self.port, self.told = traffic, port, Answers()
        self.allowed = 0.0
        self._headers = {
            "Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
            "Content-Type": "application/json",
        }
        self._work = iter(list(traffic.batches))
        self._handed = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(connections)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Give up what is left."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    @property
    def is_done(self) -> bool:
        """Whether all was answered with 200."""
        return not any(thread.is_alive() for thread in self._threads)

    def _next(self) -> Iterator[list[str]]:
        while not self._stop.is_set():
            with self._lock:
                batch = next(self._work, None)
                if batch is None:
                    return
                due, self._handed = self._handed, self._handed + len(batch)
            while self.allowed < due and not self._stop.is_set():
                time.sleep(0.01)
            yield batch

    def _send(self, number: int) -> None:
        dice = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        for ids in self._next():
            rest = 0.1
            while not self._stop.is_set():
                answer = self._attempt(connection, *self._request(ids, dice))
                with self._lock:
                    self.told.answers[answer] += 1
                    self.told.attempted += len(ids)
                    if answer == "200":
                        self.told.delivered += len(ids)
                        self.told.acknowledged.update(ids)
                if answer == "200":
                    break
                time.sleep(rest * (0.5 + dice.random()))
                rest = min(rest * 2, 2.0)
        connection.close()

    def _request(self, ids: list[str], dice: random.Random) -> tuple[str, bytes, dict[str, str]]:
        events = [self.traffic.events[message_id] for message_id in ids]
        if len(events) == 1 and ids[0] not in self.traffic.bad:
            path, body = f"/v1/{events[0]['type']}", json.dumps(events[0]).encode()
        else:
            sent_at = datetime.now(UTC).isoformat()
            path, body = "/v1/batch", json.dumps({"batch": events, "sentAt": sent_at}).encode()
        if dice.random() < 0.3:
            return path, gzip.compress(body, 1), self._headers | {"Content-Encoding": "gzip"}
        return path, body, self._headers

    @staticmethod
    def _attempt(connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]) -> str:
        try:
            connection.request("POST", path, body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return "no answer"
        else:
            return str(response.status)
