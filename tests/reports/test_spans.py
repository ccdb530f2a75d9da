"""Weeks, months and quarters of a period."""

from datetime import date

import pytest

from reports.period import Period
from reports.spans import spans_of


@pytest.mark.parametrize(
    ("first", "last", "name", "labels", "ends"),
    [
        # 2026-03-01 is a Sunday: the first week is cut to one day, the last to two.
        ("2026-03-01", "2026-03-10", "Week", ["Mar 1", "Mar 2", "Mar 9"], ["Mar 1", "Mar 8", "Mar 10"]),
        ("2025-12-29", "2026-01-05", "Week", ["Dec 29, 2025", "Jan 5, 2026"], ["Jan 4, 2026", "Jan 5, 2026"]),
        ("2026-03-02", "2026-03-02", "Week", ["Mar 2"], ["Mar 2"]),
        ("2025-11-20", "2026-06-01", "Month", [f"{m} {y}" for m, y in (
            ("Nov", 2025), ("Dec", 2025), ("Jan", 2026), ("Feb", 2026), ("Mar", 2026), ("Apr", 2026), ("May", 2026),
            ("Jun", 2026),
        )], None),
        ("2022-05-05", "2025-12-31", "Quarter", [f"{y} Q{q}" for y in range(2022, 2026) for q in range(1, 5)][1:], None),
    ],
)  # fmt: skip
def test_a_period_is_cut_into_spans_that_can_be_told_apart(
    first: str, last: str, name: str, labels: list[str], ends: list[str] | None
) -> None:
    spans = spans_of(Period(date.fromisoformat(first), date.fromisoformat(last)))
    assert (spans.name, spans.labels) == (name, labels)
    assert spans.end_labels == (ends or labels)


@pytest.mark.parametrize("days", [1, 27 * 7, 27 * 7 + 1, 36 * 30, 36 * 30 + 1, 3660])
def test_there_are_never_too_many_to_draw(days: int) -> None:
    end = date(2026, 11, 22)
    spans = spans_of(Period(date.fromordinal(end.toordinal() - days + 1), end))
    assert len(spans.starts) <= 42
    assert len(set(spans.labels)) == len(spans.labels)


def test_days_are_counted_where_they_lie_and_outside_nowhere() -> None:
    spans = spans_of(Period(date(2026, 3, 1), date(2026, 3, 10)))
    days = [
        (date(2026, 3, 2), 2),
        (date(2026, 3, 8), 3),
        (date(2026, 3, 10), 1),
        (date(2026, 2, 28), 7),
        (date(2026, 3, 11), 7),
    ]
    assert spans.counts(days) == [0, 5, 1]
