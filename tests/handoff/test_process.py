"""What scoring announces becomes handoffs, once, whatever runs twice (domain.md §4, end)."""

import datetime as dt
import threading
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from accounts.models import BuyingCenter
from handoff.models import Handoff, HandoffEvent, Notice, Opportunity, TriageItem
from handoff.process import LOCK, process_transitions
from signals.models import ScoringModel, Transition
from signals.publishing import active_model
from tests.handoff import desk
from tests.handoff.desk import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten() -> Any:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def center() -> BuyingCenter:
    return desk.whole(desk.account())


def _again() -> int:
    """The same transitions once more, as after a crash before the commit of the mark."""
    Transition.objects.update(processed_at=None)
    return process_transitions()


def _all() -> list[tuple[Any, ...]]:
    return [*Handoff.objects.order_by("id").values_list(), *HandoffEvent.objects.order_by("id").values_list()]


def test_a_qualified_center_is_queued_once(center: BuyingCenter) -> None:
    row = desk.qualify(center, score=91.63)
    assert process_transitions() == 1
    found = Handoff.objects.get()
    assert (found.state, found.center, found.account) == ("queued", center, center.account)
    assert (found.is_mqa, found.decision, found.qualified_at) == (True, row.decision, row.decision.as_of)
    assert (found.queued_at, found.claim_due_at) == (NOW, NOW + dt.timedelta(hours=4))
    event = HandoffEvent.objects.get()
    assert (event.action, event.by, event.from_state, event.to_state) == ("open", None, "", "queued")
    row.refresh_from_db()
    assert row.processed_at == NOW
    before = _all()
    assert process_transitions() == 0
    assert _again() == 1
    assert _all() == before


def test_the_owner_is_told_of_what_waits(center: BuyingCenter) -> None:
    owner = desk.user("sdr")
    center.account.owner_sdr = owner
    center.account.save()
    desk.qualify(center)
    process_transitions()
    _again()
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind) == (owner, "queued")


def test_qualifying_while_open_changes_nothing(center: BuyingCenter) -> None:
    desk.qualify(center)
    process_transitions()
    before = _all()
    desk.qualify(center, score=95)
    process_transitions()
    assert _all() == before


@pytest.mark.parametrize("state", ["working", "passed", "accepted", "opportunity"])
def test_a_held_one_shows_that_it_cools_and_stays_with_its_rep(center: BuyingCenter, state: str) -> None:
    row = desk.handoff(state, center=center)
    desk.unqualify(center)
    process_transitions()
    _again()
    row.refresh_from_db()
    assert (row.state, row.cooling_since) == (state, NOW.date())
    assert row.last_activity_at == NOW
    assert [event.action for event in row.events.all()] == ["cooling"]


def test_one_that_qualifies_again_no_longer_cools(center: BuyingCenter) -> None:
    row = desk.handoff("working", center=center)
    desk.unqualify(center)
    process_transitions()
    desk.qualify(center)
    process_transitions()
    row.refresh_from_db()
    assert row.cooling_since is None
    assert [event.action for event in row.events.all()] == ["cooling", "warmed"]


def test_a_late_run_acts_in_order(center: BuyingCenter, at_ten: Any) -> None:
    desk.qualify(center)
    at_ten.shift(60)
    desk.unqualify(center)
    process_transitions()
    row = Handoff.objects.get()
    assert (row.is_mqa, row.cooling_since) == (True, NOW.date())
    assert row.qualified_at == NOW


def test_an_account_with_an_open_opportunity_does_not_queue_and_its_owner_is_told(center: BuyingCenter) -> None:
    center.account.owner_ae = desk.user("ae")
    center.account.save()
    Opportunity.objects.create(account=center.account, name="Open")
    desk.qualify(center)
    process_transitions()
    _again()
    assert Handoff.objects.count() == 0
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind) == (center.account.owner_ae, "not_queued")
    assert notice.text == f"{center} qualifies; it has an open opportunity, so it does not queue."


