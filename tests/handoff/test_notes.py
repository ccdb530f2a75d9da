"""Notes with mentions and pins, outreach, touches marked as wrong, centers split off, the outbox."""

import datetime as dt
import smtplib
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core import mail

from accounts.models import BuyingCenter, Source
from handoff import actions, placing
from handoff.errors import MoveRefused
from handoff.mentions import mentioned
from handoff.models import Handoff, HandoffEvent, Note, Notice, OutboxMessage, TriageItem
from handoff.outbox import deliver_due
from signals.models import PastReading, RescoreRequest, Touch, TouchLedger, TouchType
from tests.handoff import desk
from tests.handoff.desk import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def _code(call: Any, **kwargs: Any) -> str:
    with pytest.raises(MoveRefused) as caught:
        call(**kwargs)
    return caught.value.code


# Notes


def test_a_note_belongs_to_its_handoff_and_account_and_tells_who_is_named() -> None:
    row, by, ann, bob = (
        desk.handoff("working"),
        desk.user("ae"),
        desk.user("sdr", "Ann Lee"),
        desk.user("ae", "Bob Ito"),
    )
    note = actions.add_note(
        account=row.account, handoff=row, by=by, text=" @Ann Lee: ask @bob about SAP. ", kind="call", pinned=True
    )
    assert (note.text, note.kind, note.is_pinned, note.author) == ("@Ann Lee: ask @bob about SAP.", "call", True, by)
    assert set(note.mentions.all()) == {ann, bob}
    assert set(Notice.objects.values_list("recipient", "kind")) == {(ann.pk, "mention"), (bob.pk, "mention")}


def test_naming_oneself_tells_nobody() -> None:
    row, by = desk.handoff(), desk.user("sdr", "Ann Lee")
    actions.add_note(account=row.account, by=by, text="@Ann Lee to do")
    assert Notice.objects.count() == 0


def test_an_empty_note_is_none() -> None:
    row = desk.handoff()
    assert _code(actions.add_note, account=row.account, by=desk.user("sdr"), text="  ") == "needs"
    assert Note.objects.count() == 0


def test_pinned_notes_stand_first() -> None:
    row, by = desk.handoff(), desk.user("sdr")
    first = actions.add_note(account=row.account, by=by, text="First")
    second = actions.add_note(account=row.account, by=by, text="Second")
    assert list(Note.objects.all()) == [second, first]
    actions.pin_note(note_id=first.pk, by=by)
    assert list(Note.objects.all()) == [first, second]
    actions.pin_note(note_id=first.pk, by=by, pinned=False)
    assert list(Note.objects.all()) == [second, first]
    assert _code(actions.pin_note, note_id=1_000_000, by=by) == "not_found"


def test_who_an_at_sign_means() -> None:
    ann, anna = desk.user("sdr", "Ann Lee"), desk.user("sdr", "Ann Leeson")
    bob = desk.user("ae", "Bob Ito")
    bob.email = "b.ito@desk.example"
    people = [ann, anna, bob]
    cases = {
        "@Ann Lee and @Ann Leeson": [ann, anna],
        "@ann lee!": [ann],
        "@Ann": [],  # two have that first name
        "@Bob, look": [bob],
        "@b.ito": [bob],
        "mail ann@Bob.example": [],
        "@Bobby": [],
        "nobody": [],
    }
    assert {text: mentioned(text, people) for text in cases} == cases


# Outreach


def _log(row: Handoff, by: Any, **fields: Any) -> Handoff:
    return actions.log_outreach(handoff_id=row.pk, by=by, **{"kind": "call", "text": "", "minutes": None, **fields})


def test_outreach_is_a_touch_a_note_and_stops_the_outreach_clock(clock: Any) -> None:
    row = desk.handoff("working", outreach_at=None, last_activity_at=NOW - dt.timedelta(days=1))
    person = desk.contact(row.account)
    _log(row, row.claimed_by, text="Wants a demo", minutes=12, contact=person)
    touch = Touch.objects.get()
    assert (touch.account, touch.contact, touch.touch_type.key) == (row.account, person, "call")
    assert (touch.minutes, touch.kind, touch.occurred_at, touch.source.name) == (Decimal(12), "manual", NOW, "Desk")
    assert TouchLedger.objects.count() == 1
    assert RescoreRequest.objects.filter(center=row.center).count() == 1
    note = Note.objects.get()
    assert (note.kind, note.text, note.handoff) == ("call", "Wants a demo", row)
    row.refresh_from_db()
    assert (row.outreach_at, row.last_activity_at) == (NOW, NOW)
    clock.shift(60)
    _log(row, row.claimed_by, kind="email_sent")
    row.refresh_from_db()
    assert row.outreach_at == NOW
    assert Touch.objects.get(touch_type__key="email_sent").minutes == Decimal(1)
    assert Note.objects.count() == 1


def test_only_the_holder_logs_and_only_what_makes_sense() -> None:
    row, queued = desk.handoff("working"), desk.handoff()
    stranger = desk.contact(desk.account())
    assert _code(_log, row=row, by=desk.user("sdr")) == "held"
    assert _code(_log, row=queued, by=desk.user("sdr")) == "state"
    for wrong in ({"kind": "pricing_page"}, {"minutes": -1}, {"minutes": 1441}, {"contact": stranger}):
        assert _code(_log, row=row, by=row.claimed_by, **wrong) == "needs"
    assert (Touch.objects.count(), Note.objects.count()) == (0, 0)


def test_an_ae_logs_a_meeting() -> None:
    row = desk.handoff("accepted")
    _log(row, row.ae, kind="meeting_held", text="Went well")
    assert (Touch.objects.get().minutes, Note.objects.get().kind) == (Decimal(30), "meeting")


# Wrong touches


