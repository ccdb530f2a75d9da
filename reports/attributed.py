"""Credits of won or open amounts by channel, campaign and stakeholder: loads the paths, asks attribution.py (domain.md §6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from handoff.models import BuyingRole
from reports import asking, attribution
from reports.credits import Credits, money
from reports.made import Made
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
MOST_DIGITS = 18
# Of people the contact's id, of somebody unknown at an account the account's below zero; else a name.
Key = str | int


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
    labels = _labels(by_key["key"], options.by)
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
                _told_column(options.by),
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
        shares = _markov_shares(paths, by=options.by)
        if options.money == "won":  # they are among those that closed
            deals = {pk: deal for pk, deal in deals.items() if deal.won}
            paths = paths.filter("won")
        else:
            deals, paths = _paths(period, options, which=options.money)
        weight = _markov_weights(paths, shares)
    else:
        deals, paths = _paths(period, options, which=options.money)
        weight = attribution.weights(paths, options.model)
    weighed = paths.with_columns(weight=weight)
    return deals, weighed.with_columns(credit=attribution.allocate(weighed))


def _markov_weights(paths: pl.DataFrame, shares: pl.DataFrame) -> pl.Series:
    """A key's share of the whole chain, within one path by how the path uses the keys; linear where none counts."""
    import polars as pl

    others = shares.filter(pl.col("key") == OTHERS)["share"].sum() if shares.schema["key"] == pl.String() else 0.0
    framed = (
        paths.select("deal", "key")
        .join(shares, on="key", how="left", maintain_order="left")
        .select("deal", raw=pl.col("share").fill_null(others) / pl.len().over("deal", "key"))
    )
    top = pl.col("raw").max().over("deal")
    part = (pl.col("raw") / top * attribution.PARTS).round().cast(pl.Int64, strict=False)
    return framed.select(pl.when(top > 0).then(part).otherwise(1).alias("weight"))["weight"]


def _markov_shares(paths: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """Of everything that closed in the period: how often each step was taken, then the share of each key in the chain of it."""
    import polars as pl

    counts = paths.group_by("key").len()
    kept = counts if by == "person" else counts.sort("len", "key", descending=[True, False]).head(MOST_STATES)
    coded = kept.select(key=pl.col("key").sort()).with_row_index("code").with_columns(pl.col("code").cast(pl.Int64))
    if len(kept) < len(counts):
        rest = pl.DataFrame({"key": [OTHERS], "code": [len(coded)]}, schema={"code": pl.Int64(), "key": pl.String()})
        coded = pl.concat([coded, rest.select(coded.columns)])
    steps = (
        paths.select("deal", "key", "won")
        .join(coded, on="key", how="left", maintain_order="left")
        .select(
            "won",
            here=pl.col("code").fill_null(len(kept)),
            last=(pl.col("deal") != pl.col("deal").shift(-1)).fill_null(value=True),
        )
        .with_columns(there=pl.col("here").shift(-1), first=pl.col("last").shift(1, fill_value=True))
    )
    ends = pl.when("won").then(WON).otherwise(NOT_WON).cast(pl.Int64)
    taken = pl.concat(
        [
            steps.filter("first").select(here=pl.lit(START, pl.Int64), there="here"),
            steps.select("here", there=pl.when("last").then(ends).otherwise("there")),
        ]
    )
    # One number a step is counted in half the time of two.
    wide = len(coded) - NOT_WON
    counted = taken.group_by(step=(pl.col("here") - NOT_WON) * wide + pl.col("there") - NOT_WON).agg(count=pl.len())
    step = pl.col("step")
    shares = shares_of_steps(counted.select("count", here=step // wide + NOT_WON, there=step % wide + NOT_WON))
    return coded.join(shares, on="code").select("key", "share")


def _paths(period: Period, options: Options, *, which: str) -> tuple[dict[int, Deal], pl.DataFrame]:
    """The deals with the touches that count, each under its key."""
    import polars as pl

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
    if options.by in ("channel", "campaign"):
        return deals, paths.with_columns(key=pl.col(options.by))
    if options.by == "person":
        return deals, paths.with_columns(key=pl.coalesce("contact", -pl.col("account")))
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


_ACCOUNTS = "SELECT id, name FROM accounts_account WHERE id = ANY(%(accounts)s)"


def _labels(keys: pl.Series, by: str) -> pl.DataFrame:
    """What keys are called (key, label): people by name and account, since several may have one name."""
    import polars as pl

    if by != "person":
        return pl.DataFrame({"key": keys, "label": keys})
    found = asking.rows(_PEOPLE, {"people": keys.filter(keys > 0).to_list()})
    names = ("first", "last", "account")
    people = pl.DataFrame(found, schema={"key": pl.Int64(), **dict.fromkeys(names, pl.String())}, orient="row")
    strangers = asking.rows(_ACCOUNTS, {"accounts": (-keys.filter(keys < 0)).to_list()})
    accounts = pl.DataFrame(strangers, schema={"key": pl.Int64(), "name": pl.String()}, orient="row")
    nobody = pl.lit("Person ") + pl.col("key").cast(pl.String())
    name = pl.concat_str("first", "last", separator=" ").str.strip_chars()
    account = pl.col("account").fill_null("")
    known = pl.concat(
        [
            people.select(
                "key",
                label=pl.when(name == "").then(nobody).otherwise(name)
                + ", "
                + pl.when(account == "").then(pl.lit("no account")).otherwise(account),
            ),
            accounts.select(-pl.col("key"), label=pl.lit(f"{ANONYMOUS}, ") + pl.col("name")),
        ]
    )
    told = pl.lit("Person ") + _told_column(by)
    return keys.to_frame().join(known, on="key", how="left").select("key", pl.col("label").fill_null(told))


def _of_key(credited: pl.DataFrame, key: str, by: str) -> pl.DataFrame:
    import polars as pl

    return credited.filter(pl.col("key") == _read(key, by))


def _told_column(by: str) -> pl.Expr:
    """Keys as addresses and files tell them."""
    import polars as pl

    key = pl.col("key")
    if by != "person":
        return key
    unknown = pl.lit("account-") + (-key).cast(pl.String())
    return pl.when(key < 0).then(unknown).otherwise(key.cast(pl.String())).alias("key")


def _read(key: str, by: str) -> Key:
    """The key that was told so; of people one that nobody has where it is none."""
    if by != "person":
        return key
    number = key.removeprefix("account-")
    if not number.isdecimal() or not number.isascii() or len(number) > MOST_DIGITS:
        return 0
    return int(number) if number == key else -int(number)


def _totals(deals: Any) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals:
        totals[deal.currency] += deal.amount
    return dict(totals)
