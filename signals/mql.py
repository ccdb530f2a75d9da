"""Who is an MQL (domain section 3). Pure: frames in, a frame out.

A contact is one on a day if, at the end of that day or of one of the `mql.days` days before it, its own points reached the
bar or a connected system called it one. Points of an earlier day are those of its own look-back, with seniority, readings
and exclusions as they are known at `as_of`.
"""

from __future__ import annotations

import polars as pl

from signals.frames import Facts
from signals.points import MICRO, Touches, lookup, micro
from signals.scoring_config import ScoringConfig


def most_ever(config: ScoringConfig) -> pl.Expr:
    """Of a touch: what it gives on any day of the window at most, in points. An upper bound, to leave out who cannot be one."""
    growth = 2.0 ** (config.mql.days / config.half_life_days)
    decay = [2.0 ** (-age / config.half_life_days) * growth for age in range(config.history_days)]
    return pl.when("counted").then(pl.col("base") * lookup(decay, pl.col("age"))).otherwise(0.0)


def qualified_contacts(
    people: pl.DataFrame, touches: Touches, facts: Facts, config: ScoringConfig, today: int
) -> pl.DataFrame:
    """The `contact_id` of every MQL, once. `people` are those of `signals.people.account_people`."""
    bar = micro(config.mql.points)
    residents = people.filter(pl.col("person") < touches.residents)
    found = [residents.filter(pl.col("micro") >= bar).select("contact_id")]
    # A touch rounds up by less than a millionth.
    able = (pl.col("most") * MICRO + pl.col("history")) >= bar
    candidates = residents.filter(pl.col("micro") < bar, able).select("contact_id", "person")
    if not candidates.is_empty():
        earned = (
            touches.rows.lazy()
            .filter(pl.col("counted"), pl.col("base") > 0)
            .select("person", "age", "base")
            .join(candidates.lazy(), on="person")
            .collect()
        )
        found.append(_held_earlier(earned, config, bar))
    if not facts.external_mqls.is_empty():
        first = today - config.mql.days
        found.append(
            facts.external_mqls.filter(
                pl.col("from_day").cast(pl.Int32) <= today,
                (pl.col("to_day").cast(pl.Int32) >= first).fill_null(True),
            ).select("contact_id")
        )
    allowed = facts.contacts.filter(~pl.col("excluded").fill_null(False)).select("contact_id")
    return pl.concat(found).unique().join(allowed, on="contact_id", how="semi")


def _held_earlier(found: pl.DataFrame, config: ScoringConfig, bar: int) -> pl.DataFrame:
    """Those whose points reached the bar on an earlier day. Between touches points only fall, so the days with a touch
    and the first day of the window are enough to look at.
    """
    earned = found.lazy()
    days = earned.filter(pl.col("age") <= config.mql.days).select("contact_id", then="age")
    first = earned.select("contact_id", then=pl.lit(config.mql.days, dtype=pl.Int32))
    days = pl.concat([days, first]).unique()
    decay = [2.0 ** (-age / config.half_life_days) for age in range(config.lookback_days)]
    given = (pl.col("base") * lookup(decay, pl.col("past")) * MICRO).round().cast(pl.Int64) * pl.col("len")
    return (
        earned.group_by("contact_id", "age", "base")
        .len()
        .join(days, on="contact_id")
        .with_columns(past=pl.col("age") - pl.col("then"))
        .filter(pl.col("past").is_between(0, config.lookback_days - 1))
        .group_by("contact_id", "then")
        .agg(micro=given.sum())
        .filter(pl.col("micro") >= bar)
        .select("contact_id")
        .unique()
        .collect()
    )
