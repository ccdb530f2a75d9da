"""The queue's order and scopes, counts, inboxes, buttons (domain.md §5)."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection

from accounts.models import Account, BuyingCenter
from handoff import actions, queries
from handoff.models import Handoff
from handoff.payload import account_part
from signals.models import CenterState
from signals.publishing import active_model
from tests.handoff import desk
from tests.handoff.desk import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def _queued(due: dt.timedelta, *, score: float | None = 80.0, surged: int | None = None, **fields: Any) -> Handoff:
    row = desk.handoff(claim_due_at=NOW + due, **fields)
    surged_on = NOW.date() - dt.timedelta(days=surged) if surged is not None else None
    desk.state(row.center, score=score or 0, surged_on=surged_on)
    if score is None:
        CenterState.objects.filter(center=row.center).update(score=None)
    return row


def _hours(number: float) -> dt.timedelta:
    return dt.timedelta(hours=number)


def test_the_order_of_the_queue() -> None:
    later = _queued(_hours(14), score=99)
    today_low = _queued(_hours(13.9), score=70, surged=1)
    today_stale = _queued(_hours(5), score=75, surged=9)
    today_fresh = _queued(_hours(6), score=75, surged=2)
    today_never = _queued(_hours(4), score=75)
    today_raised = _queued(_hours(7), score=71, hand_raise_at=NOW)
    hour = _queued(_hours(1), score=70)
    overdue_raised = _queued(-_hours(1), score=60, hand_raise_at=NOW)
    overdue = _queued(-_hours(90), score=95)
    unknown = _queued(_hours(20), score=None)
    expected = [
        overdue_raised, overdue, hour, today_raised, today_fresh, today_stale, today_never, today_low, later, unknown,
    ]  # fmt: skip
    found = list(queries.queue(desk.user("manager"), "pool"))
    assert [row.pk for row in found] == [row.pk for row in expected]
    assert [row.urgency for row in found] == [0, 0, 1, 2, 2, 2, 2, 2, 3, 3]


def test_today_ends_at_midnight_of_the_users_zone() -> None:
    _queued(_hours(15))
    urgency = {
        zone: queries.queue(desk.user("manager", time_zone=zone), "pool").get().urgency
        for zone in ("UTC", "America/New_York")
    }
    assert urgency == {"UTC": 3, "America/New_York": 2}


def test_an_sdr_sees_own_accounts_before_the_pool_a_manager_by_urgency_alone() -> None:
    sdr = desk.user("sdr")
    overdue = _queued(-_hours(1))
    own = _queued(_hours(30), company=desk.account(owner_sdr=sdr))
    assert [row.pk for row in queries.queue(sdr)] == [own.pk, overdue.pk]
    assert [row.pk for row in queries.queue(desk.user("manager"))] == [overdue.pk, own.pk]


def test_an_sdrs_pool_is_own_accounts_the_teams_and_nobodys() -> None:
    team, other = desk.team(), desk.team()
    sdr, mate, stranger = desk.user("sdr", team=team), desk.user("sdr", team=team), desk.user("sdr", team=other)
    gone = desk.user("sdr", team=other, is_active=False)
    rows = {
        name: _queued(_hours(1), company=desk.account(owner_sdr=owner)).pk
        for name, owner in {"own": sdr, "mate": mate, "stranger": stranger, "gone": gone, "nobody": None}.items()
    }
    assert {row.pk for row in queries.queue(sdr)} == {rows[name] for name in ("own", "mate", "gone", "nobody")}
    assert {row.pk for row in queries.queue(desk.user("manager"))} == set(rows.values())


def test_next_takes_the_top_of_ones_own_queue() -> None:
    sdr = desk.user("sdr")
    overdue = _queued(-_hours(1))
    own = _queued(_hours(30), company=desk.account(owner_sdr=sdr))
    _queued(_hours(-9), company=desk.account(owner_sdr=desk.user("sdr", team=desk.team())))
    assert actions.claim_next(by=sdr).pk == own.pk
    assert actions.claim_next(by=sdr).pk == overdue.pk


def test_what_was_offered_back_is_in_the_pool_of_others() -> None:
    row = desk.handoff("working", offered_back_at=NOW)
    sdr = desk.user("sdr")
    assert [one.pk for one in queries.queue(sdr, "pool")] == [row.pk]
    assert list(queries.claimable(row.claimed_by)) == []
    assert actions.claim_next(by=sdr).pk == row.pk


def test_the_clock_that_runs_decides_the_urgency() -> None:
    sdr = desk.user("sdr")
    outreach = desk.handoff("working", sdr=sdr, outreach_due_at=NOW - _hours(1), decision_due_at=NOW + _hours(99))
    decided = desk.handoff(
        "working", sdr=sdr, outreach_due_at=NOW - _hours(1), outreach_at=NOW, decision_due_at=NOW + _hours(0.5)
    )
    found = list(queries.queue(sdr, "mine"))
    assert [(row.pk, row.urgency, row.due_at) for row in found] == [
        (outreach.pk, 0, NOW - _hours(1)),
        (decided.pk, 1, NOW + _hours(0.5)),
    ]


def test_scopes_and_their_counts_agree() -> None:
    sdr, ae = desk.user("sdr"), desk.user("ae")
    _queued(-_hours(1))
    _queued(_hours(1), hand_raise_at=NOW, cooling_since=None)
    _queued(_hours(1), cooling_since=NOW.date())
    desk.handoff("working", sdr=sdr, hand_raise_at=NOW, decision_due_at=NOW - _hours(1))
    desk.handoff("passed", sdr=sdr, ae=ae)
    desk.handoff("opportunity", ae=ae)
    for state in ("won", "recycled", "withdrawn"):
        desk.handoff(state)
    assert queries.counts(sdr) == {"pool": 3, "mine": 1, "hand_raises": 2, "cooling": 1, "all": 5, "overdue": 2}
    assert queries.counts(ae)["mine"] == 2
    for user in (sdr, ae):
        counts = queries.counts(user)
        assert {scope: queries.queue(user, scope).count() for scope in queries.SCOPES} == {
            scope: counts[scope] for scope in queries.SCOPES
        }


def _many(number: int) -> None:
    model = active_model()
    accounts = Account.objects.bulk_create([Account(name=f"Bulk {n}") for n in range(number)])
    centers = BuyingCenter.objects.bulk_create([BuyingCenter(account=one, is_default=True) for one in accounts])
    CenterState.objects.bulk_create(
        [
            CenterState(center=one, account_id=one.account_id, model=model, score=n % 100)
            for n, one in enumerate(centers)
        ]
    )
    Handoff.objects.bulk_create(
        [
            Handoff(center=one, account_id=one.account_id, claim_due_at=NOW + _hours(n % 50))
            for n, one in enumerate(centers)
        ]
    )
    # What autovacuum does a minute after rows came in bulk: until then the planner takes the tables for empty.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.parametrize("number", [10, 10_000])
def test_a_page_of_the_queue_is_one_query_at_any_size(number: int, django_assert_num_queries: Any) -> None:
    _many(number)
    user = desk.user("sdr")
    with django_assert_num_queries(1):
        rows = list(queries.queue(user)[:50])
        shown = [
            (row.account.name, row.center.state.score, row.center.state.strip, row.claimed_by, row.ae) for row in rows
        ]
    assert len(shown) == min(50, number)
    with django_assert_num_queries(1):
        assert queries.counts(user)["pool"] == number


# Inboxes


def test_an_inbox_shows_what_waits_for_an_answer_first() -> None:
    ae = desk.user("ae")
    deal = desk.handoff("opportunity", ae=ae)
    accepted = desk.handoff("accepted", ae=ae)
    late = desk.handoff("passed", ae=ae, answer_due_at=NOW + _hours(30))
    soon = desk.handoff("passed", ae=ae, answer_due_at=NOW + _hours(3))
    desk.handoff("passed")
    desk.handoff("won", ae=ae)
    assert [row.pk for row in queries.inbox(ae)] == [soon.pk, late.pk, accepted.pk, deal.pk]


def test_an_sdr_sees_what_became_of_each_pass(django_assert_num_queries: Any) -> None:
    sdr, ae = desk.user("sdr"), desk.user("ae")
    row = desk.handoff("working", sdr=sdr)
    desk.ready_to_pass(row)
    actions.pass_to_ae(handoff_id=row.pk, ae=ae, summary="Yes", by=sdr)
    actions.return_to_sdr(handoff_id=row.pk, reason="procedural", comment="No budget holder.", by=ae)
    with django_assert_num_queries(2):
        found = queries.passed_by(sdr).get()
        last = found.moves[0]
        assert (found.state, last.action, last.reason.key, last.comment, last.by) == (
            "working",
            "return",
            "procedural",
            "No budget holder.",
            ae,
        )


# Buttons


def _options(row: Handoff, user: Any) -> dict[str, list[str]]:
    return {option.action: list(option.needs_missing) for option in queries.allowed_moves(row, user)}


def test_buttons_are_those_of_the_table_with_what_is_missing() -> None:
    row = desk.handoff("working")
    assert _options(row, row.claimed_by) == {
        "release": [],
        "pass": [
            "at least one validated stakeholder in the buying group",
            "a buying group that is 50% complete (it is 0%)",
        ],
        "recycle": [],
        "disqualify": [],
    }
    desk.ready_to_pass(row)
    assert _options(row, row.claimed_by)["pass"] == []
    assert _options(row, desk.user("sdr")) == {}
    assert list(_options(row, desk.user("manager"))) == ["reassign"]


def test_taking_over_is_offered_to_others_once_it_was_offered_back() -> None:
    row = desk.handoff("working", offered_back_at=NOW)
    assert list(_options(row, desk.user("sdr"))) == ["take_over"]
    assert "take_over" not in _options(row, row.claimed_by)


def test_a_form_asks_for_what_the_table_names() -> None:
    row = desk.handoff("working")
    asks = {option.action: list(option.asks) for option in queries.allowed_moves(row, row.claimed_by)}
    assert asks == {"release": [], "pass": ["ae", "summary"], "recycle": ["reason", "date"], "disqualify": ["reason"]}


def test_the_move_that_can_be_undone() -> None:
    row, sdr = desk.handoff(), desk.user("sdr")
    actions.claim(handoff_id=row.pk, by=sdr)
    assert queries.last_undoable(row, sdr, seconds=60).action == "claim"
    assert queries.last_undoable(row, desk.user("sdr"), seconds=60) is None
    with time_machine.travel(NOW + dt.timedelta(seconds=61), tick=False):
        assert queries.last_undoable(row, sdr, seconds=60) is None


# API


def test_the_api_says_the_open_handoff_and_who_holds_it(django_assert_num_queries: Any) -> None:
    sdr = desk.user("sdr", "Ann Lee")
    row = desk.handoff("working", sdr=sdr, company=desk.account("Acme"))
    closed = desk.handoff("won")
    queued = desk.handoff()
    with django_assert_num_queries(1):
        found = account_part([row.account_id, closed.account_id, queued.account_id])
    assert set(found) == {row.account_id, queued.account_id}
    assert found[row.account_id] == {
        "id": row.pk,
        "center": row.center_id,
        "state": "working",
        "since": NOW,
        "holder": {"id": sdr.pk, "name": "Ann Lee"},
        "sdr": {"id": sdr.pk, "name": "Ann Lee"},
        "ae": None,
        "is_mqa": True,
        "qualified_at": NOW,
        "queued_at": NOW,
        "hand_raise_at": None,
        "cooling_since": None,
        "claim_due_at": None,
        "due_at": NOW + _hours(24),
    }
    assert found[queued.account_id]["claim_due_at"] == found[queued.account_id]["due_at"] == NOW + _hours(4)


def test_the_api_prefers_the_handoff_of_the_whole() -> None:
    row = desk.handoff("working")
    desk.handoff(center=BuyingCenter.objects.create(account=row.account, name="EMEA IT"))
    assert account_part([row.account_id])[row.account_id]["id"] == row.pk
