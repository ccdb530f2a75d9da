"""Credits of paths whose credits others have published."""

from datetime import date
from decimal import Decimal

import pytest

from reports import outcomes
from reports.cohorts import Tally
from reports.markov import removal_shares
from reports.statistics import auc, auc_interval, quantile
from tests.reports.test_attribution import path, shares

# serhiipuzyrov.com, "Markov Chain Attribution: simple explanation of Removal Effect" (2019): five journeys, and the
# chances of each step as its table has them: ads → conversion 0.5, ads → mailing 0.25, start → ads 0.8. From those: 0.8
# convert; 0.2 without ads, which loses 3/4; 0.4 without mailing, which loses 1/2.
PUZYROV = [
    (["google ads"], True),
    (["google ads"], True),
    (["mailing"], True),
    (["google ads", "mailing"], True),
    (["google ads"], False),
]
# The three journeys by which analyzecore.com, "Marketing Multi-Channel Attribution model with R" (2016), explains the package
# ChannelAttribution: removal effects 0.5, 1 and 1.
BRYL = [(["c1", "c2", "c3"], True), (["c1"], False), (["c2", "c3"], False)]


def test_data_driven_shares_of_published_journeys() -> None:
    assert removal_shares(PUZYROV) == pytest.approx({"google ads": 0.6, "mailing": 0.4}, abs=1e-12)
    assert removal_shares(BRYL) == pytest.approx({"c1": 0.2, "c2": 0.4, "c3": 0.4}, abs=1e-12)


def test_a_chain_with_loops_and_parts_that_never_meet() -> None:
    # By hand: a → b → a → won, and c → won, c → lost. From a: won 1/2, b 1/2; b → a always; so a converts for certain.
    found = removal_shares([(["a", "b", "a"], True), (["c"], True), (["c"], False), (["c"], False)])
    # Start: a 1/4, c 3/4, of which a third convert: 1/2 in all. Without a 1/4 is lost, without b half of a's, without c 1/4.
    assert found == pytest.approx({"a": 0.4, "b": 0.2, "c": 0.4}, abs=1e-12)
    assert removal_shares([(["a"], False), ([], True)]) == {"a": 0.0}


@pytest.mark.parametrize(
    ("model", "published"),
    [
        # elir.app, "U-shaped, W-shaped, time-decay": five touches, the third at the milestone.
        ("linear", [0.20, 0.20, 0.20, 0.20, 0.20]),
        ("u", [0.40, 0.0667, 0.0667, 0.0667, 0.40]),
        ("w", [0.30, 0.05, 0.30, 0.05, 0.30]),
        # novacalculator.com, "Multi-Touch Attribution Weighting Modeler", example 1: of 200 dollars all to display, to direct.
        ("first", [1, 0, 0, 0, 0]),
        ("last", [0, 0, 0, 0, 1]),
    ],
)
def test_position_models_give_what_is_published(model: str, published: list[float]) -> None:
    found = shares(model, path(40, 30, 20, 10, 5, qualified=15))
    assert found == pytest.approx(published, abs=0.0001)
    assert sum(Decimal(str(round(share, 12))) for share in found) == pytest.approx(Decimal(1))


def test_the_full_path_gives_what_is_published() -> None:
    """business2community.com, "Full Path Marketing Attribution Model": 22.5 % to the interactions that came first, made the
    contact, began the deal and finished it; the rest share 10 %. Here of seven touches, the sixth in between.
    """
    one = path(60, 50, 40, 20, 5, -10, -30, qualified=40, closed=30)
    assert shares("full_path", one) == pytest.approx([0.225, 0.1 / 3, 0.225, 0.1 / 3, 0.225, 0.1 / 3, 0.225], abs=1e-12)


