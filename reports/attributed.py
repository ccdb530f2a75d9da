"""Credits of won or open amounts by channel, campaign and stakeholder: loads the paths, asks attribution.py (domain.md §6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from handoff.models import BuyingRole
from reports import asking, attribution
from reports.markov import NOT_WON, START, WON, shares_of_steps
from reports.paths import Deal, load_paths
from reports.period import Period

if TYPE_CHECKING:
    import polars as pl

BY = {"channel": "Channel", "campaign": "Campaign", "person": "Person", "persona": "Persona", "role": "Buying role"}
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
UNKNOWN = "(unknown)"
ANONYMOUS = "(anonymous)"
# A chain of more would take seconds: the keys that come least often are one there.
MOST_STATES = 100
OTHERS = "(all others)"
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
class Credit:
    """What one channel, campaign or stakeholder is credited with, by currency; and how many opportunities it touched."""

    key: str
    label: str
    amounts: dict[str, Decimal]
    touches: int
    opportunities: int


@dataclass(frozen=True)
class Attribution:
    """Credits, the totals they sum to, and what had no touch to credit.

    `daily` has the same credits by currency and the day on which the opportunity closed (an open one: was created), of the
    MOST_DRAWN keys with the most credit; the others are one, OTHERS.
    """

    credits: Sequence[Credit]
    totals: dict[str, Decimal]
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
    import polars as pl  # not at import: see signals/tasks.py

    deals, credited = _credited(period, options)
    currencies = pl.DataFrame(
        {
            "deal": list(deals),
            "currency": [deal.currency for deal in deals.values()],
            "day": [
                deal.closed_on if deal.won and deal.closed_on else deal.created_at.date() for deal in deals.values()
            ],
        },
        schema={"deal": pl.Int64(), "currency": pl.String(), "day": pl.Date()},
    )
    credited = credited.join(currencies, on="deal")
    by_key = credited.group_by("key", "currency").agg(
        pl.col("credit").sum(), touches=pl.len(), deals=pl.col("deal").n_unique()
    )
    amounts: dict[str, dict[str, Decimal]] = defaultdict(dict)
    counts: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for key, currency, cents, touches, opportunities in by_key.iter_rows():
        amounts[key][currency] = _money(cents)
        counts[key] = (counts[key][0] + touches, counts[key][1] + opportunities)
    labels = _labels(amounts, options.by)
    rows = [Credit(key, labels[key], amounts[key], *counts[key]) for key in amounts]
    rows.sort(key=lambda row: (-max(row.amounts.values()), row.label, row.key))
    touched = set(credited["deal"].unique().to_list())
    drawn = {row.key: row.label for row in rows[:MOST_DRAWN]}
    by_day = (
        credited.with_columns(key=pl.col("key").replace_strict(drawn, default=OTHERS, return_dtype=pl.String))
        .group_by("day", "key", "currency")
        .agg(pl.col("credit").sum())
        .sort("day", "key", "currency")
    )
    return Attribution(
        rows,
        _totals(deals.values()),
        _totals(deal for pk, deal in deals.items() if pk not in touched),
        len(deals),
        [(day, label, currency, _money(cents)) for day, label, currency, cents in by_day.iter_rows()],
    )


def touch_credits(period: Period, options: Options, key: str) -> list[TouchCredit]:
    """The touches behind a credit, opportunity by opportunity."""
    import polars as pl

    deals, credited = _credited(period, options)
    found = credited.filter(pl.col("key") == key).select(
        "deal", "at", "channel", "campaign", "contact", "key", "credit"
    )
    return [
        TouchCredit(
            deals[deal], datetime.fromtimestamp(at / 1_000_000, UTC), channel, campaign, contact, name, _money(cents)
        )
        for deal, at, channel, campaign, contact, name, cents in found.iter_rows()
    ]


def deals_of(period: Period, options: Options, *, untouched: bool | None = None, key: str = "") -> list[Deal]:
    """The opportunities whose amounts are credited; those of them with or without any touch; those credited to a key."""
    import polars as pl

    deals, credited = _credited(period, options)
    touched = set((credited.filter(pl.col("key") == key) if key else credited)["deal"].unique().to_list())
    if key:
        untouched = False
    return [deal for pk, deal in deals.items() if untouched is None or (pk not in touched) == untouched]


def _credited(period: Period, options: Options) -> tuple[dict[int, Deal], pl.DataFrame]:
    """The deals, and their touches with `key` and `credit` in cents."""
    import polars as pl

    if options.model == "markov":
        deals, paths = _paths(period, options, which="closed")
        shares = _markov_shares(deals, paths, by=options.by)
        if options.money == "won":  # they are among those that closed
            deals = {pk: deal for pk, deal in deals.items() if deal.won}
            paths = paths.filter(pl.col("deal").is_in(list(deals)))
        else:
            deals, paths = _paths(period, options, which=options.money)
        weight = _markov_weights(paths, shares)
    else:
        deals, paths = _paths(period, options, which=options.money)
        weight = attribution.weights(paths, options.model)
    weighed = paths.with_columns(weight=weight).with_columns(
        cents=pl.col("deal").replace_strict(
            list(deals), [_cents(deal.amount) for deal in deals.values()], return_dtype=pl.Int64
        )
    )
    return deals, weighed.with_columns(credit=attribution.allocate(weighed))


def _markov_weights(paths: pl.DataFrame, shares: Mapping[str, float]) -> pl.Series:
    """A key's share of the whole chain, within one path by how the path uses the keys; linear where none counts."""
    import polars as pl

    share = pl.col("key").replace_strict(
        list(shares), list(shares.values()), default=shares.get(OTHERS, 0.0), return_dtype=pl.Float64
    )
    framed = paths.select("deal", raw=share / pl.len().over("deal", "key"))
    top = pl.col("raw").max().over("deal")
    part = (pl.col("raw") / top * attribution.PARTS).round().cast(pl.Int64, strict=False)
    return framed.select(pl.when(top > 0).then(part).otherwise(1).alias("weight"))["weight"]


