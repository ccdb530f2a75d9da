"""What a draft would do if it were published now: who would move, and whose queue grows (domain.md §7). Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from accounts.models import User
from accounts.roles import Role
from signals import snapshot
from signals.comparison import Comparison, compare
from signals.freshness import numbers
from signals.scoring_config import ScoringConfig

if TYPE_CHECKING:
    import polars as pl

# A higher room knows which accounts do not queue, whatever they measure (domain.md §4).
Resting = Callable[[], Collection[int]]
_resting: list[Resting] = []

_OWNED = """
SELECT string_agg(int8send(id), ''), string_agg(int8send(owner_sdr_id), '') FROM accounts_account
WHERE owner_sdr_id IS NOT NULL"""


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
    """Who moves, MQAs that are new within a week before and after, and the load of each SDR, the longest first. `left_out`:
    centers whose facts can't be computed with, as scoring sets them aside.
    """

    moves: Comparison
    week_before: int
    week_after: int
    loads: list[Load]
    left_out: list[int]


def register_resting(resting: Resting) -> None:
    """Name the accounts that do not queue while they qualify; the last registration counts."""
    _resting[:] = [resting]


def what_if(*, active: ScoringConfig, draft: ScoringConfig, now: datetime) -> WhatIf:
    """What would change if `draft` were published at `now`, over all centers whose facts can be computed with."""
    said = snapshot.evaluated([active, draft], now)
    before, after = said.frames
    then = snapshot.said_a_week_ago([active, draft], now)
    new = [_new(frame, old) for frame, old in zip(said.frames, then.frames, strict=True)]
    return WhatIf(
        moves=compare(before, after),
        week_before=new[0].filter("qualified").height,
        week_after=new[1].filter("qualified").height,
        loads=_loads([frame.filter("queues")["account_id"] for frame in (before, after, *new)]),
        left_out=sorted(said.left_out | then.left_out),
    )


def _new(frame: pl.DataFrame, then: pl.DataFrame) -> pl.DataFrame:
    """The centers that qualify and did not then."""
    import polars as pl

    frame = frame.filter("qualified")
    return frame.filter(~pl.col("center_id").is_in(then.filter("qualified")["center_id"].implode()))


def _loads(sides: list[pl.Series]) -> list[Load]:
    """By owner: centers of each side (before, after, and of those the new ones) whose accounts queue."""
    import polars as pl

    accounts = pl.concat([side.to_frame("account_id").with_columns(side=n) for n, side in enumerate(sides)])
    resting = list(_resting[0]()) if _resting else []
    ids, owners = numbers(_OWNED)
    owned = pl.DataFrame({"account_id": ids, "sdr": owners}, schema={"account_id": pl.Int64, "sdr": pl.Int64})
    counts = (
        accounts.filter(~pl.col("account_id").is_in(resting))
        .join(owned, on="account_id", how="left")
        .group_by("sdr")
        .agg((pl.col("side") == number).sum().alias(str(number)) for number in range(len(sides)))
    )
    by_sdr = {sdr: found for sdr, *found in counts.iter_rows()}
    sdrs = User.objects.filter(role=Role.SDR, is_active=True) | User.objects.filter(pk__in=by_sdr.keys() - {None})
    loads = [
        Load(sdr, *by_sdr.get(sdr.pk if sdr else None, [0] * len(sides)))
        for sdr in [*sdrs.order_by("name", "pk"), None]
    ]
    return sorted(loads, key=lambda load: (load.sdr is None, -load.after, -load.before))
