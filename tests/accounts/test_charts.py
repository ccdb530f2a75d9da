"""What the charts' specifications say, without a browser."""

import json

import pytest

from accounts import charts
from accounts.charts import Bin, Interval, Marked, Point, Series, Square

NOW, BEFORE = Series("Now"), Series("Before", "chart-before", dashed=True)
POINTS = [Point("A", "Now", 3, "A, Now: 3"), Point("A", "Before", 1, "A, Before: 1"), Point("B", "Now", 0, "B, Now: 0")]


def test_columns_stand_beside_each_other_in_the_order_of_series() -> None:
    chart = charts.columns("k", "Label", POINTS, [NOW, BEFORE])
    bars, figures = chart.spec["layer"]
    assert chart.spec["data"]["values"][0] == {"x": "A", "series": "Now", "value": 3, "text": "A, Now: 3", "order": 0}
    assert bars["encoding"]["xOffset"]["sort"] == ["Now", "Before"]
    assert bars["encoding"]["y"]["stack"] is None
    assert bars["encoding"]["color"]["scale"] == {
        "domain": ["Now", "Before"],
        "range": ["var(--chart-1)", "var(--chart-before)"],
    }
    assert figures["encoding"]["text"] == {"field": "value", "format": ","}
    assert (chart.marks, chart.series) == (3, [NOW, BEFORE])


def test_stacked_columns_keep_places_without_a_point() -> None:
    chart = charts.columns("k", "Label", POINTS, [NOW, BEFORE], stacked=True, places=["A", "B", "C"])
    (bars,) = chart.spec["layer"]
    assert "xOffset" not in bars["encoding"]
    assert bars["encoding"]["y"]["stack"] is True
    assert bars["encoding"]["x"]["scale"]["domain"] == ["A", "B", "C"]


def test_the_bar_of_a_model_is_drawn_once_where_it_lies() -> None:
    chart = charts.columns("k", "Label", POINTS, [NOW, BEFORE], bar_at="B")
    rule = chart.spec["layer"][-1]
    assert rule["data"] == {"values": [{}]}
    assert rule["encoding"]["x"] == {"datum": "B", "type": "ordinal", "bandPosition": 0}


def test_lines_of_the_period_before_are_dashed() -> None:
    line, points = charts.lines("k", "Label", POINTS, [NOW, BEFORE]).spec["layer"]
    assert line["encoding"]["strokeDash"]["scale"] == {"domain": ["Now", "Before"], "range": [[1, 0], [4, 4]]}
    assert points["mark"]["type"] == "point"


def test_an_interval_without_a_value_keeps_its_row_and_draws_nothing() -> None:
    rows = [
        Interval("All", "Now", 0.5, 0.2, 0.8, "2 of 4", "All: 50 %"),
        Interval("None", "Now", None, 0, 0, "0 of 0", "–"),
    ]
    chart = charts.intervals("k", "Label", rows, [NOW], all_of=Marked(0.4))
    rule, span, dot, counted = chart.spec["layer"]
    assert [row["name"] for row in chart.spec["data"]["values"]] == ["All"]
    assert span["encoding"]["y"]["scale"]["domain"] == ["All", "None"]
    assert rule["encoding"]["x"]["datum"] == 0.4
    assert dot["encoding"]["x"]["scale"] == {"domain": [0, 0.9]}
    assert counted["encoding"]["text"] == {"field": "counted"}
    assert (chart.marks, chart.height, chart.series) == (1, 94, ())


def test_a_histogram_has_its_bins_and_its_marked_places() -> None:
    chart = charts.histogram("k", "Label", [Bin(0, 5, 3, "0 to 5: 3")], marked=[Marked(2.5), Marked(4, dash=(4, 3))])
    bars, median, most = chart.spec["layer"]
    assert bars["encoding"]["x2"] == {"field": "high"}
    assert (median["encoding"]["x"]["datum"], most["encoding"]["x"]["datum"]) == (2.5, 4)
    assert (median["mark"]["strokeDash"], most["mark"]["strokeDash"]) == ((1, 0), (4, 3))


def test_a_heat_map_is_scrolled_where_its_words_have_no_room() -> None:
    squares = [Square("2026 Q1", str(n), 0.5, "90 %", f"2026 Q1, {n}") for n in range(3)]
    chart = charts.heat("k", "Label", squares)
    assert (chart.width, chart.height, chart.marks) == (110 + 3 * 44, 2 * 34 + 30, 3)
    assert chart.spec["layer"][1]["encoding"]["text"] == {"field": "said"}


@pytest.mark.parametrize(
    ("values", "bins"),
    [
        ([], []),
        ([0.0], [(0, 1, 1)]),
        ([0.5, 1, 13.9], [(0, 1, 1), (1, 2, 1), *((n, n + 1, 0) for n in range(2, 13)), (13, 14, 1)]),
        ([3, 14], [(0, 2, 0), (2, 4, 1), *((n, n + 2, 0) for n in range(4, 14, 2)), (14, 16, 1)]),
        ([700], [*((n * 100, (n + 1) * 100, 0) for n in range(7)), (700, 800, 1)]),
    ],
)
def test_bins_have_one_round_width_and_hold_everything(values: list[float], bins: list[tuple[int, int, int]]) -> None:
    assert charts.bins_of(values) == bins


def test_a_specification_is_json_and_names_colours_by_token_alone() -> None:
    drawn = [
        charts.columns("k", "L", POINTS, [NOW, BEFORE]),
        charts.lines("k", "L", POINTS, [NOW, BEFORE], share=True),
        charts.heat("k", "L", [Square("r", "c", 1, "s", "t")]),
    ]
    said = json.dumps([chart.spec for chart in drawn])
    assert "#" not in said
    assert "rgb" not in said
