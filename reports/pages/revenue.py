"""The revenue page: retention, lifetime value by cohort, and what moved it; MQA-sourced customers beside all others."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from reports import drawn_revenue, revenue
from reports.period import Period
from reports.shapes import Bar, Bars, Cell, Column, Figure, Section, Table, Told, amount_text
from reports.spans import spans_of

CURRENCIES = "Amounts are in several currencies; each has lines of its own, and they are never added up."
NEGATIVE = "{:,} customers have lost more than they ever paid: an event of theirs is missing or there twice."


def sections(period: Period, *, now: datetime, before: Period | None) -> list[Section]:  # noqa: ARG001 - pages are called alike
    """All cards of the page."""
    starts = spans_of(period).starts
    groups, moved = revenue.groups(period), revenue.moved(period, starts)
    earlier = revenue.groups(before) if before else None
    return [
        _retention(revenue.retentions(groups), revenue.retentions(earlier) if earlier is not None else None),
        drawn_revenue.over_time(period, groups, moved),
        _lifetime(groups, earlier),
        drawn_revenue.kept(revenue.quarters(period), groups),
        _movements(moved, revenue.moved(before, [before.start]) if before else None),
    ]


def retention(period: Period, before: Period | None) -> Section:
    """Net revenue retention."""
    found, earlier = revenue.retained_both(period, before)
    return _retention(found, earlier if before else None)


def _retention(found: Sequence[revenue.Retention], before: Sequence[revenue.Retention] | None) -> Section:
    earlier = {(one.source, one.currency): one for one in before or ()}

    def was(one: revenue.Retention) -> str:
        old = earlier.get((one.source, one.currency))
        return f"{_percent(old.net)} of {old.customers:,} customers" if old else ""

    return Section(
        key="retention",
        title="Net revenue retention",
        definition="Of the customers who paid something a year at the start of the period: what they pay a year at its "
        "end, over what they paid then. Net counts what they gained (expansion, or new again after they left), contraction "
        "and churn; gross leaves out what was gained. New customers, and renewals at the same price, change neither. "
        "MQA-sourced: the opportunity of the customer's first revenue (else the last one won by then) was created within 90 "
        "days after an MQA of the account qualified.",
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
                Column("Gained", "number"), Column("Contraction", "number"), Column("Churn", "number"),
                Column("A year at the end", "number"), Column("Net", "number"), Column("Gross", "number"),
                *([Column("Net before", was="Number")] if before is not None else []),
            ],
            [
                (
                    revenue.SOURCES[one.source],
                    Cell(f"{one.customers:,}", "retained", {"of": one.source, "currency": one.currency}),
                    _money(one.at_start, one.currency), _money(one.grown, one.currency),
                    _money(one.shrunk, one.currency), _money(one.lost, one.currency),
                    _money(one.at_end, one.currency), _percent(one.net), _percent(one.gross),
                    *([was(one) or "–"] if before is not None else []),
                )
                for one in found
            ],
            empty="Nobody paid anything at the start of this period.",
        ),
        warnings=_mixed(one.currency for one in found),
    )  # fmt: skip


def _lifetime(groups: Sequence[revenue.Group], groups_before: Sequence[revenue.Group] | None) -> Section:
    found = revenue.cohorts(groups)
    totals, earlier = _totals(found), _totals(revenue.cohorts(groups_before or ()))
    odd = sum(one.below for one in groups)
    most = max(
        sorted({one.currency for one in found}),
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
        "recurs, not from what was booked. Kept: what they pay a year now, over what was new. Before: customers who began in "
        "that period, with everything up to the end of that one.",
        figures=[
            Figure(
                f"{revenue.SOURCES[source]}, {currency}",
                Cell(_each(totals.get((source, currency)), currency), "customers", {"of": source, "currency": currency}),
                before=_each(earlier.get((source, currency)), currency) if groups_before is not None else "",
            )
            for source, currency in sorted({*totals, *earlier}, key=lambda key: (key[0] != "sourced", key[1]))
        ],
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


def _totals(found: Iterable[revenue.Group]) -> dict[tuple[str, str], tuple[Decimal, int]]:
    """Lifetime value and customers of all cohorts, by source and currency."""
    totals: dict[tuple[str, str], tuple[Decimal, int]] = {}
    for one in found:
        value, customers = totals.get((one.source, one.currency), (Decimal(0), 0))
        totals[one.source, one.currency] = (value + one.lifetime, customers + one.customers)
    return totals


def _each(total: tuple[Decimal, int] | None, currency: str) -> str:
    """The mean, and of how many; a dash of none."""
    return f"{_money(total[0] / total[1], currency)} a customer ({total[1]:,})" if total else "– (none)"


Sums = dict[tuple[str, str], dict[str, tuple[int, Decimal]]]


def _sums(moved: Iterable[revenue.Moved]) -> Sums:
    """How many events and their amounts, by kind and currency, then by source."""
    totals: Sums = {}
    for one in moved:
        mine = totals.setdefault((one.kind, one.currency), {})
        count, amount = mine.get(one.source, (0, Decimal(0)))
        mine[one.source] = (count + one.events, amount + one.amount)
    return totals


def _movements(moved: Iterable[revenue.Moved], before: Iterable[revenue.Moved] | None) -> Section:
    totals, earlier = _sums(moved), _sums(before or ())
    ordered = sorted({*totals, *earlier}, key=lambda key: (revenue.KINDS.index(key[0]), key[1]))
    nothing = (0, Decimal(0))
    return Section(
        key="movements",
        title="What moved",
        definition="Events of the period by kind and currency: how many, and their amounts a year.",
        table=Table(
            [
                Column("Kind"), Column("Currency"),
                *(
                    Column(label, "number")
                    for name in revenue.SOURCES.values()
                    for label in (name, f"{name}, amount")
                ),
                *(Column(f"{name} before", was=name) for name in revenue.SOURCES.values() if before is not None),
            ],
            [
                (
                    kind.title(), currency,
                    *(
                        cell
                        for source in revenue.SOURCES
                        for count, amount in [totals.get((kind, currency), {}).get(source, nothing)]
                        for cell in (
                            Cell(f"{count:,}", "revenue", {"kind": kind, "of": source, "currency": currency}),
                            _money(amount, currency),
                        )
                    ),
                    *(
                        f"{_money(amount, currency)} ({count:,})"
                        for source in revenue.SOURCES
                        for count, amount in [earlier.get((kind, currency), {}).get(source, nothing)]
                        if before is not None
                    ),
                )
                for kind, currency in ordered
            ],
            empty="No revenue event in this period. They come from files (Imports), the API or the admin.",
        ),
    )  # fmt: skip


def _mixed(currencies: Iterable[str]) -> list[str]:
    return [CURRENCIES] if len(set(currencies)) > 1 else []


def _money(amount: Decimal, currency: str) -> Told:
    return amount_text(amount, currency)


def _percent(share: Decimal) -> Told:
    return Told(f"{share:.0%}".replace("%", " %"), ("", round(share, 4)))
