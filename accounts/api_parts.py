"""What the API's views of all rooms share: pages, filters by id, who asks, many items at once."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError as Invalid
from django.db.models import Model, QuerySet
from django.utils import timezone
from django_filters.fields import IsoDateTimeField
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.imports.fields import Row
from accounts.imports.registry import REJECTED, Importer, Outcome, Task
from accounts.imports.values import Options, Unreadable
from accounts.models import ApiKey, User
from accounts.transactions import in_transaction

MOST_ITEMS = 1_000
MAX_ID = 2**63 - 1
# Of what a description says so, the document names no scope of keys.
PERSONS = "For a person who is signed in; keys are refused."

_Row = TypeVar("_Row", bound=Model)


class Pages(CursorPagination):
    """Pages that neither skip nor repeat while rows come in; `next` and `previous` are addresses."""

    ordering: str | tuple[str, ...] = "id"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any] | None:
        """404 for a cursor that none of our pages gave."""
        try:
            cursor = self.decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                name = self.get_ordering(request, queryset, view)[0].lstrip("-")
                queryset.model._meta.get_field(name).to_python(cursor.position)  # noqa: SLF001 - Django's documented API
        except (Invalid, ValueError, OverflowError):
            raise NotFound(self.invalid_cursor_message) from None
        return super().paginate_queryset(queryset, request, view)


class Newest(Pages):
    """The latest first."""

    ordering = "-id"


class InOrder(Pages):
    """Rules as they are asked: the first that matches wins."""

    ordering = ("position", "id")


class ReadView(ReadOnlyModelViewSet[_Row]):
    """Rows by id: a list in pages, and one of them. What can be written is added to it."""

    pagination_class = Pages
    lookup_value_converter = "int"


class Ranked(Pages):
    """Pages of what is counted anew for each, by place: a cursor says how many came before. `queryset` is anything to slice."""

    offset_cutoff = 1_000_000
    _skip, _is_last = 0, True

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:  # noqa: ARG002 - DRF's signature
        """404 for a cursor that none of our pages gave."""
        self.base_url, self.page_size = request.build_absolute_uri(), self.get_page_size(request) or self.page_size
        cursor = self.decode_cursor(request)
        self._skip = cursor.offset if cursor is not None else 0
        rows = list(queryset[self._skip : self._skip + self.page_size + 1])
        self._is_last = len(rows) <= self.page_size
        return rows[: self.page_size]

    def get_next_link(self) -> str | None:
        """The page behind this one."""
        return None if self._is_last else self._at(self._skip + self.page_size)

    def get_previous_link(self) -> str | None:
        """The page before this one."""
        return self._at(max(self._skip - self.page_size, 0)) if self._skip else None

    def _at(self, skip: int) -> str:
        return str(self.encode_cursor(Cursor(offset=skip, reverse=False, position=None)))


class IdFilter(django_filters.Filter):
    """A filter by the id of something; its label says of what."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, label: str = "", **kwargs: Any) -> None:
        super().__init__(*args, label=label, min_value=0, max_value=MAX_ID, **kwargs)
        extend_schema_field({"type": "integer", "format": "int64", "description": label})(self)


class _UtcField(IsoDateTimeField):
    def to_python(self, value: Any) -> datetime | None:
        """In UTC: PostgreSQL knows no offsets of twenty hours."""
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError:
            raise Invalid(self.error_messages["invalid"], code="invalid") from None


class MomentFilter(django_filters.IsoDateTimeFilter):
    """A filter by a moment in ISO 8601."""

    field_class = _UtcField


class FiniteField(serializers.FloatField):
    """A number that JSON has: neither infinite nor none."""

    def to_internal_value(self, data: Any) -> float:
        """Refuses what `float` takes and JSON can't hold."""
        value = super().to_internal_value(data)
        if not math.isfinite(value):
            self.fail("invalid")
        return value


def ids_field(most: int = MOST_ITEMS) -> serializers.ListField:
    """Ids of some things; `rows_of` finds them."""
    return serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID), allow_empty=False, max_length=most
    )


