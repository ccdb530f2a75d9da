"""The people of the demo's companies. Pure; what a title means is asked of the product's own rules."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from handoff.demo.cast import CAST
from handoff.demo.people_words import DEPARTMENT_WEIGHTS, NAMES, TITLES
from handoff.demo.rows import Company, Person, pick, slug, stream

# (title, department) → (seniority, name of the persona or None)
Classify = Callable[[str, str], tuple[str, str | None]]

# People who are found at every company where something happens: somebody who decides, pays, builds and uses.
CORE = (
    (("Director of IT", "Director Enterprise Architecture"), "IT"),
    (("VP Operations", "VP Supply Chain", "COO"), "Operations"),
    (("CFO", "Finance Director", "VP Finance"), "Finance"),
    (("Integration Manager", "IT Manager", "ERP Manager"), "IT"),
    (("Integration Architect", "Enterprise Architect"), "IT"),
    (("CIO", "Chief Information Officer", "VP Information Technology"), "IT"),
)
# The people whom the reference pages name.
NAMED = {
    "Halden Freight Systems": (
        ("Dana", "Whitlock", "VP Operations", "Operations"),
        ("Marek", "Ilić", "Director of IT", "IT"),
        ("Sofie", "Brandt", "Logistics Manager", "Operations"),
    ),
}


def people(seed: int, world: Sequence[Company], storied: set[int], classify: Classify) -> list[Person]:
    """3 to 12 people a company, of the `storied` ones at least the core; addresses are unique."""
    rng = stream(seed, "people")
    found: list[Person] = []
    for company in world:
        addresses: set[str] = set()
        for first, last, title, department in _roster(rng, company, company.index in storied):
            person = _person(rng, len(found), company, (first, last, title, department), addresses)
            person.seniority, person.persona = classify(title, department)
            found.append(person)
    return found


def _roster(rng: random.Random, company: Company, storied: bool) -> list[tuple[str, str, str, str]]:
    named = list(NAMED.get(company.name, ()))
    size = 3 + min(9, int(rng.expovariate(1 / (1.4 if (company.employees or 300) < 800 else 2.6))))
    if storied or company.index < len(CAST):
        size = max(size, rng.randint(6, 10))
        core = [(rng.choice(titles), department) for titles, department in CORE]
        named += [(*_name(rng, company), *job) for job in core[: 3 if named else 6]]
    while len(named) < size:
        department = pick(rng, DEPARTMENT_WEIGHTS)
        named.append((*_name(rng, company), pick(rng, dict(TITLES[department])), department))
    return named


def _name(rng: random.Random, company: Company) -> tuple[str, str]:
    names = company.names if rng.random() < 0.84 else rng.choice(tuple(NAMES))
    first, last = NAMES[names]
    return rng.choice(first), rng.choice(last)


def _person(
    rng: random.Random, index: int, company: Company, who: tuple[str, str, str, str], addresses: set[str]
) -> Person:
    first, last, title, department = who
    address = f"{slug(first)}.{slug(last)}"
    while address in addresses:
        address += str(rng.randint(2, 9))
    addresses.add(address)
    return Person(
        index=index,
        company=company.index,
        first_name=first,
        last_name=last,
        email=f"{address}@{company.domain}",
        title=title if rng.random() > 0.03 else "",
        department=department if rng.random() > 0.1 else "",
        # 01632 960… and 555 01… are numbers that belong to nobody.
        phone=f"+1 202 555 01{rng.randint(0, 99):02}" if rng.random() < 0.45 else "",
        center=rng.choice(company.centers) if company.centers and rng.random() < 0.5 else "",
        visitor=f"v-{rng.getrandbits(48):012x}" if rng.random() < 0.8 else "",
        do_not_contact=rng.random() < 0.02,
        excluded=rng.random() < 0.004,
    )
