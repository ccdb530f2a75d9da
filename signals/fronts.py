"""The spans of each center that could count under some bars of gates 2 to 4 (promise S2). Pure: frames in, frames out.

Which span counts changes with the bars (signals/clusters.py), but a span that another one beats in people, in the share of
its theme and in rank never does. What is left, a few a center, is measured once; another bar only compares it.
"""

from __future__ import annotations

import polars as pl

from signals import clusters
from signals.clusters import Activity
from signals.scoring_config import Gates

MEASURED = ("person_days", "people", "executives", "theme_micro", "themed_micro", "decision_micro")


def front(found: Activity, every: pl.DataFrame) -> pl.DataFrame:
    """The spans that could count, those of a center in the order of their rank: `c`, `MEASURED`.

    They depend on the windows of `found.gates` and on `min_person_points`, and on no other bar.
    """
    gates = found.gates
    recent = every.filter(pl.col("last") >= found.reach - gates.recent_days)
    spans = clusters.theme_sums(recent, found).join(_people(recent, found), on=["c", "first"], how="left")
    spans = spans.with_columns(pl.col("people", "executives").fill_null(0)).sort("c", "person_days", "first")
    return _unbeaten(spans, themes_set_up=found.themes_set_up).select("c", *MEASURED)


def counting(front: pl.DataFrame, gates: Gates, *, themes_set_up: bool, key: str = "c") -> pl.DataFrame:
    """The span that counts under these bars, one row a center that has any. `key`: whole numbers in order, one a center."""
    size = max(1, front.height)
    place = (pl.col(key).cast(pl.Int64) * 4 + clusters.passed(gates, themes_set_up=themes_set_up)) * size
    # Sorted, the last place of a center has most gates passed, and of those the highest rank.
    places = front.select(place + pl.int_range(pl.len(), dtype=pl.Int64)).to_series().sort()
    center = places // (4 * size)
    return front[places.filter((center != center.shift(-1)).fill_null(True)) % size]


def _people(spans: pl.DataFrame, found: Activity) -> pl.DataFrame:
    """By span: known people with points enough, and the executives among them."""
    bar = clusters.person_bar(found.gates)
    known = found.rows.filter(pl.col("contact_id").is_not_null(), pl.col("micro") > 0)
    able = known.group_by("c", "contact_id").agg(pl.col("micro").sum()).filter(pl.col("micro") >= bar)
    rows = known.join(able, on=["c", "contact_id"], how="semi").select("c", "offset", "micro", key="contact_id")
    executives = found.contacts.filter("executive")["contact_id"]
    return (
        clusters.window_sums(spans, rows, found)
        .filter(pl.col("micro") >= bar)
        .with_columns(executives=pl.col("key").is_in(executives.implode()))
        .group_by("c", "first")
        .agg(people=pl.len().cast(pl.Int64), executives=pl.col("executives").sum().cast(pl.Int64))
    )


def _unbeaten(spans: pl.DataFrame, *, themes_set_up: bool) -> pl.DataFrame:
    """Without the spans that a higher one of their center beats. Sorted by center and rank, as they stay."""
    share = (
        pl.when(clusters.evaluation_only()).then(2.0).otherwise(clusters.theme_share())
        if themes_set_up
        else pl.lit(1.0)
    )
    # From the highest down, centers in order, so that the best share so far is one running maximum over all of them.
    down = spans.with_columns(share=share.rank("dense").cast(pl.Int64)).sort(
        "c", "person_days", "first", descending=[False, True, True]
    )
    center = pl.col("c").cast(pl.Int64) * (down.height + 2)
    beaten = [
        pl.when(pl.col("people") == people).then(
            center + pl.col("share")
            <= (center + pl.when(pl.col("people") >= people).then("share").otherwise(0)).cum_max().shift(1)
        )
        for people in down["people"].unique()
    ]
    kept = down.filter(~pl.coalesce(beaten).fill_null(False)) if beaten else down
    return kept.sort("c", "person_days", "first")
