"""The companies of the demo: invented names, firmographics, technologies, owners. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from handoff.demo import words
from handoff.demo.cast import CAST
from handoff.demo.geography import COUNTRIES, PER_DOLLAR, Country
from handoff.demo.people_words import NAMES
from handoff.demo.rows import Company, pick, slug, stream

TARGET_SHARE = 0.12
# Owners by their mail names; nobody owns the rest, which is the team's pool.
SDRS = {"EMEA": "priya", "Americas": "marcus", "APAC": "marcus"}
AES = {"EMEA": "tom", "Americas": "elena", "APAC": "elena"}
# Dollars of revenue for each employee, about.
REVENUE_A_HEAD: dict[str, int] = {
    "Banking": 420_000, "Insurance": 390_000, "Utilities": 480_000, "Chemicals": 410_000, "Pharma": 370_000,
    "Software": 210_000, "Hospitals": 130_000, "Education": 95_000, "Public sector": 110_000,
}  # fmt: skip
CAST_SLUGS = frozenset(slug(member.name) for member in CAST)
PLANS = ("Free", "Team", "None")


def companies(seed: int, count: int, today: date) -> list[Company]:
    """`count` companies, the cast first; names and domains are unique."""
    rng = stream(seed, "companies")
    taken: set[str] = set()
    names = _names(stream(seed, "company names"), taken)
    world = []
    for index in range(count):
        member = CAST[index] if index < len(CAST) else None
        industry = member.industry if member else pick(rng, words.INDUSTRY_WEIGHTS)
        country = _country(rng, member.country if member else None)
        if member:
            name, domain = member.name, _domain(member.name, taken)
        else:
            name, domain = names(industry, country)
        company = _company(rng, index, name, domain, industry, country, today)
        if member:
            member.apply(company)
        _add_ownership(rng, company, fixed=member is not None)
        world.append(company)
    _add_rarities(stream(seed, "rarities"), world, today)
    return world


def _company(
    rng: random.Random, index: int, name: str, domain: str, industry: str, country: Country, today: date
) -> Company:
    employees = max(8, round(math.exp(rng.gauss(6.5, 1.15))))
    dollars = employees * REVENUE_A_HEAD.get(industry, 230_000) * math.exp(rng.gauss(0, 0.35))
    revenue = Decimal(round(dollars * PER_DOLLAR[country.currency] / 100_000)) * 100_000
    uses = tuple(sorted(t for t, (_, share) in words.TECHNOLOGIES.items() if rng.random() * 100 < share))
    evaluating = (rng.choice(words.EVALUATED),) if rng.random() < 0.09 else ()
    return Company(
        index=index,
        name=name,
        domain=domain,
        names=country.names,
        industry=industry if rng.random() > 0.04 else None,
        employees=_rounded(employees) if rng.random() > 0.06 else None,
        revenue=revenue if rng.random() > 0.15 else None,
        currency=country.currency,
        growth=round(rng.gauss(7, 9), 1) if rng.random() > 0.4 else None,
        locations=max(1, round(math.sqrt(employees) / 6 * math.exp(rng.gauss(0, 0.5)))) if rng.random() > 0.1 else None,
        country=country.name,
        region=country.region,
        city=rng.choice(country.cities),
        uses=uses if rng.random() > 0.12 else (),
        evaluating=evaluating,
        custom=_custom(rng, today),
        known_for_days=rng.choice((430, 430, 430, 430, rng.randint(410, 430))),
    )


def _custom(rng: random.Random, today: date) -> dict[str, object]:
    values: dict[str, object] = {}
    if rng.random() < 0.5:
        values["erp_renewal"] = date(today.year + rng.randint(0, 3), rng.randint(1, 12), 1).isoformat()
    if rng.random() < 0.4:
        values["plan"] = rng.choice(PLANS)
    if rng.random() < 0.25:
        values["partner_account"] = rng.random() < 0.3
    return values


def _add_ownership(rng: random.Random, company: Company, *, fixed: bool) -> None:
    """Targets are named by hand among those that could buy; they have owners, of the rest a third."""
    size = company.employees or 0
    if not fixed:
        eligible = size >= 150 and company.country != "Belarus"
        company.is_target = eligible and rng.random() < TARGET_SHARE * 1.1
    if company.is_target:
        company.tier = company.tier or ("1" if size >= 3000 else "2" if size >= 800 else "3")
    if company.region and (company.is_target or rng.random() < 0.33):
        company.owner_sdr = SDRS[company.region]
    if company.region and (company.is_target or rng.random() < 0.2):
        company.owner_ae = AES[company.region]


def _add_rarities(rng: random.Random, world: list[Company], today: date) -> None:
    """Customers, former customers, second domains, parents, named centers."""
    drawn = [company for company in world if company.index >= len(CAST)]
    for company in drawn:
        chance = rng.random()
        if chance < 0.03:
            company.customer_since = today - timedelta(days=rng.randint(420, 1600))
        elif chance < 0.04:
            company.customer_since = today - timedelta(days=rng.randint(900, 1800))
            company.customer_until = today - timedelta(days=rng.randint(60, 600))
        if rng.random() < 0.05:
            company.other_domains = (f"{slug(company.name)}group.example",)
        if (company.employees or 0) > 4000 and rng.random() < 0.4:
            company.centers = rng.choice(
                (("EMEA IT",), ("Americas IT",), ("EMEA IT", "Group Finance"), ("Supply Chain",))
            )
    taken = {company.domain for company in world}
    for company in drawn:
        company.other_domains = tuple(d for d in company.other_domains if d not in taken)
        taken.update(company.other_domains)
    large = [company for company in drawn if (company.employees or 0) > 5000]
    for company in drawn:
        if large and (company.employees or 9999) < 800 and rng.random() < 0.03:
            company.parent = rng.choice(large).index


def _names(rng: random.Random, taken: set[str]) -> Callable[[str, Country], tuple[str, str]]:
    """A function that gives the next name and domain for an industry and country; none comes twice."""
    used: dict[str, int] = {}

    def first_word(country: Country) -> str:
        chance = rng.random()
        if chance < (0.5 if country.names == "english" else 0.16):
            return rng.choice(words.FIRST_HALVES) + rng.choice(words.SECOND_HALVES)
        if chance < 0.62:
            return rng.choice(words.COINED)
        if chance < 0.74:
            return rng.choice(country.places)
        return rng.choice(NAMES[country.names][1]).removeprefix("van ").removeprefix("de ")

    def next_name(industry: str, country: Country) -> tuple[str, str]:
        for _ in range(500):
            word = first_word(country)
            if used.get(word, 0) >= 8:
                continue
            name = f"{word} {rng.choice(words.INDUSTRY_NOUNS[industry])}"
            if slug(name) in taken or slug(name) in CAST_SLUGS:
                continue
            used[word] = used.get(word, 0) + 1
            return name, _domain(name, taken)
        # Every short name of this industry and country is taken: name the city too.
        word, city = first_word(country), rng.choice(country.cities)
        name = f"{word} {rng.choice(words.INDUSTRY_NOUNS[industry])} {city} {len(taken)}"
        return name, _domain(name, taken)

    return next_name


def _domain(name: str, taken: set[str]) -> str:
    """The shortest free domain of a name: the first two words, else all of them, else with a number."""
    parts = [part for part in (slug(word) for word in name.split()) if part]
    for label in _labels(parts):
        if label not in taken:
            taken.update((label, slug(name)))
            return f"{label}.example"
    raise AssertionError("the labels never end")


def _labels(parts: list[str]) -> Iterator[str]:
    yield "".join(parts[:2])
    yield "".join(parts)
    number = 2
    while True:
        yield f"{''.join(parts)}{number}"
        number += 1


def _country(rng: random.Random, name: str | None) -> Country:
    if name:
        return next(country for country in COUNTRIES if country.name == name)
    return rng.choices(COUNTRIES, [country.weight for country in COUNTRIES])[0]


def _rounded(employees: int) -> int:
    """As databases know head counts: exact when small, else to two digits."""
    step = 1 if employees < 100 else 10 if employees < 1000 else 100
    return max(1, round(employees / step) * step)
