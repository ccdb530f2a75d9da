"""Inbox, brief, lists, search, triage, notices, first steps and where everybody begins."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.companies import create_account
from accounts.models import Account, User
from handoff.models import Handoff, Notice, TriageItem
from signals.models import Touch
from tests.handoff import desk, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def sdr(client: Client) -> User:
    user = desk.user("sdr", "Priya Nair")
    client.force_login(user)
    return user


@pytest.mark.parametrize(
    ("role", "where"),
    [("sdr", "/queue/"), ("ae", "/inbox/"), ("manager", "/queue/"), ("marketing_ops", "/queue/"), ("admin", "/queue/")],
)
def test_everybody_begins_at_their_own_page(client: Client, role: str, where: str) -> None:
    create_account(name="Halden")
    client.force_login(desk.user(role))
    assert client.get("/")["Location"] == where


def test_an_empty_installation_begins_with_the_first_steps(client: Client) -> None:
    client.force_login(desk.user("admin"))
    assert client.get("/")["Location"] == "/first-steps/"
    client.force_login(desk.user("sdr"))
    assert client.get("/")["Location"] == "/queue/"


def test_first_steps_tick_themselves_off(client: Client) -> None:
    client.force_login(desk.user("admin"))
    assert [step.done for step in client.get("/first-steps/").context["steps"]] == [False] * 4
    worked.company()
    response = client.get("/first-steps/")
    assert [step.done for step in response.context["steps"]] == [True, True, True, False]
    assert b"3 of 4 done" in response.content


def test_an_ae_answers_what_waits_first(client: Client) -> None:
    tom = desk.user("ae", "Tom Okafor")
    client.force_login(tom)
    waiting = desk.handoff("passed", company=desk.account("Halden"), ae=tom)
    desk.handoff("passed", company=desk.account("Somebody else's"))
    accepted = desk.handoff("accepted", company=desk.account("Birch"), ae=tom)
    deal = desk.handoff("opportunity", company=desk.account("Cedar"), ae=tom)
    context = client.get("/inbox/").context
    assert context["waiting"] == [waiting]
    assert context["accepted"] == [accepted]
    assert context["opportunities"] == [deal]


def test_an_sdr_has_no_inbox_but_sees_what_became_of_passes(client: Client, sdr: User) -> None:
    assert client.get("/inbox/")["Location"] == "/passed/"
    desk.handoff("won", company=desk.account("Halden"), sdr=sdr)
    response = client.get("/passed/")
    assert [(row["handoff"].account.name, row["outcome"][0]) for row in response.context["rows"]] == [("Halden", "won")]


def test_the_brief_says_it_all_on_one_page(client: Client) -> None:
    tom = desk.user("ae", "Tom Okafor")
    row = worked.queued()
    priya = desk.user("sdr", "Priya Nair")
    Handoff.objects.filter(pk=row.pk).update(
        state="passed", claimed_by=priya, claimed_at=timezone.now(), passed_by=priya, passed_at=timezone.now(), ae=tom,
        summary="They compare three vendors.", next_step="Call on Tuesday.",
    )  # fmt: skip
    client.force_login(tom)
    body = client.get(f"/handoffs/{row.pk}/brief/").content.decode()
    for words in (
        "What Priya Nair says", "They compare three vendors.", "Call on Tuesday.", "Why it qualified", "Buying group",
        "Dana Whitlock", "iPaaS", "Accept", "Return to SDR",
    ):  # fmt: skip
        assert words in body


def test_my_accounts_are_those_i_hold(client: Client, sdr: User) -> None:
    desk.handoff("working", company=desk.account("Mine"), sdr=sdr)
    desk.handoff("working", company=desk.account("Other"))
    assert [row.account.name for row in client.get("/mine/").context["rows"]] == ["Mine"]


def scored(name: str, score: float, **fields: object) -> Account:
    company = desk.account(name, **fields)
    desk.state(desk.whole(company), qualified=score >= 70, score=score)
    return company


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Alder", "Birch"]),
        ({"sort": "name"}, ["Alder", "Birch", "Unscored"]),
        ({"q": "bir"}, ["Birch"]),
        ({"q": "birch-do"}, ["Birch"]),
        ({"stage": "mqa"}, ["Alder"]),
        ({"block": "threshold"}, ["Birch"]),
        ({"icp": "out"}, []),
        ({"target": "on"}, ["Birch"]),
        ({"stage": "nonsense"}, ["Alder", "Birch"]),
    ],
)
def test_accounts_are_searched_filtered_and_sorted(
    client: Client, sdr: User, query: dict[str, str], found: list[str]
) -> None:
    scored("Alder", 90)
    birch = scored("Birch", 60, is_target=True)
    birch.domains.create(name="birch-domain.example", is_primary=True)
    desk.account("Unscored")
    assert [row["account"].name for row in client.get("/accounts/", query).context["rows"]] == found


@pytest.mark.parametrize("rows", [2, 40])
@pytest.mark.parametrize(("query", "queries"), [({}, 9), ({"sort": "name"}, 10), ({"stage": "consideration"}, 9)])
def test_the_list_of_accounts_takes_the_same_queries(
    client: Client, sdr: User, rows: int, query: dict[str, str], queries: int, django_assert_num_queries
) -> None:
    for number in range(rows):
        desk.handoff("working", company=scored(f"Company {number}", 50), sdr=sdr)
    with django_assert_num_queries(queries):
        assert len(client.get("/accounts/", query).context["rows"]) == rows


def test_people_are_found_by_name_and_title(client: Client, sdr: User) -> None:
    worked.company()
    names = [row["contact"].full_name for row in client.get("/people/", {"q": "dana whit"}).context["rows"]]
    assert names == ["Dana Whitlock"]
    response = client.get("/people/", {"seniority": "director"})
    assert [row["contact"].full_name for row in response.context["rows"]] == ["Marek Ilić"]
    assert response.context["rows"][0]["seen"] is not None


def test_erased_people_are_not_listed(client: Client, sdr: User) -> None:
    desk.contact(desk.account("Halden"), first_name="Gone", erased_at=timezone.now())
    assert client.get("/people/").context["rows"] == []


def test_the_palette_finds_accounts_and_people(client: Client, sdr: User) -> None:
    account = worked.company()
    assert client.get("/search/", {"q": "halden"}).json() == [
        {"label": "Halden Freight Systems", "url": f"/accounts/{account.pk}/", "hint": "haldenfreight.com"}
    ]
    assert client.get("/search/", {"q": "Whitlock"}).json() == [
        {"label": "Dana Whitlock", "url": f"/accounts/{account.pk}/", "hint": "VP Operations · Halden Freight Systems"}
    ]
    assert client.get("/search/", {"q": "h"}).json() == []


def raised(account: Account | None = None) -> TriageItem:
    company = account or desk.account("Somewhere")
    touch = worked.touch(company, None, "demo_request", 0)
    if account is None:
        Touch.objects.filter(pk=touch.pk).update(account=None, domain="nowhere.example")
        company.delete()
    return TriageItem.objects.create(
        touch_id=touch.pk, account=account, occurred_at=touch.occurred_at, due_at=timezone.now() + dt.timedelta(hours=1)
    )


def test_a_hand_raise_of_nobody_is_placed_at_an_account(client: Client, sdr: User) -> None:
    item, account = raised(), create_account(name="Halden")
    assert b"No account for nowhere.example" in client.get("/triage/").content
    found = client.get(f"/triage/{item.pk}/match/", {"q": "hal"})
    assert found.context["found"] == [account]
    response = client.post(f"/triage/{item.pk}/match/", {"account": account.pk}, follow=True)
    assert "It is in the queue." in response.content.decode()
    row = Handoff.objects.get()
    assert (row.account, row.is_mqa, row.state) == (account, False, "queued")
    item.refresh_from_db()
    assert (item.resolved_by, item.handoff, item.account) == (sdr, row, account)
    assert Touch.objects.get(pk=item.touch_id).account == account


def test_a_hand_raise_is_dismissed_once(client: Client, sdr: User) -> None:
    item = raised()
    client.post(f"/triage/{item.pk}/dismiss/")
    item.refresh_from_db()
    assert (item.outcome, item.resolved_by) == ("dismissed", sdr)
    assert client.post(f"/triage/{item.pk}/dismiss/").status_code == 409
    assert client.get("/triage/").context["rows"] == []


def test_an_ae_may_look_at_triage_and_not_place(client: Client) -> None:
    item = raised()
    client.force_login(desk.user("ae"))
    assert client.get("/triage/").status_code == 200
    assert client.get(f"/triage/{item.pk}/match/").status_code == 403
    assert client.post(f"/triage/{item.pk}/dismiss/").status_code == 403
    item.refresh_from_db()
    assert item.resolved_at is None


def test_notices_are_ones_own_and_can_be_read(client: Client, sdr: User) -> None:
    account = desk.account("Halden")
    own = Notice.objects.create(recipient=sdr, kind="x", text="Yours", key="a", account=account)
    other = Notice.objects.create(recipient=desk.user("sdr"), kind="x", text="Not yours", key="b")
    response = client.get("/notices/")
    assert list(response.context["rows"]) == [own]
    assert client.post("/notices/read/", {"notice": own.pk})["Location"] == f"/accounts/{account.pk}/"
    client.post("/notices/read/", {"notice": other.pk})
    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.read_at is None, other.read_at is None) == (False, True)
    Notice.objects.filter(pk=own.pk).update(read_at=None)
    client.post("/notices/read/")
    assert Notice.objects.filter(recipient=sdr, read_at__isnull=True).count() == 0


def test_the_navigation_counts_what_waits(client: Client, sdr: User) -> None:
    desk.handoff(company=desk.account("Halden"))
    Notice.objects.create(recipient=sdr, kind="x", text="Yours", key="a")
    raised()
    counts = {item.label: item.count for group in client.get("/people/").context["nav"] for item in group.items}
    assert {name: counts[name] for name in ("Queue", "My accounts", "Passed to AE", "Notices", "Triage")} == {
        "Queue": 1, "My accounts": None, "Passed to AE": None, "Notices": 1, "Triage": 1,
    }  # fmt: skip
    assert "Inbox" not in counts


def test_a_user_sets_name_zone_and_absence_and_no_role(client: Client, sdr: User) -> None:
    data = {"name": "Priya N", "time_zone": "Europe/Amsterdam", "away_until": "2030-01-02", "role": "admin"}
    assert client.post("/settings/", data)["Location"] == "/settings/"
    sdr.refresh_from_db()
    assert (sdr.name, sdr.time_zone, sdr.away_until, sdr.role) == (
        "Priya N", "Europe/Amsterdam", dt.date(2030, 1, 2), "sdr",
    )  # fmt: skip
    assert client.post("/settings/", data | {"time_zone": "Mars/Base"}).status_code == 422
