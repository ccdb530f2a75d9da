"""Somebody is away: by the days of their own zone, nothing new goes to them and what they have moves on, once."""

import datetime as dt

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from accounts.models import User
from handoff import absence
from handoff.absence_forms import PersonForm
from handoff.models import Handoff, HandoffEvent, Notice, SlaEvent
from tests.handoff import desk

pytestmark = pytest.mark.django_db

NOW = desk.NOW  # a Wednesday, 10:00 UTC
TODAY = NOW.date()
DAY = dt.timedelta(days=1)


def away(role: str, name: str = "", **fields: object) -> User:
    return desk.user(role, name, **{"away_from": TODAY, "away_until": TODAY + DAY, **fields})


@pytest.mark.parametrize(
    ("zone", "hour", "expected"),
    [("UTC", 0, True), ("UTC", 23, True), ("Pacific/Auckland", 12, False), ("America/New_York", 3, False)],
)
def test_an_absence_counts_the_days_of_the_persons_own_zone(zone: str, hour: int, expected: bool) -> None:
    user = User(away_from=TODAY, away_until=TODAY, time_zone=zone)
    assert user.is_away(NOW.replace(hour=hour)) is expected


def test_an_absence_has_a_first_and_a_last_day() -> None:
    user = User(away_from=TODAY, away_until=TODAY + DAY)
    assert [user.is_away(NOW + DAY * days) for days in (-1, 0, 1, 2)] == [False, True, True, False]
    assert User().is_away(NOW) is False


def test_what_somebody_works_goes_to_who_stands_in_with_fresh_clocks() -> None:
    sam = desk.user("sdr", "Sam Berg")
    row = desk.handoff("working", sdr=away("sdr", "Priya Nair", stand_in=sam))
    assert absence.move_on(now=NOW) == 1
    row.refresh_from_db()
    assert (row.state, row.claimed_by, row.claimed_at) == ("working", sam, NOW)
    event = HandoffEvent.objects.get(handoff=row)
    assert (event.action, event.by, event.comment) == (
        "reassign", None, "Priya Nair is away until 12 Mar; Sam Berg stands in.",
    )  # fmt: skip
    assert Notice.objects.get(recipient=sam).text == (
        f"The desk gave you {row.center}. Priya Nair is away until 12 Mar; Sam Berg stands in."
    )


def test_without_a_stand_in_it_is_offered_to_the_pool_and_managers_hear() -> None:
    team = desk.team()
    priya, boss = away("sdr", "Priya Nair", team=team), desk.user("manager", team=team)
    row = desk.handoff("working", sdr=priya)
    assert absence.move_on(now=NOW) == 1
    row.refresh_from_db()
    assert (row.state, row.claimed_by, row.offered_back_at) == ("working", priya, NOW)
    told = Notice.objects.order_by("recipient").values_list("recipient", "kind", "text")
    words = f"Priya Nair is away until 12 Mar: {row.center} is offered to the pool."
    assert list(told) == [(priya.pk, "away", words), (boss.pk, "away", words)]


@pytest.mark.parametrize(
    "stand_in", [{"role": "ae"}, {"role": "sdr", "is_active": False}, {"role": "sdr", "away_until": TODAY}]
)
def test_who_cannot_stand_in_gets_nothing(stand_in: dict[str, object]) -> None:
    other = desk.user(**stand_in)
    row = desk.handoff("working", sdr=away("sdr", stand_in=other))
    absence.move_on(now=NOW)
    row.refresh_from_db()
    assert (row.claimed_by != other, row.offered_back_at) == (True, NOW)


def test_an_answer_goes_to_the_ae_who_stands_in_else_managers_are_asked() -> None:
    boss, elena = desk.user("manager"), desk.user("ae", "Elena Ruiz")
    covered = desk.handoff("passed", ae=away("ae", stand_in=elena))
    bare = desk.handoff("passed", ae=away("ae", "Tom Okafor"))
    due = bare.answer_due_at
    assert absence.move_on(now=NOW) == 2
    covered.refresh_from_db()
    bare.refresh_from_db()
    assert (covered.ae, covered.answer_due_at) == (elena, dt.datetime(2026, 3, 13, 10, tzinfo=dt.UTC))
    assert (bare.ae.name, bare.answer_due_at) == ("Tom Okafor", due)
    assert [notice.text for notice in Notice.objects.filter(recipient=boss)] == [
        f"Tom Okafor is away until 12 Mar and has not answered {bare.center}: give it to another AE."
    ]


