"""Since when something qualifies or not is exact, whenever events came and however long nothing evaluated (domain.md §4)."""

from datetime import UTC, date, datetime, time, timedelta
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import given as holds_for
from hypothesis import strategies as st

from accounts.models import Account, BuyingCenter
from accounts.people import update_contact
from signals import daily, rescore
from signals.actions import request_rescore, request_rescore_of_all
from signals.facts import load_facts
from signals.missed_days import MOST_DAYS, moments
from signals.models import (
    CenterState,
    Decision,
    IntentSignal,
    ModelPublication,
    RescoreRequest,
    ScoringFailure,
    Transition,
)
from signals.publishing import active_model, config_of, copy_to_draft, publish, save_draft
from signals.rescore import rescore_due, rescore_until_done
from tests.signals import given
from tests.signals.given import NOW
from tests.signals.reference import Reference

TODAY = NOW.date()
LAST_DAY = 9  # of a random history, counted from TODAY
DAY = 24 * 60


def start(day: int) -> datetime:
    return datetime.combine(TODAY + timedelta(days=day), time(), UTC)


def end(day: int) -> datetime:
    return datetime.combine(TODAY + timedelta(days=day), time.max, UTC)


@pytest.mark.parametrize(
    ("last", "as_of", "expected"),
    [
        (NOW, end(0), []),
        (NOW, start(1), [end(0)]),
        (NOW, start(1) + timedelta(hours=5), [end(0), start(1)]),
        (end(0), start(1) + timedelta(hours=5), [start(1)]),
        (start(1), end(1), []),
        (NOW, start(2), [end(0), start(1), end(1)]),
        (end(0), end(3), [start(1), end(1), start(2), end(2), start(3)]),
    ],
)
def test_each_missed_day_is_evaluated_at_its_start_and_its_end(
    last: datetime, as_of: datetime, expected: list[datetime]
) -> None:
    assert moments(last, as_of) == expected


def test_who_slept_for_a_year_finds_the_last_hundred_days() -> None:
    found = moments(NOW, end(400))
    assert (len(found), found[0], found[-1]) == (2 * MOST_DAYS, end(300), start(400))


def evaluate_all(at: datetime, *, catch_up: bool = False) -> None:
    request_rescore_of_all(reason="test")
    rescore_until_done(now=at, catch_up=catch_up)


@pytest.mark.django_db
def test_what_lapsed_while_the_machine_slept_has_not_qualified_since_that_day() -> None:
    """75.63 falls below 70 when five days have passed; the machine wakes on the tenth."""
    company = given.worked_example(without={"intent"})
    given.intent(given.account("Elsewhere"), 50, TODAY)
    evaluate_all(NOW)
    waking = start(10) + timedelta(hours=7)

    daily.run(waking)
    rescore_until_done(now=waking, catch_up=True)

    state = CenterState.objects.get(account=company)
    assert (state.qualified, state.qualified_since, state.unqualified_since) == (False, None, date(2026, 6, 20))
    assert (state.evaluated_at, state.as_of_day) == (waking, date(2026, 6, 25))
    latest = Decision.objects.filter(account=company).order_by("as_of").values_list("as_of", "qualified", "block")
    assert list(latest) == [(NOW, True, ""), (start(5), False, "threshold")]
    said = Transition.objects.filter(center__account=company, kind__in=("qualified", "unqualified"))
    assert list(said.order_by("id").values_list("kind", "occurred_at")) == [
        ("qualified", NOW),
        ("unqualified", start(5)),
    ]


@pytest.mark.django_db
def test_what_a_later_version_asks_does_not_reach_back_to_missed_days() -> None:
    """The version of each missed day decides on it: a stricter one was published on the fourth."""
    company = given.worked_example()
    evaluate_all(NOW)
    draft = copy_to_draft(model=active_model(), by=None)
    gates = draft.config["gates"] | {"min_contacts": 9}
    save_draft(model=draft, config=draft.config | {"gates": gates}, by=None)
    old = active_model()
    publish(model=draft, comment="Stricter", by=None)
    ModelPublication.objects.filter(model=old).update(at=start(-300))
    ModelPublication.objects.filter(model=draft).update(at=start(2) + timedelta(hours=9))

    rescore_until_done(now=start(4), catch_up=True)

    state = CenterState.objects.get(account=company)
    assert (state.block, state.unqualified_since) == ("spread", date(2026, 6, 17))
    assert list(Decision.objects.filter(account=company).order_by("as_of").values_list("as_of", "model__version")) == [
        (NOW, old.version),
        (end(2), draft.version),
    ]


