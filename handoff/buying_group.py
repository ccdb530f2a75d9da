"""The arithmetic of a buying group: completeness, gaps, suggestions (domain.md §5). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

ROLES = ("champion", "economic_buyer", "decision_maker", "influencer", "end_user", "blocker")
COLD_DAYS = 30


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who could be in the group. `touches` are inbound ones of 90 days; `quiet_days` null: never touched."""

    contact_id: int
    name: str
    seniority: str = "other"
    title: str = ""
    department: str = ""
    persona: str = ""
    touches: int = 0
    quiet_days: int | None = None
    suggestible: bool = True  # false for whoever objects to profiling or was erased

    @property
    def engaged(self) -> bool:
        """True with a touch in the last 30 days, today included."""
        return self.quiet_days is not None and self.quiet_days < COLD_DAYS


@dataclass(frozen=True, slots=True)
class Gap:
    """A hole: `empty_role` (role), `cold` (a validated member, with the role) or `no_role` (an engaged person)."""

    kind: str
    role: str = ""
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """That a person might be in a role, with the reason in words."""

    contact_id: int
    role: str
    why: str


def completeness(required: Mapping[str, int], validated: Mapping[str, int]) -> float:
    """Mean over required roles of min(1, validated / required); 1 where no role is required."""
    shares = [min(1.0, validated.get(role, 0) / number) for role, number in required.items() if number > 0]
    return sum(shares) / len(shares) if shares else 1.0


def gaps(required: Mapping[str, int], validated: Sequence[tuple[int, str]], people: Mapping[int, Person]) -> list[Gap]:
    """The holes of a group whose validated members are `(contact_id, role)`; roles first, then cold, then unplaced."""
    filled = {role for _, role in validated}
    placed = {contact_id for contact_id, _ in validated}
    found = [Gap("empty_role", role) for role in ROLES if required.get(role, 0) > 0 and role not in filled]
    found += [
        Gap("cold", role, contact_id)
        for contact_id, role in validated
        if contact_id not in people or not people[contact_id].engaged
    ]
    unplaced = (p for p in people.values() if p.engaged and p.suggestible and p.contact_id not in placed)
    return found + [Gap("no_role", "", p.contact_id) for p in sorted(unplaced, key=_most_engaged)]


_PERSONA_WORDS = (
    ("economic buyer", "economic_buyer"),
    ("finance", "economic_buyer"),
    ("decision maker", "decision_maker"),
    ("champion", "champion"),
    ("influencer", "influencer"),
    ("end user", "end_user"),
    ("practitioner", "end_user"),
)
_MONEY = ("finance", "financial", "cfo", "controller", "treasur", "procurement", "purchasing")
_SENIORITY_WORDS = {
    "c_level": "C-level",
    "vp": "VP",
    "director": "director",
    "manager": "manager",
    "other": "team member",
}


def _most_engaged(person: Person) -> tuple[int, int, int]:
    return (-person.touches, person.quiet_days if person.quiet_days is not None else 10_000, person.contact_id)


def _engagement_words(person: Person) -> str:
    if not person.touches or person.quiet_days is None:
        return "no touch in 90 days yet"
    times = "1 touch" if person.touches == 1 else f"{person.touches} touches"
    when = {0: "today", 1: "yesterday"}.get(person.quiet_days, f"{person.quiet_days} days ago")
    return f"{times}, the last {when}"


def _candidates(person: Person) -> list[tuple[str, int, str]]:
    """The roles this person may have, the likeliest first, as (role, strength, reason)."""
    rank = _SENIORITY_WORDS.get(person.seniority, "team member")
    found: list[tuple[str, int, str]] = []
    persona = person.persona.lower()
    for word, role in _PERSONA_WORDS:
        if word in persona:
            found.append((role, 0, f"persona “{person.persona}”"))
            break
    money = any(word in f"{person.title} {person.department}".lower() for word in _MONEY)
    if money and person.seniority in {"c_level", "vp", "director"}:
        strength = {"c_level": 1, "vp": 2, "director": 3}[person.seniority]
        found.append(("economic_buyer", strength, f"{rank} in finance or purchasing"))
    if person.seniority in {"c_level", "vp"}:
        found.append(("decision_maker", 1 if person.seniority == "c_level" else 2, f"{rank}, who can decide"))
        found.append(("economic_buyer", 4, f"{rank}; nobody of finance is known"))
    if person.engaged and person.seniority in {"director", "manager"}:
        found.append(("champion", 2, f"the most engaged {rank}"))
        found.append(("decision_maker", 4, f"engaged {rank}; nobody more senior is known"))
    if person.engaged:
        found.append(("influencer", 3, f"engaged {rank}"))
        if person.seniority in {"manager", "other"}:
            found.append(("end_user", 4, f"engaged {rank}"))
    return found


_DOUBT = 4  # behind every reason that has not been wrong here


def _doubts(people: Iterable[Person], rejected: Collection[tuple[int, str]]) -> dict[tuple[str, str], str]:
    """Reasons that somebody said were wrong on this account, by role and reason, with whom they were wrong of."""
    return {
        (role, why): person.name
        for person in sorted(people, key=lambda one: -one.contact_id)
        for role, _, why in _candidates(person)
        if (person.contact_id, role) in rejected
    }


def _said(why: str, person: Person, doubted: str | None) -> str:
    words = f"{why[:1].upper()}{why[1:]}: {_engagement_words(person)}"
    return f"{words}; less sure since {doubted} was not" if doubted else words


def suggest(
    people: Iterable[Person],
    required: Mapping[str, int],
    validated: Sequence[tuple[int, str]],
    rejected: Collection[tuple[int, str]],
) -> list[Suggestion]:
    """People for the open places, at most one role each: the strongest reason first, then the most engaged.

    Whoever has a validated role is left alone. A role that was rejected for a person is never suggested for that person
    again; the next likeliest one is. Nor is a reason that was wrong here trusted as much for the next person: whoever
    has another one comes first, and the suggestion says so.
    """
    people = list(people)
    doubts = _doubts(people, rejected)
    placed = {contact_id for contact_id, _ in validated}
    counts = Counter(role for _, role in validated)
    places = {role: max(0, number - counts[role]) for role, number in required.items()}
    options = sorted(
        (
            (
                strength + (_DOUBT if (role, why) in doubts else 0),
                _most_engaged(person),
                ROLES.index(role),
                person,
                role,
                _said(why, person, doubts.get((role, why))),
            )
            for person in people
            if person.suggestible and person.contact_id not in placed
            for role, strength, why in _candidates(person)
            if (person.contact_id, role) not in rejected
        ),
        key=lambda option: option[:3],
    )
    found: list[Suggestion] = []
    for _, _, _, person, role, why in options:
        if person.contact_id in placed or places.get(role, 0) == 0:
            continue
        places[role] -= 1
        placed.add(person.contact_id)
        found.append(Suggestion(person.contact_id, role, why))
    return sorted(found, key=lambda s: ROLES.index(s.role))
