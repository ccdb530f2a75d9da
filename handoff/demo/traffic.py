"""Events as Northbeam's site would send them now: everyday noise, and bursts at accounts that are nearly there. Pure."""

from __future__ import annotations

import datetime as dt
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from handoff.demo.offers import Offer, channel_and_campaign, offer

NOISE = (
    ("page_other", 6),
    ("blog_page", 5),
    ("email_open", 3),
    ("email_click", 2),
    ("product_page", 2),
    ("webinar_registered", 1),
)
BURST = (("product_page", 4), ("pricing_page", 3), ("comparison", 3), ("case_study", 2), ("roi_calculator", 1))
BURST_SHARE = 0.6  # of all events, while a burst is on
QUIET_EVENTS = 12  # between two bursts
HAND_RAISE_EVERY = 5  # bursts


@dataclass(frozen=True)
class Somewhere:
    """An account that events come from: its name, the addresses of people there, the theme of a burst."""

    name: str
    emails: Sequence[str]
    theme: str


@dataclass
class Traffic:
    """An endless stream of messages by the Segment specification. `said` collects what a watcher may want to read."""

    rng: random.Random
    everywhere: Sequence[Somewhere]
    nearly_there: Sequence[Somewhere]
    said: list[str] = field(default_factory=list)
    bursts: int = 0
    number: int = 0
    _due: deque[dict[str, Any]] = field(default_factory=deque)
    _quiet: int = 3

    def next(self, now: dt.datetime) -> dict[str, Any]:
        """The next message. A burst's early touches bear the days before: they were sent late, as phones do."""
        if not self._due and self.nearly_there:
            self._quiet -= 1
            if self._quiet <= 0:
                self._begin_burst(now)
        if self._due and self.rng.random() < BURST_SHARE:
            return self._due.popleft()
        place = self.rng.choice(self.everywhere)
        theme = place.theme if self.rng.random() < 0.4 else None
        return self._message(self.rng.choice(place.emails), self._kind(NOISE), theme, now)

    def _begin_burst(self, now: dt.datetime) -> None:
        place = self.nearly_there[self.bursts % len(self.nearly_there)]
        self.bursts += 1
        self._quiet = QUIET_EVENTS
        people = self.rng.sample(list(place.emails), min(len(place.emails), 4))
        moments = [now - dt.timedelta(days=days) for days in (2, 1, 0) for _ in range(4)]
        for place_in_line, at in enumerate(moments):
            email = people[place_in_line % len(people)]
            self._due.append(self._message(email, self._kind(BURST), place.theme, at))
        if self.bursts % HAND_RAISE_EVERY == 0:
            self._due.append(self._message(people[0], "demo_request", None, now))
            self.said.append(f"{place.name}: somebody is about to ask for a demo")
        else:
            self.said.append(f"{place.name}: {len(people)} people turn to {place.theme}")

    def _kind(self, mix: tuple[tuple[str, int], ...]) -> str:
        return self.rng.choices([kind for kind, _ in mix], [weight for _, weight in mix])[0]

    def _message(self, email: str, kind: str, theme: str | None, at: dt.datetime) -> dict[str, Any]:
        what, read_as = offer(self.rng, kind, theme)
        channel, campaign = channel_and_campaign(self.rng, kind, read_as, 0)
        self.number += 1
        context: dict[str, Any] = {"traits": {"email": email}}
        if campaign:
            context["campaign"] = {"name": campaign, "medium": channel}
        return {
            **_said(what, context),
            "messageId": f"sim-{self.rng.getrandbits(64):016x}-{self.number}",
            "userId": email,
            "timestamp": at.isoformat(),
            "context": context,
            "properties": self._properties(what, read_as),
        }

    def _properties(self, what: Offer, theme: str | None) -> dict[str, Any]:
        properties: dict[str, Any] = dict([what.detail]) if what.detail else {}
        if theme and what.kind == "track":
            properties["theme"] = theme
        minutes = self.rng.randint(*what.minutes)
        return properties | ({"minutes": minutes} if minutes > 1 else {})


def _said(what: Offer, context: dict[str, Any]) -> dict[str, Any]:
    """What kind of message it is; a page's path goes into the context."""
    if what.kind == "page":
        context["page"] = {"path": what.path, "title": what.name}
        return {"type": "page", "name": what.name}
    return {"type": "track", "event": what.name}
