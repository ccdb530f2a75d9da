"""MQA → opportunity, deal velocity, win rate and deal size (domain.md §6), from the rows of cohorts.py. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from reports.cohorts import WINDOW_DAYS, Deal, Mqa, Tally
from reports.statistics import Share, quantile

SECONDS_A_DAY = 86_400


@dataclass(frozen=True)
class Velocity:
    """Days of one leg: how many were measured, and how they spread; negative ones are counted, not measured."""

    leg: str
    count: int
    fastest: float | None
    p25: float | None
    median: float | None
    p75: float | None
    p90: float | None
    slowest: float | None
    negative: int


class Cycle(NamedTuple):
    """Mean days from creation to closing, and of how many; those whose dates contradict each other are left out."""

    days: float | None
    deals: int


@dataclass(frozen=True)
class Group:
    """Closed opportunities of one kind: mean amounts by currency, over won ones that name one; days of all and of won ones."""

    name: str
    won: int
    lost: int
    mean_amount: dict[str, Decimal]
    with_amount: int
    cycle: Cycle
    won_cycle: Cycle

    @property
    def win_rate(self) -> Share:
        """Won / (won + lost)."""
        return Share(self.won, self.won + self.lost)


def conversion(cohort: Sequence[Mqa], *, now: datetime) -> tuple[Share, int]:
    """The share of the cohort with an opportunity within the window, and how many still have time left.

    Those whose window is still open count in the whole, so the share can only rise; say the number beside it.
    """
    open_windows = sum(mqa.created_at is None and not is_over(mqa, now=now) for mqa in cohort)
    return Share(sum(mqa.created_at is not None for mqa in cohort), len(cohort)), open_windows


def conversion_over(cohort: Sequence[Mqa], *, now: datetime) -> Share:
    """The same share, of those alone whose window is over: cohorts of any age compare by it."""
    over = [mqa for mqa in cohort if is_over(mqa, now=now)]
    return Share(sum(mqa.created_at is not None for mqa in over), len(over))


def is_over(mqa: Mqa, *, now: datetime) -> bool:
    """Whether nothing can come within the window any more."""
    return mqa.qualified_at + timedelta(days=WINDOW_DAYS) <= now


def velocities(cohort: Iterable[Mqa]) -> dict[str, Velocity]:
    """MQA → accepted → opportunity → closed, and the whole way, by the keys of LEGS."""
    rows = list(cohort)
    return {key: _velocity(label, rows, days) for key, (label, days) in LEGS.items()}


def groups(closed: Iterable[Tally]) -> dict[str, Group]:
    """Sourced by MQAs beside all others, and target accounts beside the rest, by the keys of GROUPS."""
    rows = list(closed)
    return {
        key: group(label, [tally for tally in rows if belongs(tally)])
        for key, (label, belongs) in GROUPS.items()
        if key != "all"
    }


def pipeline_velocity(closed: Sequence[Tally], created: Mapping[str, int]) -> dict[str, Decimal]:
    """Opportunities × win rate × average deal / cycle days, by currency: money a day, each from its own opportunities.

    `closed` are those closed in the period, `created` how many were created in it, by currency. A currency is left out where
    a factor can't be known: nothing won or lost, no amounts, or no cycle longer than zero.
    """
    found = {}
    for currency in sorted({tally.currency for tally in closed}):
        tallies = [tally for tally in closed if tally.currency == currency]
        of_it = group(currency, tallies)
        days, measured = sum(tally.days for tally in tallies), sum(tally.measured for tally in tallies)
        mean = of_it.mean_amount.get(currency)
        if mean is None or not days:
            continue
        won = Fraction(of_it.win_rate.part, of_it.win_rate.whole)
        factor = created.get(currency, 0) * won * measured / days
        found[currency] = (mean * factor.numerator / factor.denominator).quantize(Decimal("0.01"))
    return found


def cycle(closed: Iterable[Tally]) -> Cycle:
    """Of all of them."""
    rows = list(closed)
    days, measured = sum(tally.days for tally in rows), sum(tally.measured for tally in rows)
    return Cycle(days / measured if measured else None, measured)


def group(name: str, closed: Sequence[Tally]) -> Group:
    """All of them as one group."""
    amounts: dict[str, tuple[Decimal, int]] = {}
    for tally in closed:
        if tally.stage == "won" and tally.with_amount:
            amount, named = amounts.get(tally.currency, (Decimal(0), 0))
            amounts[tally.currency] = amount + tally.amount, named + tally.with_amount
    return Group(
        name=name,
        won=sum(tally.deals for tally in closed if tally.stage == "won"),
        lost=sum(tally.deals for tally in closed if tally.stage == "lost"),
        mean_amount={
            currency: (amount / named).quantize(Decimal("0.01")) for currency, (amount, named) in amounts.items()
        },
        with_amount=sum(named for _, named in amounts.values()),
        cycle=cycle(closed),
        won_cycle=cycle(tally for tally in closed if tally.stage == "won"),
    )


def _velocity(leg: str, rows: Sequence[Mqa], days: Callable[[Mqa], float | None]) -> Velocity:
    measured = [value for row in rows if (value := days(row)) is not None]
    forward = sorted(value for value in measured if value >= 0)
    return Velocity(
        leg=leg,
        count=len(forward),
        fastest=quantile(forward, 0),
        p25=quantile(forward, 0.25),
        median=quantile(forward, 0.5),
        p75=quantile(forward, 0.75),
        p90=quantile(forward, 0.9),
        slowest=quantile(forward, 1),
        negative=len(measured) - len(forward),
    )


def _days(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds() / SECONDS_A_DAY


def _closed_at(mqa: Mqa) -> datetime | None:
    """A close is known by its day: it counts as the day's end, or a deal won on the day it opened took less than none."""
    return None if mqa.closed_on is None else datetime.combine(mqa.closed_on, time.max, UTC)


LEGS: dict[str, tuple[str, Callable[[Mqa], float | None]]] = {
    "accepted": ("MQA → accepted", lambda m: _days(m.qualified_at, m.accepted_at)),
    "created": ("Accepted → opportunity", lambda m: _days(m.accepted_at, m.created_at)),
    "opportunity": ("MQA → opportunity", lambda m: _days(m.qualified_at, m.created_at)),
    "closed": ("Opportunity → closed", lambda m: _days(m.created_at, _closed_at(m))),
    "whole": ("MQA → closed", lambda m: _days(m.qualified_at, _closed_at(m))),
}
GROUPS: dict[str, tuple[str, Callable[[Deal | Tally], bool]]] = {
    "all": ("All opportunities", lambda _: True),
    "sourced": ("Sourced by MQAs", lambda deal: deal.sourced),
    "others": ("All others", lambda deal: not deal.sourced),
    "target": ("Target accounts", lambda deal: deal.is_target),
    "not_target": ("Other accounts", lambda deal: not deal.is_target),
}
