"""What the page of an import shows, and what its form says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from accounts.imports import actions, sniff
from accounts.imports.actions import Status
from accounts.imports.fields import Field, columns_of
from accounts.imports.reading import printable
from accounts.imports.registry import CHANGED, NEW, REJECTED, UNCHANGED, importers
from accounts.models import Import

_SAMPLES = 3
_NAMES = (
    (NEW, "new", "good"),
    (CHANGED, "changed", "accent"),
    (UNCHANGED, "unchanged", ""),
    (REJECTED, "rejected", "warn"),
)
_ORDERS = {"dmy": "Day first (31/12/2026)", "mdy": "Month first (12/31/2026)"}
_MARKS = {".": "Point (1,200.50)", ",": "Comma (1.200,50)"}
_STEPS = ("Columns", "Check", "Preview", "Import")
_CHIPS = {Status.DONE: "good", Status.FAILED: "bad", Status.CHECKED: "accent"}


class ColumnsForm:
    """What a person said of the columns: `column-3=email`, `value-currency=EUR`, and the options."""

    def __init__(self, post: QueryDict) -> None:
        self._post = post

    def said(self, name: str) -> str:
        """The value of an input."""
        return str(self._post.get(name, ""))[:255]

    def mapping(self) -> dict[str, dict[str, Any]]:
        """The mapping; several columns may have been said to be one field."""
        mapping: dict[str, dict[str, Any]] = {
            name.removeprefix("value-"): {"value": self.said(name)}
            for name in self._post
            if name.startswith("value-") and self.said(name).strip()
        }
        for name in self._post:
            number = name.removeprefix("column-")
            key = self.said(name)
            if name.startswith("column-") and number.isdecimal() and key:
                said = sorted([*columns_of(mapping.get(key)), int(number)])
                mapping[key] = {"columns": said} if len(said) > 1 else {"column": said[0]}
        return mapping

    def options(self) -> dict[str, str]:
        """Decimal mark, order of dates, currency."""
        return {name: self.said(name) for name in actions.DEFAULTS if self.said(name)}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file as the page shows it."""

    index: int
    name: str
    samples: list[str]
    field: str


def page_of(owner: Import, form: ColumnsForm | None = None) -> dict[str, Any]:
    """The context of the page; what only one state shows is there in that state alone."""
    found = actions.importer_of(owner)
    context: dict[str, Any] = {
        "import": owner,
        "importer": found,
        "chip": _CHIPS.get(Status(owner.status), ""),
        "steps": _steps(owner),
        "skipped": sorted(
            ((why, said["count"], said["lines"]) for why, said in owner.skipped.items()), key=lambda found: found[2]
        ),
        "unit": "signal" if any("columns" in where for where in owner.mapping.values()) else "row",
        "under_way": owner.status in actions.UNDER_WAY,
    }
    if owner.status == Status.UPLOADED:
        context |= _columns(owner, found.fields(), form)
    elif owner.status == Status.CHECKING:
        context |= {"done": owner.bytes_done, "total": owner.size, "words": "rows checked", "count": owner.rows}
    elif owner.status == Status.COMMITTING:
        context |= {"done": owner.rows_done, "total": owner.rows, "words": "rows imported", "count": owner.rows_done}
    else:
        context |= _result(owner)
    return context


def _columns(owner: Import, fields: Sequence[Field], form: ColumnsForm | None) -> dict[str, Any]:
    rows = actions.sample(owner, 50)
    mapping = form.mapping() if form else owner.mapping
    field_of = {column: key for key, where in mapping.items() for column in columns_of(where)}
    columns = [
        Column(index, name, _first(rows, index), field_of.get(index, "")) for index, name in enumerate(owner.header)
    ]
    options = owner.options | (form.options() if form else {})
    constants = [
        (one, mapping.get(one.key, {}).get("value", ""), _is_needed(one, mapping)) for one in fields if one.constant
    ]
    return {
        "columns": columns,
        "unread": any("\udc80" <= character <= "\udcff" for row in rows for cell in row for character in cell),
        "recognised": len(field_of),
        "fields": fields,
        "constants": constants,
        "ask_constants": any(value or needed for _, value, needed in constants),
        "kinds": importers(),
        "required": [one.label for one in fields if one.required],
        "encodings": sniff.ENCODINGS.items(),
        "delimiters": sniff.DELIMITERS.items(),
        "orders": _ORDERS.items(),
        "marks": _MARKS.items(),
        "options": options,
        "ask_order": "date_order" in owner.unsure and not (form and form.said("date_order")),
        "ask_mark": "decimal" in owner.unsure and not (form and form.said("decimal")),
        "again": _again(owner),
    }


def _is_needed(one: Field, mapping: Mapping[str, Mapping[str, Any]]) -> bool:
    """True for a field that every row needs, where no column is it."""
    return one.required and not columns_of(mapping.get(one.key)) and not mapping.keys() & set(one.instead)


def _first(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    cells = (printable(row[index].strip()[:60]) for row in rows if index < len(row))
    return list(dict.fromkeys(cell for cell in cells if cell))[:_SAMPLES]


def _again(owner: Import) -> Import | None:
    """The import of exactly this file before."""
    return Import.objects.filter(digest=owner.digest, kind=owner.kind, status=Status.DONE).exclude(pk=owner.pk).first()


def _result(owner: Import) -> dict[str, Any]:
    counts = owner.made if owner.status == Status.DONE else owner.found
    return {
        "figures": [(words, counts.get(name, 0), kind) for name, words, kind in _NAMES],
        "to_write": counts.get(NEW, 0) + counts.get(CHANGED, 0),
        "rejected_count": counts.get(REJECTED, 0),
        "reasons": sorted(owner.reasons.items(), key=lambda pair: -pair[1]),
        "notes": sorted(owner.notes.items(), key=lambda pair: -pair[1]),
        "new_examples": owner.examples.get(NEW, []),
        "changed_examples": owner.examples.get(CHANGED, []),
        "rejected_examples": owner.examples.get(REJECTED, []),
    }


def _steps(owner: Import) -> list[dict[str, Any]]:
    at = {
        Status.UPLOADED: 0, Status.CHECKING: 1, Status.CHECKED: 2, Status.COMMITTING: 3, Status.DONE: 4,
    }.get(Status(owner.status), 3 if owner.committed_at else 1)  # fmt: skip
    return [{"name": name, "done": number < at, "current": number == at} for number, name in enumerate(_STEPS)]
