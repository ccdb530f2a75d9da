import re
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.utils import timezone

from accounts import marks, timeline
from accounts.formatting import UNKNOWN

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
UNSCORED = '<span class="unscored">not evaluated yet</span>'


def render(source: str, **context: object) -> str:
    return Template("{% load desk %}" + source).render(Context(context))


def gates(*passed: bool) -> list[dict[str, object]]:
    return [{"name": name, "passed": one} for name, one in zip(marks.GATES, passed, strict=True)]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (gates(True, True, True, True, True), "5 of 5 gates"),
        (gates(True, True, False, True, False), "2 of 5 gates; blocked at spread"),
        ({"gates": gates(False, True, True, True, True)}, "0 of 5 gates; blocked at relevance"),
        ([SimpleNamespace(passed=one) for one in (1, 1, 1, 1, 0)], "4 of 5 gates; blocked at threshold"),
        ((True, False, True, True, True), "1 of 5 gates; blocked at cluster"),
        ("direction", "3 of 5 gates; blocked at direction"),
    ],
)
def test_gates_say_how_many_passed_and_where_it_stops(value, label):
    assert f'role="img" aria-label="{label}"' in render("{% gates value %}", value=value)


def test_gates_draw_passed_block_and_not_reached_as_three_shapes():
    drawn = render("{% gates 'spread' %}")
    assert re.findall(r"<path[^>]*>", drawn) == [
        '<path class="pass" d="M3 6h10M22 6h10"/>',
        '<path class="block" d="M43 6h6"/>',
        '<path d="M60 6h10M79 6h10"/>',
    ]
    assert drawn.count("<path") == 3


@pytest.mark.parametrize(
    "source", ["{% gates None %}", "{% gates '' %}", "{% gates '' qualified=None %}", "{% score None %}"]
)
def test_what_was_never_evaluated_says_so(source):
    assert render(source) == UNSCORED


def test_a_qualified_center_without_a_block_shows_five_gates():
    assert 'aria-label="5 of 5 gates"' in render("{% gates '' qualified=True %}")


def test_an_unknown_gate_is_refused():
    with pytest.raises(ValueError, match="not in tuple"):
        marks.gates("sprad")


def test_a_score_is_cut_so_that_it_never_shows_a_threshold_it_missed():
    assert render("{% score 69.96 %}") == '<span class="score" title="69.96">69</span>'
    assert render("{% score 70 big=True %}") == '<span class="score big" title="70">70</span>'
    assert render("{% score 0 %}") == '<span class="score" title="0">0</span>'


def test_signals_show_three_meters_and_say_which_is_unknown():
    drawn = render("{% signals 92.4 None 100 values=True %}")
    assert re.findall(r"<dt>(.*?)</dt>", drawn) == ["Fit", "Engagement", "Intent"]
    assert re.findall(r'<span class="[a-z-]+">(.*?)</span>', drawn) == ["92", "not evaluated yet", "100"]
    assert re.findall(r'd="M0 0h([\d.]+)v1H0z"', drawn) == ["92.4", "0", "100"]
    assert render("{% signals None None None %}") == UNSCORED


def test_small_signals_are_three_bars_that_say_their_figures():
    drawn = render("{% signals 92.4 None 100 %}")
    assert 'aria-label="Fit 92, Engagement not evaluated yet, Intent 100"' in drawn
    assert 'd="M0 19h33.3M90 19h36"' in drawn
    assert '<use href="#signals3"/>' in drawn


def test_a_meter_never_leaves_its_track():
    assert 'd="M0 0h100v1H0z"' in render("{% meter 12 10 %}")
    assert 'd="M0 0h0v1H0z"' in render("{% meter -1 10 %}")
    assert 'd="M0 0h0v1H0z"' in render("{% meter 1 0 %}")
    assert 'class="meter bad"' in render("{% meter 2 10 'bad' %}")


def test_a_strip_stacks_tiers_of_three_days_in_a_column():
    drawn = render("{% strip points %}", points=[(0, 0, 0)] * 87 + [(0, 0, 0), (5, 2.5, 0), (5, 2.5, 5)])
    assert 'aria-label="20 points in 90 days, the last today"' in drawn
    # 10 of 20 points high: half of 25 px, rounded to even; the tiers behind reach up to 15 and 20 points.
    assert re.findall(r'<path class="(\w+)" d="([^"]+)"/>', drawn) == [
        ("low", "M0 26h116V1h4V26"),
        ("mid", "M0 26h116V7h4V26"),
        ("high", "M0 26h116V14h4V26"),
    ]


def test_a_strip_draws_neighbours_of_a_height_as_one_and_leaves_out_tiers_that_add_nothing():
    drawn = render("{% strip points %}", points=[(10, 0, 0)] * 6 + [(0, 0, 0)] * 84)
    assert re.findall(r'<path class="(\w+)" d="([^"]+)"/>', drawn) == [("high", "M0 26V1h8V26")]


def test_a_strip_keeps_the_least_high_touch_visible():
    drawn = render("{% strip points %}", points=[(0, 0, 400)] + [(0, 0, 0)] * 88 + [(0.1, 0, 0)])
    assert '<path class="high" d="M0 26h116V25h4V26"/>' in drawn


