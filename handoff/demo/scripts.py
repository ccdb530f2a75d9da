"""How journeys go: who does what after how long, and how it ends. Pure; times are elapsed from one step to the next.

Better scores make better journeys, with noise: reports must have something to find, and something to wonder about.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Step:
    """A move, how long after the one before, and the reason that goes with it."""

    action: str
    after: timedelta
    reason: str = ""


RECYCLES = (("timing", 4), ("no_response", 3), ("waiting_for_budget", 2), ("contract_elsewhere", 2))
DISQUALIFICATIONS = (
    ("unable_to_reach", 3), ("inaccurate_data", 2), ("no_need", 3), ("no_budget", 2), ("no_fit", 2),
)  # fmt: skip
LOSSES = (("competitor", 4), ("price", 3), ("no_decision", 5), ("missing_capability", 2), ("budget_lost", 2))
RETURNS = (("procedural", 3), ("clerical", 2), ("definitional", 2))


def draw(rng: random.Random, score: float) -> list[Step]:
    """A journey as they go at Northbeam, for a score from 70 to 100."""
    promise = min(1.0, max(0.0, (score - 70) / 30))
    script: list[Step] = []
    late = rng.random() < 0.16
    _add(script, "claim", hours=rng.uniform(4.3, 26) if late else rng.uniform(0.2, 3.8))
    _add(script, "outreach", hours=rng.uniform(25, 44) if rng.random() < 0.1 else rng.uniform(0.4, 21))
    chance = rng.random()
    if chance < 0.28 - 0.22 * promise:
        _add(script, "disqualify", days=rng.uniform(0.5, 4.5), reason=_of(rng, DISQUALIFICATIONS))
        return script
    if chance < 0.52 - 0.34 * promise:
        _add(script, "recycle", days=rng.uniform(1, 5.5), reason=_of(rng, RECYCLES))
        return script
    _add(script, "pass", days=rng.uniform(5.2, 8) if rng.random() < 0.1 else rng.uniform(0.6, 4.6))
    if rng.random() < 0.13:
        _add(script, "return", hours=rng.uniform(3, 40), reason=_of(rng, RETURNS))
        _add(script, "pass", days=rng.uniform(0.5, 3))
    _add(script, "accept", hours=rng.uniform(50, 90) if rng.random() < 0.14 else rng.uniform(1.5, 44))
    _after_the_yes(rng, script, promise)
    return script


def _after_the_yes(rng: random.Random, script: list[Step], promise: float) -> None:
    chance = rng.random()
    if chance < 0.1:
        _add(script, "recycle", days=rng.uniform(3, 12), reason=_of(rng, RECYCLES))
    elif chance < 0.18:
        _add(script, "disqualify", days=rng.uniform(2, 9), reason=_of(rng, DISQUALIFICATIONS))
    else:
        _add(script, "opportunity", days=rng.uniform(1, 11))
        days = min(170.0, rng.lognormvariate(3.75, 0.5))
        if rng.random() < 0.34 + 0.36 * promise:
            _add(script, "win", days=days)
        else:
            _add(script, "lose", days=days * 0.8, reason=_of(rng, LOSSES))


def cast(rng: random.Random, desk: str, *, age: timedelta) -> list[Step]:
    """The journey of a named account that stands at `desk` today, having begun `age` ago."""
    hours = age.total_seconds() / 3600
    script: list[Step] = []
    _add(script, "claim", hours=min(rng.uniform(0.4, 3.5), hours * 0.3))
    if desk == "working":
        # The freshest ones wait for their first call; of the others somebody did something lately.
        if hours > 20:
            _add(script, "outreach", hours=min(rng.uniform(1, 20), hours * 0.3))
            _add(script, "note", hours=max(0.1, hours * 0.6 - rng.uniform(2, 20)))
        return script
    _add(script, "outreach", hours=rng.uniform(1, 18))
    if desk == "idle":
        return script
    if desk == "passed":
        _add(script, "pass", hours=max(2.0, hours - 24 - rng.uniform(4, 40)))
        return script
    _add(script, "pass", hours=max(2.0, hours * 0.3))
    if desk == "returned":
        _add(script, "return", hours=max(2.0, hours * 0.5), reason="definitional")
    else:
        _add(script, "accept", hours=rng.uniform(3, 30))
    return script


def _add(script: list[Step], action: str, *, hours: float = 0, days: float = 0, reason: str = "") -> None:
    script.append(Step(action, timedelta(hours=hours, days=days), reason))


def _of(rng: random.Random, weighted: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]
