"""The one implementation of scoring: signals, score, gates and stage of many centers at once (domain sections 3 and 4).

`evaluate` is pure: facts, a model and a moment in, an `Evaluation` out. One account after a touch, every account after a
publish, a what-if and a backtest call it with other frames. It computes in whole UTC days and whole millionths of
points, and scores are rounded to 9 decimals before they are compared, so order and batching never show.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import polars as pl

from accounts.fit import STANDING, icp, standing
from signals import clusters, policy_rules
from signals.frames import Facts
from signals.intent_strength import current_signals, strength
from signals.mql import qualified_contacts
from signals.people import account_people, center_people
from signals.points import MICRO, Touches, read_touches
from signals.scoring_config import GATES, MQA_STAGE, TIERS, ScoringConfig

EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Evaluation:
    """What a model says of centers on the UTC day of `as_of`.

    `centers`: one row a center: center_id, account_id, is_default, is_target; fit, icp, intent, intent_surging,
    points_micro, engagement, score, minutes, outbound_minutes, touches, last_touch_at, mqls, tier_now, tier_before,
    momentum_micro; cluster_first, cluster_last (its first and last day with a touch), person_days, people, departments,
    personas, executives, theme_id, theme_share, evaluation_only; g_<gate> for each gate, rule_holds, rule_<segment>_<n>_*;
    block (null when none), qualified, stage; hand_raise_touch_id, hand_raise_at, hand_raise_contact_id.
    `contacts`, `types` and `touches` hold what adds up to the points; they are made when first asked for.
    `facts` and `activity` are kept for the evidence.
    """

    config: ScoringConfig
    as_of: datetime
    facts: Facts
    centers: pl.DataFrame
    people: pl.DataFrame
    fits: pl.DataFrame
    signals: pl.DataFrame
    activity: clusters.Activity
    read: Touches

    @cached_property
    def today(self) -> date:
        """The UTC day that the evaluation is of."""
        return utc_day(self.as_of)

    def day_of(self, offset: int) -> date:
        """The day at an offset within the reach of a span."""
        return self.today - timedelta(days=self.activity.reach - 1 - offset)

    @cached_property
    def contacts(self) -> pl.DataFrame:
        """One row a person of a center: center_id, contact_id (null for a visitor), points_micro, minutes,
        outbound_minutes, touches, last_touch_at, is_mql.
        """
        return self.people.join(self._center_ids, on="c").select(
            "center_id",
            "contact_id",
            points_micro="micro",
            minutes=pl.col("inbound") / MICRO,
            outbound_minutes=pl.col("outbound") / MICRO,
            touches="touches",
            last_touch_at="last_touch_at",
            is_mql="is_mql",
        )

    @cached_property
    def types(self) -> pl.DataFrame:
        """One row a touch type of a center: center_id, type, points_micro, minutes, touches."""
        return self.types_of(self._center_ids)

    @cached_property
    def touches(self) -> pl.DataFrame:
        """One row a touch of a center in the look-back: center_id, touch_id, points_micro, counted."""
        return self.touches_of(self._center_ids)

    def types_of(self, chosen: pl.DataFrame) -> pl.DataFrame:
        """`types` of the centers in `chosen` (columns c and center_id) alone."""
        keys = (*self.read.catalogue.keys, "unknown")
        return (
            self._rows_of(chosen)
            .group_by("c", "code")
            .agg(
                points_micro=pl.col("micro").sum(),
                minutes=pl.when("counted").then("minutes").otherwise(0).sum() / MICRO,
                touches=pl.len().cast(pl.Int64),
            )
            .join(chosen, on="c")
            .select(
                "center_id", "points_micro", "minutes", "touches", type=pl.lit(pl.Series(keys)).gather(pl.col("code"))
            )
        )

    def touches_of(self, chosen: pl.DataFrame) -> pl.DataFrame:
        """`touches` of the centers in `chosen` (columns c and center_id) alone."""
        return (
            self._rows_of(chosen)
            .join(chosen, on="c")
            .select("center_id", "touch_id", points_micro="micro", counted="counted")
        )

    def open_measures(self, centers: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """What the span measures in which something new can still fall, of `centers` that gates 2 to 4 do not all pass, and who
        is in it: c, open_first, open_person_days and so on, open_contacts, open_contacts_micro. `rows`: their activity.
        """
        gates = self.activity.gates
        # The span that counts, while it lasts; else the best one that still holds today.
        lasts = (pl.col("first") + gates.cluster_days >= self.activity.reach).fill_null(False)
        target = (
            centers.filter(~(pl.col("g_cluster") & pl.col("g_spread") & pl.col("g_direction")))
            .select(
                "c",
                first=pl.when(lasts).then("first").otherwise("open_first"),
                person_days=pl.when(lasts).then("person_days").otherwise("open_person_days"),
            )
            .filter(pl.col("first").is_not_null())
        )
        inside = clusters.inside(target, rows, gates)
        people = clusters.people_inside(inside).sort("contact_id").group_by("c").agg("contact_id", "micro").collect()
        names = ("first", "person_days", "people", "theme_micro", "theme_id", "themed_micro", "all_themes_micro")
        return (
            clusters.measured(target, replace(self.activity, rows=rows))
            .join(people.rename({"contact_id": "contacts", "micro": "contacts_micro"}), on="c", how="left")
            .select("c", pl.col(*names, "contacts", "contacts_micro").name.prefix("open_"))
        )

    @property
    def _center_ids(self) -> pl.DataFrame:
        return self.centers.select("c", "center_id")

    def _rows_of(self, chosen: pl.DataFrame) -> pl.DataFrame:
        centers = self.centers.select("c", "account_id", "is_default")
        if chosen.height < centers.height:
            centers = centers.join(chosen, on="c", how="semi")
        rows = self.read.rows.filter(pl.col("age") < self.config.lookback_days).select(
            "account_id", "named", "touch_id", "code", "micro", "minutes", "counted"
        )
        if chosen.height < self.centers.height:
            rows = rows.join(centers, on="account_id", how="semi")
        return clusters.by_center(rows, centers).join(chosen, on="c", how="semi")


def utc_day(moment: datetime) -> date:
    """The UTC date of an aware moment."""
    if moment.tzinfo is None:
        raise ValueError("as_of must be aware of its time zone")
    return moment.astimezone(UTC).date()


def evaluate(facts: Facts, config: ScoringConfig, as_of: datetime) -> Evaluation:
    """Score every center of `facts.centers` with `config` on the UTC day of `as_of`.

    Facts are those known at `as_of`; touches and signals of later days are left out here. Raises ValueError for a naive
    `as_of`.
    """
    return decide(measure(facts, config, as_of), config)


@dataclass(frozen=True)
class Measures:
    """What facts measure before anything is compared with a bar: all that a model with the same `measuring_part` needs."""

    part: str
    as_of: datetime
    facts: Facts
    centers: pl.DataFrame
    people: pl.DataFrame
    spans: pl.DataFrame
    signals: pl.DataFrame
    activity: clusters.Activity
    read: Touches


def measuring_part(config: ScoringConfig) -> str:
    """What of a model its measures depend on, to compare: everything but bars, criteria and the weights of the signals."""
    document = config.model_dump(
        mode="json", exclude={"criteria", "min_fit", "full_points", "signal_weights", "gates", "bands", "policies"}
    )
    windows = config.gates.cluster_days, config.gates.recent_days, policy_rules.windows(config)
    return json.dumps([document, windows], sort_keys=True)


def measure(facts: Facts, config: ScoringConfig, as_of: datetime) -> Measures:
    """Points, people and spans of every center of `facts.centers`: most of the work of `evaluate`."""
    today = (utc_day(as_of) - EPOCH).days
    centers = facts.centers.select("center_id", "account_id", "is_default").with_row_index("c")
    touches = read_touches(facts, centers, config, today)
    people = account_people(touches, config)
    mqls = qualified_contacts(people, touches, facts, config, today)
    people = center_people(people, mqls, touches, facts, centers, config)
    activity = clusters.activity(touches, facts, centers, config)
    return Measures(
        part=measuring_part(config),
        as_of=as_of,
        facts=facts,
        centers=centers,
        people=people,
        spans=clusters.spans(activity),
        signals=current_signals(facts, config.intent, today),
        activity=activity,
        read=touches,
    )


def decide(measures: Measures, config: ScoringConfig) -> Evaluation:
    """What `config` says of centers that were measured under a model with the same `measuring_part`."""
    facts = measures.facts
    activity = replace(measures.activity, gates=config.gates)
    standings = standing(facts.accounts, facts.technologies, config.criteria)
    rows = (
        gathered(measures, config, standings)
        .join(clusters.choose(activity, measures.spans).lazy(), on="c", how="left")
        .join(clusters.open_spans(activity, measures.spans), on="c", how="left")
        .join(_hand_raises(measures.read, measures.centers), on="c", how="left")
        .with_columns(pl.col("departments", "personas", "all_themes_micro", "open_person_days").fill_null(0))
    )
    rows = judged(rows, config, intent_connected=facts.intent_connected, themes_set_up=facts.themes_set_up)
    return Evaluation(
        config=config,
        as_of=measures.as_of,
        facts=facts,
        centers=_published(rows, activity, measures.as_of).sort("c").collect(),
        people=measures.people,
        fits=standings.with_columns(icp=icp(config.min_fit)).drop(STANDING),
        signals=measures.signals,
        activity=activity,
        read=measures.read,
    )


def gathered(measures: Measures, config: ScoringConfig, standings: pl.DataFrame) -> pl.LazyFrame:
    """One row a center with all that bars are compared with but its span: no bar of `config` is looked at.

    `standings`: of `accounts.fit.standing`. A center without touches or signals measures nothing, and says so with zeros.
    """
    counts = (
        "points_micro", "inbound", "outbound", "touches", "mqls", "tier_rank", "tier_before_rank", "momentum_micro",
    )  # fmt: skip
    rules = [names.people for _, _, names in policy_rules.every_rule(config)]
    return (
        measures.centers.lazy()
        .join(measures.facts.accounts.lazy().select("account_id", "is_target"), on="account_id", how="left")
        .join(standings.lazy().select("account_id", "fit", *STANDING), on="account_id", how="left")
        .join(strength(measures.signals), on="account_id", how="left")
        .join(_totals(measures.people), on="c", how="left")
        .join(policy_rules.measure_rules(measures.people, config), on="c", how="left")
        .with_columns(
            pl.col(*counts, *rules).fill_null(0),
            pl.col("intent").fill_null(0.0),
            pl.col("intent_surging", "is_target").fill_null(False),
        )
    )


def judged(rows: pl.LazyFrame, config: ScoringConfig, *, intent_connected: bool, themes_set_up: bool) -> pl.LazyFrame:
    """The rows of `gathered`, with what was measured in their spans, compared with the bars: score, gates, block, stage."""
    rows = rows.with_columns(
        pl.col("person_days", "people", "executives", "theme_micro", "themed_micro", "decision_micro").fill_null(0),
        icp=pl.when(pl.col("fit").is_null()).then(pl.lit("unknown")).otherwise(icp(config.min_fit)),
        fit=pl.col("fit").fill_null(0.0),
    )
    rows = policy_rules.with_holds(_with_score(rows, config, intent_connected=intent_connected), config)
    return _with_gates(rows, config, themes_set_up=themes_set_up)


def engagement_scores(points_micro: pl.Series) -> pl.Series:
    """The Account Engagement Score of each center from the points of all of them: 100 × (those with fewer + half of those
    with equal points) / all, among centers with points; null for one without. A center is one of its own equals.
    """
    frame = pl.DataFrame({"points": points_micro}).with_columns(points=pl.when(pl.col("points") > 0).then("points"))
    rank = pl.col("points").rank("average")
    return frame.select((100.0 * (rank - 0.5) / pl.col("points").count()).alias("engagement_score")).to_series()


def _totals(people: pl.DataFrame) -> pl.LazyFrame:
    return (
        people.lazy()
        .group_by("c")
        .agg(
            points_micro=pl.col("micro").sum(),
            inbound=pl.col("inbound").sum(),
            outbound=pl.col("outbound").sum(),
            touches=pl.col("touches").sum(),
            last_touch_at=pl.col("last_touch_at").max(),
            mqls=pl.col("is_mql").sum().cast(pl.Int64),
            tier_rank=pl.col("tier_now").max(),
            tier_before_rank=pl.col("tier_before").max(),
            momentum_micro=pl.col("momentum").sum(),
        )
    )


def _hand_raises(touches: Touches, centers: pl.DataFrame) -> pl.LazyFrame:
    """The latest hand-raise of each center: an excluded contact's counts too."""
    rows = touches.hand_raises.select(
        "account_id",
        # A contact's touch at an account not its own is not one of its named center.
        named=pl.when(~pl.col("stranger")).then("named"),
        hand_raise_touch_id="touch_id",
        hand_raise_at="occurred_at",
        hand_raise_contact_id="contact_id",
    )
    return (
        clusters.by_center(rows, centers)
        .lazy()
        .sort("hand_raise_at", "hand_raise_touch_id", descending=True)
        .unique("c", keep="first", maintain_order=True)
        .drop("account_id")
    )


