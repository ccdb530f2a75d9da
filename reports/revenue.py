"""Lifetime value, expansion and retention from revenue events (domain.md §6). Amounts of different currencies never meet."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from reports import asking
from reports.cohorts import WINDOW_DAYS
from reports.deals import NOW_IN_SEGMENT, OF_SOURCE, SOURCED
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
    """What became, over the period, of what customers of a source paid at its start in a currency."""

    source: str
    currency: str
    customers: int
    at_start: Decimal
    grown: Decimal
    shrunk: Decimal
    lost: Decimal

    @property
    def at_end(self) -> Decimal:
        """What those who paid at the start pay at the end."""
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
class Group(Retention):
    """Customers in one currency, by the quarter in which they began and by source, with the sums of all their events.

    `paid`: they paid something at the start of the period; `began_in_it`: they began in the period. `left`: how many pay
    nothing at its end; `below`: have lost more than they ever paid. Sums as of a `Customer`.
    """

    began: date
    paid: bool
    began_in_it: bool
    left: int
    below: int
    new: Decimal
    expansion: Decimal
    contraction: Decimal
    renewal: Decimal
    churn: Decimal

    @property
    def cohort(self) -> str:
        """The quarter, as 2026 Q1."""
        return _quarter_of(self.began)

    @property
    def lifetime(self) -> Decimal:
        """Booked by all of them."""
        return self.new + self.expansion + self.renewal

    @property
    def recurring(self) -> Decimal:
        """What they pay a year now."""
        return self.new + self.expansion - self.contraction - self.churn


class Moved(NamedTuple):
    """Events of the period of one kind: in which of its spans (reports/spans.py), and of customers who `paid` at its start."""

    source: str
    currency: str
    paid: bool
    kind: str
    place: int
    events: int
    amount: Decimal


@dataclass(frozen=True)
class Quarter:
    """What the customers who began in a quarter pay a year at the end of a later one, over what was new in theirs."""

    began: str
    after: int
    currency: str
    kept: Decimal


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


# A customer begins with its first new event; with its first of any kind where none is new. What two merged accounts both said
# stays with the shell, and counts once. As of the end of a period `before` some began with another event: they are there twice,
# and `is_now` and `is_before` say of which period a row is. What brought customers is found for all at once.
_CUSTOMERS = f"""
WITH latest AS MATERIALIZED (
    SELECT DISTINCT ON (e.account_id) e.account_id, e.occurred_on, e.opportunity_id,
           COALESCE(e.kind = 'new' AND e.occurred_on <= %(before_last)s::date, false) AS is_before
    FROM handoff_revenueevent e WHERE e.occurred_on <= %(last)s
      AND e.account_id NOT IN (SELECT id FROM accounts_account WHERE merged_into_id IS NOT NULL)
      AND {NOW_IN_SEGMENT.format(account="e.account_id")}
      AND (%(team)s::bigint IS NULL OR e.account_id IN (
          SELECT a.id FROM accounts_account a JOIN accounts_user u ON u.id = a.owner_ae_id WHERE u.team_id = %(team)s))
    ORDER BY e.account_id, e.kind <> 'new', e.occurred_on, e.id
), first AS MATERIALIZED (
    SELECT account_id, occurred_on, opportunity_id, true AS is_now, is_before FROM latest
    UNION ALL (
        SELECT DISTINCT ON (e.account_id) e.account_id, e.occurred_on, e.opportunity_id, false, true
        FROM latest f JOIN handoff_revenueevent e ON e.account_id = f.account_id AND e.occurred_on <= %(before_last)s::date
        WHERE NOT f.is_before ORDER BY e.account_id, e.kind <> 'new', e.occurred_on, e.id
    )
), brought AS MATERIALIZED (
    SELECT f.account_id, f.is_now, CASE WHEN o.account_id = f.account_id THEN o.created_at END AS created_at
    FROM first f JOIN handoff_opportunity o ON o.id = f.opportunity_id
    UNION ALL (
        SELECT DISTINCT ON (o.account_id, f.is_now) o.account_id, f.is_now, o.created_at
        FROM first f JOIN handoff_opportunity o ON o.account_id = f.account_id AND o.stage = 'won'
            AND o.closed_on <= f.occurred_on
        WHERE f.opportunity_id IS NULL ORDER BY o.account_id, f.is_now, o.closed_on DESC, o.id DESC
    )
), customer AS MATERIALIZED (
    SELECT f.account_id, f.is_now, f.is_before, f.occurred_on AS started_on, (f.account_id, f.is_now) IN (
        SELECT o.account_id, o.is_now FROM brought o JOIN handoff_handoff h ON h.account_id = o.account_id WHERE {SOURCED}
    ) AS sourced
    FROM first f LEFT JOIN brought o ON o.account_id = f.account_id AND o.is_now = f.is_now
    WHERE {OF_SOURCE}
)
"""  # noqa: S608 - constants of this module alone
_SIGNED = """CASE e.kind WHEN 'new' THEN e.amount WHEN 'expansion' THEN e.amount
                                WHEN 'contraction' THEN -e.amount WHEN 'churn' THEN -e.amount ELSE 0 END"""
_KINDS = ", ".join(f"COALESCE(sum(e.amount) FILTER (WHERE e.kind = '{kind}'), 0) AS {kind}" for kind in KINDS)


def _sums(first: str, last: str, of: str = "") -> str:
    """What recurred before the day `first` (a parameter), and what came from it to `last`."""
    came = f"e.occurred_on >= %({first})s::date AND e.occurred_on <= %({last})s::date"
    return f"""COALESCE(sum({_SIGNED}) FILTER (WHERE e.occurred_on < %({first})s::date), 0) AS at_start{of},
           COALESCE(sum(e.amount) FILTER (WHERE e.kind IN ('new', 'expansion') AND {came}), 0) AS grown{of},
           COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'contraction' AND {came}), 0) AS shrunk{of},
           COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'churn' AND {came}), 0) AS lost{of}"""


_SUMS = f"""{_CUSTOMERS}, one AS (
    SELECT c.account_id, c.started_on, CASE WHEN c.sourced THEN 'sourced' ELSE 'others' END AS source, e.currency,
           c.is_now, c.is_before,
           {_sums("first", "last")}{{more}}
    FROM customer c JOIN handoff_revenueevent e ON e.account_id = c.account_id AND e.occurred_on <= %(last)s
    GROUP BY c.account_id, c.started_on, c.sourced, c.is_now, c.is_before, e.currency
)
SELECT {{columns}}
"""  # noqa: S608 - constants of this module alone
_EACH = _SUMS.format(
    more=f", {_KINDS}",
    columns="""o.account_id, a.name, o.started_on, o.source = 'sourced', o.currency, o.at_start, o.new, o.expansion,
       o.contraction, o.renewal, o.churn, o.grown, o.shrunk, o.lost
