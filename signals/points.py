"""Points and minutes of touches and people (domain section 3, "Engagement points"). Pure: frames in, frames out.

Points are whole micro-points (millionths), rounded for each touch (an exact half goes to the even one) and then summed;
minutes are whole millionths too. So no order of adding shows. Ages are whole UTC days, 0 on the day of `as_of`.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from signals.frames import Facts
from signals.scoring_config import TIERS, ScoringConfig

MICRO = 1_000_000
SENIORITIES = ("c_level", "vp", "director", "manager", "other")
OTHER = SENIORITIES.index("other")
ANONYMOUS = len(SENIORITIES)


def micro(amount: float) -> int:
    """An amount in millionths, to compare with sums of them."""
    return round(amount * MICRO)


@dataclass(frozen=True)
class Catalogue:
    """The touch types of a model by code, their place in `keys`; one code beyond stands for a type it does not know."""

    keys: tuple[str, ...]
    weights: tuple[float, ...]
    inbound: tuple[bool, ...]
    decision: tuple[bool, ...]
    hand_raise: tuple[bool, ...]
    tiers: tuple[int, ...]  # 1 low, 2 mid, 3 high

    @classmethod
    def of(cls, config: ScoringConfig) -> Catalogue:
        """The catalogue of a model."""
        keys = tuple(sorted(config.touch_types))
        specs = [config.touch_types[key] for key in keys]
        return cls(
            keys=keys,
            weights=(*(config.weight_of(key) for key in keys), 0.0),
            inbound=(*(spec.direction == "inbound" for spec in specs), True),
            decision=(*(spec.decision_stage for spec in specs), False),
            hand_raise=(*(spec.hand_raise for spec in specs), False),
            tiers=(*(len(TIERS) - TIERS.index(spec.tier) for spec in specs), 0),
        )


def lookup(values: tuple[float, ...] | tuple[bool, ...] | tuple[int, ...] | list[float], index: pl.Expr) -> pl.Expr:
    """`values[index]`, row by row."""
    return pl.lit(pl.Series(values)).gather(index)


@dataclass(frozen=True)
class Touches:
    """`rows`: the touches of nobody excluded, `history_days` back. `hand_raises`: those young enough, of anybody.

    Columns of `rows`: row (in the facts), touch_id, account_id, contact_id, person, named (index of the named center, else
    null), theme_id, occurred_at, code, age, minutes, base (points before decay), counted (inside the daily cap), micro (0
    beyond the look-back or the cap). `person` is the contact's id, or negative for a visitor.
    """

    rows: pl.DataFrame
    hand_raises: pl.DataFrame
    catalogue: Catalogue


def read_touches(facts: Facts, centers: pl.DataFrame, config: ScoringConfig, today: int) -> Touches:
    """Touches with what they give on day `today` (days since 1970). `centers` has its row index `c`."""
    catalogue = Catalogue.of(config)
    rows = (
        facts.touches.lazy()
        .with_row_index("row")
        .select(
            "row",
            "touch_id",
            "account_id",
            "contact_id",
            "theme_id",
            "occurred_at",
            code=pl.col("type")
            .cast(pl.Enum(catalogue.keys), strict=False)
            .to_physical()
            .cast(pl.UInt32)
            .fill_null(len(catalogue.keys)),
            minutes=(pl.col("minutes").fill_null(0.0) * MICRO).round().cast(pl.Int64),
            age=today - pl.col("occurred_at").dt.date().cast(pl.Int32),
        )
        .filter(pl.col("age").is_between(0, config.history_days - 1))
        .join(_contacts(facts, centers).lazy(), on="contact_id", how="left")
        .collect()
    )
    hand_raises = rows.filter(
        lookup(catalogue.hand_raise, pl.col("code")), pl.col("age") <= config.handover.hand_raise_days
    )
    rows = _with_person(rows.filter(~pl.col("excluded").fill_null(False)), facts)
    rows = _with_cap(rows, facts, config)
    decay = [2.0 ** (-age / config.half_life_days) for age in range(config.lookback_days)]
    decay += [0.0] * (config.history_days - config.lookback_days)
    multipliers = config.multipliers
    factors = tuple(float(getattr(multipliers, name)) for name in (*SENIORITIES, "anonymous"))
    base = lookup(catalogue.weights, pl.col("code")) * lookup(factors, pl.col("mult"))
    rows = rows.with_columns(base=base).with_columns(
        micro=pl.when("counted")
        .then((pl.col("base") * lookup(decay, pl.col("age")) * MICRO).round())
        .otherwise(0.0)
        .cast(pl.Int64)
    )
    return Touches(rows=rows.drop("mult"), hand_raises=hand_raises, catalogue=catalogue)


def _contacts(facts: Facts, centers: pl.DataFrame) -> pl.DataFrame:
    """What touches need of contacts: home account, multiplier's place, exclusion, index of the named center."""
    named = centers.filter(~pl.col("is_default")).select("center_id", named="c")
    return (
        facts.contacts.select(
            "contact_id",
            "center_id",
            home="account_id",
            mult=pl.col("seniority")
            .cast(pl.Enum(SENIORITIES), strict=False)
            .to_physical()
            .cast(pl.UInt32)
            .fill_null(OTHER),
            excluded="excluded",
        )
        .join(named, on="center_id", how="left")
        .drop("center_id")
    )


