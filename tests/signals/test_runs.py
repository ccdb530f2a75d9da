"""Touches read from kept runs are those that the touches themselves give, whatever happened and however much of it is kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from django.db import connection
from django.db.models import F
from hypothesis import HealthCheck, settings
from hypothesis import given as random
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from accounts.models import Account, Contact
from signals import facts, runs, sums
from signals.frames import Facts, schemas
from signals.history import History
from signals.models import CampaignDay, PastReading, Touch, TouchChange, TouchMonth, TouchRun
from signals.publishing import active_model, config_of
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db

KINDS = ("pricing_page", "call", "case_study")
# Some of one moment, over the ends of months, back to before the look-back, one in the future.
MOMENTS = [NOW - timedelta(hours=hours) for hours in (-1, 0, 0, 1, 30, 300, 400, 900, 1100, 3000)]
touched = st.tuples(
    st.just("came"),
    st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 4), st.sampled_from(MOMENTS), st.integers(0, 999), st.sampled_from(KINDS),
            st.sampled_from([0, 0, 0, 200]), st.sampled_from(["", "", "", "bot"]),
        ),
        min_size=1, max_size=8,
    ),
)  # fmt: skip
happenings = st.one_of(
    touched,
    touched,
    st.tuples(st.just("revised"), st.integers(0, 9), st.integers(0, 1), st.sampled_from([1, 100, 700])),
    st.tuples(st.just("ignored"), st.integers(0, 9)),
    st.tuples(st.just("erased"), st.integers(0, 9)),
    st.tuples(st.just("summed"), st.integers(1, 4)),
    st.tuples(st.just("made"), st.integers(1, 4)),
    st.tuples(st.just("rebuilt")),
)


class Desk:
    """Two accounts, people of theirs and of a third, and a visitor with and without an id."""

    def __init__(self) -> None:
        self.accounts: list[Account | None] = [given.account(), given.account(), None]
        people = [given.contact(account) for account in self.accounts[:2] if account]
        self.people: list[Contact | None] = [*people, given.contact(given.account()), None, None]
        self.about = given.theme()
        self.centers = [given.whole(account).pk for account in self.accounts if account]
        self.config = config_of(active_model())

    @classmethod
    def always(cls) -> "Desk":
        """The one of all examples of a test."""
        if not Account.objects.exists():
            _desks[:] = [cls()]
        return _desks[0]

    def happen(self, what: str, *how: Any) -> None:
        if what == "came":
            for account, person, at, number, kind, late, ignored in how[0]:
                at_account = self.accounts[account]
                fields = {"account": at_account, "ignored": ignored, "message_id": f"{number}", "minutes": number / 100}
                fields["visitor"] = "v" if person == 4 else ""
                fields["received_at"] = at + timedelta(hours=late)
                fields["channel"], fields["campaign"] = (
                    ("", "ads", "e\x1email")[number % 3],
                    ("", "", "spring")[number % 7 % 3],
                )
                given.touch(None, self.people[person], kind, at, about=self.about if number % 2 else None, **fields)
        elif what == "revised":
            self.revise(*how)
        elif what == "ignored":
            Touch.objects.filter(message_id__endswith=how[0]).update(ignored="wrong")
        elif what == "erased":
            Touch.objects.filter(message_id__endswith=how[0]).delete()
        elif what == "summed":
            sums.sum_changes(how[0])
        elif what == "made":
            runs.make_runs(how[0], quiet=timedelta())
        else:
            sums.rebuild()

    def revise(self, number: int, account: int, hours: int) -> None:
        """They were read otherwise until so many hours ago."""
        at = NOW - timedelta(hours=hours)
        revised = Touch.objects.filter(message_id__endswith=number, known_from__lt=at)
        PastReading.objects.bulk_create(
            PastReading(
                touch_id=touch.pk, account_id=touch.account_id, contact_id=touch.contact_id, theme_id=touch.theme_id,
                touch_type_id=touch.touch_type_id, minutes=touch.minutes, channel=touch.channel,
                campaign=touch.campaign, ignored=touch.ignored, known_from=touch.known_from,
                known_until=at,
            )
            for touch in revised
        )  # fmt: skip
        revised.update(account=self.accounts[account], minutes=F("minutes") + 1, channel="fair", known_from=at)

    def read(
        self, as_of: datetime = NOW, *, kept: bool, past: bool = False, centers: Sequence[int] | None = None
    ) -> Facts:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(facts, "FEW", -1 if kept else 1_000)
            ids = self.centers if centers is None else centers
            return facts.load_facts(center_ids=ids, as_of=as_of, config=self.config, past=past)


_desks: list[Desk] = []


def assert_same(one: Facts, other: Facts) -> None:
    for name in schemas():
        first, second = getattr(one, name), getattr(other, name)
        if name == "touches":
            first, second = in_turn(first), in_turn(second)
        if name == "contacts":
            first, second = met(first, one), met(second, other)
        assert_frame_equal(first, second, check_row_order=name == "touches")


def in_turn(touches: pl.DataFrame) -> pl.DataFrame:
    return touches.sort("account_id", "occurred_at", "turn").drop("turn")


def met(contacts: pl.DataFrame, of: Facts) -> pl.DataFrame:
    """Of whole months, people may be read whose touches are too old to matter."""
    mine = pl.col("account_id").is_in(of.accounts["account_id"].to_list())
    return contacts.filter(mine | pl.col("contact_id").is_in(of.touches["contact_id"].drop_nulls().to_list()))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@random(history=st.lists(happenings, min_size=3, max_size=10))
def test_after_any_history_runs_and_touches_give_the_same_facts(history: list[tuple[Any, ...]]) -> None:
    desk = Desk.always()
    for table in (Touch, PastReading, TouchMonth, TouchRun, CampaignDay, TouchChange):
        table.objects.all().delete()
    for what in history:
        desk.happen(*what)

    now = desk.read(kept=False)
    assert_same(desk.read(kept=True), now)
    first = NOW - timedelta(hours=700)
    read = History.read(desk.centers, first=first, last=NOW, config=desk.config)
    for as_of in (NOW, NOW - timedelta(hours=1), NOW - timedelta(hours=350), first):
        then = desk.read(as_of, kept=False, past=True)
        assert_same(desk.read(as_of, kept=True, past=True), then)
        assert_same(read.at(as_of), then)
    assert sums.differences() == {}
    while sums.sum_changes(2):
        pass
    while runs.make_runs(2, quiet=timedelta()):
        pass
    assert not TouchRun.objects.filter(changed_at__isnull=False).exists()
    assert sums.differences() == {}
    assert_same(desk.read(kept=True), now)


def summed_up() -> None:
    while sums.sum_changes() + runs.make_runs(quiet=timedelta()):
        pass


def minutes(desk: Desk, **how: Any) -> list[float]:
    return sorted(desk.read(**{"kept": True, **how}).touches["minutes"].to_list())


def test_a_run_is_read_until_something_comes_is_learned_later_or_was_read_otherwise() -> None:
    desk = Desk()
    for number, at in enumerate((NOW - timedelta(days=60), NOW - timedelta(hours=3)), start=1):
        given.touch(desk.accounts[0], None, "call", at, minutes=number, message_id=str(number), theme=None)
    summed_up()
    # What nobody else would read shows who read it.
    with connection.cursor() as cursor:
        cursor.execute("UPDATE signals_touchrun SET minutes = int4send(700)")
    assert minutes(desk) == minutes(desk, past=True) == [7, 7]
    assert minutes(desk, kept=False) == [1, 2]
    assert minutes(desk, as_of=NOW - timedelta(hours=2, minutes=59, seconds=59), past=True) == [7, 7]
    assert minutes(desk, as_of=NOW - timedelta(hours=3), past=True) == [7]
    assert minutes(desk, as_of=NOW - timedelta(hours=3)) == [2, 7]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts, "NOTES", -1)
        assert minutes(desk) == [1, 2]

    desk.revise(1, 0, 2)
    assert minutes(desk) == [2, 7]
    summed_up()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE signals_touchrun SET minutes = int4send(700)")
    assert minutes(desk) == [7, 7]
    assert minutes(desk, as_of=NOW - timedelta(hours=2, minutes=1), past=True) == [1, 7]

    given.touch(desk.accounts[0], None, "call", NOW, minutes=3)
    assert minutes(desk) == [2, 3, 7]
    sums.sum_changes()
    assert minutes(desk) == [2, 3, 7]
    assert bytes(TouchRun.objects.exclude(changed_at=None).get().people) == b""


def test_a_month_is_made_once_it_was_quiet_for_ten_minutes() -> None:
    desk = Desk()
    given.touch(desk.accounts[0], desk.people[0], "pricing_page", NOW)
    sums.sum_changes()
    assert runs.make_runs() == 0
    row = TouchRun.objects.get()
    assert (row.account_id, row.month, row.known_at, row.contacts) == (
        desk.accounts[0].pk,
        NOW.date().replace(day=1),
        None,
        [],
    )
    TouchRun.objects.update(changed_at=row.changed_at - timedelta(minutes=10))
    assert runs.make_runs() == 1
    row.refresh_from_db()
    assert (row.changed_at, row.known_at, row.contacts) == (None, NOW + timedelta(seconds=1), [desk.people[0].pk])

    Touch.objects.all().delete()
    summed_up()
    assert not TouchRun.objects.exists()


def test_of_one_moment_the_smaller_message_id_is_first() -> None:
    desk = Desk()
    ids = ["b", "B", "é", "a", "10", "9", "e"]
    for message in ids:
        given.touch(desk.accounts[0], desk.people[0], "pricing_page", NOW, message_id=message)
    written = dict(Touch.objects.values_list("pk", "message_id"))
    summed_up()
    for kept in (True, False):
        touches = desk.read(kept=kept).touches.sort("turn")
        assert [written[one] for one in touches["touch_id"]] == sorted(ids)


def test_a_busy_month_is_read_whole() -> None:
    desk = Desk()
    one = given.touch(desk.accounts[0], desk.people[0], "pricing_page", NOW)
    Touch.objects.bulk_create(
        Touch(**{**row, "id": None, "message_id": f"n{number}", "occurred_at": NOW - timedelta(minutes=number)})
        for row in Touch.objects.values()
        for number in range(600)
    )
    summed_up()
    run = TouchRun.objects.get()
    assert (len(run.ids), run.channels.count("\x1e")) == (601 * 8, 600)
    found = desk.read(kept=True)
    assert found.touches["contact_id"].to_list() == [one.contact_id] * 601
    assert_same(found, desk.read(kept=False))


def test_a_wrong_or_missing_run_is_found_and_mended() -> None:
    desk = Desk()
    for account in desk.accounts[:2]:
        given.touch(account, None, "call", NOW)
    summed_up()
    assert sums.differences() == {}
    TouchRun.objects.filter(account_id=desk.accounts[0].pk).update(contacts=[5])
    TouchRun.objects.filter(account_id=desk.accounts[1].pk).update(campaigns="other")
    assert sums.differences() == {NOW.date().replace(day=1): 2}
    TouchRun.objects.filter(account_id=desk.accounts[1].pk).delete()
    assert sums.differences() == {NOW.date().replace(day=1): 2}
    sums.rebuild()
    assert (sums.differences(), TouchRun.objects.count()) == ({}, 2)
