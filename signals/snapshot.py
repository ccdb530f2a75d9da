"""What bars are compared with, of all centers, kept in this process so that another bar costs next to nothing (promise S2).

Kept are a row a center with its points, fit, intent and rules, and its span or the spans that could count
(signals/fronts.py). A bar compares these columns; a model that measures otherwise measures all from the same facts. What
has changed since is found by transaction (signals/freshness.py); the changed centers alone are read, measured and put in
the place of their rows, or everything is when they are many. Keeps nothing of anybody but ids and sums, and nothing across
days.
"""

from __future__ import annotations

import json
import threading
import time as clock
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypeVar

from signals import freshness
from signals.facts import is_intent_connected, load_facts
from signals.models import ScoringFailure
from signals.scoring_config import ScoringConfig
from signals.setting_aside import PASSING, at_fault

if TYPE_CHECKING:
    import polars as pl

    from signals.frames import Facts
    from signals.scoring import Measures

T = TypeVar("T")

# Models beside the active one that are being tried at once; each keeps its measures.
KEPT = 4
# More touches than these (75 bytes each) are held only once somebody tries other weights, and until the day ends.
HELD_TOUCHES = 1_000_000
# Where more than this share has changed, everything is read anew.
FEW = 0.1
# Seconds in which a slider may move on without a look at what has changed: a look goes through the states of all centers.
LOOK_EVERY = 3.0
# What a preview shows of a center; `queues`: it qualifies and is no present customer's (unless the policy has expansion on).
COLUMNS = ("center_id", "account_id", "score", "block", "qualified", "queues")

Make = Callable[["Measures"], "pl.DataFrame"]


@dataclass(frozen=True)
class Said:
    """What each model says: a frame of `COLUMNS` each, of the same centers in the same order. `left_out`: the centers
    whose facts can't be computed with.
    """

    frames: list[pl.DataFrame]
    left_out: frozenset[int]


@dataclass
class Kept:
    """Rows by `center_id` in order, with the first so many batches of what has changed since put in."""

    frame: pl.DataFrame
    batches: int


@dataclass
class Changed:
    """The facts of what has changed, and their measures by measuring part."""

    centers: frozenset[int]
    facts: Facts
    measures: dict[str, Measures] = field(default_factory=dict)


@dataclass
class Taken:
    """What was measured, the snapshot that it was read from, and what has changed since, look by look."""

    snapshot: str
    day: date
    reading: str
    past: bool
    flags: tuple[bool, bool]
    centers: pl.Series
    facts: Facts | None
    looked_at: float
    batches: list[frozenset[int]] = field(default_factory=list)
    # Of all centers as first read, by measuring part.
    measures: OrderedDict[str, Measures] = field(default_factory=OrderedDict)
    changed: Changed | None = None
    kept: OrderedDict[str, Kept] = field(default_factory=OrderedDict)
    said: OrderedDict[str, pl.DataFrame] = field(default_factory=OrderedDict)


_lock = threading.Lock()
# By whether it is of the past.
_taken: dict[bool, Taken] = {}
_left_out: dict[bool, frozenset[int]] = {}


def forget() -> None:
    """Measure everything anew next time."""
    _taken.clear()
    _left_out.clear()


def said_a_week_ago(configs: list[ScoringConfig], now: datetime) -> Said:
    """What each model says at the end of the day a week ago, as known then."""
    as_of = datetime.combine(now.astimezone(UTC).date() - timedelta(days=7), time.max, UTC)
    return _said(configs, as_of, past=True)


def evaluated(configs: list[ScoringConfig], now: datetime) -> Said:
    """What each model says of all centers now, or did `LOOK_EVERY` seconds ago."""
    return _said(configs, now, past=False)


def _said(configs: list[ScoringConfig], as_of: datetime, *, past: bool) -> Said:
    reader = reading_all(*configs)

    def said() -> Said:
        taken = _current(reader, as_of, past=past)
        frames = [_decided(taken, config, reader, as_of) for config in configs]
        return Said(frames, _left_out.get(past, frozenset()))

    with _lock:
        # Whoever raises is most likely one that rescoring has set aside already; else it is looked for among all.
        for suspects in (_known_failures, _everybody):
            try:
                return said()
            except PASSING:
                raise
            except Exception:
                found = _breaking(suspects(), configs, reader, as_of, past=past)
                if not found - _left_out.get(past, frozenset()):
                    if suspects is _everybody:
                        raise
                    continue
                _taken.pop(past, None)
                _left_out[past] = _left_out.get(past, frozenset()) | found
        return said()


def _known_failures() -> Sequence[int]:
    return sorted(ScoringFailure.objects.values_list("center_id", flat=True))


def _everybody() -> Sequence[int]:
    return freshness.centers_now().to_list()


