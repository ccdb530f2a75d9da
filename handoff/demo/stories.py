"""Bursts of touches at a company: what buying looks like, and what only looks like it. Pure.

A shape says which gate stops it: `mqa` and `mqa_heavy` (for accounts that nobody named: their policy asks for more points)
pass; `solo` stops at spread, `slow` at cluster, `themeless` at direction, `lukewarm` and `almost` at the threshold or just
before it. The model decides what an account is; a shape only makes it likely.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from handoff.demo.offers import THEMES, channel_and_campaign, offer
from handoff.demo.rows import Person, Story, TouchRow

MULTIPLIERS = {"c_level": 2.0, "vp": 1.5, "director": 1.25, "manager": 1.0, "other": 0.5}
WEIGHTS = {
    "pricing_page": 10, "comparison": 10, "roi_calculator": 10, "trial_started": 10, "demo_request": 10,
    "webinar_attended": 5, "event_attended": 5, "case_study": 5, "content_download": 5, "product_page": 5,
    "email_reply": 5, "blog_page": 1, "page_other": 1,
}  # fmt: skip
EARLY = (("product_page", 5), ("case_study", 3), ("webinar_attended", 2), ("content_download", 3), ("blog_page", 4))
LATE = (("product_page", 4), ("pricing_page", 3), ("comparison", 3), ("roi_calculator", 2), ("case_study", 2),
        ("email_reply", 1), ("webinar_attended", 1))  # fmt: skip
MILD = (("blog_page", 6), ("page_other", 4), ("webinar_registered", 2), ("email_click", 1))
Mix = tuple[tuple[str, int], ...]
# The points that each of the first three has at least: more than spread asks for.
PART_OF_EACH = 4.0


@dataclass(frozen=True)
class Teller:
    """Tells one story: touches of some people of a company, all before the start of `today`."""

    rng: random.Random
    story: Story
    team: Sequence[Person]
    today: date
    key_personas: frozenset[str]

    def tell(self) -> list[TouchRow]:
        """The touches of the story."""
        return SHAPES[self.story.shape](self)

    def days(self, active: int) -> list[date]:
        """`active` days of the story, its first and last among them; weekends rest where they can."""
        span = (self.story.last_day - self.story.first_day).days
        between = [self.story.first_day + timedelta(days=n) for n in range(1, span)]
        working = [day for day in between if day.weekday() < 5] or between
        chosen = self.rng.sample(working, min(len(working), max(0, active - 2)))
        return sorted({self.story.first_day, self.story.last_day, *chosen})

    def act(self, person: Person, day: date, mix: Mix, count: int, *, theme: str | None) -> list[TouchRow]:
        """`count` touches of a person on a day, one shortly after another."""
        # The last day is over by noon: what qualifies does so within the working day.
        latest = 10 if day == self.story.last_day else 16
        at = datetime.combine(day, time(self.rng.randint(6, latest), self.rng.randint(0, 59)), UTC)
        touches = []
        for _ in range(count):
            kind = self.rng.choices([name for name, _ in mix], [weight for _, weight in mix])[0]
            at += timedelta(seconds=self.rng.randint(40, 1100))
            touches.append(touch(self.rng, person, at, kind, theme, (self.today - day).days))
        return touches

    def cast(self, size: int) -> list[Person]:
        """`size` people, seniors of key personas first: every second one of them, so that teams differ."""
        ranked = sorted(
            (p for p in self.team if not p.excluded),
            key=lambda p: (p.persona not in self.key_personas, -MULTIPLIERS[p.seniority], p.index),
        )
        lead = ranked[: max(2, size - 1)]
        rest = [person for person in ranked if person not in lead]
        return (lead + self.rng.sample(rest, min(len(rest), max(0, size - len(lead)))))[:size]


def touch(rng: random.Random, person: Person, at: datetime, kind: str, theme: str | None, days_ago: int) -> TouchRow:
    """One touch of a person; pages are seen in a browser whose visitor id is the person's."""
    what, read_as = offer(rng, kind, theme)
    channel, campaign = channel_and_campaign(rng, kind, read_as, days_ago)
    properties: dict[str, object] = dict([what.detail]) if what.detail else {}
    if read_as and what.kind == "track":
        properties["theme"] = read_as
    minutes = rng.randint(*what.minutes)
    properties["minutes"] = minutes
    return TouchRow(
        at=at,
        type=what.type,
        company=person.company,
        person=person.index,
        visitor=person.visitor if what.kind == "page" else "",
        theme=read_as,
        minutes=minutes,
        kind=what.kind,
        name=what.name,
        path=what.path,
        channel=channel,
        campaign=campaign,
        email=person.email,
        properties=properties,
    )


