"""Moves files on, a chunk of rows at a time: checks them, then commits them (promises R5, S7).

A chunk, its counts and the position after it are one transaction under the lock of the import's row: killed anywhere, it is
as if the chunk had not begun, and whoever comes next goes on there. Any number of workers may call `work_step`.
"""

import gc
import hashlib
import json
import logging
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pghistory
from django.db import InterfaceError, OperationalError, connection, reset_queries, transaction
from django.utils import timezone

from accounts.imports.actions import UNDER_WAY, Status, empty, options_of
from accounts.imports.fields import Checker, Row, columns_of, summary
from accounts.imports.limits import CHUNK_ROWS, KEEP_DAYS
from accounts.imports.reading import Broken, Position, Record, printable, skip
from accounts.imports.registry import CHANGED, NEW, REJECTED, Importer, Outcome, Spreading, Task, importer
from accounts.imports.store import records_from
from accounts.imports.values import Unreadable
from accounts.models.imports import Import, ImportChunk

logger = logging.getLogger(__name__)

ATTEMPTS = 3
MOST_REASONS = 60
MOST_EXAMPLES = 8
# Line, reason, cells; no cells for a row that is skipped, not rejected.
Refusal = tuple[int, str, list[str] | None]
NOTHING = "A row with nothing in the columns that count"
DETAIL = "More detail about what line “{}” says"

_KEYS = """
INSERT INTO accounts_importkey (owner_id, digest, line) SELECT %s, digest, line
FROM (SELECT decode(k, 'hex') AS digest, l::int AS line
    FROM unnest(string_to_array(%s, ','), string_to_array(%s, ',')) AS said(k, l)) AS found
ORDER BY digest ON CONFLICT DO NOTHING"""
_FIRST = """
SELECT encode(digest, 'hex'), line FROM accounts_importkey
WHERE owner_id = %s AND digest IN (SELECT decode(k, 'hex') FROM unnest(string_to_array(%s, ',')) AS said(k))"""


def work_step() -> int:
    """Check or commit one chunk of one file that nobody else is at; how many rows that was, 0 when nothing is to do."""
    if not connection.force_debug_cursor:
        reset_queries()  # what DEBUG remembers of the chunks before would fill the memory
    tried: int | None = None
    try:
        with _without_collecting(), transaction.atomic():
            owner = (
                Import.objects.select_for_update(skip_locked=True, no_key=True)
                .filter(status__in=UNDER_WAY)
                .order_by("attempts", "id")
                .first()
            )
            if owner is None:
                return 0
            tried = owner.pk
            rows = check_chunk(owner) if owner.status == Status.CHECKING else commit_chunk(owner)
            owner.save()
            return max(rows, 1)
    except (OperationalError, InterfaceError):
        raise  # the database is away or ended a deadlock: the next step goes on
    except Exception as error:  # a fault in one file must not hold up the others: it is tried again, then stopped
        if tried is None:
            raise
        logger.exception("Import %s: a chunk failed", tried)
        _note_failure(tried, error)
        return 1


