"""The charts of the reports, and the tables of what they draw; those of revenue are in drawn_revenue.py. No queries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from accounts import charts
from accounts.charts import PALETTE, REST, Chart, Interval, Marked, Point, Series
from reports import outcomes
from reports.attributed import Attribution
from reports.cohorts import Cohort, Tally
from reports.credits import OTHERS
from reports.funnel import PATHS, Paths
from reports.influence import Influence
from reports.period import Period
from reports.shapes import Cell, Column, Section, Table, money_text, share_text
from reports.sla import Clock
from reports.spans import spans_of
from reports.statistics import Share, quantile


def paths(found: Paths, earlier: Paths | None, before: Period | None) -> Section:
    """MQL path beside MQA path, stage by stage; `earlier`: those of the period `before`."""
    series = [
        Series(f"{name} path{' before' if before else ''}", colour)
        for key, name in PATHS.items()
        for before, colour in ((False, PATH_COLOURS[key]), (True, PATH_BEFORE[key]))
        if earlier or not before
    ]
    of_before = _days(before.start, before.end) if before else {}
    asked = [{"path": key} | days for key in PATHS for days in ([{}, of_before] if earlier else [{}])]
    whose = [side for key in PATHS for side in ([found[key], earlier[key]] if earlier else [found[key]])]
    sides = [[step for step in steps if step.key != "inquiry"] for steps in whose]
    names = ["Qualified", *(step.name for step in sides[0][1:])]
    points = [
        Point(name, one.label, side[place].count, f"{one.label}, {name.lower()}: {side[place].count:,}")
        for place, name in enumerate(names)
        for one, side in zip(series, sides, strict=True)
    ]
    return Section(
        key="paths",
        title="MQL path beside MQA path",
        definition="Accounts by how far they came: those that became an MQA in the period beside those with a contact that "
        "became an MQL. An account can be in both. What follows counts within 90 days.",
        charts=[charts.columns("paths", "Accounts by stage, MQA path beside MQL path", points, series)]
        if any(point.value for point in points)
        else [],
        table=Table(
            [Column("Stage"), *(Column(one.label, "number") for one in series)],
            [
                (
                    name,
                    *(
                        Cell(f"{side[place].count:,}", "path", {"step": side[place].key} | asks)
                        for side, asks in zip(sides, asked, strict=True)
                    ),
                )
                for place, name in enumerate(names)
            ],
        ),
    )


def _days(first: date, last: date) -> dict[str, str]:
    """What rows of these days alone are asked for."""
    return {"from": first.isoformat(), "to": last.isoformat()}


A_QUARTER = 14  # weeks that 91 days touch
PATH_COLOURS = {"mqa": "chart-1", "mql": "chart-2"}
PATH_BEFORE = {"mqa": "chart-before", "mql": "chart-rest"}


def weeks(
    period: Period,
    cohort: Sequence[Cohort],
    created: Iterable[tuple[str, date, int]],
    closed: Iterable[Tally],
    earlier: Sequence[Cohort] | None,
    before: Period | None,
) -> Section:
    """MQAs, opportunities created and won over the period; `earlier`: the MQAs of the period `before`."""
    spans = spans_of(period)
    series = [Series("MQAs"), Series("Opportunities created", "chart-3"), Series("Won", "chart-5")]
    counts = [
        spans.counts((row.day, row.mqas) for row in cohort),
        spans.counts((day, count) for _, day, count in created),
        spans.counts((tally.closed_on, tally.deals) for tally in closed if tally.closed_on and tally.stage == "won"),
    ]
    days = list(zip(spans.starts, spans.ends, strict=True))
    opened = [[_days(*one) for one in days]] * 3
    if earlier is not None and before is not None:
        # Both periods are equally long (but for a leap day): a week of this one lies over the same days of that.
        series.append(Series("MQAs before", "chart-before", dashed=True))
        later = period.start - before.start
        counts.append(spans.counts((row.day + later, row.mqas) for row in earlier))
        opened = [*opened, [_days(first - later, min(last - later, before.end)) for first, last in days]]
    points = [
        Point(label, one.label, count[place], f"{label}, {one.label}: {count[place]:,}")
        for one, count in zip(series, counts, strict=True)
        for place, label in enumerate(spans.labels)
    ]
    title = f"{spans.name} by {spans.name.lower()}"
    # A single moment, or nothing at all, is said by the table.
    worth_it = len(spans.starts) > 1 and any(any(count) for count in counts)
    return Section(
        key="weeks",
        title=title,
        definition="MQAs by the day they qualified, opportunities by the day they were created, won ones by the day they "
        "closed. Weeks begin on Monday (UTC); the first and the last can be cut by the period.",
        charts=[charts.lines("weeks", f"MQAs and opportunities, {title.lower()}", points, series)] if worth_it else [],
        table=Table(
            [Column(spans.name), *(Column(one.label, "number") for one in series)],
            [
                (
                    label,
                    *(
                        Cell(f"{count[place]:,}", rows, asks | of_them[place]) if count[place] else "0"
                        for count, of_them, (rows, asks) in zip(counts, opened, _OF_WEEKS, strict=False)
                    ),
                )
                for place, label in enumerate(spans.labels)
            ],
        ),
        folded=worth_it,
    )


# The rows behind each column of the weeks.
_OF_WEEKS: Sequence[tuple[str, dict[str, str]]] = (
    ("mqa", {}),
    ("created", {}),
    ("closed", {"group": "all", "stage": "won"}),
    ("mqa", {}),
)


def cohorts(period: Period, cohort: Sequence[Cohort]) -> Section:
    """MQA → opportunity of each week's MQAs; of each month's in more than a quarter, since weeks are small."""
    spans = spans_of(period, most_weeks=A_QUARTER)
    of_each: list[list[Cohort]] = [[] for _ in spans.starts]
    for row in cohort:
        if (place := spans.place(row.day)) is not None:
            of_each[place].append(row)
    shares_ = [outcomes.conversion(rows) for rows in of_each]
    worth_it = sum(share.whole > 0 for share, _ in shares_) > 1
    name = spans.name.lower()
    return Section(
        key="cohorts",
        title=f"MQA → opportunity by {name}",
        definition=f"The same share of the MQAs of each {name}, by the day they qualified. Those of the last 90 days can still "
        "rise, by as many as have time left.",
        charts=shares(
            "cohorts",
            f"MQAs with an opportunity within 90 days, by the {name} in which they qualified, with 95 % intervals",
            [(label, share, None) for label, (share, _) in zip(spans.labels, shares_, strict=True) if share.whole],
        )
        if worth_it
        else [],
        table=Table(
            [
                Column(f"{spans.name} qualified"),
                Column("MQAs", "number"),
                Column("With an opportunity"),
                Column("Time left", "number"),
            ],
            [
                (
                    label,
                    Cell(f"{share.whole:,}", "mqa", asks),
                    Cell(share_text(share), "mqa_opportunity", asks),
                    f"{waiting:,}",
                )
                for label, asks, (share, waiting) in zip(
                    spans.labels, map(_days, spans.starts, spans.ends), shares_, strict=True
                )
                if share.whole
            ],
        ),
        folded=worth_it,
    )


def durations(cohort: Sequence[Cohort]) -> Section:
    """How the days of each leg are distributed, with median and 90th percentile."""
    drawn: list[Chart] = []
    rows: list[tuple[str | Cell, ...]] = []
    for key, label in outcomes.LEGS.items():
        values = [value for value in outcomes.days_of(cohort, key) if value >= 0]
        bins = charts.bins_of(values)
        if not bins:
            continue
        texts = [f"{low:,.0f} to {high:,.0f} days" for low, high, _ in bins]
        median, most = quantile(values, 0.5) or 0.0, quantile(values, 0.9) or 0.0
        said = (
            f"{len(values):,} measured; half within {median:,.1f} days (line), nine of ten within {most:,.1f} (dashed)"
        )
        drawn.append(
            charts.histogram(
                f"days-{key}",
                f"{label}: {said}",
                [charts.Bin(*one, f"{text}: {one[2]:,}") for one, text in zip(bins, texts, strict=True)],
                marked=[Marked(median), Marked(most, dash=(4, 3))],
                title=label,
                note=said,
                unit="days",
            )
        )
        rows += [
            (label, text, Cell(f"{count:,}", "velocity", {"leg": key, "bin": place}))
            for place, ((_, _, count), text) in enumerate(zip(bins, texts, strict=True))
        ]
    return Section(
        key="durations",
        title="How the days spread",
        definition="How many took how long, leg by leg, with the median and the 90th percentile.",
        charts=drawn,
        table=Table([Column("From → to"), Column("Took"), Column("How many", "number")], rows),
        folded=bool(rows),
    )


def win_rates(found: Mapping[str, outcomes.Group], was: Mapping[str, outcomes.Group] | None) -> list[Chart]:
    """Won of won and lost by group, each on its interval."""
    return shares(
        "win_rates",
        "Win rate by group, with 95 % intervals",
        [(group.name, group.win_rate, was[key].win_rate if was else None) for key, group in found.items()],
    )


def shares(
    key: str,
    label: str,
    rows: Sequence[tuple[str, Share, Share | None]],
    *,
    overall: Share | None = None,
    title: str = "",
) -> list[Chart]:
    """Shares on their intervals, beside those of the period before; nothing where nothing was counted."""
    series = [Series("This period"), *([Series("Before", "chart-before")] if any(was for _, _, was in rows) else [])]
    points = [
        _interval(name, one.label, value)
        for name, share, was in rows
        for one, value in zip(series, (share, was), strict=False)
        if value is not None
    ]
    if not any(row.value is not None for row in points):
        return []
    whole = overall.value if overall else None
    return [charts.intervals(key, label, points, series, all_of=None if whole is None else Marked(whole), title=title)]


def _interval(name: str, series: str, share: Share) -> Interval:
    low, high = share.interval or (0.0, 0.0)
    counted = f"{share.part:,} of {share.whole:,}"
    return Interval(name, series, share.value, low, high, counted, f"{name}, {series.lower()}: {share_text(share)}")


def clocks(names: Mapping[str, str], rows: Sequence[Clock]) -> list[Chart]:
    """Clocks in time, late and running late, of everybody."""
    series = [Series("In time", "good"), Series("Late", "bad"), Series("Running late", "warn")]
    points = [
        Point(name, one.label, count, f"{name}, {one.label.lower()}: {count:,}")
        for clock, name in names.items()
        for one, count in zip(
            series,
            [sum(getattr(row, how) for row in rows if row.clock == clock) for how in ("kept", "late", "running_late")],
            strict=True,
        )
    ]
    return [charts.columns("clocks", "Clocks in time and late, of everybody", points, series)] if rows else []


def influence(found: Sequence[Influence]) -> list[Chart]:
    """Win rates of opportunities that a campaign touched beside those of the others."""
    series = [Series("Touched by it"), Series("Not touched", "chart-rest")]
    rows = [
        _interval(one.campaign, name.label, group.win_rate)
        for one in found
        for name, group in zip(series, (one.touched, one.others), strict=True)
    ]
    if all(row.value is None for row in rows):
        return []
    return [charts.intervals("influence", "Win rate with a campaign's touches and without", rows, series)]


def standings(rows: Sequence[tuple[str, Sequence[Share]]], segments: Sequence[str]) -> list[Chart]:
    """Of each segment's accounts the share in each band of a score."""
    series = [Series(name, colour) for name, colour in zip(segments, ("chart-1", "chart-rest"), strict=False)]
    points = [
        _interval(band, one.label, share)
        for band, shares_ in rows
        for one, share in zip(series, shares_, strict=True)
        if share.whole
    ]
    label = "Accounts by score, as a share of their segment's, with 95 % intervals"
    return [charts.intervals("standing", label, points, series)] if points else []


