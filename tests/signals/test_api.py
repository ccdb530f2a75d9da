"""`GET /api/accounts/` and `/api/accounts/{id}/` (domain.md §8, end)."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.companies import create_center
from accounts.keys import create_key
from accounts.models import Account
from signals.actions import request_rescore
from signals.models import CenterState, Decision
from signals.rescore import rescore_until_done
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> APIClient:
    _, text = create_key(name="reader", scope="read", by=None)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    return client


# What is known of an account besides, under the names by which it is changed.
KNOWN = (
    "parent", "website", "industry", "employees", "annual_revenue", "annual_revenue_currency", "revenue_growth",
    "locations", "country", "region", "city", "tier", "owner_sdr", "owner_ae", "lifecycle", "customer_since",
    "customer_until", "custom", "identifiers", "created_at", "updated_at",
)  # fmt: skip


def evaluate(*companies: Account) -> None:
    request_rescore(account_ids=[company.pk for company in companies], reason="test")
    rescore_until_done(now=NOW)


def test_the_worked_example_as_the_api_says_it(api: APIClient) -> None:
    company = given.worked_example(domain="northwind.com")
    evaluate(company)

    found: dict[str, Any] = api.get(f"/api/accounts/{company.pk}/").json()

    assert list(found) == [
        "id", "name", "domain", "domains", "is_target", "evaluated", "evaluated_at", "stage", "score", "signals", "points",
        "minutes", "engagement_score", "qualified", "icp", "blocked_by", "centers", "evidence", "handoff", *KNOWN,
    ]  # fmt: skip
    assert {key: found[key] for key in list(found)[:8]} == {
        "id": company.pk,
        "name": "Northwind",
        "domain": "northwind.com",
        "domains": ["northwind.com"],
        "is_target": True,
        "evaluated": True,
        "evaluated_at": "2026-06-15T12:00:00Z",
        "stage": "mqa",
    }
    assert (round(found["score"], 2), round(found["points"], 2), found["minutes"]) == (91.63, 46.36, 43.0)
    assert found["signals"] == {"fit": 100.0, "engagement": pytest.approx(92.72, abs=0.005), "intent": 80.0}
    assert (found["qualified"], found["icp"], found["blocked_by"]) == (True, "in", None)
    evidence = found["evidence"]
    assert evidence["model_version"] == 1
    assert evidence["as_of"] == "2026-06-15T12:00:00+00:00"
    assert {key: evidence["cluster"][key] for key in ("first_day", "last_day", "person_days")} == {
        "first_day": "2026-06-09",
        "last_day": "2026-06-14",
        "person_days": 4,
    }
    assert [(gate["name"], gate["passed"], gate["required"]) for gate in evidence["gates"]] == [
        ("relevance", True, "in"),
        ("cluster", True, 3),
        ("spread", True, 2),
        ("direction", True, 0.4),
        ("threshold", True, 70.0),
    ]
    assert [gate["measured"] for gate in evidence["gates"][:3]] == ["in", 4, 3]
    assert sum(item["points"] for item in evidence["contributions"]) == pytest.approx(found["points"])
    assert evidence["missing"] == []


def test_an_account_never_evaluated_says_so_without_figures(api: APIClient) -> None:
    company = given.account("Quiet")

    found = api.get(f"/api/accounts/{company.pk}/").json()

    assert {key: value for key, value in found.items() if key not in KNOWN} == {
        "id": company.pk,
        "name": "Quiet",
        "domain": None,
        "domains": [],
        "is_target": False,
        "evaluated": False,
        "stage": "not evaluated yet",
        "centers": [
            {
                "id": given.whole(company).pk,
                "name": "",
                "is_default": True,
                "evaluated": False,
                "stage": "not evaluated yet",
            }
        ],
        "handoff": None,
    }


def test_a_named_center_is_measured_on_its_own_people(api: APIClient) -> None:
    company = given.worked_example()
    center = create_center(account=company, name="EMEA IT", by=None)
    person = given.contact(company, "vp", center=center)
    given.touch(company, person, "pricing_page", given.ago(0))
    evaluate(company)

    whole, named = api.get(f"/api/accounts/{company.pk}/").json()["centers"]

    assert (whole["name"], whole["qualified"]) == ("", True)
    assert (named["name"], named["points"], named["blocked_by"]) == ("EMEA IT", 15.0, "cluster")


def names(client: APIClient, query: str) -> list[str]:
    return [row["name"] for row in client.get(f"/api/accounts/?{query}").json()["results"]]


def test_lists_are_narrowed_by_domain_name_and_figures(api: APIClient) -> None:
    northwind = given.worked_example(domain="northwind.com", more_domains=["northwind.io"])
    lone = given.worked_example(without={"others"}, name="Lone", domain="lone.com")
    evaluate(northwind, lone)
    given.account("Quiet", domain="quiet.com")
    from signals.models import RescoreRequest

    assert RescoreRequest.objects.count() == 1
    assert names(api, "") == ["Northwind", "Lone", "Quiet"]
    assert names(api, "domain=northwind.io") == ["Northwind"]
    assert names(api, "domain=https://www.Northwind.com/about") == ["Northwind"]
    assert names(api, "domain=nobody.com") == []
    assert names(api, "q=wind") == ["Northwind"]
    assert names(api, "is_target=true") == ["Northwind", "Lone"]
    assert names(api, "qualified=true") == ["Northwind"]
    assert names(api, "blocked_by=cluster") == ["Lone"]
    assert names(api, "stage=mqa") == ["Northwind"]
    assert names(api, "stage=not evaluated yet") == ["Quiet"]
    assert names(api, "icp=in") == ["Northwind", "Lone"]
    assert names(api, "is_surging=true") == ["Northwind", "Lone"]
    assert names(api, "score_from=91.63") == ["Northwind"]
    assert names(api, "score_below=91.63") == ["Lone"]
    assert names(api, "fit_from=100&score_below=91.64") == ["Northwind", "Lone"]
    assert names(api, "fit_from=100.5") == []
    evaluated = quote(CenterState.objects.get(center__account=lone, center__is_default=True).evaluated_at.isoformat())
    assert names(api, f"evaluated_since={evaluated}") == ["Northwind", "Lone"]
    assert names(api, "evaluated_since=2999-01-01T00:00:00Z") == []
    assert api.get("/api/accounts/?score_from=NaN").status_code == 400


def test_pages_follow_each_other(api: APIClient) -> None:
    for name in "ABCDE":
        given.account(name)

    first = api.get("/api/accounts/?page_size=2").json()
    second = api.get(first["next"]).json()
    third = api.get(second["next"]).json()

    assert [[row["name"] for row in page["results"]] for page in (first, second, third)] == [
        ["A", "B"],
        ["C", "D"],
        ["E"],
    ]
    assert third["next"] is None


def test_a_list_asks_as_many_queries_for_forty_accounts_as_for_two(
    api: APIClient, django_assert_num_queries: Any
) -> None:
    for _ in range(2):
        given.account()
    with django_assert_num_queries(LIST_QUERIES):
        api.get("/api/accounts/")
    for _ in range(38):
        given.account()
    with django_assert_num_queries(LIST_QUERIES):
        assert len(api.get("/api/accounts/").json()["results"]) == 40


# The key and how often it asked; accounts, domains, centers, states; the handoffs that a higher room adds.
LIST_QUERIES = 8


@pytest.mark.parametrize("path", ["/api/accounts/", "/api/accounts/1/", "/api/schema/"])
def test_without_a_key_nothing_is_told(path: str) -> None:
    answer = APIClient().get(path)

    assert answer.status_code == 401
    assert Decision.objects.count() == 0


def test_a_key_for_events_reads_nothing() -> None:
    _, text = create_key(name="site", scope="ingest", by=None)

    answer = APIClient(headers={"authorization": f"Bearer {text}"}).get("/api/accounts/")

    assert answer.status_code == 403


def test_a_key_for_reading_writes_no_account(api: APIClient) -> None:
    answer = api.post("/api/accounts/", {"name": "New"})

    assert answer.status_code == 403
    assert Account.objects.count() == 0


def test_the_docs_page_lists_the_operations(client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_user("ops@example.com", name="Ops", role="marketing_ops"))

    text = client.get("/api/docs/").content.decode()
    one = client.get("/api/docs/accounts/").content.decode()

    assert "GET /api/accounts/{id}/" in text
    assert "/api/docs/accounts/#op-accounts_retrieve" in text
    assert "evidence.gates[].measured" in one
    assert "Who: a key of scope read; signed in, everybody." in one
    assert "Who: a key of scope write; signed in, marketing operations, admins." in one
    assert "<script>" not in text + one
    assert client.get("/api/docs/shoes/").status_code == 404


def test_the_docs_page_says_what_is_sent(client: Client, django_user_model: Any) -> None:
    client.force_login(django_user_model.objects.create_user("ops@example.com", name="Ops", role="marketing_ops"))

    text = client.get("/api/docs/scoring-models/").content.decode()

    assert "config.gates.mqa_score" in text
    assert "config.policies.target.rules[].min_person_minutes" in text
    assert "Threshold: the score at least, and where the last band ends. Above 0 to 100." in text
    assert "Who: a key of scope configure; signed in, marketing operations, admins." in text
