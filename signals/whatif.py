"""What a draft would do if it were published now: who would move, and whose queue grows (domain.md §7). Stores nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from accounts.models import Account, User
from accounts.roles import Role
from signals import snapshot
from signals.comparison import Comparison, compare
from signals.scoring_config import ScoringConfig

if TYPE_CHECKING:
    import polars as pl

# A higher room knows which accounts do not queue, whatever they measure (domain.md §4).
Resting = Callable[[], Collection[int]]
_resting: list[Resting] = []


@dataclass(frozen=True)
class Load:
    """MQAs that would wait for an SDR, before and after: of the accounts they own; of nobody's accounts where `sdr` is None.

    `week_before`, `week_after`: of those, how many did not qualify a week ago.
    """

    sdr: User | None
    before: int
    after: int
    week_before: int
    week_after: int

    @property
    def more(self) -> int:
        """How many more they would be."""
        return self.after - self.before


@dataclass(frozen=True)
class WhatIf:
    """Who moves, MQAs that are new within a week before and after, and the load of each SDR, the longest first."""

    moves: Comparison
    week_before: int
    week_after: int
    loads: list[Load]


def register_resting(resting: Resting) -> None:
    """Name the accounts that do not queue while they qualify; the last registration counts."""
    _resting[:] = [resting]


def what_if(*, active: ScoringConfig, draft: ScoringConfig, now: datetime) -> WhatIf:
    """What would change if `draft` were published at `now`, over all centers."""
    before, after = snapshot.evaluated([active, draft], now)
    a_week_ago = snapshot.qualified_a_week_ago([active, draft], now)
    new = [_new(frame, then) for frame, then in zip((before, after), a_week_ago, strict=True)]
    return WhatIf(
        moves=compare(before, after),
        week_before=new[0].filter("qualified").height,
        week_after=new[1].filter("qualified").height,
        loads=_loads([frame.filter("queues")["account_id"].to_list() for frame in (before, after, *new)]),
    )


def _new(frame: pl.DataFrame, then: Collection[int]) -> pl.DataFrame:
    """The centers that did not qualify then."""
    import polars as pl

    return frame.filter(~pl.col("center_id").is_in(list(then)))


def _loads(sides: list[list[int]]) -> list[Load]:
    """By owner: centers of each side (before, after, and of those the new ones) whose accounts queue."""
    resting = set(_resting[0]()) if _resting else set()
    wanted = {account_id for side in sides for account_id in side} - resting
    owners = dict(Account.objects.filter(pk__in=wanted).values_list("pk", "owner_sdr_id"))
    counts: list[Counter[int | None]] = [
        Counter(owners[account_id] for account_id in side if account_id in owners) for side in sides
    ]
    sdrs = User.objects.filter(role=Role.SDR, is_active=True) | User.objects.filter(pk__in={*owners.values()} - {None})
    loads = [
        Load(sdr, *(count[sdr.pk if sdr else None] for count in counts)) for sdr in [*sdrs.order_by("name", "pk"), None]
    ]
    return sorted(loads, key=lambda load: (load.sdr is None, -load.after, -load.before))
