"""What of an evaluation is kept as the evidence of centers (domain section 4, "Evidence"): frames in, one document a center out.

A document holds what was measured, ids and whole micro-points, and nothing that follows from it and the model's version:
signals/evidence.py tells the rest from the two. Lists that belong together have names that begin alike.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import polars as pl

from accounts.fit import MET_PREFIX
from signals import clusters
from signals.policy_rules import rule_columns
from signals.scoring import Evaluation
from signals.scoring_config import GATES, ScoringConfig

Row = dict[str, Any]

# The shape of a document; evidence stored before there was any says none and is told as it is.
KEPT = 1
# Of the center's row of the evaluation.
_FIGURES = (
    "block", "stage", "score", "fit", "engagement", "intent", "icp", "is_target", "points_micro", "minutes",
    "outbound_minutes", "first", "last", "person_days", "people", "departments", "personas", "executives", "theme_id",
    "theme_share", "evaluation_only", "themed_micro", *(f"g_{name}" for name in GATES), "rule_holds", "intent_surging",
    "tier_now", "tier_before", "momentum_micro", "hand_raise_touch_id", "hand_raise_contact_id",
)  # fmt: skip
# Of those, what `signals.missing` reads.
_OF_MISSING = (
    "score", "fit", "engagement", "intent", "icp", "is_target", "points_micro", "executives",
    *(f"g_{name}" for name in GATES), "rule_holds", "intent_surging", "tier_now", "momentum_micro",
)  # fmt: skip


def chosen(evaluation: Evaluation, center_ids: Iterable[int] | None) -> pl.DataFrame:
    """The rows of these centers (of all when None)."""
    if center_ids is None:
        return evaluation.centers
    wanted = pl.Series("center_id", list(center_ids), dtype=pl.Int64)
    return evaluation.centers.join(pl.DataFrame(wanted), on="center_id", how="semi")


def keep(evaluation: Evaluation, rows: pl.DataFrame, *, model_version: int | None) -> dict[int, str]:
    """The document of each center of `rows` as JSON, by center id."""
    frame = Kept(evaluation, rows).frame(model_version)
    document = pl.struct(pl.exclude("center_id")).struct.json_encode()
    return dict(frame.select("center_id", document).iter_rows())


def keep_for_missing(evaluation: Evaluation, rows: pl.DataFrame) -> list[Row]:
    """Of centers that fail a gate, what the smallest change at their block is told from, with `center_id`: what `keep` has."""
    return Kept(evaluation, rows).frame_for_missing().rows(named=True)


def common(evaluation: Evaluation) -> Row:
    """What the documents of one evaluation have in common, but the model's version."""
    return {
        "as_of": evaluation.as_of.astimezone(UTC).isoformat(),
        "intent_connected": evaluation.facts.intent_connected,
        "themes_set_up": evaluation.facts.themes_set_up,
    }


