"""Lifetime value and retention by hand (domain.md §6)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from accounts.merging import merge_accounts
from handoff.models import Handoff
from reports import drawn_revenue, revenue
from reports.pages import revenue as page
from reports.period import Period
from reports.spans import spans_of
from tests.handoff import desk
from tests.reports.facts import DAY, company, deal, mqa, pays

pytestmark = pytest.mark.django_db

YEAR = Period(date(2026, 3, 1), date(2027, 2, 28))
NEXT = Period(date(2027, 3, 1), date(2028, 2, 29))


def test_retention_of_those_who_paid_at_the_start() -> None:
    grows, shrinks, leaves, comes = company("Grows"), company("Shrinks"), company("Leaves"), company("Comes")
    for account in (grows, shrinks, leaves):
        pays(account, "new", "100.00", date(2026, 2, 28))
    pays(grows, "expansion", "60.00", date(2026, 3, 1))
    pays(grows, "renewal", "160.00", date(2027, 2, 28))
    pays(shrinks, "contraction", "30.00", date(2027, 2, 28))
    pays(leaves, "churn", "100.00", date(2026, 8, 1))
    pays(leaves, "churn", "1.00", date(2027, 3, 1))  # after the period
    pays(comes, "new", "500.00", date(2026, 3, 1))
    (found,) = revenue.retained(YEAR)
    assert (found.source, found.currency, found.customers) == ("others", "USD", 3)
    assert (found.at_start, found.at_end) == (Decimal(300), Decimal(230))
    assert (found.net * 300, found.gross * 300) == (Decimal(230), Decimal(170))


def test_what_two_merged_accounts_both_said_counts_once() -> None:
    gone, kept = company("Gone"), company("Kept")
    for account in (gone, kept):
        pays(account, "new", "100.00", date(2026, 1, 1))
    merge_accounts(gone=gone, kept=kept, by=desk.user("admin"))
    (found,) = revenue.retentions(revenue.groups(YEAR))
    assert (found.customers, found.at_start) == (1, Decimal(100))
    assert [one.account for one in revenue.events(Period(date(2026, 1, 1), date(2026, 1, 1)))] == ["Kept"]


def test_currencies_stay_apart() -> None:
    account = company("Both")
    pays(account, "new", "100.00", date(2026, 1, 1))
    pays(account, "new", "100.00", date(2026, 1, 1), currency="EUR")
    pays(account, "expansion", "50.00", date(2026, 4, 1), currency="EUR")
    found = {one.currency: (one.customers, one.net) for one in revenue.retained(YEAR)}
    assert found == {"USD": (1, Decimal(1)), "EUR": (1, Decimal("1.5"))}


def test_cohorts_of_sourced_customers_beside_others() -> None:
    sourced, late, other = company("Sourced"), company("Late"), company("Other")
    mqa(sourced)
    mqa(late)
    pays(sourced, "new", "100.00", date(2026, 4, 1), opportunity=deal(sourced, day=10))
    pays(sourced, "expansion", "20.00", date(2026, 9, 1))
    pays(sourced, "renewal", "120.00", date(2027, 2, 1))
    # Created 90 days after it qualified, which is too late; no event names it, so the last one won counts.
    deal(late, day=90, stage="won", closed=date(2026, 6, 1))
    pays(late, "new", "70.00", date(2026, 6, 2))
    pays(late, "churn", "70.00", date(2026, 12, 1))
    pays(other, "new", "50.00", date(2026, 5, 1))
    found = {
        (one.cohort, one.source): (one.customers, one.left, one.lifetime, one.recurring)
        for one in revenue.cohorts(revenue.groups(YEAR))
    }
    assert found == {
        ("2026 Q2", "sourced"): (1, 0, Decimal(240), Decimal(120)),
        ("2026 Q2", "others"): (2, 1, Decimal(120), Decimal(50)),
    }
    assert revenue.cohorts(revenue.groups(NEXT)) == []


def test_a_won_opportunity_sources_the_customer_when_no_event_names_one() -> None:
    account = company("Sourced")
    mqa(account)
    deal(account, day=10, stage="won", closed=date(2026, 4, 1))
    deal(account, day=300, stage="won", closed=date(2027, 1, 1))  # after the first revenue
    pays(account, "new", "100.00", date(2026, 4, 1))
    assert [one.sourced for one in revenue.customers(YEAR)] == [True]
    assert [(one.kind, one.sourced) for one in revenue.events(YEAR)] == [("new", True)]


def test_who_leaves_and_comes_back_pays_at_the_end() -> None:
    """What they pay at the end counts, whatever lay between: 80, 70, and 10 less than nothing, of 200."""
    back, second, gone = company("Back"), company("Second"), company("Gone")
    for account, paid in ((back, "100.00"), (second, "50.00"), (gone, "50.00")):
        pays(account, "new", paid, date(2026, 2, 1))
    pays(back, "churn", "100.00", date(2026, 5, 1))
    pays(back, "new", "80.00", date(2026, 9, 1))
    pays(second, "new", "20.00", date(2026, 9, 1))  # another product
    pays(gone, "contraction", "60.00", date(2026, 9, 1))
    (found,), (same,) = revenue.retained(YEAR), revenue.retentions(revenue.groups(YEAR))
    assert [same.at_start, same.net, same.gross] == [found.at_start, found.net, found.gross]
    assert (found.at_start, found.grown, found.shrunk, found.lost) == tuple(map(Decimal, (200, 100, 60, 100)))
    assert (found.at_end, found.net, found.gross) == (Decimal(140), Decimal("0.7"), Decimal("0.2"))
    groups = revenue.groups(YEAR)
    assert sum(one.recurring for one in groups) == found.at_end
    assert sum(one.recurring for one in revenue.customers(YEAR)) == found.at_end
    assert [(one.left, one.below) for one in groups] == [(1, 1)]
    over_time = drawn_revenue.over_time(YEAR, groups, revenue.moved(YEAR, spans_of(YEAR).starts))
    assert over_time.table
    assert [over_time.table.rows[0][1], over_time.table.rows[-1][1]] == ["100 %", "70 %"]


def test_customers_by_the_source_of_their_first_opportunity() -> None:
    sourced, raised, other, none = company("Sourced"), company("Raised"), company("Other"), company("None")
    mqa(sourced)
    hand = mqa(raised)
    Handoff.objects.filter(pk=hand.pk).update(is_mqa=False, hand_raise_at=hand.qualified_at)
    for account in (sourced, raised, other):
        pays(account, "new", "100.00", date(2026, 4, 1), opportunity=deal(account, day=10))
    pays(none, "new", "100.00", date(2026, 4, 1))
    found = {
        source: [one.account for one in revenue.customers(replace(YEAR, source=source))]
        for source in ("mqa", "hand_raise", "other")
    }
    assert found == {"mqa": ["Sourced"], "hand_raise": ["Raised"], "other": ["Other", "None"]}
    assert [one.account for one in revenue.events(replace(YEAR, source="hand_raise"))] == ["Raised"]


def test_lifetime_and_what_moved_are_compared_at_equal_age() -> None:
    first, second = company("First"), company("Second")
    pays(first, "new", "100.00", date(2026, 4, 1))
    pays(first, "expansion", "20.00", date(2026, 9, 1))
    pays(first, "expansion", "900.00", date(2027, 9, 1))  # after the period that is compared with
    pays(second, "new", "70.00", date(2027, 4, 1))
    cards = {card.key: card for card in page.sections(NEXT, now=DAY, before=YEAR)}
    (each,) = cards["lifetime"].figures
    assert (each.label, str(each.value), each.before) == (
        "All others, USD", "70.00 USD a customer (1)", "120.00 USD a customer (1)"
    )  # fmt: skip
    moved = cards["movements"].table
    assert moved
    assert [column.label for column in moved.columns[-2:]] == ["MQA-sourced before", "All others before"]
    assert [(row[0], *map(str, row[4:])) for row in moved.rows] == [
        ("New", "1", "70.00 USD", "0.00 USD (0)", "100.00 USD (1)"),
        ("Expansion", "1", "900.00 USD", "0.00 USD (0)", "20.00 USD (1)"),
    ]
    alone = {card.key: card for card in page.sections(NEXT, now=DAY, before=None)}
    assert [card.before for card in alone["lifetime"].figures] == [""]
    assert len(alone["movements"].table.columns) == 6  # type: ignore[union-attr]


def test_both_periods_are_as_each_by_itself() -> None:
    """Who began without a new event began with another one as of the earlier period, sourced or not."""
    early, steady = company("Early"), company("Steady")
    mqa(early)
    pays(early, "expansion", "40.00", date(2026, 2, 1))
    pays(early, "new", "60.00", date(2027, 4, 1), opportunity=deal(early, day=3, stage="won", closed=date(2026, 3, 20)))
    pays(early, "expansion", "10.00", date(2027, 5, 1))
    pays(steady, "new", "100.00", date(2026, 1, 1))
    pays(steady, "contraction", "30.00", date(2026, 7, 1))
    now, before = revenue.retained_both(NEXT, YEAR)
    assert (now, before) == (revenue.retained(NEXT), revenue.retained(YEAR))
    assert [(one.source, one.customers, one.at_start, one.at_end) for one in now] == [
        ("sourced", 1, Decimal(40), Decimal(110)),
        ("others", 1, Decimal(70), Decimal(70)),
    ]
    assert [(one.source, one.customers, one.at_start, one.at_end) for one in before] == [
        ("others", 2, Decimal(140), Decimal(110))
    ]