def _breaking(
    suspects: Sequence[int], configs: list[ScoringConfig], reader: ScoringConfig, as_of: datetime, *, past: bool
) -> frozenset[int]:
    """Those of the suspects whose facts can't be computed with."""
    from signals.scoring import evaluate

    def work(centers: list[int]) -> None:
        facts = load_facts(center_ids=centers, as_of=as_of, config=reader, past=past)
        for config in configs:
            evaluate(facts, config, as_of)

    return frozenset(at_fault(suspects, work))


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
    connected = _connected(config, reader, as_of, past=past, for_reader=facts.intent_connected)
    return facts if connected == facts.intent_connected else replace(facts, intent_connected=connected)


def _connected(config: ScoringConfig, reader: ScoringConfig, as_of: datetime, *, past: bool, for_reader: bool) -> bool:
    if config.intent.connected_days == reader.intent.connected_days or not for_reader:
        return for_reader
    return is_intent_connected(config, as_of, past=past)


def _few(changed: int, centers: int) -> bool:
    return changed <= max(50, FEW * centers)


def _reading(config: ScoringConfig) -> str:
    """What of a model decides which facts are read."""
    fields = sorted({item.field for item in config.criteria if item.field.startswith(("custom.", "technology"))})
    return repr((config.history_days, config.intent.window_days, config.intent.connected_days, fields))


def _current(reader: ScoringConfig, as_of: datetime, *, past: bool) -> Taken:
    """What is held for this day and reading, brought up to now; else everything is read."""
    held, day = _taken.get(past), as_of.astimezone(UTC).date()
    if held is None or (held.day, held.reading) != (day, _reading(reader)):
        return _take(reader, as_of, past=past)
    if past or clock.monotonic() - held.looked_at < LOOK_EVERY or _looked(held, reader, as_of):
        return held
    return _take(reader, as_of, past=past)


def _take(reader: ScoringConfig, as_of: datetime, *, past: bool) -> Taken:
    """Read everything. The snapshot is of before, so what commits between is read twice rather than never."""
    _taken.pop(past, None)
    snapshot = freshness.current_snapshot()
    facts = _facts(None, reader, as_of, past=past)
    _taken[past] = Taken(
        snapshot=snapshot,
        day=as_of.astimezone(UTC).date(),
        reading=_reading(reader),
        past=past,
        flags=(facts.intent_connected, facts.themes_set_up),
        centers=facts.centers["center_id"].sort(),
        facts=facts,
        looked_at=clock.monotonic(),
    )
    return _taken[past]


def _facts(ids: frozenset[int] | None, reader: ScoringConfig, as_of: datetime, *, past: bool) -> Facts:
    """The facts of these centers (None: of all), without those that are left out."""
    left_out = _left_out.get(past)
    if ids is None and left_out:
        ids = frozenset(_everybody())
    wanted = None if ids is None else sorted(ids - (left_out or frozenset()))
    return load_facts(center_ids=wanted, as_of=as_of, config=reader, past=past)


def _looked(taken: Taken, reader: ScoringConfig, now: datetime) -> bool:
    """Note what has changed since the last look; False when everything has to be read anew."""
    snapshot = freshness.current_snapshot()
    if freshness.is_all_the_same(taken.snapshot, snapshot):
        taken.looked_at = clock.monotonic()
        return True
    changed = frozenset(freshness.changed_since(taken.snapshot))
    # Whoever was left out is tried again when something of it was changed.
    left_out = _left_out.get(False, frozenset())
    again = left_out & changed
    left_out = _left_out[False] = left_out - again | _breaking(sorted(again), [reader], reader, now, past=False)
    centers = freshness.centers_now()
    centers = centers.filter(~centers.is_in(list(left_out)))
    known, there = taken.centers, frozenset(centers.to_list())
    new = frozenset(centers.filter(~centers.is_in(known.implode())).to_list())
    gone = frozenset(known.filter(~known.is_in(centers.implode())).to_list())
    changed = changed & there | new
    if not _few(len(changed.union(*taken.batches)), len(centers)):
        return False
    facts = _facts(changed, reader, now, past=False)
    if (facts.intent_connected, facts.themes_set_up) != taken.flags:
        return False
    if changed or gone:
        taken.batches.append(changed | gone)
        taken.changed = Changed(changed | gone, facts)
    taken.snapshot, taken.centers, taken.looked_at = snapshot, centers, clock.monotonic()
    return True


def _decided(taken: Taken, config: ScoringConfig, reader: ScoringConfig, now: datetime) -> pl.DataFrame:
    import polars as pl

    from signals.points import places
    from signals.scoring import judged

    key = f"{len(taken.batches)} {config.model_dump_json()}"
    found = taken.said.get(key)
    if found is None:
        spans = _spans(taken, config, reader, now)
        rows = _rows(taken, config, reader, now)
        place = places(spans["center_id"], rows["center_id"])
        rows = rows.with_columns(spans[name].gather(place) for name in spans.columns if name != "center_id")
        connected = _connected(config, reader, now, past=taken.past, for_reader=taken.flags[0])
        policies = config.policies
        expands = pl.when("is_target").then(policies.target.expansion).otherwise(policies.other.expansion)
        found = (
            judged(rows.lazy(), config, intent_connected=connected, themes_set_up=taken.flags[1])
            .with_columns(queues=pl.col("qualified") & ~(pl.col("is_customer") & ~expands))
            .select(COLUMNS)
            .collect()
        )
    _keep(taken.said, key, found, KEPT)
    return found


