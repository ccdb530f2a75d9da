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
from accounts.imports.fields import DATED, NUMERIC, Checker, Field, columns_of, names_of, recognise, squeeze
from accounts.imports.furniture import HEADING, HEADING_LINES, header_at
from accounts.imports.limits import MAX_COLUMNS
from accounts.imports.overlong import was_cut
from accounts.imports.reading import Broken, Position, printable, skip
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
def reread(*, owner: Import, encoding: str, delimiter: str, kind: str = "") -> Import:
    """Read the file anew with another encoding or delimiter, or as of another kind; the columns are recognised again.

    Raises Refused.
    """
    owner = _locked(owner, Status.UPLOADED)
    if encoding not in sniff.ENCODINGS or delimiter not in sniff.DELIMITERS:
        raise Refused("Choose an encoding and a delimiter of the lists.")
    if kind and kind not in {one.kind for one in importers()}:
        raise Refused("Choose what it holds.")
    owner.kind = kind or owner.kind
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
    owner.examples, owner.reasons, owner.notes, owner.skipped = {}, {}, {}, {}
    owner.emptied_at = timezone.now()


def sample(owner: Import, count: int = SAMPLE_ROWS) -> list[list[str]]:
    """The first rows under the header."""
    records = records_from(owner, Position(owner.piece, owner.offset, owner.line))
    try:
        return [cells for _, cells in records.take(count, header=owner.header)]
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
    lines = _first_lines(owner)
    if not lines:
        raise Refused("The file is empty.")
    found = header_at([cells for _, cells, _, _ in lines], [names_of(one.fields()) for one in importers()])
    _, header, at, owner.bytes_done = lines[found]
    if was_cut("".join(header)):
        raise Refused(NO_TABLE)
    while len(header) > 1 and not header[-1].strip():
        header = header[:-1]
    if len(header) > MAX_COLUMNS:
        raise Refused(
            f"The line with the names has {len(header)} columns, more than {MAX_COLUMNS}. Does it name the columns?"
        )
    owner.header = sniff.column_names([printable(cell) for cell in header])
    owner.piece, owner.offset, owner.line = at.piece, at.offset, at.line
    owner.skipped = {}
    for line, cells, _, _ in lines[:found]:
        skip(owner.skipped, line, HEADING, cells)


def _first_lines(owner: Import) -> list[tuple[int, list[str], Position, int]]:
    """The first records, each with its line, the position after it, and the bytes read by then."""
    records = records_from(owner, Position())
    found: list[tuple[int, list[str], Position, int]] = []
    try:
        while len(found) < HEADING_LINES and (rows := records.take(1)):
            found.append((*rows[0], records.position, records.bytes_read))
            if "".join(rows[0][1]).strip().lower() in {"sep=", f"sep={owner.options['delimiter']}"}:
                found.clear()
    except Broken as broken:
        if not found:
            raise Refused(str(broken)) from None
    return found


def _likely_kind(owner: Import) -> str:
    columns = _columns(owner)
    counted = [(_told(one, owner), _covered(one.fields(), owner, columns), one.kind) for one in importers()]
    _, most, kind = max(counted, key=lambda found: found[:2])
    if not most:
        raise Refused(
            "None of the columns is recognised. Does a line of the file name them? Or choose what the file holds."
        )
    return kind


def _told(one: Importer, owner: Import) -> int:
    """How many of the columns, and does the file's name, tell this kind."""
    scores = tuple(name for name in one.telling if name.endswith("score"))
    names = {squeeze(name) for name in owner.header}
    called = squeeze(owner.file_name)
    return sum(name in one.telling or name.endswith(scores) for name in names) + any(t in called for t in one.telling)


def _covered(fields: Sequence[Field], owner: Import, columns: Sequence[Sequence[str]]) -> int:
    """How many columns these fields recognise. Those of a field of many count only where they leave few others and hardly
    anything is missing: numbers may be anything.
    """
    mapping = recognise(fields, owner.header, columns, owner.file_name)
    single = sum("column" in where for where in mapping.values())
    many = sum(len(where.get("columns", ())) for where in mapping.values())
    missing = sum(one.required and one.key not in mapping and not mapping.keys() & set(one.instead) for one in fields)
    sure = many > 2 and missing < 2 and (single + many) * 5 >= len(owner.header) * 3
    return single + many if sure else single


def _guess(owner: Import) -> None:
    """The mapping (by hand last time, else as recognised) and the options: as the cells tell, else as said last time."""
    found = importer(owner.kind)
    fields = found.fields()
    columns = _columns(owner)
    saved = SavedMapping.objects.filter(kind=owner.kind, signature=signature(owner.header)).first()
    owner.mapping = saved.mapping if saved else recognise(fields, owner.header, columns, owner.file_name)
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
    return [index for one in fields if one.type in types for index in columns_of(mapping.get(one.key))]


def _uses(fields: Sequence[Field], mapping: Mapping[str, Mapping[str, Any]], types: frozenset[str]) -> bool:
    return any(one.type in types and one.key in mapping for one in fields)


def _clean_mapping(
    mapping: Mapping[str, Mapping[str, Any]], fields: Sequence[Field], width: int
) -> dict[str, dict[str, Any]]:
    clean: dict[str, dict[str, Any]] = {}
    taken: dict[int, str] = {}
    for one in fields:
        where = mapping.get(one.key) or {}
        columns = [at for at in columns_of(where) if 0 <= at < width]
        said = str(where.get("value") or "").strip()
        if len(columns) > 1 and not one.spot:
            raise Refused(f"Two columns can't be the same field: “{one.label}”. Leave one of them out.")
        for column in columns:
            if column in taken:
                raise Refused(f"One column can't be both “{taken[column]}” and “{one.label}”.")
            taken[column] = one.label
        if columns:
            clean[one.key] = {"columns": columns} if one.spot else {"column": columns[0]}
        elif said and one.constant:
            clean[one.key] = {"value": said[:255]}
    for one in fields:
        if one.required and one.key not in clean and not clean.keys() & set(one.instead):
            other = ", or give one for all rows" if one.constant else ""
            raise Refused(f"Say which column is “{one.label}”{other}. {one.missing}".strip())
    return clean


def _check_options(owner: Import, fields: Sequence[Field], mapping: Mapping[str, Mapping[str, Any]]) -> None:
    options = options_of(owner)
    if options.decimal not in {".", ","} or options.date_order not in {"dmy", "mdy"}:
        raise Refused("Choose a decimal mark and an order of dates of the lists.")
    if len(options.currency) != 3 or not options.currency.isalpha():
        raise Refused("A currency is three letters, like EUR.")
    try:
        Checker(fields, mapping, owner.header, options)
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
