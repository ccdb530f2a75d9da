"""Charts as Vega-Lite specifications: rows in, a dict out. Pure; static/js/charts.js draws them.

Low among the rooms, since pages of `signals` draw as well as reports. Colours are names of tokens (static/css/tokens.css)
and reach the drawing as `var(--…)`, so that both themes and paper take theirs from the sheet. What a row says when it is
pointed at is its text, made where the table's is. No chart stands without a table of the same rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil
from typing import Any, Final, NamedTuple

Spec = dict[str, Any]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"  # a name: nothing is loaded from there
PALETTE: Final = ("chart-1", "chart-2", "chart-3", "chart-4", "chart-5", "chart-6")
REST: Final = "chart-rest"
BEFORE: Final = "chart-before"
LABELLED: Final = 12  # columns that have room for their figures
ROW: Final = 30  # px of a row of intervals or cells
AXIS: Final = 34  # px of an axis under them
CELL: Final = 44  # px of a cell that has room for its words
LABELS: Final = 110  # px of the names of rows
ROOMY: Final = 300  # px of a drawing that has room for words beside its marks


@dataclass(frozen=True)
class Series:
    """What one colour stands for; `dashed` lines are those of the period before."""

    label: str
    colour: str = "chart-1"
    dashed: bool = False


class Point(NamedTuple):
    """A value of a series at a place of the axis, with its words."""

    x: str
    series: str
    value: float
    text: str


class Interval(NamedTuple):
    """A share with its interval, 0 to 1; without a value the row stays empty."""

    name: str
    series: str
    value: float | None
    low: float
    high: float
    counted: str
    text: str


class Bin(NamedTuple):
    """How many lie from `low` up to `high`."""

    low: float
    high: float
    many: int
    text: str


class Square(NamedTuple):
    """A value of a row and a column of a heat map, written in it as `said`; `depth` 0 to 1 is how dark it is."""

    row: str
    column: str
    depth: float
    said: str
    text: str


class Marked(NamedTuple):
    """A place of the axis: the median, the bar of a model. Its label stands beside it, or in the chart's title."""

    at: float
    label: str = ""
    dash: Sequence[int] = (1, 0)


@dataclass(frozen=True)
class Chart:
    """One drawing: `label` says what it shows, `marks` how many it draws.

    `height` is the room that it takes in px, `width` the least with which it can be read: on less it is scrolled.
    """

    key: str
    label: str
    spec: Spec
    height: int
    series: Sequence[Series] = ()
    marks: int = 0
    title: str = ""
    note: str = ""
    width: int = 1


def columns(
    key: str,
    label: str,
    points: Iterable[Point],
    series: Sequence[Series],
    *,
    stacked: bool = False,
    height: int = 220,
    whole: bool = True,
    places: Sequence[str] = (),
    bar_at: str = "",
) -> Chart:
    """Columns of each series beside or upon each other.

    `whole`: the axis counts in whole numbers; `places`: those of the axis where some have no point; `bar_at`: where a bar
    of the model lies.
    """
    rows = [point._asdict() for point in points]
    bar: Spec = {
        "mark": {"type": "bar", "cornerRadiusEnd": 0 if stacked else 2},
        "encoding": {
            "color": _colours(series),
            "tooltip": {"field": "text"},
            "order": {"field": "order"},
        },
    }
    for row in rows:
        row["order"] = [one.label for one in series].index(row["series"])
    encoding: Spec = {
        "x": _places(rows, places),
        "y": {"field": "value", "type": "quantitative", "axis": _counts(whole=whole), "stack": stacked or None},
    }
    layers = [bar]
    if not stacked:
        encoding["xOffset"] = {
            "field": "series",
            "sort": [one.label for one in series],
            "scale": {"paddingInner": 0.12},
        }
        if whole and len(rows) <= LABELLED:
            layers.append(
                {
                    "mark": {"type": "text", "dy": -7, "color": _var("ink-2")},
                    "encoding": {"text": {"field": "value", "format": ","}},
                }
            )
    spec = _spec(rows, {}, [layer | {"encoding": encoding | layer["encoding"]} for layer in layers], height)
    if bar_at:
        spec["layer"].append(
            {
                "data": {"values": [{}]},
                "mark": {"type": "rule", "strokeWidth": 1.5, "strokeDash": [4, 3], "color": _var("good")},
                "encoding": {"x": {"datum": bar_at, "type": "ordinal", "bandPosition": 0}},
            }
        )
    return Chart(key, label, spec, height, _named(series), len(rows))


