"""What can be imported. Rooms above register what they bring; the engine knows none of them (architecture.md)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from django.utils.module_loading import import_string

from accounts.imports.fields import Field, Row
from accounts.imports.values import Options
from accounts.models import User

NEW, CHANGED, UNCHANGED, REJECTED = "new", "changed", "unchanged", "rejected"


@dataclass(slots=True)
class Outcome:
    """What becomes of a row. `same_as` names the stored thing that it is about, for rows that name one in two ways."""

    row: Row
    verdict: str = UNCHANGED
    reason: str = ""
    title: str = ""
    same_as: str = ""
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Task:
    """On whose behalf, when, how the file is written, and where its values come from (`source` of history rows)."""

    by: User | None
    at: datetime
    options: Options
    mapped: Collection[str]
    file_name: str = ""
    source: str = "import"


class Importer(Protocol):
    """One kind of file. Made anew for each chunk. `telling`: columns that files of no other kind have (as `squeeze` has them)."""

    kind: str
    label: str
    help: str
    telling: frozenset[str]

    def fields(self) -> Sequence[Field]:
        """The fields, in the order of the page. May read the database (custom fields)."""

    def keys(self, row: Row) -> Iterable[str]:
        """What the row is about, in each way that it says so: of two rows with a key in common the first counts.

        Raises `Unreadable` with the reason for a row that can't be taken by itself.
        """

    def plan(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """What would become of the rows now. Reads, and writes nothing. A fixed number of queries."""

    def commit(self, rows: Sequence[Row], task: Task) -> list[Outcome]:
        """Do it, in the caller's transaction: plan under locks, then write, set-based. The same rows again change nothing."""


@runtime_checkable
class Spreading(Protocol):
    """An importer whose row may be about several things, each of which is planned and written as a row of its own."""

    def parts(self, row: Row) -> list[Row]:
        """The row as one for each thing, under the same line; [] when it is about none. Raises `Unreadable`.

        If one of them is rejected, the whole row is.
        """


_paths: dict[str, str] = {}


def register(kind: str, path: str) -> None:
    """Make a kind of file known by the dotted path of its class, which is loaded when first used."""
    _paths[kind] = path


def importer(kind: str) -> Importer:
    """The importer of this kind; raises KeyError."""
    found: Importer = import_string(_paths[kind])()
    return found


def importers() -> list[Importer]:
    """All of them, in the order of registration."""
    return [importer(kind) for kind in _paths]
