"""The charts of a model's previews. Pure; each page has the table of what it draws."""

from collections.abc import Sequence
from datetime import date

from accounts import charts
from accounts.charts import Chart, Point, Series


def scores(histogram: Sequence[tuple[int, int, int]], *, mqa_score: float) -> Chart:
    """How many centers have which score, now and under the draft; the dashed line is where an MQA begins."""
    series = [Series("Before", "chart-rest"), Series("After")]
    points = [
        Point(f"{low}", one.label, count, f"From {low}, {one.label.lower()}: {count:,}")
        for low, *counts in histogram
        for one, count in zip(series, counts, strict=True)
    ]
    bar = max((low for low, _, _ in histogram if low <= mqa_score), default=0)
    return charts.columns("scores", "Scores before and after, by steps", points, series, bar_at=f"{bar}")


def weeks(names: Sequence[str], rows: Sequence[tuple[date, Sequence[int]]]) -> Chart:
    """MQAs at the end of each week, version by version; the active one comes first."""
    colours = ["chart-rest", *charts.PALETTE] if len(names) > 1 else charts.PALETTE
    series = [Series(name, colour) for name, colour in zip(names, colours, strict=False)]
    years = len({day.year for day, _ in rows}) > 1
    points = [
        Point(label, one.label, counts[place], f"{label}, {one.label}: {counts[place]:,}")
        for place, one in enumerate(series)
        for day, counts in rows
        for label in [f"{day:%b} {day.day}{f', {day.year}' if years else ''}"]
    ]
    return charts.lines("weeks", "MQAs at the end of each week, by version", points, series)
