"""Attribution by hand: a slow, independent way to the same credits, one path of plain values at a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

Moment = float  # days


@dataclass(frozen=True)
class Path:
    """Days of the touches, and of what the account reached."""

    touched: Sequence[Moment]
    created: Moment
    qualified: Moment | None = None
    closed: Moment | None = None


def _at(path: Path, moment: Moment) -> int:
    return max([i for i, touched in enumerate(path.touched) if touched <= moment], default=0)


def _spread(path: Path, milestones: Sequence[tuple[int, Fraction]], others: Fraction) -> list[Fraction]:
    found = [Fraction(0)] * len(path.touched)
    for place, share in milestones:
        found[place] += share
    rest = [i for i in range(len(found)) if i not in {place for place, _ in milestones}]
    for i in rest:
        found[i] += others / len(rest)
    total = sum(found)
    return [share / total for share in found]


def _milestones(path: Path, share: Fraction, *, close: bool) -> list[tuple[int, Fraction]]:
    found = [(0, share), (_at(path, path.created), share)]
    if path.qualified is not None and path.qualified <= path.created:
        found.append((_at(path, path.qualified), share))
    if close and path.closed is not None and path.closed >= path.created:
        found.append((_at(path, path.closed), share))
    return found


def _decay(path: Path) -> list[Fraction]:
    raw = [Fraction(2 ** (-max(0.0, path.created - touched) / 7)) for touched in path.touched]
    return [one / sum(raw) for one in raw]


MODELS: Mapping[str, Callable[[Path], list[Fraction]]] = {
    "first": lambda p: _spread(p, [(0, Fraction(1))], Fraction(0)),
    "last": lambda p: _spread(p, [(_at(p, p.created), Fraction(1))], Fraction(0)),
    "linear": lambda p: _spread(p, [], Fraction(1)),
    "u": lambda p: _spread(p, [(0, Fraction(2, 5)), (_at(p, p.created), Fraction(2, 5))], Fraction(1, 5)),
    "w": lambda p: _spread(p, _milestones(p, Fraction(3, 10), close=False), Fraction(1, 10)),
    "full_path": lambda p: _spread(p, _milestones(p, Fraction(225, 1000), close=True), Fraction(1, 10)),
    "time_decay": _decay,
}


def allocate(amount: Decimal, weights: Sequence[Fraction]) -> list[Decimal]:
    cents = int(amount.scaleb(2))
    exact = [weight / sum(weights) * cents for weight in weights]
    whole = [int(share) for share in exact]
    for i in sorted(range(len(exact)), key=lambda i: (whole[i] - exact[i], i))[: cents - sum(whole)]:
        whole[i] += 1
    return [Decimal(share).scaleb(-2) for share in whole]
