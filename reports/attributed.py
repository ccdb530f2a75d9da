"""Credits of won or open amounts by channel, campaign and stakeholder: loads the paths, asks attribution.py (domain.md §6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from reports import attribution, chains, keys
from reports.credits import OTHERS, Credits, money
from reports.made import Made
from reports.paths import Deal, load_paths
from reports.period import Period

if TYPE_CHECKING:
    import polars as pl

MODELS = {
    "first": "First touch",
    "last": "Last touch",
    "linear": "Linear",
    "u": "U 40-20-40",
    "w": "W 30-30-30-10",
    "full_path": "Full path",
    "time_decay": "Time decay, 7 days",
    "markov": "Data-driven (Markov)",
}
MOST_DRAWN = 6


@dataclass(frozen=True)
class Options:
    """The visible choices: which money, which model, by what, how far back, how touches are read."""

    money: str = "won"
    model: str = "w"
    by: str = "channel"
    lookback: int = 180
    skip_direct: bool = False
    collapse: bool = False

    @property
    def query(self) -> dict[str, str]:
        """What a page is asked for them."""
        said = {"money": self.money, "credit": self.model, "by": self.by, "lookback": str(self.lookback)}
        switches = {"skip_direct": self.skip_direct, "collapse": self.collapse}
        return said | {name: "on" for name, is_on in switches.items() if is_on}


@dataclass(frozen=True)
class Attribution:
    """Credits, the totals they sum to, and what had no touch to credit; `credited` and `untouched` add up to the totals.

    `daily` has the same credits by currency and the day on which the opportunity closed (an open one: was created), of the
    MOST_DRAWN keys with the most credit; the others are one, OTHERS.
    """

    credits: Credits
    totals: dict[str, Decimal]
    credited: dict[str, Decimal]
    untouched: dict[str, Decimal]
    opportunities: int
    daily: Sequence[tuple[date, str, str, Decimal]]


@dataclass(frozen=True)
class TouchCredit:
    """One touch with its share of one opportunity's amount."""

    deal: Deal
    at: datetime
    channel: str
    campaign: str
    contact_id: int | None
    key: str
    amount: Decimal


def attribute(period: Period, options: Options) -> Attribution:
    """Credits of the period's won (or open) amounts. They sum to the amounts of the touched, to the cent."""
    return _summed(*_credited(period, options), options)


def attribute_both(period: Period, before: Period, options: Options) -> tuple[Attribution, Attribution]:
    """What `attribute` gives of each; of a period and the days right before it the touches are loaded once."""
    import polars as pl  # not at import: see signals/tasks.py

    both = period.joined(before)
    if options.model == "markov" or both is None:
        return attribute(period, options), attribute(before, options)
    deals, credited = _credited(both, options)
    is_now = pl.col("day") >= period.start
    return (
        _summed({pk: deal for pk, deal in deals.items() if deal.day >= period.start}, credited.filter(is_now), options),
        _summed({pk: deal for pk, deal in deals.items() if deal.day < period.start}, credited.filter(~is_now), options),
    )


def _summed(deals: dict[int, Deal], credited: pl.DataFrame, options: Options) -> Attribution:
    import polars as pl

    by_key = (
        credited.group_by("key", "currency")
        .agg(pl.col("credit").sum(), touches=pl.len(), deals=pl.col("deal").n_unique())
        .group_by("key")
        .agg("currency", "credit", pl.col("touches").sum(), pl.col("deals").sum(), most=pl.col("credit").max())
    )
    labels = keys.labels(by_key["key"], options.by)
    by_key = by_key.join(labels, on="key", how="left").sort("most", "label", "key", descending=[True, False, False])
    drawn = by_key.head(MOST_DRAWN).select("key", "label")
    by_day = (
        credited.join(drawn, on="key", how="left")
        .group_by("day", pl.col("label").fill_null(OTHERS), "currency")
        .agg(pl.col("credit").sum())
        .sort("day", "label", "currency")
    )
    sums = credited.group_by("currency").agg(pl.col("credit").sum())
    touched = set(credited["deal"].unique().to_list())
    return Attribution(
        Credits(
            by_key.select(
                keys.told(options.by),
                "label",
                currencies="currency",
                cents="credit",
                touches="touches",
                opportunities="deals",
            )
        ),
        _totals(deals.values()),
        {currency: money(cents) for currency, cents in sums.iter_rows()},
        _totals(deal for pk, deal in deals.items() if pk not in touched),
        len(deals),
        [(day, label, currency, money(cents)) for day, label, currency, cents in by_day.iter_rows()],
    )


def touch_credits(period: Period, options: Options, key: str) -> Sequence[TouchCredit]:
    """The touches behind a credit, opportunity by opportunity."""
    deals, credited = _credited(period, options)
    found = _of_key(credited, key, options.by).select("deal", "at", "channel", "campaign", "contact", "credit")

    def make(one: tuple[int, int, str, str, int | None, int]) -> TouchCredit:
        deal, at, channel, campaign, contact, cents = one
        moment = datetime.fromtimestamp(at / 1_000_000, UTC)
        return TouchCredit(deals[deal], moment, channel, campaign, contact, key, money(cents))

    return Made(found.rows(), make)


def deals_of(period: Period, options: Options, *, untouched: bool | None = None, key: str = "") -> list[Deal]:
    """The opportunities whose amounts are credited; those of them with or without any touch; those credited to a key."""
    deals, credited = _credited(period, options)
    if key:
        credited, untouched = _of_key(credited, key, options.by), False
    touched = set(credited["deal"].unique().to_list())
    return [deal for pk, deal in deals.items() if untouched is None or (pk not in touched) == untouched]


def _credited(period: Period, options: Options) -> tuple[dict[int, Deal], pl.DataFrame]:
    """The deals, and their touches with `key` and `credit` in cents."""
    if options.model == "markov":
        deals, paths = _paths(period, options, which="closed")
        shares = chains.shares_of(paths, by=options.by)
        if options.money == "won":  # they are among those that closed
            deals = {pk: deal for pk, deal in deals.items() if deal.won}
            paths = paths.filter("won")
        else:
            deals, paths = _paths(period, options, which=options.money)
        weight = chains.weights(paths, shares)
    else:
        deals, paths = _paths(period, options, which=options.money)
        weight = attribution.weights(paths, options.model)
    weighed = paths.with_columns(weight=weight)
    return deals, weighed.with_columns(credit=attribution.allocate(weighed))


def _paths(period: Period, options: Options, *, which: str) -> tuple[dict[int, Deal], pl.DataFrame]:
    """The deals with the touches that count, each under its key."""
    deals, paths = load_paths(
        period,
        which=which,
        lookback=options.lookback,
        until_close=options.model == "full_path",
        milestones=options.model in ("w", "full_path"),
    )
    paths = paths.with_columns(channel=_or_unknown("channel"), campaign=_or_unknown("campaign"))
    if options.skip_direct:
        paths = attribution.without_direct(paths)
    if options.collapse:
        paths = attribution.collapse_repeats(paths)
    return deals, paths.with_columns(key=keys.of_touches(paths, options.by))


def _or_unknown(name: str) -> pl.Expr:
    import polars as pl

    return pl.when(pl.col(name).fill_null("") == "").then(pl.lit(keys.UNKNOWN)).otherwise(name)


def _of_key(credited: pl.DataFrame, key: str, by: str) -> pl.DataFrame:
    import polars as pl

    return credited.filter(pl.col("key") == keys.read(key, by))


def _totals(deals: Any) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals:
        totals[deal.currency] += deal.amount
    return dict(totals)
