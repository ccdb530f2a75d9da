"""The dashboard: one page of the other reports' figures for a Monday meeting, each as it stands there."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from reports import attributed
from reports.meanwhile import meanwhile
from reports.pages import abm, attribution, funnel, quality, revenue, speed
from reports.period import Period
from reports.quality import outcomes, outcomes_both
from reports.shapes import Section

TOP = 5


def sections(period: Period, *, now: datetime, before: Period | None) -> list[Section]:
    """What a sheet of paper has room for; most charts and long tables stay on the reports' own pages."""
    asked: dict[str, Callable[[], list[Section]]] = {
        "abm": meanwhile(lambda: [abm.five(period, before)]),
        "attribution": meanwhile(
            lambda: attribution.sections(period, now=now, before=before, options=attributed.Options())
        ),
        "model": meanwhile(lambda: [_of_model(period, now=now, before=before)]),
        "clocks": meanwhile(lambda: [speed.clocks(period, before)]),
        "revenue": meanwhile(lambda: [revenue.retention(period, before)]),
        "reasons": meanwhile(lambda: [speed.reasons(period, before)]),
        "funnel": lambda: funnel.sections(period, now=now, before=before),
    }
    # The longest here; of the rest from the last on, since helpers begin with the first. The others are in the order of how long
    # they take, so both end at about the same time.
    found = {name: _by_key(asked[name]()) for name in reversed(asked)}
    of_funnel = found["funnel"]
    cards = {
        "funnel": [
            of_funnel["conversion"],
            of_funnel["weeks"],
            replace(of_funnel["paths"], table=None),
            _plain(of_funnel["mqa_path"], "Stage", "Accounts", "Conversion", "Accounts before"),
            _plain(of_funnel["mql_path"], "Stage", "Accounts", "Conversion", "Accounts before"),
            _plain(of_funnel["deals"], "Opportunities", "Won", "Lost", "Win rate", "Win rate before"),
            _plain(of_funnel["velocity"], "From → to", "Measured", "Median", "90th percentile", "Median before"),
        ],
        "attribution": [
            _plain(_short(found["attribution"]["credits"]), "Channel", "Credit", "Touches", "Credit before")
        ],
        "speed": [
            replace(found["clocks"]["sla"], table=None, charts=()),
            _short(_most_first(found["reasons"]["reasons"])),
        ],
        "abm": [replace(found["abm"]["five"], table=None, charts=())],
        "revenue": [replace(found["revenue"]["retention"], table=None)],
        "model": [replace(found["model"]["bands"], table=None, charts=(), warnings=())],
    }
    return [replace(section, page=page) for page, found in cards.items() for section in found]


def _of_model(period: Period, *, now: datetime, before: Period | None) -> Section:
    return quality.bands(*(outcomes_both(period, before, now=now) if before else (outcomes(period, now=now), None)))


def _by_key(found: Sequence[Section]) -> dict[str, Section]:
    return {section.key: section for section in found}


def _plain(section: Section, *columns: str) -> Section:
    """Without its bars; of its table these columns alone, as a sheet of paper has room for."""
    table = section.table
    if table is None:
        return replace(section, chart=None)
    kept = [place for place, column in enumerate(table.columns) if not columns or column.label in columns]
    narrow = replace(
        table,
        columns=[table.columns[place] for place in kept],
        rows=[[row[place] for place in kept] for row in table.rows],
    )
    return replace(section, chart=None, table=narrow)


def _most_first(section: Section) -> Section:
    """Its rows by how many times they came."""
    table = section.table
    if table is None:
        return section
    place = [column.label for column in table.columns].index("Times")
    rows = sorted(table.rows, key=lambda row: -int(str(row[place]).replace(",", "")))
    return replace(section, table=replace(table, rows=rows))


def _short(section: Section) -> Section:
    """Without its chart, and with the first rows of its table."""
    table = section.table
    if table is None or len(table.rows) <= TOP:
        return _plain(section)
    rest = len(table.rows) - TOP
    return replace(
        section,
        chart=None,
        title=f"{section.title}: the first {TOP} of {TOP + rest}",
        table=replace(table, rows=table.rows[:TOP]),
    )
