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


def places(ids: pl.Series, keys: pl.Series) -> pl.Series:
    """For each key its place among the distinct ids, null where it is none.

    Ids of a table lie close together, so a table by id finds them some ten times as fast as a join; where they do not, it is
    a join.
    """
    low, high = ids.min(), ids.max()
    if not isinstance(low, int) or not isinstance(high, int):
        return pl.repeat(None, len(keys), dtype=pl.UInt32, eager=True)
    # For few, what a table costs to set up is more than a join costs.
    if len(keys) < 5_000 or high - low > 4 * (len(ids) + len(keys)):
        return keys.to_frame("id").join(
            ids.to_frame("id").with_row_index("place"), on="id", how="left", maintain_order="left"
        )["place"]
    table = pl.repeat(None, high - low + 1, dtype=pl.UInt32, eager=True)
    table = table.scatter(ids - low, pl.int_range(len(ids), dtype=pl.UInt32, eager=True))
    inside = (
        keys.to_frame("id").select(pl.when(pl.col("id").is_between(low, high)).then(pl.col("id") - low)).to_series()
    )
    return table.gather(inside)


@dataclass(frozen=True)
class Touches:
    """`rows`: the touches of nobody excluded, `history_days` back. `hand_raises`: those young enough, of anybody.

    Columns of `rows`: row (in the facts), touch_id, account_id, contact_id, person, named (index of the named center, else
    null), theme_id, occurred_at, code, age, minutes, base (points before decay), counted (inside the daily cap), micro (0
    beyond the look-back or the cap). `person` numbers people: a contact at its own account has its place in the facts,
    below `residents`; above it come visitors, and contacts at an account not their own.
    """

    rows: pl.DataFrame
    hand_raises: pl.DataFrame
    catalogue: Catalogue
    residents: int


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
        .collect()
    )
    contacts = _contacts(facts, centers)
    person = places(contacts["contact_id"], rows["contact_id"])
    rows = rows.with_columns(
        person.cast(pl.Int64).alias("person"),
        *(contacts[name].gather(person).alias(name) for name in ("home", "mult", "excluded", "named")),
    )
    away = (pl.col("home") != pl.col("account_id")).fill_null(True)
    rows = rows.with_columns(stranger=pl.col("contact_id").is_null() | away)
    raised = lookup(catalogue.hand_raise, pl.col("code")) & (pl.col("age") <= config.handover.hand_raise_days)
    hand_raises = rows.filter(raised)
    rows = rows.filter(~pl.col("excluded").fill_null(False)).drop("home", "excluded")
    rows = _with_cap(_with_person(rows, facts), facts, config)
    decay = [2.0 ** (-age / config.half_life_days) for age in range(config.lookback_days)]
    decay += [0.0] * (config.history_days - config.lookback_days)
    factors = (*(float(getattr(config.multipliers, name)) for name in SENIORITIES), config.multipliers.anonymous)
    rows = rows.with_columns(
        base=lookup(catalogue.weights, pl.col("code")) * lookup(factors, pl.col("mult"))
    ).with_columns(
        micro=pl.when("counted")
        .then((pl.col("base") * lookup(decay, pl.col("age")) * MICRO).round().cast(pl.Int64))
        .otherwise(0)
    )
    return Touches(
        rows=rows.drop("mult", "stranger"),
        hand_raises=hand_raises,
        catalogue=catalogue,
        residents=facts.contacts.height,
    )


def _contacts(facts: Facts, centers: pl.DataFrame) -> pl.DataFrame:
    """What touches need of contacts, in their order: home account, multiplier's place, exclusion, index of the named center."""
    contacts = facts.contacts.select(
        "contact_id",
        "center_id",
        "excluded",
        home="account_id",
        mult=pl.col("seniority")
        .cast(pl.Enum(SENIORITIES), strict=False)
        .to_physical()
        .cast(pl.UInt32)
        .fill_null(OTHER),
    )
    named = centers.filter(~pl.col("is_default")).select("center_id", named="c")
    if named.is_empty():
        return contacts.drop("center_id").with_columns(named=pl.lit(None, dtype=pl.UInt32))
    return contacts.join(named, on="center_id", how="left", maintain_order="left").drop("center_id")


def _with_person(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """Number the strangers. A visitor belongs to one account; so does a contact's touch at an account not its own."""
    mult = pl.when(pl.col("contact_id").is_null()).then(ANONYMOUS).otherwise(pl.col("mult").fill_null(OTHER))
    rows = rows.with_columns(mult=mult)
    strangers = rows.filter("stranger").select("row", "account_id", "contact_id")
    if strangers.is_empty():
        return rows
    visitor = facts.touches["visitor"].gather(strangers["row"])
    strangers = strangers.with_columns(visitor=pl.when(pl.col("contact_id").is_null()).then(visitor))
    keys = ["account_id", "contact_id", "visitor"]
    numbers = strangers.select(keys).unique().with_row_index("number")
    person = strangers.join(numbers, on=keys, how="left", nulls_equal=True, maintain_order="left")["number"]
    person = person.cast(pl.Int64) + facts.contacts.height
    # The n-th stranger among the rows takes the n-th number.
    nth = (pl.col("stranger").cum_sum().cast(pl.Int64) - 1).clip(lower_bound=0)
    return rows.with_columns(
        person=pl.when("stranger").then(pl.lit(person).gather(nth)).otherwise("person"),
        named=pl.when(~pl.col("stranger")).then("named"),
    )


def _with_cap(rows: pl.DataFrame, facts: Facts, config: ScoringConfig) -> pl.DataFrame:
    """Mark the touches inside the daily cap: of one person, type and day the first ones by moment, then message id."""
    ages, codes = config.history_days, len(config.touch_types) + 1
    heap = (pl.col("person") * ages + pl.col("age")) * codes + pl.col("code")
    heaps = rows.select(heap=heap).to_series()
    # Sorted, a heap with too many shows where a key comes again `daily_cap` places later.
    ordered = heaps.sort()
    crowded_heaps = ordered.filter(ordered == ordered.shift(config.daily_cap)).unique()
    if crowded_heaps.is_empty():
        return rows.with_columns(counted=pl.lit(True))
    crowded = rows.select("row", "occurred_at", heap=heaps).join(crowded_heaps.to_frame("heap"), on="heap", how="semi")
    beyond = (
        crowded.with_columns(turn=facts.touches["turn"].gather(crowded["row"]))
        .sort("heap", "occurred_at", "turn")
        .filter(pl.int_range(pl.len()).over("heap") >= config.daily_cap)["row"]
    )
    return rows.with_columns(counted=~pl.col("row").is_in(beyond.implode()))