def test_a_run_of_one_channel_changes_no_removal_effect() -> None:
    """analyzecore.com, "Attribution model with R, part 2" (2017): with one-order chains C1 → C2 → C2 → C2 → C3 can be reduced to
    C1 → C2 → C3, with another transition matrix but the same removal effects.
    """
    repeated = [(["c1", "c2", "c2", "c2", "c3"], True), (["c1", "c1"], False), (["c2", "c2", "c3", "c3"], False)]
    assert removal_shares(repeated) == pytest.approx(removal_shares(BRYL), abs=1e-12)


def test_time_decay_gives_what_attribution_publishes() -> None:
    # docs.attributionapp.com, "Time-Decay Attribution Example", first conversion: visits 8, 5, 4, 2 and 0 days before.
    found = shares("time_decay", path(8, 5, 4, 2, 0))
    assert found == pytest.approx([0.127, 0.171, 0.189, 0.231, 0.281], abs=0.0006)


def test_time_decay_halves_by_the_week_as_google_documents_it() -> None:
    # Google Ads API, AttributionModelEnum: time decay credits "more recent clicks" exponentially more, "half-life is 1 week".
    last, week, fortnight = reversed(shares("time_decay", path(14, 7, 0)))
    assert (week / last, fortnight / last) == (pytest.approx(1 / 2, abs=1e-8), pytest.approx(1 / 4, abs=1e-8))


def test_credits_of_the_readme_of_pychattr() -> None:
    """github.com/jmwoloso/pychattr, README: three paths, what first, last and linear touch give together, and its Markov model.

    Its "ensemble" is their sum: 8.1 for A and 0.9 for B. Its removal effects, 1.0 and 0.5067, are simulated (10,000 walks) from
    the matrix that it prints, A → B 1/2, A → conversion 1/2, B → A 1; so are 1.991 and 1.009 of 3 conversions.
    """
    paths = [list("ABABBA"), list("ABBAA"), list("AA")]
    credits_ = {"A": 0.0, "B": 0.0}
    for steps in paths:
        rows = path(*range(len(steps), 0, -1))
        for model in ("first", "last", "linear"):
            for key, share in zip(steps, shares(model, rows), strict=True):
                credits_[key] += share
    assert credits_ == pytest.approx({"A": 8.1, "B": 0.9}, abs=1e-9)
    found = removal_shares([(steps, True) for steps in paths])
    assert found == pytest.approx({"A": 2 / 3, "B": 1 / 3}, abs=1e-12)
    assert {key: 3 * share for key, share in found.items()} == pytest.approx({"A": 1.991106, "B": 1.008894}, abs=0.01)


@pytest.mark.parametrize(
    ("model", "published"),
    [
        ("first", [12_000, 0, 0, 0, 0]),
        ("last", [0, 0, 0, 0, 12_000]),
        ("linear", [2_400, 2_400, 2_400, 2_400, 2_400]),
        ("u", [4_800, 800, 800, 800, 4_800]),
        ("time_decay", [175, 290, 575, 3_415, 7_545]),  # rounded there: within three dollars
    ],
)
def test_one_deal_under_five_models(model: str, published: list[float]) -> None:
    """github.com/coreyhaines31/marketingskills, "Attribution Models, the math worked": 12,000 dollars, days 0, 5, 12, 30, 38."""
    found = [12_000 * share for share in shares(model, path(38, 33, 26, 8, 0))]
    assert found == pytest.approx(published, abs=3 if model == "time_decay" else 1e-6)


def test_the_mean_cycle_is_the_published_one() -> None:
    """usedaymark.io, Sales Cycle Length: 45, 54 and 39 days, 46 in the mean."""
    closed = [_closed(1, (end - date(2026, 1, start)).days) for start, end in zip((1, 10, 20), ENDS, strict=True)]
    assert outcomes.cycle(closed) == (46.0, 3)


ENDS = (date(2026, 2, 15), date(2026, 3, 5), date(2026, 2, 28))


