"""The target list: who is one and does not fit, who fits and is none, chosen many at a time."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AccountFact, User
from signals.actions import request_rescore_of_all
from signals.models import CenterState
from signals.publishing import active_model, copy_to_draft, publish, save_draft
from signals.rescore import rescore_until_done
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db

# Required: industry Logistics. Scored: employees at least 200 (3), region EMEA (1).
CRITERIA = [
    {"id": "i", "field": "industry", "operator": "in", "value": ["Logistics"], "kind": "required"},
    {"id": "e", "field": "employees", "operator": "at_least", "value": 200, "weight": 3},
    {"id": "r", "field": "region", "operator": "in", "value": ["EMEA"], "weight": 1},
]


@pytest.fixture
def manager() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("judith@example.com", "x", name="Judith", role="manager"))
    return client


@pytest.fixture
def five() -> dict[str, Account]:
    """Five evaluated accounts by name; only the first two are targets."""
    draft = copy_to_draft(model=active_model(), by=None)
    save_draft(model=draft, config=draft.config | {"criteria": CRITERIA}, by=None)
    publish(model=draft, comment="ICP", by=None)
    big: dict[str, Any] = {"industry": "Logistics", "employees": 900}
    made = [
        given.account("Inside", is_target=True, region="EMEA", **big),
        given.account("Outside", is_target=True, industry="Retail"),
        given.account("Best", region="EMEA", tier="1", **big),
        given.account("Good", region="APAC", tier="2", **big),
        given.account("Small", industry="Logistics", employees=5, region="EMEA"),
    ]
    request_rescore_of_all(reason="test")
    rescore_until_done(now=NOW)
    given.account("Fresh", is_target=True)
    return {account.name: account for account in made}


def names(client: Client, query: str) -> list[str]:
    page = client.get(reverse("desk:targets") + query)
    assert page.status_code == 200
    return [center.account.name for center, _ in page.context["rows"]]


def test_what_does_not_fit_and_what_is_missed_is_pointed_out(manager: Client, five: dict[str, Account]) -> None:
    assert dict(CenterState.objects.values_list("account__name", "fit")) == {
        "Inside": 100,
        "Outside": 0,
        "Best": 100,
        "Good": 75,
        "Small": 25,
    }
    page = manager.get(reverse("desk:targets"))
    assert [(key, count) for key, _, count in page.context["tabs"]] == [
        ("targets", 3),
        ("outside", 1),
        ("unclear", 1),
        ("missed", 1),
        ("others", 3),
    ]
    assert names(manager, "") == ["Inside", "Outside", "Fresh"]
    assert names(manager, "?view=outside") == ["Outside"]
    assert names(manager, "?view=unclear") == ["Fresh"]
    assert names(manager, "?view=missed") == ["Best"]
    assert names(manager, "?view=missed&fit=75") == ["Best", "Good"]
    assert names(manager, "?view=missed&fit=75&tier=2") == ["Good"]
    assert names(manager, "?view=others&q=sma") == ["Small"]


def test_the_chosen_ones_become_targets_with_who_and_when(manager: Client, five: dict[str, Account]) -> None:
    url = reverse("desk:targets_mark")
    back = reverse("desk:targets") + "?view=missed&fit=75"
    answer = manager.post(url, {"do": "mark", "account": [five["Good"].pk], "next": back}, follow=True)
    assert answer.redirect_chain == [(back, 302)]
    assert [str(message) for message in answer.context["messages"]] == ["1 account is a target now."]
    five["Good"].refresh_from_db()
    assert five["Good"].is_target
    fact = AccountFact.objects.filter(account=five["Good"], field="is_target").latest("known_from")
    assert (fact.by.email, fact.source) == ("judith@example.com", "page")
    assert "Judith, by hand" in manager.get(reverse("desk:targets")).content.decode()
    assert "by Judith, by hand" in manager.get(reverse("desk:account", args=[five["Good"].pk])).content.decode()


def test_all_of_a_view_goes_by_its_filters_and_not_by_the_page(manager: Client, five: dict[str, Account]) -> None:
    url = reverse("desk:targets_mark")
    manager.post(url, {"do": "mark", "all": "1", "view": "missed", "fit": "75.0"})
    assert sorted(Account.objects.filter(is_target=True).values_list("name", flat=True)) == [
        "Best",
        "Fresh",
        "Good",
        "Inside",
        "Outside",
    ]
    manager.post(url, {"do": "unmark", "all": "1", "view": "outside"})
    assert not Account.objects.get(name="Outside").is_target


def test_nothing_selected_changes_nothing_and_is_said(manager: Client, five: dict[str, Account]) -> None:
    before = AccountFact.objects.count()
    for data in ({"do": "mark"}, {"do": "steal", "account": [five["Best"].pk]}):
        answer = manager.post(reverse("desk:targets_mark"), data, follow=True)
        assert [str(message) for message in answer.context["messages"]] == ["Select the accounts first."]
    assert AccountFact.objects.count() == before


def test_a_view_is_a_file(manager: Client, five: dict[str, Account]) -> None:
    answer = manager.get(reverse("desk:targets_export") + "?view=missed&fit=75")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Account name"], row["Target account"], row["ICP"], row["Fit"], row["Tier"]) for row in rows] == [
        ("Best", "no", "in", "100.0", "1"),
        ("Good", "no", "in", "75.0", "2"),
    ]


def test_the_list_takes_the_same_queries_for_few_and_many(manager: Client, five: dict[str, Account]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = reverse("desk:targets") + "?view=others"
    with CaptureQueriesContext(connection) as few:
        manager.get(url)
    for _ in range(20):
        given.account()
    with CaptureQueriesContext(connection) as many:
        manager.get(url)
    assert len(many) == len(few)