def _with_person(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Give every touch its person. A visitor belongs to one account; so does a contact's touch at an account not its own."""
    stranger = pl.col("contact_id").is_null() | (pl.col("home") != pl.col("account_id")).fill_null(False)
    strangers = rows.filter(stranger)
    rows = rows.with_columns(
        person=pl.when(~stranger).then("contact_id"),
        named=pl.when(~stranger).then("named"),
        mult=pl.when(pl.col("contact_id").is_null()).then(ANONYMOUS).otherwise(pl.col("mult").fill_null(OTHER)),
    ).drop("home", "excluded")
    if strangers.is_empty():
        return rows
    visitor = lookup_rows(facts.touches["visitor"], strangers["row"])
    keys = ["account_id", "contact_id", "visitor"]
    strangers = strangers.select("row", "account_id", "contact_id", visitor=visitor).with_columns(
        visitor=pl.when(pl.col("contact_id").is_null()).then("visitor")
    )
    people = strangers.select(keys).unique().with_row_index("index")
    strangers = strangers.join(people, on=keys, how="left", nulls_equal=True).select(
        "row", stranger=-1 - pl.col("index").cast(pl.Int64)
    )
    return (
        rows.join(strangers, on="row", how="left")
        .with_columns(person=pl.coalesce("person", "stranger"))
        .drop("stranger")
    )


def lookup_rows(column: pl.Series, rows: pl.Series) -> pl.Series:
    """The values of a column of the facts at these rows."""
    return column.gather(rows)


def _with_cap(rows: pl.DataFrame, facts: Facts, config: ScoringConfig) -> pl.DataFrame:
    """Mark the touches inside the daily cap: of one person, type and day the first ones by moment, then message id."""
    ages, codes = config.history_days, len(config.touch_types) + 1
    rows = rows.with_columns(heap=(pl.col("person") * ages + pl.col("age")) * codes + pl.col("code"))
    heaps = rows.group_by("heap").len().filter(pl.col("len") > config.daily_cap)
    if heaps.is_empty():
        return rows.drop("heap").with_columns(counted=pl.lit(True))
    crowded = rows.join(heaps, on="heap", how="semi").select("row", "heap", "occurred_at", "touch_id")
    beyond = (
        crowded.with_columns(message_id=lookup_rows(facts.touches["message_id"], crowded["row"]))
        .sort("heap", "occurred_at", "message_id", "touch_id")
        .filter(pl.int_range(pl.len()).over("heap") >= config.daily_cap)["row"]
    )
    return rows.drop("heap").with_columns(counted=~pl.col("row").is_in(beyond.implode()))
