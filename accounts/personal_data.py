"""The one map of where a person's data can be (domain.md §2, architecture.md), which export and erasure walk.

This module knows no place itself. Each room names a module with its `PLACES` in `AppConfig.ready`; a table that gets
something of a person gets a place there, and `tests/accounts/test_erasure.py` looks through every column of every table.
Places of higher rooms come first, so that the person's own row goes last.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db.models import JSONField, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

GONE = "[erased]"
# Shorter ids and numbers would be found in texts that mean something else.
_SHORTEST_WORD = 6
_SHORTEST_NAME = 3
_BETWEEN = r"""[\s,;|"]+"""


@dataclass(frozen=True)
class Person:
    """A person by all that can lead to what is stored: rows of contacts, addresses, ids, names, telephone numbers."""

    contacts: tuple[int, ...]
    accounts: tuple[int, ...]
    emails: frozenset[str]
    ids: frozenset[str]
    names: frozenset[str]
    phones: frozenset[str]
    parts: frozenset[str]

    @property
    def keys(self) -> frozenset[str]:
        """What the person is recognised by: addresses and ids."""
        return self.emails | self.ids

    @cached_property
    def words(self) -> tuple[str, ...]:
        """What means this person wherever it stands in a text, the longest first."""
        certain = self.emails | self.names
        certain |= {word for word in self.ids | self.phones if len(word) >= _SHORTEST_WORD}
        return tuple(sorted(certain, key=lambda word: (-len(word), word)))

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        if not self.words:
            return None
        # First and last name may stand in two cells of a file.
        words = "|".join(re.escape(word).replace(r"\ ", _BETWEEN) for word in self.words)
        return re.compile(rf"(?<![\w@.+-])(?:{words})(?![\w@])", re.IGNORECASE)

    @cached_property
    def _parts_pattern(self) -> re.Pattern[str] | None:
        parts = sorted(part for part in self.parts if len(part) >= _SHORTEST_NAME)
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, parts))})\b", re.IGNORECASE) if parts else None

    def is_in(self, text: str) -> bool:
        """True where the text names the person for certain."""
        return bool(self._pattern and self._pattern.search(text))

    def may_be_in(self, text: str) -> bool:
        """True where the text has the person's first or last name: somebody has to look whom it means."""
        return bool(self._parts_pattern and self._parts_pattern.search(text))

    def without(self, value: Any) -> Any:
        """A text, or a document of JSON, without what names the person for certain."""
        if isinstance(value, str):
            if value.strip().lower() in {key.lower() for key in self.keys}:
                return GONE
            return self._pattern.sub(GONE, value) if self._pattern else value
        if isinstance(value, list):
            return [self.without(item) for item in value]
        if isinstance(value, dict):
            return {self.without(key): self.without(item) for key, item in value.items()}
        return value


@dataclass(frozen=True)
class Place:
    """Something that may hold data of a person: what it is called, what of it is exported, and how it is erased.

    `erase` returns how many rows it deleted or emptied. It runs inside the erasure's transaction, with the person locked.
    """

    key: str
    label: str
    fate: str
    erase: Callable[[Person], int]
    export: Callable[[Person], list[dict[str, Any]]] | None = None
    count: Callable[[Person], int] | None = None


_modules: list[str] = []


def register(module: str) -> None:
    """Name a module whose `PLACES` belong to the map. It is loaded when first used."""
    if module not in _modules:
        _modules.append(module)


def places() -> Iterator[Place]:
    """The whole map, higher rooms first."""
    for module in reversed(_modules):
        yield from import_module(module).PLACES


def in_texts(key: str, label: str, *columns: str) -> Place:
    """A place for what people and systems write: "room.Model.column" each, texts or JSON.

    The address, the full name and the like are replaced; the rest of the text stays.
    """
    split = [column.rsplit(".", 1) for column in columns]

    def erase(person: Person) -> int:
        return sum(scrub(apps.get_model(model), name, person) for model, name in split)

    def count(person: Person) -> int:
        return sum(len(list(naming(apps.get_model(model), name, person))) for model, name in split)

    return Place(key, label, "The name, address and number are taken out; the text stays.", erase, count=count)


def naming(model: type[Model], column: str, person: Person, among: Q | None = None) -> Iterator[tuple[Any, Any]]:
    """The rows whose column names the person for certain, as (primary key, value); `among` narrows the search."""
    found: QuerySet[Any] = model._default_manager.filter(among or Q())  # noqa: SLF001 - Django's documented way
    is_json = isinstance(model._meta.get_field(column), JSONField)  # noqa: SLF001
    looked_in = "as_text" if is_json else column
    if is_json:
        found = found.annotate(as_text=Cast(column, TextField()))
    words = set(person.words) | (set(person.keys) if is_json else set())
    test = Q()
    for word in words:
        test |= Q(**{f"{looked_in}__icontains": word})
    if not words:
        return
    for pk, value in found.filter(test).order_by("pk").values_list("pk", column):
        if person.without(value) != value:
            yield pk, value


def scrub(model: type[Model], column: str, person: Person, among: Q | None = None) -> int:
    """Take the person out of a column; of how many rows."""
    changed = list(naming(model, column, person, among))
    most = getattr(model._meta.get_field(column), "max_length", None)  # noqa: SLF001
    for pk, value in changed:
        rest = person.without(value)
        model._default_manager.filter(pk=pk).update(  # noqa: SLF001
            **{column: rest[:most] if most and isinstance(rest, str) else rest}
        )
    return len(changed)
