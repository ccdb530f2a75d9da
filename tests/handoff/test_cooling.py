"""What time alone does: withdrawn after seven days, let in on the day, triage settled."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from accounts.models import BuyingCenter, Source
from handoff import actions
from handoff.cooling import cool_and_withdraw, let_back_in, settle_triage
from handoff.models import Handoff, Opportunity, TriageItem
from handoff.process import process_transitions
from signals.models import CenterState, Touch, TouchType
from tests.handoff import desk
from tests.handoff.desk import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def center() -> BuyingCenter:
    return desk.whole(desk.account())


def _day(number: int) -> dt.datetime:
    return dt.datetime.combine(NOW.date() + dt.timedelta(days=number), dt.time(), dt.UTC)


def _cooled(center: BuyingCenter) -> Handoff:
    """Queued, and not qualifying from today on."""
    desk.qualify(center)
    process_transitions()
    desk.unqualify(center)
    process_transitions()
    return Handoff.objects.get()


@pytest.mark.parametrize(("day", "withdrawn"), [(0, 0), (6, 0), (7, 1)])
def test_an_unclaimed_mqa_is_withdrawn_after_seven_days_of_not_qualifying(
    center: BuyingCenter, clock: Any, day: int, withdrawn: int
) -> None:
    row = _cooled(center)
    clock.move_to(_day(day) if day else NOW)
    assert cool_and_withdraw() == withdrawn
    row.refresh_from_db()
    assert row.state == ("withdrawn" if withdrawn else "queued")


def test_a_withdrawal_is_by_the_system_with_the_score_and_happens_once(center: BuyingCenter, clock: Any) -> None:
    row = _cooled(center)
    clock.move_to(_day(7))
    assert (cool_and_withdraw(), cool_and_withdraw()) == (1, 0)
    row.refresh_from_db()
    event = row.events.get(action="withdraw")
    assert (event.by, event.from_state, event.to_state, event.comment) == (None, "queued", "withdrawn", "cooled")
    assert (row.closed_at, row.closed_by, row.score_at_close) == (_day(7), None, 60.0)


def test_what_was_claimed_is_never_withdrawn(center: BuyingCenter, clock: Any) -> None:
    row = _cooled(center)
    actions.claim(handoff_id=row.pk, by=desk.user("sdr"))
    clock.move_to(_day(30))
    assert cool_and_withdraw() == 0
    row.refresh_from_db()
    assert (row.state, row.cooling_since) == ("working", NOW.date())


def test_qualifying_in_between_starts_the_seven_days_anew(center: BuyingCenter, clock: Any) -> None:
    row = _cooled(center)
    clock.move_to(_day(6))
    desk.qualify(center)
    process_transitions()
    desk.unqualify(center)
    process_transitions()
    clock.move_to(_day(12))
    assert cool_and_withdraw() == 0
    clock.move_to(_day(13))
    assert cool_and_withdraw() == 1
    row.refresh_from_db()
    assert row.state == "withdrawn"


def test_a_hand_raise_is_never_withdrawn(center: BuyingCenter, clock: Any) -> None:
    _cooled(center)
    desk.raise_hand(center, 1)
    process_transitions()
    clock.move_to(_day(40))
    assert cool_and_withdraw() == 0


def test_cooling_that_nobody_announced_is_marked_by_the_day_it_began(center: BuyingCenter) -> None:
    row = desk.handoff(center=center)
    desk.state(center, qualified=False, unqualified_since=NOW.date() - dt.timedelta(days=3))
    assert cool_and_withdraw() == 0
    row.refresh_from_db()
    assert row.cooling_since == NOW.date() - dt.timedelta(days=3)


def test_warming_that_nobody_announced_is_marked(center: BuyingCenter) -> None:
    row = desk.handoff(center=center, cooling_since=NOW.date() - dt.timedelta(days=9))
    desk.state(center)
    assert cool_and_withdraw() == 0
    row.refresh_from_db()
    assert (row.state, row.cooling_since) == ("queued", None)


def test_the_days_are_those_of_the_model(center: BuyingCenter) -> None:
    from signals.models import ScoringModel
    from signals.publishing import active_model

    config = active_model().config
    config["handover"]["grace_days"] = 2
    ScoringModel.objects.filter(status="active").update(status="archived")
    ScoringModel.objects.create(version=901, status="active", config=config)
    desk.handoff(center=center, cooling_since=NOW.date() - dt.timedelta(days=2))
    desk.state(center, qualified=False)
    assert cool_and_withdraw() == 1


# Coming back


@pytest.mark.parametrize(("day", "entered"), [(29, 0), (30, 1)])
def test_on_its_date_one_that_still_qualifies_comes_back(
    center: BuyingCenter, clock: Any, day: int, entered: int
) -> None:
    desk.handoff("recycled", center=center, comeback_on=_day(30).date())
    desk.state(center)
    clock.move_to(_day(day))
    assert let_back_in() == entered
    assert Handoff.objects.filter(state="queued").count() == entered


@pytest.mark.parametrize(("day", "entered"), [(89, 0), (90, 1)])
def test_without_a_date_it_comes_back_after_90_days(center: BuyingCenter, clock: Any, day: int, entered: int) -> None:
    desk.handoff("lost", center=center)
    desk.state(center)
    clock.move_to(_day(day))
    assert let_back_in() == entered


@pytest.mark.parametrize(("score", "entered"), [(84.9, 0), (85.0, 1)])
def test_a_risen_score_comes_back_though_nobody_announced_it(center: BuyingCenter, score: float, entered: int) -> None:
    desk.handoff("disqualified", center=center, score_at_close=70.0)
    desk.state(center, score=score)
    assert let_back_in() == entered


def test_what_does_not_qualify_does_not_come_back(center: BuyingCenter, clock: Any) -> None:
    desk.handoff("recycled", center=center, comeback_on=NOW.date())
    desk.state(center, qualified=False)
    assert let_back_in() == 0


def test_when_the_deal_is_closed_the_account_enters(center: BuyingCenter) -> None:
    deal = Opportunity.objects.create(account=center.account, name="Open")
    desk.qualify(center)
    process_transitions()
    assert let_back_in() == 0
    deal.stage, deal.closed_on = "lost", NOW.date()
    deal.save()
    assert let_back_in() == 1


def test_when_the_centers_handoff_is_closed_the_whole_enters(center: BuyingCenter) -> None:
    named = BuyingCenter.objects.create(account=center.account, name="EMEA IT")
    row = desk.handoff("working", center=named)
    desk.state(center)
    assert let_back_in() == 0
    actions.disqualify(handoff_id=row.pk, reason="no_need", by=row.claimed_by)
    assert let_back_in() == 1
    assert Handoff.objects.get(state="queued").center == center


def test_customers_stay_out_and_past_ones_come_in() -> None:
    for fields in ({"customer_since": NOW.date()}, {"lifecycle": "customer"}):
        desk.state(desk.whole(desk.account(**fields)))
    past = desk.whole(
        desk.account(lifecycle="customer", customer_since=dt.date(2020, 1, 1), customer_until=dt.date(2021, 1, 1))
    )
    desk.state(past)
    assert let_back_in() == 1
    assert Handoff.objects.get().center == past


def test_a_fresh_hand_raise_enters_when_its_account_comes_into_the_icp(center: BuyingCenter, clock: Any) -> None:
    raised = {"qualified": False, "hand_raise_touch_id": 5, "hand_raise_at": NOW}
    desk.state(center, icp="out", **raised)
    desk.raise_hand(center, 5)
    process_transitions()
    assert (let_back_in(), Handoff.objects.count(), TriageItem.objects.count()) == (0, 0, 0)
    CenterState.objects.filter(center=center).update(icp="in")
    clock.move_to(_day(8))
    assert let_back_in() == 0
    clock.move_to(_day(7))
    assert (let_back_in(), let_back_in()) == (1, 0)
    row = Handoff.objects.get()
    assert (row.state, row.is_mqa, row.hand_raise_touch_id, row.hand_raise_at) == ("queued", False, 5, NOW)


def test_a_hand_raise_that_was_dealt_with_does_not_enter_again(center: BuyingCenter) -> None:
    desk.state(center, qualified=False, hand_raise_touch_id=5, hand_raise_at=NOW)
    item = TriageItem.objects.create(touch_id=5, occurred_at=NOW, due_at=NOW, resolved_at=NOW, outcome="dismissed")
    assert let_back_in() == 0
    item.delete()
    desk.handoff("disqualified", center=center)
    assert let_back_in() == 0
    assert Handoff.objects.get().state == "disqualified"


def test_coming_back_is_found_in_the_same_number_of_queries(django_assert_num_queries: Any) -> None:
    def out(number: int) -> None:
        for _ in range(number):
            center = desk.whole(desk.account())
            desk.handoff("lost", center=center)
            desk.state(center)

    out(1)
    with django_assert_num_queries(5):
        let_back_in()
    out(30)
    with django_assert_num_queries(5):
        let_back_in()


# Triage


def _item(**fields: Any) -> TriageItem:
    return TriageItem.objects.create(**{"touch_id": 5, "occurred_at": NOW, "due_at": NOW, **fields})


def test_a_waiting_hand_raise_is_queued_once_its_icp_is_known(center: BuyingCenter) -> None:
    item = _item(account=center.account)
    desk.state(center, qualified=False, icp="unknown")
    assert settle_triage() == 0
    CenterState.objects.update(icp="in")
    assert (settle_triage(), settle_triage()) == (1, 0)
    item.refresh_from_db()
    row = Handoff.objects.get()
    assert (item.outcome, item.handoff, item.resolved_at) == ("queued", row, NOW)
    assert (row.is_mqa, row.hand_raise_touch_id) == (False, 5)


def test_a_waiting_hand_raise_leaves_the_list_once_it_is_out(center: BuyingCenter) -> None:
    item = _item(account=center.account)
    desk.state(center, qualified=False, icp="out")
    assert settle_triage() == 1
    item.refresh_from_db()
    assert (item.outcome, Handoff.objects.count()) == ("out", 0)


def test_an_unmatched_hand_raise_finds_its_account_when_the_touch_does(center: BuyingCenter) -> None:
    touch = Touch.objects.create(
        account=center.account,
        touch_type=TouchType.objects.get(key="demo_request"),
        source=Source.objects.create(name="Site"),
        message_id="m1",
        occurred_at=NOW,
        kind="track",
    )
    item = _item(touch_id=touch.pk)
    desk.state(center, qualified=False, icp="in")
    assert settle_triage() == 1
    item.refresh_from_db()
    assert (item.account, item.outcome) == (center.account, "queued")


@pytest.mark.parametrize(("days", "settled"), [(7, 1), (8, 0)])
def test_a_hand_raise_that_has_grown_old_waits_for_a_person(center: BuyingCenter, days: int, settled: int) -> None:
    _item(account=center.account, occurred_at=NOW - dt.timedelta(days=days))
    desk.state(center, qualified=False, icp="in")
    assert settle_triage() == settled
    assert Handoff.objects.count() == settled
