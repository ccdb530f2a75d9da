"""What the rules of a policy measure at each center (domain section 4, "threshold"). Pure: frames in, a frame out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import polars as pl

from signals.points import micro
from signals.policies import Minutes, PersonaPoints, Policy, QualifiedLeads, QualifiedPersonas, Rule
from signals.scoring_config import ScoringConfig

SEGMENTS = ("target", "other")


class RuleColumns(NamedTuple):
    """Names of the columns that hold what a rule measured."""

    people: str
    amount: str
    holds: str


def rule_columns(segment: str, index: int) -> RuleColumns:
    """The columns of rule `index` of a segment: people, points or minutes in millionths (null for lead rules), holds."""
    stem = f"rule_{segment}_{index}_"
    return RuleColumns(stem + "people", stem + "amount", stem + "holds")


def every_rule(config: ScoringConfig) -> Iterator[tuple[str, Rule, RuleColumns]]:
    """Each rule of both segments, with its segment and the columns of what it measures."""
    for segment in SEGMENTS:
        policy: Policy = getattr(config.policies, segment)
        for index, rule in enumerate(policy.rules):
            yield segment, rule, rule_columns(segment, index)


def windows(config: ScoringConfig) -> tuple[list[int], list[int]]:
    """The windows in days that rules need sums of points, and of inbound minutes, over."""
    rules = [*config.policies.target.rules, *config.policies.other.rules]
    points = {rule.days for rule in rules if isinstance(rule, PersonaPoints)}
    minutes = {rule.days for rule in rules if isinstance(rule, Minutes)}
    return sorted(points), sorted(minutes)


def measuring_part(config: ScoringConfig) -> list[list[dict[str, Any]]]:
    """What of the rules decides what is measured for them: everything but their bars, in their order."""
    bars = {"min_people", "min_points", "min_minutes"}
    return [
        [rule.model_dump(exclude=bars) for rule in policy.rules]
        for policy in (config.policies.target, config.policies.other)
    ]


def points_column(days: int) -> str:
    """A person's points in a window."""
    return f"micro_{days}"


def minutes_column(days: int) -> str:
    """A person's inbound minutes in a window."""
    return f"inbound_{days}"


def measure_rules(people: pl.DataFrame, config: ScoringConfig) -> pl.LazyFrame:
    """One row a center `c`: every rule's columns. `people`: one row a person of a center with `c`, `resident` (a contact
    of the account, not a visitor), `persona_id`, `is_key`, `is_mql` and the window columns.
    """
    expressions: list[pl.Expr] = []
    for _, rule, names in every_rule(config):
        count, amount = _measures(rule)
        expressions.append(count.cast(pl.Int64).alias(names.people))
        expressions.append(amount.cast(pl.Int64).alias(names.amount))
    return people.lazy().group_by("c").agg(expressions)


def with_holds(centers: pl.LazyFrame, config: ScoringConfig) -> pl.LazyFrame:
    """Add each rule's `holds`, and `rule_holds`: some rule of the center's own segment does."""
    expressions: list[pl.Expr] = []
    own: dict[str, list[pl.Expr]] = {segment: [] for segment in SEGMENTS}
    for segment, rule, names in every_rule(config):
        holds = pl.col(names.people) >= rule.min_people
        if isinstance(rule, PersonaPoints):
            holds &= pl.col(names.amount).fill_null(0) >= micro(rule.min_points)
        elif isinstance(rule, Minutes):
            holds &= pl.col(names.amount).fill_null(0) >= micro(rule.min_minutes)
        expressions.append(holds.alias(names.holds))
        own[segment].append(holds)
    any_rule = pl.when("is_target").then(pl.any_horizontal(own["target"])).otherwise(pl.any_horizontal(own["other"]))
    return centers.with_columns(*expressions, rule_holds=any_rule)


def _measures(rule: Rule) -> tuple[pl.Expr, pl.Expr]:
    """How many people (or personas) count for a rule, and the points or minutes they have together."""
    known = pl.col("resident")
    if isinstance(rule, QualifiedLeads):
        return pl.col("is_mql").sum(), pl.lit(None)
    if isinstance(rule, QualifiedPersonas):
        return _people(pl.col("is_mql") & pl.col("is_key"), distinct=rule.distinct_personas), pl.lit(None)
    if isinstance(rule, Minutes):
        minutes = pl.col(minutes_column(rule.days))
        # Who has no minutes there never counts, however low the bar.
        return (known & (minutes >= max(1, micro(rule.min_person_minutes)))).sum(), minutes.sum()
    points = pl.col(points_column(rule.days))
    key = known & pl.col("is_key") & (points > 0)
    return _people(key, distinct=rule.distinct_personas), pl.when(key).then(points).otherwise(0).sum()


def _people(counts: pl.Expr, *, distinct: bool) -> pl.Expr:
    if not distinct:
        return counts.sum()
    return pl.when(counts).then("persona_id").drop_nulls().n_unique()
