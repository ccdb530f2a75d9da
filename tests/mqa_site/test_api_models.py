"""Scoring models over the API: read, made, changed; what can't be says why and where."""

from typing import Any

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from accounts.models import CustomField
from signals import publishing
from signals.api_model_config import OF_THE_CATALOGUE
from signals.models import ScoringModel, TouchType
from signals.publishing import active_model, copy_to_draft
from signals.scoring_config import ScoringConfig
from tests.mqa_site.api_clients import key_client
from tests.signals import given

pytestmark = pytest.mark.django_db

MODELS = "/api/scoring-models/"
INDUSTRY = {"field": "industry", "operator": "in", "value": ["Freight", "Logistics"], "kind": "required"}


@pytest.fixture
def draft() -> ScoringModel:
    return copy_to_draft(model=active_model(), by=None)


def change(client: APIClient, part: dict[str, Any], *, version: int = 2, revision: str | None = None) -> Any:
    """The answer to a change of a draft as it is now."""
    read = revision or publishing.revision_of(ScoringModel.objects.get(version=version))
    return client.patch(f"{MODELS}{version}/", {"revision": read, "config": part})


def stored() -> list[dict[str, Any]]:
    return list(ScoringModel.objects.order_by("version").values("version", "status", "config"))


# Reading


def test_versions_are_listed_the_latest_first_and_narrowed(draft: ScoringModel) -> None:
    api = key_client("read")

    rows = api.get(MODELS).json()["results"]

    assert [(row["version"], row["status"], row["copied_from"], "config" in row) for row in rows] == [
        (2, "draft", 1, False),
        (1, "active", None, False),
    ]
    assert [(one["comment"], one["by"], one["key"]) for one in rows[1]["publications"]] == [
        ("The defaults.", None, None)
    ]
    for query, versions in (("status=active", [1]), ("copied_from=1", [2]), ("created_since=2999-01-01", [])):
        assert [row["version"] for row in api.get(f"{MODELS}?{query}").json()["results"]] == versions
    assert api.get(f"{MODELS}?status=mine").status_code == 400


def test_a_version_is_read_whole(draft: ScoringModel) -> None:
    found = key_client("read").get(f"{MODELS}1/").json()

    assert found["config"] == ScoringConfig.default().model_dump(mode="json")
    assert (found["config"]["gates"]["mqa_score"], found["config"]["half_life_days"]) == (70.0, 30.0)
    assert (found["version"], found["catalogue_gaps"], len(found["revision"])) == (1, [], 16)
    assert key_client("read").get(f"{MODELS}9/").status_code == 404


def test_a_version_says_where_the_catalogue_has_moved_on() -> None:
    TouchType.objects.create(key="podcast", name="Podcast", tier="low")

    assert key_client("read").get(f"{MODELS}1/").json()["catalogue_gaps"] == ["Podcast is not in it."]


def test_two_versions_are_compared_in_words(draft: ScoringModel, configuring: APIClient) -> None:
    change(configuring, {"gates": {"mqa_score": 75}, "criteria": [INDUSTRY]})

    assert key_client("read").get(f"{MODELS}1/compare/2/").json() == {
        "version": 1,
        "other": 2,
        "differences": [
            {"what": "Criterion on industry", "before": "–", "after": "industry is Freight or Logistics (required)"},
            {"what": "MQA score", "before": "70", "after": "75"},
        ],
    }
    assert key_client("read").get(f"{MODELS}1/compare/9/").status_code == 404


def test_the_profile_says_how_the_icp_divides_the_accounts(draft: ScoringModel, configuring: APIClient) -> None:
    for industry in ("Freight", "Banking", None):
        given.account(industry=industry)
    change(configuring, {"criteria": [INDUSTRY]})

    assert key_client("read").get(f"{MODELS}2/profile/").json() == {
        "total": 3,
        "inside": 1,
        "outside": 1,
        "unknown": 1,
        "criteria": [{"id": "industry-1", "met": 1, "unknown": 1}],
    }


# Drafts


