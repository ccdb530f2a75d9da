"""The one step that evaluates what is due (architecture.md, "Background work").

Claim, lock, read, score, write, commit all together: killed anywhere, the requests come back. Locks are taken in the order of
center ids, missing rows first, so that two scorers never wait for each other in a circle. Facts are read after the locks are
held, so what a request announced is seen, and the last one to score a center has seen everything.
"""

from __future__ import annotations

import gc
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.transactions import in_transaction
from signals import missed_days
from signals.facts import SKEW, load
from signals.models import RescoreRequest, ScoringFailure, Theme
from signals.mql_spells import keep_spells
from signals.outcome import Before, to_store
from signals.publishing import active_model, config_of
from signals.scoring_config import ScoringConfig
from signals.store import lock_states, store

logger = logging.getLogger(__name__)

# Half of what evaluating a thousand costs is the same for three thousand; yet a fresh touch may wait for one that is under way.
BATCH = 2_000
SMALL = 200

_CLAIM = """
DELETE FROM signals_rescorerequest WHERE id = ANY(ARRAY(
    SELECT id FROM signals_rescorerequest WHERE due_at <= %s ORDER BY priority, due_at, id LIMIT %s FOR UPDATE SKIP LOCKED))
RETURNING center_id, priority"""


@dataclass(frozen=True)
class Model:
    """The active version, read after the locks were taken; `asked`: the centers whose evidence is to be stored anyway; `aged`:
    those of which nothing but the day changed.
    """

    id: int
    version: int
    config: ScoringConfig
    themes: dict[int, str]
    asked: set[int]
    aged: set[int]


def rescore_due(limit: int = BATCH, *, now: datetime | None = None, catch_up: bool | None = None) -> int:
    """Evaluate up to `limit` centers that are due; how many that was, 0 when nothing is due.

    `now` is the moment to evaluate at instead of the clock's (tests, demo). A center whose evaluation raises is set aside
    with a later due time and a row in ScoringFailure; the others go on. `catch_up`: days on which a center was not
    evaluated are evaluated first (signals/missed_days.py); by default with the clock's own time.
    """

    def batch() -> int:
        due = _claim(limit, max(now or timezone.now(), timezone.now()))
        if due:
            _score(due, now, catch_up=now is None if catch_up is None else catch_up)
        return len(due)

    with _without_gc():
        return in_transaction(batch)