def test_it_moves_on_again_when_who_stood_in_is_away_since_the_same_day() -> None:
    last = desk.user("sdr", "Ana Costa")
    sam = desk.user("sdr", "Sam Berg")
    row = desk.handoff("working", sdr=away("sdr", "Priya Nair", stand_in=sam))
    assert absence.move_on(now=NOW) == 1
    User.objects.filter(pk=sam.pk).update(away_from=TODAY, away_until=TODAY, stand_in=last)
    assert (absence.move_on(now=NOW), absence.move_on(now=NOW)) == (1, 0)
    row.refresh_from_db()
    assert row.claimed_by == last


def test_it_moves_once_an_absence_whatever_runs_twice() -> None:
    priya = away("sdr", "Priya Nair")
    row = desk.handoff("working", sdr=priya)
    assert (absence.move_on(now=NOW), absence.move_on(now=NOW), absence.move_on(now=NOW + DAY)) == (1, 0, 0)
    since = dt.datetime.combine(TODAY, dt.time(), dt.UTC) + dt.timedelta(microseconds=priya.pk)
    assert SlaEvent.objects.get().due_at == since
    Handoff.objects.filter(pk=row.pk).update(offered_back_at=None)
    assert absence.move_on(now=NOW + DAY) == 0  # she took it up again: she is there for this one
    User.objects.filter(pk=priya.pk).update(away_from=TODAY + 5 * DAY, away_until=TODAY + 6 * DAY)
    assert (absence.move_on(now=NOW + 2 * DAY), absence.move_on(now=NOW + 5 * DAY)) == (0, 1)


@pytest.mark.parametrize("state", ["queued", "accepted", "opportunity"])
def test_what_runs_under_no_clock_of_theirs_stays(state: str) -> None:
    row = desk.handoff(state, sdr=away("sdr"), ae=away("ae"))
    before = desk.everything(row)
    assert absence.move_on(now=NOW) == 0
    assert desk.everything(row) == before


def test_a_user_sets_their_absence_and_who_stands_in(client: Client) -> None:
    priya, sam, tom = desk.user("sdr", "Priya Nair"), desk.user("sdr"), desk.user("ae")
    client.force_login(priya)
    first = timezone.localdate() + DAY
    data = {"name": "Priya Nair", "time_zone": "UTC", "away_from": first, "away_until": first + DAY}
    assert client.post("/settings/", {**data, "stand_in": tom.pk}).status_code == 422
    assert client.post("/settings/", {**data, "away_until": first - DAY}).status_code == 422
    assert client.post("/settings/", {**data, "away_until": ""}).status_code == 422
    priya.refresh_from_db()
    assert (priya.away_from, priya.away_until, priya.stand_in) == (None, None, None)
    assert client.post("/settings/", {**data, "stand_in": sam.pk}).status_code == 302
    priya.refresh_from_db()
    assert (priya.away_from, priya.away_until, priya.stand_in) == (first, first + DAY, sam)


def test_a_manager_sets_absence_and_capacity_and_the_change_is_recorded(client: Client) -> None:
    priya, boss = desk.user("sdr", "Priya Nair"), desk.user("manager")
    client.force_login(boss)
    today = timezone.localdate()
    assert client.post(f"/team/{priya.pk}/", {"capacity": "8", "away_until": today}).status_code == 302
    priya.refresh_from_db()
    assert (priya.capacity, priya.away_from, priya.away_until) == (8, today, today)
    last = apps.get_model("accounts", "UserEvent").objects.filter(pgh_obj=priya).latest("pgh_id")
    assert (last.capacity, last.pgh_context.metadata["user"]) == (8, boss.pk)


def test_an_absence_without_a_first_day_is_one_absence_on_each_of_its_days() -> None:
    sam = desk.user("sdr", "Sam Berg")
    row = desk.handoff(
        "queued", company=desk.account(owner_sdr=away("sdr", away_from=None, away_until=TODAY + DAY * 3))
    )
    assert [absence.move_on(now=NOW + DAY * days) for days in (0, 1, 2)] == [1, 0, 0]
    assert SlaEvent.objects.filter(handoff=row, clock="away").count() == 1
    assert Notice.objects.filter(recipient=sam).count() == 0


def test_settings_write_what_they_show_and_keep_what_others_changed_meanwhile() -> None:
    priya = desk.user("sdr", "Priya Nair")
    form = PersonForm({"capacity": "7", "away_from": "", "away_until": "", "stand_in": ""}, instance=priya)
    assert form.is_valid(), form.errors
    User.objects.filter(pk=priya.pk).update(is_active=False, name="Priya N. Nair")
    form.save()
    priya.refresh_from_db()
    assert (priya.capacity, priya.is_active, priya.name) == (7, False, "Priya N. Nair")
