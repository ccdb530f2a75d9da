"""To whom a handoff in the queue goes: assignment rules, asked from top to bottom (domain.md §5). Pure.

A rule that matches the account but finds nobody who is there, and has room, leaves it to the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Kind = Literal["owner", "person", "round_robin"]


@dataclass(frozen=True, slots=True)
class Place:
    """What of an account rules go by."""

    is_target: bool = False
    country: str = ""
    region: str = ""
    industry: str = ""
    employees: int | None = None
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Territory:
    """Which accounts a rule is for; what is empty asks nothing. Texts are compared without case."""

    segment: str = ""  # "target", "other" or ""
    countries: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    employees_from: int | None = None
    employees_to: int | None = None

    def holds(self, place: Place) -> bool:
        """True when the account lies in it. An unknown value lies nowhere."""
        if self.segment and (self.segment == "target") != place.is_target:
            return False
        for wanted, value in (
            (self.countries, place.country),
            (self.regions, place.region),
            (self.industries, place.industry),
        ):
            if wanted and value.casefold() not in {one.casefold() for one in wanted}:
                return False
        if self.employees_from is None and self.employees_to is None:
            return True
        if place.employees is None:
            return False
        return (self.employees_from or 0) <= place.employees and (
            self.employees_to is None or place.employees <= self.employees_to
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: for a territory, to the owner, to one person, or in turn to a team's SDRs."""

    pk: int
    kind: Kind
    territory: Territory = Territory()
    person: int | None = None
    team: int | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works the queue: what they have, how much they may have, and whose turn it is.

    `turn`: when a rule last gave them something, as a number that grows; 0 never.
    """

    pk: int
    team: int | None = None
    open: int = 0
    capacity: int = 25
    away: bool = False
    turn: float = 0

    @property
    def has_room(self) -> bool:
        """True when rules may hand them one more."""
        return self.open < self.capacity


@dataclass(frozen=True, slots=True)
class Choice:
    """Whom it waits for, and by which rule."""

    person: int
    rule: int


def choose(rules: Iterable[Rule], place: Place, people: Sequence[Person]) -> Choice | None:
    """The first rule's choice; None where no rule finds anybody, which leaves it to the pool.

    The owner gets what is theirs however much they have; others only while there is room. In a round robin it is the
    turn of whom a rule gave something longest ago, then of who has least, then of the earlier one.
    """
    by_id = {one.pk: one for one in people if not one.away}
    for rule in rules:
        if not rule.territory.holds(place):
            continue
        found: Person | None = None
        if rule.kind == "owner":
            found = by_id.get(place.owner) if place.owner is not None else None
        elif rule.kind == "person":
            found = by_id.get(rule.person) if rule.person is not None else None
            found = found if found and found.has_room else None
        else:
            able = [one for one in by_id.values() if one.team == rule.team and one.has_room]
            found = min(able, key=lambda one: (one.turn, one.open, one.pk), default=None)
        if found is not None:
            return Choice(found.pk, rule.pk)
    return None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits: where its account lies, and whose room it takes now (None: nobody's)."""

    place: Place
    whose: int | None = None


def choose_all(
    rules: Sequence[Rule], waiting: Iterable[Waiting], people: Iterable[Person], turn: float
) -> list[Choice | None]:
    """`choose` for one after the other, each with the room and the turns that those before it left.

    What one waits for takes no room while it is asked about. `turn` is that of whoever is given something now.
    """
    by_id = {one.pk: one for one in people}
    found = []
    for item in waiting:
        if item.whose in by_id:
            by_id[item.whose] = replace(by_id[item.whose], open=by_id[item.whose].open - 1)
        choice = choose(rules, item.place, list(by_id.values()))
        if choice is not None:
            to = by_id[choice.person]
            kept = choice.person == item.place.owner
            by_id[to.pk] = replace(to, open=to.open + 1, turn=to.turn if kept else turn)
        found.append(choice)
    return found
