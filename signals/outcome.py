"""What an evaluation changes: the new state of each center, whether it is a decision, what the desk is to hear. Pure.

Knows no Django: rows in (the state before), rows out (what is stored). domain.md §4, "Nothing stays qualified by itself".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import polars as pl

    from signals.scoring import Evaluation

Row = dict[str, Any]

STRIP_DAYS = 90
# The desk hears each new day of a center that has stopped qualifying, until what may cool has long cooled.
COOLING_DAYS = 30


@dataclass(frozen=True)
class Before:
    """The state of a center as its last evaluation left it; `decided` is false for one that has no decision yet."""

    center_id: int
    model_id: int | None = None
    evaluated_at: datetime | None = None
    as_of_day: date | None = None
    score: float | None = None
    qualified: bool = False
    block: str = ""
    stage: str = ""
    hand_raise_touch_id: int | None = None
    hand_raise_at: datetime | None = None
    qualified_since: datetime | None = None
    unqualified_since: date | None = None
    decided: bool = False


def rows_to_store(
    evaluation: Evaluation,
    before: Mapping[int, Before],
    *,
    model_id: int,
    model_version: int,
    themes: Mapping[int, str],
    asked: Collection[int] | None = None,
    aged: Collection[int] = (),
) -> list[Row]:
    """One row a center: the state's columns, `decide`, and as the server has arrays `touch_ids` (of a decision) and the `kinds`
    of transitions.

    `evidence` is the document of signals/evidence_kept.py, as text: of decisions, of what the desk has before it (what
    qualifies or raised its hand), and of the centers `asked` for (None: of all); the others' is null, to be told when somebody
    asks (signals/telling.py). So is the `strip` of the centers that only `aged` where it is the one they have: nothing but the
    day changed.
    """
    strips = strips_of(evaluation, _with_same_strip(evaluation, before, aged, model_id))
    surges = _surges(evaluation)
    rows = []
    for measured in evaluation.centers.select(_MEASURED).iter_rows(named=True):
        center_id = measured["center_id"]
        was = before[center_id]
        now = _state(measured, was, evaluation)
        decide = not was.decided or (was.qualified, was.block, was.stage, was.model_id) != (
            now["qualified"],
            now["block"],
            now["stage"],
            model_id,
        )
        rows.append(
            {
                **now,
                "model_id": model_id,
                "surged_on": surges.get(measured["account_id"]),
                "strip": strips.get(center_id),
                "decide": decide,
                "kinds": "{" + ",".join(_kinds(now, was, evaluation.today)) + "}",
                "hand_raise_contact_id": measured["hand_raise_contact_id"],
            }
        )
    kept = _kept(rows, evaluation, asked, model_version)
    lines = _lines(rows, evaluation, kept, themes)
    for row in rows:
        row["evidence"] = kept.get(row["center_id"])
        row["why"] = lines[row["center_id"]][:300]
    _add_touch_ids(rows, evaluation)
    return rows


_MEASURED = (
    "center_id", "account_id", "score", "fit", "engagement", "intent", "points_micro", "minutes", "outbound_minutes", "icp",
    "qualified", "block", "stage", "theme_id", "people", "mqls", "intent_surging", "last_touch_at", "hand_raise_touch_id",
    "hand_raise_at", "hand_raise_contact_id",
)  # fmt: skip


def _kept(rows: list[Row], evaluation: Evaluation, asked: Collection[int] | None, model_version: int) -> dict[int, str]:
    from signals.evidence_kept import chosen, keep

    wanted = [
        row["center_id"]
        for row in rows
        if asked is None or row["decide"] or _is_before_the_desk(row) or row["center_id"] in asked
    ]
    return keep(evaluation, chosen(evaluation, wanted), model_version=model_version) if wanted else {}


def _is_before_the_desk(row: Row) -> bool:
    return row["qualified"] or row["hand_raise_touch_id"] is not None


def _lines(
    rows: list[Row], evaluation: Evaluation, kept: Mapping[int, str], themes: Mapping[int, str]
) -> dict[int, str]:
    """The line of each center; of those that neither qualify nor raised their hand, from what they lack at the block alone."""
    from signals.evidence import missing_first, tell
    from signals.explain import missing_line, why_line

    lines = {
        row["center_id"]: why_line(tell(json.loads(kept[row["center_id"]]), evaluation.config), themes=themes)
        for row in rows
        if _is_before_the_desk(row)
    }
    others = [row["center_id"] for row in rows if row["center_id"] not in lines]
    if others:
        lines |= {center: missing_line(entries) for center, entries in missing_first(evaluation, others).items()}
    return lines


def _state(measured: Row, was: Before, evaluation: Evaluation) -> Row:
    qualified = bool(measured["qualified"])
    if qualified:
        qualified_since = was.qualified_since if was.qualified else evaluation.as_of
        unqualified_since = None
    else:
        qualified_since = None
        # The first day of the run; a center that never qualified has none.
        unqualified_since = evaluation.today if was.qualified else was.unqualified_since
    return {
        "center_id": measured["center_id"],
        "account_id": measured["account_id"],
        "evaluated_at": evaluation.as_of.isoformat(),
        "as_of_day": evaluation.today.isoformat(),
        "score": measured["score"],
        "fit": measured["fit"],
        "engagement": measured["engagement"],
        "intent": measured["intent"],
        "points_micro": measured["points_micro"],
        "minutes": measured["minutes"] or 0.0,
        "outbound_minutes": measured["outbound_minutes"] or 0.0,
        "icp": measured["icp"],
        "qualified": qualified,
        "block": measured["block"] or "",
        "stage": measured["stage"],
        "theme_id": measured["theme_id"],
        "people": measured["people"],
        "mqls": measured["mqls"],
        "is_surging": bool(measured["intent_surging"]),
        "last_touch_at": _iso(measured["last_touch_at"]),
        "hand_raise_touch_id": measured["hand_raise_touch_id"],
        "hand_raise_at": _iso(measured["hand_raise_at"]),
        "qualified_since": _iso(qualified_since),
        "unqualified_since": _iso(unqualified_since),
    }


def _iso(moment: date | datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _kinds(now: Row, was: Before, today: date) -> list[str]:
    """What the desk is to hear of this evaluation."""
    kinds = []
    if now["qualified"] != was.qualified:
        kinds.append("qualified" if now["qualified"] else "unqualified")
    if _raised_anew(now, was):
        kinds.append("hand_raise")
    new_day = was.as_of_day is not None and was.as_of_day < today
    if not kinds:
        since = now["unqualified_since"]
        cooling = since is not None and (today - date.fromisoformat(since)).days <= COOLING_DAYS
        risen = now["score"] > (was.score or 0.0)
        # A center that stays qualified can come back to the queue on a date, or for a score that rose.
        if (now["qualified"] and (new_day or risen)) or (cooling and new_day):
            kinds.append("evaluated")
    return kinds


def _raised_anew(now: Row, was: Before) -> bool:
    """A later hand-raise than the last known one (an older one may surface when a later touch is found wrong)."""
    touch = now["hand_raise_touch_id"]
    if touch is None or touch == was.hand_raise_touch_id:
        return False
    return was.hand_raise_at is None or datetime.fromisoformat(now["hand_raise_at"]) >= was.hand_raise_at


def _surges(evaluation: Evaluation) -> dict[int, str]:
    """By account the latest day on which a topic surged."""
    import polars as pl

    found = evaluation.signals.filter("surges").group_by("account_id").agg(pl.col("observed_on").max())
    return {account: day.isoformat() for account, day in found.iter_rows()}


def _with_same_strip(
    evaluation: Evaluation, before: Mapping[int, Before], aged: Collection[int], model_id: int
) -> set[int]:
    """Of the centers of which nothing but the day changed, those whose strip is the one they have, maybe with days that are
    over at its beginning: no touch that was of the future has become one of the past, and the model is the same.
    """
    if evaluation.config.lookback_days < STRIP_DAYS or not aged:
        return set()
    last = dict(evaluation.centers.select("center_id", "last_touch_at").iter_rows())
    return {
        center_id
        for center_id in aged
        if (was := before[center_id]).model_id == model_id
        and was.evaluated_at is not None
        and ((touched := last.get(center_id)) is None or touched <= was.evaluated_at)
    }


def strips_of(evaluation: Evaluation, without: Collection[int] = ()) -> dict[int, str]:
    """By center as JSON: `[day, high, mid, low]`, undecayed points by tier, for the days of the last 90 that have any."""
    import polars as pl

    from signals.clusters import by_center
    from signals.points import lookup

    ids = evaluation.centers.select("c", "center_id", "account_id", "is_default")
    rows = evaluation.read.rows
    if without:
        ids = ids.filter(~pl.col("center_id").is_in(list(without)))
        rows = rows.join(ids, on="account_id", how="semi")
    rows = rows.filter(
        pl.col("age") < min(STRIP_DAYS, evaluation.config.lookback_days), pl.col("counted"), pl.col("base") > 0
    ).select("account_id", "named", "age", "base", rank=lookup(evaluation.read.catalogue.tiers, pl.col("code")))
    tiers = {
        name: pl.when(pl.col("rank") == rank).then("base").otherwise(0.0).sum().round(3)
        for name, rank in (("high", 3), ("mid", 2), ("low", 1))
    }
    days = [(evaluation.today - timedelta(days=age)).isoformat() for age in range(STRIP_DAYS)]
    text = pl.format('["{}",{},{},{}]', pl.lit(pl.Series(days)).gather(pl.col("age")), *tiers)
    found = (
        by_center(rows, ids.drop("center_id"))
        .group_by("c", "age")
        .agg(**tiers)
        .sort("age", descending=True)
        .select("c", strip=text)
        .group_by("c")
        .agg(_joined(pl.col("strip")))
        .join(ids.select("c", "center_id"), on="c")
    )
    return dict.fromkeys(ids["center_id"], "[]") | dict(
        found.select("center_id", pl.format("[{}]", "strip")).iter_rows()
    )


def _joined(texts: pl.Expr) -> pl.Expr:
    return texts.cast(str).str.join(",")


def _add_touch_ids(rows: list[Row], evaluation: Evaluation) -> None:
    """Give decisions the ids of all touches that were read for their account, so that they can be replayed."""
    import polars as pl

    for row in rows:
        row["touch_ids"] = None
    deciding = {row["account_id"] for row in rows if row["decide"]}
    if not deciding:
        return
    touches = evaluation.facts.touches
    if len(deciding) < evaluation.facts.accounts.height:
        touches = touches.filter(pl.col("account_id").is_in(list(deciding)))
    ids = dict(touches.sort("touch_id").group_by("account_id").agg(_joined(pl.col("touch_id"))).iter_rows())
    for row in rows:
        if row["decide"]:
            row["touch_ids"] = "{" + ids.get(row["account_id"], "") + "}"
