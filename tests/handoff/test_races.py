"""Many people at once on real connections: one wins, the others are told who (promise R6)."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import close_old_connections, connection, connections

from accounts.models import Account, BuyingCenter, User
from handoff import actions
from handoff.errors import MoveRefused
from handoff.models import DeskPolicy, Handoff, HandoffEvent, NoticeChoice
from handoff.notice_forms import NoticesForm
from handoff.notify import KINDS
from handoff.process import process_transitions
from tests.handoff import desk

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

PEOPLE = 50


def _at_once(jobs: list[Callable[[], object]]) -> list[object]:
    """What each job returned or raised, all started together, each on a connection of its own."""
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        close_old_connections()
        connection.ensure_connection()
        start.wait()
        try:
            return job()
        except MoveRefused as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def _sdrs(number: int) -> list[User]:
    return [desk.user("sdr") for _ in range(number)]


def test_fifty_claim_one_account_and_one_wins() -> None:
    row, people = desk.handoff(), _sdrs(PEOPLE)
    results = _at_once([lambda by=by: actions.claim(handoff_id=row.pk, by=by) for by in people])
    winners = [result for result in results if isinstance(result, Handoff)]
    refusals = [result for result in results if isinstance(result, MoveRefused)]
    assert (len(winners), len(refusals)) == (1, PEOPLE - 1)
    row.refresh_from_db()
    assert {(refusal.code, refusal.holder) for refusal in refusals} == {("held", row.claimed_by)}
    assert all(str(row.claimed_by) in refusal.message for refusal in refusals)
    assert HandoffEvent.objects.filter(handoff=row, action="claim").count() == 1


def test_fifty_people_work_off_a_thousand_accounts_and_none_goes_to_two() -> None:
    DeskPolicy.objects.update(claim_limit=1000)
    Account.objects.bulk_create([Account(name=f"Company {number}") for number in range(1000)])
    BuyingCenter.objects.bulk_create(
        [BuyingCenter(account=company, is_default=True) for company in Account.objects.all()]
    )
    Handoff.objects.bulk_create(
        [Handoff(center=center, account_id=center.account_id) for center in BuyingCenter.objects.all()]
    )

    def work(by: User) -> list[int]:
        claimed = []
        while True:
            try:
                claimed.append(actions.claim_next(by=by).pk)
            except MoveRefused as refusal:
                if refusal.code != "empty":
                    raise
                return claimed

    results = _at_once([lambda by=by: work(by) for by in _sdrs(PEOPLE)])
    claimed = [pk for result in results for pk in result]
    assert len(claimed) == len(set(claimed)) == 1000
    assert Handoff.objects.filter(state="working").count() == 1000
    assert HandoffEvent.objects.filter(action="claim").count() == 1000


def test_ones_own_clicks_at_once_do_not_pass_the_claim_limit() -> None:
    DeskPolicy.objects.update(claim_limit=3)
    sdr = desk.user("sdr")
    rows = [desk.handoff() for _ in range(10)]
    results = _at_once([lambda row=row: actions.claim(handoff_id=row.pk, by=sdr) for row in rows])
    assert [result.code for result in results if isinstance(result, MoveRefused)] == ["limit"] * 7
    assert Handoff.objects.filter(claimed_by=sdr).count() == 3


def test_an_accept_and_a_return_at_once_are_one_of_them() -> None:
    row = desk.handoff("passed")
    results = _at_once(
        [
            lambda: actions.accept(handoff_id=row.pk, by=row.ae),
            lambda: actions.return_to_sdr(handoff_id=row.pk, reason="clerical", comment="No phone", by=row.ae),
        ]
    )
    assert sum(isinstance(result, Handoff) for result in results) == 1
    assert row.events.count() == 1


def test_a_center_that_qualifies_in_many_processes_has_one_open_handoff() -> None:
    for _ in range(20):
        center = desk.whole(desk.account())
        desk.qualify(center)
        desk.raise_hand(center, center.pk)
    _at_once([process_transitions for _ in range(8)])
    process_transitions()
    assert Handoff.objects.count() == 20
    assert Handoff.objects.filter(hand_raise_at__isnull=False, is_mqa=True).count() == 20


def test_claims_go_on_while_transitions_are_acted_on() -> None:
    rows = [desk.handoff() for _ in range(10)]
    for row in rows:
        desk.unqualify(row.center)
    people = _sdrs(10)
    jobs: list[Callable[[], object]] = [
        lambda r=r, by=by: actions.claim(handoff_id=r.pk, by=by) for r, by in zip(rows, people, strict=True)
    ]
    results = _at_once([*jobs, process_transitions, process_transitions])
    assert sum(isinstance(result, Handoff) for result in results) == 10
    process_transitions()
    assert Handoff.objects.filter(state="working", cooling_since__isnull=False).count() == 10


def test_how_one_is_told_is_kept_once_when_saved_twice_at_once() -> None:
    user = desk.user("sdr")
    data = {"every": "day", "hour": "8", **{f"mail_{kind}": "digest" for kind in KINDS}}
    forms = [NoticesForm(data, user=user) for _ in range(4)]
    assert all(form.is_valid() for form in forms)
    _at_once([form.save for form in forms])
    assert NoticeChoice.objects.filter(user=user, mail="digest", bell=False).count() == len(KINDS)
