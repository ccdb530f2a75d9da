"""Sequences whose members are made when they are asked for. Pure."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, overload

Thing = TypeVar("Thing")


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
