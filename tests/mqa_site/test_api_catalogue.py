"""Touch types, themes, topics, personas, title rules, custom fields over the API, and the model that follows them."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from rest_framework.test import APIClient

from accounts.models import Contact, CustomField, Persona, PersonaRule, SeniorityRule, Technology
from signals.models import IntentTopic, ModelPublication, RescoreRequest, ScoringModel, Theme, TouchType
from signals.publishing import TypeRevision, active_model, config_of, revise_touch_types
from tests.handoff import desk
from tests.mqa_site.api_clients import signed_in
from tests.signals import given

pytestmark = pytest.mark.django_db


def test_a_new_touch_type_becomes_a_version_of_the_model_with_its_weight() -> None:
    person = desk.user("marketing_ops")
    ops, before = signed_in(person), active_model().version

    made = ops.post("/api/touch-types/", {"key": "podcast", "name": "Podcast", "tier": "high", "weight": 7})

    said = made.json()
    assert (made.status_code, said) == (
        201,
        {
            "id": said["id"], "key": "podcast", "name": "Podcast", "tier": "high", "direction": "inbound",
            "default_minutes": "0.00", "hand_raise": False, "decision_stage": False, "weight": 7.0, "in_model": True,
        },
    )  # fmt: skip
    model = active_model()
    assert (model.version, config_of(model).type_weights["podcast"]) == (before + 1, 7)
    published = ModelPublication.objects.latest("id")
    assert (published.by, published.comment) == (person, "Touch type Podcast added.")


def test_a_name_alone_makes_no_version_and_the_key_stays(configuring: APIClient) -> None:
    row = TouchType.objects.get(key="pricing_page")
    before = active_model().version
    address = f"/api/touch-types/{row.pk}/"

    assert configuring.patch(address, {"name": "Prices", "key": "pricing_page"}).json()["name"] == "Prices"
    refused = configuring.patch(address, {"key": "prices"})

    assert (refused.status_code, refused.json()["message"]) == (
        400,
        "key: Touches, rules and models name it by its key, so it stays.",
    )
    assert (active_model().version, TouchType.objects.get(pk=row.pk).key) == (before, "pricing_page")
    assert configuring.patch(address, {"tier": "mid"}).json()["in_model"] is True
    assert (active_model().version, config_of(active_model()).touch_types["pricing_page"].tier) == (before + 1, "mid")


def test_many_touch_types_make_one_version(configuring: APIClient) -> None:
    before = active_model().version
    items: list[Any] = [
        {"key": "podcast", "tier": "mid", "name": "Podcast", "weight": 3},
        {"key": "pricing_page", "weight": 12},
        {"key": "comparison", "tier": "high"},
        {"key": "sticker"},
        {"tier": "low"},
        {"key": "podcast", "tier": "low"},
    ]

    found = configuring.post("/api/touch-types/bulk/", {"items": items}).json()

    published = ModelPublication.objects.latest("id")
    assert (str(published.api_key).split()[0], published.comment) == ("configure", "2 touch types changed or added.")
    assert [one["result"] for one in found["items"]] == [
        "new", "changed", "unchanged", "rejected", "rejected", "rejected",
    ]  # fmt: skip
    assert [one["reason"] for one in found["items"][3:]] == [
        "tier: This field is required.",
        "key: This field is required.",
        "Item 0 of this request is about the same.",
    ]
    weights = config_of(active_model()).type_weights
    assert (active_model().version, weights["podcast"], weights["pricing_page"]) == (before + 1, 3, 12)
    again = configuring.post("/api/touch-types/bulk/", {"items": items[:3]}).json()
    assert (again["unchanged"], active_model().version) == (3, before + 1)


@pytest.mark.parametrize(
    "body", [{"items": []}, {"items": [[]]}, {"items": [{}] * 1001}, {"items": "x"}, {}, {"rows": []}]
)
def test_a_bulk_that_can_t_be_read_writes_nothing(configuring: APIClient, body: Any) -> None:
    before = TouchType.objects.count()
    assert configuring.post("/api/touch-types/bulk/", body).status_code == 400
    assert (TouchType.objects.count(), ScoringModel.objects.count()) == (before, 1)


def test_of_two_who_make_a_touch_type_at_once_the_second_is_told() -> None:
    """What the second looked at before the first was done."""
    late = TypeRevision("pricing_page", {"name": "Mine", "tier": "low"}, must_be_new=True)
    with pytest.raises(ValidationError, match="There is a touch type “pricing_page”"):
        revise_touch_types(revisions=[late], by=None)
    assert TouchType.objects.get(key="pricing_page").name == "Pricing page"


def test_a_theme_is_made_by_name_retired_and_used_again(configuring: APIClient) -> None:
    given.account("Acme")
    RescoreRequest.objects.all().delete()

    made = configuring.post("/api/themes/", {"name": "Data security"})
    address = f"/api/themes/{made.json()['id']}/"

    assert (made.status_code, made.json()["key"], made.json()["retired"]) == (201, "data-security", False)
    # The first theme makes direction a gate.
    assert RescoreRequest.objects.filter(reason="themes").exists()
    again = configuring.post("/api/themes/", {"name": "Data security"})
    assert (again.status_code, again.json()["message"]) == (
        400,
        "key: There is a theme “data-security”. Change that one.",
    )
    nameless = configuring.post("/api/themes/", {"name": "…"})
    assert nameless.json()["message"] == "key: Give a key: the name has no letters or digits to make one of."
    assert configuring.patch(address, {"retired": True}).json()["retired"] is True
    assert [row["key"] for row in configuring.get("/api/themes/?retired=true").json()["results"]] == ["data-security"]
    assert configuring.patch(address, {"retired": False, "name": "Security"}).json()["archived_at"] is None
    assert Theme.objects.get().name == "Security"


def test_many_themes_go_by_key(configuring: APIClient) -> None:
    Theme.objects.create(key="security", name="Security")
    items = [{"key": "security", "retired": True}, {"key": "speed", "name": "Speed"}, {"name": "Cost"}]

    found = configuring.post("/api/themes/bulk/", {"items": items}).json()

    assert [(one["result"], one["reason"]) for one in found["items"]] == [
        ("changed", ""),
        ("new", ""),
        ("rejected", "key: Say which theme."),
    ]
    rows = {row.key: row.archived_at is not None for row in Theme.objects.all()}
    assert rows == {"security": True, "speed": False}


def test_what_a_topic_is_about_is_said_by_hand(configuring: APIClient) -> None:
    account = given.account("Acme")
    given.intent(account, 80, given.NOW.date())
    theme = Theme.objects.create(key="speed", name="Speed")
    topic = IntentTopic.objects.get()
    address = f"/api/intent-topics/{topic.pk}/"

    said = configuring.patch(address, {"theme": "speed"}).json()

    assert said == {"id": topic.pk, "name": topic.name, "theme": "speed", "theme_overridden": True}
    assert RescoreRequest.objects.filter(reason="topic").exists()
    assert configuring.get("/api/intent-topics/?theme=speed").json()["results"] == [said]
    assert configuring.patch(address, {"theme": None}).json()["theme"] is None
    theme.archived_at = given.NOW
    theme.save()
    assert configuring.patch(address, {"theme": "speed"}).status_code == 400
    assert IntentTopic.objects.get().theme is None


def test_a_persona_comes_with_its_rules_and_people_are_read_anew(
    configuring: APIClient, django_capture_on_commit_callbacks: Any
) -> None:
    person = desk.contact(desk.account())
    Contact.objects.filter(pk=person.pk).update(title="Quartermaster", persona=None, persona_overridden=False)
    before = active_model().version
    body = {"name": "Supplies", "is_key": True, "position": 0, "rules": [{"title_words": "quartermaster"}]}

    with django_capture_on_commit_callbacks(execute=True):
        made = configuring.post("/api/personas/", body)

    said = made.json()
    assert (made.status_code, said["is_key"], said["rules"]) == (
        201,
        True,
        [{"title_words": "quartermaster", "department_words": ""}],
    )
    assert Contact.objects.get(pk=person.pk).persona_id == said["id"]
    assert (active_model().version, said["id"] in config_of(active_model()).key_personas) == (before + 1, True)
    with django_capture_on_commit_callbacks(execute=True):
        configuring.patch(f"/api/personas/{said['id']}/", {"rules": [], "is_key": False})
    assert Contact.objects.get(pk=person.pk).persona_id != said["id"]
    assert (PersonaRule.objects.filter(persona_id=said["id"]).count(), active_model().version) == (0, before + 2)
    wrong = configuring.patch(f"/api/personas/{said['id']}/", {"rules": [{"title_words": ""}]})
    assert wrong.json()["message"] == "rules.0: Say title_words or department_words."
    assert configuring.post("/api/personas/", {"name": "Supplies"}).status_code == 400
    assert Persona.objects.filter(name="Supplies").count() == 1


def test_rules_on_titles_are_made_changed_and_deleted_and_people_read_anew(
    configuring: APIClient, django_capture_on_commit_callbacks: Any
) -> None:
    person = desk.contact(desk.account())
    Contact.objects.filter(pk=person.pk).update(title="Quartermaster", seniority="other", seniority_overridden=False)

    def seniority() -> str:
        return Contact.objects.get(pk=person.pk).seniority

    with django_capture_on_commit_callbacks(execute=True):
        rule = configuring.post("/api/seniority-rules/", {"seniority": "vp", "title_words": "quartermaster"}).json()
    assert seniority() == "vp"
    with django_capture_on_commit_callbacks(execute=True):
        configuring.patch(f"/api/seniority-rules/{rule['id']}/", {"seniority": "director"})
    assert seniority() == "director"
    with django_capture_on_commit_callbacks(execute=True):
        assert configuring.delete(f"/api/seniority-rules/{rule['id']}/").status_code == 204
    assert (seniority(), SeniorityRule.objects.filter(pk=rule["id"]).count()) == ("other", 0)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"kind": "choice"}, "choices: Say what there is to choose from."),
        ({"kind": "choice", "choices": ["a", "a"]}, "choices: One of them is there twice."),
        ({"kind": "text", "choices": ["a"]}, "choices: Only a field of kind choice has choices."),
        ({"kind": "choice", "choices": [""]}, "choices.0: This field may not be blank."),
        ({"kind": "colour"}, "kind: \"colour\" is not a valid choice."),
    ],
)  # fmt: skip
def test_a_custom_field_that_can_t_be_filled_in_is_refused(
    configuring: APIClient, body: dict[str, Any], message: str
) -> None:
    answer = configuring.post("/api/custom-fields/", {"key": "plan", "label": "Plan"} | body)
    assert (answer.status_code, answer.json()["message"], CustomField.objects.count()) == (400, message, 0)


def test_a_custom_field_keeps_its_key_and_kind(configuring: APIClient) -> None:
    field = configuring.post(
        "/api/custom-fields/", {"key": "plan", "label": "Plan", "kind": "choice", "choices": ["Gold"]}
    ).json()
    address = f"/api/custom-fields/{field['id']}/"

    assert configuring.patch(address, {"choices": ["Gold", "Silver"], "kind": "choice"}).json()["choices"] == [
        "Gold",
        "Silver",
    ]
    assert configuring.patch(address, {"kind": "text"}).json()["message"] == (
        "kind: Values were typed by the kind, so it stays. Make another field."
    )
    many = [{"key": "plan", "label": "Contract"}, {"key": "seats", "label": "Seats", "kind": "number"}]
    found = configuring.post("/api/custom-fields/bulk/", {"items": many}).json()
    assert [one["result"] for one in found["items"]] == ["changed", "new"]
    rows = CustomField.objects.order_by("key").values_list("key", "label", "kind")
    assert list(rows) == [("plan", "Contract", "choice"), ("seats", "Seats", "number")]


def test_technologies_go_by_name(configuring: APIClient) -> None:
    address = "/api/known-technologies/"
    items = [{"name": "Kafka", "category": "Streaming"}, {"name": "Spark"}]
    first = configuring.post(f"{address}bulk/", {"items": items}).json()
    again = configuring.post(f"{address}bulk/", {"items": [items[1], {"name": "Kafka", "category": "Queues"}]}).json()
    assert [[one["result"] for one in found["items"]] for found in (first, again)] == [
        ["new", "new"],
        ["unchanged", "changed"],
    ]
    assert dict(Technology.objects.values_list("name", "category")) == {"Kafka": "Queues", "Spark": ""}
    assert (configuring.post(address, {"name": "Kafka"}).status_code, Technology.objects.count()) == (400, 2)


def test_the_lists_cost_the_same_for_few_and_many(configuring: APIClient, django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    names = ("touch-types", "personas", "themes", "custom-fields")
    for name in names:
        with CaptureQueriesContext(connection) as few:
            configuring.get(f"/api/{name}/?page_size=1")
        Theme.objects.get_or_create(key="a", name="A")
        CustomField.objects.get_or_create(key="a", label="A", kind="text")
        with django_assert_num_queries(len(few)):
            assert len(configuring.get(f"/api/{name}/?page_size=200").json()["results"]) >= 1
