"""What charts over time draw, by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from reports import drawn, drawn_revenue, revenue
from reports.attributed import Options, attribute
from reports.cohorts import qualified_alike
from reports.credits import OTHERS
from reports.period import Period
from reports.spans import spans_of
from tests.reports.facts import DAY, company, deal, mqa, pays, touch

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def test_each_weeks_mqas_are_a_cohort() -> None:
    """Alpha and Beta qualified in one week, of which Beta came to an opportunity; Gamma in the next, a day too late for one."""
    accounts = [company(name) for name in ("Alpha", "Beta", "Gamma")]
    for number, account in enumerate(accounts):
        mqa(account, day=(0, 2, 7)[number])
    deal(accounts[1], day=90)
    deal(accounts[2], day=97)
    now = DAY + timedelta(days=90)
    card = drawn.cohorts(MARCH, qualified_alike(MARCH, now=now))
    assert [tuple(map(str, row)) for row in card.table.rows] == [
        ("Mar 2", "2", "50 % (1 of 2; 9 % to 91 %)", "0"),
        ("Mar 9", "1", "0 % (0 of 1; 0 % to 79 %)", "1"),
    ]
    asked = {"from": "2026-03-02", "to": "2026-03-08"}
    assert [(cell.rows, cell.asks) for cell in card.table.rows[0][1:3]] == [("mqa", asked), ("mqa_opportunity", asked)]
    assert (len(card.charts), card.folded) == (1, True)
    of_one = drawn.cohorts(MARCH, [row for row in qualified_alike(MARCH, now=now) if row.day.day < 8])
    assert (of_one.charts, of_one.folded, len(of_one.table.rows)) == ([], False, 1)
    longer = drawn.cohorts(Period(date(2026, 1, 1), date(2026, 4, 30)), [])
    assert (longer.title, longer.table.rows) == ("MQA → opportunity by month", [])


def test_credit_by_week_sums_to_the_credits_and_keeps_the_most_credited_apart() -> None:
    for number in range(8):  # 100, 200, … 800, each by a channel of its own
        account = company(f"Company{number}")
        touch(account, day=0, channel=f"channel {number}")
        deal(account, day=1, stage="won", closed=date(2026, 3, 3 + number), amount=f"{100 * (number + 1)}.00")
    found = attribute(MARCH, Options())
    assert sum((amount for _, _, _, amount in found.daily), Decimal(0)) == found.totals["USD"] == Decimal("3600.00")
    section = drawn.credits_over_time(MARCH, found, by="channel", currency="USD")
    # Closed on Mar 3 to 10: the two least are one, and the week from the 9th has the last two.
    assert [column.label for column in section.table.columns] == [
        "Week", "channel 7", "channel 6", "channel 5", "channel 4", "channel 3", "channel 2", OTHERS,
    ]  # fmt: skip
    by_week = {row[0]: row[1:] for row in section.table.rows}
    assert by_week["Mar 2"][0] == "0.00 USD"
    assert by_week["Mar 2"][-1] == "300.00 USD"
    assert by_week["Mar 9"][:2] == ("800.00 USD", "700.00 USD")
    assert section.charts[0].marks == 7  # nothing is drawn of nothing


def test_an_open_amount_counts_when_it_was_created() -> None:
    account = company("Halden")
    touch(account, day=0, channel="ads")
    deal(account, day=8, amount="100.00")
    assert attribute(MARCH, Options(money="open")).daily == [(date(2026, 3, 10), "ads", "USD", Decimal("100.00"))]


def test_retention_over_the_period_ends_where_the_figure_stands() -> None:
    account, left = company("Halden"), company("Beta")
    pays(account, "new", "100.00", date(2026, 1, 5))
    pays(account, "expansion", "30.00", date(2026, 3, 3))
    pays(left, "new", "100.00", date(2026, 1, 6))
    pays(left, "churn", "100.00", date(2026, 3, 20))
    pays(company("New"), "new", "500.00", date(2026, 3, 3))
    groups = revenue.groups(MARCH)
    section = drawn_revenue.over_time(MARCH, groups, revenue.moved(MARCH, spans_of(MARCH).starts))
    assert list(section.table.rows) == [
        ("Start", "100 %"), ("Mar 1", "100 %"), ("Mar 8", "115 %"), ("Mar 15", "115 %"), ("Mar 22", "65 %"),
        ("Mar 29", "65 %"), ("Mar 31", "65 %"),
    ]  # fmt: skip
    (retention,) = revenue.retentions(groups)
    assert retention.net == Decimal("0.65")
    assert section.table.columns[1].label == "All others, USD (2)"


def test_cohorts_keep_a_share_of_what_was_new_quarter_by_quarter() -> None:
    account, later = company("Halden"), company("Beta")
    pays(account, "new", "100.00", date(2025, 8, 1))
    pays(account, "expansion", "50.00", date(2025, 11, 1))
    pays(account, "contraction", "25.00", date(2026, 2, 1))
    pays(later, "new", "40.00", date(2026, 1, 15))
    pays(later, "churn", "40.00", date(2026, 3, 30))
    found = revenue.quarters(MARCH)
    assert [(one.began, one.after, one.currency, one.kept) for one in found] == [
        ("2025 Q3", 0, "USD", Decimal(1)),
        ("2025 Q3", 1, "USD", Decimal("1.5")),
        ("2025 Q3", 2, "USD", Decimal("1.25")),
        ("2026 Q1", 0, "USD", Decimal(0)),
    ]
    section = drawn_revenue.kept(found, revenue.groups(MARCH))
    assert list(section.table.rows) == [
        ("2025 Q3", "1", "100 %", "150 %", "125 %"),
        ("2026 Q1", "1", "0 %", "–", "–"),
    ]
    assert [row["depth"] for row in section.charts[0].spec["data"]["values"]] == [1 / 1.5, 1, 1.25 / 1.5, 0]


def test_nothing_is_drawn_where_there_is_nothing() -> None:
    nothing = attribute(MARCH, Options())
    assert drawn.credits_over_time(MARCH, nothing, by="channel", currency="").charts == []
    week = drawn.weeks(MARCH, [], [], [], None, None)
    assert (week.charts, week.folded, len(week.table.rows)) == ([], False, 6)
    assert drawn.durations([]).charts == []
    assert drawn.clocks({"claim": "Claim"}, []) == []
