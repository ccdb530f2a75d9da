"""The funnel page: MQL path beside MQA path, conversion, velocity, win rate and deal size."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TypeVar

from reports import cohorts, drawn, funnel, outcomes
from reports.meanwhile import meanwhile
from reports.period import Period
from reports.shapes import Cell, Column, Figure, Section, Table, days_text, money_text, share_text, waiting_text

Row = TypeVar("Row")
BEFORE = (
    Column("Accounts before", "number", was="Accounts"),
    Column("Conversion before", was="Conversion"),
    Column("Days before", "number"),
)
SPREAD = ("Fastest", "First quartile", "Median", "Third quartile", "90th percentile", "Slowest")


def sections(period: Period, *, now: datetime, before: Period | None) -> list[Section]:
    """All cards of the page; with `before`, figures name their value in that period too."""
    of_paths = meanwhile(lambda: funnel.paths(period))
    cohort, earlier = _each(lambda one: cohorts.qualified_alike(one, now=now), lambda row: row.day, period, before)
    closed, closed_before = _each(cohorts.closed_tallies, lambda row: row.closed_on or period.start, period, before)
    created, created_before = _each(cohorts.created_counts, lambda row: row[1], period, before)
    paths_before = funnel.paths(before) if before else None
    paths = of_paths()
    return [
        _conversion(cohort, earlier, _inquiries(paths), _inquiries(paths_before) if paths_before else None),
        drawn.cohorts(period, cohort),
        drawn.weeks(period, cohort, created, closed, earlier, before),
        drawn.paths(paths, paths_before, before),
        *(_path(key, paths[key], paths_before[key] if paths_before else None) for key in funnel.PATHS),
        _velocity(cohort, earlier),
        drawn.durations(cohort),
        _deals(closed, created, closed_before, created_before),
    ]


def _each(
    ask: Callable[[Period], list[Row]], day: Callable[[Row], date], period: Period, before: Period | None
) -> tuple[list[Row], list[Row] | None]:
    """What is asked of each period; of two that follow each other it is asked once, and parted by its day."""
    both = period.joined(before)
    if before is None or both is None:
        return ask(period), ask(before) if before else None
    found = ask(both)
    return [row for row in found if day(row) >= period.start], [row for row in found if day(row) < period.start]


def _conversion(
    cohort: list[cohorts.Cohort],
    earlier: list[cohorts.Cohort] | None,
    inquiries: int,
    inquiries_before: int | None,
) -> Section:
    share, waiting = outcomes.conversion(cohort)
    was, was_waiting = outcomes.conversion(earlier) if earlier is not None else (None, 0)
    over, was_over = outcomes.conversion_over(cohort), outcomes.conversion_over(earlier or [])
    return Section(
        key="conversion",
        title="MQA → opportunity",
        definition="Of the MQAs that qualified in the period, the share with an opportunity at the account created within "
        "90 days after. While the 90 days of some are not over it can still rise: compare it with that of those whose are. "
        "Intervals are Wilson's at 95 %.",
        figures=[
            Figure(
                "Inquiries",
                Cell(f"{inquiries:,}", "inquirers"),
                "accounts with an inbound touch",
                before="" if inquiries_before is None else f"{inquiries_before:,}",
            ),
            Figure("MQAs", Cell(f"{share.whole:,}", "mqa"), before=f"{was.whole:,}" if was else ""),
            Figure(
                "With an opportunity",
                Cell(share_text(share), "mqa_opportunity"),
                waiting_text(waiting),
                before="; ".join(filter(None, (share_text(was), waiting_text(was_waiting)))) if was else "",
            ),
            *(
                [
                    Figure(
                        "Of those whose 90 days are over",
                        Cell(share_text(over), "mqa", {"over": "yes"}),
                        before=share_text(was_over) if was else "",
                    )
                ]
                if waiting or was_waiting
                else []
            ),
        ],
    )


def _path(
    key: str,
    steps: Sequence[funnel.Step],
    before: Sequence[funnel.Step] | None,
) -> Section:
    title = f"{funnel.PATHS[key]} path"
    return Section(
        key=f"{key}_path",
        title=title,
        definition="Accounts by the first day in the period on which they became one; what follows counts within 90 days, a "
        "win whenever it comes, so those whose 90 days are not over can still go on. Conversion: of the accounts that "
        f"inquired (any inbound touch in the period) those that became an {funnel.PATHS[key]} then or later in the period; of "
        "those that became one, accepted and opportunity; of those with an opportunity, won (any of them). Days are medians "
        "from that stage on; that of an inquiry is the day of its first touch in the period.",
        table=Table(
            [
                Column("Stage"),
                Column("Accounts", "number"),
                Column("Conversion"),
                Column("Median days", "number"),
                *(BEFORE if before else []),
            ],
            [
                (
                    step.name,
                    _accounts(step, key),
                    _of_before(step, key),
                    days_text(step.median_days),
                    *(_before(before[place]) if before else ()),
                )
                for place, step in enumerate(steps)
            ],
        ),
    )


def _before(step: funnel.Step) -> tuple[str, str, str]:
    """Accounts, conversion and median days of a stage in the period before."""
    return f"{step.count:,}", share_text(step.of_before) if step.of_before else "–", days_text(step.median_days)


def _inquiries(paths: funnel.Paths) -> int:
    """How many there were, of either path."""
    return next(step.count for steps in paths.values() for step in steps if step.key == "inquiry")


def _accounts(step: funnel.Step, path: str) -> Cell:
    if step.key == "inquiry":
        return Cell(f"{step.count:,}", "inquirers")
    return Cell(f"{step.count:,}", "path", {"path": path, "step": step.key})


def _of_before(step: funnel.Step, path: str) -> str | Cell:
    """A conversion; it opens to all that it is of, from inquiries to those that converted."""
    whole = {"won": "opportunity", "start": "inquiry"}.get(step.key, "start")
    return Cell(share_text(step.of_before), "path", {"path": path, "step": whole}) if step.of_before else "–"


def _velocity(cohort: list[cohorts.Cohort], earlier: list[cohorts.Cohort] | None) -> Section:
    rows = outcomes.velocities(cohort)
    was = outcomes.velocities(earlier) if earlier is not None else None
    return Section(
        key="velocity",
        title="Deal velocity",
        definition="Days between moments of the MQAs that qualified in the period, and how they spread: a quarter took no "
        "longer than the first quartile, half than the median, nine of ten than the 90th percentile. A close is known by its "
        "day.",
        table=Table(
            [
                Column("From → to"),
                Column("Measured", "number"),
                *(Column(name, "number") for name in SPREAD),
                *([Column("Median before", "number", was="Measured")] if was else []),
            ],
            [
                (
                    row.leg,
                    Cell(f"{row.count:,}", "velocity", {"leg": key}),
                    *map(days_text, (row.fastest, row.p25, row.median, row.p75, row.p90, row.slowest)),
                    *([days_text(was[key].median).of(was[key].count)] if was else []),
                )
                for key, row in rows.items()
            ],
        ),
        figures=[
            Figure(f"Negative: {row.leg}", Cell(f"{row.negative:,}", "velocity", {"leg": key, "negative": "yes"}))
            for key, row in rows.items()
            if row.negative
        ],
        warnings=["Negative durations are left out: their dates contradict each other."]
        if any(row.negative for row in rows.values())
        else [],
    )


def _deals(
    closed: list[cohorts.Tally],
    created: list[tuple[str, date, int]],
    earlier: list[cohorts.Tally] | None,
    created_before: list[tuple[str, date, int]] | None,
) -> Section:
    by_currency, by_currency_before = _by_currency(created), _by_currency(created_before or [])
    groups, speed = outcomes.groups(closed), outcomes.pipeline_velocity(closed, by_currency)
    speed_before = money_text(outcomes.pipeline_velocity(earlier, by_currency_before)) if earlier is not None else ""
    was = outcomes.groups(earlier) if earlier is not None else None
    return Section(
        key="deals",
        title="Win rate, deal size and days to close",
        definition="Opportunities won or lost in the period. Sourced by MQAs: created at the account within 90 days after "
        "it qualified. Amounts are means of won ones that name an amount, by currency. Days are means from the day of creation "
        "to that of closing, of all that closed and of won ones; how many is in brackets. Pipeline velocity = opportunities "
        "created × win rate × mean amount / mean days to close, of each currency by its own opportunities.",
        figures=[
            Figure(
                "Pipeline velocity a day",
                Cell(money_text(speed), "closed", {"group": "all"}),
                f"from {sum(tally.deals for tally in closed):,} closed" if closed else "",
                before=speed_before,
            ),
            Figure(
                "Opportunities created",
                Cell(f"{sum(by_currency.values()):,}", "created"),
                before=f"{sum(by_currency_before.values()):,}" if created_before is not None else "",
            ),
        ],
        charts=drawn.win_rates(groups, was),
        table=Table(
            [
                Column("Opportunities"),
                Column("Won", "number"),
                Column("Lost", "number"),
                Column("Win rate"),
                Column("Mean amount"),
                Column("Days to close"),
                Column("Days to win"),
                *(
                    [Column(f"{name} before", was=name) for name in ("Win rate", "Mean amount", "Days to win")]
                    if was
                    else []
                ),
            ],
            [
                (
                    group.name,
                    Cell(f"{group.won:,}", "closed", {"group": key, "stage": "won"}),
                    Cell(f"{group.lost:,}", "closed", {"group": key, "stage": "lost"}),
                    Cell(share_text(group.win_rate), "closed", {"group": key}),
                    Cell(outcomes.mean_text(group), "closed", {"group": key, "stage": "won"}),
                    Cell(outcomes.cycle_text(group.cycle), "closed", {"group": key}),
                    Cell(outcomes.cycle_text(group.won_cycle), "closed", {"group": key, "stage": "won"}),
                    *(
                        (
                            share_text(was[key].win_rate),
                            outcomes.mean_text(was[key]),
                            outcomes.cycle_text(was[key].won_cycle),
                        )
                        if was
                        else ()
                    ),
                )
                for key, group in groups.items()
            ],
        ),
    )


def _by_currency(created: list[tuple[str, date, int]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for currency, _, count in created:
        found[currency] += count
    return found