def rows_of(rows: QuerySet[Any], ids: Sequence[int], field: str) -> list[Any]:
    """The rows with these ids. One query. Raises ValidationError at `field` for one that is not there."""
    found = rows.in_bulk(ids)
    gone = next((pk for pk in ids if pk not in found), None)
    if gone is not None:
        raise serializers.ValidationError({field: [f"There is none with the id {gone}."]})
    return list(found.values())


def person_of(request: Request, *, why: str = "A key can't do this: it is a person's.") -> User:
    """The person who asks. Raises PermissionDenied (403) for a key, which is told `why`."""
    by = user_of(request)
    if by is None:
        raise PermissionDenied(f"{why} Sign in, and call this with the session's cookie.")
    return by


class ResultSerializer(serializers.Serializer[Any]):
    """What became of one item."""

    index = serializers.IntegerField(help_text="Its place in the request, from 0.")
    result = serializers.ChoiceField(choices=["new", "changed", "unchanged", "rejected"])
    id = serializers.IntegerField(allow_null=True, help_text="Null where it is not said.")
    reason = serializers.CharField(help_text="Why it was rejected.")
    notes = serializers.ListField(child=serializers.CharField())


class BulkResultSerializer(serializers.Serializer[Any]):
    """What became of all items: new + changed + unchanged + rejected = received."""

    received = serializers.IntegerField()
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    items = ResultSerializer(many=True)


def user_of(request: Request) -> User | None:
    """The person who asks; None for a key."""
    return request.user if isinstance(request.user, User) else None


def key_of(request: Request) -> ApiKey | None:
    """The key that asks; None for a person."""
    return request.auth if isinstance(request.auth, ApiKey) else None


def upsert(importer: Importer, said: Sequence[Mapping[str, Any]], *, by: User | None) -> dict[str, Any]:
    """Write many items by their natural key, as a file of them would be (accounts/imports): all rules, one transaction.

    An item that can't be taken is rejected with its reason and the others are taken; of two about the same the first
    counts. What an item does not say stays as it is.
    """
    return in_transaction(lambda: _upsert(importer, said, by))


def _upsert(importer: Importer, said: Sequence[Mapping[str, Any]], by: User | None) -> dict[str, Any]:
    mapped = {key for values in said for key in values}
    task = Task(by=by, at=timezone.now(), options=Options(), mapped=mapped, file_name="API", source="api")
    reasons: dict[int, str] = {}
    keys: dict[str, int] = {}
    rows = []
    for index, values in enumerate(said):
        row = Row(index, [], dict(values))
        try:
            own = list(importer.keys(row))
        except Unreadable as problem:
            reasons[index] = str(problem)
            continue
        again = next((keys[key] for key in own if key in keys), None)
        if again is not None:
            reasons[index] = f"Item {again} of this request is about the same."
            continue
        keys |= dict.fromkeys(own, index)
        rows.append(row)
    same: dict[str, int] = {}
    for outcome in importer.plan(rows, task):
        first = same.setdefault(outcome.same_as, outcome.row.line) if outcome.same_as else outcome.row.line
        if first != outcome.row.line:
            reasons[outcome.row.line] = f"Item {first} of this request is about the same."
    rows = [Row(row.line, [], dict(said[row.line])) for row in rows if row.line not in reasons]
    outcomes = {outcome.row.line: outcome for outcome in importer.commit(rows, task)} if rows else {}
    return _results(len(said), outcomes, reasons)


def _results(number: int, outcomes: Mapping[int, Outcome], reasons: Mapping[int, str]) -> dict[str, Any]:
    return bulk_results(
        {
            "result": found.verdict,
            "id": getattr(found, "id", None),
            "reason": found.reason,
            "notes": [*found.notes, *found.row.notes],
        }
        if (found := outcomes.get(index))
        else {"reason": reasons[index]}
        for index in range(number)
    )


def bulk_results(said: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What became of each item, in their order, and the counts; without a result an item was rejected."""
    items = [
        {"index": index, "result": REJECTED, "id": None, "reason": "", "notes": [], **one}
        for index, one in enumerate(said)
    ]
    counts = {
        name: sum(item["result"] == name for item in items) for name in ("new", "changed", "unchanged", "rejected")
    }
    return {"received": len(items), **counts, "items": items}