def _rows(taken: Taken, config: ScoringConfig, reader: ScoringConfig, now: datetime) -> pl.DataFrame:
    """All but spans that bars are compared with, a row a center."""
    import polars as pl

    from accounts.fit import standing
    from signals import policy_rules
    from signals.scoring import gathered, measuring_part

    def make(measures: Measures) -> pl.DataFrame:
        facts = measures.facts
        standings = standing(facts.accounts, facts.technologies, config.criteria)
        customer = facts.accounts.lazy().select(
            "account_id", is_customer=(pl.col("customer") == "present").fill_null(False)
        )
        return (
            gathered(measures, config, standings)
            .join(customer, on="account_id", how="left")
            .drop("c", "is_default", "last_touch_at", "inbound", "outbound", "touches", "mqls")
            .collect()
        )

    criteria = [criterion.model_dump(mode="json") for criterion in config.criteria]
    parts = json.dumps([criteria, policy_rules.measuring_part(config)])
    return _made(taken, f"rows {measuring_part(config)} {parts}", make, config, reader, now)


def _spans(taken: Taken, config: ScoringConfig, reader: ScoringConfig, now: datetime) -> pl.DataFrame:
    """The span that counts of each center that has any, with what is measured in it.

    Of a model with other weights that one alone is measured first, which is quicker; and all that could count as soon as
    other bars are tried.
    """
    import polars as pl

    from signals import clusters, fronts
    from signals.scoring import measuring_part

    def named(measures: Measures, spans: pl.DataFrame) -> pl.DataFrame:
        ids = pl.lit(measures.centers["center_id"])
        return spans.select(*fronts.MEASURED, center_id=ids.gather(pl.col("c")))

    def choose(measures: Measures) -> pl.DataFrame:
        return named(measures, clusters.choose(replace(measures.activity, gates=config.gates), measures.spans))

    def front(measures: Measures) -> pl.DataFrame:
        return named(measures, fronts.front(replace(measures.activity, gates=config.gates), measures.spans))

    part = measuring_part(config)
    bars = f"spans {part} {config.gates.model_dump_json(exclude={'mqa_score'})}"
    first = taken.kept and not any(key.startswith((f"spans {part} ", f"front {part} ")) for key in taken.kept)
    if first or bars in taken.kept:
        return _made(taken, bars, choose, config, reader, now)
    spans = _made(taken, f"front {part} {config.gates.min_person_points}", front, config, reader, now)
    return fronts.counting(spans, config.gates, themes_set_up=taken.flags[1], key="center_id")


def _made(
    taken: Taken, key: str, make: Make, config: ScoringConfig, reader: ScoringConfig, now: datetime
) -> pl.DataFrame:
    """What `make` makes of the measures of all centers, in their order, as they are at the last look."""
    import polars as pl

    kept = taken.kept.get(key)
    if kept is None:
        kept = Kept(make(_measured(taken, config, reader, now)).sort("center_id", maintain_order=True), 0)
    changed = frozenset[int]().union(*taken.batches[kept.batches :])
    if changed:
        made = make(_measured_of(taken, changed, config, reader, now))
        rest = kept.frame.filter(~pl.col("center_id").is_in(list(changed)))
        kept = Kept(pl.concat([rest, made]).sort("center_id", maintain_order=True), len(taken.batches))
    _keep(taken.kept, key, kept, 4 * KEPT)
    return kept.frame


def _measured(taken: Taken, config: ScoringConfig, reader: ScoringConfig, now: datetime) -> Measures:
    """Of all centers, as first read."""
    from signals.scoring import measure, measuring_part

    part = measuring_part(config)
    measures = taken.measures.get(part)
    if measures is None:
        facts = taken.facts
        if facts is None:
            # Later than the snapshot: what has changed since is replaced anyway.
            facts = _facts(None, reader, now, past=taken.past)
        taken.facts = facts if taken.measures or facts.touches.height <= HELD_TOUCHES else None
        measures = measure(facts, config, now)
        # Single touches have done their part.
        read = replace(measures.read, rows=measures.read.rows.clear())
        measures = replace(measures, facts=replace(facts, touches=facts.touches.clear()), read=read)
    _keep(taken.measures, part, measures, KEPT)
    return measures


def _measured_of(
    taken: Taken, centers: frozenset[int], config: ScoringConfig, reader: ScoringConfig, now: datetime
) -> Measures:
    from signals.scoring import measure, measuring_part

    changed = taken.changed
    if changed is None or changed.centers != centers:
        changed = taken.changed = Changed(centers, _facts(centers, reader, now, past=taken.past))
    part = measuring_part(config)
    if part not in changed.measures:
        changed.measures[part] = measure(changed.facts, config, now)
    return changed.measures[part]


def _keep(kept: OrderedDict[str, T], key: str, value: T, most: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    while len(kept) > most:
        kept.popitem(last=False)
