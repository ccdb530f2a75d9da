"""The charts of the revenue page, each with the table of what it draws. No queries."""

from collections.abc import Sequence
from decimal import Decimal

from accounts import charts
from accounts.charts import Point, Series, Square
from reports import revenue
from reports.period import Period
from reports.shapes import Column, Section, Table
from reports.spans import spans_of

MOST_COHORTS = 12
MOST_QUARTERS = 12
CHANGES = {"new": 1, "expansion": 1, "contraction": -1, "churn": -1}


def over_time(period: Period, found: Sequence[revenue.Group], moved: Sequence[revenue.Moved]) -> Section:
    """Net revenue retention as it came about over the period: shares, so that currencies can stand beside each other."""
    spans = spans_of(period)
    series: list[Series] = []
    lines: list[list[Decimal]] = []
    for one in revenue.retentions(found)[: len(charts.PALETTE)]:
        changed = [Decimal(0)] * len(spans.starts)
        for event in moved:
            if event.paid and (event.source, event.currency) == (one.source, one.currency) and event.kind in CHANGES:
                changed[event.place] += CHANGES[event.kind] * event.amount
        recurring, line = one.at_start, [Decimal(1)]
        for change in changed:
            recurring += change
            line.append(recurring / one.at_start)
        name = f"{revenue.SOURCES[one.source]}, {one.currency} ({one.customers:,})"
        series.append(Series(name, charts.PALETTE[len(series)]))
        lines.append(line)
    ends = ["Start", *spans.end_labels]
    points = [
        Point(end, one.label, float(value), f"{one.label}, {end}: {_percent(value)}")
        for one, line in zip(series, lines, strict=True)
        for end, value in zip(ends, line, strict=True)
    ]
    return Section(
        key="retained",
        title="Net revenue retention over the period",
        definition="Of what customers paid a year at the start, the share that they pay at the end of each "
        f"{spans.name.lower()}, by currency; the number in brackets is of customers.",
        charts=[charts.lines("retained", "Net revenue retention over the period", points, series, share=True)],
        table=Table(
            [Column("At the end of"), *(Column(one.label, "number") for one in series)],
            [(end, *(_percent(line[place]) for line in lines)) for place, end in enumerate(ends)] if series else [],
            empty="Nobody paid anything at the start of this period.",
        ),
        folded=bool(series),
    )


def kept(found: Sequence[revenue.Quarter], groups: Sequence[revenue.Group]) -> Section:
    """What each quarter's customers pay, quarter by quarter after, over what was new: a heat map."""
    number = {
        name: sum(one.customers for one in groups if one.currency == name)
        for name in sorted({one.currency for one in groups})
    }
    currency = max(number, key=lambda name: number[name], default="")
    mine = [one for one in found if one.currency == currency and one.after <= MOST_QUARTERS]
    cohorts = list(dict.fromkeys(one.began for one in mine))[-MOST_COHORTS:]
    numbers = {
        name: sum(one.customers for one in groups if one.cohort == name and one.currency == currency)
        for name in cohorts
    }
    shown = [one for one in mine if one.began in cohorts]
    top = max((one.kept for one in shown), default=Decimal(1)) or Decimal(1)
    squares = [
        Square(
            f"{one.began} ({numbers[one.began]:,})",
            str(one.after),
            max(0.0, float(one.kept / top)),
            _percent(one.kept),
            f"{one.began}, {one.after} quarters later: {_percent(one.kept)}",
        )
        for one in shown
    ]
    by_place = {(one.began, one.after): _percent(one.kept) for one in shown}
    after = sorted({one.after for one in shown})
    return Section(
        key="kept",
        title="Revenue kept by cohort",
        definition="Of what the customers of a quarter newly paid a year in it, the share that they pay at the end of that "
        "quarter and of those after; expansion counts, so it can pass 100 %. The last is as of the end of the period. The "
        f"number in brackets is of customers{f', those in {currency}' if currency else ''}.",
        charts=[charts.heat("kept", "Revenue kept by cohort and quarters since", squares, across="Quarters since")],
        table=Table(
            [Column("Cohort"), Column("Customers", "number"), *(Column(f"After {place}", "number") for place in after)],
            [(name, f"{numbers[name]:,}", *(by_place.get((name, place), "–") for place in after)) for name in cohorts],
            empty="No customer has begun by the end of this period.",
        ),
        folded=bool(shown),
    )


def _percent(value: Decimal) -> str:
    return f"{value:.0%}".replace("%", " %")
