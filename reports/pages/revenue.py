"""The revenue page: retention, lifetime value by cohort, and what moved it; MQA-sourced customers beside all others."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from reports import drawn_revenue, revenue
from reports.period import Period
from reports.shapes import Bar, Bars, Cell, Column, Figure, Section, Table, money_text

CURRENCIES = "Amounts are in several currencies; each has lines of its own, and they are never added up."
NEGATIVE = "{:,} customers have lost more than they ever paid: an event of theirs is missing or there twice."


def sections(period: Period, *, now: datetime, before: Period | None) -> list[Section]:  # noqa: ARG001 - pages are called alike
    """All cards of the page."""
    rows, events = revenue.customers(period), revenue.events(period)
    return [
        retention(period, before),
        drawn_revenue.over_time(period, rows, events),
        _lifetime(rows, period),
        drawn_revenue.kept(revenue.quarters(period), rows),
        _movements(events),
    ]


def retention(period: Period, before: Period | None) -> Section:
    """Net revenue retention."""
    found = revenue.retentions(period)
    earlier = {(one.source, one.currency): one for one in revenue.retentions(before)} if before else {}

    def was(one: revenue.Retention) -> str:
        old = earlier.get((one.source, one.currency))
        return f"{_percent(old.net)} of {old.customers:,} customers" if old else ""

    return Section(
        key="retention",
        title="Net revenue retention",
        definition="Of the customers who paid something a year at the start of the period: what they pay a year at its "
        "end, over what they paid then. Net counts expansion, contraction and churn; gross leaves expansion out. New "
        "customers, and renewals at the same price, change neither. MQA-sourced: the opportunity of the customer's first "
        "revenue (else the last one won by then) was created within 90 days after an MQA of the account qualified.",
        figures=[
            Figure(
                f"{revenue.SOURCES[one.source]}, {one.currency}",
                Cell(_percent(one.net), "retained", {"of": one.source, "currency": one.currency}),
                f"{one.customers:,} customers; gross {_percent(one.gross)}",
                before=was(one),
            )
            for one in found
        ],
        table=Table(
            [
                Column("Customers"), Column("Number", "number"), Column("A year at the start", "number"),
                Column("Expansion", "number"), Column("Contraction", "number"), Column("Churn", "number"),
                Column("A year at the end", "number"), Column("Net", "number"), Column("Gross", "number"),
            ],
            [
                (
                    revenue.SOURCES[one.source],
                    Cell(f"{one.customers:,}", "retained", {"of": one.source, "currency": one.currency}),
                    _money(one.at_start, one.currency), _money(one.grown, one.currency),
                    _money(one.shrunk, one.currency), _money(one.lost, one.currency),
                    _money(one.at_end, one.currency), _percent(one.net), _percent(one.gross),
                )
                for one in found
            ],
            empty="Nobody paid anything at the start of this period.",
        ),
        warnings=_mixed(one.currency for one in found),
    )  # fmt: skip


def _lifetime(rows: list[revenue.Customer], period: Period) -> Section:
    found = revenue.cohorts(rows, period)
    odd = sum(one.recurring < 0 for one in rows)
    most = max(
        {one.currency for one in found},
        key=lambda name: sum(c.customers for c in found if c.currency == name),
        default="",
    )
    bars = [
        Bar(
            f"{one.cohort}, {revenue.SOURCES[one.source]}",
            float(one.lifetime / one.customers),
            f"{_money(one.lifetime / one.customers, one.currency)} a customer",
        )
        for one in found
        if one.currency == most
    ]
    return Section(
        key="lifetime",
        title="Lifetime value by cohort",
        definition="Customers who began in the period, by the quarter of their first revenue, with everything up to its "
        "end. Lifetime value: what they booked, new + expansion + renewal. Contraction and churn take away from what "
        "recurs, not from what was booked. Kept: what they pay a year now, over what was new.",
        chart=Bars(f"Lifetime value a customer, {most}", bars) if bars else None,
        table=Table(
            [
                Column("Cohort"), Column("Customers"), Column("Currency"), Column("Number", "number"), Column("Left", "number"),
                Column("New", "number"), Column("Expansion", "number"), Column("Renewal", "number"),
                Column("Contraction", "number"), Column("Churn", "number"), Column("Lifetime value", "number"),
                Column("A customer", "number"), Column("Kept", "number"),
            ],
            [
                (
                    one.cohort, revenue.SOURCES[one.source], one.currency,
                    Cell(
                        f"{one.customers:,}", "customers",
                        {"cohort": one.cohort, "of": one.source, "currency": one.currency},
                    ),
                    f"{one.left:,}",
                    *(f"{amount:,.2f}" for amount in (
                        one.new, one.expansion, one.renewal, one.contraction, one.churn, one.lifetime,
                        one.lifetime / one.customers,
                    )),
                    _percent(one.recurring / one.new) if one.new else "–",
                )
                for one in found
            ],
            empty="No customer began in this period.",
        ),
        warnings=_mixed(one.currency for one in found) + ([NEGATIVE.format(odd)] if odd else []),
    )  # fmt: skip


def _movements(events: Iterable[revenue.Event]) -> Section:
    totals: dict[tuple[str, str], dict[str, tuple[int, Decimal]]] = {}
    for event in events:
        mine = totals.setdefault((event.kind, event.currency), {})
        source = "sourced" if event.sourced else "others"
        count, amount = mine.get(source, (0, Decimal(0)))
        mine[source] = (count + 1, amount + event.amount)
    ordered = sorted(totals.items(), key=lambda item: (revenue.KINDS.index(item[0][0]), item[0][1]))
    return Section(
        key="movements",
        title="What moved",
        definition="Events of the period by kind and currency: how many, and their amounts a year.",
        table=Table(
            [
                Column("Kind"), Column("Currency"),
                *(column for name in revenue.SOURCES.values() for column in (Column(name, "number"), Column("Amount", "number"))),
            ],
            [
                (
                    kind.title(), currency,
                    *(
                        cell
                        for source in revenue.SOURCES
                        for count, amount in [by_source.get(source, (0, Decimal(0)))]
                        for cell in (
                            Cell(f"{count:,}", "revenue", {"kind": kind, "of": source, "currency": currency}),
                            _money(amount, currency),
                        )
                    ),
                )
                for (kind, currency), by_source in ordered
            ],
            empty="No revenue event in this period. They come from files (Imports), the API or the admin.",
        ),
    )  # fmt: skip


def _mixed(currencies: Iterable[str]) -> list[str]:
    return [CURRENCIES] if len(set(currencies)) > 1 else []


def _money(amount: Decimal, currency: str) -> str:
    return money_text({currency: amount})


def _percent(share: Decimal) -> str:
    return f"{share:.0%}".replace("%", " %")
