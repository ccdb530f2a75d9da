"""What the API's views of configuration share: fields that there are, one action that stores a row, many by their key."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NoReturn

from django.db import transaction
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.validators import UniqueValidator

from accounts.api_errors import first_said
from accounts.api_parts import MOST_ITEMS, BulkResultSerializer, ReadView, bulk_results, key_of, user_of
from accounts.models import ApiKey, User
from accounts.roles import Capability
from accounts.transactions import in_transaction

Values = dict[str, Any]
_SHOWN = 50


class Strict(serializers.Serializer[Any]):
    """Refuses fields that there are not, so that a misspelt one is no silent nothing."""

    def to_internal_value(self, data: Any) -> Any:
        """As the fields say."""
        if isinstance(data, Mapping):
            unknown = [str(name)[:_SHOWN] for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(
                    {name: ["There is no such field. /api/docs/ lists those that there are."] for name in unknown}
                )
        return super().to_internal_value(data)


class StrictRow(Strict, serializers.ModelSerializer[Any]):
    """A row of configuration. `fixed`: what stays as it was made; `elsewhere`: what another address changes. Either, sent
    again as it is, is no error.
    """

    fixed: ClassVar[Mapping[str, str]] = {}
    elsewhere: ClassVar[Mapping[str, str]] = {}

    def to_internal_value(self, data: Any) -> Any:
        """As the fields say."""
        found = super().to_internal_value(data)
        refuse(
            {
                name: why
                for name, why in self.elsewhere.items()
                if name in data and (self.instance is None or data[name] != getattr(self.instance, name))
            }
        )
        return found

    def validate(self, attrs: Values) -> Values:
        """What is fixed stays; then what the rules of these rows say (`problems`)."""
        if self.instance is not None:
            for name, why in self.fixed.items():
                if name in attrs and attrs[name] != getattr(self.instance, name):
                    raise serializers.ValidationError({name: why})
        refuse(self.problems(self.whole(attrs), attrs))
        return attrs

    def whole(self, attrs: Values) -> Values:
        """The row as it would be."""
        said = {
            name: attrs.get(name, getattr(self.instance, name, None))
            for name, field in self.fields.items()
            if not field.read_only
        }
        return {name: value for name, value in said.items() if value is not None} | attrs

    def problems(self, whole: Values, said: Values) -> Mapping[str, str]:  # noqa: ARG002 - for rows with rules
        """What is wrong with which field."""
        return {}


def refuse(problems: Mapping[str, str]) -> None:
    """400 with what is wrong with which field; nothing when nothing is."""
    if problems:
        raise serializers.ValidationError({name: [words] for name, words in problems.items()})


class Rows(ReadView[Any]):
    """Rows that the roles who configure may change, each by one action (`store`)."""

    write_capability = Capability.CONFIGURE
    # Said where somebody deletes what stays.
    stays = ""
    # Actions that lock other rows first lock this one themselves.
    locks_row = True

    def store(self, row: Any, values: Values) -> Any:
        """Write a new row (None) or these values of one. Raises ValidationError."""
        raise NotImplementedError

    @property
    def asker(self) -> User | None:
        """The person who asks; None for a key."""
        return user_of(self.request)

    @property
    def key(self) -> ApiKey | None:
        """The key that asks; None for a person."""
        return key_of(self.request)

    def said(self, row: Any) -> Values:
        """What is answered of a row."""
        return dict(self.get_serializer(row).data)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ARG002 - DRF's signature
        """405, with what to do instead of deleting."""
        raise MethodNotAllowed(str(request.method), detail=self.stays if request.method == "DELETE" else None)


class Creates:
    """Rows that can be made."""

    def create(self: Any, request: Request) -> Response:
        """A new row."""
        form = self.get_serializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = in_transaction(lambda: self.store(None, dict(form.validated_data)))
        return Response(self.said(row), status=status.HTTP_201_CREATED)


class Changes:
    """Rows of which fields can be changed."""

    def partial_update(self: Any, request: Request, pk: int) -> Response:
        """Fields of a row; what is not said stays."""
        return Response(self.said(in_transaction(lambda: self._changed(request, pk))))

    def _changed(self: Any, request: Request, pk: int) -> Any:
        rows = self.get_queryset()
        row = get_object_or_404(rows.select_for_update(no_key=True, of=("self",)) if self.locks_row else rows, pk=pk)
        form = self.get_serializer(row, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        return self.store(row, dict(form.validated_data))


class Removes:
    """Rows that can be deleted."""

    def destroy(self: Any, request: Request, pk: int) -> Response:  # noqa: ARG002 - DRF's signature
        """Gone. 409 while something else needs it."""
        with transaction.atomic():
            self.remove(get_object_or_404(self.get_queryset().select_for_update(of=("self",)), pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def remove(self, row: Any) -> None:
        """Delete it."""
        row.delete()


class Bulk:
    """Many rows at once by `natural_key`, fields of the serializer, in one transaction."""

    natural_key: tuple[str, ...] = ()
    get_serializer: Any

    def known_by(self: Any, keys: Sequence[tuple[Any, ...]]) -> Mapping[tuple[Any, ...], Any]:
        """The rows of these keys, locked."""
        name = self.natural_key[0]
        rows = self.get_queryset().filter(**{f"{name}__in": [key[0] for key in keys]}).order_by("pk")
        rows = rows.select_for_update(no_key=True, of=("self",)) if self.locks_row else rows
        return {tuple(getattr(row, part) for part in self.natural_key): row for row in rows}

    def is_same(self, row: Any, values: Values) -> bool:
        """Whether these values are the row's already."""
        return all(getattr(row, name) == value for name, value in values.items())

    def store_all(self: Any, said: Sequence[tuple[Any, Values]]) -> list[Any]:
        """Write (row or None, values) each; the rows in the same order."""
        return [self.store(row, values) for row, values in said]

    def key_of(self, item: Mapping[str, Any], fields: Mapping[str, Any]) -> tuple[Any, ...]:
        """What an item is known by, as `fields` read it. Raises serializers.ValidationError."""
        found = []
        for name in self.natural_key:
            try:
                found.append(fields[name].run_validation(item.get(name, serializers.empty)))
            except serializers.SkipField:
                found.append("")
            except serializers.ValidationError as error:
                raise serializers.ValidationError({name: error.detail}) from None
        return tuple(found)

    def _key_fields(self) -> dict[str, Any]:
        fields = self.get_serializer().fields
        for name in self.natural_key:
            # That there is a row of it already is what is looked for here.
            fields[name].validators = [one for one in fields[name].validators if not isinstance(one, UniqueValidator)]
        return dict(fields)

    def upsert(self: Any, items: Sequence[Mapping[str, Any]]) -> Values:
        """Each item's row made, changed or left; of two about the same the first counts."""
        reasons: dict[int, str] = {}
        keys: dict[int, tuple[Any, ...]] = {}
        first: dict[tuple[Any, ...], int] = {}
        fields = self._key_fields()
        for index, item in enumerate(items):
            try:
                key = self.key_of(item, fields)
            except serializers.ValidationError as error:
                reasons[index] = first_said(error.detail)
                continue
            if first.setdefault(key, index) == index:
                keys[index] = key
            else:
                reasons[index] = f"Item {first[key]} of this request is about the same."
        known = self.known_by(list(keys.values()))
        outcomes: dict[int, tuple[str, int]] = {}
        wanted: dict[int, tuple[Any, Values]] = {}
        form = self.get_serializer()
        for index, key in keys.items():
            row = known.get(key)
            form.instance, form.partial = row, row is not None
            try:
                values = dict(form.run_validation(items[index]))
            except serializers.ValidationError as error:
                reasons[index] = first_said(error.detail)
                continue
            if row is not None and self.is_same(row, values):
                outcomes[index] = ("unchanged", row.pk)
            else:
                wanted[index] = (row, values)
        for (index, (row, _)), stored in zip(wanted.items(), self.store_all(list(wanted.values())), strict=True):
            outcomes[index] = ("changed" if row is not None else "new", stored.pk)
        return bulk_results(
            {"result": found[0], "id": found[1]} if (found := outcomes.get(index)) else {"reason": reasons[index]}
            for index in range(len(items))
        )

    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self: Any, request: Request) -> Response:
        """Up to 1,000 rows."""
        form = _ItemsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(in_transaction(lambda: self.upsert(form.validated_data["items"])))


class _ItemsSerializer(Strict):
    items = serializers.ListField(
        child=serializers.DictField(), max_length=MOST_ITEMS, allow_empty=False
    )  # each is read as a row, and rejected alone


def describes_bulk(summary: str, item: type[serializers.Serializer[Any]]) -> Any:
    """The description of a view's `bulk`, for `extend_schema_view`."""
    name = item.__name__.removesuffix("Serializer")
    return extend_schema(
        summary=summary,
        description="What an item does not say stays as it is; one that can't be taken is rejected with its reason, and the "
        "others are taken.",
        request=inline_serializer(f"{name}Items", {"items": item(many=True, max_length=MOST_ITEMS, allow_empty=False)}),  # type: ignore[call-arg]  # the list takes them
        responses=BulkResultSerializer,
        filters=False,
    )
