"""Research that two providers saw elsewhere: weekly signals, surging around the stories. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from handoff.demo.cast import CAST
from handoff.demo.rows import Company, SignalRow, Story, stream

WEEKS = 56
TOPICS: dict[str, str | None] = {
    "Integration platform as a service": "integrations",
    "SAP connectors": "integrations",
    "S/4HANA migration": "migration",
    "Workflow automation": "automation",
    "Operational analytics": "analytics",
    "API security": "security",
    "Cloud cost control": None,
    "Customer data platform": None,
}
# Provider: (its day of the week, Monday is 0, how often it sees an account that it watches, what it sees)
PROVIDERS: dict[str, tuple[int, float, str]] = {
    "Intentscope": (0, 0.22, "topic_surge"),
    "Reviewgrid": (3, 0.08, "category"),
}
WATCHED_SHARE = 0.35


def signals(seed: int, world: Sequence[Company], stories: Sequence[Story], today: date) -> list[SignalRow]:
    """Weekly background for a third of the accounts, and a surge on its theme around most stories."""
    rng = stream(seed, "intent")
    found = []
    topics = tuple(TOPICS)
    watched = [c for c in world if c.index >= len(CAST) and rng.random() < WATCHED_SHARE]
    for provider, (weekday, often, kind) in PROVIDERS.items():
        latest = today - timedelta(days=1 + (today.weekday() - 1 - weekday) % 7)
        for week in range(WEEKS):
            day = latest - timedelta(days=7 * week)
            for company in watched:
                if rng.random() < often:
                    composite = min(96.0, max(5.0, round(rng.gauss(33, 14), 1)))
                    found.append(_signal(rng, company, rng.choice(topics), provider, kind, composite, day))
    for story in stories:
        found += _around(rng, world[story.company], story, today)
    found += _of_strangers(rng, today)
    return sorted(found, key=lambda row: (row.received_at, row.domain, row.topic, row.provider))


def _around(rng: random.Random, company: Company, story: Story, today: date) -> list[SignalRow]:
    member = CAST[story.company] if story.company < len(CAST) else None
    drawn = round(rng.uniform(58, 92), 1) if rng.random() < 0.6 else 0.0
    composite = float(member.intent) if member else drawn
    if not composite:
        return []
    topic = rng.choice([name for name, theme in TOPICS.items() if theme == story.theme])
    found = []
    # What cools had its burst long ago, and is still looked for elsewhere.
    last_day = today - timedelta(days=6) if story.shape == "cooling" else story.last_day
    for back, part in ((15, 0.55), (8, 0.8), (2, 1.0)):
        day = min(last_day - timedelta(days=back - 1), today - timedelta(days=1))
        found.append(_signal(rng, company, topic, "Intentscope", "topic_surge", round(composite * part, 1), day))
    if rng.random() < 0.35:
        day = min(story.last_day, today - timedelta(days=1))
        composite = round(composite * 0.7, 1)
        found.append(_signal(rng, company, topic, "Reviewgrid", "competitor", composite, day))
    return found


def _of_strangers(rng: random.Random, today: date) -> list[SignalRow]:
    """Domains that no account has: the signals wait for one."""
    found = []
    for word in ("tallgrass", "windrush", "opalbank", "nightjar"):
        day = today - timedelta(days=rng.randint(2, 40))
        stranger = SignalRow(
            company=None,
            domain=f"{word}.example",
            topic=rng.choice(tuple(TOPICS)),
            provider="Intentscope",
            kind="topic_surge",
            composite=round(rng.uniform(40, 85), 1),
            observed_on=day,
            received_at=_received(rng, day),
        )
        found.append(stranger)
    return found


def _signal(
    rng: random.Random, company: Company, topic: str, provider: str, kind: str, composite: float, day: date
) -> SignalRow:
    return SignalRow(company.index, company.domain, topic, provider, kind, composite, day, _received(rng, day))


def _received(rng: random.Random, day: date) -> datetime:
    """Providers deliver in the night after the day that they saw, before the day of loading begins."""
    return datetime.combine(day, time(22, rng.randint(0, 59), rng.randint(0, 59)), UTC)