def test_a_draft_is_made_changed_and_thrown_away(configuring: APIClient) -> None:
    made = configuring.post(MODELS, {"copied_from": 1, "config": {"full_points": 80}})
    changed = change(configuring, {"gates": {"mqa_score": 75}, "type_weights": {"pricing_page": 12, "call": None}})
    gone = configuring.delete(f"{MODELS}2/")

    assert [one.status_code for one in (made, changed, gone)] == [201, 200, 204]
    config = changed.json()["config"]
    assert (config["full_points"], config["gates"]["mqa_score"], config["gates"]["cluster_days"]) == (80.0, 75.0, 14)
    assert (config["type_weights"]["pricing_page"], "call" in config["type_weights"]) == (12.0, False)
    assert changed.json()["revision"] != made.json()["revision"]
    assert [row["version"] for row in stored()] == [1]
    history = apps.get_model("signals", "ScoringModelEvent").objects.filter(version=2).order_by("pgh_id")
    assert [(one.pgh_context.metadata["api_key"][:11], one.config["gates"]["mqa_score"]) for one in history] == [
        ("configure (", 70.0), ("configure (", 70.0), ("configure (", 75.0),
    ]  # fmt: skip


def test_criteria_are_a_list_and_new_ones_get_an_id(draft: ScoringModel, configuring: APIClient) -> None:
    CustomField.objects.create(key="plants", label="Plants", kind="number")
    plants = {"field": "custom.plants", "operator": "at_least", "value": 3, "weight": 2}

    first = change(configuring, {"criteria": [INDUSTRY, plants]}).json()["config"]["criteria"]
    again = change(configuring, {"criteria": [first[1], {**INDUSTRY, "kind": "exclusion"}]}).json()["config"][
        "criteria"
    ]
    none = change(configuring, {"criteria": []}).json()["config"]["criteria"]

    assert [(one["id"], one["custom_type"], one["weight"], one["value"]) for one in first] == [
        ("industry-1", None, 1.0, ["Freight", "Logistics"]),
        ("custom-plants-1", "number", 2.0, 3.0),
    ]
    assert [(one["id"], one["kind"]) for one in again] == [("custom-plants-1", "scored"), ("industry-1", "exclusion")]
    assert none == []


def test_a_document_sent_as_it_was_read_changes_nothing(draft: ScoringModel, configuring: APIClient) -> None:
    change(configuring, {"criteria": [INDUSTRY]})
    read = configuring.get(f"{MODELS}2/").json()

    said = change(configuring, read["config"]).json()

    assert (said["config"], said["revision"]) == (read["config"], read["revision"])


def test_a_criterion_may_outlive_its_field_but_not_come_after_it(draft: ScoringModel, configuring: APIClient) -> None:
    plants = CustomField.objects.create(key="plants", label="Plants", kind="number")
    change(configuring, {"criteria": [{"field": "custom.plants", "operator": "is_known"}]})
    plants.delete()

    kept = change(configuring, {"half_life_days": 20})
    other = change(configuring, {"criteria": [{"field": "custom.plants", "operator": "at_least", "value": 3}]})

    assert (kept.status_code, other.status_code) == (200, 400)
    assert other.json()["errors"] == {"config.criteria.0.field": ["There is no such custom field. There are: none."]}