def _points(touches: list[TouchRow], people: Sequence[Person]) -> float:
    seniority = {person.index: person.seniority for person in people}
    return sum(WEIGHTS.get(t.type, 1) * MULTIPLIERS[seniority[t.person]] for t in touches if t.person is not None)


def _build_up(teller: Teller, *, points: float, size: int) -> list[TouchRow]:
    """People join one after the other, from reading to pricing, until about so many points are there."""
    rng, theme = teller.rng, teller.story.theme
    team = teller.cast(size)
    days = teller.days(rng.randint(4, 7))
    touches: list[TouchRow] = []
    for place, day in enumerate(days):
        present = team[: max(1, round(len(team) * (place + 1) / len(days)))]
        for person in rng.sample(present, min(len(present), rng.choice((1, 1, 2)))):
            for _ in range(rng.randint(1, 2)):
                # Nobody goes over the points that the story is to have by this day.
                room = points * (place + 1) / len(days) - _points(touches, team)
                touches += teller.act(person, day, _within(room, person, late=place >= len(days) / 2), 1, theme=theme)
    while True:
        short = points - _points(touches, team)
        least = min(team[:3], key=lambda person: _points([t for t in touches if t.person == person.index], team))
        has = _points([t for t in touches if t.person == least.index], team)
        if short <= 0 and has >= PART_OF_EACH:
            return touches
        mix = _within(max(short, 5), least, late=True) if short > 0 else EARLY
        touches += teller.act(least, rng.choice(days[-3:]), mix, 1, theme=theme)


def _within(room: float, person: Person, *, late: bool) -> Mix:
    """What a person may do without going far over so many points."""
    share = room / MULTIPLIERS[person.seniority]
    return LATE if late and share >= 8 else EARLY if share >= 3 else MILD


def _mqa(teller: Teller) -> list[TouchRow]:
    return _build_up(teller, points=teller.rng.uniform(43, 55), size=teller.rng.randint(3, 4))


def _mqa_heavy(teller: Teller) -> list[TouchRow]:
    return _build_up(teller, points=teller.rng.uniform(128, 170), size=teller.rng.randint(4, 5))


def _hand_raise(teller: Teller) -> list[TouchRow]:
    """Two working days of one person, who asks for a demo on the day of loading (`handoff.demo.present`)."""
    person = asks_for_a_demo(teller.team)
    touches = []
    for days in (6, 3):
        day = teller.story.last_day - timedelta(days=days)
        touches += teller.act(person, day, EARLY, 2, theme=teller.story.theme)
    return touches + teller.act(person, teller.story.last_day, (("product_page", 1),), 1, theme=teller.story.theme)


def asks_for_a_demo(team: Sequence[Person]) -> Person:
    """Who of a company raises a hand: its first director, else its first person."""
    return next((person for person in team if person.seniority == "director"), team[0])


def _flagship(teller: Teller) -> list[TouchRow]:
    """The story that the first account of the queue tells: a manager reads, a director attends, a VP looks at prices."""
    vp, director, manager = teller.team
    last, theme = teller.story.last_day, teller.story.theme
    plot = (
        (5, manager, ("case_study",)),
        (5, manager, ("blog_page",)),
        (3, director, ("webinar_attended",)),
        (3, manager, ("webinar_attended",)),
        (2, director, ("product_page", "content_download")),
        (1, vp, ("pricing_page", "blog_page")),
        (0, vp, ("pricing_page", "product_page")),
    )
    return [
        t
        for days, person, kinds in plot
        for kind in kinds
        for t in teller.act(person, last - timedelta(days=days), ((kind, 1),), 1, theme=theme)
    ]


