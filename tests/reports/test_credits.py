"""Credits in their order, whatever part of them is asked for; labels only of what is shown and of its equals."""

from decimal import Decimal

import polars as pl
import pytest

from reports.credits import Credits, money

LABELS = {1: "f", 2: "e", 3: "d", 4: "c", 5: "b", 6: "b", 7: "a"}
CENTS = {1: 500, 2: 300, 3: 300, 4: 300, 5: 0, 6: 0, 7: 0}


def credits_of(cents: dict[int, int], asked: list[int] | None = None, **others: int) -> Credits:
    def names(keys: pl.Series) -> pl.DataFrame:
        if asked is not None:
            asked.extend(keys)
        return pl.DataFrame({"key": keys, "told": keys.cast(pl.String()), "label": [LABELS[key] for key in keys]})

    frame = pl.DataFrame(
        {
            "key": list(cents),
            "currencies": [["EUR", *others] for _ in cents],
            "cents": [[one, *others.values()] for one in cents.values()],
            "touches": [1 for _ in cents],
            "opportunities": [1 for _ in cents],
        },
        schema={
            "key": pl.Int64(),
            "currencies": pl.List(pl.String()),
            "cents": pl.List(pl.Int64()),
            "touches": pl.UInt32(),
            "opportunities": pl.UInt32(),
        },
    )
    return Credits(frame.sample(fraction=1, shuffle=True, seed=3), names)


def test_equals_stand_by_label_then_key_on_every_page_of_them() -> None:
    found = credits_of(CENTS)
    assert [row.key for row in found] == ["1", "4", "3", "2", "7", "5", "6"]
    for start in range(8):
        for stop in range(start, 9):
            assert found[start:stop] == list(found)[start:stop]
    assert len(found.named(5, 100)) == 2
    assert (found[-1].label, found[0].amounts) == ("b", {"EUR": Decimal(5)})


def test_labels_are_looked_up_of_those_shown_and_their_equals() -> None:
    asked: list[int] = []
    found = credits_of(CENTS, asked)
    assert [row.label for row in found[1:2]] == ["c"]
    assert sorted(asked) == [2, 3, 4]
    asked.clear()
    assert [row.key for row in found.most("EUR", 2)] == ["1", "4"]
    assert sorted(asked) == [1, 2, 3, 4]


def test_most_of_a_currency_goes_by_it_alone() -> None:
    found = credits_of({1: 100, 2: 200}, USD=700)
    assert [row.key for row in found.most("EUR", 5)] == ["2", "1"]
    assert [row.key for row in found.most("USD", 1)] == ["2"]
    assert found.most("GBP", 5) == []


def test_all_are_gone_through_however_many_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.credits._AT_ONCE", 2)
    asked: list[int] = []
    found = credits_of(CENTS, asked)
    assert [row.key for row in found] == ["1", "4", "3", "2", "7", "5", "6"]
    assert sorted(asked) == sorted(CENTS)  # each once


def test_the_first_are_alike_once_every_currency_has_come() -> None:
    first, later = credits_of({1: 500, 2: 400}), credits_of({3: 300, 4: 300}, USD=100)
    assert (first.alike, later.alike, credits_of({}).alike) == (1, 2, 0)
    assert (first.beside(later).alike, later.beside(first).alike) == (4, 3)


def test_beside_a_period_before_those_of_it_alone_come_last() -> None:
    both = credits_of({1: 100, 3: 200}).beside(credits_of({2: 50, 3: 70, 4: 900, 5: 50}))
    assert [(row.key, row.amounts, row.before, row.touches) for row in both] == [
        ("3", {"EUR": money(200)}, {"EUR": money(70)}, 1),
        ("1", {"EUR": money(100)}, None, 1),
        ("4", {}, {"EUR": money(900)}, 0),
        ("5", {}, {"EUR": money(50)}, 0),
        ("2", {}, {"EUR": money(50)}, 0),
    ]
    assert both[2:4] == list(both)[2:4]
    assert (len(credits_of({}).beside(credits_of({}))), list(credits_of({}))) == (0, [])
