"""Which company has a story when: the cast's present ones, and a year of drawn ones. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from handoff.demo.cast import CAST
from handoff.demo.offers import THEMES
from handoff.demo.rows import Company, Story, stream

# Of a thousand companies: stories of the past year, of last month's closed ones, and of the present that don't qualify.
PAST_TARGETS, PAST_OTHERS, RECENT, PRESENT = 50, 26, 6, 60
PAST_DEAD_ENDS = 70
DEAD_ENDS = ("solo", "themeless", "slow", "lukewarm", "almost")
OUTSIDE = frozenset({"Software", "Travel", "Education", "Media", "Public sector"})


def plot(seed: int, world: Sequence[Company], today: date) -> list[Story]:
    """The stories, in the order of their last day and company."""
    rng = stream(seed, "plot")
    days = _days(rng, today)
    thousands = len(world) / 1000
    stories = [_of_the_cast(rng, index, today) for index in range(min(len(CAST), len(world)))]
    drawn = [c for c in world if c.index >= len(CAST) and not c.customer_since]
    rng.shuffle(drawn)
    # Popped from the end: whoever fits best has most of the stories.
    drawn.sort(key=_looks_like_a_customer)
    targets, others = [c for c in drawn if c.is_target], [c for c in drawn if not c.is_target]
    recent = [day for day in days if 13 <= (today - day).days <= 31]
    for number in range(_scaled(RECENT, thousands)):
        stories.append(_story(rng, targets.pop(), "mqa", rng.choice(recent)))
        if number % 3 == 0:
            stories.append(_story(rng, others.pop(), "mqa_heavy", rng.choice(recent)))
    for shape, pool, count in (
        ("mqa", targets, _scaled(PAST_TARGETS, thousands)),
        ("mqa_heavy", others, _scaled(PAST_OTHERS, thousands)),
    ):
        number = min(count, len(pool) // 2)
        stories += [_story(rng, pool.pop(), shape, _past_day(rng, days, today)) for _ in range(number)]
    pool = targets + others
    rng.shuffle(pool)
    stories += [
        _story(rng, pool.pop(), DEAD_ENDS[number % len(DEAD_ENDS)], _past_day(rng, days, today))
        for number in range(min(_scaled(PAST_DEAD_ENDS, thousands), len(pool) // 3))
    ]
    for number in range(min(_scaled(PRESENT, thousands), len(pool) // 2)):
        company = pool.pop()
        outside = company.industry in OUTSIDE or company.country == "Belarus"
        shape = "mqa" if outside else DEAD_ENDS[number % len(DEAD_ENDS)]
        stories.append(_story(rng, company, shape, today - timedelta(days=rng.randint(2, 20))))
    return sorted(stories, key=lambda story: (story.last_day, story.company))


def _of_the_cast(rng: random.Random, index: int, today: date) -> Story:
    member = CAST[index]
    last = today - timedelta(days=member.ended)
    span = 5 if index == 0 else 1 if member.story == "cooling" else rng.randint(6, 11)
    return Story(index, member.story, member.theme, last - timedelta(days=span), last, member.center)


def _looks_like_a_customer(company: Company) -> bool:
    """About what the demo's ideal customer profile asks for; the model itself decides."""
    erp = "SAP" in company.uses or "Oracle ERP" in company.uses
    size = 200 <= (company.employees or 0) <= 10_000
    sells_here = company.country != "Belarus" and company.industry is not None and company.industry not in OUTSIDE
    return size and sells_here and (erp or ((company.locations or 0) >= 3 and company.region != "APAC"))


def _story(rng: random.Random, company: Company, shape: str, last: date) -> Story:
    center = rng.choice(company.centers) if company.centers and rng.random() < 0.3 else ""
    first = last - timedelta(days=rng.randint(5, 12))
    return Story(company.index, shape, rng.choice(tuple(THEMES)), first, last, center)


def _days(rng: random.Random, today: date) -> list[date]:
    """On which the past's stories end: one working day of each week of the past year, the latest first.

    Few days, since the replay evaluates on each of them.
    """
    monday = today - timedelta(days=today.weekday())
    found = [monday + timedelta(days=rng.randint(0, 4) - 7 * week) for week in range(52)]
    return sorted((day for day in found if day < today - timedelta(days=1)), reverse=True)


def _past_day(rng: random.Random, days: list[date], today: date) -> date:
    """A day more than a month ago; later ones come more often, since Northbeam grows."""
    old = [day for day in days if (today - day).days > 31]
    return old[int(len(old) * rng.random() ** 1.35)]


def _scaled(per_thousand: int, thousands: float) -> int:
    return max(2, round(per_thousand * thousands))
