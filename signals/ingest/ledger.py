"""Every message id once, per source, for ever (promises R1, R2): the slim ledger that outlives the touches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from signals.ingest.parse import Event, SetAside

# Sorted by digest: two requests with the same ids in any order wait for each other and never deadlock.
_INSERT = """
INSERT INTO signals_touchledger (source_id, digest, body, received_at)
SELECT %s, digest, body, %s FROM unnest(%s::bytea[], %s::bytea[]) AS entry(digest, body) ORDER BY digest
ON CONFLICT DO NOTHING RETURNING digest"""
_KNOWN = "SELECT digest, body FROM signals_touchledger WHERE source_id = %s AND digest = ANY(%s::bytea[])"

Entry = Event | SetAside


@dataclass(slots=True)
class Sorted:
    """What is new; how many are known; those of them whose body is another than the one that was kept."""

    fresh: list[Entry]
    duplicates: int
    conflicts: list[Entry]


def enter(*, source_id: int, entries: Sequence[Entry], received_at: datetime) -> Sorted:
    """Put the entries' ids into the ledger. Of several with one id, in a request or over time, the first is kept."""
    first: dict[bytes, Entry] = {}
    again = [entry for entry in entries if first.setdefault(entry.digest, entry) is not entry]
    conflicts = [entry for entry in again if entry.body != first[entry.digest].body]
    digests = sorted(first)
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [source_id, received_at, digests, [first[digest].body for digest in digests]])
        new = {bytes(digest) for (digest,) in cursor.fetchall()}
        known = [digest for digest in digests if digest not in new]
        if known:
            cursor.execute(_KNOWN, [source_id, known])
            kept = {bytes(digest): bytes(body) for digest, body in cursor.fetchall()}
            conflicts = [e for e in entries if e.digest in kept and e.body != kept[e.digest]] + [
                e for e in conflicts if e.digest not in kept
            ]
    fresh = [entry for digest, entry in first.items() if digest in new]
    return Sorted(fresh, len(entries) - len(fresh), conflicts)
