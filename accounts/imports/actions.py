"""What a person does with a file: upload, say what its columns are, import it, throw it away, go on after a stop.

Each is one transaction. What a person can mend is a `Refused` with words for a person.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.imports import sniff
from accounts.imports.fields import DATED, NUMERIC, Checker, Field, recognise, squeeze
from accounts.imports.limits import MAX_COLUMNS
from accounts.imports.overlong import was_cut
from accounts.imports.reading import Broken, Position
from accounts.imports.registry import Importer, importer, importers
from accounts.imports.sniff import Refused
from accounts.imports.store import NO_TABLE, Intake, keep_pieces, records_from
from accounts.imports.values import Options, Unreadable
from accounts.models import User
from accounts.models.imports import Import, ImportChunk, ImportKey, ImportPiece, SavedMapping

Status = Import.Status
SAMPLE_ROWS = 1_000
UNDER_WAY = (Status.CHECKING, Status.COMMITTING)
# What a file of rejected rows has besides the columns of the file that it came from.
REJECTED_COLUMNS = ("Line in the file", "Why it was rejected")
DEFAULTS = {"decimal": ".", "date_order": "mdy", "currency": "USD"}


@transaction.atomic
def upload(*, blocks: Iterable[bytes], file_name: str, kind: str = "", by: User | None) -> Import:
    """Keep a file and find out what it is. Without a kind, the one that knows most of its columns. Raises Refused."""
    intake = Intake(blocks)
    owner = Import.objects.create(kind=kind, file_name=PurePath(file_name).name[:255] or "file.csv", size=0, by=by)
    keep_pieces(owner, intake.pieces())
    stored = intake.stored()
    owner.size, owner.digest = stored.size, stored.digest
    owner.options = DEFAULTS | {"encoding": stored.encoding, "delimiter": ","}
    _find_header(owner)
    if not owner.kind:
        owner.kind = _likely_kind(owner)
    _guess(owner)
    owner.save()
    return owner


@transaction.atomic
def reread(*, owner: Import, encoding: str, delimiter: str) -> Import:
    """Read the file anew with another encoding or delimiter; the columns are recognised again. Raises Refused."""
    owner = _locked(owner, Status.UPLOADED)
    if encoding not in sniff.ENCODINGS or delimiter not in sniff.DELIMITERS:
        raise Refused("Choose an encoding and a delimiter of the lists.")
    owner.options = owner.options | {"encoding": encoding, "delimiter": delimiter}
    _find_header(owner, delimiter=delimiter)
    _guess(owner)
    owner.save()
    return owner


@transaction.atomic
def start_check(
    *, owner: Import, mapping: Mapping[str, Mapping[str, Any]], options: Mapping[str, str], by: User | None
) -> Import:
    """Have every row checked by this mapping, which is remembered for files with the same header. Raises Refused.

    `options`: decimal, date_order, currency; one that the file leaves unsure must be given.
    """
    owner = _locked(owner, Status.UPLOADED)
    found = importer(owner.kind)
    fields = found.fields()
    clean = _clean_mapping(mapping, fields, len(owner.header))
    for name, said in options.items():
        if name in DEFAULTS and said:
            owner.options = owner.options | {name: said}
    dated, numeric = _uses(fields, clean, DATED), _uses(fields, clean, NUMERIC)
    asked = [
        n
        for n in owner.unsure
        if not options.get(n) and ((n == "date_order" and dated) or (n == "decimal" and numeric))
    ]
    if "date_order" in asked:
        raise Refused("Say whether the day or the month comes first: the dates of this file can be read both ways.")
    if "decimal" in asked:
        raise Refused("Say what the decimal mark is: “1.200” of this file can be read both ways.")
    _check_options(owner, fields, clean)
    owner.mapping = clean
    owner.status = Status.CHECKING
    owner.found = {"new": 0, "changed": 0, "unchanged": 0, "rejected": 0}
    owner.made = {}
    owner.attempts = 0
    owner.save()
    _remember(owner, by)
    return owner


@transaction.atomic
def start_commit(*, owner: Import, by: User | None) -> Import:
    """Have the checked rows imported. Pressing twice starts once. Raises Refused."""
    owner = Import.objects.select_for_update().get(pk=owner.pk)
    if owner.status in {Status.COMMITTING, Status.DONE}:
        return owner
    if owner.status != Status.CHECKED:
        raise Refused(f"The file is not ready to be imported: {owner.get_status_display().lower()}.")
    owner.status, owner.committed_at, owner.committed_by = Status.COMMITTING, timezone.now(), by
    owner.made = {"new": 0, "changed": 0, "unchanged": 0, "rejected": owner.found["rejected"]}
    owner.rows_done = 0
    owner.save()
    return owner


@transaction.atomic
def back_to_columns(*, owner: Import) -> Import:
    """Give the mapping back to a person; what the check found is forgotten."""
    owner = _locked(owner, Status.CHECKED, Status.CHECKING, Status.FAILED)
    if owner.committed_at:
        raise Refused("Some rows of this file are imported already. Go on with it, or upload the file again.")
    _forget_check(owner)
    owner.status = Status.UPLOADED
    owner.save()
    return owner


@transaction.atomic
def resume(*, owner: Import) -> Import:
    """Go on where it stopped."""
    owner = _locked(owner, Status.FAILED)
    if not owner.stopped_at:
        raise Refused("There is nothing to go on with. Upload the file again.")
    owner.status, owner.stopped_at, owner.problem, owner.attempts = owner.stopped_at, "", "", 0
    owner.save()
    return owner


@transaction.atomic
def discard(*, owner: Import) -> Import:
    """Throw a file away that was not imported; nothing of its content stays."""
    owner = Import.objects.select_for_update().get(pk=owner.pk)
    if owner.status in {Status.COMMITTING, Status.DONE} or owner.committed_at:
        raise Refused("Its rows are imported, or being imported: it can't be discarded any more.")
    empty(owner)
    owner.status = Status.DISCARDED
    owner.save()
    return owner


def empty(owner: Import) -> None:
    """Delete the file, the rejected rows and the examples: all that may be of persons. Does not save the import."""
    ImportPiece.objects.filter(owner=owner).delete()
    ImportChunk.objects.filter(owner=owner).delete()
    _drop_keys(owner)
    owner.examples, owner.reasons, owner.notes = {}, {}, {}
    owner.emptied_at = timezone.now()


def sample(owner: Import, count: int = SAMPLE_ROWS) -> list[list[str]]:
    """The first rows under the header."""
    records = records_from(owner, Position(owner.piece, owner.offset, owner.line))
    try:
        return [cells for _, cells in records.take(count, width=len(owner.header))]
    except Broken:
        return []


def _locked(owner: Import, *statuses: str) -> Import:
    found = Import.objects.select_for_update().get(pk=owner.pk)
    if found.status not in statuses:
        raise Refused(f"That can't be done now: the file is {found.get_status_display().lower()}.")
    return found


def _find_header(owner: Import, *, delimiter: str = "") -> None:
    """The header, the delimiter and the position after the header."""
    first = ImportPiece.objects.filter(owner=owner, number=0).values_list("data", flat=True).first()
    text = bytes(first or b"").decode(owner.options["encoding"], "replace")
    owner.options = owner.options | {"delimiter": delimiter or sniff.delimiter_of(text[:200_000])}
    records = records_from(owner, Position())
    try:
        rows = records.take(1)
        if rows and rows[0][1] and "".join(rows[0][1]).strip().lower() in {"sep=", f"sep={owner.options['delimiter']}"}:
            rows = records.take(1)
    except Broken as broken:
        raise Refused(str(broken)) from None
    if not rows:
        raise Refused("The file is empty.")
    header = rows[0][1]
    if was_cut("".join(header)):
        raise Refused(NO_TABLE)
    while len(header) > 1 and not header[-1].strip():
        header = header[:-1]
    if len(header) > MAX_COLUMNS:
        raise Refused(f"The first line has {len(header)} columns, more than {MAX_COLUMNS}. Does it name the columns?")
    at = records.position
    owner.header = sniff.column_names(header)
    owner.piece, owner.offset, owner.line = at.piece, at.offset, at.line
    owner.bytes_done = records.bytes_read


def _likely_kind(owner: Import) -> str:
    columns = _columns(owner)
    names = {squeeze(name) for name in owner.header}
    counted = [
        (len(names & one.telling), len(recognise(one.fields(), owner.header, columns)), one.kind) for one in importers()
    ]
    _, most, kind = max(counted, key=lambda found: found[:2])
    if not most:
        raise Refused(
            "None of the columns is recognised. Does the first line name them? Take out what stands above these names,"
            " or choose what the file holds."
        )
    return kind


def _guess(owner: Import) -> None:
    """The mapping (by hand last time, else as recognised) and the options: as the cells tell, else as said last time."""
    found = importer(owner.kind)
    fields = found.fields()
    columns = _columns(owner)
    saved = SavedMapping.objects.filter(kind=owner.kind, signature=signature(owner.header)).first()
    owner.mapping = saved.mapping if saved else recognise(fields, owner.header, columns)
    owner.unsure = []
    told: set[str] = set()
    for option, types, tell in (
        ("date_order", DATED, sniff.day_order),
        ("decimal", NUMERIC, sniff.decimal_mark),
    ):
        said = tell(cell for index in _indexes(fields, owner.mapping, types) for cell in columns[index])
        if said:
            owner.options = owner.options | {option: said}
            told.add(option)
        elif said == "":
            owner.unsure = [*owner.unsure, option]
    if saved:
        owner.options = owner.options | {
            name: saved.options[name] for name in DEFAULTS if name in saved.options and name not in told
        }


def _columns(owner: Import) -> list[list[str]]:
    rows = sample(owner)
    return [[row[index] for row in rows if index < len(row)] for index in range(len(owner.header))]


def _indexes(fields: Sequence[Field], mapping: Mapping[str, Mapping[str, Any]], types: frozenset[str]) -> list[int]:
    return [mapping[one.key]["column"] for one in fields if one.type in types and "column" in mapping.get(one.key, {})]


def _uses(fields: Sequence[Field], mapping: Mapping[str, Mapping[str, Any]], types: frozenset[str]) -> bool:
    return any(one.type in types and one.key in mapping for one in fields)


def _clean_mapping(
    mapping: Mapping[str, Mapping[str, Any]], fields: Sequence[Field], width: int
) -> dict[str, dict[str, Any]]:
    clean: dict[str, dict[str, Any]] = {}
    taken: dict[int, str] = {}
    for one in fields:
        where = mapping.get(one.key) or {}
        column, said = where.get("column"), str(where.get("value") or "").strip()
        if isinstance(column, int) and 0 <= column < width:
            if column in taken:
                raise Refused(f"One column can't be both “{taken[column]}” and “{one.label}”.")
            clean[one.key], taken[column] = {"column": column}, one.label
        elif said and one.constant:
            clean[one.key] = {"value": said[:255]}
        elif one.required:
            raise Refused(f"Say which column is “{one.label}”. {one.missing}".strip())
    return clean


def _check_options(owner: Import, fields: Sequence[Field], mapping: Mapping[str, Mapping[str, Any]]) -> None:
    options = options_of(owner)
    if options.decimal not in {".", ","} or options.date_order not in {"dmy", "mdy"}:
        raise Refused("Choose a decimal mark and an order of dates of the lists.")
    if len(options.currency) != 3 or not options.currency.isalpha():
        raise Refused("A currency is three letters, like EUR.")
    try:
        Checker(fields, mapping, len(owner.header), options)
    except Unreadable as problem:
        raise Refused(f"The value given for all rows {problem}.") from None


def options_of(owner: Import) -> Options:
    """How the file's values are written."""
    said = owner.options
    return Options(said["decimal"], said["date_order"], said["currency"].upper())


