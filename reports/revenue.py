"""Lifetime value, expansion and retention from revenue events (domain.md §6). Amounts of different currencies never meet."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from reports import asking
from reports.cohorts import WINDOW_DAYS
from reports.deals import OF_SOURCE, SOURCED
from reports.period import Period

KINDS = ("new", "expansion", "contraction", "renewal", "churn")
SOURCES = {"sourced": "MQA-sourced", "others": "All others"}


class Customer(NamedTuple):
    """A customer's events in one currency: what recurred at the start of the period, and sums up to its end by kind.

    `grown`, `shrunk` and `lost` came in the period: who pays already grows by what is new, also one who left and came back.
    `sourced`: the opportunity of its first event (else the last one won by then) was created within 90 days after an MQA
    of the account qualified.
    """

    account_id: int
    account: str
    started_on: date
    sourced: bool
    currency: str
    at_start: Decimal
    new: Decimal
    expansion: Decimal
    contraction: Decimal
    renewal: Decimal
    churn: Decimal
    grown: Decimal
    shrunk: Decimal
    lost: Decimal

    @property
    def cohort(self) -> str:
        """The quarter in which it began, as 2026 Q1."""
        return _quarter_of(self.started_on)

    @property
    def lifetime(self) -> Decimal:
        """What it has booked: new, expansion and renewal."""
        return self.new + self.expansion + self.renewal

    @property
    def recurring(self) -> Decimal:
        """What it pays a year at the end of the period."""
        return self.new + self.expansion - self.contraction - self.churn


@dataclass(frozen=True)
class Retention:
    """What became, over the period, of what customers paid at its start."""

    source: str
    currency: str
    customers: int
    at_start: Decimal
    grown: Decimal
    shrunk: Decimal
    lost: Decimal

    @property
    def at_end(self) -> Decimal:
        """What the same customers pay at the end."""
        return self.at_start + self.grown - self.shrunk - self.lost

    @property
    def net(self) -> Decimal:
        """Net revenue retention: the end over the start."""
        return self.at_end / self.at_start

    @property
    def gross(self) -> Decimal:
        """Gross retention: without what was gained."""
        return (self.at_start - self.shrunk - self.lost) / self.at_start


@dataclass(frozen=True)
class Cohort:
    """The customers of one quarter, source and currency, with the sums of all their events up to the period's end."""

    cohort: str
    source: str
    currency: str
    customers: int
    left: int
    new: Decimal
    expansion: Decimal
    contraction: Decimal
    renewal: Decimal
    churn: Decimal

    @property
    def lifetime(self) -> Decimal:
        """Booked by all of them."""
        return self.new + self.expansion + self.renewal

    @property
    def recurring(self) -> Decimal:
        """What they pay a year now."""
        return self.new + self.expansion - self.contraction - self.churn


class Event(NamedTuple):
    """One event of a customer."""

    account_id: int
    account: str
    occurred_on: date
    kind: str
    amount: Decimal
    currency: str
    opportunity: str
    sourced: bool


# A customer begins with its first new event; with its first of any kind where none is new.
_CUSTOMERS = f"""
WITH first AS (
    SELECT DISTINCT ON (e.account_id) e.account_id, e.occurred_on, e.opportunity_id
    FROM handoff_revenueevent e WHERE e.occurred_on <= %(last)s
    ORDER BY e.account_id, e.kind <> 'new', e.occurred_on, e.id
), customer AS MATERIALIZED (
    SELECT f.account_id, f.occurred_on AS started_on, a.name, EXISTS (
        SELECT 1 FROM handoff_handoff h
        WHERE h.account_id = f.account_id AND {SOURCED}
    ) AS sourced
    FROM first f
    JOIN accounts_account a ON a.id = f.account_id
    LEFT JOIN LATERAL (
        SELECT o.account_id, o.created_at FROM handoff_opportunity o
        WHERE o.account_id = f.account_id AND CASE WHEN f.opportunity_id IS NULL
            THEN o.stage = 'won' AND o.closed_on <= f.occurred_on ELSE o.id = f.opportunity_id END
        ORDER BY o.closed_on DESC NULLS LAST, o.id DESC LIMIT 1
    ) o ON true
    -- What both of two merged accounts said stays with the shell, and counts once.
    WHERE a.merged_into_id IS NULL AND (%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))
      AND (%(team)s::bigint IS NULL OR EXISTS (
          SELECT 1 FROM accounts_user u WHERE u.id = a.owner_ae_id AND u.team_id = %(team)s))
      AND {OF_SOURCE}
)
"""  # noqa: S608 - constants of this module alone
_SUMS = """
SELECT c.account_id, c.name, c.started_on, c.sourced, e.currency,
       COALESCE(sum(CASE e.kind WHEN 'new' THEN e.amount WHEN 'expansion' THEN e.amount
                                WHEN 'contraction' THEN -e.amount WHEN 'churn' THEN -e.amount ELSE 0 END)
                FILTER (WHERE e.occurred_on < %(first)s), 0),
       COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'new'), 0),
       COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'expansion'), 0),
       COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'contraction'), 0),
       COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'renewal'), 0),
       COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'churn'), 0),
       COALESCE(sum(e.amount) FILTER (WHERE e.kind IN ('new', 'expansion') AND e.occurred_on >= %(first)s), 0),
       COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'contraction' AND e.occurred_on >= %(first)s), 0),
       COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'churn' AND e.occurred_on >= %(first)s), 0)
FROM customer c JOIN handoff_revenueevent e ON e.account_id = c.account_id AND e.occurred_on <= %(last)s
GROUP BY c.account_id, c.name, c.started_on, c.sourced, e.currency
ORDER BY c.started_on, c.account_id, e.currency
"""
_RETAINED = f"""{_CUSTOMERS}, one (
    account_id, account, started_on, sourced, currency, at_start, new, expansion, contraction, renewal, churn, grown, shrunk, lost
) AS ({_SUMS})
SELECT CASE WHEN sourced THEN 'sourced' ELSE 'others' END, currency, count(*), sum(at_start), sum(grown), sum(shrunk), sum(lost)
FROM one WHERE at_start > 0 GROUP BY sourced, currency ORDER BY sourced DESC, currency
"""  # noqa: S608 - constants of this module alone
_EVENTS = """
SELECT c.account_id, c.name, e.occurred_on, e.kind, e.amount, e.currency, COALESCE(o.name, ''), c.sourced
FROM customer c
JOIN handoff_revenueevent e ON e.account_id = c.account_id
LEFT JOIN handoff_opportunity o ON o.id = e.opportunity_id
WHERE e.occurred_on BETWEEN %(first)s AND %(last)s
ORDER BY e.occurred_on, e.id
"""


