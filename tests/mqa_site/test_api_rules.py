"""Rules over the API: made, tried, ordered, switched, sent many at once; what they read is read again (domain.md §8)."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from signals import remapping
from signals.models import MappingRule, Remapping, Theme, ThemeRule, Touch, TouchType, TrafficRule
from tests.handoff import desk
from tests.mqa_site.api_clients import signed_in
from tests.signals.ingest.sending import Sender, page, track

pytestmark = pytest.mark.django_db

BOAT = {"field": "event", "match": "is", "value": "Boat Rocked", "touch_type": "webinar_attended"}


@pytest.fixture
def theme() -> Theme:
    return Theme.objects.create(key="integrations", name="Integrations")


def test_a_new_rule_stands_in_front_and_is_said_as_it_is_stored(configuring: APIClient, theme: Theme) -> None:
    before = MappingRule.objects.count()

    made = configuring.post("/api/mapping-rules/", BOAT | {"theme": "integrations", "minutes": "2.5"})

    said = made.json()
    assert (made.status_code, said) == (
        201,
        BOAT | {
            "id": said["id"], "position": 10, "is_active": True, "property_name": "", "property_value": "", "channel": "",
            "campaign": "", "theme": "integrations", "minutes": "2.50",
        },
    )  # fmt: skip
    assert MappingRule.objects.count() == before + 1
    assert configuring.get("/api/mapping-rules/?page_size=1").json()["results"] == [said]
    assert configuring.get(f"/api/mapping-rules/{said['id']}/").json() == said
    assert [row["id"] for row in configuring.get("/api/mapping-rules/?theme=integrations").json()["results"]] == [
        said["id"]
    ]


def test_pages_of_rules_follow_their_order(configuring: APIClient) -> None:
    found, address = [], "/api/mapping-rules/?page_size=7"
    while address:
        answer = configuring.get(address).json()
        found += [row["id"] for row in answer["results"]]
        address = answer["next"]
    assert found == list(MappingRule.objects.order_by("position", "id").values_list("pk", flat=True))
    assert len(found) > 14


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"field": "property"}, "property_name: Say which property."),
        ({"value": "…"}, "value: An event's name has letters or digits: case and separators are ignored."),
        ({"minutes": 1441}, "minutes: Between 0 and 1,440 minutes, a day."),
        ({"minutes": -1}, "minutes: Between 0 and 1,440 minutes, a day."),
        ({"property_value": "demo"}, "property_name: Say of which property."),
        ({"property_name": "form"}, "property_value: Say which words it is to have."),
        ({"touch_type": "unmapped"}, "touch_type: Object with key=unmapped does not exist."),
        ({"touch_type": "call"}, "touch_type: Object with key=call does not exist."),
        ({"theme": "nowhere"}, "theme: Object with key=nowhere does not exist."),
    ],
)
def test_the_checks_of_the_page_hold_for_new_and_changed_rules(
    configuring: APIClient, wrong: dict[str, Any], message: str
) -> None:
    rule = configuring.post("/api/mapping-rules/", BOAT).json()
    before = list(MappingRule.objects.values())

    answers = [
        configuring.post("/api/mapping-rules/", BOAT | wrong),
        configuring.patch(f"/api/mapping-rules/{rule['id']}/", wrong),
        configuring.post("/api/mapping-rules/trial/", BOAT | wrong),
    ]

    assert [(answer.status_code, answer.json()["message"]) for answer in answers] == [(400, message)] * 3
    assert list(MappingRule.objects.values()) == before


def test_a_rule_is_tried_and_nothing_is_stored(configuring: APIClient) -> None:
    Sender().batch(track("Boat Rocked"), track("Boat Rocked"), page("/pricing"))
    before = list(MappingRule.objects.values())

    found = configuring.post("/api/mapping-rules/trial/", BOAT).json()

    assert (found["noun"], found["looked_at"], found["matched"], found["differs"]) == ("events", 3, 2, 2)
    assert [(one["what"], one["now"], one["then"]) for one in found["samples"]] == [
        ("Boat Rocked", "Unmapped event", "Webinar attended")
    ] * 2
    assert list(MappingRule.objects.values()) == before


def test_a_change_is_tried_in_the_place_of_its_rule(configuring: APIClient) -> None:
    rule = configuring.post("/api/mapping-rules/", BOAT).json()["id"]
    Sender().batch(track("Boat Rocked"), track("Boat Sunk"))

    found = configuring.post("/api/mapping-rules/trial/", BOAT | {"value": "Boat Sunk", "rule": rule}).json()

    assert (found["looked_at"], found["matched"], found["differs"]) == (2, 1, 2)
    assert configuring.post("/api/mapping-rules/trial/", BOAT | {"rule": 0}).status_code == 400


def test_rules_are_moved_ordered_switched_and_deleted(configuring: APIClient) -> None:
    rule = configuring.post("/api/mapping-rules/", BOAT).json()["id"]
    address = f"/api/mapping-rules/{rule}/"

    def place() -> int:
        return list(MappingRule.objects.order_by("position").values_list("pk", flat=True)).index(rule)

    places = []
    for to in ("down", "up", "up", "last", "first"):
        assert configuring.post(f"{address}move/", {"to": to}).status_code == 200
        places.append(place())
    assert places == [1, 0, 0, MappingRule.objects.count() - 1, 0]
    assert configuring.post(f"{address}move/", {"to": "sideways"}).status_code == 400
    assert configuring.patch(address, {"is_active": False}).json()["is_active"] is False
    assert MappingRule.objects.get(pk=rule).is_active is False
    assert configuring.delete(address).status_code == 204
    assert (configuring.get(address).status_code, MappingRule.objects.filter(pk=rule).count()) == (404, 0)


def test_an_order_names_all_rules_once(configuring: APIClient, theme: Theme) -> None:
    ids = [ThemeRule.objects.create(theme=theme, field="path", match="contains", value=v, position=p).pk
           for p, v in enumerate("abc")]  # fmt: skip

    for wrong in (ids[:2], [*ids, ids[0]], [*ids[:2], 0]):
        answer = configuring.post("/api/theme-rules/order/", {"ids": wrong})
        assert (answer.status_code, answer.json()["message"]) == (
            400,
            "ids: Send the ids of all 3 rules, each once, in their new order.",
        )
    assert configuring.post("/api/theme-rules/order/", {"ids": ids[::-1]}).json() == {"ids": ids[::-1]}
    assert list(ThemeRule.objects.order_by("position").values_list("value", flat=True)) == ["c", "b", "a"]


def test_many_rules_go_by_what_they_look_for(configuring: APIClient) -> None:
    sunk = BOAT | {"value": "Boat Sunk"}
    items = [BOAT, sunk, BOAT | {"value": "BOAT"} | {"touch_type": "nothing"}, BOAT, {"value": "x"}]

    first = configuring.post("/api/mapping-rules/bulk/", {"items": items}).json()
    again = configuring.post(
        "/api/mapping-rules/bulk/", {"items": [BOAT, sunk | {"touch_type": "comparison", "minutes": 3}]}
    ).json()

    assert [first[name] for name in ("received", "new", "changed", "unchanged", "rejected")] == [5, 2, 0, 0, 3]
    assert [one["reason"] for one in first["items"][2:]] == [
        "touch_type: Object with key=nothing does not exist.",
        "Item 0 of this request is about the same.",
        "field: This field is required.",
    ]
    assert [one["result"] for one in again["items"]] == ["unchanged", "changed"]
    assert [one["id"] for one in again["items"]] == [one["id"] for one in first["items"][:2]]
    rows = MappingRule.objects.order_by("position").values_list("value", "touch_type__key", "minutes")
    assert list(rows[:2]) == [("Boat Rocked", "webinar_attended", None), ("Boat Sunk", "comparison", 3)]


def test_a_theme_rule_may_make_its_theme(configuring: APIClient) -> None:
    body = {"field": "path", "match": "starts_with", "value": "/security", "new_theme": "Security"}

    tried = configuring.post("/api/theme-rules/trial/", body).json()
    assert (tried["looked_at"], Theme.objects.count()) == (0, 0)
    made = configuring.post("/api/theme-rules/", body)

    assert (made.status_code, made.json()["theme"], made.json()["is_active"]) == (201, "security", True)
    off = configuring.patch(f"/api/theme-rules/{made.json()['id']}/", {"is_active": False}).json()
    assert (off["is_active"], off["archived_at"] is None) == (False, False)
    for wrong in ({"theme": "security"}, {"new_theme": None}):
        answer = configuring.post("/api/theme-rules/", body | wrong)
        assert answer.status_code == 400
    neither = {name: value for name, value in body.items() if name != "new_theme"}
    assert (
        configuring.post("/api/theme-rules/", neither).json()["message"] == "theme: Choose a theme, or name a new one."
    )
    assert ThemeRule.objects.count() == 1


def test_a_rule_on_topics_is_tried_on_topics(configuring: APIClient, theme: Theme) -> None:
    body = {"field": "topic", "match": "contains", "value": "etl", "theme": "integrations"}

    assert configuring.post("/api/theme-rules/trial/", body).json()["noun"] == "topics"
    assert ThemeRule.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"field": "domain", "value": "localhost"}, "value: Write the domain of the addresses like acme.com."),
        ({"field": "ip", "value": "10.0"}, "value: Write an address like 192.0.2.7 or a network like 192.0.2.0/24."),
        ({"field": "property", "value": "yes"}, "property_name: Say which property."),
        ({"field": "user_agent", "value": "x"}, "value: So short a word is in the user agents of people too."),
        ({"field": "known", "value": "mine"}, "value: The list is called crawler-user-agents."),
    ],
)
def test_the_checks_of_the_page_hold_for_rules_on_traffic(
    configuring: APIClient, body: dict[str, Any], message: str
) -> None:
    before = TrafficRule.objects.count()
    for path in ("", "trial/"):
        answer = configuring.post(f"/api/traffic-rules/{path}", {"kind": "internal"} | body)
        assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert TrafficRule.objects.count() == before


def test_a_rule_on_traffic_is_made_once_and_switched(configuring: APIClient) -> None:
    body = {"kind": "internal", "field": "domain", "value": " Mail.ACME.com "}

    made = configuring.post("/api/traffic-rules/", body)
    rule = made.json()
    again = configuring.post("/api/traffic-rules/", body | {"value": "acme.com"})

    assert (made.status_code, rule["value"], rule["is_active"]) == (201, "acme.com", True)
    assert (again.status_code, again.json()["message"]) == (
        400,
        f"Rule {rule['id']} says the same. Send is_active: true to that one.",
    )
    address = f"/api/traffic-rules/{rule['id']}/"
    assert configuring.patch(address, {"is_active": False, "value": "acme.com"}).json()["is_active"] is False
    assert (
        configuring.patch(address, {"value": "other.com"})
        .json()["message"]
        .startswith("value: A rule on traffic is switched on or off.")
    )
    many = configuring.post(
        "/api/traffic-rules/bulk/", {"items": [body | {"is_active": True}, body | {"value": "staging.io"}, body]}
    ).json()
    assert [one["result"] for one in many["items"]] == ["changed", "new", "rejected"]
    assert TrafficRule.objects.filter(field="domain", is_active=True).count() == 2


def test_past_events_are_read_again_with_progress_and_by_whom() -> None:
    person = desk.user("marketing_ops")
    ops = signed_in(person)
    Sender().batch(track("Boat Rocked"))
    ops.post("/api/mapping-rules/", BOAT)

    run = ops.post("/api/remappings/").json()
    assert (run["by"], run["percent"], run["finished_at"], Remapping.objects.count()) == (
        person.email,
        0,
        None,
        1,
    )
    assert ops.post("/api/remappings/").json()["id"] == run["id"]
    while remapping.work_step() or Remapping.objects.filter(finished_at__isnull=True).exists():
        pass

    done = ops.get(f"/api/remappings/{run['id']}/").json()
    assert (done["percent"], done["read"], done["changed"]) == (100, 1, 1)
    assert [row["id"] for row in ops.get("/api/remappings/?finished=true").json()["results"]] == [run["id"]]
    assert Touch.objects.get().touch_type == TouchType.objects.get(key="webinar_attended")
