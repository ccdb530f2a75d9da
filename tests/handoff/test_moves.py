"""Every move from every state by everybody: made as the table says, else refused with nothing changed."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from accounts.models import User
from handoff import actions
from handoff.errors import MoveRefused
from handoff.models import Handoff, HandoffEvent, Notice, Opportunity, Reason
from handoff.transitions import TABLE
from tests.handoff import desk
from tests.handoff.desk import NOW, STATES

pytestmark = pytest.mark.django_db

NEXT_MONTH = NOW.date() + dt.timedelta(days=30)
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def at_ten() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def _assign(row: Handoff, by: User) -> Handoff:
    with_ae = row.state in {"passed", "accepted", "opportunity"}
    return actions.assign(handoff_id=row.pk, to=desk.user("ae" if with_ae else "sdr"), by=by)


MOVES: dict[str, Callable[[Handoff, User], Handoff]] = {
    "claim": lambda row, by: actions.claim(handoff_id=row.pk, by=by),
    "assign": _assign,
    "release": lambda row, by: actions.release(handoff_id=row.pk, by=by),
    "pass": lambda row, by: actions.pass_to_ae(handoff_id=row.pk, ae=desk.user("ae"), summary="They buy.", by=by),
    "accept": lambda row, by: actions.accept(handoff_id=row.pk, by=by),
    "return": lambda row, by: actions.return_to_sdr(handoff_id=row.pk, reason="clerical", comment="No phone.", by=by),
    "opportunity": lambda row, by: actions.open_opportunity(
        handoff_id=row.pk, by=by, name="Roll-out", amount=Decimal(5), currency="EUR", expected_close_on=NEXT_MONTH
    ),
    "win": lambda row, by: actions.win(handoff_id=row.pk, amount=Decimal(900), closed_on=TODAY, by=by),
    "lose": lambda row, by: actions.lose(handoff_id=row.pk, reason="price", closed_on=TODAY, by=by),
    "recycle": lambda row, by: actions.recycle(handoff_id=row.pk, reason="timing", comeback_on=NEXT_MONTH, by=by),
    "disqualify": lambda row, by: actions.disqualify(handoff_id=row.pk, reason="no_need", by=by),
}
HELD = ("working", "passed", "accepted", "opportunity")
PEOPLE = ("sdr", "ae", "manager", "admin", "marketing_ops")
CASES = [
    (action, state, person)
    for action in MOVES
    for state in STATES
    for person in (
        *PEOPLE,
        *(("holder", "holder who left") if state in HELD else ()),
        *(("claimer",) if state in HELD[1:] else ()),
    )
]
HATS = {
    "holder": {"holder"},
    "sdr": {"sdr"},
    "claimer": {"sdr"},
    "manager": {"sdr", "manager"},
    "admin": {"sdr", "manager"},
}


def _person(name: str, row: Handoff) -> User:
    if name == "claimer":
        return row.claimed_by
    if name == "holder":
        return row.holder
    if name == "holder who left":
        row.holder.is_active = False
        row.holder.save()
        return row.holder
    return desk.user(name)


@pytest.mark.parametrize(("action", "state", "person"), CASES)
def test_a_move_is_made_as_the_table_says_and_refused_otherwise(action: str, state: str, person: str) -> None:
    row = desk.handoff(state)
    if action == "pass":
        desk.ready_to_pass(row)
    by = _person(person, row)
    named = "reassign" if action == "assign" and state != "queued" else action
    move = TABLE.get((state, named))
    before = desk.everything(row)
    if move and set(map(str, move.who)) & HATS.get(person, set()):
        result = MOVES[action](row, by)
        row.refresh_from_db()
        event = row.events.get()
        assert (row.state, result.pk) == (move.to, row.pk)
        assert (event.action, event.by_id, event.at) == (named, by.pk, NOW)
        assert (event.from_state, event.to_state) == (state, move.to)
        assert row.last_activity_at == NOW
    else:
        with pytest.raises(MoveRefused):
            MOVES[action](row, by)
        assert desk.everything(row) == before
        assert Notice.objects.count() == 0


def _refused(call: Callable[..., Any], **kwargs: Any) -> MoveRefused:
    with pytest.raises(MoveRefused) as caught:
        call(**kwargs)
    return caught.value


# Claiming


def test_a_claim_starts_the_decision_and_outreach_clocks_and_leaves_the_claim_clock() -> None:
    sdr, row = desk.user("sdr"), desk.handoff()
    due = row.claim_due_at
    actions.claim(handoff_id=row.pk, by=sdr)
    row.refresh_from_db()
    assert (row.claimed_by, row.claimed_at, row.claim_due_at) == (sdr, NOW, due)
    assert row.decision_due_at == dt.datetime(2026, 3, 18, 10, tzinfo=dt.UTC)
    assert row.outreach_due_at == dt.datetime(2026, 3, 12, 10, tzinfo=dt.UTC)


def test_the_second_to_claim_is_told_who_was_first() -> None:
    first, second, row = desk.user("sdr", "Ann Lee"), desk.user("sdr"), desk.handoff()
    actions.claim(handoff_id=row.pk, by=first)
    refusal = _refused(actions.claim, handoff_id=row.pk, by=second)
    assert (refusal.code, refusal.holder) == ("held", first)
    assert refusal.message.startswith("Ann Lee has this account (working, since 11 Mar 10:00 UTC)")


def test_an_ae_cannot_claim() -> None:
    refusal = _refused(actions.claim, handoff_id=desk.handoff().pk, by=desk.user("ae"))
    assert (refusal.code, refusal.holder) == ("role", None)


def test_a_handoff_that_is_gone_is_refused() -> None:
    assert _refused(actions.claim, handoff_id=12345, by=desk.user("sdr")).code == "not_found"


def test_the_claim_limit_holds_for_claim_and_next_but_not_for_managers_assigning() -> None:
    sdr = desk.user("sdr")
    policy = actions.claiming.desk_policy()
    policy.claim_limit = 2
    policy.save()
    rows = [desk.handoff() for _ in range(4)]
    actions.claim(handoff_id=rows[0].pk, by=sdr)
    actions.claim_next(by=sdr)
    assert _refused(actions.claim, handoff_id=rows[2].pk, by=sdr).code == "limit"
    assert _refused(actions.claim_next, by=sdr).code == "limit"
    actions.assign(handoff_id=rows[3].pk, to=sdr, by=desk.user("manager"))
    assert Handoff.objects.filter(claimed_by=sdr).count() == 3


def test_next_is_refused_when_nothing_waits_and_to_aes() -> None:
    desk.handoff("working")
    assert _refused(actions.claim_next, by=desk.user("sdr")).code == "empty"
    assert _refused(actions.claim_next, by=desk.user("ae")).code == "role"


def test_releasing_keeps_the_claim_clock_and_stops_the_others() -> None:
    sdr = desk.user("sdr")
    row = desk.handoff("working", sdr=sdr, outreach_at=NOW)
    due = row.claim_due_at
    actions.release(handoff_id=row.pk, by=sdr)
    row.refresh_from_db()
    assert (row.state, row.claimed_by, row.claimed_at, row.claim_due_at) == ("queued", None, None, due)
    assert (row.decision_due_at, row.outreach_due_at, row.outreach_at) == (None, None, None)


def test_what_was_offered_back_can_be_taken_over_and_its_holder_is_told() -> None:
    lazy, quick = desk.user("sdr"), desk.user("sdr", "Quick Q")
    row = desk.handoff("working", sdr=lazy, offered_back_at=NOW)
    actions.claim(handoff_id=row.pk, by=quick)
    row.refresh_from_db()
    assert (row.state, row.claimed_by, row.offered_back_at) == ("working", quick, None)
    assert row.events.get().action == "take_over"
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind) == (lazy, "taken_over")


def test_a_holder_cannot_take_over_from_oneself() -> None:
    row = desk.handoff("working", offered_back_at=NOW)
    assert _refused(actions.claim, handoff_id=row.pk, by=row.claimed_by).code == "held"


# Assigning


def test_reassigning_a_passed_one_starts_the_answer_clock_anew_and_tells_both() -> None:
    old, new, manager = desk.user("ae"), desk.user("ae"), desk.user("manager")
    row = desk.handoff("passed", ae=old, answer_due_at=NOW - dt.timedelta(days=1))
    actions.assign(handoff_id=row.pk, to=new, by=manager)
    row.refresh_from_db()
    assert (row.state, row.ae, row.answer_due_at) == ("passed", new, dt.datetime(2026, 3, 13, 10, tzinfo=dt.UTC))
    assert set(Notice.objects.values_list("recipient", "kind")) == {(new.pk, "assigned"), (old.pk, "reassigned")}
    actions.accept(handoff_id=row.pk, by=new)
    assert _refused(actions.accept, handoff_id=row.pk, by=old).code == "held"


@pytest.mark.parametrize(
    ("role", "fields", "words"),
    [
        ("ae", {}, "an SDR who is active"),
        ("sdr", {"is_active": False}, "an SDR who is active"),
        ("sdr", {"away_until": TODAY}, "somebody who is there"),
    ],
)
def test_nothing_is_assigned_to_who_cannot_hold_it(role: str, fields: dict[str, Any], words: str) -> None:
    row, to = desk.handoff(), desk.user(role, **fields)
    before = desk.everything(row)
    refusal = _refused(actions.assign, handoff_id=row.pk, to=to, by=desk.user("manager"))
    assert refusal.code == "needs"
    assert refusal.needs[0].startswith(words)
    assert desk.everything(row) == before


def test_who_is_back_today_can_be_given_accounts() -> None:
    to = desk.user("sdr", away_until=TODAY - dt.timedelta(days=1))
    assert actions.assign(handoff_id=desk.handoff().pk, to=to, by=desk.user("manager")).claimed_by_id == to.pk


def test_giving_it_to_its_holder_is_refused() -> None:
    row = desk.handoff("working")
    assert _refused(actions.assign, handoff_id=row.pk, to=row.claimed_by, by=desk.user("manager")).code == "held"


# Passing


def test_a_pass_needs_all_four() -> None:
    row = desk.handoff("working")
    before = desk.everything(row)
    refusal = _refused(actions.pass_to_ae, handoff_id=row.pk, ae=None, summary=" ", by=row.claimed_by)
    assert refusal.needs == [
        "a named AE",
        "at least one validated stakeholder in the buying group",
        "a buying group that is 50% complete (it is 0%)",
        "a summary note",
    ]
    assert desk.everything(row) == before


def test_a_pass_needs_completeness_beside_a_stakeholder() -> None:
    row = desk.handoff("working")
    desk.ready_to_pass(row)
    row.center.buying_group.members.filter(role="champion").delete()
    refusal = _refused(actions.pass_to_ae, handoff_id=row.pk, ae=desk.user("ae"), summary="Yes", by=row.claimed_by)
    assert refusal.needs == ["a buying group that is 50% complete (it is 25%)"]


def test_a_pass_goes_to_an_ae_who_is_there() -> None:
    row = desk.handoff("working")
    desk.ready_to_pass(row)
    for ae in (desk.user("sdr"), desk.user("ae", is_active=False), desk.user("ae", away_until=TODAY)):
        before = desk.everything(row)
        refusal = _refused(actions.pass_to_ae, handoff_id=row.pk, ae=ae, summary="Yes", by=row.claimed_by)
        assert refusal.code == "needs"
        assert desk.everything(row) == before


def test_a_pass_tells_the_ae_and_starts_the_answer_clock() -> None:
    row, ae = desk.handoff("working"), desk.user("ae")
    desk.ready_to_pass(row)
    actions.pass_to_ae(handoff_id=row.pk, ae=ae, summary=" They buy. ", next_step="Call the CFO", by=row.claimed_by)
    row.refresh_from_db()
    assert (row.ae, row.passed_by, row.passed_at) == (ae, row.claimed_by, NOW)
    assert (row.summary, row.next_step) == ("They buy.", "Call the CFO")
    assert row.answer_due_at == dt.datetime(2026, 3, 13, 10, tzinfo=dt.UTC)
    assert Notice.objects.get().recipient == ae


def test_a_return_needs_a_reason_and_a_comment_and_is_counted_by_reason() -> None:
    row = desk.handoff("passed")
    refusal = _refused(actions.return_to_sdr, handoff_id=row.pk, reason="unknown", comment="", by=row.ae)
    assert refusal.needs == ["a reason", "a comment"]
    Reason.objects.filter(kind="return", key="procedural").update(is_active=False)
    assert _refused(actions.return_to_sdr, handoff_id=row.pk, reason="procedural", comment="x", by=row.ae).needs == [
        "a reason"
    ]
    actions.return_to_sdr(handoff_id=row.pk, reason="definitional", comment="A student project.", by=row.ae)
    row.refresh_from_db()
    assert (row.state, row.holder) == ("working", row.claimed_by)
    assert row.decision_due_at == dt.datetime(2026, 3, 18, 10, tzinfo=dt.UTC)
    event = HandoffEvent.objects.get(reason__key="definitional")
    assert (event.comment, event.reason.kind) == ("A student project.", "return")
    assert Notice.objects.get().recipient == row.claimed_by


# Closing


@pytest.mark.parametrize("comeback", [None, TODAY, TODAY - dt.timedelta(days=1)])
def test_a_recycle_needs_a_date_that_is_to_come(comeback: dt.date | None) -> None:
    row = desk.handoff("working")
    refusal = _refused(actions.recycle, handoff_id=row.pk, reason="timing", comeback_on=comeback, by=row.claimed_by)
    assert refusal.needs == ["a date to come back, after today"]


def test_a_closing_keeps_the_score_and_who_and_when() -> None:
    row = desk.handoff("working")
    desk.state(row.center, score=81.5)
    actions.recycle(handoff_id=row.pk, reason="timing", comeback_on=NEXT_MONTH, by=row.claimed_by)
    row.refresh_from_db()
    assert (row.closed_at, row.closed_by, row.score_at_close) == (NOW, row.claimed_by, 81.5)
    assert (row.reason.key, row.comeback_on) == ("timing", NEXT_MONTH)


def test_no_fit_asks_which_criterion() -> None:
    row, sdr = desk.handoff(), desk.user("sdr")
    refusal = _refused(actions.disqualify, handoff_id=row.pk, reason="no_fit", by=sdr)
    assert refusal.needs == ["the criterion that does not fit"]
    actions.disqualify(handoff_id=row.pk, reason="no_fit", criterion="employees", by=sdr)
    row.refresh_from_db()
    assert (row.state, row.criterion, row.closed_by) == ("disqualified", "employees", sdr)


def test_a_reason_of_another_list_is_none() -> None:
    row = desk.handoff("working")
    assert _refused(actions.disqualify, handoff_id=row.pk, reason="price", by=row.claimed_by).needs == ["a reason"]


# Opportunities


def test_a_new_opportunity_needs_name_amount_currency_and_close() -> None:
    row = desk.handoff("accepted")
    refusal = _refused(actions.open_opportunity, handoff_id=row.pk, by=row.ae, currency="euro")
    assert refusal.needs == [
        "a name of the opportunity",
        "an amount of 0 or more",
        "a currency of three letters",
        "the day on which it is expected to close",
    ]
    assert Opportunity.objects.count() == 0


def test_an_opportunity_is_created_for_the_account() -> None:
    row = desk.handoff("accepted")
    MOVES["opportunity"](row, row.ae)
    deal = Opportunity.objects.get()
    assert (deal.account, deal.name, deal.amount, deal.currency) == (row.account, "Roll-out", Decimal(5), "EUR")
    assert (deal.owner, deal.expected_close_on, deal.stage) == (row.ae, NEXT_MONTH, "open")
    row.refresh_from_db()
    assert (row.opportunity, row.opportunity_at) == (deal, NOW)


def test_an_existing_opportunity_is_linked_if_it_is_open_and_of_this_account() -> None:
    row = desk.handoff("accepted")
    mine = Opportunity.objects.create(account=row.account, name="Known")
    lost = Opportunity.objects.create(account=row.account, name="Lost", stage="lost", closed_on=TODAY)
    other = Opportunity.objects.create(account=desk.account(), name="Other")
    for wrong in (lost, other):
        refusal = _refused(actions.open_opportunity, handoff_id=row.pk, by=row.ae, opportunity=wrong)
        assert refusal.needs == ["an open opportunity of this account"]
    actions.open_opportunity(handoff_id=row.pk, by=row.ae, opportunity=mine)
    row.refresh_from_db()
    assert (row.state, row.opportunity) == ("opportunity", mine)
    assert Opportunity.objects.count() == 3


def test_a_win_closes_the_deal_and_makes_a_customer() -> None:
    row = desk.handoff("opportunity")
    actions.win(handoff_id=row.pk, amount=Decimal("12.50"), closed_on=TODAY, by=row.ae)
    deal = Opportunity.objects.get()
    assert (deal.stage, deal.amount, deal.closed_on) == ("won", Decimal("12.50"), TODAY)
    row.account.refresh_from_db()
    assert (row.account.lifecycle, row.account.customer_since) == ("customer", TODAY)


def test_a_loss_closes_the_deal_with_its_reason() -> None:
    row = desk.handoff("opportunity")
    assert _refused(actions.lose, handoff_id=row.pk, reason=None, closed_on=None, by=row.ae).needs == [
        "a loss reason",
        "the day on which it closed",
    ]
    actions.lose(handoff_id=row.pk, reason="price", closed_on=TODAY, by=row.ae)
    deal = Opportunity.objects.get()
    row.refresh_from_db()
    assert (deal.stage, deal.closed_on, deal.loss_reason, row.reason.key) == ("lost", TODAY, "Price", "price")


def test_a_deal_does_not_close_in_the_future() -> None:
    row = desk.handoff("opportunity")
    later = TODAY + dt.timedelta(days=2)
    refusal = _refused(actions.win, handoff_id=row.pk, amount=Decimal(1), closed_on=later, by=row.ae)
    assert refusal.needs == ["a closing day that is not in the future"]


def test_a_deal_that_was_closed_elsewhere_is_told() -> None:
    row = desk.handoff("opportunity")
    Opportunity.objects.update(stage="won", closed_on=TODAY)
    before = desk.everything(row)
    assert _refused(actions.lose, handoff_id=row.pk, reason="price", closed_on=TODAY, by=row.ae).code == "state"
    assert desk.everything(row) == before
