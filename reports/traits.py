"""Which traits of companies go with winning: the evidence for criteria that are suggested (domain.md §3 "Fit", §6). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from reports.statistics import Share

# Below this a lift is an anecdote.
FEWEST_WINS = 5


@dataclass(frozen=True)
class Trait:
    """Accounts with a value (or a range) of a field, those whose field is known at all, and how many of each won.

    `values`: one text, or the lower and the upper number of a range.
    """

    field: str
    values: tuple[str | float, ...]
    won: int
    accounts: int
    known_won: int
    known: int

    @property
    def share(self) -> Share:
        """Of the accounts with the trait, those that won."""
        return Share(self.won, self.accounts)

    @property
    def base(self) -> Share:
        """Of the accounts whose field is known, those that won."""
        return Share(self.known_won, self.known)

    @property
    def lift(self) -> float | None:
        """The share that won over that of all whose field is known."""
        return self.share.value / self.base.value if self.share.value is not None and self.base.value else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The share's Wilson 95 % interval over the base's share, which is taken as it is."""
        if self.share.interval is None or not self.base.value:
            return None
        low, high = self.share.interval
        return low / self.base.value, high / self.base.value

    @property
    def is_range(self) -> bool:
        """Whether `values` are the bounds of a range."""
        return len(self.values) == 2

    @property
    def tells_for(self) -> bool:
        """Wins more often than the rest beyond what chance gives."""
        return self.won >= FEWEST_WINS and self.interval is not None and self.interval[0] > 1

    @property
    def tells_against(self) -> bool:
        """Wins less often than the rest beyond what chance gives."""
        return self.interval is not None and self.interval[1] < 1


def joined(bins: Sequence[Trait]) -> list[Trait]:
    """The ranges of one field, in their order, with neighbours that both tell for winning made one."""
    found: list[Trait] = []
    for one in bins:
        last = found[-1] if found else None
        if last is not None and last.tells_for and one.tells_for:
            found[-1] = Trait(
                one.field,
                (last.values[0], one.values[-1]),
                last.won + one.won,
                last.accounts + one.accounts,
                one.known_won,
                one.known,
            )
        else:
            found.append(one)
    return found


def suggested(traits: Iterable[Trait]) -> list[Trait]:
    """Those that tell for winning, the surest first: by the lower end of the lift's interval."""
    return sorted((one for one in traits if one.tells_for), key=lambda one: -(one.interval or (0.0, 0.0))[0])


def warned(traits: Iterable[Trait]) -> list[Trait]:
    """Those that tell against it, the surest first."""
    return sorted((one for one in traits if one.tells_against), key=lambda one: (one.interval or (0.0, 0.0))[1])


def criterion_of(trait: Trait) -> dict[str, Any]:
    """The trait as a scored criterion of weight 1 (`accounts.criteria`), without an id of its own yet."""
    asked: dict[str, Any] = {"id": "new", "field": trait.field, "kind": "scored", "weight": 1.0}
    if trait.is_range:
        return asked | {"operator": "between", "value": list(trait.values)}
    return asked | {"operator": "in", "value": list(trait.values)}