FROM one o JOIN accounts_account a ON a.id = o.account_id ORDER BY o.started_on, o.account_id, o.currency""",
)
_TOGETHER = "source, currency, count(*), sum(at_start), sum(grown), sum(shrunk), sum(lost)"
_RETAINED = _SUMS.format(
    more=f", {_sums('before_first', 'before_last', of='_before')}",
    columns=f"""true AS is_now, {_TOGETHER} FROM one WHERE is_now AND at_start > 0 GROUP BY source, currency
UNION ALL
SELECT false, source, currency, count(*), sum(at_start_before), sum(grown_before), sum(shrunk_before), sum(lost_before)
FROM one WHERE is_before AND at_start_before > 0 GROUP BY source, currency ORDER BY source DESC, currency""",  # noqa: S608 - constants of this module alone
)
_GROUPS = _SUMS.format(
    more=f", {_KINDS}",
    columns=f"""{_TOGETHER},
       date_trunc('quarter', started_on::timestamp)::date AS began, at_start > 0 AS paid, started_on >= %(first)s AS began_in_it,
       count(*) FILTER (WHERE new + expansion - contraction - churn <= 0),
       count(*) FILTER (WHERE new + expansion - contraction - churn < 0),
       sum(new), sum(expansion), sum(contraction), sum(renewal), sum(churn)
FROM one GROUP BY source, currency, began, paid, began_in_it ORDER BY began, source DESC, currency""",
)
_EVENTS = f"""{_CUSTOMERS}
SELECT c.account_id, a.name, e.occurred_on, e.kind, e.amount, e.currency, COALESCE(o.name, ''), c.sourced
FROM customer c
JOIN accounts_account a ON a.id = c.account_id
JOIN handoff_revenueevent e ON e.account_id = c.account_id
LEFT JOIN handoff_opportunity o ON o.id = e.opportunity_id
WHERE e.occurred_on BETWEEN %(first)s AND %(last)s
ORDER BY e.occurred_on, e.id
"""  # noqa: S608 - constants of this module alone
_MOVED = f"""{_CUSTOMERS}, paying AS (
    SELECT e.account_id, e.currency FROM handoff_revenueevent e WHERE e.occurred_on < %(first)s
    GROUP BY e.account_id, e.currency HAVING sum({_SIGNED}) > 0
)
SELECT CASE WHEN c.sourced THEN 'sourced' ELSE 'others' END, e.currency,
       (e.account_id, e.currency) IN (SELECT account_id, currency FROM paying), e.kind,
       width_bucket(e.occurred_on, %(starts)s::date[]) - 1, count(*), sum(e.amount)
