"""Reading past touches again by the rules as they are, in the background (domain.md §8).

A run goes through the touches in the order of their ids, a chunk a transaction. What a chunk reads otherwise keeps its past
reading, and its accounts are evaluated again. What rules never read stays: what reps logged, what rows of files name as
their touch type, and what an erasure has emptied.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from signals import rules, topics
from signals.actions import request_rescore
from signals.imports import SOURCE as FILES
from signals.ingest.themes import known_themes
from signals.models import Remapping, Transition
from signals.reading import Reading, Seen
from signals.readings import NewReading, read_as, stored_object
from signals.traffic import BOT, INTERNAL, Traffic

CHUNK = 1_000
REASON = "rules"

# The touches of a chunk, locked in the order of ids as all revisions are (signals/readings.py).
_CHUNK_OF = """
SELECT t.id, t.occurred_at, t.kind, t.name, t.path, t.payload -> 'properties' AS properties,
    t.payload -> 'context' AS context, t.touch_type_id, t.theme_id, t.channel, t.campaign, t.minutes, t.ignored,
    coalesce(nullif(t.domain, ''), c.domain, ''), t.account_id, t.contact_id, s.name AS source
FROM signals_touch t JOIN accounts_source s ON s.id = t.source_id LEFT JOIN accounts_contact c ON c.id = t.contact_id
WHERE t.id > %s AND t.kind <> 'manual' AND NOT (t.name = '' AND t.path = '' AND t.payload = '{}')
ORDER BY t.id LIMIT %s FOR NO KEY UPDATE OF t"""
_LAST = "SELECT coalesce(max(id), 0) FROM signals_touch"


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    occurred_at: datetime
    kind: str
    name: str
    path: str
    properties: Any
    context: Any
    touch_type_id: int
    theme_id: int | None
    channel: str
    campaign: str
    minutes: Decimal
    ignored: str
    domain: str
    account_id: int | None
    contact_id: int | None
    source: str

    @property
    def seen(self) -> Seen:
        return Seen(self.kind, self.name, self.path, stored_object(self.properties), stored_object(self.context))

    @property
    def said_type(self) -> str:
        """The touch type that a file's row names outright; no client's event does."""
        said = stored_object(self.properties).get("touch_type") if self.source == FILES else None
        return said if isinstance(said, str) else ""

    def is_read_as(self, new: NewReading) -> bool:
        now = (self.touch_type_id, self.theme_id, self.channel, self.campaign, self.minutes, self.ignored)
        return now == (
            new.touch_type_id,
            new.theme_id,
            new.channel,
            new.campaign,
            new.minutes,
            new.ignored,
        )


@transaction.atomic
def request_remapping(*, by: User | None) -> Remapping:
    """Have all past touches read again; a run that is under way starts over, with the rules as they are now."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST)
        last_id = cursor.fetchone()[0]
    run, _ = Remapping.objects.select_for_update().get_or_create(finished_at=None)
    run.at_id, run.last_id, run.read, run.changed = 0, last_id, 0, 0
    run.by, run.requested_at = by, timezone.now()
    run.save()
    return run


def latest() -> Remapping | None:
    """The run under way, else the last one."""
    return Remapping.objects.select_related("by").order_by("-id").first()


def work_step() -> int:
    """Read one chunk again; how many touches that was, 0 when nothing is to do. Idempotent, and many may call it."""
    with transaction.atomic():
        run = Remapping.objects.select_for_update(skip_locked=True).filter(finished_at__isnull=True).first()
        if run is None:
            return 0
        rows = _chunk(run.at_id)
        if rows:
            run.at_id = rows[-1].id
            run.read += len(rows)
            run.changed += _read_again(rows)
        if len(rows) < CHUNK:
            topics.read_again()
            run.finished_at = timezone.now()
        run.save()
        return len(rows)


def _chunk(after: int) -> list[_Row]:
    with connection.cursor() as cursor:
        cursor.execute(_CHUNK_OF, [after, CHUNK])
        return [_Row(*values) for values in cursor.fetchall()]


def _read_again(rows: list[_Row]) -> int:
    compiled = rules.current()
    readings = [compiled.read(row.seen, row.said_type) for row in rows]
    themes = known_themes({reading.theme_name for reading in readings if reading.theme_name})
    new = {row.id: _new(row, reading, themes, compiled.traffic) for row, reading in zip(rows, readings, strict=True)}
    moved = [row for row in rows if not row.is_read_as(new[row.id])]
    read_as([new[row.id] for row in moved])
    request_rescore(account_ids={row.account_id for row in moved if row.account_id}, reason=REASON)
    hand_raises = {row.id for row in compiled.types.values() if row.hand_raise}
    Transition.objects.bulk_create(
        # Of accounts that we know, their evaluation finds them; the desk lets old ones be.
        Transition(
            kind=Transition.Kind.HAND_RAISE, touch_id=row.id, contact_id=row.contact_id, occurred_at=row.occurred_at
        )
        for row in moved
        if row.account_id is None
        and not new[row.id].ignored
        and new[row.id].touch_type_id in hand_raises
        and row.touch_type_id not in hand_raises
    )
    return len(moved)


def _new(row: _Row, reading: Reading, themes: dict[str, int | None], traffic: Traffic) -> NewReading:
    seen = row.seen
    ignored = row.ignored
    if ignored in {"", BOT, INTERNAL}:  # what a person marked as wrong stays so
        ignored = traffic.why(properties=seen.properties, context=seen.context, domain=row.domain)
    return NewReading(
        touch_id=row.id,
        occurred_at=row.occurred_at,
        touch_type_id=reading.touch_type.id,
        theme_id=themes.get(reading.theme_name) if reading.theme_name else reading.theme_id,
        channel=reading.channel,
        campaign=reading.campaign,
        minutes=Decimal(reading.minutes),
        ignored=ignored,
    )
