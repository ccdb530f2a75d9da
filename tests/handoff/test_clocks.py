"""Reminders and breaches: recorded exactly once, told to the right person, whatever was off or ran twice (promise R7)."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection

from handoff import actions
from handoff.clocks import fire_due, next_due
from handoff.models import DeskPolicy, Handoff, Notice, OutboxMessage, SlaEvent, TriageItem
from tests.handoff import desk
from tests.handoff.desk import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def _events() -> list[tuple[str, str]]:
    return list(SlaEvent.objects.order_by("id").values_list("clock", "kind"))


def _minutes(number: float) -> dt.timedelta:
    return dt.timedelta(minutes=number)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (-61, []),
        (-60, [("claim", "reminder")]),
        (-1, [("claim", "reminder")]),
        (0, [("claim", "breach")]),
        (600, [("claim", "breach")]),
    ],
)
def test_a_reminder_comes_an_hour_before_and_a_breach_at_the_due_time(
    clock: Any, minutes: int, expected: list[tuple[str, str]]
) -> None:
    due = NOW + dt.timedelta(hours=4)
    desk.handoff(claim_due_at=due)
    clock.move_to(due + _minutes(minutes))
    assert fire_due() == len(expected)
    assert _events() == expected


def test_both_fire_once_though_the_run_is_doubled_and_repeated(clock: Any) -> None:
    due = NOW + dt.timedelta(hours=4)
    row = desk.handoff(claim_due_at=due)
    manager = desk.user("manager")
    row.account.owner_sdr = desk.user("sdr")
    row.account.save()
    for minutes in (-30, -30, -10, 0, 0, 5, 60):
        clock.move_to(due + _minutes(minutes))
        fire_due()
    assert _events() == [("claim", "reminder"), ("claim", "breach")]
    told = Notice.objects.order_by("id").values_list("recipient", "kind")
    assert list(told) == [(row.account.owner_sdr.pk, "sla_reminder"), (manager.pk, "sla_breach")]
    assert OutboxMessage.objects.count() == 2
    assert SlaEvent.objects.get(kind="breach").recorded_at == due


def test_an_hour_of_work_before_monday_morning_is_friday_afternoon(clock: Any) -> None:
    monday = dt.datetime(2026, 3, 16, 9, 30, tzinfo=dt.UTC)
    desk.handoff(claim_due_at=monday)
    clock.move_to(dt.datetime(2026, 3, 13, 16, 29, tzinfo=dt.UTC))
    assert fire_due() == 0
    clock.move_to(dt.datetime(2026, 3, 13, 16, 30, tzinfo=dt.UTC))
    assert fire_due() == 1
    assert _events() == [("claim", "reminder")]


@pytest.mark.parametrize(
    ("state", "column", "name"),
    [
        ("queued", "claim_due_at", "claim"),
        ("working", "decision_due_at", "decision"),
        ("working", "outreach_due_at", "outreach"),
        ("passed", "answer_due_at", "answer"),
    ],
)
def test_each_clock_runs_in_its_state_alone(state: str, column: str, name: str) -> None:
    columns = ("claim_due_at", "decision_due_at", "outreach_due_at", "answer_due_at")
    past = {one: NOW - _minutes(1) if one == column else None for one in columns}
    row = desk.handoff(state, **past)
    for other in desk.STATES:
        if other not in {state, "queued"}:
            desk.handoff(other, **{**past, "outreach_at": NOW} if other == "working" else past)
    fire_due()
    fired = {(event.handoff_id, event.clock) for event in SlaEvent.objects.all()}
    assert (row.pk, name) in fired
    assert {event.handoff.state for event in SlaEvent.objects.all()} == {state}


def test_an_outreach_stops_its_clock() -> None:
    desk.handoff("working", outreach_due_at=NOW - _minutes(1), outreach_at=NOW - _minutes(5))
    assert fire_due() == 0


def test_the_holder_is_reminded_and_the_team_s_manager_told(clock: Any) -> None:
    team = desk.team()
    sdr = desk.user("sdr", team=team)
    boss, _ = desk.user("manager", team=team), desk.user("manager")
    row = desk.handoff("working", sdr=sdr, decision_due_at=NOW + _minutes(30))
    fire_due()
    clock.shift(_minutes(31))
    fire_due()
    assert list(Notice.objects.order_by("id").values_list("recipient", "kind")) == [
        (sdr.pk, "sla_reminder"),
        (boss.pk, "sla_breach"),
    ]
    assert set(SlaEvent.objects.values_list("by_holder", flat=True)) == {sdr.pk}
    assert Notice.objects.get(kind="sla_breach").text == f"{row.center} was to be decided by 11 Mar 10:30 UTC ({sdr})."


def test_a_new_due_time_is_a_new_clock(clock: Any) -> None:
    row = desk.handoff("passed", answer_due_at=NOW - _minutes(1))
    fire_due()
    actions.assign(handoff_id=row.pk, to=desk.user("ae"), by=desk.user("manager"))
    clock.shift(dt.timedelta(days=3))
    fire_due()
    assert _events() == [("answer", "breach"), ("answer", "breach")]


def test_a_release_does_not_fire_the_claim_clock_again() -> None:
    row = desk.handoff(claim_due_at=NOW - _minutes(1))
    fire_due()
    sdr = desk.user("sdr")
    actions.claim(handoff_id=row.pk, by=sdr)
    actions.release(handoff_id=row.pk, by=sdr)
    assert fire_due() == 0


# Idle


@pytest.mark.parametrize(
    ("now", "offered"),
    [
        (dt.datetime(2026, 3, 16, 9, 59, tzinfo=dt.UTC), 0),
        (dt.datetime(2026, 3, 16, 10, 0, tzinfo=dt.UTC), 1),
    ],
)
def test_three_business_days_without_activity_offer_it_back(clock: Any, now: dt.datetime, offered: int) -> None:
    row = desk.handoff("working", last_activity_at=NOW, decision_due_at=None, outreach_due_at=None)
    boss = desk.user("manager")
    clock.move_to(now)
    assert fire_due() == offered
    assert fire_due() == 0
    row.refresh_from_db()
    assert (row.state, row.offered_back_at) == ("working", now if offered else None)
    told = {(row.claimed_by_id, "offered_back"), (boss.pk, "offered_back")} if offered else set()
    assert set(Notice.objects.values_list("recipient", "kind")) == told


def test_an_activity_takes_the_offer_back_and_a_later_silence_offers_anew(clock: Any) -> None:
    row = desk.handoff(
        "working", last_activity_at=NOW - dt.timedelta(days=10), decision_due_at=None, outreach_due_at=None
    )
    assert fire_due() == 1
    actions.add_note(account=row.account, handoff=row, by=row.claimed_by, text="Called, no answer.")
    row.refresh_from_db()
    assert (row.offered_back_at, row.last_activity_at) == (None, NOW)
    clock.shift(dt.timedelta(days=6))
    assert fire_due() == 1
    assert _events() == [("idle", "breach"), ("idle", "breach")]


def test_an_offer_is_no_activity(clock: Any) -> None:
    row = desk.handoff(
        "working", last_activity_at=NOW - dt.timedelta(days=10), decision_due_at=None, outreach_due_at=None
    )
    fire_due()
    row.refresh_from_db()
    assert row.last_activity_at == NOW - dt.timedelta(days=10)
    assert row.events.get().action == "offer_back"


# Triage


def test_the_triage_list_runs_under_the_same_clock(clock: Any) -> None:
    manager = desk.user("manager")
    TriageItem.objects.create(touch_id=1, occurred_at=NOW, due_at=NOW + dt.timedelta(hours=1))
    for minutes in (0, 10, 50, 100):
        clock.move_to(NOW + _minutes(minutes))
        fire_due()
    assert list(Notice.objects.order_by("id").values_list("recipient", "kind")) == [
        (manager.pk, "sla_reminder"),
        (manager.pk, "sla_breach"),
    ]


# Twice at once, on real connections


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_runs_at_once_record_and_tell_once() -> None:
    DeskPolicy.objects.get_or_create(pk=1)
    desk.user("manager")
    for _ in range(10):
        desk.handoff(claim_due_at=NOW - _minutes(1))
        desk.handoff("working", last_activity_at=NOW - dt.timedelta(days=9), decision_due_at=None, outreach_due_at=None)
    fired: list[int] = []
    errors: list[Exception] = []
    start = threading.Barrier(8)

    def run() -> None:
        try:
            start.wait()
            fired.append(fire_due(now=NOW))
        except Exception as error:  # noqa: BLE001 - a thread's failure must reach the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(fired) == 20
    assert SlaEvent.objects.count() == 20
    assert Notice.objects.filter(kind="sla_breach").count() == 10
    assert Notice.objects.filter(kind="offered_back").count() == 20


def test_the_nearest_clock() -> None:
    row = desk.handoff("working", decision_due_at=NOW + _minutes(9), outreach_due_at=NOW + _minutes(5))
    assert next_due(row) == NOW + _minutes(5)
    row.outreach_at = NOW
    assert next_due(row) == NOW + _minutes(9)
    assert next_due(Handoff(state="won")) is None