class Kept:
    """The frames that the documents of the centers in `rows` are made of."""

    def __init__(self, evaluation: Evaluation, rows: pl.DataFrame) -> None:
        self.evaluation = evaluation
        self.config = evaluation.config
        self.rows = rows
        self.ids = rows.select("c", "center_id")
        activity = evaluation.activity
        self.near = activity.rows
        if rows.height < evaluation.centers.height:
            self.near = activity.rows.join(self.ids, on="c", how="semi")

    def frame(self, model_version: int | None) -> pl.DataFrame:
        """All columns of the documents, and `center_id`."""
        raised = pl.col("hand_raise_at").dt.epoch("us")
        kept = self.rows.select(
            "c",
            "center_id",
            "account_id",
            pl.lit(KEPT).alias("kept"),
            pl.lit(model_version, dtype=pl.Int64).alias("model_version"),
            *(pl.lit(value).alias(name) for name, value in common(self.evaluation).items()),
            *_FIGURES,
            *_rules(self.config),
            hand_raise_at=raised,
        )
        for part in (self._contributions, self._visitors, self._mqls, self._types, self._engaged, self._themes):
            kept = kept.join(part, on="c", how="left")
        kept = kept.join(self._topics, on="account_id", how="left").join(self._met, on="account_id", how="left")
        return kept.join(self._open, on="c", how="left").drop("c", "account_id")

    def frame_for_missing(self) -> pl.DataFrame:
        """Of the same columns those that `signals.missing` reads, and `center_id`."""
        kept = self.rows.select("c", "center_id", "account_id", *_OF_MISSING, *_rules(self.config))
        kept = kept.join(self._met, on="account_id", how="left").join(self._open, on="c", how="left")
        return kept.drop("c", "account_id")

    @cached_property
    def _people(self) -> pl.DataFrame:
        people = self.evaluation.people
        if self.rows.height < self.evaluation.centers.height:
            people = people.join(self.ids, on="c", how="semi")
        return people.select("c", "contact_id", "micro", "inbound", "touches", "is_mql")

    @property
    def _contributions(self) -> pl.DataFrame:
        """Contacts that gave points, most points first."""
        people = self._people.filter(pl.col("contact_id").is_not_null(), pl.col("micro") > 0)
        return (
            people.sort("micro", "contact_id", descending=[True, False])
            .group_by("c")
            .agg(contacts="contact_id", contacts_micro="micro", contacts_minutes="inbound", contacts_touches="touches")
        )

    @property
    def _visitors(self) -> pl.DataFrame:
        people = self._people.filter(pl.col("contact_id").is_null(), pl.col("micro") > 0)
        return people.group_by("c").agg(
            visitors=pl.len().cast(pl.Int64),
            visitors_micro=pl.col("micro").sum(),
            visitors_minutes=pl.col("inbound").sum(),
            visitors_touches=pl.col("touches").sum(),
        )

    @property
    def _mqls(self) -> pl.DataFrame:
        return self._people.filter("is_mql").sort("contact_id").group_by("c").agg(mqls="contact_id")

    @property
    def _types(self) -> pl.DataFrame:
        """Touch types, most points first."""
        types = self.evaluation.types_of(self.ids).sort("points_micro", "type", descending=[True, False])
        types = types.group_by("center_id").agg(
            types="type", types_micro="points_micro", types_minutes="minutes", types_touches="touches"
        )
        return types.join(self.ids, on="center_id").drop("center_id")

    @property
    def _open(self) -> pl.DataFrame:
        return self.evaluation.open_measures(self.rows, self.near)

    @cached_property
    def _inside(self) -> pl.DataFrame:
        spans = self.rows.filter(pl.col("first").is_not_null()).select("c", "first")
        return clusters.inside(spans, self.near, self.evaluation.activity.gates)

    @property
    def _engaged(self) -> pl.DataFrame:
        """Who has points enough in the cluster."""
        bar = clusters.person_bar(self.evaluation.activity.gates)
        people = clusters.people_inside(self._inside).filter(pl.col("micro") >= bar).sort("contact_id")
        return people.group_by("c").agg(engaged="contact_id").collect()

    @property
    def _themes(self) -> pl.DataFrame:
        """Themes in the cluster, most points first."""
        themes = clusters.themes_inside(self._inside).filter(pl.col("theme_id").is_not_null())
        themes = themes.sort("micro", "last_touched", "theme_id", descending=[True, True, False])
        return themes.group_by("c").agg(themes="theme_id", themes_micro="micro").collect()

    @property
    def _topics(self) -> pl.DataFrame:
        """The surging topics of each account, each once with its highest composite."""
        signals = self.evaluation.signals.filter("surges")
        return (
            signals.sort("composite", "topic", "provider", "kind", descending=[True, False, False, False])
            .unique(["account_id", "topic"], keep="first", maintain_order=True)
            .group_by("account_id", maintain_order=True)
            .agg(topics="topic", topics_theme="theme_id", topics_composite="composite")
        )

    @property
    def _met(self) -> pl.DataFrame:
        """Which criteria each account meets, in the order of the model."""
        columns = [MET_PREFIX + item.id for item in self.config.criteria]
        met = pl.concat_list(columns) if columns else pl.lit([], dtype=pl.List(pl.Boolean))
        return self.evaluation.fits.select("account_id", met=met)


def _rules(config: ScoringConfig) -> list[pl.Expr]:
    """What the rules of the center's own segment measured."""
    found = []
    for name, measure in (("rules", "people"), ("rules_amount", "amount"), ("rules_holds", "holds")):
        own = {
            segment: pl.concat_list(
                [getattr(rule_columns(segment, index), measure) for index in range(len(policy.rules))]
            )
            for segment, policy in (("target", config.policies.target), ("other", config.policies.other))
        }
        found.append(pl.when("is_target").then(own["target"]).otherwise(own["other"]).alias(name))
    return found


def touches_of(evaluation: Evaluation, rows: pl.DataFrame) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """By center id the ids of the touches in the look-back, and of those before it, which only earlier days' MQLs rest on."""
    earlier = evaluation.read.rows.filter(pl.col("age") >= evaluation.config.lookback_days)
    before = clusters.by_center(
        earlier.select("account_id", "named", "touch_id"), evaluation.centers.select("c", "account_id", "is_default")
    ).join(rows.select("c", "center_id"), on="c")
    return _ids(evaluation.touches_of(rows.select("c", "center_id"))), _ids(before)


def _ids(frame: pl.DataFrame) -> dict[int, list[int]]:
    return dict(frame.group_by("center_id").agg(pl.col("touch_id").sort()).iter_rows())


def moment_of(micros: int) -> datetime:
    """The moment that a document has as microseconds since 1970."""
    return datetime.fromtimestamp(micros // 1_000_000, tz=UTC).replace(microsecond=micros % 1_000_000)
