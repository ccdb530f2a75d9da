"""Clocks kept and missed, each in its own run: by hand (domain.md §5, §6)."""

from datetime import date, timedelta

import pytest

from accounts.models import User
from handoff.models import Handoff, HandoffEvent, SlaEvent
from reports import sla
from reports.period import Period
from tests.handoff import desk
from tests.reports.facts import DAY, company, mqa

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
APRIL = Period(date(2026, 4, 1), date(2026, 4, 30))
MOVES = {
    "claim": ("queued", "working"),
    "release": ("working", "queued"),
    "pass": ("working", "passed"),
    "return": ("passed", "working"),
    "accept": ("passed", "accepted"),
    "reassign": ("passed", "passed"),
}


@pytest.fixture
def handoff() -> Handoff:
    return mqa(company("Halden"))


@pytest.fixture
def tom() -> User:
    return desk.user("ae")


def move(handoff: Handoff, action: str, by: User, *, day: float) -> HandoffEvent:
    start, end = MOVES[action]
    at = DAY + timedelta(days=day)
    return HandoffEvent.objects.create(handoff=handoff, action=action, by=by, at=at, from_state=start, to_state=end)


def breach(handoff: Handoff, clock: str, holder: User | None, *, day: float) -> None:
    due = DAY + timedelta(days=day)
    SlaEvent.objects.create(handoff=handoff, clock=clock, kind="breach", due_at=due, by_holder=holder)


def counted(period: Period = MARCH) -> dict[str, tuple[int, int, int]]:
    """Of each clock: kept, late, running late."""
    return {row.clock: (row.kept, row.late, row.running_late) for row in sla.clocks(period)}


def test_the_second_answer_is_not_late_for_the_first(handoff: Handoff, tom: User) -> None:
    for action, day in (("claim", 0), ("pass", 1), ("return", 4), ("pass", 5), ("accept", 6)):
        move(handoff, action, tom, day=day)
    breach(handoff, "answer", tom, day=3)
    assert counted() == {"claim": (1, 0, 0), "decision": (2, 0, 0), "answer": (1, 1, 0)}
    assert [(one.at, one.how) for one in sla.ended(MARCH, clock="answer", how="late")] == [
        (DAY + timedelta(days=4), "late")
    ]
    breach(handoff, "answer", tom, day=5.5)
    assert counted()["answer"] == (0, 2, 0)


def test_a_new_claim_has_a_new_decision_clock_but_the_old_claim_clock(handoff: Handoff, tom: User) -> None:
    breach(handoff, "claim", None, day=0)
    for action, day in (("claim", 1), ("release", 8), ("claim", 9), ("pass", 10)):
        move(handoff, action, tom, day=day)
    breach(handoff, "decision", tom, day=7)
    # Nothing but the release came after the first decision's breach: it stays missed, the second one was in time.
    assert counted() == {"claim": (0, 2, 0), "decision": (1, 0, 1)}


def test_whoever_takes_an_answer_over_has_a_clock_of_his_own(handoff: Handoff, tom: User) -> None:
    elena = desk.user("ae", name="Elena")
    move(handoff, "pass", tom, day=0)
    breach(handoff, "answer", tom, day=2)
    move(handoff, "reassign", tom, day=3)
    move(handoff, "accept", elena, day=4)
    found = {
        row.person_id: (row.kept, row.late, row.running_late) for row in sla.clocks(MARCH) if row.clock == "answer"
    }
    assert found == {tom.pk: (0, 0, 1), elena.pk: (1, 0, 0)}


def test_a_breach_counts_once_in_the_period_in_which_it_ended(handoff: Handoff, tom: User) -> None:
    move(handoff, "pass", tom, day=25)
    breach(handoff, "answer", tom, day=27)
    assert counted()["answer"] == (0, 0, 1)
    ended = move(handoff, "accept", tom, day=35)
    assert (counted().get("answer"), counted(APRIL)) == (None, {"answer": (0, 1, 0)})
    undone = {"handoff": handoff, "action": "undo", "from_state": "accepted", "to_state": "passed"}
    HandoffEvent.objects.create(**undone, at=ended.at + timedelta(seconds=30), data={"event": ended.pk})
    assert (counted()["answer"], counted(APRIL)) == ((0, 0, 1), {})


def test_an_outreach_is_late_by_the_clock_of_its_own_claim(handoff: Handoff, tom: User) -> None:
    breach(handoff, "outreach", tom, day=1)
    for action, day in (("claim", 0), ("release", 2), ("claim", 3)):
        move(handoff, action, tom, day=day)
    Handoff.objects.filter(pk=handoff.pk).update(
        state="working", claimed_by=tom, claimed_at=DAY + timedelta(days=3), outreach_at=DAY + timedelta(days=3.5), closed_at=None
    )  # fmt: skip
    assert counted()["outreach"] == (1, 0, 1)
    breach(handoff, "outreach", tom, day=3.2)
    assert counted()["outreach"] == (0, 1, 1)


def test_acceptance_is_told_by_who_passed_and_who_answered(handoff: Handoff, tom: User) -> None:
    """Sam's pass is returned by Tom; Ida's of the same handoff is accepted by Tom, who is answering her again in April."""
    sam, ida = desk.user("sdr", "Sam"), desk.user("sdr", "Ida")
    moves = [
        ("pass", sam, 1),
        ("return", tom, 2),
        ("pass", ida, 3),
        ("accept", tom, 4),
        ("pass", ida, 30),
        ("return", tom, 40),
    ]
    for action, by, day in moves:
        move(handoff, action, by, day=day)
    answered = {(one.sdr_id, one.ae_id): (one.accepted, one.returned) for one in sla.pairs(MARCH)}
    assert answered == {(sam.pk, tom.pk): (0, 1), (ida.pk, tom.pk): (1, 0)}
    assert [one.action for one in sla.moves(MARCH, actions=sla.ANSWERS, sdr=str(sam.pk), ae=str(tom.pk))] == ["return"]
    assert sla.moves(MARCH, actions=sla.ANSWERS, ae=str(sam.pk)) == []
