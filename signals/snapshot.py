"""Measures of all centers, kept in this process so that another bar costs next to nothing (promise S2).

What was measured is kept with the snapshot of the database that it was read from. What has changed since is found by
transaction, never by id or time, since commits land out of order: whatever changes a fact asks for the evaluation of its
centers in the same transaction, so a center has changed when its request is still there or when the row of its state was
written by a transaction that the snapshot does not see. The changed ones alone are read and scored anew; when they are
many, everything is. Keeps nothing of anybody but ids and sums, and nothing across days.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar

from django.db import connection

from signals.facts import is_intent_connected, load_facts
from signals.scoring_config import ScoringConfig

if TYPE_CHECKING:
    import polars as pl

    from signals.frames import Facts
    from signals.scoring import Evaluation, Measures

T = TypeVar("T")

# Models beside the active one that are being tried at once; each keeps its measures.
KEPT = 4
# Facts with more touches are read again for another measuring part rather than held.
HELD_TOUCHES = 1_000_000
# Where more than this share has changed, everything is read anew.
FEW = 0.1
# What a preview shows of a center; `queues`: it qualifies and is no present customer's (unless the policy has expansion on).
COLUMNS = ("center_id", "account_id", "score", "block", "qualified", "queues")

_TAKE = "SELECT pg_current_snapshot()::text"
# A row tells its transaction in 32 bits; `top` says which of the numbers with these bits is the nearest.
_CHANGED = """
SELECT s.center_id FROM signals_centerstate s, (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS top) m
WHERE NOT pg_visible_in_snapshot(greatest(3, m.top
    + ((s.xmin::text::bigint - (m.top & 4294967295) + 6442450944) & 4294967295) - 2147483648)::text::xid8, %s::pg_snapshot)