@pytest.mark.django_db
def test_missed_days_are_taken_up_again_where_they_were_left() -> None:
    """Batch after batch, each its own commit: what one has done the next does not do again."""
    companies = [given.worked_example(name=f"C{number}", without={"intent"}) for number in range(3)]
    given.intent(given.account("Elsewhere"), 50, TODAY)
    evaluate_all(NOW)
    request_rescore_of_all(reason="day")
    rescore_due(1, now=start(10), catch_up=True)  # and then the machine is switched off
    done = set(Decision.objects.filter(as_of=start(5)).values_list("account_id", flat=True))

    rescore_until_done(now=start(11), catch_up=True)

    assert len(done) <= 1
    lapsed = CenterState.objects.filter(account__in=companies)
    assert set(lapsed.values_list("qualified", "unqualified_since")) == {(False, date(2026, 6, 20))}
    assert Decision.objects.filter(as_of=start(5)).count() == 3


@pytest.mark.django_db
def test_what_came_in_the_evening_counts_on_its_day_when_the_machine_slept_through_midnight() -> None:
    """A reading corrected in the evening ended it that day, although nothing evaluated before the next noon."""
    company = given.worked_example()
    evaluate_all(NOW)
    evening = NOW + timedelta(hours=6)
    for person in company.contacts.filter(seniority__in=("manager", "director")):
        update_contact(contact=person, by=None, at=evening, excluded_from_scoring=True)
    noon = NOW + timedelta(days=1)

    daily.run(noon)
    rescore_until_done(now=noon, catch_up=True)

    state = CenterState.objects.get(account=company)
    assert (state.qualified, state.unqualified_since, state.as_of_day) == (False, TODAY, start(1).date())
    latest = Decision.objects.filter(account=company).order_by("as_of").values_list("as_of", "block")
    assert list(latest) == [(NOW, ""), (end(0), "cluster")]


@pytest.mark.django_db
def test_nothing_came_and_midnight_alone_is_evaluated_once() -> None:
    company = given.worked_example()
    evaluate_all(NOW)
    noon = NOW + timedelta(days=1)

    daily.run(noon)
    with mock.patch("signals.rescore.load", wraps=rescore.load) as loaded:
        assert rescore_until_done(now=noon, catch_up=True) == 1

    assert [call.kwargs["as_of"] for call in loaded.call_args_list] == [noon]
    assert CenterState.objects.get(account=company).qualified_since == NOW


@pytest.mark.django_db
def test_a_long_sleep_is_made_up_for_in_steps_of_their_own() -> None:
    """Twelve days are 24 moments and three transactions: the first two put the center back on the list."""
    company = given.worked_example(without={"intent"})
    given.intent(given.account("Elsewhere"), 50, TODAY)
    evaluate_all(NOW)
    waking = start(12) + timedelta(hours=7)
    request_rescore(account_ids=[company.pk], reason="test")

    reached = []
    while rescore_due(now=waking, catch_up=True):
        state = CenterState.objects.get(account=company)
        reached.append((state.evaluated_at, state.unqualified_since))

    assert reached == [
        (start(4), None),
        (start(8), start(5).date()),
        (waking, start(5).date()),
    ]
    assert RescoreRequest.objects.count() == 0


@pytest.mark.django_db
def test_a_center_that_fails_on_a_missed_day_is_evaluated_as_of_now_all_the_same() -> None:
    company = given.worked_example()
    evaluate_all(NOW)
    waking = start(12) + timedelta(hours=7)
    request_rescore(account_ids=[company.pk], reason="test")
    real = rescore.load

    def load(*, as_of: datetime, **others: object) -> object:
        if as_of < waking:
            raise ValueError("Nothing is known of that day.")
        return real(as_of=as_of, **others)

    with mock.patch("signals.rescore.load", load):
        assert rescore_due(now=waking, catch_up=True) == 1

    state = CenterState.objects.get(account=company)
    assert (state.evaluated_at, state.qualified) == (waking, True)
    assert ScoringFailure.objects.count() == 0


@pytest.mark.django_db
def test_a_tests_or_the_demos_own_clock_does_not_look_back() -> None:
    company = given.worked_example(without={"intent"})
    given.intent(given.account("Elsewhere"), 50, TODAY)
    evaluate_all(NOW)
    evaluate_all(start(10))
    assert CenterState.objects.get(account=company).unqualified_since == date(2026, 6, 25)


# Histories: short windows and few people, so that a few days bring every change.
QUICK = {
    "half_life_days": 3.0,
    "full_points": 20.0,
    "intent": {"window_days": 3, "surge": 60, "connected_days": 3},
    "policies": {
        name: {"rules": [{"kind": "persona_points", "min_people": 1, "min_points": 8, "days": 5}]}
        for name in ("target", "other")
    },
}
QUICK_GATES = {
    "cluster_days": 3,
    "recent_days": 4,
    "cluster_person_days": 2,
    "min_contacts": 1,
    "min_person_points": 1,
    "min_theme_share": 0,
    "mqa_score": 50,
}

