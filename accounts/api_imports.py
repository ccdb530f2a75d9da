"""`/api/imports/`: files on their way in, as the page has them: upload, columns, check, preview, commit (domain.md §8)."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import django_filters
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api_errors import answer
from accounts.api_parts import Newest
from accounts.api_rows import Rows, Strict
from accounts.downloads import csv_response
from accounts.imports import actions, results, sniff
from accounts.imports.limits import MAX_BYTES, MIB
from accounts.imports.registry import importers
from accounts.imports.sniff import Refused
from accounts.models import Import
from accounts.roles import Capability

# Around the file in the request: the form's other fields.
_FORM_BYTES = 65_536
_MOST_FIELDS = 1_000


class TooLarge(APIException):
    """More than an upload may be."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    default_detail = f"The file is larger than {MAX_BYTES // MIB} MB. Split it."


class UploadSerializer(Strict):
    """A file as multipart/form-data."""

    file = serializers.FileField(
        help_text="CSV with the names of the columns in a line above the rows.", allow_empty_file=True
    )
    kind = serializers.CharField(
        required=False, max_length=20, help_text="What it holds: accounts, contacts, … Not said: as its columns tell."
    )

    def validate_kind(self, value: str) -> str:
        """One that there is."""
        kinds = [one.kind for one in importers()]
        if value not in kinds:
            raise serializers.ValidationError(f"There are: {', '.join(kinds)}.")
        return value


class OptionsSerializer(Strict):
    """How values are written; one that is in `unsure` must be said."""

    decimal = serializers.ChoiceField(choices=[(".", "1,200.50"), (",", "1.200,50")], required=False)
    date_order = serializers.ChoiceField(choices=[("dmy", "31/12/2026"), ("mdy", "12/31/2026")], required=False)
    currency = serializers.RegexField(r"^[A-Za-z]{3}$", required=False)


class CheckSerializer(Strict):
    """What the columns are. Not said: as recognised, or as mapped by hand for the same columns before."""

    mapping = serializers.DictField(
        child=serializers.DictField(),
        required=False,
        help_text='By field: {"column": number or name}, {"columns": [numbers]} or {"value": text for all rows}.',
    )
    options = OptionsSerializer(required=False)


class RereadSerializer(Strict):
    """How the file is read, where it was not recognised."""

    encoding = serializers.ChoiceField(choices=list(sniff.ENCODINGS), required=False)
    delimiter = serializers.ChoiceField(choices=list(sniff.DELIMITERS), required=False)
    kind = serializers.CharField(required=False, max_length=20)


class ImportSerializer(serializers.ModelSerializer[Import]):
    """A file and how far it is."""

    by = serializers.EmailField(source="by.email", default=None, allow_null=True, read_only=True)
    counts = serializers.SerializerMethodField(
        help_text="new, changed, unchanged, rejected: as the check found them, once it is done as the import made them."
    )

    class Meta:
        model = Import
        fields: tuple[str, ...] = (
            "id", "kind", "file_name", "size", "status", "rows", "rows_done", "counts", "problem", "by", "created_at",
            "checked_at", "committed_at", "finished_at", "emptied_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_counts(self, row: Import) -> dict[str, int]:
        """By what becomes of the rows."""
        return row.made if row.status == Import.Status.DONE else row.found


class ImportDetailSerializer(ImportSerializer):
    """A file with its columns and what is to be said of its rows before they are imported."""

    fields_known = serializers.SerializerMethodField(help_text="What a column can be.")

    class Meta(ImportSerializer.Meta):
        fields = (
            *ImportSerializer.Meta.fields, "header", "mapping", "options", "unsure", "skipped", "reasons", "notes",
            "examples", "fields_known",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": {}}})
    def get_fields_known(self, row: Import) -> list[dict[str, Any]]:
        """In the order of the page."""
        return [
            {"key": one.key, "label": one.label, "required": one.required, "constant": one.constant}
            for one in actions.importer_of(row).fields()
        ]


class ImportFilter(django_filters.FilterSet):
    """What the files can be narrowed by."""

    kind = django_filters.CharFilter(label="What it holds.")
    status = django_filters.ChoiceFilter(choices=Import.Status.choices)

    class Meta:
        model = Import
        fields = ("kind", "status")


def _step(name: str, summary: str, run: Callable[..., Import], description: str = "") -> Callable[..., Response]:
    """The view of one step, which is refused in another state."""

    def view(self: Any, request: Request, pk: int) -> Response:  # noqa: ARG001 - looked up by the view
        row = self.get_object()
        try:
            run(row, self.asker)
        except Refused as refused:
            return answer(status.HTTP_409_CONFLICT, "refused", str(refused))
        return Response(ImportDetailSerializer(Import.objects.get(pk=row.pk)).data)

    view.__name__, view.__doc__ = name, summary
    described = extend_schema(
        summary=summary,
        description=f"{description} 409: not in this state.".strip(),
        request=None,
        responses=ImportDetailSerializer,
    )(view)
    return action(detail=True, methods=["post"])(described)


@extend_schema_view(
    list=extend_schema(summary="Files that were uploaded, the latest first"),
    retrieve=extend_schema(summary="One file: columns, preview, progress, result", responses=ImportDetailSerializer),
)
class ImportViewSet(Rows):
    """Files: uploaded, checked row by row, looked at, imported. A worker checks and imports; ask how far it is."""

    queryset = Import.objects.select_related("by").order_by("-id")
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    pagination_class = Newest
    read_capability = write_capability = Capability.IMPORT
    stays = "Send POST to discard/ for a file that was not imported; one that was stays in the list."

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Too large a body is refused before it is read."""
        if self.action == "create" and int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BYTES + _FORM_BYTES:
            raise TooLarge
        super().initial(request, *args, **kwargs)

    def get_serializer_class(self) -> Any:
        return ImportDetailSerializer if self.detail else ImportSerializer

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """Whoever asks for CSV gets it where there is some, and JSON where there is an error."""
        return super().perform_content_negotiation(request, force or self.action == "rejected")

    def get_parsers(self) -> list[Any]:
        """An upload is a form with a file."""
        uploads = (getattr(self, "action_map", None) or {}).get("post") == "create"
        return [MultiPartParser()] if uploads else super().get_parsers()

    @extend_schema(
        summary="Upload a file",
        description="Nothing is imported yet: `check/` has its rows checked, `commit/` imports them. 400: it is no table, or "
        "none of its columns is known.",
        request={"multipart/form-data": UploadSerializer},
        responses={201: ImportDetailSerializer},
    )
    def create(self, request: Request) -> Response:
        """Kept, and its columns recognised."""
        form = UploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        file, kind = form.validated_data["file"], form.validated_data.get("kind", "")
        try:
            row = actions.upload(blocks=file.chunks(), file_name=file.name or "", kind=kind, by=self.asker)
        except Refused as refused:
            return _unreadable(refused)
        return Response(ImportDetailSerializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Have every row checked",
        description="In the background: `status` is checked when it is done, and `counts`, `reasons` and `examples` are the "
        "preview. 409: not in this state.",
        request=CheckSerializer,
        responses=ImportDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """By these columns."""
        row, form = self.get_object(), CheckSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        mapping = _mapping(row, said["mapping"]) if "mapping" in said else row.mapping
        return self._columns(
            row,
            lambda: actions.start_check(owner=row, mapping=mapping, options=said.get("options", {}), by=self.asker),
        )

    @extend_schema(
        summary="Read the file another way",
        description="With another encoding or delimiter, or as of another kind; the columns are recognised again.",
        request=RereadSerializer,
        responses=ImportDetailSerializer,
    )
    @action(detail=True, methods=["post"])
    def reread(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - looked up by the view
        """What is not said stays."""
        row, form = self.get_object(), RereadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        said = {"encoding": row.options["encoding"], "delimiter": row.options["delimiter"]} | form.validated_data
        return self._columns(row, lambda: actions.reread(owner=row, **said))

    def _columns(self, row: Import, act: Callable[[], Import]) -> Response:
        try:
            act()
        except Refused as refused:
            found = Import.objects.get(pk=row.pk)
            if found.status != Import.Status.UPLOADED:
                return answer(status.HTTP_409_CONFLICT, "refused", str(refused))
            return _unreadable(refused)
        return Response(ImportDetailSerializer(Import.objects.get(pk=row.pk)).data)

    commit = _step(
        "commit",
        "Import the checked rows",
        lambda row, by: actions.start_commit(owner=row, by=by),
        "In the background: `status` is done when it is. Asking twice imports once.",
    )
    columns = _step("columns", "Back to the columns", lambda row, _: actions.back_to_columns(owner=row))
    resume = _step("resume", "Go on where it stopped", lambda row, _: actions.resume(owner=row))
    discard = _step("discard", "Throw a file away that was not imported", lambda row, _: actions.discard(owner=row))

    @extend_schema(
        summary="The rejected rows as CSV",
        description="The columns as they came, then line and reason.",
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    @action(detail=True, methods=["get"])
    def rejected(self, request: Request, pk: int) -> HttpResponseBase:  # noqa: ARG002 - looked up by the view
        """To mend and upload again."""
        row = self.get_object()
        header = [*row.header, *actions.REJECTED_COLUMNS]
        return csv_response(results.file_name(row), header, results.rejected_rows(row))


def _unreadable(refused: Refused) -> Response:
    return answer(status.HTTP_400_BAD_REQUEST, "refused", str(refused))


def _mapping(row: Import, said: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """With numbers of columns for names. Raises serializers.ValidationError for fields and columns that there are not."""
    known = {one.key for one in actions.importer_of(row).fields()}
    found: dict[str, dict[str, Any]] = {}
    for key, where in said.items():
        if key not in known:
            raise serializers.ValidationError({"mapping": f"There is no field “{key[:50]}”: see fields_known."})
        columns = where.get("columns", [where["column"]] if "column" in where else [])
        value = where.get("value", "")
        if set(where) - {"column", "columns", "value"} or not isinstance(columns, list) or not isinstance(value, str):
            raise serializers.ValidationError({"mapping": f"Say column, columns or value of “{key}”."})
        numbers = [_number(row, column) for column in columns[:_MOST_FIELDS]]
        found[key] = (
            {"columns": numbers} if len(numbers) > 1 else {"column": numbers[0]} if numbers else {"value": value}
        )
    return found


def _number(row: Import, column: Any) -> int:
    if isinstance(column, str) and column in row.header:
        return int(row.header.index(column))
    if isinstance(column, int) and not isinstance(column, bool) and 0 <= column < len(row.header):
        return column
    raise serializers.ValidationError({"mapping": f"There is no column “{str(column)[:50]}”: see header."})
