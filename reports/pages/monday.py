"""The dashboard: one page of the other reports' figures for a Monday meeting, each as it stands there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from reports import attributed
from reports.pages import abm, attribution, funnel, quality, revenue, speed
from reports.period import Period
from reports.shapes import Section

TOP = 5


def sections(period: Period, *, now: datetime, before: Period | None) -> list[Section]:
    """Ten cards at most; charts and long tables stay on the reports' own pages."""
    of_funnel = _by_key(funnel.sections(period, now=now, before=before))
    of_speed = _by_key(speed.sections(period, now=now, before=before))
    credits_ = attribution.sections(period, now=now, before=before, options=attributed.Options())
    return [
        of_funnel["conversion"],
        _plain(of_funnel["mqa_path"]),
        _plain(of_funnel["mql_path"]),
        _plain(of_funnel["deals"]),
        _plain(of_funnel["velocity"]),
        _short(credits_[0]),
        replace(of_speed["sla"], table=None),
        _short(of_speed["reasons"]),
        abm.five(period, before),
        replace(revenue.retention(period, before), table=None),
        replace(
            _by_key(quality.sections(period, now=now, before=before))["bands"], table=None, chart=None, warnings=()
        ),
    ]


def _by_key(found: Sequence[Section]) -> dict[str, Section]:
    return {section.key: section for section in found}


def _plain(section: Section) -> Section:
    return replace(section, chart=None)


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