def test_a_strip_of_few_points_is_not_stretched_and_short_series_end_today():
    drawn = render("{% strip points %}", points=[(2, 0, 0), (0, 0, 0), (0, 0, 0)])
    assert 'd="M0 26h116V21h4V26"' in drawn  # 2 of the floor of 10
    assert 'aria-label="2 points in 90 days, the last 2 days ago"' in drawn


@pytest.mark.parametrize("points", [None, [], [(0, 0, 0)] * 90])
def test_a_strip_without_engagement_says_so(points):
    assert 'aria-label="No engagement in 90 days"' in render("{% strip points %}", points=points)


def test_a_tier_bar_is_a_share_of_the_most():
    drawn = render("{% tierbar 10 5 0 30 %}")
    assert re.findall(r'class="(\w+)" x="([\d.]+)" width="([\d.]+)"', drawn) == [
        ("high", "0.0", "32.8"),
        ("mid", "33.3", "16.2"),
    ]
    assert 'aria-label="Points by tier: high 10, mid 5"' in drawn
    assert 'aria-label="No points"' in render("{% tierbar 0 0 0 0 %}")


def timeline_of(days: int, **arguments: object) -> str:
    first = NOW.date() - timedelta(days=days - 1)
    rows = [
        (first + timedelta(days=n), 10 if n == days - 7 else 0, 2.4 if n == days - 7 else 0, 0) for n in range(days)
    ]
    return timeline.draw(rows, today=NOW.date(), **arguments)


def test_the_timeline_draws_days_people_and_the_moment_it_qualified():
    drawn = timeline_of(
        90,
        people=[("Dana <Whitlock>", [date(2026, 11, 15)]), {"name": "Marek Ilić", "days": [date(2020, 1, 1)]}],
        qualified_at=datetime(2026, 11, 15, 14, 2, tzinfo=UTC),
    )
    assert "Nov 15: 12.4 points (high 10, mid 2.4)</title>" in drawn
    assert ">Qualified Nov 15, 14:02</text>" in drawn
    assert "<title>Dana &lt;Whitlock&gt;, Nov 15</title>" in drawn
    assert drawn.count('class="dot"') == 1
    assert '<th scope="row">Nov 15</th><td class="num">10</td><td class="num">2.4</td><td class="num">0</td>' in drawn
    assert 'aria-label="Points a day by tier, Aug 24 to Nov 21"' in drawn
    assert drawn.count("<tr><th scope") == 1 + 1  # the head and the one active day
    assert "style=" not in drawn


def test_the_timeline_marks_no_moment_that_lies_outside_and_draws_nothing_of_nothing():
    assert "Qualified" not in timeline_of(30, qualified_at=NOW - timedelta(days=60))
    assert timeline.draw([]) == ""


@pytest.mark.parametrize(
    ("top", "lines"), [(0, [0.5, 1, 1.5]), (3, [1, 2, 3]), (25, [10, 20, 30]), (61, [50, 100, 150])]
)
def test_the_timelines_grid_takes_round_steps(top, lines):
    height, steps = timeline.scale(top)
    assert steps == lines
    assert height == lines[-1]


def test_moments_carry_the_exact_one_and_are_kept_fresh():
    with timezone.override("Europe/Amsterdam"):
        drawn = render("{% ago moment now %}", moment=NOW - timedelta(minutes=12), now=NOW)
    assert drawn == (
        '<time datetime="2026-11-21T11:48:00+00:00" title="Nov 21, 2026, 12:48 CET" data-relative>12 min ago</time>'
    )
    assert render("{% ago moment now %}", moment=date(2026, 11, 20), now=NOW) == (
        '<time datetime="2026-11-20" title="Nov 20, 2026">yesterday</time>'
    )
    assert render("{% ago None %}") == UNKNOWN


def test_a_due_chip_warns_and_shows_nothing_without_a_clock():
    drawn = render("{% due moment 'First outreach' now %}", moment=NOW + timedelta(minutes=41), now=NOW)
    assert drawn.startswith('<span class="chip warn">First outreach <time datetime="2026-11-21T12:41:00+00:00"')
    assert "data-due>41 min left</time></span>" in drawn
    assert '<span class="chip bad"><time' in render("{% due m '' now %}", m=NOW - timedelta(hours=2), now=NOW)
    assert render("{% due None %}") == ""


def test_values_to_copy_are_escaped():
    drawn = render("{% copy value 'e-mail' %}", value='a"<b>@x.example')
    assert 'data-copy="a&quot;&lt;b&gt;@x.example"' in drawn
    assert '<span class="visually-hidden">Copy e-mail </span>' in drawn
    assert render("{% copy '' %}") == UNKNOWN


def test_filters_in_templates():
    assert render("{{ 46360000|micropoints }} {{ None|micropoints }}") == f"46.36 {UNKNOWN}"
    assert render('{{ n|counted:"person,people" }}', n=3) == "3 people"
    assert render('{{ "director"|seniority }}, {{ "Ada Lindqvist"|initials }}') == "Director, AL"
    assert render('{{ 5|money:"EUR" }} {{ 0.125|percent:1 }} {{ 4|signed }} {{ 1200|number }}') == "€5 12.5 % +4 1,200"
