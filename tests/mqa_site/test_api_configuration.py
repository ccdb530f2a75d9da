"""Configuration over the API: what is no field, no text, no row is refused; what stays says so; history names the key."""

from typing import Any

import pytest
from django.apps import apps
from rest_framework.routers import SimpleRouter
from rest_framework.test import APIClient

from accounts.models import Account, CustomField, Persona, SeniorityRule
from mqa_site.api_configuration import register
from signals.models import (
    MappingRule,
    Remapping,
    ScoringModel,
    SetAsideEvent,
    Theme,
    ThemeRule,
    TouchType,
    TrafficRule,
)
from tests.mqa_site.api_clients import key_client
from tests.mqa_site.test_api_doors import READS, operations

pytestmark = pytest.mark.django_db


def snapshot() -> list[Any]:
    models = (
        TouchType, Theme, ThemeRule, MappingRule, TrafficRule, Persona, SeniorityRule, CustomField, Remapping,
        ScoringModel, SetAsideEvent, Account,
    )  # fmt: skip
    return [list(model.objects.order_by("pk").values()) for model in models]


def test_a_key_that_reads_changes_nothing() -> None:
    ours = SimpleRouter()
    register(ours)
    client, before = key_client("read"), snapshot()
    answers = set()

    for method, address, _ in operations():
        if address.split("/")[0] in {prefix for prefix, _, _ in ours.registry} and method not in READS:
            answers.add(getattr(client, method)(f"/api/{address.replace('N', '0')}/", {}).status_code)

    assert (answers, snapshot()) == ({403}, before)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/touch-types/", {"key": "podcast", "name": "Podcast", "tier": "mid"}),
        ("/api/themes/", {"name": "Security"}),
        ("/api/personas/", {"name": "Buyer"}),
        ("/api/seniority-rules/", {"seniority": "vp", "title_words": "vp"}),
        ("/api/custom-fields/", {"key": "plan", "label": "Plan", "kind": "text"}),
        ("/api/mapping-rules/", {"field": "event", "match": "is", "value": "X", "touch_type": "comparison"}),
        ("/api/theme-rules/", {"field": "event", "match": "is", "value": "X", "new_theme": "Security"}),
        ("/api/traffic-rules/", {"kind": "bot", "field": "user_agent", "value": "loadtest"}),
    ],
)
def test_what_can_t_be_is_refused_and_nothing_is_made(configuring: APIClient, path: str, body: dict[str, Any]) -> None:
    before = snapshot()
    wrong = [[], "text", None, 7, body | {"nonsense": 1}, {}]
    wrong += [body | {name: value} for name in body for value in (None, [], {}, "x" * 100_000, "\x00", True)]
    wrong += [body | {name: 2**70} for name in ("position", "minutes", "match", "kind", "touch_type")]
    for said in wrong:
        answer = configuring.post(path, said)
        assert answer.status_code == 400, (said, answer.content)
        assert set(answer.json()) == {"code", "message", "errors"}
    raw = configuring.generic("POST", path, b'{"position": NaN, "minutes": Infinity}', content_type="application/json")
    assert raw.status_code == 400
    assert configuring.post(path, body | {"nonsense": 1}).json()["message"] == (
        "nonsense: There is no such field. /api/docs/ lists those that there are."
    )
    assert snapshot() == before


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("personas", "A persona stays: models and people name it. Send rules: [] for one that nobody is to become."),
        ("themes", "A theme stays: past decisions were made with it. Send retired: true."),
        ("traffic-rules", "A rule on traffic stays. Send is_active: false."),
        ("custom-fields", "A custom field stays: accounts have values of it, and criteria name it."),
    ],
)  # fmt: skip
def test_what_stays_says_what_to_do_instead_of_deleting(configuring: APIClient, path: str, message: str) -> None:
    Theme.objects.create(key="t", name="T")
    CustomField.objects.create(key="plan", label="Plan", kind="text")
    row = configuring.get(f"/api/{path}/").json()["results"][0]
    before = snapshot()

    answer = configuring.delete(f"/api/{path}/{row['id']}/")

    assert (answer.status_code, answer.json()["message"]) == (405, message)
    assert snapshot() == before


def test_the_history_of_a_rule_names_the_key(configuring: APIClient) -> None:
    body = {"field": "event", "match": "is", "value": "Boat Rocked", "touch_type": "webinar_attended"}

    made = configuring.post("/api/mapping-rules/", body).json()["id"]

    kept = apps.get_model("signals", "MappingRuleEvent").objects.filter(pgh_obj_id=made).first()
    assert (kept.value, kept.pgh_context.metadata["url"]) == ("Boat Rocked", "/api/mapping-rules/")
    assert kept.pgh_context.metadata["api_key"].startswith("configure (")
