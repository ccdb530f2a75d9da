"""A closed month does not move by what comes late, until it is restated; then that is shown (domain.md §6)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import ProgrammingError, transaction
from django.test import Client

from accounts.merging import merge_accounts, undo_merge
from accounts.models import Account, AccountFact, User
from accounts.targets import set_targets
from handoff.models import Opportunity
from reports import attributed, closing, cohorts, funnel, inquiries, outcomes
from reports.deals import freeze
from reports.models import MonthClose, ReportPolicy, Restatement
from reports.period import Period
from signals.models import PastReading, Touch
from tests.reports.facts import DAY, company, deal, mqa, touch

pytestmark = pytest.mark.django_db

FIRST = date(2026, 3, 1)
MARCH = Period(FIRST, date(2026, 3, 31))
LINEAR = attributed.Options(model="linear")
CLOSED = datetime(2026, 4, 6, 12, tzinfo=UTC)
LATER = datetime(2026, 5, 20, 12, tzinfo=UTC)


def credits_now(period: Period = MARCH, money: str = "won") -> dict[str, Decimal]:
    found = attributed.attribute(period, attributed.Options(model="linear", money=money))
    return {row.key: row.amounts["USD"] for row in found.credits}


@pytest.fixture
def won() -> Account:
    account = company("Halden")
    touch(account, day=-5, channel="ads")
    deal(account, day=0, stage="won", closed=date(2026, 3, 20), amount="100.00")
    return account


def close() -> MonthClose:
    return closing.close_month(month=FIRST, by=None, now=CLOSED)


def test_late_touches_do_not_move_a_closed_month(won: Account) -> None:
    close()
    touch(won, day=-4, channel="mail", received=60)
    touch(company("Late"), day=1, channel="mail", received=60)
    assert credits_now() == {"ads": Decimal(100)}
    assert len(inquiries.inquirers(MARCH)) == 0  # the first touch was in February, the other came too late
    assert [(one.slug, one.late, one.restated) for one in closing.closed_in(MARCH)] == [("2026-03", 1, 0)]


@pytest.mark.parametrize("into_other", [True, False])
def test_a_merge_does_not_move_a_closed_month(won: Account, into_other: bool) -> None:
    other = company("Other")
    touch(other, day=-4, channel="mail")
    before, counted = close() and credits_now(), len(inquiries.inquirers(MARCH))
    gone, kept = (won, other) if into_other else (other, won)
    merge = merge_accounts(gone=gone, kept=kept, by=None)
    assert (credits_now(), len(inquiries.inquirers(MARCH))) == (before, counted)
    undo_merge(merge=merge, by=None)
    assert (credits_now(), len(inquiries.inquirers(MARCH))) == (before, counted)
    merge_accounts(gone=gone, kept=kept, by=None)
    MonthClose.objects.all().delete()
    assert credits_now() == {"ads": Decimal(50), "mail": Decimal(50)}


def test_a_merge_does_not_move_the_milestones_of_a_closed_month(won: Account) -> None:
    other = company("Other")
    for day in (-4, -3, -2):
        touch(won, day=day, channel=f"mail {day}")
    mqa(won, day=-2)
    mqa(other, day=-4)
    close()
    before = closing.figures(MARCH)
    merge_accounts(gone=won, kept=other, by=None)
    assert closing.figures(MARCH) == before


def test_an_open_month_moves(won: Account) -> None:
    touch(won, day=-4, channel="mail", received=60)
    touch(company("Late"), day=1, channel="mail", received=60)
    assert credits_now() == {"ads": Decimal(50), "mail": Decimal(50)}
    assert len(inquiries.inquirers(MARCH)) == 1


def test_touches_are_read_as_they_were_when_the_month_was_closed(won: Account) -> None:
    seen = touch(won, day=2, channel="ads")
    close()
    other = company("Other")
    # The touch turns out to be somebody else's, and of another channel.
    for one in Touch.objects.filter(account=won):
        known = LATER - timedelta(days=1)
        PastReading.objects.create(
            touch_id=one.pk, account=won, touch_type=one.touch_type, channel="ads", minutes=2, known_from=one.known_from,
            known_until=known,
        )  # fmt: skip
        Touch.objects.filter(pk=one.pk).update(account=other, channel="mail", known_from=known)
    assert credits_now() == {"ads": Decimal(100)}
    assert [row[0] for row in inquiries.inquirers(MARCH)] == [won.pk]
    assert seen.account_id == won.pk


def test_only_the_closed_month_stands_still(won: Account) -> None:
    close()
    touch(won, day=40, channel="mail", received=80)
    deal(won, day=45, stage="won", closed=date(2026, 4, 20), amount="60.00")
    april = Period(date(2026, 4, 1), date(2026, 4, 30))
    assert credits_now(april) == {"ads": Decimal(30), "mail": Decimal(30)}
    assert credits_now(Period(FIRST, april.end)) == {"ads": Decimal(130), "mail": Decimal(30)}


def test_an_edited_opportunity_does_not_move_a_closed_month(won: Account) -> None:
    lost = company("Lost")
    deal(lost, day=1, stage="lost", closed=date(2026, 3, 25), amount="30.00")
    waiting = company("Waiting")
    touch(waiting, day=1, channel="mail")
    deal(waiting, day=2, amount="70.00")
    close()
    before = (
        credits_now(),
        credits_now(money="open"),
        outcomes.groups(cohorts.closed_tallies(MARCH)),
        cohorts.created_counts(MARCH),
    )
    assert before[:2] == ({"ads": Decimal(100)}, {"mail": Decimal(70)})
    Opportunity.objects.filter(account=won).update(amount=Decimal(900), currency="EUR", closed_on=date(2026, 3, 28))
    Opportunity.objects.filter(account=lost).update(stage="won", amount=Decimal(5))
    Opportunity.objects.filter(account=waiting).update(stage="won", closed_on=date(2026, 3, 30))
    deal(won, day=5, stage="won", closed=date(2026, 3, 29), amount="11.00")
    assert (
        credits_now(),
        credits_now(money="open"),
        outcomes.groups(cohorts.closed_tallies(MARCH)),
        cohorts.created_counts(MARCH),
    ) == before
    assert [one.amount for one in cohorts.created_deals(MARCH)] == [Decimal(100), Decimal(30), Decimal(70)]
    by = User.objects.create_user("mia@desk.test", name="Mia", role="manager")
    with time_machine.travel(LATER, tick=False):
        found = closing.restate(month=FIRST, comment="Amounts were corrected", by=by)
    won_ads, without = f"Won, {attributed.MODELS['w']}, ads", "Won, without any touch"
    assert (found.before[won_ads], found.before[without]) == ("100.00 USD", "–")
    assert (found.after[won_ads], found.after[without]) == ("900.00 EUR + 11.00 USD", "5.00 USD")
    names = (
        "Win rate, All opportunities",
        "Mean amount, All others",
        "Days to close, All others",
        "Opportunities created",
    )
    assert [found.before[name] for name in names] == [
        "50 % (1 of 2; 9 % to 91 %)",
        "100.00 USD (1)",
        "20.0 days (2)",
        "3",
    ]
    assert [found.after[name] for name in names] == [
        "100 % (4 of 4; 51 % to 100 %)", "900.00 EUR + 28.67 USD (4)", "24.0 days (4)", "4",
    ]  # fmt: skip
    assert sum(one.stage == "won" for one in cohorts.closed_deals(MARCH)) == 4


@pytest.mark.parametrize("model", attributed.MODELS)
def test_an_opportunity_edited_into_another_month_stands_in_both(won: Account, model: str) -> None:
    close()
    Opportunity.objects.filter(account=won).update(amount=Decimal(70), closed_on=date(2026, 4, 10))
    both = Period(FIRST, date(2026, 4, 30))
    found = attributed.attribute(both, attributed.Options(model=model))
    assert (found.totals, found.opportunities) == ({"USD": Decimal(170)}, 2)
    assert {row.key: row.amounts for row in found.credits} == {"ads": {"USD": Decimal(170)}}
    assert len(attributed.deals_of(both, attributed.Options(model=model), key="ads")) == 2


def test_an_account_that_becomes_a_target_does_not_move_a_closed_month(won: Account) -> None:
    touch(won, day=1, channel="mail")
    mqa(won)
    AccountFact.objects.filter(account=won).update(known_from=DAY - timedelta(days=30))
    close()
    others, targets = replace(MARCH, segment="other"), replace(MARCH, segment="target")

    def figures() -> list[object]:
        return [
            (credits_now(one), funnel.paths(one)["mqa"][0].count, len(inquiries.inquirers(one)), len(cohorts.qualified(one)),
             funnel.paths(one)["mqa"][1].count, len(cohorts.closed_deals(one)))
            for one in (others, targets)
        ]  # fmt: skip

    before = figures()
    assert before == [({"ads": Decimal(100)}, 1, 1, 1, 1, 1), ({}, 0, 0, 0, 0, 0)]
    set_targets(account_ids=[won.pk], is_target=True, by=None, at=LATER)
    assert figures() == before
    MonthClose.objects.update(known_at=LATER)
    freeze(MonthClose.objects.get().pk)
    assert figures() == before[::-1]


def test_restating_counts_what_came_late_and_keeps_both_figures(won: Account) -> None:
    by = User.objects.create_user("mia@desk.test", name="Mia", role="manager")
    close()
    touch(won, day=-4, channel="mail", received=60)
    with time_machine.travel(LATER, tick=False):
        found = closing.restate(month=FIRST, comment="The webinar list came late", by=by)
    model = attributed.MODELS["w"]
    assert credits_now() == {"ads": Decimal(50), "mail": Decimal(50)}
    assert (found.by, found.at, found.known_before) == (by, LATER, CLOSED - closing.SETTLED)
    assert MonthClose.objects.get().known_at == LATER - closing.SETTLED
    assert found.before[f"Won, {model}, ads"] == "100.00 USD"
    assert (found.after[f"Won, {model}, ads"], found.after[f"Won, {model}, mail"]) == ("50.00 USD", "50.00 USD")
    with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
        Restatement.objects.update(before={})


@pytest.mark.parametrize(
    ("closed", "comment", "said"),
    [(False, "Why", "is not closed"), (True, "  ", "Say why")],
)
def test_a_restatement_needs_a_closed_month_and_a_reason(closed: bool, comment: str, said: str) -> None:
    by = User.objects.create_user("mia@desk.test", name="Mia", role="manager")
    if closed:
        close()
    with pytest.raises(ValidationError, match=said):
        closing.restate(month=FIRST, comment=comment, by=by)
    assert Restatement.objects.count() == 0


@pytest.mark.parametrize("slug", ["2026-13", "march", "9999-12", "0001-01"])
def test_what_is_no_month_cannot_be_read(slug: str) -> None:
    with pytest.raises(ValueError, match=f"{slug}|unconverted"):
        closing.read_month(slug)


def test_a_month_is_closed_once_and_when_it_is_over() -> None:
    with pytest.raises(ValidationError, match="not over"):
        closing.close_month(month=FIRST, by=None, now=datetime(2026, 3, 31, 23, tzinfo=UTC))
    close()
    with pytest.raises(ValidationError, match="closed already"):
        close()


def test_months_close_by_themselves_some_days_after_their_end() -> None:
    assert closing.close_due(CLOSED) == 0  # nobody is here yet
    company("First")
    Account.objects.update(created_at=DAY)
    assert closing.close_due(datetime(2026, 4, 5, 23, tzinfo=UTC)) == 0
    assert [closing.close_due(CLOSED) for _ in range(2)] == [1, 0]
    # The loop stood still for two months.
    assert closing.close_due(datetime(2026, 6, 20, tzinfo=UTC)) == 2
    assert [str(one) for one in MonthClose.objects.all()] == ["May 2026", "April 2026", "March 2026"]


def test_what_was_before_the_desk_is_never_closed_by_itself() -> None:
    company("First")
    Account.objects.update(created_at=datetime(2026, 4, 2, tzinfo=UTC))
    assert closing.close_due(CLOSED) == 0
    ReportPolicy.objects.create(pk=1, close_days=None)
    assert closing.close_due(datetime(2026, 9, 9, tzinfo=UTC)) == 0


def test_a_manager_closes_and_restates_and_an_sdr_reads(client: Client, won: Account) -> None:
    client.force_login(User.objects.create_user("mia@desk.test", name="Mia", role="manager"))
    assert client.post("/reports/months/2026-03/").status_code == 302
    touch(won, day=-4, channel="mail", received=60)
    MonthClose.objects.update(known_at=CLOSED)
    assert (
        b"March 2026</a> as known on Apr 6, 2026"
        in client.get("/reports/attribution/?from=2026-03-01&to=2026-03-31").content
    )
    assert client.post("/reports/months/2026-03/", {"restate": "1", "comment": ""}).status_code == 422
    assert client.post("/reports/months/2026-03/", {"restate": "1", "comment": "Late\0 list"}).status_code == 302
    client.force_login(User.objects.create_user("sam@desk.test", name="Sam", role="sdr"))
    response = client.get("/reports/months/2026-03/")
    page = response.content
    ((_, lines),) = response.context["restatements"]
    moved = [name.casefold() for name, _, _, differs in lines if differs]
    still = [name.casefold() for name, _, _, differs in lines if not differs]
    assert moved
    assert (moved, still) == (sorted(moved), sorted(still))
    assert [differs for *_, differs in lines] == [True] * len(moved) + [False] * len(still)
    assert b"Late list" in page
    assert b"<strong>50.00 USD</strong>" in page
    assert client.post("/reports/months/2026-03/", {"restate": "1", "comment": "x"}).status_code == 403
    assert client.get("/reports/months/").status_code == 200
    assert [client.get(f"/reports/months/{slug}/").status_code for slug in ("2026-13", "x", "2026-04")] == [
        404,
        404,
        200,
    ]
