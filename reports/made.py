"""Sequences whose members are made when they are asked for. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, cast, overload

Thing = TypeVar("Thing")
PART = 1_000


class Made(Sequence[Thing]):
    """Things of which each is made when it is asked for: a page shows fifty of a hundred thousand."""

    def __init__(self, found: Sequence[Any], make: Callable[[Any], Thing]) -> None:
        self._found, self._make = found, make

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Thing]:
        return map(self._make, self._found)

    @overload
    def __getitem__(self, place: int) -> Thing: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Thing]: ...
    def __getitem__(self, place: int | slice) -> Thing | Sequence[Thing]:
        if isinstance(place, slice):
            return Made(self._found[place], self._make)
        return self._make(self._found[place])


class InParts(Sequence[Thing]):
    """So many things, of which a part is made at once when one of it is asked for: what they need is looked up together."""

    def __init__(self, count: int, make: Callable[[int, int], Sequence[Thing]]) -> None:
        """`make`: those from a place on, up to another one."""
        self._places, self._make = range(count), make
        self._first, self._part = -1, cast("Sequence[Thing]", ())

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> Thing: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Thing]: ...
    def __getitem__(self, place: int | slice) -> Thing | Sequence[Thing]:
        if isinstance(place, slice):
            return Made(self._places[place], self.__getitem__)
        place = self._places[place]
        first = place - place % PART
        if first != self._first:
            self._first, self._part = first, self._make(first, min(first + PART, len(self)))
        return self._part[place - first]