def signature(header: Sequence[str]) -> str:
    """What files with the same columns have in common; a file of rejected rows is like the one it came from."""
    names = [squeeze(name) or name for name in header if name not in REJECTED_COLUMNS]
    return hashlib.sha256("\n".join(names).encode("utf-8", "replace")).hexdigest()


def _remember(owner: Import, by: User | None) -> None:
    SavedMapping.objects.update_or_create(
        kind=owner.kind,
        signature=signature(owner.header),
        defaults={
            "mapping": owner.mapping,
            "options": {name: owner.options[name] for name in DEFAULTS},
            "by": by,
            "saved_at": timezone.now(),
        },
    )


def _forget_check(owner: Import) -> None:
    ImportChunk.objects.filter(owner=owner).delete()
    _drop_keys(owner)
    _find_header(owner, delimiter=owner.options["delimiter"])
    owner.chunks = owner.next_chunk = owner.rows = owner.rows_done = owner.attempts = 0
    owner.found, owner.made, owner.reasons, owner.notes, owner.examples = {}, {}, {}, {}, {}
    owner.problem = owner.stopped_at = ""
    owner.checked_at = None


def _drop_keys(owner: Import) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {ImportKey._meta.db_table} WHERE owner_id = %s", [owner.pk])  # noqa: S608, SLF001


def importer_of(owner: Import) -> Importer:
    """The importer of a file's kind."""
    return importer(owner.kind)
