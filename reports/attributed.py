"""Credits of won or open amounts by channel, campaign and stakeholder: loads the paths, asks attribution.py (domain.md §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from reports import attribution, chains, keys
from reports.credits import OTHERS, Credits, money
from reports.deal_columns import Deal, moment_of, rows_of
from reports.made import Made
from reports.paths import load_paths
from reports.period import Period
from signals.touches_sql import TEXTS

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
    return _summed(_load(period, options), options)


def attribute_both(period: Period, before: Period, options: Options) -> tuple[Attribution, Attribution]:
    """What `attribute` gives of each; of a period and the days right before it the touches are loaded once."""
    import polars as pl  # not at import: see signals/tasks.py

    both = period.joined(before)
    if both is None:
        return attribute(period, options), attribute(before, options)
    loaded = _load(both, options)
    is_now, closed_now = pl.col("day") >= period.start, pl.col("closed").cast(pl.Datetime("us")) >= period.start
    return _summed(loaded.narrowed(is_now, closed_now), options), _summed(
        loaded.narrowed(~is_now, ~closed_now), options
    )


class _Loaded(NamedTuple):
    """Deals with their touches: those whose amounts are credited, and of Markov everything that closed."""

    deals: pl.DataFrame
    paths: pl.DataFrame
    counted: pl.Expr
    closed: pl.Expr | None

    def narrowed(self, counted: pl.Expr, closed: pl.Expr) -> _Loaded:
        """To deals whose amounts count on some days, and to what closed on them."""
        return self._replace(
            counted=self.counted & counted, closed=None if self.closed is None else self.closed & closed
        )

    def of(self, which: pl.Expr, names: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Some deals, and their touches with columns of theirs."""
        is_one, here = self.deals.select(which).to_series(), self.paths["deal"]
        paths = self.paths if is_one.all() else self.paths.filter(is_one.gather(here))
        return self.deals.filter(is_one), paths.with_columns(self.deals[name].gather(paths["deal"]) for name in names)


def _summed(loaded: _Loaded, options: Options) -> Attribution:
    import polars as pl

    deals, touches = _credited(loaded, options)
    credited = (
        touches.group_by("deal", "key")
        .agg(pl.col("credit").sum(), touches=pl.len())
        .join(deals.select("deal", "currency", "day"), on="deal")
    )
    by_key = (
        credited.group_by("key", "currency")
        .agg(pl.col("credit").sum(), pl.col("touches").sum(), deals=pl.len())
        .group_by("key")
        .agg(
            currencies=pl.col("currency").cast(pl.String()),
            cents="credit",
            touches=pl.col("touches").sum(),
            opportunities=pl.col("deals").sum(),
        )
    )
    credits_ = Credits(by_key, partial(keys.names, by=options.by))
    is_touched = pl.col("deal").is_in(credited["deal"].unique().implode())
    return Attribution(
        credits_,
        _totals(deals),
        _totals(deals.filter(is_touched)),
        _totals(deals.filter(~is_touched)),
        len(deals),
        _daily(credited, credits_.named(0, MOST_DRAWN).select("key", "label")),
    )


def _daily(credited: pl.DataFrame, drawn: pl.DataFrame) -> Sequence[tuple[date, str, str, Decimal]]:
    """Day, label, currency and amount: of the keys that are drawn, and of all others."""
    import polars as pl

    by_day = (
        credited.join(drawn, on="key", how="left")
        .group_by("day", pl.col("label").fill_null(OTHERS), pl.col("currency").cast(pl.String()))
        .agg(pl.col("credit").sum())
        .sort("day", "label", "currency")
    )
    return [(day, label, currency, money(cents)) for day, label, currency, cents in by_day.iter_rows()]


def touch_credits(period: Period, options: Options, key: str) -> Sequence[TouchCredit]:
    """The touches behind a credit, opportunity by opportunity."""
    of_deals, credited = _credited(_load(period, options, shown=True), options)
    found = (
        keys.only(credited, key, options.by)
        .select("deal", "at", "channel", "campaign", "contact", "credit")
        .join(of_deals, on="deal", maintain_order="left")
        .sort("opportunity", "known", nulls_last=True, maintain_order=True)
    )
    deals = rows_of(found)
    touches = found.select("at", "channel", "campaign", "contact", "credit")

    def make(place: int) -> TouchCredit:
        at, channel, campaign, contact, cents = touches.row(place)
        return TouchCredit(deals[place], moment_of(at), channel, campaign, contact, key, money(cents))

    return Made(range(len(found)), make)


def deals_of(period: Period, options: Options, *, untouched: bool | None = None, key: str = "") -> Sequence[Deal]:
    """The opportunities whose amounts are credited; those of them with or without any touch; those credited to a key."""
    import polars as pl

    deals, credited = _credited(_load(period, options), options)
    if key:
        credited, untouched = keys.only(credited, key, options.by), False
    is_touched = pl.col("deal").is_in(credited["deal"].unique().implode())
    return rows_of(
        (deals if untouched is None else deals.filter(is_touched != untouched)).sort(
            "opportunity", "known", nulls_last=True
        )
    )


def _credited(loaded: _Loaded, options: Options) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The deals whose amounts are credited, and their touches with `credit` in cents."""
    if loaded.closed is None:
        moments = [name for name in attribution.MOMENTS if name in loaded.deals]
        deals, paths = loaded.of(loaded.counted, ["cents", *moments])
        weight = attribution.weights(paths, options.model)
    else:
        deals, paths = loaded.of(loaded.counted, ["cents"])
        _, closed = loaded.of(loaded.closed, ["won"])
        weight = chains.weights(paths, chains.shares_of(closed, by=options.by))
    weighed = paths.with_columns(weight=weight)
    return deals, weighed.with_columns(credit=attribution.allocate(weighed))


def _load(period: Period, options: Options, *, shown: bool = False) -> _Loaded:
    """`shown`: with everything that rows show of touches."""
    import polars as pl

    if options.model != "markov":
        return _Loaded(*_paths(period, options, which=options.money, shown=shown), pl.col(options.money), None)
    which = "closed" if options.money == "won" else "closed or open"
    return _Loaded(*_paths(period, options, which=which, shown=shown), pl.col(options.money), ~pl.col("open"))


def _paths(period: Period, options: Options, *, which: str, shown: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The deals, and their touches that count, each under its key."""
    texts = [
        *(["channels"] if shown or options.by == "channel" or options.skip_direct or options.collapse else []),
        *(["campaigns"] if shown or options.by == "campaign" else []),
    ]
    deals, paths = load_paths(
        period,
        which=which,
        lookback=options.lookback,
        until_close=options.model == "full_path",
        milestones=options.model in ("w", "full_path"),
        texts=texts,
    )
    paths = paths.with_columns(_or_unknown(TEXTS[name]).alias(TEXTS[name]) for name in texts)
    if options.skip_direct:
        paths = attribution.without_direct(paths)
    if options.collapse:
        paths = attribution.collapse_repeats(paths)
    return deals, paths.with_columns(key=keys.of_touches(deals, paths, options.by))


def _or_unknown(name: str) -> pl.Expr:
    import polars as pl

    return pl.when(pl.col(name).fill_null("") == "").then(pl.lit(keys.UNKNOWN)).otherwise(name)


def _totals(deals: pl.DataFrame) -> dict[str, Decimal]:
    import polars as pl

    sums = deals.group_by(pl.col("currency").cast(pl.String()), maintain_order=True).agg(pl.col("cents").sum())
    return {currency: money(cents) for currency, cents in sums.iter_rows()}