@contextmanager
def _without_gc() -> Iterator[None]:
    """A batch makes a million small objects and no circles of them: looking for circles is a fifth of its time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def rescore_until_done(*, now: datetime | None = None, catch_up: bool | None = None) -> int:
    """Evaluate batch after batch until nothing is due; how many evaluations that took."""
    total = 0
    while done := rescore_due(now=now, catch_up=catch_up):
        total += done
    return total


def _claim(limit: int, now: datetime) -> dict[int, int]:
    """Take the requests of up to `limit` centers, most urgent first; several requests of one center make one evaluation.

    By center the most urgent priority it was asked for with.
    """
    found: dict[int, int] = {}
    with connection.cursor() as cursor:
        while len(found) < limit:
            wanted = limit - len(found)
            cursor.execute(_CLAIM, [now, wanted])
            rows = cursor.fetchall()
            for center_id, priority in rows:
                found[center_id] = min(priority, found.get(center_id, priority))
            if len(rows) < wanted:
                break
    return found


def _score(due: Mapping[int, int], now: datetime | None, *, catch_up: bool) -> None:
    before = {row.center_id: row for row in lock_states(due)}
    if not before:
        return
    if len(before) > SMALL:
        with connection.cursor() as cursor:
            # What is read of so many at once would go through a file with the server's four.
            cursor.execute("SET LOCAL work_mem = '32MB'")
    active = active_model()
    themes = dict(Theme.objects.values_list("id", "name"))
    # Of what a publish or a new day evaluates, nearly nobody looks at the evidence before it is evaluated again.
    asked = {center_id for center_id, priority in due.items() if priority < RescoreRequest.Priority.PUBLISH}
    # Whatever changes a fact asks for its centers in the same transaction, and sooner than a new day does.
    aged = {center_id for center_id, priority in due.items() if priority >= RescoreRequest.Priority.DAY}
    model = Model(active.pk, active.version, config_of(active), themes, asked, aged)
    groups: dict[datetime, list[int]] = defaultdict(list)
    moment = now or timezone.now()
    for center_id, was in before.items():
        # A center never goes back in time, whatever the clock does.
        groups[max(moment, was.evaluated_at or moment)].append(center_id)
    for as_of, centers in groups.items():
        later = _catch_up(centers, before, model, as_of, due) if catch_up else set()
        _score_or_split([center_id for center_id in centers if center_id not in later], before, model, as_of)


def _catch_up(
    centers: list[int], before: dict[int, Before], model: Model, as_of: datetime, due: Mapping[int, int]
) -> set[int]:
    """Evaluate these at the moments they missed, `STEP` moments at most; the centers that have more are put back on the
    list for another transaction, and returned.
    """
    missed = list(missed_days.missed(before, centers, as_of, changed=model.asked).items())
    # Who can't be evaluated at one of them is evaluated as of now alone, or set aside there.
    failed: set[int] = set()
    for moment, late in missed[: missed_days.STEP]:
        version = missed_days.active_at(moment)
        then = Model(version.pk, version.version, config_of(version), model.themes, set(), model.aged)
        wanted = [center_id for center_id in late if center_id not in failed]
        _score_or_split(wanted, before, then, moment, past=True)
        before |= {row.center_id: row for row in lock_states(wanted)}
        failed |= {center_id for center_id in wanted if (before[center_id].evaluated_at or moment) < moment}
    later = {center_id for _, late in missed[missed_days.STEP :] for center_id in late} - failed
    RescoreRequest.objects.bulk_create(
        RescoreRequest(center_id=center_id, priority=due[center_id], reason="day") for center_id in sorted(later)
    )
    return later


def _score_or_split(
    centers: list[int], before: dict[int, Before], model: Model, as_of: datetime, *, past: bool = False
) -> None:
    """Score these; where that raises, score each half, down to the center that is at fault."""
    if not centers:
        return
    try:
        with transaction.atomic():
            _evaluate_and_store(centers, before, model, as_of, past=past)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever one center's facts do to the formulas must not hold up the others
        if len(centers) == 1:
            _set_aside(centers[0], error)
            return
        middle = len(centers) // 2
        _score_or_split(centers[:middle], before, model, as_of, past=past)
        _score_or_split(centers[middle:], before, model, as_of, past=past)


def _evaluate_and_store(
    centers: list[int], before: dict[int, Before], model: Model, as_of: datetime, *, past: bool
) -> None:
    # Polars comes in here and not at import: see signals/tasks.py.
    from signals.scoring import evaluate

    loaded = load(center_ids=centers, as_of=as_of, config=model.config, past=past)
    if loaded.newest is not None and as_of < loaded.newest <= as_of + SKEW:
        as_of = loaded.newest
    evaluation = evaluate(loaded.facts, model.config, as_of)
    outcome = to_store(
        evaluation,
        before,
        model_id=model.id,
        model_version=model.version,
        themes=model.themes,
        asked=model.asked,
        aged=model.aged.intersection(centers),
    )
    store(outcome)
    keep_spells(evaluation, today=evaluation.today)
    if ScoringFailure.objects.exists():
        ScoringFailure.objects.filter(center_id__in=centers).delete()


def _set_aside(center_id: int, error: Exception) -> None:
    """Try a center again later, ever later the more often it failed, and let people see it."""
    logger.error("Center %s could not be evaluated and waits", center_id, exc_info=error)
    failure = ScoringFailure.objects.filter(center_id=center_id).first() or ScoringFailure(
        center_id=center_id, failures=0
    )
    failure.failures += 1
    failure.last_at = timezone.now()
    failure.next_at = failure.last_at + min(timedelta(seconds=30) * 2 ** min(failure.failures, 12), timedelta(hours=6))
    failure.error = f"{type(error).__name__}: {error}"[:2000]
    failure.save()
    RescoreRequest.objects.create(
        center_id=center_id, due_at=failure.next_at, priority=RescoreRequest.Priority.CHANGED, reason="retry"
    )