_QUARTERS = """
SELECT date_trunc('quarter', c.started_on)::date, date_trunc('quarter', greatest(e.occurred_on, c.started_on))::date,
       e.currency,
       COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'new'), 0),
       sum(CASE e.kind WHEN 'new' THEN e.amount WHEN 'expansion' THEN e.amount
                       WHEN 'contraction' THEN -e.amount WHEN 'churn' THEN -e.amount ELSE 0 END)
FROM customer c JOIN handoff_revenueevent e ON e.account_id = c.account_id AND e.occurred_on <= %(last)s
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
"""


@dataclass(frozen=True)
class Quarter:
    """What the customers who began in a quarter pay a year at the end of a later one, over what was new in theirs."""

    began: str
    after: int
    currency: str
    kept: Decimal


def quarters(period: Period) -> list[Quarter]:
    """Quarter by quarter up to the period's end (the last one as of then), cohort by cohort, the earliest first."""
    moved: dict[tuple[date, str], dict[int, tuple[Decimal, Decimal]]] = {}
    for began, at, currency, new, change in _query(_CUSTOMERS + _QUARTERS, period):
        moved.setdefault((began, currency), {})[_quarters_between(began, at)] = (new, change)
    found = []
    for (began, currency), changes in moved.items():
        base, recurring = changes.get(0, (Decimal(0), Decimal(0)))[0], Decimal(0)
        for after in range(_quarters_between(began, period.end) + 1):
            recurring += changes.get(after, (Decimal(0), Decimal(0)))[1]
            if base:
                found.append(Quarter(_quarter_of(began), after, currency, recurring / base))
    return found


def _quarters_between(first: date, last: date) -> int:
    return (last.year - first.year) * 4 + (last.month - 1) // 3 - (first.month - 1) // 3


def _quarter_of(day: date) -> str:
    return f"{day.year} Q{(day.month + 2) // 3}"


def customers(period: Period) -> list[Customer]:
    """Everybody with an event up to the period's end, by currency, the earliest to begin first."""
    return [Customer._make(row) for row in _query(_CUSTOMERS + _SUMS, period)]


def events(period: Period) -> list[Event]:
    """The events of the period."""
    return [Event._make(row) for row in _query(_CUSTOMERS + _EVENTS, period)]


def retentions(period: Period) -> list[Retention]:
    """By source and currency, of the customers who paid something at the start of the period."""
    return [Retention(*row) for row in _query(_RETAINED, period)]


def grouped_at_start(rows: Iterable[Customer]) -> list[tuple[tuple[str, str], list[Customer]]]:
    """The customers who paid something at the start of the period, by source and currency."""
    return _grouped((one for one in rows if one.at_start > 0), lambda one: (source_of(one), one.currency))


def cohorts(rows: Iterable[Customer], period: Period) -> list[Cohort]:
    """By quarter, source and currency, of the customers who began in the period."""
    return [
        Cohort(
            cohort=cohort,
            source=source,
            currency=currency,
            customers=len(group),
            left=sum(one.recurring <= 0 for one in group),
            new=_sum(group, lambda one: one.new),
            expansion=_sum(group, lambda one: one.expansion),
            contraction=_sum(group, lambda one: one.contraction),
            renewal=_sum(group, lambda one: one.renewal),
            churn=_sum(group, lambda one: one.churn),
        )
        for (cohort, source, currency), group in _grouped(
            (one for one in rows if period.start <= one.started_on),
            lambda one: (one.cohort, source_of(one), one.currency),
        )
    ]


def source_of(one: Customer) -> str:
    """The key of SOURCES that a customer belongs to."""
    return "sourced" if one.sourced else "others"


def _grouped(rows: Iterable[Customer], key: Callable[[Customer], tuple[str, ...]]) -> list[tuple[Any, list[Customer]]]:
    found: dict[tuple[str, ...], list[Customer]] = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    order = {name: place for place, name in enumerate(SOURCES)}
    return sorted(found.items(), key=lambda item: tuple((order.get(part, 0), part) for part in item[0]))


def _sum(rows: Iterable[Customer], amount: Callable[[Customer], Decimal]) -> Decimal:
    return sum((amount(row) for row in rows), Decimal(0))


def _query(sql: str, period: Period) -> Sequence[tuple[Any, ...]]:
    return asking.rows(sql, period.parameters | {"window": WINDOW_DAYS})