def lines(
    key: str, label: str, points: Iterable[Point], series: Sequence[Series], *, height: int = 220, share: bool = False
) -> Chart:
    """A line for each series; the ones of the period before are dashed. `share`: values are shares of 1."""
    rows = [point._asdict() for point in points]
    axis = _shares() if share else _counts()
    encoding: Spec = {
        "x": _places(rows, band=False),
        "y": {"field": "value", "type": "quantitative", "axis": axis, "scale": {"zero": not share}},
        "color": _colours(series),
        "tooltip": {"field": "text"},
    }
    dash = {"domain": [one.label for one in series], "range": [[4, 4] if one.dashed else [1, 0] for one in series]}
    layers: list[Spec] = [
        {
            "mark": {"type": "line", "strokeWidth": 2, "tooltip": None},
            "encoding": {"strokeDash": {"field": "series", "scale": dash, "legend": None}, "tooltip": {"value": None}},
        },
        {"mark": {"type": "point", "filled": True, "size": 36, "opacity": 1}},
    ]
    return Chart(key, label, _spec(rows, encoding, layers, height), height, _named(series), len(rows))


def histogram(
    key: str,
    label: str,
    bins: Iterable[Bin],
    *,
    marked: Sequence[Marked] = (),
    title: str = "",
    note: str = "",
    unit: str = "",
    height: int = 170,
) -> Chart:
    """How many lie in each bin, with the places that have a name."""
    rows = [one._asdict() for one in bins]
    layers: list[Spec] = [
        {
            "mark": {"type": "bar", "color": _var("chart-1"), "binSpacing": 1},
            "encoding": {
                "x": {
                    "field": "low",
                    "type": "quantitative",
                    "bin": {"binned": True},
                    "axis": {"title": unit or None, "grid": False, "tickMinStep": 1, "tickCount": 6},
                },
                "x2": {"field": "high"},
                "y": {"field": "many", "type": "quantitative", "axis": _counts()},
                "tooltip": {"field": "text"},
            },
        }
    ]
    layers += [
        {
            "data": {"values": [{}]},  # once, not for each row
            "mark": {"type": "rule", "strokeWidth": 2, "strokeDash": one.dash, "color": _var("chart-3")},
            "encoding": {"x": {"datum": one.at, "type": "quantitative"}},
        }
        for one in marked
    ]
    return Chart(key, label, _spec(rows, {}, layers, height), height, (), len(rows), title, note)


