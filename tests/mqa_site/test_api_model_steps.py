"""What is done with scoring models over the API: tried, published, gone back to, backtested."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from signals import backtest, publishing, snapshot
from signals.models import BacktestRun, CenterState, ModelPublication, ScoringModel, TouchType
from signals.publishing import active_model, config_of, copy_to_draft
from signals.rescore import rescore_until_done
from tests.handoff import desk
from tests.mqa_site.api_clients import key_client, signed_in
from tests.mqa_site.test_api_models import change, stored
from tests.signals import given
from tests.signals.given import NOW
from tests.signals.test_model_pages import fields

pytestmark = pytest.mark.django_db

MODELS = "/api/scoring-models/"


@pytest.fixture
def draft() -> ScoringModel:
    return copy_to_draft(model=active_model(), by=None)


def test_what_if_says_who_would_leave_and_at_which_gate(draft: ScoringModel, configuring: APIClient) -> None:
    company = given.worked_example(domain="northwind.com")
    change(configuring, {"gates": {"min_contacts": 4}})
    snapshot.forget()

    with time_machine.travel(NOW, tick=False):
        found = configuring.get(f"{MODELS}2/what-if/").json()
        other = configuring.get(f"{MODELS}2/what-if/?gates.min_contacts=3&limit=5").json()
        entering = configuring.get(f"{MODELS}2/what-if/?kind=enters").json()

    assert (found["version"], found["active_version"], found["centers"]) == (2, 1, 1)
    assert (found["qualified_before"], found["qualified_after"]) == (1, 0)
    assert (found["counts"], found["leaving_by_gate"]) == ({"enters": 0, "leaves": 1, "moves": 0}, {"spread": 1})
    assert found["moves"] == [
        {
            "kind": "leaves", "account": company.pk, "account_name": "Northwind", "center": given.whole(company).pk,
            "score_before": found["moves"][0]["score_before"], "score_after": found["moves"][0]["score_before"],
            "blocked_before": None, "blocked_after": "spread",
        }
    ]  # fmt: skip
    assert round(found["moves"][0]["score_before"], 2) == 91.63
    assert (other["qualified_after"], other["moves"], entering["moves"]) == (1, [], [])
    assert [load["sdr"] for load in found["loads"]] == [None]


@pytest.mark.parametrize(
    "query", ["kind=all", "limit=-1", "limit=9999", "offset=x", "gates.mqa_score=NaN", "gates.mqa_score=0", "min_fit=x"]
)
def test_what_if_refuses_what_it_can_not_try(draft: ScoringModel, configuring: APIClient, query: str) -> None:
    answer = configuring.get(f"{MODELS}2/what-if/?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [query.partition("=")[0]])


@time_machine.travel(NOW, tick=True)
def test_what_is_published_over_the_api_scores_as_what_a_page_published(
    draft: ScoringModel, configuring: APIClient
) -> None:
    given.worked_example(domain="northwind.com")
    user = desk.user("admin")
    page = Client()
    page.force_login(user)

    def scores() -> list[tuple[float, float, str, str]]:
        rescore_until_done()
        return list(CenterState.objects.values_list("score", "engagement", "stage", "block"))

    change(configuring, {"full_points": 80, "gates": {"min_contacts": 4}, "type_weights": {"case_study": 8}})
    taken = configuring.post(f"{MODELS}2/publish/", {"comment": " Larger deals ", "revision": _revision(2)})
    by_api, document = scores(), config_of(active_model())
    after = configuring.get(f"{MODELS}evaluation/").json()

    assert configuring.post(f"{MODELS}1/roll-back/", {"comment": "Too strict"}).status_code == 202
    first = scores()
    other = copy_to_draft(model=active_model(), by=user)
    for tab, values in (
        ("weights", {"full_points": "80", "type_weights.case_study": "8"}),
        ("gates", {"gates.min_contacts": "4"}),
    ):
        page.post(reverse("signals:edit", args=[other.version, tab]), fields(page, other, tab) | values)
        other.refresh_from_db()
    page.post(reverse("signals:publish", args=[other.version]), {"comment": "By hand"})
    by_page = scores()

    assert by_api == by_page != first
    assert [(round(score, 2), stage, block) for score, _, stage, block in by_api] == [
        (72.73, "consideration", "spread")
    ]
    assert config_of(active_model()) == document
    assert (taken.status_code, taken.json()) == (
        202,
        {
            "version": 2, "evaluated": 0, "total": 1, "finished": False,
            "progress": "http://testserver/api/scoring-models/evaluation/",
        },
    )  # fmt: skip
    assert (after["evaluated"], after["total"], after["finished"]) == (1, 1, True)
    said = [(one.model.version, one.comment, one.is_rollback, one.who.partition(" (")[0]) for one in _publications()]
    assert said == [
        (1, "The defaults.", False, "the system"),
        (2, "Larger deals", False, "the key configure"),
        (1, "Too strict", True, "the key configure"),
        (3, "By hand", False, user.name),
    ]
    assert "by the key configure" in page.get(reverse("signals:model")).content.decode()
    assert configuring.get(f"{MODELS}2/").json()["publications"][0]["key"] == "configure"


def _revision(version: int) -> str:
    return publishing.revision_of(ScoringModel.objects.get(version=version))


def _publications() -> list[ModelPublication]:
    return list(ModelPublication.objects.order_by("pk"))


def test_steps_that_a_version_can_not_take_say_why(draft: ScoringModel, configuring: APIClient) -> None:
    before = stored()
    comment = {"comment": "x"}
    for path, body, status, message in (
        ("2/publish/", {}, 400, "comment: Say in a comment what changes and why."),
        ("2/publish/", {"comment": "  "}, 400, "comment: Say in a comment what changes and why."),
        ("2/publish/", {"comment": None}, 400, "comment: Say in a comment what changes and why."),
        (
            "2/publish/",
            comment | {"why": 1},
            400,
            "why: There is no such field. /api/docs/ lists those that there are.",
        ),
        ("1/publish/", comment, 409, "Model 1 is active and not a draft."),
        ("1/roll-back/", comment, 409, "Model 1 is active, nothing to go back to."),
        ("2/roll-back/", comment, 409, "Model 2 is draft, nothing to go back to."),
        ("9/publish/", comment, 404, "Not found."),
    ):
        answer = configuring.post(f"{MODELS}{path}", body)
        assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert stored() == before


def test_the_catalogue_is_taken_in(configuring: APIClient) -> None:
    TouchType.objects.create(key="podcast", name="Podcast", tier="low")

    first = configuring.post(f"{MODELS}take-catalogue/", {"comment": "Podcasts"}).json()
    again = configuring.post(f"{MODELS}take-catalogue/", {"comment": "Podcasts"}).json()

    assert (first["version"], again["version"]) == (2, 2)
    assert configuring.get(f"{MODELS}2/").json()["catalogue_gaps"] == []


def test_a_change_of_the_catalogue_is_published_by_the_key_too(configuring: APIClient) -> None:
    configuring.post("/api/touch-types/", {"key": "podcast", "name": "Podcast", "tier": "low"})

    assert [one.who.partition(" (")[0] for one in _publications()] == ["the system", "the key configure"]


def test_a_backtest_is_asked_for_and_read(draft: ScoringModel, configuring: APIClient) -> None:
    given.worked_example(domain="northwind.com")
    change(configuring, {"gates": {"mqa_score": 99}})

    with time_machine.travel(NOW + timedelta(days=15), tick=False):
        asked = configuring.post(f"{MODELS}2/backtests/", {"weeks": 4})
        waiting = configuring.get(f"{MODELS}2/backtests/").json()
        while backtest.work_step():
            pass
        (found,) = configuring.get(f"{MODELS}2/backtests/").json()
    change(configuring, {"gates": {"mqa_score": 98}})
    (later,) = configuring.get(f"{MODELS}2/backtests/").json()

    assert (asked.status_code, waiting) == (202, [asked.json()])
    assert [asked.json()[name] for name in ("weeks", "finished_at", "done", "total", "versions")] == [4, None, 0, 4, []]
    assert (found["done"], found["total"], found["outdated"], later["outdated"]) == (4, 4, False, True)
    assert found["days"] == [(NOW + timedelta(days=days)).date().isoformat() for days in (-7, 0, 7, 14)]
    assert [(one["name"], one["mqas"], one["called"], one["base"]) for one in found["versions"]] == [
        ("Model 1 (active)", [0, 1, 1, 1], 1, 1),
        ("Model 2", [0, 0, 0, 0], 0, 1),
    ]


@pytest.mark.parametrize("weeks", [None, 0, 5, "x", True, 10**30])
def test_weeks_that_are_not_on_offer_start_nothing(draft: ScoringModel, configuring: APIClient, weeks: Any) -> None:
    answer = configuring.post(f"{MODELS}2/backtests/", {"weeks": weeks})
    assert (answer.status_code, list(answer.json()["errors"]), BacktestRun.objects.count()) == (400, ["weeks"], 0)


@pytest.mark.parametrize("client", ["read", "write", "sdr", "manager", "marketing_ops"])
def test_who_configures_changes_models(draft: ScoringModel, client: str) -> None:
    api = key_client(client) if client in {"read", "write"} else signed_in(desk.user(client))
    may = client == "marketing_ops"
    before = stored()
    writes = (
        ("post", MODELS, {"copied_from": 1}, 201),
        ("patch", f"{MODELS}2/", {"revision": _revision(2), "config": {}}, 200),
        ("post", f"{MODELS}2/backtests/", {"weeks": 4}, 202),
        ("post", f"{MODELS}2/publish/", {"comment": "x"}, 202),
        ("post", f"{MODELS}1/roll-back/", {"comment": "x"}, 202),
        ("post", f"{MODELS}take-catalogue/", {"comment": "x"}, 202),
        ("delete", f"{MODELS}3/", None, 204),
    )

    with transaction.atomic():
        found = [getattr(api, method)(path, body).status_code for method, path, body, _ in writes]

    assert found == ([status for *_, status in writes] if may else [403] * len(writes))
    assert may or stored() == before
    assert [api.get(f"{MODELS}{path}").status_code for path in ("", "1/", "evaluation/", "1/profile/")] == [200] * 4
    for path in ("what-if", "backtests"):
        assert api.get(f"{MODELS}1/{path}/").status_code == (200 if may or client in {"read", "write"} else 403)