UNION SELECT center_id FROM signals_rescorerequest WHERE reason NOT IN ('publish', 'day')"""
_CENTERS = """
SELECT c.id FROM accounts_buyingcenter c JOIN accounts_account a ON a.id = c.account_id WHERE a.merged_into_id IS NULL"""


@dataclass
class Taken:
    """What was measured, and the snapshot that it was read from."""

    snapshot: str
    day: date
    reading: str
    past: bool
    flags: tuple[bool, bool]
    centers: frozenset[int]
    facts: Facts | None
    measures: OrderedDict[str, Measures] = field(default_factory=OrderedDict)
    chosen: OrderedDict[str, pl.DataFrame] = field(default_factory=OrderedDict)


_lock = threading.Lock()
# By whether it is of the past.
_taken: dict[bool, Taken] = {}


def forget() -> None:
    """Measure everything anew next time."""
    _taken.clear()


def qualified_a_week_ago(configs: list[ScoringConfig], now: datetime) -> list[frozenset[int]]:
    """The centers that each model calls MQAs at the end of the day a week ago, as known then."""
    as_of = datetime.combine(now.astimezone(UTC).date() - timedelta(days=7), time.max, UTC)
    reader = reading_all(*configs)
    with _lock:
        taken = _held(reader, as_of, past=True)
        frames = [_decided(taken, config, reader, as_of) for config in configs]
    return [frozenset(frame.filter("qualified")["center_id"].to_list()) for frame in frames]


def evaluated(configs: list[ScoringConfig], now: datetime) -> list[pl.DataFrame]:
    """What each model says of all centers now: a frame of `COLUMNS` each, of the same centers in the same order."""
    # Polars comes in here and not at import: see signals/tasks.py.
    import polars as pl

    from signals.scoring import evaluate

    reader = reading_all(*configs)
    with _lock:
        taken = _held(reader, now, past=False)
        with connection.cursor() as cursor:
            cursor.execute(_CENTERS)
            centers = {row[0] for row in cursor.fetchall()}
            cursor.execute(_CHANGED, [taken.snapshot])
            changed = ({row[0] for row in cursor.fetchall()} | (centers - taken.centers)) & centers
        facts = load_facts(center_ids=sorted(changed), as_of=now, config=reader) if _few(changed, centers) else None
        if facts is None or (facts.intent_connected, facts.themes_set_up) != taken.flags:
            taken = _take(reader, now, past=False)
            changed, facts = set(), None
        old = [_decided(taken, config, reader, now) for config in configs]
    gone = taken.centers - centers
    found = []
    for config, before in zip(configs, old, strict=True):
        frames = [before.filter(~pl.col("center_id").is_in(list(changed | gone)))]
        if changed and facts is not None:
            frames.append(_shown(evaluate(facts_for(config, reader, facts, now), config, now)))
        found.append(pl.concat(frames).sort("center_id"))
    return found


def reading_all(*configs: ScoringConfig) -> ScoringConfig:
    """A document whose facts suffice for all `configs`: their criteria together, the longest windows."""
    wider = max(configs, key=lambda config: config.history_days)
    criteria = {
        criterion.id + str(number): criterion for number, config in enumerate(configs) for criterion in config.criteria
    }
    renamed = [criterion.model_copy(update={"id": key}) for key, criterion in criteria.items()]
    intent = wider.intent.model_copy(
        update={
            "window_days": max(config.intent.window_days for config in configs),
            "connected_days": max(config.intent.connected_days for config in configs),
        }
    )
    return wider.model_copy(update={"criteria": tuple(renamed), "intent": intent})


def facts_for(
    config: ScoringConfig, reader: ScoringConfig, facts: Facts, as_of: datetime, *, past: bool = False
) -> Facts:
    """What was read for `reader` (of `reading_all`), with intent connected or not as `config` has it."""
    if config.intent.connected_days == reader.intent.connected_days or not facts.intent_connected:
        return facts
    return replace(facts, intent_connected=is_intent_connected(config, as_of, past=past))


def _few(changed: set[int], centers: set[int]) -> bool:
    return len(changed) <= max(50, FEW * len(centers))


def _reading(config: ScoringConfig) -> str:
    """What of a model decides which facts are read."""
    fields = sorted({item.field for item in config.criteria if item.field.startswith(("custom.", "technology"))})
    return repr((config.history_days, config.intent.window_days, config.intent.connected_days, fields))


def _held(reader: ScoringConfig, as_of: datetime, *, past: bool) -> Taken:
    held, day = _taken.get(past), as_of.astimezone(UTC).date()
    if held is not None and (held.day, held.reading) == (day, _reading(reader)):
        return held
    return _take(reader, as_of, past=past)


def _take(reader: ScoringConfig, as_of: datetime, *, past: bool) -> Taken:
    """Read everything. The snapshot is of before, so what commits between is read twice rather than never."""
    _taken.pop(past, None)
    with connection.cursor() as cursor:
        cursor.execute(_TAKE)
        snapshot = cursor.fetchone()[0]
    facts = load_facts(center_ids=None, as_of=as_of, config=reader, past=past)
    _taken[past] = Taken(
        snapshot=snapshot,
        day=as_of.astimezone(UTC).date(),
        reading=_reading(reader),
        past=past,
        flags=(facts.intent_connected, facts.themes_set_up),
        centers=frozenset(facts.centers["center_id"].to_list()),
        facts=facts,
    )
    return _taken[past]


def _decided(taken: Taken, config: ScoringConfig, reader: ScoringConfig, now: datetime) -> pl.DataFrame:
    from signals import clusters
    from signals.scoring import decide

    measures = _measured(taken, config, reader, now)
    gates = config.gates.model_dump_json(exclude={"mqa_score"})
    key = f"{measures.part} {gates}"
    chosen = taken.chosen.get(key)
    if chosen is None:
        chosen = clusters.choose(replace(measures.activity, gates=config.gates), measures.spans)
    _keep(taken.chosen, key, chosen, 2 * KEPT)
    measures = replace(measures, facts=facts_for(config, reader, measures.facts, now, past=taken.past))
    return _shown(decide(measures, config, chosen=chosen))


def _shown(evaluation: Evaluation) -> pl.DataFrame:
    import polars as pl

    policies = evaluation.config.policies
    expands = pl.when("is_target").then(policies.target.expansion).otherwise(policies.other.expansion)
    rests = (pl.col("customer") == "present").fill_null(False) & ~expands
    customers = evaluation.facts.accounts.select("account_id", "customer")
    return (
        evaluation.centers.join(customers, on="account_id", how="left")
        .with_columns(queues=pl.col("qualified") & ~rests)
        .select(COLUMNS)
    )


def _measured(taken: Taken, config: ScoringConfig, reader: ScoringConfig, now: datetime) -> Measures:
    from signals.scoring import measure, measuring_part

    part = measuring_part(config)
    measures = taken.measures.get(part)
    if measures is None:
        facts = taken.facts
        if facts is None:
            # Later than the snapshot: what has changed since is replaced anyway.
            facts = load_facts(center_ids=None, as_of=now, config=reader, past=taken.past)
        measures = measure(facts, config, now)
        # Single touches have done their part.
        read = replace(measures.read, rows=measures.read.rows.clear())
        measures = replace(measures, facts=replace(facts, touches=facts.touches.clear()), read=read)
        taken.facts = facts if facts.touches.height <= HELD_TOUCHES else None
    _keep(taken.measures, part, measures, KEPT)
    return measures


def _keep(kept: OrderedDict[str, T], key: str, value: T, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
