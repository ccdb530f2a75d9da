"""Shares with intervals, ranks and quantiles, for figures that say how sure they are. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Share:
    """`part` of `whole`, with its Wilson 95 % interval. Without a whole there is no value."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson (1927) score interval at 95 %."""
        if not self.whole:
            return None
        n, p = self.whole, self.part / self.whole
        middle = (p + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
        half = Z_95 / (1 + Z_95**2 / n) * sqrt(p * (1 - p) / n + Z_95**2 / (4 * n**2))
        return max(0.0, middle - half), min(1.0, middle + half)


def quantile(values: Sequence[float], q: float) -> float | None:
    """The `q` quantile by linear interpolation, as PostgreSQL's percentile_cont; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def auc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """The chance that one of `positives` (scores of those that converted) is higher than one of `negatives`; ties count half.

    Area under the ROC curve (Hanley and McNeil 1982). None when either kind is missing.
    """
    if not positives or not negatives:
        return None
    fewer, more = sorted((positives, negatives), key=len)
    ordered = sorted(more)
    pairs = len(positives) * len(negatives)
    twice = sum(bisect_left(ordered, score) + bisect_right(ordered, score) for score in fewer)
    return (twice if fewer is positives else 2 * pairs - twice) / 2 / pairs


def auc_interval(area: float, positives: int, negatives: int) -> tuple[float, float]:
    """The 95 % interval of an AUC: Newcombe's method 5 (2006), a score interval that holds at 0 and 1 too.

    A bound is where the area lies 1.96 standard errors away, by Hanley and McNeil's variance with both group sizes at their mean.
    """
    half = (positives + negatives) / 2 - 1

    def distance(at: float) -> float:
        spread = 1 + half * (1 - at) / (2 - at) + half * at / (1 + at)
        return abs(at - area) - Z_95 * sqrt(at * (1 - at) * spread / (positives * negatives))

    return _root(distance, inside=area, outside=0.0), _root(distance, inside=area, outside=1.0)


def _root(distance: Callable[[float], float], *, inside: float, outside: float) -> float:
    """Where `distance` turns positive between two places, by halving; `outside` where it does not."""
    if distance(outside) <= 0:
        return outside
    for _ in range(60):
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if distance(middle) > 0 else (middle, outside)
    return (inside + outside) / 2
