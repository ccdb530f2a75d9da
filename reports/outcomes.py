"""MQA → opportunity, deal velocity, win rate and deal size (domain.md §6), from the rows of cohorts.py. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from reports.cohorts import LEGS, Cohort, Deal, Tally
from reports.shapes import Told, days_text, money_text
from reports.statistics import Share, quantile


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


def cycle_text(cycle: Cycle) -> Told:
    """The mean days, and of how many."""
    return days_text(cycle.days).of(cycle.deals)


def mean_text(group: Group) -> Told:
    """The mean amounts, and of how many."""
    return money_text(group.mean_amount).of(group.with_amount)


def conversion(cohort: Iterable[Cohort]) -> tuple[Share, int]:
    """The share of the cohort with an opportunity within the window, and how many still have time left.

    Those whose window is still open count in the whole, so the share can only rise; say the number beside it.
    """
    rows = list(cohort)
    waiting = sum(row.mqas for row in rows if not row.converted and not row.over)
    return Share(sum(row.mqas for row in rows if row.converted), sum(row.mqas for row in rows)), waiting


def conversion_over(cohort: Iterable[Cohort]) -> Share:
    """The same share, of those alone whose window is over: cohorts of any age compare by it."""
    return conversion(row for row in cohort if row.over)[0]


def days_of(cohort: Iterable[Cohort], leg: str) -> list[float]:
    """All known days of a leg, by the keys of LEGS."""
    place = list(LEGS).index(leg)
    return [days for row in cohort for days in row.days[place]]


def velocities(cohort: Sequence[Cohort]) -> dict[str, Velocity]:
    """MQA → accepted → opportunity → closed, and the whole way, by the keys of LEGS."""
    return {key: _velocity(label, days_of(cohort, key)) for key, label in LEGS.items()}


def groups(closed: Iterable[Tally]) -> dict[str, Group]:
    """Sourced by MQAs beside all others, target accounts beside the rest, and all together, by the keys of GROUPS."""
    rows = list(closed)
    return {key: group(label, filter(belongs, rows)) for key, (label, belongs) in GROUPS.items()}


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


def group(name: str, tallies: Iterable[Tally]) -> Group:
    """All of them as one group."""
    closed = list(tallies)
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


def _velocity(leg: str, measured: Sequence[float]) -> Velocity:
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


GROUPS: dict[str, tuple[str, Callable[[Deal | Tally], bool]]] = {
    "sourced": ("Sourced by MQAs", lambda deal: deal.sourced),
    "others": ("All others", lambda deal: not deal.sourced),
    "target": ("Target accounts", lambda deal: deal.is_target),
    "not_target": ("Other accounts", lambda deal: not deal.is_target),
    "all": ("All opportunities", lambda _: True),
}
