"""Measures by hand on small companies (domain.md §6)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.merging import merge_accounts
from accounts.models import Account, AccountFact, Contact, Team, User
from accounts.people import create_contact
from handoff.models import Handoff, HandoffEvent, Reason
from reports import abm, attributed, cohorts, funnel, inquiries, outcomes, quality, sla
from reports.funnel import Step
from reports.pages import speed
from reports.period import Period, read_period
from reports.rows import funnel as rows
from reports.statistics import Share
from signals.models import MqlSpell
from tests.handoff.desk import decision
from tests.reports.facts import DAY, company, deal, mqa, touch

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
SPRING = Period(date(2026, 3, 1), date(2026, 8, 31))


def test_conversion_counts_opportunities_within_90_days_and_no_later() -> None:
    inside, at_90, never = company("Inside"), company("Edge"), company("Never")
    for account in (inside, at_90, never):
        mqa(account)
    deal(inside, day=89.9)
    deal(at_90, day=90)
    share, waiting = outcomes.conversion(cohorts.qualified_alike(MARCH, now=DAY + timedelta(days=90)))
    assert (share, waiting) == (Share(1, 3), 0)


def test_an_opportunity_before_the_mqa_is_not_its() -> None:
    account = company("Early")
    deal(account, day=-1)
    mqa(account)
    share, waiting = outcomes.conversion(cohorts.qualified_alike(MARCH, now=DAY))
    assert (share, waiting) == (Share(0, 1), 1)


def test_win_rate_and_deal_size_of_sourced_beside_others() -> None:
    sourced, other = company("Sourced", target=True), company("Other")
    mqa(sourced)
    deal(sourced, day=10, stage="won", closed=date(2026, 5, 1), amount="3000.00")
    deal(sourced, day=20, stage="lost", closed=date(2026, 5, 2))
    deal(other, day=10, stage="won", closed=date(2026, 5, 3), amount="1000.00", currency="EUR")
    deal(other, day=10, stage="won", closed=date(2026, 5, 3), amount=None, currency="EUR")
    found = {
        g.name: (g.won, g.lost, g.mean_amount, g.with_amount)
        for g in outcomes.groups(cohorts.closed_tallies(SPRING)).values()
    }
    assert found == {
        "Sourced by MQAs": (1, 1, {"USD": Decimal("3000.00")}, 1),
        "All others": (2, 0, {"EUR": Decimal("1000.00")}, 1),
        "Target accounts": (1, 1, {"USD": Decimal("3000.00")}, 1),
        "Other accounts": (2, 0, {"EUR": Decimal("1000.00")}, 1),
        "All opportunities": (3, 1, {"USD": Decimal("3000.00"), "EUR": Decimal("1000.00")}, 2),
    }


def test_pipeline_velocity_is_the_product_over_the_cycle() -> None:
    account = company("Fast")
    deal(account, day=0, stage="won", closed=date(2026, 3, 12), amount="3000.00")
    deal(account, day=0, stage="lost", closed=date(2026, 3, 22))
    closed, created = cohorts.closed_tallies(SPRING), {"USD": 2}
    # 2 opportunities × 1/2 × 3,000 / 15 days
    assert outcomes.pipeline_velocity(closed, created) == {"USD": Decimal("200.00")}
    assert outcomes.pipeline_velocity([], created) == {}


def test_pipeline_velocity_goes_by_the_opportunities_of_each_currency() -> None:
    account = company("Both")
    deal(account, day=0, stage="won", closed=date(2026, 3, 12), amount="3000.00")
    deal(account, day=0, stage="lost", closed=date(2026, 3, 22))
    deal(account, day=0, stage="won", closed=date(2026, 3, 7), amount="500.00", currency="EUR")
    closed, created = cohorts.closed_tallies(SPRING), {"USD": 2, "EUR": 1}
    # 2 × 1/2 × 3,000 / 15 days; 1 × 1/1 × 500 / 5 days
    assert outcomes.pipeline_velocity(closed, created) == {"USD": Decimal("200.00"), "EUR": Decimal("100.00")}


def test_velocity_leaves_negative_durations_out_and_counts_them() -> None:
    account = company("Odd")
    mqa(account)
    deal(account, day=10, stage="won", closed=date(2026, 3, 1))
    measured = outcomes.velocities(cohorts.qualified_alike(MARCH, now=DAY)).values()
    legs = {row.leg: (row.count, row.median, row.negative) for row in measured}
    assert legs["MQA → opportunity"] == (1, 10.0, 0)
    assert legs["Opportunity → closed"] == (0, None, 1)


def test_segment_limits_the_cohort() -> None:
    mqa(company("Aimed", target=True))
    mqa(company("Plain"))
    aimed = Period(MARCH.start, MARCH.end, segment="target")
    assert [row.account for row in cohorts.qualified(aimed)] == ["Aimed"]


def test_mqa_path_counts_each_account_once() -> None:
    account = company("Twice")
    mqa(account)
    mqa(account, day=5)
    deal(account, day=7, stage="won", closed=date(2026, 4, 1))
    steps = [(step.name, step.count, step.median_days) for step in funnel.paths(MARCH)["mqa"][1:]]
    assert steps == [("MQA", 1, None), ("Accepted", 0, None), ("Opportunity", 1, 7.0), ("Won", 1, 23.0)]


def test_who_won_the_second_opportunity_won() -> None:
    """The days to an opportunity are those to the first, those to a win of the one that was won."""
    account = company("Again")
    mqa(account)
    deal(account, day=7, stage="lost", closed=date(2026, 3, 10))
    deal(account, day=20, stage="won", closed=date(2026, 4, 1))
    deal(account, day=91, stage="won", closed=date(2026, 6, 2))  # beyond the 90 days
    steps = [(step.name, step.count, step.median_days) for step in funnel.paths(MARCH)["mqa"][1:]]
    assert steps == [("MQA", 1, None), ("Accepted", 0, None), ("Opportunity", 1, 7.0), ("Won", 1, 10.0)]
    (way,) = funnel.ways("mqa", "won", MARCH)
    assert (way.stage, way.created_at, way.closed_on) == ("won", DAY + timedelta(days=20), date(2026, 4, 1))


def test_credits_by_channel_sum_to_the_amounts() -> None:
    account = company("Paid")
    for day, channel in ((-20, "ads"), (-10, "email"), (-5, "ads")):
        touch(account, day=day, channel=channel)
    touch(account, day=-1, channel="call", kind="call")  # outbound: no credit
    deal(account, day=0, stage="won", closed=date(2026, 3, 20), amount="100.00")
    found = attributed.attribute(MARCH, attributed.Options(model="linear"))
    assert {row.key: (row.amounts, row.touches) for row in found.credits} == {
        "ads": ({"USD": Decimal("66.67")}, 2),
        "email": ({"USD": Decimal("33.33")}, 1),
    }


def test_what_nothing_touched_is_shown_beside_the_credits() -> None:
    deal(company("Silent"), day=0, stage="won", closed=date(2026, 3, 20), amount="100.00")
    found = attributed.attribute(MARCH, attributed.Options())
    assert (list(found.credits), found.untouched, found.totals) == (
        [],
        {"USD": Decimal("100.00")},
        {"USD": Decimal("100.00")},
    )


def test_touches_outside_the_look_back_get_nothing() -> None:
    account = company("Old")
    touch(account, day=-31, channel="ads")
    touch(account, day=-29, channel="email")
    deal(account, day=0, stage="won", closed=date(2026, 3, 20), amount="100.00")
    found = attributed.attribute(MARCH, attributed.Options(model="first", lookback=30))
    assert [row.key for row in found.credits] == ["email"]


def test_the_five_of_target_accounts() -> None:
    aimed, cold = company("Aimed", target=True), company("Cold", target=True)
    touch(aimed, day=1, channel="ads", campaign="spring")
    touch(company("Plain"), day=1, channel="ads", campaign="spring")
    found = abm.five(MARCH, reach=True)
    covered = found.coverage
    assert (covered.aware, covered.complete) == (Share(1, 2), Share(0, 2))
    assert found.engagement.minutes == 1.0
    assert [(c.name, c.reach, c.aim) for c in found.campaigns] == [("spring", Share(1, 2), Share(1, 2))]
    assert cold.is_target


def test_a_merged_account_is_judged_once() -> None:
    kept, gone = company("Kept"), company("Gone")
    for account in (kept, gone):
        decision(account.centers.get(), as_of=DAY)
    deal(gone, day=3)
    merge_accounts(gone=gone, kept=kept, by=None)
    assert [(row.account, row.converted) for row in quality.scored_accounts(MARCH)] == [("Kept", True)]


def test_bands_out_of_order_are_marked() -> None:
    rows = [
        quality.Alike(45, "", converted=True, bought=False, waiting=False, scores=[45.5]),
        quality.Alike(85, "", converted=False, bought=False, waiting=False, scores=[85.0]),
        quality.Alike(100, "spread", converted=True, bought=True, waiting=False, scores=[100.0]),
    ]
    found = quality.bands(rows)
    assert [(b.low, b.share, b.out_of_order) for b in found if b.share.whole] == [
        (40, Share(1, 1), False),
        (80, Share(0, 1), True),
        (90, Share(1, 1), False),
    ]
    assert quality.blocks_of_buyers(rows) == {"spread": 1}


def test_threshold_parts_buyers_from_the_rest() -> None:
    rows = [
        quality.Alike(score, "", converted=score >= 60, bought=False, waiting=False, scores=[score])
        for score in (10, 40, 60, 90)
    ]
    assert quality.suggested_threshold(rows) == (41, 1.0)


def test_people_of_one_name_are_two_and_strangers_one_an_account() -> None:
    one, other = company("Acme"), company("Beta")
    for account in (one, other):
        person = create_contact(account=account, email=f"ann@{account.domain}", first_name="Ann", last_name="Lee")
        touch(account, day=-2, channel="ads", contact=person)
        touch(account, day=-1, channel="mail")
        deal(account, day=0, stage="won", closed=date(2026, 3, 20), amount="100.00")
    found = attributed.attribute(MARCH, attributed.Options(model="linear", by="person"))
    assert [(row.label, row.amounts, row.touches, row.opportunities) for row in found.credits] == [
        (label, {"USD": Decimal("50.00")}, 1, 1)
        for label in ("(anonymous), Acme", "(anonymous), Beta", "Ann Lee, Acme", "Ann Lee, Beta")
    ]


def test_two_currencies_are_credited_beside_each_other() -> None:
    account = company("Both")
    touch(account, day=-2, channel="ads")
    deal(account, day=0, stage="won", closed=date(2026, 3, 20), amount="100.00")
    deal(account, day=0, stage="won", closed=date(2026, 3, 20), amount="40.00", currency="EUR")
    deal(account, day=0, stage="won", closed=date(2026, 3, 20), amount="0.00", currency="GBP")
    deal(account, day=0, stage="won", closed=date(2026, 3, 20), amount=None, currency="GBP")
    (found,) = attributed.attribute(MARCH, attributed.Options(model="u")).credits
    amounts = {"USD": Decimal("100.00"), "EUR": Decimal("40.00"), "GBP": Decimal("0.00")}
    assert (found.key, found.amounts, found.opportunities) == ("ads", amounts, 4)


def test_touches_behind_a_credit_add_up_to_it() -> None:
    account = company("Paid")
    for day, channel in ((-20, "ads"), (-10, "email"), (-5, "ads")):
        touch(account, day=day, channel=channel)
    deal(account, day=0, stage="won", closed=date(2026, 3, 20), amount="100.00")
    options = attributed.Options(model="linear")
    found = attributed.touch_credits(MARCH, options, "ads")
    assert [(one.at, one.amount) for one in found] == [
        (DAY - timedelta(days=20), Decimal("33.34")),
        (DAY - timedelta(days=5), Decimal("33.33")),
    ]


def test_data_driven_credit_goes_to_what_won_paths_go_through() -> None:
    won, lost = company("Won"), company("Lost")
    touch(won, day=-2, channel="ads")
    touch(won, day=-1, channel="mail")
    touch(lost, day=-1, channel="ads")
    deal(won, day=0, stage="won", closed=date(2026, 3, 20), amount="90.00")
    deal(lost, day=0, stage="lost", closed=date(2026, 3, 20))
    # Every won path goes through both: each removal loses all.
    found = attributed.attribute(MARCH, attributed.Options(model="markov"))
    assert {row.key: row.amounts["USD"] for row in found.credits} == {"ads": Decimal(45), "mail": Decimal(45)}


def test_a_past_day_goes_by_the_targets_of_then() -> None:
    """Old was one until the 20th of February, New is one since the 20th of March, Both always was."""
    old, new, both = (company(name, target=True) for name in ("Old", "New", "Both"))
    for account, day, campaign in ((old, -20, "fair"), (both, -20, "fair"), (both, 1, "spring"), (new, 2, "spring")):
        touch(account, day=day, channel="ads", campaign=campaign)
        Contact.objects.create(account=account, email=f"jo{day}@{account.name.lower()}.com")
    AccountFact.objects.filter(field="is_target", account__in=(old, new, both)).delete()
    moments = ((old, True, -200), (old, False, -10), (new, False, -200), (new, True, 18), (both, True, 50))
    for account, value, day in moments:
        at = DAY + timedelta(days=day)
        AccountFact.objects.create(account=account, field="is_target", value=value, known_from=at, source="page")
    Account.objects.filter(pk=old.pk).update(is_target=False)
    january = Period(date(2026, 1, 1), date(2026, 2, 15))
    found = abm.five(MARCH, january, reach=True)
    assert (found.coverage.aware, found.engagement.minutes, found.engagement.key_people) == (
        Share(2, 2),
        3.0,
        Share(0, 3),
    )
    assert [(row.name, row.reach, row.aim) for row in found.campaigns] == [("spring", Share(2, 2), Share(2, 2))]
    assert found.earlier
    coverage, engagement = found.earlier
    assert (coverage.aware, engagement.minutes, engagement.key_people) == (Share(2, 2), 2.0, Share(0, 3))
    assert [row[1] for row in abm.targets(january)] == ["Both", "Old"]
    assert [row[1] for row in abm.targets(MARCH)] == ["Both", "New"]
    assert [row[1] for row in abm.reached(january, "fair")] == ["Both", "Old"]
    assert [row[1] for row in abm.targets(Period(MARCH.start, date(2026, 3, 19)))] == ["Both"]


def test_undone_moves_are_no_reasons() -> None:
    handoff = mqa(company("Undone"))
    reason = Reason.objects.filter(kind="recycle").first()
    events = [
        HandoffEvent.objects.create(handoff=handoff, action="recycle", at=DAY, from_state="working", reason=reason)
        for _ in range(2)
    ]
    later = DAY + timedelta(seconds=30)
    HandoffEvent.objects.create(handoff=handoff, action="undo", at=later, data={"event": events[0].pk})
    assert [(row.action, row.reason, row.count) for row in sla.reasons(MARCH)] == [("recycle", reason.label, 1)]


def test_the_reasons_given_most_are_drawn_first() -> None:
    handoff = mqa(company("Sentback"))
    for action, times in (("disqualify", 1), ("return", 2)):
        for _ in range(times):
            HandoffEvent.objects.create(handoff=handoff, action=action, at=DAY, from_state="working")
    (card,) = (one for one in speed.sections(MARCH, now=DAY, before=None) if one.key == "reasons")
    assert [(bar.label, bar.value) for bar in card.chart.bars] == [
        ("Returned: No reason", 2), ("Disqualified: No reason", 1)
    ]  # fmt: skip


def test_a_team_narrows_target_accounts_and_model_quality() -> None:
    team = Team.objects.create(name="EMEA")
    sdr = User.objects.create_user("sam@desk.test", name="Sam", role="sdr", team=team)
    ours, theirs = company("Ours", target=True), company("Theirs", target=True)
    Account.objects.filter(pk=ours.pk).update(owner_sdr=sdr)
    for account in (ours, theirs):
        touch(account, day=1, channel="ads", campaign="spring")
        decision(account.centers.get(), as_of=DAY)
        mqa(account)
    only = Period(MARCH.start, MARCH.end, team=team.pk)
    assert [row.account for row in quality.scored_accounts(only)] == ["Ours"]
    assert [row[1] for row in abm.targets(only)] == ["Ours"]
    assert [(row[1], row[2]) for row in abm.minutes(only)] == [("Ours", Decimal(2))]
    assert [(c.reach, c.aim) for c in abm.five(only, reach=True).campaigns] == [(Share(1, 1), Share(1, 2))]
    assert [row.account for row in funnel.ways("mqa", "start", only)] == ["Ours"]
    assert [row[1] for row in inquiries.inquirers(only)] == ["Ours"]
    assert funnel.paths(only)["mqa"][0].count == 1


def test_both_paths_begin_with_an_inquiry() -> None:
    halden, beta, cold = company("Halden"), company("Beta"), company("Cold")
    touch(halden, day=1, channel="ads")
    touch(halden, day=-2, channel="ads")  # February 28 is not of the period
    mqa(halden, day=5)
    touch(beta, day=4, channel="ads")
    mqa(beta, day=3)  # qualified by earlier touches: it did not come of this inquiry
    touch(cold, day=2, channel="ads")
    MqlSpell.objects.create(
        contact=create_contact(account=cold, email="a@cold.com"), account=cold, since=DAY.date() + timedelta(days=2)
    )
    begun = {which: steps[:2] for which, steps in funnel.paths(MARCH).items()}
    inquired = Step("inquiry", "Inquiry", 3, None, None)
    assert begun == {
        "mqa": [inquired, Step("start", "MQA", 2, Share(1, 3), 4.0)],
        "mql": [inquired, Step("start", "MQL", 1, Share(1, 3), 0.0)],
    }
    assert [way.account for way in rows.path(MARCH, {"path": "mqa", "step": "inquiry"}).rows] == ["Halden"]
    nothing = funnel.paths(Period(date(2025, 3, 1), date(2025, 3, 31)))["mql"]
    assert nothing[:2] == [Step("inquiry", "Inquiry", 0, None, None), Step("start", "MQL", 0, Share(0, 0), None)]


def test_velocity_is_shown_as_it_spreads() -> None:
    for days in (1, 2, 3, 4, 100):
        account = company(f"Acme{days}")
        mqa(account)
        deal(account, day=days if days < 90 else 80)
    found = outcomes.velocities(cohorts.qualified_alike(MARCH, now=DAY))["opportunity"]
    assert (found.fastest, found.p25, found.median, found.p75, found.slowest) == (1, 2, 3, 4, 80)


def test_a_source_narrows_opportunities_and_handoffs() -> None:
    sourced, raised, cold, both = company("Sourced"), company("Raised"), company("Cold"), company("Both")
    mqa(sourced)
    for account, is_mqa in ((raised, False), (both, True)):
        handoff = mqa(account)
        Handoff.objects.filter(pk=handoff.pk).update(is_mqa=is_mqa, hand_raise_at=handoff.qualified_at)
        HandoffEvent.objects.create(handoff=handoff, action="accept", at=DAY, from_state="passed", to_state="accepted")
    for account in (sourced, raised, cold, both):
        touch(account, day=1, channel=account.name)
        deal(account, day=2, stage="won", closed=date(2026, 3, 20), amount="0.00")
    deal(raised, day=91, stage="won", closed=date(2026, 3, 21))  # the hand was raised too long before

    def of(source: str) -> tuple[list[str], list[str], list[str]]:
        only = replace(MARCH, source=source)
        credited = attributed.attribute(only, attributed.Options()).credits
        return (
            [one.account for one in cohorts.closed_deals(only)],
            sorted(one.key for one in credited),
            sorted(one.account for one in sla.moves(only, actions=["accept"])),
        )

    assert of("mqa") == (["Sourced", "Both"], ["Both", "Sourced"], ["Both"])
    assert of("hand_raise") == (["Raised"], ["Raised"], ["Raised"])
    assert of("other") == (["Cold", "Raised"], ["Cold", "Raised"], [])
    assert of("") == (
        ["Sourced", "Raised", "Cold", "Both", "Raised"],
        ["Both", "Cold", "Raised", "Sourced"],
        ["Both", "Raised"],
    )
    asked = read_period({"source": "mqa"}, today=date(2026, 3, 31)).period
    assert (asked.source, asked.query["source"]) == ("mqa", "mqa")
    assert read_period({"source": "x"}, today=date(2026, 3, 31)).errors == (
        "Source is mqa, hand_raise, other, or empty for all of them.",
    )