@pytest.mark.parametrize(
    ("part", "path", "words"),
    [
        ({"half_life_days": "30"}, "half_life_days", "Input should be a valid number"),
        ({"half_life_days": True}, "half_life_days", "Input should be a valid number"),
        ({"half_life_days": None}, "half_life_days", "Input should be a valid number"),
        ({"half_life_days": 10**400}, "half_life_days", "Input should be a finite number"),
        ({"half_life_days": 0}, "half_life_days", "Input should be greater than 0"),
        ({"daily_cap": 2.5}, "daily_cap", "Input should be a valid integer"),
        ({"daily_cap": 10**30}, "daily_cap", "Input should be less than or equal to 10000"),
        ({"hlaf_life": 3}, "hlaf_life", "there is no such field"),
        ({"gates": {"mqa": 3}}, "gates.mqa", "there is no such field"),
        ({"gates": 3}, "gates", "Input should be an object"),
        ({"gates": {"recent_days": 91}}, "gates.recent_days", "91 days are more than the look-back of 90"),
        ({"type_weights": {"podcast": 3}}, "type_weights", "no touch type is called podcast"),
        ({"type_weights": 3}, "type_weights", "Input should be an object"),
        ({"touch_types": {"call": {"tier": "high"}}}, "touch_types", OF_THE_CATALOGUE["touch_types"]),
        ({"key_personas": [1]}, "key_personas", OF_THE_CATALOGUE["key_personas"]),
        ({"bands": []}, "bands", "at least one is needed"),
        ({"bands": [{"name": "a", "lower": 5}]}, "bands.0.lower", "the first band begins at 0"),
        ({"policies": {"target": {"rules": []}}}, "policies.target.rules", "at least one is needed"),
        ({"policies": {"other": {"rules": [{}]}}}, "policies.other.rules.0",
         "say which kind of rule this is: persona_points, qualified_leads, qualified_personas, minutes"),
        ({"criteria": {}}, "criteria", "Input should be a valid array"),
        ({"criteria": [3]}, "criteria.0", "Input should be an object"),
        ({"criteria": [{"field": "industry"}]}, "criteria.0.operator", "this is needed"),
        ({"criteria": [{**INDUSTRY, "value": [{}]}]}, "criteria.0.value",
         "this is text, a number, true, false, or a list of these"),
        ({"criteria": [{**INDUSTRY, "id": "a"}, {**INDUSTRY, "id": "a"}]}, "criteria", "two criteria have the id 'a'"),
        ({"criteria": [INDUSTRY, {**INDUSTRY, "weight": 2, "kind": "required"}]}, "criteria.1",
         "Criterion “industry-1” asks the same. Change that one."),
        ({"criteria": [{"field": "shoes", "operator": "is_known"}]}, "criteria.0.field",
         "'shoes' is neither a field of an account nor a custom one (custom.<key>)"),
        ({"criteria": [{"field": "custom.nope", "operator": "is_known"}]}, "criteria.0.field",
         "There is no such custom field. There are: custom.plants."),
        ({"criteria": [{"field": "custom.plants", "custom_type": "text", "operator": "is_known"}]},
         "criteria.0.custom_type", "custom.plants holds a number."),
    ],
)  # fmt: skip
def test_what_a_draft_can_not_be_is_said_at_its_path(
    draft: ScoringModel, configuring: APIClient, part: dict[str, Any], path: str, words: str
) -> None:
    CustomField.objects.create(key="plants", label="Plants", kind="number")
    before = stored()

    answer = change(configuring, part)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["errors"] == {f"config.{path}": [words]}
    assert answer.json()["message"] == f"config.{path}: {words}"
    assert stored() == before


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"revision": ["Read the draft and send its revision, so that nobody's change is lost."],
              "config": ["This field is required."]}),
        ({"revision": "x", "config": [1]}, {"config": ["Send an object with what is to change."]}),
        ({"revision": "x", "config": {}, "gates": {}},
         {"gates": ["There is no such field. /api/docs/ lists those that there are."]}),
        ([], {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
    ],
)  # fmt: skip
def test_what_is_no_change_of_a_draft_is_refused(
    draft: ScoringModel, configuring: APIClient, body: Any, errors: dict[str, Any]
) -> None:
    before = stored()
    answer = configuring.patch(f"{MODELS}2/", body)
    assert (answer.status_code, answer.json()["errors"]) == (400, errors)
    assert stored() == before


def test_nobodys_change_is_lost(draft: ScoringModel, configuring: APIClient) -> None:
    read = configuring.get(f"{MODELS}2/").json()["revision"]
    change(configuring, {"full_points": 80})
    before = stored()

    late = change(configuring, {"full_points": 60}, revision=read)
    published = configuring.post(f"{MODELS}2/publish/", {"comment": "x", "revision": read})

    for answer in (late, published):
        assert (answer.status_code, answer.json()["code"], answer.json()["message"]) == (
            409,
            "conflict",
            "Somebody changed draft 2 since you read it. Read it again, then change it.",
        )
    assert stored() == before


def test_what_was_published_never_changes(configuring: APIClient) -> None:
    before = stored()

    changed = change(configuring, {"full_points": 60}, version=1)
    deleted = configuring.delete(f"{MODELS}1/")

    for answer in (changed, deleted):
        assert (answer.status_code, answer.json()["message"]) == (
            409,
            "Model 1 was published and never changes. Copy it to a draft first.",
        )
    assert stored() == before


def test_a_draft_that_another_was_copied_from_stays(draft: ScoringModel, configuring: APIClient) -> None:
    configuring.post(MODELS, {"copied_from": 2})

    answer = configuring.delete(f"{MODELS}2/")

    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "Draft 2 stays, since model 3 was copied from it.",
    )
    assert ScoringModel.objects.count() == 3


def test_a_draft_that_can_not_be_made_leaves_nothing(configuring: APIClient) -> None:
    for body, path in (
        ({"copied_from": 1, "config": {"daily_cap": 0}}, "config.daily_cap"),
        ({"copied_from": 9}, "copied_from"),
    ):
        answer = configuring.post(MODELS, body)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [path])
    assert [row["version"] for row in stored()] == [1]