def test_a_closed_opportunity_does_not_keep_it_out(center: BuyingCenter) -> None:
    Opportunity.objects.create(account=center.account, name="Old", stage="lost", closed_on=NOW.date())
    desk.qualify(center)
    process_transitions()
    assert Handoff.objects.get().state == "queued"


@pytest.mark.parametrize(
    ("fields", "queued"),
    [
        ({"customer_since": NOW.date()}, 0),
        ({"lifecycle": "customer"}, 0),
        ({"customer_since": dt.date(2020, 1, 1), "customer_until": NOW.date()}, 0),
        ({"customer_since": dt.date(2020, 1, 1), "customer_until": NOW.date() - dt.timedelta(days=1)}, 1),
        ({"customer_since": NOW.date() + dt.timedelta(days=1)}, 1),
    ],
)
def test_a_present_customer_does_not_queue(fields: dict[str, Any], queued: int) -> None:
    center = desk.whole(desk.account(owner_sdr=desk.user("sdr"), **fields))
    desk.qualify(center)
    process_transitions()
    assert Handoff.objects.count() == queued
    assert Notice.objects.get().kind == ("queued" if queued else "not_queued")


def test_a_customer_queues_where_the_policy_has_expansion_on() -> None:
    config = active_model().config
    config["policies"]["target"]["expansion"] = True
    ScoringModel.objects.filter(status="active").update(status="archived")
    ScoringModel.objects.create(version=900, status="active", config=config)
    for is_target in (True, False):
        desk.qualify(desk.whole(desk.account(is_target=is_target, customer_since=NOW.date())))
    process_transitions()
    assert [row.account.is_target for row in Handoff.objects.all()] == [True]


# Coming back


def test_a_withdrawn_one_reopens_as_the_same_journey_counted_once(center: BuyingCenter) -> None:
    first = NOW - dt.timedelta(days=90)
    row = desk.handoff("withdrawn", center=center, closed_at=first, qualified_at=first, claim_due_at=first)
    desk.qualify(center)
    process_transitions()
    _again()
    row = Handoff.objects.get()
    assert (row.state, row.qualified_at, row.closed_at) == ("queued", first, None)
    assert (row.queued_at, row.claim_due_at) == (NOW, NOW + dt.timedelta(hours=4))
    assert [event.action for event in row.events.all()] == ["reopen"]


def test_after_90_days_it_is_a_new_journey(center: BuyingCenter) -> None:
    desk.handoff("withdrawn", center=center, closed_at=NOW - dt.timedelta(days=91))
    desk.qualify(center)
    process_transitions()
    assert sorted(Handoff.objects.values_list("state", flat=True)) == ["queued", "withdrawn"]


def test_a_recycled_one_waits_for_its_date(center: BuyingCenter, at_ten: Any) -> None:
    desk.handoff("recycled", center=center, comeback_on=NOW.date() + dt.timedelta(days=2))
    desk.qualify(center)
    process_transitions()
    assert Handoff.objects.count() == 1
    at_ten.shift(dt.timedelta(days=2))
    desk.announce(center, "evaluated")
    process_transitions()
    new = Handoff.objects.get(state="queued")
    assert new.qualified_at == NOW + dt.timedelta(days=2)


def test_a_score_that_rose_by_15_comes_back_at_once(center: BuyingCenter) -> None:
    desk.handoff("disqualified", center=center, score_at_close=70.0)
    desk.qualify(center, score=84.9)
    process_transitions()
    assert Handoff.objects.count() == 1
    desk.state(center, score=85.0)
    desk.announce(center, "evaluated")
    process_transitions()
    assert Handoff.objects.filter(state="queued").count() == 1


def test_old_news_does_not_reopen_what_has_cooled(center: BuyingCenter) -> None:
    desk.qualify(center)
    process_transitions()
    Handoff.objects.update(state="withdrawn", closed_at=NOW)
    desk.state(center, qualified=False)
    before = _all()
    _again()
    assert _all() == before