def _touch(account: Any) -> Touch:
    return Touch.objects.create(
        account=account,
        touch_type=TouchType.objects.get(key="pricing_page"),
        source=Source.objects.create(name="Site"),
        message_id="m1",
        occurred_at=NOW,
        kind="page",
        minutes=1,
    )


def test_a_wrong_touch_gives_nothing_from_now_on_and_is_counted_once(clock: Any) -> None:
    row = desk.handoff("working")
    touch = _touch(row.account)
    clock.shift(60)
    actions.mark_touch_wrong(touch_id=touch.pk, by=row.claimed_by, comment="Our own agency")
    actions.mark_touch_wrong(touch_id=touch.pk, by=desk.user("sdr"))
    touch.refresh_from_db()
    past = PastReading.objects.get()
    later = NOW + dt.timedelta(seconds=60)
    assert (touch.ignored, touch.known_from) == ("wrong", later)
    assert (past.touch_id, past.ignored, past.known_from, past.known_until) == (touch.pk, "", NOW, later)
    assert RescoreRequest.objects.filter(center=row.center).count() == 1
    event = HandoffEvent.objects.get(action="touch_wrong")
    assert (event.by, event.data, event.comment) == (row.claimed_by, {"touch": touch.pk}, "Our own agency")


def test_a_wrong_touch_that_is_gone_or_of_one_who_may_not() -> None:
    assert _code(actions.mark_touch_wrong, touch_id=999_999, by=desk.user("sdr")) == "not_found"


# Splitting


def _split(row: Handoff, center: BuyingCenter, by: Any) -> Handoff:
    return actions.split_off(handoff_id=row.pk, center=center, by=by)


def test_a_center_is_split_off_and_the_held_whole_stays_with_its_holder() -> None:
    row = desk.handoff("working")
    center = BuyingCenter.objects.create(account=row.account, name="EMEA IT")
    assert _code(_split, row=row, center=center, by=row.claimed_by) == "needs"
    desk.state(center)
    assert _code(_split, row=row, center=center, by=desk.user("sdr")) == "held"
    child = _split(row, center, row.claimed_by)
    row.refresh_from_db()
    assert (child.center, child.state, child.is_mqa, row.state) == (center, "queued", True, "working")
    assert row.events.get(action="split").data["handoff"] == child.pk
    assert _code(_split, row=row, center=center, by=row.claimed_by) == "state"


def test_a_queued_whole_leaves_the_queue_to_its_center() -> None:
    row = desk.handoff()
    center = BuyingCenter.objects.create(account=row.account, name="EMEA IT")
    desk.state(center)
    assert _code(_split, row=row, center=center, by=desk.user("ae")) == "role"
    _split(row, center, desk.user("sdr"))
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert Handoff.objects.get(state="queued").center == center


# Triage by hand


def _item(account: Any = None) -> TriageItem:
    return TriageItem.objects.create(touch_id=77, account=account, occurred_at=NOW, due_at=NOW)


def test_a_placed_hand_raise_queues_whatever_the_icp_says() -> None:
    center, sdr = desk.whole(desk.account()), desk.user("sdr")
    desk.state(center, qualified=False, icp="out")
    item = _item()
    row = placing.place(item_id=item.pk, account=center.account, by=sdr)
    item.refresh_from_db()
    assert (row.center, row.is_mqa, row.hand_raise_touch_id) == (center, False, 77)
    assert (item.account, item.resolved_by, item.outcome, item.handoff) == (center.account, sdr, "queued", row)
    assert _code(placing.place, item_id=item.pk, account=center.account, by=sdr) == "state"


def test_a_hand_raise_is_dismissed_by_who_may() -> None:
    item = _item()
    assert _code(placing.dismiss, item_id=item.pk, by=desk.user("ae")) == "role"
    placing.dismiss(item_id=item.pk, by=desk.user("manager"))
    item.refresh_from_db()
    assert (item.outcome, item.resolved_at, Handoff.objects.count()) == ("dismissed", NOW, 0)


# The outbox


def _message(**fields: Any) -> OutboxMessage:
    return OutboxMessage.objects.create(
        **{
            "channel": "email",
            "key": "event:1:passed:2",
            "event_type": "notice.passed",
            "recipient": "ae@desk.example",
            "payload": {"subject": "Ann passed Acme to you.", "text": "Ann passed Acme to you."},
            "next_attempt_at": NOW,
            **fields,
        }
    )


def test_an_email_leaves_once_under_its_stable_id() -> None:
    message = _message()
    assert (deliver_due(), deliver_due()) == (1, 0)
    message.refresh_from_db()
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == (["ae@desk.example"], "Ann passed Acme to you.")
    assert sent.extra_headers["Message-ID"] == "<event.1.passed.2@mqa-desk>"
    assert (message.delivered_at, message.attempts, len(mail.outbox)) == (NOW, 1, 1)


def test_what_is_not_due_yet_waits() -> None:
    _message(next_attempt_at=NOW + dt.timedelta(seconds=1))
    assert deliver_due() == 0


def test_a_refused_email_is_tried_again_ever_later_and_at_last_given_up(
    clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> int:
        raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")

    # A mail server that is down can't be had in a test; all else here is real.
    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    message = _message()
    assert (deliver_due(), deliver_due()) == (1, 0)
    message.refresh_from_db()
    assert (message.attempts, message.next_attempt_at) == (1, NOW + dt.timedelta(seconds=60))
    assert message.last_error == "Connection unexpectedly closed"
    for _ in range(9):
        message.refresh_from_db()
        clock.move_to(message.next_attempt_at)
        deliver_due()
    message.refresh_from_db()
    assert (message.attempts, message.delivered_at) == (10, None)
    assert message.given_up_at is not None
    clock.shift(dt.timedelta(days=30))
    assert deliver_due() == 0