def intervals(
    key: str,
    label: str,
    rows: Iterable[Interval],
    series: Sequence[Series],
    *,
    all_of: Marked | None = None,
    title: str = "",
) -> Chart:
    """A dot for each share on its 95 % interval, row by row, with what it was counted of; `all_of`: the share of all."""
    named = [row._asdict() for row in rows]
    names = list(dict.fromkeys(row["name"] for row in named))
    drawn = [row for row in named if row["value"] is not None]
    encoding: Spec = {
        "y": {
            "field": "name", "type": "nominal", "sort": None, "scale": {"domain": names},
            "axis": {"title": None, "labelLimit": 170, "labelPadding": 12, "ticks": False, "domain": False, "grid": False},
        },
        "yOffset": {"field": "series", "sort": [one.label for one in series]},
        "color": _colours(series),
        "tooltip": {"field": "text"},
    }  # fmt: skip
    # From nothing up to a little more than what is known: the axis is no wider than that.
    top = min(1.0, 0.1 + ceil(10 * max((row["high"] for row in drawn), default=1.0)) / 10)
    across = {"type": "quantitative", "scale": {"domain": [0, top]}, "axis": _shares()}
    layers: list[Spec] = [
        {
            "mark": {"type": "rule", "strokeWidth": 3, "strokeCap": "round", "opacity": 0.45},
            "encoding": encoding | {"x": {"field": "low", **across}, "x2": {"field": "high"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 80, "opacity": 1},
            "encoding": encoding | {"x": {"field": "value", **across}},
        },
        {
            "mark": {
                "type": "text",
                "align": "left",
                "dx": 8,
                "color": _var("ink-3"),
                "opacity": {"expr": f"width < {ROOMY} ? 0 : 1"},
            },
            "encoding": {
                **{name: encoding[name] for name in ("y", "yOffset")},
                "x": {"field": "high", **across},
                "text": {"field": "counted"},
            },
        },
    ]
    if all_of:
        at = {"datum": all_of.at, **across}
        layers.insert(
            0,
            {
                "data": {"values": [{}]},
                "mark": {"type": "rule", "strokeDash": [3, 3], "color": _var("ink-3")},
                "encoding": {"x": at},
            },
        )
    height = int(AXIS + ROW * max(1, len(names)) * (1 if len(series) < 2 else 1.3))
    return Chart(key, label, _spec(drawn, {}, layers, height), height, _named(series), len(drawn), title)


def heat(key: str, label: str, squares: Iterable[Square], *, across: str = "") -> Chart:
    """A square for each row and column, the darker the deeper, with its words in it."""
    rows = [one._asdict() for one in squares]
    names = list(dict.fromkeys(row["row"] for row in rows))
    encoding: Spec = {
        "x": {
            "field": "column", "type": "nominal", "sort": None,
            "axis": {"orient": "top", "title": across or None, "labelAngle": 0, "ticks": False, "domain": False, "grid": False},
        },
        "y": {
            "field": "row", "type": "nominal", "sort": None,
            "axis": {"title": None, "ticks": False, "domain": False, "grid": False, "labelLimit": 170},
        },
        "tooltip": {"field": "text"},
    }  # fmt: skip
    depth = {
        "field": "depth",
        "type": "quantitative",
        "legend": None,
        "scale": {"domain": [0, 1], "range": [0.04, 0.5]},
    }
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "color": _var("chart-1"), "stroke": _var("surface"), "strokeWidth": 2},
            "encoding": {"opacity": depth},
        },
        {"mark": {"type": "text", "color": _var("ink")}, "encoding": {"text": {"field": "said"}}},
    ]
    height = 2 * AXIS + ROW * max(1, len(names))
    width = LABELS + CELL * len({row["column"] for row in rows})
    return Chart(key, label, _spec(rows, encoding, layers, height), height, (), len(rows), width=width)


def bins_of(values: Sequence[float], *, most: int = 14) -> list[tuple[float, float, int]]:
    """At most `most` bins of one whole or round width from 0 up that hold all `values`, which are not negative."""
    if not values:
        return []
    top = max(values)
    steps = (step * 10**power for power in count() for step in (1, 2, 5))
    width = next(step for step in steps if top < step * most)
    counts = [0] * (int(top // width) + 1)
    for value in values:
        counts[int(value // width)] += 1
    return [(place * width, (place + 1) * width, count) for place, count in enumerate(counts)]


def _spec(rows: list[dict[str, Any]], encoding: Spec, layers: list[Spec], height: int) -> Spec:
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": rows},
        "encoding": encoding,
        "layer": layers,
    }


def _places(rows: list[dict[str, Any]], places: Sequence[str] = (), *, band: bool = True) -> Spec:
    axis: Spec = {"labelAngle": 0, "labelOverlap": "greedy", "title": None, "ticks": False, "grid": False}
    domain = list(places) or list(dict.fromkeys(row["x"] for row in rows))
    scale: Spec = {"domain": domain} | ({"paddingInner": 0.3} if band else {"type": "point", "padding": 0.3})
    return {"field": "x", "type": "ordinal", "sort": None, "axis": axis, "scale": scale}


def _counts(*, whole: bool = True) -> Spec:
    axis: Spec = {"title": None, "tickCount": 4, "domain": False, "ticks": False}
    return axis | ({"tickMinStep": 1, "format": ",d"} if whole else {"labelExpr": "format(datum.value, '~s')"})


def _shares() -> Spec:
    axis: Spec = {"title": None, "tickCount": 5, "domain": False, "ticks": False}
    return axis | {"labelExpr": "format(datum.value * 100, '.0f') + ' %'"}


def _colours(series: Sequence[Series]) -> Spec:
    scale = {"domain": [one.label for one in series], "range": [_var(one.colour) for one in series]}
    return {"field": "series", "type": "nominal", "scale": scale, "legend": None}


def _named(series: Sequence[Series]) -> Sequence[Series]:
    return series if len(series) > 1 else ()


def _var(token: str) -> str:
    return f"var(--{token})"
