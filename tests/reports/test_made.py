"""Things made in parts: each part once while one goes through them, and any of them by its place."""

import pytest

from reports import made
from reports.made import InParts


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    monkeypatch.setattr(made, "PART", 3)
    return []


def tens(count: int, asked: list[tuple[int, int]]) -> InParts[int]:
    def make(first: int, stop: int) -> list[int]:
        asked.append((first, stop))
        return [10 * place for place in range(first, stop)]

    return InParts(count, make)


def test_going_through_makes_each_part_once(asked: list[tuple[int, int]]) -> None:
    assert list(tens(7, asked)) == [0, 10, 20, 30, 40, 50, 60]
    assert asked == [(0, 3), (3, 6), (6, 7)]


def test_nothing_is_made_before_it_is_asked_for(asked: list[tuple[int, int]]) -> None:
    some = tens(7, asked)[2:5]
    assert len(some) == 3
    assert asked == []
    assert list(some) == [20, 30, 40]
    assert asked == [(0, 3), (3, 6)]


def test_places_count_as_in_a_list(asked: list[tuple[int, int]]) -> None:
    found = tens(7, asked)
    assert (found[-1], found[0], found[5], found[4]) == (60, 0, 50, 40)
    assert asked == [(6, 7), (0, 3), (3, 6)]
    with pytest.raises(IndexError):
        found[7]
    assert list(tens(0, asked)) == []