def _markov_shares(deals: Mapping[int, Deal], paths: pl.DataFrame, *, by: str) -> dict[str, float]:
    """Of everything that closed in the period: how often each step was taken, then the chain of it."""
    import polars as pl

    most = paths["key"].value_counts(sort=True).sort("count", "key", descending=[True, False])["key"].to_list()
    if by != "person" and len(most) > MOST_STATES:
        paths = paths.with_columns(
            key=pl.when(pl.col("key").is_in(most[:MOST_STATES])).then("key").otherwise(pl.lit(OTHERS))
        )
    ends = {pk: WON if deal.won else NOT_WON for pk, deal in deals.items()}
    end = pl.col("deal").replace_strict(list(ends), list(ends.values()), return_dtype=pl.String)
    steps = paths.select(
        here=pl.col("key").shift(1).over("deal").fill_null(START),
        there=pl.col("key"),
        end=pl.when(pl.int_range(pl.len()).over("deal") == pl.len().over("deal") - 1).then(end),
    )
    counted = {
        (here, there): count
        for here, there, count in [
            *steps.group_by("here", "there").len().iter_rows(),
            *steps.filter(pl.col("end").is_not_null()).group_by("there", "end").len().iter_rows(),
        ]
    }
    return shares_of_steps(counted)


def _paths(period: Period, options: Options, *, which: str) -> tuple[dict[int, Deal], pl.DataFrame]:
    """The deals with the touches that count, each under its key."""
    import polars as pl

    deals, paths = load_paths(period, which=which, lookback=options.lookback, until_close=options.model == "full_path")
    paths = paths.with_columns(channel=_or_unknown("channel"), campaign=_or_unknown("campaign"))
    if options.skip_direct:
        paths = attribution.without_direct(paths)
    if options.collapse:
        paths = attribution.collapse_repeats(paths)
    if options.by in ("channel", "campaign"):
        return deals, paths.with_columns(key=pl.col(options.by))
    if options.by == "person":
        account = pl.col("account").cast(pl.String)
        named = pl.col("contact").cast(pl.String)
        return deals, paths.with_columns(
            key=pl.when(pl.col("contact").is_null()).then(pl.lit("account-") + account).otherwise(named)
        )
    if options.by == "persona":
        return deals, paths.with_columns(key=_personas(paths).fill_null(UNKNOWN))
    return deals, paths.with_columns(key=_roles(paths).fill_null(UNKNOWN))


def _or_unknown(name: str) -> pl.Expr:
    import polars as pl

    return pl.when(pl.col(name).fill_null("") == "").then(pl.lit(UNKNOWN)).otherwise(name)


_PERSONAS_NOW = """
SELECT c.id, p.name FROM accounts_contact c LEFT JOIN accounts_persona p ON p.id = c.persona_id WHERE c.id = ANY(%(people)s)"""
_PERSONAS = """
SELECT f.contact_id, (date_part('epoch', f.known_from) * 1000000)::bigint, p.name
FROM accounts_contactfact f LEFT JOIN accounts_persona p ON p.id = (f.value #>> '{}')::bigint
WHERE f.contact_id = ANY(%(people)s) AND f.field = 'persona' ORDER BY f.contact_id, f.known_from, f.id"""