@contextmanager
def _without_collecting() -> Iterator[None]:
    """A chunk makes many objects and no cycles: looking for these while it does costs a quarter of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def check_chunk(owner: Import) -> int:
    """Read and check the next rows and see what would become of them; at the end of the file it is checked."""
    start = Position(owner.piece, owner.offset, owner.line)
    records = records_from(owner, start)
    skipped = deepcopy(owner.skipped)
    try:
        batch = records.take(_chunk_rows(owner), header=owner.header, skipped=skipped)
    except Broken as broken:
        _stop(owner, str(broken))
        return 0
    owner.skipped = skipped
    if not batch:
        owner.status, owner.checked_at = Status.CHECKED, timezone.now()
        return 0
    found = importer(owner.kind)
    rows, refused = _checked(owner, found, batch)
    rows, again = _first_of_each(owner, rows, found)
    refused += again
    outcomes = found.plan(rows, _task(owner))
    refused += _second_ways(owner, outcomes)
    _count(owner, owner.found, outcomes, refused, examples=True)
    _keep_chunk(owner, start, len(batch), refused)
    at = records.position
    owner.piece, owner.offset, owner.line = at.piece, at.offset, at.line
    owner.bytes_done = min(owner.size, owner.bytes_done + records.bytes_read)
    owner.rows += len(batch)
    owner.chunks += 1
    owner.attempts = 0
    return len(batch)


def commit_chunk(owner: Import) -> int:
    """Write the next chunk; after the last one the import is done."""
    chunk = ImportChunk.objects.filter(owner=owner, number=owner.next_chunk).first()
    if chunk is None:
        _finish(owner)
        return 0
    records = records_from(owner, Position(chunk.piece, chunk.offset, chunk.line))
    batch = records.take(chunk.rows, header=owner.header)
    known = unpack(chunk.rejected)
    out = {line for line, _, _ in known}
    found = importer(owner.kind)
    rows, refused = _checked(owner, found, [record for record in batch if record[0] not in out])
    with pghistory.context(user=owner.committed_by_id, imported=owner.pk):
        outcomes = found.commit(rows, _task(owner))
    if owner.next_chunk == 0:
        # References are checked at the commit, by plans that a session makes once: made when the table was nearly empty, they
        # would read the whole of it for every row. Later chunks: signals/statistics.py.
        with connection.cursor() as cursor:
            cursor.execute("DISCARD PLANS")
    refused += _refusals(outcomes)
    _count(owner, owner.made, outcomes, refused, examples=False)
    if refused:
        chunk.rejected = pack([*known, *refused])
        chunk.save(update_fields=["rejected"])
    owner.rows_done += chunk.rows
    owner.next_chunk += 1
    owner.attempts = 0
    if owner.next_chunk == owner.chunks:
        _finish(owner)
    return chunk.rows


def forget_old() -> int:
    """Delete what is left of files after KEEP_DAYS: rejected rows may be of persons. How many files."""
    with transaction.atomic():
        old = list(
            Import.objects.select_for_update(skip_locked=True, no_key=True).filter(
                emptied_at__isnull=True, created_at__lt=timezone.now() - timedelta(days=KEEP_DAYS)
            ).exclude(status__in=UNDER_WAY)[:20]
        )  # fmt: skip
        for owner in old:
            empty(owner)
            if owner.status != Status.DONE:
                owner.status = Status.DISCARDED
            owner.save()
    return len(old)


def _chunk_rows(owner: Import) -> int:
    """Fewer where each row is about many things."""
    return max(CHUNK_ROWS // max(len(columns_of(where)) or 1 for where in owner.mapping.values()), 1)


def _checked(owner: Import, found: Importer, batch: Sequence[Record]) -> tuple[list[Row], list[Refusal]]:
    checker = Checker(found.fields(), owner.mapping, owner.header, options_of(owner))
    spread = found.parts if isinstance(found, Spreading) else None
    rows: list[Row] = []
    refused: list[Refusal] = []
    for line, cells in batch:
        row = checker.check(line, cells)
        if isinstance(row, str):
            refused.append((line, row, cells))
        elif spread is None:
            rows.append(row)
        else:
            try:
                parts = spread(row)
            except Unreadable as problem:
                refused.append((line, str(problem), cells))
            else:
                rows += parts
                refused += [] if parts else [(line, NOTHING, None)]
    return rows, refused


def _first_of_each(owner: Import, rows: Sequence[Row], found: Importer) -> tuple[list[Row], list[Refusal]]:
    """The rows that are the first of the file about what they are about."""
    keys: list[tuple[Row, list[str]]] = []
    refused: list[Refusal] = []
    for row in rows:
        try:
            keys.append((row, list(found.keys(row))))
        except Unreadable as problem:
            refused.append((row.line, str(problem), row.cells))
    first = _claim(owner, [(row.line, key) for row, ways in keys for key in ways])
    detailed = any(one.detail and one.key in owner.mapping for one in found.fields())
    for row, ways in keys:
        earlier = next((first[key] for key in ways if first[key] != row.line), None)
        if earlier is not None and detailed:
            refused.append((row.line, DETAIL.format(earlier), None))
        elif earlier is not None:
            refused.append((row.line, f"The same as in line “{earlier}” of this file, which counts", row.cells))
    out = {line for line, _, _ in refused}
    return [row for row, _ in keys if row.line not in out], _once(refused)


def _once(refused: Iterable[Refusal]) -> list[Refusal]:
    """One refusal for each line."""
    return list({line: (line, reason, cells) for line, reason, cells in refused}.values())


def _second_ways(owner: Import, outcomes: Sequence[Outcome]) -> list[Refusal]:
    """Reject rows that name in another way what an earlier row of the file is about."""
    first = _claim(owner, [(one.row.line, one.same_as) for one in outcomes if one.same_as and one.verdict != REJECTED])
    for one in outcomes:
        if one.same_as and one.verdict != REJECTED and (earlier := first[one.same_as]) != one.row.line:
            one.verdict, one.reason = REJECTED, f"The same as in line “{earlier}” of this file, which counts"
    return _refusals(outcomes)


def _refusals(outcomes: Iterable[Outcome]) -> list[Refusal]:
    """The refusals of what is rejected; all that a row is about is rejected with it."""
    refused = _once((one.row.line, one.reason, one.row.cells) for one in outcomes if one.verdict == REJECTED)
    out = {line: reason for line, reason, _ in refused}
    for one in outcomes:
        if one.row.line in out and one.verdict != REJECTED:
            one.verdict, one.reason = REJECTED, out[one.row.line]
    return refused


def _claim(owner: Import, said: Sequence[tuple[int, str]]) -> dict[str, int]:
    """The line of the first row of the file with each key."""
    if not said:
        return {}
    first: dict[str, int] = {}
    digests: dict[str, str] = {}
    for line, key in said:
        digests[key] = digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=16).hexdigest()
        first.setdefault(digest, line)
    every = ",".join(first)
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [owner.pk, every, ",".join(map(str, first.values()))])
        if cursor.rowcount != len(first):
            cursor.execute(_FIRST, [owner.pk, every])
            first |= dict(cursor.fetchall())
    return {key: first[digest] for key, digest in digests.items()}


def _count(
    owner: Import, counts: dict[str, int], outcomes: Sequence[Outcome], refused: Sequence[Refusal], *, examples: bool
) -> None:
    verdicts = Counter(one.verdict for one in outcomes if one.verdict != REJECTED)
    for name, number in verdicts.items():
        counts[name] = counts.get(name, 0) + number
    rejected = [(line, reason, cells) for line, reason, cells in sorted(refused, key=_line) if cells is not None]
    counts[REJECTED] = counts.get(REJECTED, 0) + len(rejected)
    _add(owner.reasons, (summary(reason) for _, reason, _ in rejected))
    if not examples:
        return
    for line, reason, cells in refused:
        if cells is None:
            skip(owner.skipped, line, summary(reason))
    _add(
        owner.notes,
        (summary(note) for one in outcomes if one.verdict != REJECTED for note in (*one.row.notes, *one.notes)),
    )
    kept = owner.examples
    for name in (NEW, CHANGED):
        room = MOST_EXAMPLES - len(kept.setdefault(name, []))
        chosen = [one for one in outcomes if one.verdict == name][: max(room, 0)]
        kept[name] += [
            {
                "line": one.row.line,
                "title": one.title[:120],
                "changes": [[a, _text(b), _text(c)] for a, b, c in one.changes][:12],
            }
            for one in chosen
        ]
    shown = kept.setdefault(REJECTED, [])
    shown += [
        {"line": line, "reason": printable(reason), "cells": [printable(cell[:60]) for cell in cells[:4]]}
        for line, reason, cells in rejected[: max(2 * MOST_EXAMPLES - len(shown), 0)]
    ]


def _line(refusal: Refusal) -> int:
    return refusal[0]


def _add(counts: dict[str, int], said: Iterable[str]) -> None:
    for text, number in Counter(said).items():
        clean = printable(text)
        name = clean if clean in counts or len(counts) < MOST_REASONS else "Other reasons"
        counts[name] = counts.get(name, 0) + number


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else str(value)[:120]


def _keep_chunk(owner: Import, start: Position, rows: int, refused: Sequence[Refusal]) -> None:
    ImportChunk.objects.create(
        owner=owner,
        number=owner.chunks,
        piece=start.piece,
        offset=start.offset,
        line=start.line,
        rows=rows,
        rejected=pack(refused),
    )


def pack(refused: Sequence[Refusal]) -> bytes:
    """Rejected rows as a chunk keeps them."""
    return zlib.compress(json.dumps(sorted(refused, key=_line)).encode(), 1) if refused else b""


def unpack(data: bytes) -> list[Refusal]:
    """The rejected rows of a chunk, in the order of the file."""
    return [(line, reason, cells) for line, reason, cells in json.loads(zlib.decompress(data))] if data else []


def _task(owner: Import) -> Task:
    return Task(
        by=owner.committed_by or owner.by,
        at=timezone.now(),
        options=options_of(owner),
        mapped=frozenset(owner.mapping),
        file_name=owner.file_name,
    )


def _finish(owner: Import) -> None:
    owner.status, owner.finished_at = Status.DONE, timezone.now()
    owner.pieces.all()._raw_delete("default")  # noqa: SLF001 - the rows have nothing to cascade to
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_importkey WHERE owner_id = %s", [owner.pk])


def _stop(owner: Import, problem: str, *, resumable: bool = False) -> None:
    owner.stopped_at = owner.status if resumable else ""
    owner.status, owner.problem = Status.FAILED, problem[:500]


def _note_failure(pk: int, error: Exception) -> None:
    """Count a failed attempt; after the third the import stops and says so."""
    with transaction.atomic():
        owner = Import.objects.select_for_update(no_key=True).get(pk=pk)
        if owner.status not in UNDER_WAY:
            return
        owner.attempts += 1
        if owner.attempts >= ATTEMPTS:
            said = f"Something is wrong on our side ({type(error).__name__}). No row is lost: going on starts at the same place."
            _stop(owner, said, resumable=True)
        owner.save()
