"""Which company has a story when: the cast's present ones, and a year of drawn ones. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from handoff.demo.cast import CAST
from handoff.demo.offers import THEMES
from handoff.demo.rows import Company, Story, stream

# Of a thousand companies: stories of the past year, of last month's closed ones, and of the present that don't qualify.
PAST_TARGETS, PAST_OTHERS, RECENT, PRESENT = 62, 34, 6, 60
PAST_DEAD_ENDS = 70
DEAD_ENDS = ("solo", "themeless", "slow", "lukewarm", "almost")
OUTSIDE = frozenset({"Software", "Travel", "Education", "Media", "Public sector"})


def plot(seed: int, world: Sequence[Company], today: date) -> list[Story]:
    """The stories, in the order of their last day and company."""
    rng = stream(seed, "plot")
    thousands = len(world) / 1000
    stories = [_of_the_cast(rng, index, today) for index in range(min(len(CAST), len(world)))]
    drawn = [c for c in world if c.index >= len(CAST) and not c.customer_since]
    targets = rng.sample([c for c in drawn if c.is_target], k=sum(c.is_target for c in drawn))
    others = rng.sample([c for c in drawn if not c.is_target], k=sum(not c.is_target for c in drawn))
    for number in range(_scaled(RECENT, thousands)):
        stories.append(_story(rng, targets.pop(), "mqa", today - timedelta(days=rng.randint(13, 31))))
        if number % 3 == 0:
            stories.append(_story(rng, others.pop(), "mqa_heavy", today - timedelta(days=rng.randint(13, 31))))
    for shape, pool, count in (
        ("mqa", targets, _scaled(PAST_TARGETS, thousands)),
        ("mqa_heavy", others, _scaled(PAST_OTHERS, thousands)),
    ):
        number = min(count, len(pool) // 2)
        stories += [_story(rng, pool.pop(), shape, _past_day(rng, today)) for _ in range(number)]
    pool = targets + others
    rng.shuffle(pool)
    stories += [
        _story(rng, pool.pop(), DEAD_ENDS[number % len(DEAD_ENDS)], _past_day(rng, today))
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
    span = 5 if index == 0 or member.story == "cooling" else rng.randint(6, 11)
    return Story(index, member.story, member.theme, last - timedelta(days=span), last, member.center)


def _story(rng: random.Random, company: Company, shape: str, last: date) -> Story:
    center = rng.choice(company.centers) if company.centers and rng.random() < 0.3 else ""
    first = last - timedelta(days=rng.randint(5, 12))
    return Story(company.index, shape, rng.choice(tuple(THEMES)), first, last, center)


def _past_day(rng: random.Random, today: date) -> date:
    """A working day of the past year, more of them lately, since Northbeam grows."""
    day = today - timedelta(days=32 + round(330 * rng.random() ** 1.35))
    return day - timedelta(days=max(0, day.weekday() - 4))


def _scaled(per_thousand: int, thousands: float) -> int:
    return max(2, round(per_thousand * thousands))
