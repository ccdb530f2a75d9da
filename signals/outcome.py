"""What an evaluation changes: the new state of each center, whether it is a decision, what the desk is to hear. Pure.

Knows no Django: rows in (the state before), rows out (what is stored). domain.md §4, "Nothing stays qualified by itself".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import polars as pl

    from signals.scoring import Evaluation

STRIP_DAYS = 90
# The desk hears each new day of a center that has stopped qualifying, until what may cool has long cooled.
COOLING_DAYS = 30


class Before(NamedTuple):
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
    told: bool = False  # whether it has a line


@dataclass(frozen=True)
class Outcome:
    """What an evaluation stores: what its centers have in common, and `columns` with a value a center, in their order."""

    model_id: int
    as_of: datetime
    today: date
    columns: dict[str, list[Any]]


def to_store(
    evaluation: Evaluation,
    before: Mapping[int, Before],
    *,
    model_id: int,
    model_version: int,
    themes: Mapping[int, str],
    asked: Collection[int] | None = None,
    aged: Collection[int] = (),
) -> Outcome:
    """The state's columns, `decide`, and as the server has arrays `touch_ids` (of a decision) and the `kinds` of transitions.

    `evidence` is the document of signals/evidence_kept.py, as text: of decisions, of what the desk has before it (what
    qualifies or raised its hand), and of the centers `asked` for (None: of all); the others' is null, to be told when somebody
    asks (signals/telling.py). So is the `strip` of the centers that only `aged` where it is the one they have: nothing but the
    day changed. The line `why` is empty of what never was before the desk.
    """
    import polars as pl

    rows = evaluation.centers.with_columns(
        pl.col("minutes", "outbound_minutes").fill_null(0.0),
        pl.col("block").fill_null(""),
        is_surging=pl.col("intent_surging").fill_null(False),
    )
    columns: dict[str, list[Any]] = {name: rows[name].to_list() for name in _MEASURED}
    columns |= _changes(columns, before, evaluation, model_id)
    centers, accounts = columns["center_id"], columns["account_id"]
    desk = {
        center_id
        for center_id, qualified, raised in zip(
            centers, columns["qualified"], columns["hand_raise_touch_id"], strict=True
        )
        if qualified or raised is not None
    }
    decided = {center_id for center_id, decide in zip(centers, columns["decide"], strict=True) if decide}
    wanted = centers if asked is None else decided | desk | set(centers).intersection(asked)
    kept = _kept(wanted, evaluation, model_version)
    # Who was before the desk once may have a handoff still; of the others nobody reads a line.
    once = [center_id for center_id in centers if before[center_id].told and center_id not in desk]
    lines = _lines(desk, once, evaluation, kept, themes)
    strips = strips_of(evaluation, _with_same_strip(columns, before, aged, evaluation, model_id))
    surges = _surges(evaluation)
    touch_ids = _touch_ids(
        {account_id for account_id, decide in zip(accounts, columns["decide"], strict=True) if decide}, evaluation
    )
    columns |= {
        "evidence": [kept.get(center_id) for center_id in centers],
        "why": [lines.get(center_id, "")[:300] for center_id in centers],
        "strip": [strips.get(center_id) for center_id in centers],
        "surged_on": [surges.get(account_id) for account_id in accounts],
        "touch_ids": [
            touch_ids.get(account_id, "{}") if decide else None
            for account_id, decide in zip(accounts, columns["decide"], strict=True)
        ],
    }
    return Outcome(model_id, evaluation.as_of, evaluation.today, columns)


_MEASURED = (
    "center_id", "account_id", "score", "fit", "engagement", "intent", "points_micro", "minutes", "outbound_minutes", "icp",
    "qualified", "block", "stage", "theme_id", "people", "mqls", "is_surging", "last_touch_at", "hand_raise_touch_id",
    "hand_raise_at", "hand_raise_contact_id",
)  # fmt: skip
# Of those, what is compared with the state before.
_COMPARED = ("center_id", "qualified", "block", "stage", "score", "hand_raise_touch_id", "hand_raise_at")


def _changes(
    columns: Mapping[str, list[Any]], before: Mapping[int, Before], evaluation: Evaluation, model_id: int
) -> dict[str, list[Any]]:
    """What follows from the state before: since when each qualifies or not, whether it is a decision, what the desk hears."""
    found = []
    for now in zip(*(columns[name] for name in _COMPARED), strict=True):
        center_id, qualified, block, stage, *_ = now
        was = before[center_id]
        qualified_since = None
        # The first day of the run; a center that never qualified has none.
        unqualified_since = evaluation.today if was.qualified else was.unqualified_since
        if qualified:
            qualified_since = was.qualified_since if was.qualified else evaluation.as_of
            unqualified_since = None
        decide = not was.decided or (was.qualified, was.block, was.stage, was.model_id) != (
            qualified,
            block,
            stage,
            model_id,
        )
        kinds = _kinds(now, was, unqualified_since, evaluation.today)
        found.append((qualified_since, unqualified_since, decide, "{" + ",".join(kinds) + "}"))
    names = ("qualified_since", "unqualified_since", "decide", "kinds")
    return dict(zip(names, map(list, zip(*found, strict=True)) if found else ([],) * 4, strict=True))


def _kept(wanted: Collection[int], evaluation: Evaluation, model_version: int) -> dict[int, str]:
    from signals.evidence_kept import chosen, keep

    return keep(evaluation, chosen(evaluation, wanted), model_version=model_version) if wanted else {}


def _lines(
    desk: Collection[int],
    once: Collection[int],
    evaluation: Evaluation,
    kept: Mapping[int, str],
    themes: Mapping[int, str],
) -> dict[int, str]:
    """The line of each center before the desk, and of those that were once, from what they lack at the block alone."""
    from signals.evidence import missing_first, tell
    from signals.explain import missing_line, why_line

    lines = {
        center_id: why_line(tell(json.loads(kept[center_id]), evaluation.config), themes=themes) for center_id in desk
    }
    if once:
        lines |= {center: missing_line(entries) for center, entries in missing_first(evaluation, once).items()}
    return lines


def _kinds(now: tuple[Any, ...], was: Before, unqualified_since: date | None, today: date) -> list[str]:
    """What the desk is to hear of this evaluation."""
    _, qualified, _, _, score, raised, raised_at = now
    kinds = []
    if qualified != was.qualified:
        kinds.append("qualified" if qualified else "unqualified")
    # A later hand-raise than the last known one (an older one may surface when a later touch is found wrong).
    anew = raised is not None and raised != was.hand_raise_touch_id
    if anew and (was.hand_raise_at is None or raised_at >= was.hand_raise_at):
        kinds.append("hand_raise")
    if not kinds:
        new_day = was.as_of_day is not None and was.as_of_day < today
        cooling = unqualified_since is not None and (today - unqualified_since).days <= COOLING_DAYS
        # A center that stays qualified can come back to the queue on a date, or for a score that rose.
        if (qualified and (new_day or score > (was.score or 0.0))) or (cooling and new_day):
            kinds.append("evaluated")
    return kinds


def _surges(evaluation: Evaluation) -> dict[int, date]:
    """By account the latest day on which a topic surged."""
    import polars as pl

    found = evaluation.signals.filter("surges").group_by("account_id").agg(pl.col("observed_on").max())
    return dict(found.iter_rows())


def _with_same_strip(
    columns: Mapping[str, list[Any]],
    before: Mapping[int, Before],
    aged: Collection[int],
    evaluation: Evaluation,
    model_id: int,
) -> set[int]:
    """Of the centers of which nothing but the day changed, those whose strip is the one they have, maybe with days that are
    over at its beginning: no touch that was of the future has become one of the past, and the model is the same.
    """
    if evaluation.config.lookback_days < STRIP_DAYS or not aged:
        return set()
    return {
        center_id
        for center_id, touched in zip(columns["center_id"], columns["last_touch_at"], strict=True)
        if center_id in aged
        and (was := before[center_id]).model_id == model_id
        and was.evaluated_at is not None
        and (touched is None or touched <= was.evaluated_at)
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


def _touch_ids(account_ids: Collection[int], evaluation: Evaluation) -> dict[int, str]:
    """By account the ids of all touches that were read for it, so that its decisions can be replayed."""
    import polars as pl

    if not account_ids:
        return {}
    touches = evaluation.facts.touches.select("account_id", "touch_id")
    if len(account_ids) < evaluation.facts.accounts.height:
        touches = touches.filter(pl.col("account_id").is_in(list(account_ids)))
    ids = touches.group_by("account_id").agg(pl.col("touch_id").sort())
    joined = "{" + pl.col("touch_id").cast(pl.List(pl.String)).list.join(",") + "}"
    return dict(ids.select("account_id", joined).iter_rows())
