"""Sums of touches by person, and people by center (domain section 3). Pure: frames in, frames out."""

from __future__ import annotations

import polars as pl

from signals import policy_rules
from signals.clusters import by_center
from signals.frames import Facts
from signals.mql import most_ever
from signals.points import MICRO, Touches, lookup
from signals.scoring_config import ScoringConfig


def account_people(touches: Touches, config: ScoringConfig) -> pl.DataFrame:
    """One row a person with touches in `history_days`: account_id, named, contact_id, person, sums in millionths (micro,
    inbound, outbound, the windows of rules, momentum), tier_now and tier_before (ranks); of the look-back touches and
    last_touch_at; and of all its history `most` (see `signals.mql`) and `history`, how many touches.
    """
    age, code = pl.col("age"), pl.col("code")
    recent = age < config.lookback_days
    given = pl.when(pl.col("counted") & recent).then("minutes").otherwise(0)
    inbound = lookup(touches.catalogue.inbound, code)
    gives = pl.col("counted") & (pl.col("base") > 0)
    undecayed = pl.when("counted").then((pl.col("base") * MICRO).round().cast(pl.Int64)).otherwise(0)
    tier = pl.when(gives & inbound).then(lookup(touches.catalogue.tiers, code)).otherwise(0)
    tier_days, momentum_days = config.progression.tier_days, config.progression.momentum_days
    points_windows, minutes_windows = policy_rules.windows(config)
    points = {policy_rules.points_column(days): within(pl.col("micro"), age < days) for days in points_windows}
    inbound_minutes = pl.when(inbound).then(given).otherwise(0)
    minutes = {policy_rules.minutes_column(days): within(inbound_minutes, age < days) for days in minutes_windows}
    rows = touches.rows.select(
        "account_id",
        "named",
        "contact_id",
        "person",
        "micro",
        occurred_at=pl.when(recent).then("occurred_at"),
        recent=recent,
        most=most_ever(config),
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
        pl.col("micro", "inbound", "outbound", "momentum", "most", *points, *minutes).sum(),
        pl.col("tier_now", "tier_before").max(),
        touches=pl.col("recent").sum().cast(pl.Int64),
        history=pl.len(),
        last_touch_at=pl.col("occurred_at").max(),
    )


def within(amount: pl.Expr, condition: pl.Expr) -> pl.Expr:
    """The amount where the condition holds, else 0."""
    return pl.when(condition).then(amount).otherwise(0)


def center_people(
    people: pl.DataFrame,
    mqls: pl.DataFrame,
    touches: Touches,
    facts: Facts,
    centers: pl.DataFrame,
    config: ScoringConfig,
) -> pl.DataFrame:
    """One row a person of a center `c`: what `account_people` sums, with `resident` (a contact at its own account),
    `persona_id`, `is_key` and `is_mql`, which only residents have.

    Who has touches in the look-back is there, and every MQL, with zeros if it has none.
    """
    key = pl.col("persona_id").is_in(config.key_personas) if config.key_personas else pl.lit(True)
    named = centers.filter(~pl.col("is_default")).select("center_id", named="c")
    contacts = (
        facts.contacts.select("contact_id", "account_id", "center_id", "persona_id", is_key=key.fill_null(False))
        .join(named, on="center_id", how="left", maintain_order="left")
        .with_columns(is_mql=pl.col("contact_id").is_in(mqls["contact_id"].implode()))
        .with_row_index("person")
        .with_columns(pl.col("person").cast(pl.Int64))
    )
    place = pl.when(pl.col("person") < touches.residents).then("person")
    people = people.drop("most", "history").with_columns(
        resident=pl.col("person") < touches.residents,
        persona_id=pl.lit(contacts["persona_id"]).gather(place),
        is_key=pl.lit(contacts["is_key"]).gather(place).fill_null(False),
        is_mql=pl.lit(contacts["is_mql"]).gather(place).fill_null(False),
    )
    quiet = contacts.filter("is_mql").join(people, on="person", how="anti")
    people = people.filter((pl.col("touches") > 0) | pl.col("is_mql"))
    if not quiet.is_empty():
        quiet = quiet.drop("center_id").with_columns(resident=pl.lit(True))
        people = pl.concat([people, quiet], how="diagonal")
        kept = (
            "account_id",
            "named",
            "contact_id",
            "person",
            "persona_id",
            "last_touch_at",
            "resident",
            "is_key",
            "is_mql",
        )
        people = people.with_columns(pl.col(name).fill_null(0) for name in people.columns if name not in kept)
    return by_center(people, centers)
