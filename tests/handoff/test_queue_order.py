"""The queue's columns as orders: by address, from either end, kept by polls and pages."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from handoff.models import Handoff
from tests.handoff import desk

pytestmark = pytest.mark.django_db

QUEUE = "/queue/"


@pytest.fixture
def manager(client: Client) -> User:
    user = desk.user("manager", "Meg Lin")
    client.force_login(user)
    return user


def queued(name: str, score: float, due_in_hours: int, **state: object) -> Handoff:
    company = desk.account(name)
    desk.state(desk.whole(company), score=score, strip=[], **state)
    row = desk.handoff(company=company)
    Handoff.objects.filter(pk=row.pk).update(claim_due_at=timezone.now() + dt.timedelta(hours=due_in_hours))
    return row


@pytest.fixture
def three(manager: User) -> None:
    now = timezone.now()
    queued("alder", 75, 30, engagement=90.0, last_touch_at=now - dt.timedelta(days=3))
    queued("Birch", 95, 50, engagement=70.0, last_touch_at=now - dt.timedelta(days=1))
    queued("Cedar", 85, 40, engagement=80.0, last_touch_at=None)


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("", "Birch Cedar alder"),
        ("account", "alder Birch Cedar"),
        ("-account", "Cedar Birch alder"),
        ("-score", "Birch Cedar alder"),
        ("score", "alder Cedar Birch"),
        ("due", "alder Cedar Birch"),
        ("-due", "Birch Cedar alder"),
        ("-engagement", "alder Cedar Birch"),
        ("-touch", "Birch alder Cedar"),
        ("touch", "alder Birch Cedar"),
        ("id; drop", "Birch Cedar alder"),
    ],
)
def test_a_column_orders_the_queue_from_either_end(client: Client, three: None, sort: str, found: str) -> None:
    rows = client.get(QUEUE, {"sort": sort} if sort else {}).context["rows"]
    assert [row.account.name for row in rows] == found.split()


def test_heads_link_to_their_order_and_say_how_they_are_sorted(client: Client, three: None) -> None:
    columns = client.get(QUEUE, {"target": "", "page": "1"}).context["columns"]
    assert [(one.label, one.url, one.aria) for one in columns if one.url] == [
        ("Account", "/queue/?target=&sort=account", ""),
        ("90 days", "/queue/?target=&sort=-touch", ""),
        ("Signals", "/queue/?target=&sort=-engagement", ""),
        ("Score", "/queue/?target=&sort=-score", ""),
        ("Claim within", "/queue/?target=&sort=due", ""),
    ]
    response = client.get(QUEUE, {"sort": "-score"})
    score = response.context["columns"][5]
    assert (score.url, score.aria) == ("/queue/?sort=score", "descending")
    assert b'aria-sort="descending"><a href="/queue/?sort=score"' in response.content
    assert response.context["chips"] == [{"words": "Sorted by score, highest first", "url": "/queue/?scope=pool"}]


def test_a_poll_goes_on_in_the_order_that_is_shown(client: Client, three: None) -> None:
    page = client.get(QUEUE, {"sort": "account"})
    answer = client.get(page.context["live_url"], headers={"HX-Request": "true"})
    assert [row.account.name for row in answer.context["rows"]] == ["alder", "Birch", "Cedar"]


def test_overdue_and_whose_it_is_can_be_asked_for(client: Client, manager: User) -> None:
    sam = desk.user("sdr", "Sam Berg")
    late = queued("Late", 80, -1)
    queued("Early", 90, 5)
    held = desk.handoff("working", company=desk.account("Held"), sdr=sam)
    owned = desk.handoff(company=desk.account("Owned", owner_sdr=sam))
    assert [row.pk for row in client.get(QUEUE, {"scope": "all", "late": "on"}).context["rows"]] == [late.pk]
    response = client.get(QUEUE, {"scope": "all", "person": sam.pk})
    assert {row.pk for row in response.context["rows"]} == {held.pk, owned.pk}
    assert response.context["chips"] == [{"words": "With: Sam Berg", "url": "/queue/?scope=all"}]


def test_several_filters_are_cleared_at_once(client: Client, manager: User) -> None:
    response = client.get(QUEUE, {"scope": "all", "late": "on", "target": "on"})
    assert [chip["words"] for chip in response.context["chips"]] == ["Target accounts", "Overdue"]
    assert b'<a href="/queue/?scope=all" data-command="Clear the filters">Clear all</a>' in response.content