FROM customer c JOIN handoff_revenueevent e ON e.account_id = c.account_id
WHERE e.occurred_on BETWEEN %(first)s AND %(last)s
GROUP BY 1, 2, 3, 4, 5
"""  # noqa: S608 - constants of this module alone
_QUARTERS = f"""{_CUSTOMERS}
SELECT date_trunc('quarter', c.started_on::timestamp)::date,
       date_trunc('quarter', greatest(e.occurred_on, c.started_on)::timestamp)::date, e.currency,
       COALESCE(sum(e.amount) FILTER (WHERE e.kind = 'new'), 0), sum({_SIGNED})
FROM customer c JOIN handoff_revenueevent e ON e.account_id = c.account_id AND e.occurred_on <= %(last)s
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
"""  # noqa: S608 - constants of this module alone


def quarters(period: Period) -> list[Quarter]:
    """Quarter by quarter up to the period's end (the last one as of then), cohort by cohort, the earliest first."""
    moved: dict[tuple[date, str], dict[int, tuple[Decimal, Decimal]]] = {}
    for began, at, currency, new, change in _query(_QUARTERS, period):
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
    return [Customer._make(row) for row in _query(_EACH, period)]


def events(period: Period) -> list[Event]:
    """The events of the period."""
    return [Event._make(row) for row in _query(_EVENTS, period)]


def groups(period: Period) -> list[Group]:
    """These customers, as few as what is measured of them needs."""
    return [Group(*row) for row in _query(_GROUPS, period)]


def retained(period: Period) -> list[Retention]:
    """By source and currency, of the customers who paid something at the start of the period."""
    return retained_both(period, None)[0]


def retained_both(period: Period, before: Period | None) -> tuple[list[Retention], list[Retention]]:
    """What `retained` gives of each, read once; of none where there is none."""
    days = {"before_first": before.start, "before_last": before.end} if before else {}
    found: dict[bool, list[Retention]] = {True: [], False: []}
    for is_now, *row in _query(_RETAINED, period, **days):
        found[is_now].append(Retention(*row))
    return found[True], found[False]


def moved(period: Period, starts: Sequence[date]) -> list[Moved]:
    """These events, in the spans of the period that begin on the days `starts`."""
    return [Moved._make(row) for row in _query(_MOVED, period, starts=list(starts))]


def retentions(found: Iterable[Group]) -> list[Group]:
    """What `retained` gives, from groups."""
    return _together((one for one in found if one.paid), lambda one: (one.source, one.currency))


def cohorts(found: Iterable[Group]) -> list[Group]:
    """By quarter, source and currency, of the customers who began in the period."""
    return _together((one for one in found if one.began_in_it), lambda one: (one.cohort, one.source, one.currency))


def source_of(one: Customer) -> str:
    """The key of SOURCES that a customer belongs to."""
    return "sourced" if one.sourced else "others"


def _together(found: Iterable[Group], key: Callable[[Group], tuple[str, ...]]) -> list[Group]:
    """The groups of one key as one, in the order of the keys; sources in that of SOURCES."""
    by_key: dict[tuple[str, ...], Group] = {}
    for one in found:
        other = by_key.get(key(one))
        by_key[key(one)] = _added(other, one) if other else one
    order = {name: place for place, name in enumerate(SOURCES)}
    return [by_key[one] for one in sorted(by_key, key=lambda one: tuple((order.get(part, 0), part) for part in one))]


def _added(one: Group, other: Group) -> Group:
    return replace(one, **{name: getattr(one, name) + getattr(other, name) for name in _ADDED})


_ADDED = [field.name for field in fields(Group) if field.type in (int, Decimal)]


def _query(sql: str, period: Period, **more: Any) -> Sequence[tuple[Any, ...]]:
    alone = {"before_first": None, "before_last": None}
    return asking.rows(sql, {**period.parameters, "window": WINDOW_DAYS, **alone, **more})
