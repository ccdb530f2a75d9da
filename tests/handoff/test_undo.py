"""A wrong click is taken back within a minute, by who made it, if nothing has happened since."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import AccountFact
from handoff import actions
from handoff.errors import MoveRefused
from handoff.models import Handoff, Notice, Opportunity, OutboxMessage
from tests.handoff import desk
from tests.handoff.desk import NOW
from tests.handoff.test_moves import MOVES

pytestmark = pytest.mark.django_db

CASES = [
    ("claim", "queued"),
    ("assign", "queued"),
    ("assign", "passed"),
    ("release", "working"),
    ("pass", "working"),
    ("accept", "passed"),
    ("return", "passed"),
    ("opportunity", "accepted"),
    ("win", "opportunity"),
    ("lose", "opportunity"),
    ("recycle", "accepted"),
    ("disqualify", "queued"),
]


@pytest.mark.parametrize(("action", "state"), CASES)
def test_every_move_can_be_undone_to_what_was(action: str, state: str) -> None:
    with time_machine.travel(NOW - dt.timedelta(hours=1), tick=False):
        row = desk.handoff(state, last_activity_at=NOW + dt.timedelta(seconds=60))
        desk.ready_to_pass(row)
    deals, customer = list(Opportunity.objects.values()), (row.account.lifecycle, row.account.customer_since)
    before = desk.everything(row)
    by = desk.user("manager") if action == "assign" else row.holder or desk.user("sdr")
    with time_machine.travel(NOW, tick=False):
        MOVES[action](row, by)
    with time_machine.travel(NOW + dt.timedelta(seconds=60), tick=False):
        actions.undo(handoff_id=row.pk, by=by)
    assert desk.everything(row)[:-1] == before[:-1]
    assert [event.action for event in row.events.all()][-1] == "undo"
    assert list(Opportunity.objects.values()) == deals
    row.account.refresh_from_db()
    assert (row.account.lifecycle, row.account.customer_since) == customer


def _refused(row: Handoff, by: Any) -> MoveRefused:
    before = desk.everything(row)
    with pytest.raises(MoveRefused) as caught:
        actions.undo(handoff_id=row.pk, by=by)
    assert desk.everything(row) == before
    return caught.value


def test_a_minute_later_it_is_too_late() -> None:
    row, sdr = desk.handoff(), desk.user("sdr")
    with time_machine.travel(NOW, tick=False):
        actions.claim(handoff_id=row.pk, by=sdr)
    with time_machine.travel(NOW + dt.timedelta(seconds=61), tick=False):
        assert _refused(row, sdr).code == "late"


def test_only_ones_own_last_move_is_undone() -> None:
    row, sdr = desk.handoff("working"), desk.user("sdr")
    holder = row.claimed_by
    assert _refused(row, holder).code == "state"
    actions.release(handoff_id=row.pk, by=holder)
    actions.claim(handoff_id=row.pk, by=sdr)
    refusal = _refused(row, holder)
    assert (refusal.code, refusal.holder) == ("state", sdr)
    assert f"{sdr} moved it since" in refusal.message


def test_an_undo_is_not_undone() -> None:
    row, sdr = desk.handoff(), desk.user("sdr")
    actions.claim(handoff_id=row.pk, by=sdr)
    actions.undo(handoff_id=row.pk, by=sdr)
    assert _refused(row, sdr).code == "state"


def test_closing_is_not_undone_once_the_center_is_open_again() -> None:
    row = desk.handoff("working")
    sdr = row.claimed_by
    actions.disqualify(handoff_id=row.pk, reason="no_need", by=sdr)
    desk.handoff(center=row.center)
    assert _refused(row, sdr).code == "state"


def test_the_system_cannot_be_undone_by_anybody() -> None:
    row = desk.handoff()
    row.events.create(action="open", to_state="queued", at=dt.datetime.now(dt.UTC))
    assert _refused(row, desk.user("admin")).code == "state"


def test_what_nobody_read_or_received_of_an_undone_move_is_gone() -> None:
    row, ae = desk.handoff("working"), desk.user("ae")
    desk.ready_to_pass(row)
    actions.pass_to_ae(handoff_id=row.pk, ae=ae, summary="Yes", by=row.claimed_by)
    assert (Notice.objects.count(), OutboxMessage.objects.count()) == (1, 1)
    actions.undo(handoff_id=row.pk, by=row.claimed_by)
    assert (Notice.objects.count(), OutboxMessage.objects.count()) == (0, 0)


def test_who_read_of_an_undone_move_hears_of_the_undo() -> None:
    row, ae = desk.handoff("working"), desk.user("ae")
    desk.ready_to_pass(row)
    actions.pass_to_ae(handoff_id=row.pk, ae=ae, summary="Yes", by=row.claimed_by)
    Notice.objects.update(read_at=NOW)
    actions.undo(handoff_id=row.pk, by=row.claimed_by)
    assert list(Notice.objects.order_by("id").values_list("recipient", "kind")) == [
        (ae.pk, "passed"),
        (ae.pk, "undone"),
    ]


def test_the_email_about_a_move_waits_until_it_cannot_be_undone() -> None:
    row, ae = desk.handoff("working"), desk.user("ae")
    desk.ready_to_pass(row)
    with time_machine.travel(NOW, tick=False):
        actions.pass_to_ae(handoff_id=row.pk, ae=ae, summary="Yes", by=row.claimed_by)
    assert OutboxMessage.objects.get().next_attempt_at == NOW + dt.timedelta(seconds=60)


def test_an_undone_win_leaves_no_customer_in_the_history_of_today() -> None:
    row = desk.handoff("opportunity")
    actions.win(handoff_id=row.pk, amount=Decimal(1), closed_on=NOW.date(), by=row.ae)
    actions.undo(handoff_id=row.pk, by=row.ae)
    last = (
        AccountFact.objects.filter(account=row.account, field="customer_since").order_by("-known_from", "-id").first()
    )
    assert last.value is None
