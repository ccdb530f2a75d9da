"""Multi-touch attribution of one amount to the touches before it (domain.md §6). Pure.

A model gives each touch of a path a weight; weights sum to 1. `allocate` turns weights into money, to the cent.
Milestone models go by the account's own milestones: the touch at a milestone, or the last one before it, has its
share. Shares that meet on one touch add up; the share of a milestone that the account never reached, or of "all
others" where there are none, is spread over the shares that remain, in proportion.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

DECAY_HALF_LIFE_DAYS = 7
SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Path:
    """The touches before one opportunity, oldest first, and when its account reached what."""

    touched_at: Sequence[datetime]
    created_at: datetime
    qualified_at: datetime | None = None
    closed_at: datetime | None = None


def first_touch(path: Path) -> list[float]:
    """Everything to the first touch."""
    return _shares(path, {0: Fraction(1)}, Fraction(0))


def last_touch(path: Path) -> list[float]:
    """Everything to the last touch before the opportunity was created."""
    return _shares(path, {_at(path, path.created_at): Fraction(1)}, Fraction(0))


def linear(path: Path) -> list[float]:
    """The same to each."""
    return _shares(path, {}, Fraction(1))


def u_shaped(path: Path) -> list[float]:
    """40 % to the first, 40 % to the last, 20 % to those between."""
    share = Fraction(40, 100)
    return _shares(path, _add((0, share), (_at(path, path.created_at), share)), Fraction(20, 100))


def w_shaped(path: Path) -> list[float]:
    """30 % each at the first touch, the MQL or MQA, and the opportunity; 10 % to the others."""
    share = Fraction(30, 100)
    milestones = [(0, share), (_at(path, path.created_at), share)]
    if path.qualified_at is not None and path.qualified_at <= path.created_at:
        milestones.append((_at(path, path.qualified_at), share))
    return _shares(path, _add(*milestones), Fraction(10, 100))


def full_path(path: Path) -> list[float]:
    """22.5 % each at the first touch, the MQL or MQA, the opportunity and the close; 10 % to the others."""
    share = Fraction(225, 1000)
    milestones = [(0, share), (_at(path, path.created_at), share)]
    if path.qualified_at is not None and path.qualified_at <= path.created_at:
        milestones.append((_at(path, path.qualified_at), share))
    if path.closed_at is not None and path.closed_at >= path.created_at:
        milestones.append((_at(path, path.closed_at), share))
    return _shares(path, _add(*milestones), Fraction(10, 100))


def time_decay(path: Path) -> list[float]:
    """Half as much for every 7 days before the opportunity was created."""
    ages = [max(0.0, (path.created_at - moment).total_seconds() / SECONDS_A_DAY) for moment in path.touched_at]
    raw = [2 ** (-age / DECAY_HALF_LIFE_DAYS) for age in ages]
    total = sum(raw)
    return [weight / total for weight in raw] if total else linear(path)


MODELS: Mapping[str, Callable[[Path], list[float]]] = {
    "first": first_touch,
    "last": last_touch,
    "linear": linear,
    "u": u_shaped,
    "w": w_shaped,
    "full_path": full_path,
    "time_decay": time_decay,
}


def allocate(amount: Decimal, weights: Sequence[float]) -> list[Decimal]:
    """`amount` split by `weights` into whole cents that sum to it exactly.

    Each gets its share rounded down; the cents left over go to the largest remainders, the earlier touch first.
    Weights that sum to zero are an error, unless there are none, which splits nothing.
    """
    if not weights:
        return []
    total = sum(Fraction(weight) for weight in weights)
    if total <= 0:
        raise ValueError("Weights must sum to more than zero.")
    cents = int(amount.scaleb(2).to_integral_exact())
    exact = [Fraction(weight) / total * cents for weight in weights]
    whole = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (whole[i] - exact[i], i))
    for i in by_remainder[: cents - sum(whole)]:
        whole[i] += 1
    return [Decimal(share).scaleb(-2) for share in whole]


def collapse_repeats(channels: Sequence[str]) -> list[int]:
    """The positions that remain when a run of touches of one channel counts as its first."""
    return [i for i, channel in enumerate(channels) if i == 0 or channels[i - 1] != channel]


def without_direct(channels: Sequence[str], direct: str = "direct") -> list[int]:
    """The positions that remain when direct touches don't count, unless there is nothing else."""
    kept = [i for i, channel in enumerate(channels) if channel != direct]
    return kept or list(range(len(channels)))


def _at(path: Path, moment: datetime) -> int:
    """The position of the last touch at or before `moment`; the first touch where all came later."""
    before = [i for i, touched in enumerate(path.touched_at) if touched <= moment]
    return before[-1] if before else 0


def _add(*shares: tuple[int, Fraction]) -> dict[int, Fraction]:
    summed: dict[int, Fraction] = {}
    for position, share in shares:
        summed[position] = summed.get(position, Fraction(0)) + share
    return summed


def _shares(path: Path, fixed: Mapping[int, Fraction], others: Fraction) -> list[float]:
    count = len(path.touched_at)
    if not count:
        return []
    rest = [i for i in range(count) if i not in fixed]
    weights = [fixed.get(i, Fraction(0)) for i in range(count)]
    for i in rest:
        weights[i] = others / len(rest)
    total = sum(weights)
    return [float(weight / total) for weight in weights]