# Named centers


def test_the_whole_does_not_queue_while_a_named_center_has_an_open_handoff(center: BuyingCenter) -> None:
    named = BuyingCenter.objects.create(account=center.account, name="EMEA IT")
    desk.qualify(center)
    desk.qualify(named)
    process_transitions()
    assert Handoff.objects.get().center == named


def test_a_center_that_qualifies_while_the_whole_is_open_is_shown_on_it(center: BuyingCenter, at_ten: Any) -> None:
    named = BuyingCenter.objects.create(account=center.account, name="EMEA IT")
    desk.qualify(center)
    at_ten.shift(5)
    desk.qualify(named)
    process_transitions()
    _again()
    row = Handoff.objects.get()
    assert row.center == center
    shown = row.events.get(action="center_qualified")
    assert (shown.comment, shown.data["center"]) == ("EMEA IT qualifies", named.pk)


def test_two_named_centers_queue_beside_each_other(center: BuyingCenter) -> None:
    for name in ("EMEA IT", "Finance"):
        desk.qualify(BuyingCenter.objects.create(account=center.account, name=name))
    process_transitions()
    assert Handoff.objects.filter(state="queued").count() == 2


# Hand-raises


def test_a_hand_raise_in_the_icp_queues_at_once_and_is_no_mqa(center: BuyingCenter) -> None:
    desk.state(center, qualified=False)
    desk.raise_hand(center, 7, occurred_at=NOW - dt.timedelta(minutes=1))
    process_transitions()
    _again()
    row = Handoff.objects.get()
    assert (row.state, row.is_mqa, row.qualified_at, row.decision) == ("queued", False, None, None)
    assert (row.hand_raise_touch_id, row.hand_raise_at) == (7, NOW - dt.timedelta(minutes=1))
    assert row.claim_due_at == NOW + dt.timedelta(hours=1)
    assert row.events.count() == 1


def test_a_hand_raise_that_then_qualifies_is_an_mqa_from_then(center: BuyingCenter, at_ten: Any) -> None:
    desk.state(center, qualified=False)
    desk.raise_hand(center, 7)
    process_transitions()
    at_ten.shift(60)
    found = desk.qualify(center)
    process_transitions()
    row = Handoff.objects.get()
    assert (row.is_mqa, row.qualified_at, row.decision) == (True, NOW + dt.timedelta(seconds=60), found.decision)


def test_a_hand_raise_of_an_mqa_is_counted_as_one(center: BuyingCenter) -> None:
    desk.handoff("disqualified", center=center)
    desk.state(center)
    desk.raise_hand(center, 7)
    process_transitions()
    row = Handoff.objects.get(state="queued")
    assert (row.is_mqa, row.qualified_at, row.hand_raise_touch_id) == (True, NOW, 7)


def test_a_hand_raise_marks_an_open_handoff_and_shortens_its_clock(center: BuyingCenter) -> None:
    desk.qualify(center)
    process_transitions()
    desk.raise_hand(center, 8)
    process_transitions()
    _again()
    row = Handoff.objects.get()
    assert (row.hand_raise_touch_id, row.claim_due_at) == (8, NOW + dt.timedelta(hours=1))
    assert [event.action for event in row.events.all()] == ["open", "hand_raise"]


def test_a_hand_raise_does_not_lengthen_a_clock(center: BuyingCenter) -> None:
    row = desk.handoff(center=center, claim_due_at=NOW + dt.timedelta(minutes=5))
    desk.raise_hand(center, 8)
    process_transitions()
    row.refresh_from_db()
    assert row.claim_due_at == NOW + dt.timedelta(minutes=5)


def test_the_holder_hears_of_a_hand_raise(center: BuyingCenter) -> None:
    row = desk.handoff("working", center=center)
    desk.raise_hand(center, 8)
    process_transitions()
    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind) == (row.claimed_by, "hand_raise")


