"""Who may configure over the API: each operation of these resources × role × scope; what is no field, no text, no row."""

from typing import Any

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from accounts.models import Account, CustomField, Persona, SeniorityRule
from mqa_site.api import router
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
from tests.handoff import desk
from tests.mqa_site.api_clients import key_client, signed_in

pytestmark = pytest.mark.django_db

OPERATIONS = {"marketing_ops", "admin"}
MATCH = OPERATIONS | {"sdr", "manager"}
EVERYBODY = MATCH | {"ae"}
# Who reads, who writes, and the scope that a key needs to write.
RULES: dict[str, tuple[set[str], set[str], str]] = {
    "touch-types": (EVERYBODY, OPERATIONS, "configure"),
    "themes": (EVERYBODY, OPERATIONS, "configure"),
    "intent-topics": (EVERYBODY, OPERATIONS, "configure"),
    "personas": (EVERYBODY, OPERATIONS, "configure"),
    "seniority-rules": (EVERYBODY, OPERATIONS, "configure"),
    "custom-fields": (EVERYBODY, OPERATIONS, "configure"),
    "known-technologies": (EVERYBODY, OPERATIONS, "configure"),
    "sources": (EVERYBODY, set(), ""),
    "mapping-rules": (OPERATIONS, OPERATIONS, "configure"),
    "theme-rules": (OPERATIONS, OPERATIONS, "configure"),
    "traffic-rules": (OPERATIONS, OPERATIONS, "configure"),
    "remappings": (OPERATIONS, OPERATIONS, "configure"),
    "unmapped-events": (OPERATIONS, set(), ""),
    "set-aside-events": (OPERATIONS, OPERATIONS, "configure"),
    "event-conflicts": (OPERATIONS, set(), ""),
    "unmatched": (MATCH, MATCH, "write"),
    "imports": (OPERATIONS, OPERATIONS, "write"),
}
SCOPES = ("read", "write", "configure")


def operations(name: str) -> list[tuple[str, str]]:
    """Method and address of each, from the router; of the row that nobody has."""
    found = []
    for pattern in router.urls:
        address = f"/api/{str(pattern.pattern).replace('<int:pk>', '0')}"
        if address.split("/")[2] == name:
            found += [(method, address) for method in pattern.callback.actions]
    assert found
    return found


def snapshot() -> list[Any]:
    models = (
        TouchType, Theme, ThemeRule, MappingRule, TrafficRule, Persona, SeniorityRule, CustomField, Remapping,
        ScoringModel, SetAsideEvent, Account,
    )  # fmt: skip
    return [list(model.objects.order_by("pk").values()) for model in models]


def refused(client: APIClient, statuses: set[int]) -> set[tuple[str, str, str]]:
    """The operations that are refused."""
    return {
        (name, method, address)
        for name in RULES
        for method, address in operations(name)
        if getattr(client, method)(address, {}).status_code in statuses
    }


def not_for(who: str) -> set[tuple[str, str, str]]:
    """By the table above, for a role or a key's scope."""
    found = set()
    for name, (readers, writers, scope) in RULES.items():
        if who in SCOPES:
            reads, writes = True, bool(scope) and SCOPES.index(who) >= SCOPES.index(scope)
        else:
            reads, writes = who in readers, who in writers
        for method, address in operations(name):
            if not (reads if method in {"get", "head", "options"} else writes):
                found.add((name, method, address))
    return found


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_each_role_is_refused_what_it_may_not_do_and_nothing_changes(role: str) -> None:
    client = signed_in(desk.user(role))
    before = snapshot()

    found = refused(client, {403})

    assert found == not_for(role)
    if role not in OPERATIONS:
        assert snapshot() == before


@pytest.mark.parametrize("scope", SCOPES)
def test_each_key_is_refused_what_its_scope_does_not_open(scope: str) -> None:
    before = snapshot()

    found = refused(key_client(scope), {403})

    assert found == not_for(scope)
    if scope != "configure":
        assert snapshot() == before


def test_nobody_and_a_key_for_events_get_nothing() -> None:
    everything = {(name, method, address) for name in RULES for method, address in operations(name)}
    before = snapshot()

    assert refused(APIClient(), {401}) == everything
    assert refused(key_client("ingest"), {403}) == everything
    assert snapshot() == before


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
