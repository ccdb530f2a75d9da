"""The facts of some centers on many past days, with their touches read once (domain.md §7, backtest).

Touches are most of what a day needs, and a day shares nearly all of them with the day a week later. All readings there ever
were of them are held in one frame, and each day takes those that were known then; the rest is read for each day, as always.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from signals import facts as reading
from signals import facts_sql as sql
from signals.scoring_config import ScoringConfig
from signals.touches_sql import UNTIL

if TYPE_CHECKING:
    import polars as pl

    from signals.frames import Facts


@dataclass(frozen=True)
class History:
    """Of `center_ids`, every reading of each touch, for the days between two moments."""

    center_ids: Sequence[int]
    config: ScoringConfig
    readings: pl.DataFrame

    @classmethod
    def read(cls, center_ids: Sequence[int], *, first: datetime, last: datetime, config: ScoringConfig) -> History:
        """What evaluations of these centers with `config` at moments from `first` to `last` need of touches."""
        start = first.astimezone(UTC).date() - timedelta(days=config.history_days - 1)
        statement = sql.history(center_ids=center_ids, first=datetime.combine(start, time.min, UTC), last=last)
        return cls(center_ids, config, reading.unpacked(reading.fetched(statement), sql.HISTORY))

    def at(self, as_of: datetime) -> Facts:
        """The facts as they were known at a moment: the same as `load_facts(past=True)`."""
        import polars as pl

        wanted = reading.wanted_at(center_ids=self.center_ids, as_of=as_of, config=self.config, past=True)
        touches = reading.within(self.readings, wanted.touches_from, as_of, as_of).filter(
            pl.col(UNTIL).is_null() | (pl.col(UNTIL) > reading.micros(as_of))
        )
        met = touches.filter(pl.col("people") > 0)["people"].unique().to_list()
        rows, _ = reading.read(replace(wanted, met=met))
        return reading.made(rows, touches, self.config, as_of.astimezone(UTC).date()).facts