def _with_score(rows: pl.LazyFrame, config: ScoringConfig, *, intent_connected: bool) -> pl.LazyFrame:
    weights = config.signal_weights
    intent_weight = weights.intent if intent_connected else 0.0
    full = config.full_points * MICRO
    engagement = 100.0 * pl.min_horizontal(pl.lit(1.0), pl.col("points_micro") / full)
    total = weights.engagement + intent_weight + weights.fit
    summed = weights.engagement * pl.col("engagement") + intent_weight * pl.col("intent") + weights.fit * pl.col("fit")
    # Rounding takes away what floats add, so that a score meets its bar wherever the numbers do. The signals keep some
    # decimals more, or else their rounding would make ties for the score's.
    return rows.with_columns(engagement=engagement.round(12)).with_columns(score=(summed / total).round(9))


def _with_gates(rows: pl.LazyFrame, config: ScoringConfig, *, themes_set_up: bool) -> pl.LazyFrame:
    """The five gates, each measured; `block` is the first that fails."""
    gates = config.gates
    policies = ((config.policies.target, pl.col("is_target")), (config.policies.other, ~pl.col("is_target")))
    asked = pl.lit(True)
    for policy, applies in policies:
        met = pl.lit(True)
        if policy.require_intent_surge:
            met &= pl.col("intent_surging")
        if policy.min_executives:
            met &= pl.col("executives") >= policy.min_executives
        if policy.min_tier:
            met &= pl.col("tier_rank") >= len(TIERS) - TIERS.index(policy.min_tier)
        if policy.require_momentum:
            met &= pl.col("momentum_micro") > 0
        asked &= met | ~applies
    rows = rows.with_columns(
        theme_share=clusters.theme_share(),
        evaluation_only=clusters.evaluation_only(),
        g_relevance=pl.col("icp") == "in",
        g_cluster=pl.col("person_days") >= gates.cluster_person_days,
        g_spread=pl.col("people") >= gates.min_contacts,
        g_direction=clusters.direction_passes(gates, themes_set_up=themes_set_up),
        g_threshold=(pl.col("score") >= gates.mqa_score) & pl.col("rule_holds") & asked,
    )
    failed = pl.coalesce([pl.when(~pl.col(f"g_{name}")).then(pl.lit(name)) for name in GATES])
    band = pl.lit(config.bands[0].name)
    for later in config.bands[1:]:
        band = pl.when(pl.col("score") >= later.lower).then(pl.lit(later.name)).otherwise(band)
    return rows.with_columns(block=failed).with_columns(
        qualified=pl.col("block").is_null(),
        stage=pl.when(pl.col("block").is_null()).then(pl.lit(MQA_STAGE)).otherwise(band),
    )


def _published(rows: pl.LazyFrame, activity: clusters.Activity, as_of: datetime) -> pl.LazyFrame:
    """Days for offsets, minutes for millionths, names for ranks."""
    start = utc_day(as_of) - timedelta(days=activity.reach - 1)
    tiers = pl.Series(["", *reversed(TIERS)])
    return rows.with_columns(
        minutes=pl.col("inbound") / MICRO,
        outbound_minutes=pl.col("outbound") / MICRO,
        cluster_first=pl.lit(start) + pl.duration(days=pl.col("first")),
        cluster_last=pl.lit(start) + pl.duration(days=pl.col("last")),
        tier_now=pl.when(pl.col("tier_rank") > 0).then(pl.lit(tiers).gather(pl.col("tier_rank"))),
        tier_before=pl.when(pl.col("tier_before_rank") > 0).then(pl.lit(tiers).gather(pl.col("tier_before_rank"))),
    )
