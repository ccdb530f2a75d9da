"""Shares with intervals, ranks and quantiles, for figures that say how sure they are. Pure."""

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


def auc(scores: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    """The chance that one that converted had the higher score than one that did not; ties count half.

    Area under the ROC curve by the rank sum (Hanley and McNeil 1982). None when either kind is missing.
    """
    positives = sum(outcomes)
    negatives = len(outcomes) - positives
    if not positives or not negatives:
        return None
    order = sorted(range(len(scores)), key=lambda i: scores[i])
    rank_sum, start = 0.0, 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        rank = (start + 1 + end) / 2
        rank_sum += rank * sum(outcomes[order[i]] for i in range(start, end))
        start = end
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


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
