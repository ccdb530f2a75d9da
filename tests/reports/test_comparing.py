"""What a report is compared with, what filters narrow, and cohorts younger than their window."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from handoff.models import Handoff, HandoffEvent
from reports import cohorts, narrowing, outcomes, quality, sla
from reports.pages import abm, funnel, monday
from reports.pages import quality as model
from reports.period import Period, read_period
from reports.shapes import Section
from reports.statistics import Share, auc_interval
from signals.models import ScoringModel
from tests.handoff.desk import decision
from tests.reports.facts import DAY, company, deal, mqa, touch

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def test_a_year_before_keeps_the_days_and_a_leap_day_becomes_the_28th() -> None:
    leap = Period(date(2028, 2, 1), date(2028, 2, 29), segment="target")
    assert leap.compared("year") == Period(date(2027, 2, 1), date(2027, 2, 28), segment="target")
    assert Period(date(2028, 2, 29), date(2028, 3, 1)).year_before().start == date(2027, 2, 28)
    assert Period(date(2027, 2, 28), date(2027, 3, 1)).year_before().start == date(2026, 2, 28)
    assert (leap.compared("on"), leap.compared(""), leap.compared("x")) == (leap.before(), None, None)
    assert leap.before() == Period(date(2028, 1, 3), date(2028, 1, 31), segment="target")


def test_each_filter_in_use_says_what_it_leaves_as_it_is() -> None:
    asked = read_period(
        {"model": "3", "segment": "other", "team": "1", "source": "mqa"}, today=date(2026, 3, 31)
    ).period
    assert [len(narrowing.notes(page, asked)) for page in narrowing.NOTES] == [3, 3, 3, 3, 2, 4]
    assert narrowing.notes("abm", MARCH) == []
    assert len(narrowing.notes("abm", MARCH, compared=True)) == 1
    assert narrowing.notes("funnel", MARCH, compared=True) == []


def test_an_interval_of_an_auc_holds_at_its_ends() -> None:
    assert auc_interval(1.0, 5, 5) == (pytest.approx(0.6427, abs=1e-4), 1.0)
    low, high = auc_interval(0.5, 20, 30)
    # By hand: at 0.3448 the variance is 0.3448 × 0.6552 × (1 + 24 × 0.6552 / 1.6552 + 24 × 0.3448 / 1.3448) / 600 = 0.00627, and
    # 1.96 of its roots are 0.1552.
    assert (low + high, low) == (pytest.approx(1), pytest.approx(0.3448, abs=1e-4))


@pytest.mark.django_db
def test_accounts_within_their_window_still_have_time_left() -> None:
    for name, day in (("Late", 0), ("Bought", 0), ("Early", -1)):
        account = company(name)
        decision(account.centers.get(), as_of=DAY + timedelta(days=day))
        if name == "Bought":
            deal(account, day=3)
    within, over = timedelta(days=89, hours=23), timedelta(days=90)
    assert [quality.waiting(quality.outcomes(MARCH, now=DAY + after)) for after in (within, over)] == [1, 0]
    assert quality.overall(quality.outcomes(MARCH, now=DAY)) == Share(1, 3)


def test_the_threshold_and_what_blocked_buyers_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    def decided(score: int, block: str, *, bought: bool) -> quality.Alike:
        return quality.Alike(score, block, converted=bought, bought=bought, waiting=False, scores=[score])

    now = [decided(70, "cluster", bought=True), decided(20, "", bought=False)]
    then = [decided(50, "spread", bought=True), decided(55, "cluster", bought=True), decided(10, "", bought=False)]
    monkeypatch.setattr(quality, "outcomes", lambda period, **_: now)
    monkeypatch.setattr(quality, "outcomes_both", lambda period, before, **_: (now, then))
    cards = {card.key: card for card in model.sections(MARCH, now=DAY, before=MARCH.before())}
    (score,) = cards["threshold"].figures
    assert (score.note, str(score.before)) == (
        "J 1.00, from 1 that converted of 2", "11 (J 1.00, from 2 that converted of 3)"
    )  # fmt: skip
    blocks = cards["blocks"].table
    assert blocks
    assert [tuple(map(str, row)) for row in blocks.rows] == [("Cluster", "1", "1"), ("Spread", "0", "1")]
    alone = {card.key: card for card in model.sections(MARCH, now=DAY, before=None)}
    assert [(one.before, str(one.value)) for one in alone["threshold"].figures] == [("", "21")]


@pytest.mark.django_db
def test_a_young_cohort_is_shown_beside_those_whose_window_is_over() -> None:
    old, young = company("Old"), company("Young")
    mqa(old)
    deal(old, day=3)
    mqa(young, day=20)
    mqa(company("Silent"))
    april = DAY + timedelta(days=90)
    cohort = cohorts.qualified_alike(MARCH, now=april)
    assert outcomes.conversion(cohort) == (Share(1, 3), 1)
    assert outcomes.conversion_over(cohort) == Share(1, 2)
    card = funnel.sections(MARCH, now=april, before=None)[0]
    assert [(one.label, str(one.value), one.note) for one in card.figures][2:] == [
        ("With an opportunity", "33 % (1 of 3; 6 % to 79 %)", "1 still has time left"),
        ("Of those whose 90 days are over", "50 % (1 of 2; 9 % to 91 %)", ""),
    ]
    later = funnel.sections(MARCH, now=april + timedelta(days=30), before=None)[0]
    assert [one.label for one in later.figures] == ["Inquiries", "MQAs", "With an opportunity"]


@pytest.mark.django_db
def test_a_version_narrows_what_its_mqas_brought_about() -> None:
    version = ScoringModel.objects.get(status="active").version
    for name in ("Scored", "Imported"):
        account = company(name)
        made = decision(account.centers.get(is_default=True), as_of=DAY) if name == "Scored" else None
        handoff = mqa(account)
        Handoff.objects.filter(pk=handoff.pk).update(decision=made)
        HandoffEvent.objects.create(handoff=handoff, action="return", at=DAY, from_state="passed", to_state="working")
        deal(account, day=3, stage="lost", closed=date(2026, 3, 20))
    both = replace(MARCH, model_version=version)
    assert [(one.account, one.sourced) for one in cohorts.closed_deals(both)] == [("Scored", True), ("Imported", False)]
    assert [one.account for one in cohorts.closed_deals(replace(both, source="mqa"))] == ["Scored"]
    assert cohorts.closed_deals(replace(both, source="other")) == []  # an MQA of no version is an MQA all the same
    assert ([one.count for one in sla.reasons(MARCH)], [one.count for one in sla.reasons(both)]) == ([2], [1])
    assert cohorts.closed_deals(replace(both, model_version=version + 1, source="mqa")) == []


@pytest.mark.django_db
def test_inquiries_reach_and_influence_are_compared() -> None:
    """February: three inquiries, and each of two campaigns reached one of two targets; March: one inquiry, by one of them."""
    first, second, other = company("First", target=True), company("Second", target=True), company("Other")
    for account, day, campaign in ((first, -10, "spring"), (other, -9, "spring"), (second, -8, "gone")):
        touch(account, day=day, channel="ads", campaign=campaign)
    mqa(first, day=-7)
    deal(first, day=-5, stage="won", closed=(DAY - timedelta(days=4)).date(), amount="300.00")
    deal(other, day=-5, stage="lost", closed=(DAY - timedelta(days=4)).date())
    touch(first, day=1, channel="ads", campaign="spring")
    deal(second, day=1, stage="lost", closed=(DAY + timedelta(days=2)).date())
    february = Period(date(2026, 2, 1), date(2026, 2, 28))
    cards = {card.key: card for card in abm.sections(MARCH, now=DAY, before=february)}
    half = "50 % (1 of 2; 9 % to 91 %)"
    assert texts(cards["reach"]) == [("spring", half, "100 % (1 of 1; 21 % to 100 %)", half, half)]
    none = "– (none)"
    assert texts(cards["influence"]) == [
        ("spring", "With the campaign", none, "– (0)", "– (0)", half, "300.00 USD (1)", "1.0 days (2)"),
        ("spring", "Without it", "0 % (0 of 1; 0 % to 79 %)", "– (0)", "1.0 days (1)", none, "– (0)", "– (0)"),
    ]
    cards = {card.key: card for card in funnel.sections(MARCH, now=DAY, before=february)}
    assert next((one.label, str(one.value), one.before) for one in cards["conversion"].figures) == (
        "Inquiries",
        "1",
        "3",
    )
    path = texts(cards["mqa_path"])
    assert path[0] == ("Inquiry", "1", "–", "–", "3", "–", "–")
    (dashboard, *_) = monday.sections(MARCH, now=DAY, before=february)
    assert dashboard == replace(cards["conversion"], page="funnel")
    assert path[1] == ("MQA", "0", "0 % (0 of 1; 0 % to 79 %)", "–", "1", "33 % (1 of 3; 6 % to 79 %)", "3.0 days")


def texts(card: Section) -> list[tuple[str, ...]]:
    assert card.table
    return [tuple(map(str, row)) for row in card.table.rows]