def _workshop(teller: Teller) -> list[TouchRow]:
    """Six people at one workshop, then four of them on pricing within two days."""
    team, last = teller.cast(6), teller.story.last_day
    touches = []
    for person in team:
        touches += teller.act(person, last - timedelta(days=3), (("event_attended", 1),), 1, theme=teller.story.theme)
    for place, person in enumerate(team[:4]):
        day = last - timedelta(days=place % 2)
        touches += teller.act(person, day, (("pricing_page", 1),), 1, theme=None)
        touches += teller.act(person, day, (("product_page", 1),), 1, theme=teller.story.theme)
    return touches


def _cooling(teller: Teller) -> list[TouchRow]:
    """Two intense days of three people, a month ago."""
    touches = [
        t
        for day in teller.days(2)
        for person in teller.cast(3)
        for t in teller.act(person, day, LATE, 2, theme=teller.story.theme)
    ]
    return touches + teller.act(teller.cast(1)[0], teller.story.last_day, EARLY, 1, theme=teller.story.theme)


def _almost(teller: Teller) -> list[TouchRow]:
    """One person does everything; a second one reads a page. One more touch of somebody makes it."""
    first, second = teller.cast(2)
    days = teller.days(4)
    touches = teller.act(second, days[0], (("blog_page", 1),), 1, theme=teller.story.theme)
    for day in days:
        touches += teller.act(first, day, LATE, 2, theme=teller.story.theme)
    return touches


def _solo(teller: Teller) -> list[TouchRow]:
    person = teller.rng.choice(teller.cast(4))
    return [
        t
        for day in teller.days(5)
        for t in teller.act(person, day, LATE, teller.rng.randint(1, 3), theme=teller.story.theme)
    ]


def _themeless(teller: Teller) -> list[TouchRow]:
    """Everybody looks at something else."""
    touches, themes = [], list(THEMES)
    for place, day in enumerate(teller.days(5)):
        for turn, person in enumerate(teller.cast(4)[place % 2 :: 2]):
            theme = themes[(place * 2 + turn) % len(themes)]
            touches += teller.act(person, day, EARLY, 1, theme=theme)
            touches += teller.act(person, day, (("product_page", 1), ("case_study", 1)), 1, theme=None)
    return touches


def _slow(teller: Teller) -> list[TouchRow]:
    """Real interest, three weeks apart."""
    touches = []
    for place, person in enumerate(teller.cast(3)):
        day = teller.story.last_day - timedelta(days=20 * place)
        touches += teller.act(person, day, LATE, 2, theme=teller.story.theme)
    return touches


def _lukewarm(teller: Teller) -> list[TouchRow]:
    """Several people, one theme, little behind it."""
    touches = []
    for day in teller.days(4):
        person = teller.rng.choice(teller.cast(4))
        touches += teller.act(person, day, EARLY, 1, theme=teller.story.theme)
        touches += teller.act(teller.rng.choice(teller.cast(4)), day, MILD, 1, theme=teller.story.theme)
    return touches


SHAPES: dict[str, Callable[[Teller], list[TouchRow]]] = {
    "mqa": _mqa,
    "mqa_heavy": _mqa_heavy,
    "mqa_hand_raise": _mqa,
    "hand_raise": _hand_raise,
    "flagship": _flagship,
    "workshop": _workshop,
    "cooling": _cooling,
    "almost": _almost,
    "solo": _solo,
    "themeless": _themeless,
    "slow": _slow,
    "lukewarm": _lukewarm,
}
HAND_RAISES = frozenset({"hand_raise", "mqa_hand_raise"})
