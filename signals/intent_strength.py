"""Intent of many accounts at once (domain section 3, "Intent"). Pure: frames in, a frame out."""

from __future__ import annotations

import polars as pl

from signals.frames import Facts
from signals.scoring_config import IntentRules


def current_signals(facts: Facts, rules: IntentRules, today: int) -> pl.DataFrame:
    """The signals that count: per account, topic, provider and kind the latest one within the window.

    Of one day's the last received is it, then the one with the higher `seq`. Adds `surges`.
    """
    age = today - pl.col("observed_on").cast(pl.Int32)
    return (
        facts.intent.lazy()
        .filter(age.is_between(0, rules.window_days - 1))
        .sort("observed_on", "received_at", "seq", descending=True)
        .unique(["account_id", "topic", "provider", "kind"], keep="first", maintain_order=True)
        .with_columns(surges=pl.col("composite") >= rules.surge)
        .collect()
    )


def strength(current: pl.DataFrame) -> pl.LazyFrame:
    """One row an account that has signals: `account_id`, `intent` (the highest composite), `intent_surging`."""
    return (
        current.lazy()
        .group_by("account_id")
        .agg(intent=pl.col("composite").max(), intent_surging=pl.col("surges").any())
    )
