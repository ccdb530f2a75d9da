"""What the evidence of centers is made of beside their own rows (signals/evidence.py): frames, turned into lists at once."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

import polars as pl

from signals import clusters
from signals.points import micro
from signals.scoring import Evaluation

Row = dict[str, Any]


class Details:
    """What the evidence of the chosen centers needs beside their rows: lists by center `c` or account, made when asked for."""

    def __init__(self, evaluation: Evaluation, rows: pl.DataFrame) -> None:
        self.config = evaluation.config
        self.evaluation = evaluation
        self.rows = rows
        self.chosen = rows.select("c", "center_id")
        self.accounts = rows.select("account_id").unique()
        activity = evaluation.activity
        self.near = (
            activity.rows.join(self.chosen, on="c", how="semi")
            if rows.height < evaluation.centers.height
            else activity.rows
        )
        self.warnings = _warnings(evaluation)

    @cached_property
    def people(self) -> dict[int, list[Row]]:
        """People of each center, most points first."""
        people = self.evaluation.people.join(self.chosen, on="c", how="semi")
        return by(
            people.select("c", "contact_id", "micro", "inbound", "touches", "is_mql").sort(
                "micro", "contact_id", descending=[True, False]
            ),
            "c",
        )

    @cached_property
    def types(self) -> dict[int, list[Row]]:
        """Touch types of each center, most points first."""
        types = self.evaluation.types_of(self.chosen)
        return by(types.sort("points_micro", "type", descending=[True, False]), "center_id")

    @cached_property
    def touches(self) -> dict[int, list[int]]:
        """Ids of the touches in the look-back."""
        return _ids(self.evaluation.touches_of(self.chosen), "center_id")

    @cached_property
    def earlier(self) -> dict[int, list[int]]:
        """Ids of the touches before it."""
        return _ids(_earlier_touches(self.evaluation, self.rows), "center_id")

    @cached_property
    def _inside(self) -> pl.DataFrame:
        spans = self.rows.filter(pl.col("first").is_not_null()).select("c", "first")
        return clusters.inside(spans, self.near, self.evaluation.activity.gates)

    @cached_property
    def engaged(self) -> dict[int, list[Row]]:
        """Who has points enough in the cluster."""
        bar = micro(self.evaluation.activity.gates.min_person_points)
        engaged = clusters.people_inside(self._inside).filter(pl.col("micro") >= bar)
        return by(engaged.sort("contact_id").collect(), "c")

    @cached_property
    def themes(self) -> dict[int, list[Row]]:
        """Themes in the cluster, most points first."""
        themes = clusters.themes_inside(self._inside).filter(pl.col("theme_id").is_not_null())
        return by(themes.sort("micro", "last_touched", "theme_id", descending=[True, True, False]).collect(), "c")

    @cached_property
    def fits(self) -> dict[int, Row]:
        """Criteria by account."""
        fits = self.evaluation.fits.join(self.accounts, on="account_id", how="semi")
        return {row["account_id"]: row for row in fits.iter_rows(named=True)}

    @cached_property
    def signals(self) -> dict[int, list[Row]]:
        """Current intent signals by account, highest first."""
        signals = self.evaluation.signals.join(self.accounts, on="account_id", how="semi")
        return by(
            signals.sort("composite", "topic", "provider", "kind", descending=[True, False, False, False]), "account_id"
        )

    @cached_property
    def open(self) -> dict[int, Row]:
        """What the span measures in which something new can still fall, where gates 2 to 4 do not all pass."""
        evaluation = self.evaluation
        blocked = self.rows.filter(~(pl.col("g_cluster") & pl.col("g_spread") & pl.col("g_direction")))
        gates = evaluation.activity.gates
        # The span that counts, while it lasts; else the best one that still holds today.
        lasts = (pl.col("first") + gates.cluster_days >= evaluation.activity.reach).fill_null(False)
        target = blocked.select(
            "c",
            first=pl.when(lasts).then("first").otherwise("open_first"),
            person_days=pl.when(lasts).then("person_days").otherwise("open_person_days"),
        ).filter(pl.col("first").is_not_null())
        if target.is_empty():
            return {}
        activity = clusters.Activity(
            rows=self.near.join(target, on="c", how="semi"),
            contacts=evaluation.activity.contacts,
            gates=gates,
            themes_set_up=evaluation.activity.themes_set_up,
            people=evaluation.activity.people,
        )
        return {row["c"]: row for row in clusters.measured(target, activity).iter_rows(named=True)}

    @cached_property
    def in_open(self) -> dict[int, list[Row]]:
        """Known people in the open span of each center."""
        spans = pl.DataFrame(
            {"c": list(self.open), "first": [row["first"] for row in self.open.values()]},
            schema_overrides={"c": pl.UInt32, "first": pl.Int64},
        )
        inside = clusters.inside(spans, self.near, self.evaluation.activity.gates)
        return by(clusters.people_inside(inside).collect(), "c")


def by(frame: pl.DataFrame, key: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in frame.to_dicts():
        found[row[key]].append(row)
    return found


def _ids(frame: pl.DataFrame, key: str) -> dict[int, list[int]]:
    grouped = frame.group_by(key).agg(pl.col("touch_id").sort())
    return dict(zip(grouped[key].to_list(), grouped["touch_id"].to_list(), strict=True))


def _earlier_touches(evaluation: Evaluation, rows: pl.DataFrame) -> pl.DataFrame:
    """Touches before the look-back, which only the MQLs of earlier days rest on."""
    earlier = evaluation.read.rows.filter(pl.col("age") >= evaluation.config.lookback_days)
    centers = rows.select("c", "center_id", "account_id", "is_default")
    return clusters.by_center(
        earlier.select("account_id", "named", "touch_id"),
        evaluation.centers.select("c", "account_id", "is_default"),
    ).join(centers.select("c", "center_id"), on="c")


def _warnings(evaluation: Evaluation) -> list[str]:
    found = []
    if not evaluation.facts.intent_connected:
        found.append("intent_not_connected")
    if not evaluation.facts.themes_set_up:
        found.append("no_themes")
    if not evaluation.config.key_personas:
        found.append("no_key_personas")
    return found
