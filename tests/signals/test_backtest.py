"""Backtests say what models would have said, and store nothing beside their own rows (domain.md §7)."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AccountFact, User
from accounts.roles import Role
from signals import backtest
from signals.actions import request_rescore
from signals.facts import load_facts
from signals.history import History
from signals.models import (
    BacktestPart,
    BacktestRun,
    CenterState,
    Decision,
    PastReading,
    RescoreRequest,
    ScoringModel,
    Touch,
)
from signals.publishing import active_model, config_of, copy_to_draft, save_draft
from signals.rescore import rescore_due
from tests.signals import given
from tests.signals.given import NOW
from tests.signals.test_runs import assert_same

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft() -> ScoringModel:
    made = copy_to_draft(model=active_model(), by=None)
    gates = made.config["gates"] | {"mqa_score": 99.0}
    return save_draft(model=made, config=made.config | {"gates": gates}, by=None)


@pytest.fixture
def outcomes() -> Iterator[dict[int, list]]:
    """Account id → moments of opportunities; empty until a test adds some."""
    before, found = list(backtest._outcomes), {}
    backtest.register_outcomes(lambda: found)
    yield found
    backtest._outcomes[:] = before


def run_until_done(run: BacktestRun) -> BacktestRun:
    while backtest.work_step() or BacktestRun.objects.filter(finished_at__isnull=True).exists():
        pass
    run.refresh_from_db()
    return run


def two_companies() -> Account:
    company = given.worked_example(domain="northwind.com")
    given.account("Quiet")
    return company


def test_it_goes_by_what_was_known_then_and_counts_what_came(draft: ScoringModel, outcomes: dict[int, list]) -> None:
    company = two_companies()
    outcomes[company.pk] = [NOW + timedelta(days=13)]
    run = run_until_done(backtest.request_backtest(model=draft, weeks=3, by=None, now=NOW + timedelta(days=15)))

    found = backtest.result_of(run)
    # Weeks end 14 days after NOW's and a week and two before; the example qualified by NOW, under the active version.
    assert [(day - NOW.date()).days for day in found.days] == [0, 7, 14]
    assert found.qualified == {"Model 1 (active)": [1, 1, 1], "Model 2": [0, 0, 0]}
    hits, none = found.hits["Model 1 (active)"], found.hits["Model 2"]
    assert (hits.called, hits.right, hits.came, hits.foreseen, hits.base, hits.lead_days) == (1, 1, 1, 1, 2, 13)
    assert (hits.precision, hits.recall, hits.lift) == (1.0, 1.0, 2.0)
    assert (none.called, none.right, none.came, none.foreseen, none.base, none.lead_days) == (0, 0, 1, 0, 2, None)
    assert (none.precision, none.recall, none.lift) == (None, 0.0, None)


def test_before_a_touch_had_come_it_did_not_count(draft: ScoringModel) -> None:
    two_companies()
    run = run_until_done(backtest.request_backtest(model=draft, weeks=2, by=None, now=NOW + timedelta(days=1)))
    assert backtest.result_of(run).days == [date(2026, 6, 8), date(2026, 6, 15)]
    assert backtest.result_of(run).qualified["Model 1 (active)"] == [0, 1]


def test_it_stores_nothing_beside_its_own_rows(draft: ScoringModel) -> None:
    company = two_companies()
    request_rescore(account_ids=[company.pk], reason="test")
    rescore_due(now=NOW)
    before = list(CenterState.objects.values()), Decision.objects.count(), RescoreRequest.objects.count()
    run_until_done(backtest.request_backtest(model=draft, weeks=4, by=None, now=NOW))
    assert (list(CenterState.objects.values()), Decision.objects.count(), RescoreRequest.objects.count()) == before
    assert not BacktestPart.objects.exists()


def test_chunks_make_the_same_as_the_whole(draft: ScoringModel, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        given.worked_example(name=f"C{number}", without=("others",) if number % 2 else ())
    at = NOW + timedelta(days=1)
    whole = run_until_done(backtest.request_backtest(model=draft, weeks=1, by=None, now=at)).result
    monkeypatch.setattr(backtest, "CHUNK", 2)
    run = backtest.request_backtest(model=draft, weeks=1, by=None, now=at)
    steps = []
    while run.finished_at is None:
        backtest.work_step()
        run.refresh_from_db()
        steps.append(backtest.progress(run))
    assert steps == [(0, 5), (2, 5), (4, 5), (5, 5)]
    assert run.result == whole
    assert whole["qualified"]["Model 1 (active)"] == [3]


def test_a_run_killed_before_its_sum_is_summed_up(draft: ScoringModel, monkeypatch: pytest.MonkeyPatch) -> None:
    two_companies()
    run = backtest.request_backtest(model=draft, weeks=1, by=None, now=NOW)
    with monkeypatch.context() as killed:
        killed.setattr(backtest, "_finish", lambda _: None)
        backtest.work_step()
        backtest.work_step()
    run.refresh_from_db()
    assert run.finished_at is None
    assert run_until_done(run).result["qualified"]["Model 2"] == [0]


def test_asked_again_the_run_under_way_is_given_up(draft: ScoringModel) -> None:
    two_companies()
    backtest.request_backtest(model=draft, weeks=4, by=None, now=NOW)
    backtest.work_step()
    assert BacktestPart.objects.count() == 1
    again = backtest.request_backtest(model=draft, weeks=2, by=None, now=NOW)
    assert list(BacktestRun.objects.all()) == [again]
    assert not BacktestPart.objects.exists()


def test_a_step_gives_way_and_another_worker_goes_on(draft: ScoringModel, monkeypatch: pytest.MonkeyPatch) -> None:
    two_companies()
    monkeypatch.setattr(backtest, "SECONDS", 0.0)
    run = backtest.request_backtest(model=draft, weeks=3, by=None, now=NOW + timedelta(days=15))
    done = []
    for _ in range(4):
        backtest.work_step()
        # Whoever goes on has not read the touches.
        backtest._held.clear()
        done.append(backtest.progress(run)[0])
    run.refresh_from_db()
    assert done[:3] == [0, 2, 4]
    assert run.result["qualified"] == {"Model 1 (active)": [1, 1, 1], "Model 2": [0, 0, 0]}


def test_a_center_that_scoring_cannot_read_is_left_out_and_named(client: Client, draft: ScoringModel) -> None:
    two_companies()
    broken = given.account("Broken Ltd")
    # Known at the end of the last of three weeks and not before.
    AccountFact.objects.create(account=broken, field="customer_since", value="soon", known_from=given.ago(-10))
    at = NOW + timedelta(days=15)
    run = run_until_done(backtest.request_backtest(model=draft, weeks=3, by=None, now=at))
    found = backtest.result_of(run)
    assert found.left_out == [given.whole(broken).pk]
    assert found.qualified["Model 1 (active)"] == [1, 1, 1]
    assert found.hits["Model 1 (active)"].base == 2
    client.force_login(User.objects.create_user("ada@northbeam.example", "x", role=Role.ADMIN))
    page = client.get(reverse("signals:backtest", args=[draft.version])).content.decode()
    assert "1 center could not be computed and is left out" in page
    assert "Broken Ltd" in page


def test_a_day_of_a_history_is_what_was_known_then(draft: ScoringModel) -> None:
    company, rest = given.worked_example(name="First"), given.worked_example(name="Rest")
    touch = Touch.objects.filter(account=company).order_by("occurred_at").last()
    PastReading.objects.create(
        touch_id=touch.pk,
        account=rest,
        contact=None,
        touch_type=touch.touch_type,
        theme=None,
        minutes=touch.minutes,
        known_from=given.ago(1),
        known_until=NOW,
        ignored="",
    )
    Touch.objects.filter(pk=touch.pk).update(known_from=NOW)
    config = config_of(active_model())
    days = [NOW + timedelta(days=days) for days in (-30, -3, -1, 0, 5, 60)] + [NOW - timedelta(microseconds=1)]
    centers = [given.whole(one).pk for one in (company, rest)]
    history = History.read(centers, first=min(days), last=max(days), config=config)
    for as_of in days:
        found, wanted = history.at(as_of), load_facts(center_ids=centers, as_of=as_of, config=config, past=True)
        assert_same(found, wanted)
        assert (found.intent_connected, found.themes_set_up) == (wanted.intent_connected, wanted.themes_set_up)
    known = [set(history.at(as_of).touches["account_id"].to_list()) for as_of in days]
    assert known[0] == set()
    assert known[3] == {company.pk, rest.pk}


@pytest.mark.parametrize("weeks", [0, 105])
def test_more_than_two_years_are_refused(draft: ScoringModel, weeks: int) -> None:
    with pytest.raises(ValueError, match="1 to 104 weeks"):
        backtest.request_backtest(model=draft, weeks=weeks, by=None)
    assert not BacktestRun.objects.exists()


# Pages


@pytest.fixture
def admin() -> User:
    return User.objects.create_user("ada@northbeam.example", "x", role=Role.ADMIN)


def test_the_page_asks_for_it_shows_how_far_it_is_and_then_the_result(
    client: Client, admin: User, draft: ScoringModel
) -> None:
    client.force_login(admin)
    two_companies()
    url = reverse("signals:backtest", args=[draft.version])
    assert "No backtest of this version yet" in client.get(url).content.decode()

    assert client.post(url, {"weeks": "13"}).status_code == 302
    run = BacktestRun.objects.get()
    assert (run.weeks, run.by, run.model) == (13, admin, draft)
    page = client.get(url)
    assert (page.context["done"], page.context["total"], page.context["found"]) == (0, 26, None)
    poll = client.get(reverse("signals:backtest_progress", args=[draft.version]))
    assert "0 of 26 evaluations" in poll.content.decode()
    assert "HX-Refresh" not in poll

    run_until_done(run)
    assert client.get(reverse("signals:backtest_progress", args=[draft.version]))["HX-Refresh"] == "true"
    page = client.get(url)
    assert [len(counts) for _, counts in page.context["rows"]] == [2] * 13
    assert (page.context["has_moved_on"], "Model 2" in page.content.decode()) == (False, True)
    save_draft(model=draft, config=draft.config | {"full_points": 60.0}, by=None)
    assert client.get(url).context["has_moved_on"] is True


def test_a_number_of_weeks_that_is_not_offered_starts_nothing(client: Client, admin: User, draft: ScoringModel) -> None:
    client.force_login(admin)
    url = reverse("signals:backtest", args=[draft.version])
    answer = client.post(url, {"weeks": "5000"}, follow=True)
    assert "Choose 4, 13, 26, 52 or 104 weeks." in answer.content.decode()
    assert not BacktestRun.objects.exists()