Event = tuple[int, int, str, int]  # minute of the history, company, what, who
events = st.lists(
    st.tuples(
        st.integers(0, LAST_DAY * DAY - 1),
        st.integers(0, 1),
        st.sampled_from(["pricing_page", "pricing_page", "case_study", "webinar_attended", "blog_page", "intent"]),
        st.integers(0, 1),
    ),
    min_size=6,
    max_size=12,
)


@pytest.mark.django_db
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@holds_for(
    happened=events,
    asleep_from=st.integers(0, LAST_DAY * DAY),
    asleep_for=st.one_of(st.integers(0, 2 * DAY), st.integers(0, 6 * DAY)),
)
def test_days_and_events_bring_the_state_that_a_full_evaluation_would(
    happened: list[Event], asleep_from: int, asleep_for: int
) -> None:
    with transaction.atomic():
        _compare(happened, range(asleep_from, asleep_from + asleep_for))
        transaction.set_rollback(True)


def _compare(happened: list[Event], asleep: range) -> None:
    draft = copy_to_draft(model=active_model(), by=None)
    document = draft.config | QUICK | {"gates": draft.config["gates"] | QUICK_GATES}
    save_draft(model=draft, config=document, by=None)
    publish(model=draft, comment="Quick", by=None)
    given.theme()
    companies = [given.account(f"C{number}", is_target=True) for number in range(2)]
    people = [[given.contact(company, seniority) for seniority in ("vp", "manager")] for company in companies]
    evaluate_all(start(0))
    seen: dict[int, list[datetime]] = {company.pk: [start(0)] for company in companies}
    changed: set[int] = set()
    midnights: list[Event] = [(DAY * day, -1, "midnight", 0) for day in range(1, LAST_DAY + 1)]
    waking: list[Event] = [(asleep.stop, -1, "midnight", 0)] if 0 < asleep.stop < LAST_DAY * DAY else []
    for minute, company, what, who in sorted([*happened, *midnights, *waking]):
        at = start(0) + timedelta(minutes=minute)
        if what != "midnight":
            _happen(companies[company], people[company][who], what, at)
            changed.add(companies[company].pk)
        if minute in asleep:
            continue
        if what == "midnight":
            daily.run(at)
        _evaluate(companies if what == "midnight" else [companies[company]], at, seen, changed)
    request_rescore_of_all(reason="test")
    _evaluate(companies, end(LAST_DAY), seen, {company.pk for company in companies})
    for company in companies:
        _agrees(company, seen[company.pk])


def _happen(company: Account, who: object, what: str, at: datetime) -> None:
    if what == "intent":
        given.intent(company, 80, at.date())
        newest = IntentSignal.objects.latest("pk")
        IntentSignal.objects.filter(pk=newest.pk).update(received_at=at)
    else:
        given.touch(company, who, what, at, received_at=at)
    request_rescore(account_ids=[company.pk], reason="test")


def _evaluate(companies: list[Account], at: datetime, seen: dict[int, list[datetime]], changed: set[int]) -> None:
    """Evaluate what is due, and note the moments that this stands for: each missed day with its start and end; a midnight
    alone, too, where something had come.
    """
    rescore_until_done(now=at, catch_up=True)
    for company in companies:
        last = seen[company.pk][-1]
        nights = (at.date() - last.date()).days
        if nights > 1 or (nights == 1 and company.pk in changed):
            first = (last.date() - TODAY).days
            for day in range(first, first + nights):
                seen[company.pk] += [moment for moment in (end(day), start(day + 1)) if last < moment < at]
        seen[company.pk].append(at)
        changed.discard(company.pk)


def _agrees(company: Account, seen: list[datetime]) -> None:
    """The stored state is what the slow scorer says of every one of these moments, one after another."""
    center = BuyingCenter.objects.get(account=company)
    config = config_of(active_model())
    qualified, since, lapsed = False, None, None
    for moment in seen:
        facts = load_facts(center_ids=[center.pk], as_of=moment, config=config, past=True)
        said = Reference(facts, config, moment.date()).evaluate(facts.centers.row(0, named=True))
        if said["qualified"] != qualified:
            qualified = said["qualified"]
            since, lapsed = (moment, None) if qualified else (None, moment.date())
    state = CenterState.objects.get(center=center)
    assert (state.qualified, state.qualified_since, state.unqualified_since) == (qualified, since, lapsed)
    assert (state.score, state.block, state.stage) == (said["score"], said["block"] or "", said["stage"])