def credits_over_time(period: Period, found: Attribution, *, by: str, currency: str) -> Section:
    """Credit by week and channel (or whatever `by` is) in one currency, by the day on which opportunities closed."""
    spans = spans_of(period)
    sums: dict[str, list[Decimal]] = {}
    for day, label, of, amount in found.daily:
        place = spans.place(day)
        if of == currency and place is not None:
            sums.setdefault(label, [Decimal(0)] * len(spans.starts))[place] += amount
    labels = sorted(sums, key=lambda label: (label == OTHERS, -sum(sums[label])))
    series = [
        Series(label, REST if label == OTHERS else colour)
        for label, colour in zip(labels, [*PALETTE, REST], strict=False)
    ]
    points = [
        Point(
            at,
            one.label,
            float(sums[one.label][place]),
            f"{at}, {one.label}: {money_text({currency: sums[one.label][place]})}",
        )
        for one in series
        for place, at in enumerate(spans.labels)
        if sums[one.label][place]
    ]
    worth_it = len(spans.starts) > 1 and bool(points)
    title = f"Credit by {by} and {spans.name.lower()}"
    return Section(
        key="credit_over_time",
        title=title,
        definition=f"The credits below by the {spans.name.lower()} in which the opportunity closed (an open one: was "
        f"created){f', in {currency}' if currency else ''}. Weeks begin on Monday (UTC).",
        charts=[
            charts.columns("credit_over_time", title, points, series, stacked=True, whole=False, places=spans.labels)
        ]
        if worth_it
        else [],
        table=Table(
            [Column(spans.name), *(Column(one.label, "number") for one in series)],
            [
                (at, *(money_text({currency: sums[one.label][place]}) for one in series))
                for place, at in enumerate(spans.labels)
            ]
            if series
            else [],
        ),
        folded=worth_it,
    )
