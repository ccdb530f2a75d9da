"""The dashboard: one page of the other reports' figures for a Monday meeting, each as it stands there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from reports import attributed
from reports.pages import abm, attribution, funnel, quality, revenue, speed
from reports.period import Period
from reports.quality import outcomes, outcomes_both
from reports.shapes import Section

TOP = 5


def sections(period: Period, *, now: datetime, before: Period | None) -> list[Section]:
    """What a sheet of paper has room for; most charts and long tables stay on the reports' own pages."""
    # Inquiries of the period before are half the work of this page, and what follows them is compared.
    of_funnel = _by_key(funnel.sections(period, now=now, before=before, inquiries_before=False))
    credits_ = attribution.sections(period, now=now, before=before, options=attributed.Options())
    of_model = quality.bands(*(outcomes_both(period, before, now=now) if before else (outcomes(period, now=now), None)))
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
        "attribution": [_plain(_short(_by_key(credits_)["credits"]), "Channel", "Credit", "Touches", "Credit before")],
        "speed": [
            replace(speed.clocks(period, before), table=None, charts=()),
            _short(_most_first(speed.reasons(period, before))),
        ],
        "abm": [replace(abm.five(period, before), table=None, charts=())],
        "revenue": [replace(revenue.retention(period, before), table=None)],
        "model": [replace(of_model, table=None, charts=(), warnings=())],
    }
    return [replace(section, page=page) for page, found in cards.items() for section in found]


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