def _personas(paths: pl.DataFrame) -> pl.Series:
    """The name of the persona that each touch's person was at that moment; of a touch before anything was known, the first known.

    In a closed month what became known later does not count. Null where there is none.
    """
    import polars as pl

    people = paths["contact"].drop_nulls().unique().to_list()
    now, known = asking.rows(_PERSONAS_NOW, {"people": people}), asking.rows(_PERSONAS, {"people": people})
    schema = {"contact": pl.Int64(), "at": pl.Int64(), "persona": pl.String()}
    history = pl.DataFrame(known, schema=schema, orient="row").sort("at", maintain_order=True)
    first = history.unique("contact", keep="first", maintain_order=True).rename({"at": "first_at", "persona": "first"})
    ever = pl.DataFrame(now, schema={"contact": pl.Int64(), "now": pl.String()}, orient="row")
    found = (
        paths.select("contact", "at", "known")
        .with_row_index("row")
        .sort("at", maintain_order=True)
        .join_asof(history.with_columns(since="at"), on="at", by="contact", strategy="backward", check_sortedness=False)
        .join(first, on="contact", how="left")
        .join(ever, on="contact", how="left")
        .sort("row")
    )
    in_time = pl.col("known").is_null() | (pl.col("first_at") <= pl.col("known"))
    of_history = pl.when(pl.col("since").is_not_null()).then("persona").when(in_time).then("first")
    return found.select(pl.when(pl.col("first_at").is_not_null()).then(of_history).otherwise("now").alias("key"))["key"]


_ROLES = """
SELECT s.contact_id, s.role, s.id, COALESCE((date_part('epoch', s.since) * 1000000)::bigint, %(always)s),
       COALESCE((date_part('epoch', s.until) * 1000000)::bigint, %(ever)s)
FROM handoff_buyingrolespell s WHERE s.contact_id = ANY(%(people)s)"""
_ALWAYS, _EVER = -(2**62), 2**62


def _roles(paths: pl.DataFrame) -> pl.Series:
    """The buying role that each touch's person had at that moment (of several the one had longest), as personas are found.

    Null where there was none.
    """
    import polars as pl

    people = paths["contact"].drop_nulls().unique().to_list()
    rows = asking.rows(_ROLES, {"people": people, "always": _ALWAYS, "ever": _EVER})
    spells = pl.DataFrame(
        rows,
        schema={"contact": pl.Int64(), "role": pl.String(), "spell": pl.Int64(), "since": pl.Int64(), "until": pl.Int64()},
        orient="row",
    ).with_columns(first=pl.col("since").min().over("contact"))  # fmt: skip
    touches = paths.select("contact", "at", "known").with_row_index("row")
    in_time = pl.col("known").is_null() | (pl.col("first") <= pl.col("known"))
    had = (pl.col("since") <= pl.col("at")) & (pl.col("at") < pl.col("until"))
    to_have = (pl.col("at") < pl.col("first")) & (pl.col("since") == pl.col("first")) & in_time
    found = (
        touches.join(spells, on="contact")
        .filter(had | to_have)
        .sort("since", "spell")
        .unique("row", keep="first", maintain_order=True)
        .select("row", key=pl.col("role").replace_strict(dict(BuyingRole.choices), return_dtype=pl.String))
    )
    return touches.join(found, on="row", how="left", maintain_order="left")["key"]


_PEOPLE = """
SELECT c.id, c.first_name, c.last_name, a.name
FROM accounts_contact c LEFT JOIN accounts_account a ON a.id = c.account_id WHERE c.id = ANY(%(people)s)"""


def _labels(keys: Mapping[str, Any], by: str) -> dict[str, str]:
    """What keys are called: people by name and account, since several may have one name."""
    if by != "person":
        return {key: key for key in keys}
    people = [int(key) for key in keys if key.isdigit()]
    labels = {
        str(pk): f"{f'{first} {last}'.strip() or f'Person {pk}'}, {account or 'no account'}"
        for pk, first, last, account in asking.rows(_PEOPLE, {"people": people})
    }
    strangers = [int(key.removeprefix("account-")) for key in keys if not key.isdigit()]
    found = asking.rows("SELECT id, name FROM accounts_account WHERE id = ANY(%(accounts)s)", {"accounts": strangers})
    labels |= {f"account-{pk}": f"{ANONYMOUS}, {name}" for pk, name in found}
    return {key: labels.get(key, f"Person {key}") for key in keys}


def _totals(deals: Any) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals:
        totals[deal.currency] += deal.amount
    return dict(totals)


def _cents(amount: Decimal) -> int:
    return int(amount.scaleb(2).to_integral_exact())


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
