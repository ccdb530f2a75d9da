"""Sums of touches by person, and people by center (domain section 3). Pure: frames in, frames out."""

from __future__ import annotations

import polars as pl

from signals import policy_rules
from signals.clusters import by_center
from signals.frames import Facts
from signals.points import MICRO, Touches, lookup
from signals.scoring_config import ScoringConfig


def account_people(touches: Touches, config: ScoringConfig) -> pl.DataFrame:
    """One row a person with touches in the look-back: account_id, named, contact_id, person, sums in millionths (micro,
    inbound, outbound, the windows of rules, momentum), touches, last_touch_at, tier_now and tier_before (ranks).
    """
    age, code = pl.col("age"), pl.col("code")
    given = pl.when("counted").then("minutes").otherwise(0)
    inbound = lookup(touches.catalogue.inbound, code)
    gives = pl.col("counted") & (pl.col("base") > 0)
    undecayed = pl.when("counted").then((pl.col("base") * MICRO).round().cast(pl.Int64)).otherwise(0)
    tier = pl.when(gives & inbound).then(lookup(touches.catalogue.tiers, code)).otherwise(0)
    tier_days, momentum_days = config.progression.tier_days, config.progression.momentum_days
    points_windows, minutes_windows = policy_rules.windows(config)
    points = {policy_rules.points_column(days): within(pl.col("micro"), age < days) for days in points_windows}
    inbound_minutes = pl.when(inbound).then(given).otherwise(0)
    minutes = {policy_rules.minutes_column(days): within(inbound_minutes, age < days) for days in minutes_windows}
    rows = touches.rows.filter(age < config.lookback_days).select(
        "account_id",
        "named",
        "contact_id",
        "person",
        "micro",
        "occurred_at",
        inbound=inbound_minutes,
        outbound=pl.when(inbound).then(0).otherwise(given),
        tier_now=within(tier, age < tier_days),
        tier_before=within(tier, age.is_between(tier_days, 2 * tier_days - 1)),
        momentum=pl.when(age < momentum_days)
        .then(undecayed)
        .when(age < 2 * momentum_days)
        .then(-undecayed)
        .otherwise(0),
        **points,
        **minutes,
    )
    return rows.group_by("person").agg(
        pl.col("account_id", "named", "contact_id").first(),
        pl.col("micro", "inbound", "outbound", "momentum", *points, *minutes).sum(),
        pl.col("tier_now", "tier_before").max(),
        touches=pl.len().cast(pl.Int64),
        last_touch_at=pl.col("occurred_at").max(),
    )


def within(amount: pl.Expr, condition: pl.Expr) -> pl.Expr:
    """The amount where the condition holds, else 0."""
    return pl.when(condition).then(amount).otherwise(0)


def center_people(
    people: pl.DataFrame, mqls: pl.DataFrame, facts: Facts, centers: pl.DataFrame, config: ScoringConfig
) -> pl.DataFrame:
    """One row a person of a center `c`: what `account_people` sums, with `persona_id`, `is_key` and `is_mql`.

    An MQL whose touches have all left the look-back, or who has none here, is there with zeros.
    """
    quiet = mqls.join(people, on="contact_id", how="anti")
    if not quiet.is_empty():
        named = centers.filter(~pl.col("is_default")).select("center_id", named="c")
        quiet = (
            facts.contacts.join(quiet, on="contact_id", how="semi")
            .join(named, on="center_id", how="left")
            .select("account_id", "named", "contact_id", person="contact_id")
        )
        people = pl.concat([people, quiet], how="diagonal")
        people = people.with_columns(
            pl.col(name).fill_null(0)
            for name in people.columns
            if name not in ("account_id", "named", "contact_id", "person", "last_touch_at")
        )
    key = pl.col("persona_id").is_in(config.key_personas) if config.key_personas else pl.lit(True)
    # Marks belong to the contact at its own account: a touch of it elsewhere (a negative `person`) brings none.
    marks = facts.contacts.select("contact_id", "persona_id", is_key=key.fill_null(False))
    marks = marks.join(mqls.with_columns(is_mql=pl.lit(True)), on="contact_id", how="left")
    return (
        by_center(people, centers)
        .join(marks, on="contact_id", how="left")
        .with_columns(
            is_key=pl.col("is_key").fill_null(False),
            is_mql=(pl.col("is_mql") & (pl.col("person") >= 0)).fill_null(False),
        )
    )