def test_the_area_under_the_curve_of_hanley_and_mcneil() -> None:
    """Radiology 143 (1982), table I: 109 CT images rated 1 to 5, 58 of them normal; area 0.893, standard error 0.032."""
    normal, abnormal = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)
    rated = [[rating + 1 for rating, many in enumerate(counts) for _ in range(many)] for counts in (abnormal, normal)]
    area = auc(*rated)
    assert (round(area or 0, 3), sum(abnormal)) == (0.893, 51)
    low, high = auc_interval(area or 0, 51, 58)
    # A score interval leans towards the middle; its width is that of 1.96 of their standard errors to either side.
    assert (high - low) / (2 * 1.96) == pytest.approx(0.032, abs=0.001)
    assert low < 0.893 - 1.96 * 0.032 < 0.893 < high < 0.893 + 1.96 * 0.032


def test_the_win_rate_is_the_published_one() -> None:
    # Maven Analytics, "CRM Sales Opportunities", and what kisaraF/CRM-Sales_Analysis (Analysis.ipynb) publishes of it: Darcel
    # Schlecht won 349 and lost 204, 63.11 %. Counts alone: `python -m benchmarks.published FILE` computes the file itself.
    one = outcomes.group("Darcel Schlecht", [_closed(349), _closed(204, stage="lost")])
    assert (one.won, one.lost, round(100 * (one.win_rate.value or 0), 2)) == (349, 204, 63.11)


def test_cycle_times_of_public_opportunities_are_the_published_ones() -> None:
    """github.com/zihanc1217/B2B-Sales-Pipeline, README, of the same 6,711: 63.15 % won; 47.99 days, 51.78 won, 41.48 lost.

    Others give the medians, 57 of won and 14 of lost ones. Below, of the file, how many took 0, 1, 2 … 138 days.
    """
    took = {
        stage: [day for day, many in enumerate(map(int, text.split())) for _ in range(many)] for stage, text in TOOK
    }
    deals = {stage: [_closed(1, many, stage=stage) for many in days] for stage, days in took.items()}
    both = deals["won"] + deals["lost"]
    means = [outcomes.cycle(rows) for rows in (both, deals["won"], deals["lost"])]
    assert [(round(mean.days or 0, 2), mean.deals) for mean in means] == [(47.99, 6711), (51.78, 4238), (41.48, 2473)]
    assert round(100 * (outcomes.group("all", both).win_rate.value or 0), 2) == 63.15
    assert [quantile(took[stage], 0.5) for stage in ("won", "lost")] == [57, 14]


TOOK = (
    ("won", """0 158 140 40 54 82 114 168 166 192 153 126 36 66 62 56 49 32 29 25 13 12 7 3 7 1 4 10 4 3 5 4 4 6 9 3 4 8 13 9
        7 15 8 14 7 16 9 19 12 21 16 17 14 13 15 14 17 20 15 20 28 21 29 40 22 34 35 34 28 36 44 35 27 30 38
        36 41 49 41 27 38 37 45 36 42 38 46 32 33 41 43 41 41 44 52 32 32 36 36 19 34 37 48 34 26 26 18 24 18
        22 17 19 17 22 22 30 14 12 13 17 17 18 15 13 11 9 19 10 4 3 3 6 6 3 5 2 8 10 1"""),
    ("lost", """0 143 138 28 47 78 90 133 139 119 102 100 66 37 29 15 23 17 14 7 9 2 1 0 0 1 0 2 1 2 3 1 1 0 3 4 7 4 4 5 1 4
        10 9 7 8 2 8 4 10 9 7 14 4 8 3 9 15 11 11 9 14 11 19 21 14 15 23 13 17 27 17 10 17 19 17 16 23 23 15
        23 21 16 15 23 21 12 18 21 27 15 15 17 14 17 15 9 24 11 6 17 14 14 18 10 17 9 8 10 12 12 6 7 14 9 9 7
        5 7 5 7 4 6 1 8 8 1 5 0 0 2 1 2 0 4 1 2 1 1"""),
)  # fmt: skip


def _closed(deals: int, days: int = 0, *, stage: str = "won") -> Tally:
    return Tally(stage, "USD", deals, Decimal(0), 0, days, deals)
