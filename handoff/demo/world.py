"""The demo's world of a seed and a day, as plain values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from handoff.demo import companies, intent, people, plot, touches
from handoff.demo.people import Classify
from handoff.demo.rows import Company, Person, SignalRow, Story, TouchRow


@dataclass(frozen=True)
class World:
    """Everything that happened at Northbeam's accounts up to the day before `today`. Stories are in order of their ends."""

    seed: int
    today: date
    companies: list[Company]
    people: list[Person]
    stories: list[Story]
    touches: list[TouchRow]
    signals: list[SignalRow]


def build(*, seed: int, accounts: int, today: date, classify: Classify, key_personas: frozenset[str]) -> World:
    """The same arguments give the same world. `classify` says seniority and persona of a title and department."""
    world = companies.companies(seed, accounts, today)
    stories = plot.plot(seed, world, today)
    staff = people.people(seed, world, {story.company for story in stories}, classify)
    return World(
        seed=seed,
        today=today,
        companies=world,
        people=staff,
        stories=stories,
        touches=touches.touches(seed, world, staff, stories, today, key_personas),
        signals=intent.signals(seed, world, stories, today),
    )