def test_a_hand_raise_never_cools(center: BuyingCenter) -> None:
    row = desk.handoff(center=center, cooling_since=NOW.date())
    desk.state(center, qualified=False)
    desk.raise_hand(center, 9)
    process_transitions()
    desk.unqualify(center)
    process_transitions()
    row.refresh_from_db()
    assert row.cooling_since is None


@pytest.mark.parametrize(("days", "handoffs"), [(7, 1), (8, 0)])
def test_a_hand_raise_counts_for_seven_days(center: BuyingCenter, days: int, handoffs: int) -> None:
    desk.state(center, qualified=False)
    desk.raise_hand(center, 7, occurred_at=NOW - dt.timedelta(days=days))
    process_transitions()
    assert Handoff.objects.count() == handoffs


@pytest.mark.parametrize("icp", ["unknown", ""])
def test_a_hand_raise_of_unknown_icp_goes_to_triage_under_the_same_clock(center: BuyingCenter, icp: str) -> None:
    desk.state(center, qualified=False, icp=icp)
    desk.raise_hand(center, 7)
    process_transitions()
    _again()
    item = TriageItem.objects.get()
    assert (item.account, item.touch_id, item.due_at) == (center.account, 7, NOW + dt.timedelta(hours=1))
    assert Handoff.objects.count() == 0


def test_an_unmatched_hand_raise_goes_to_triage() -> None:
    desk.raise_hand(None, 7)
    process_transitions()
    _again()
    assert TriageItem.objects.get().account is None


def test_a_hand_raise_outside_the_icp_goes_nowhere(center: BuyingCenter) -> None:
    desk.state(center, qualified=False, icp="out")
    desk.raise_hand(center, 7)
    process_transitions()
    assert (Handoff.objects.count(), TriageItem.objects.count()) == (0, 0)


def test_a_hand_raise_comes_back_at_once_after_a_closing(center: BuyingCenter) -> None:
    desk.handoff("disqualified", center=center)
    desk.state(center, qualified=False)
    desk.raise_hand(center, 7)
    process_transitions()
    assert Handoff.objects.filter(state="queued", is_mqa=False).count() == 1


def test_a_customers_hand_raise_is_told_to_the_owner() -> None:
    ae = desk.user("ae")
    center = desk.whole(desk.account(owner_ae=ae, customer_since=NOW.date()))
    desk.state(center, qualified=False)
    desk.raise_hand(center, 7)
    process_transitions()
    assert Handoff.objects.count() == 0
    assert Notice.objects.get().text == f"{center} asks to be called; it is a customer, so it does not queue."


def test_one_hand_raise_of_the_whole_and_its_center_is_one_handoff(center: BuyingCenter) -> None:
    named = BuyingCenter.objects.create(account=center.account, name="EMEA IT")
    for one in (center, named):
        desk.state(one, qualified=False)
        desk.raise_hand(one, 7)
    process_transitions()
    _again()
    assert Handoff.objects.get().hand_raise_touch_id == 7


# Running


def test_one_center_in_trouble_does_not_hold_up_the_others(center: BuyingCenter) -> None:
    # A qualified transition that lost its decision can't be acted on.
    broken = desk.announce(desk.whole(desk.account()), "qualified")
    desk.qualify(center)
    assert process_transitions() == 1
    assert Handoff.objects.get().center == center
    broken.refresh_from_db()
    assert broken.processed_at is None


def test_a_mornings_news_of_idle_centers_costs_the_same_for_few_and_many(django_assert_max_num_queries: Any) -> None:
    for _ in range(20):
        center = desk.whole(desk.account())
        desk.state(center, qualified=False)
        desk.announce(center, "evaluated")
    with django_assert_max_num_queries(14):
        assert process_transitions() == 20


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_only_one_process_acts_at_a_time(center: BuyingCenter) -> None:
    desk.qualify(center)
    results: list[int] = []

    def other() -> None:
        try:
            results.append(process_transitions())
        finally:
            connection.close()

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert results == [0]
    assert process_transitions() == 1
    assert Handoff.objects.count() == 1
