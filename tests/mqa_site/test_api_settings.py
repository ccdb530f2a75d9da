"""Over the API: rules, policy, calendar, reasons, templates, teams and users, and whose views of the queue are whose."""

import datetime as dt
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Team, User
from handoff.models import (
    AssignmentRule,
    BuyingGroupTemplate,
    DefaultView,
    DeskPolicy,
    Holiday,
    Reason,
    SavedView,
    SlaEvent,
)
from handoff.policy import desk_policy
from handoff.rule_history import latest_changes
from tests.handoff import desk
from tests.mqa_site.api_clients import key_client, signed_in

pytestmark = pytest.mark.django_db
RULES = "/api/assignment-rules/"


def test_rules_are_added_ordered_planned_applied_and_deleted(configuring: APIClient) -> None:
    AssignmentRule.objects.all().delete()
    ana = desk.user("sdr", "Ana")
    row = desk.handoff(company=desk.account(country="France"))

    first = configuring.post(RULES, {"name": "France", "kind": "person", "person": ana.pk, "countries": ["France"]})
    second = configuring.post(RULES, {"name": "Owners", "kind": "owner"}).json()
    moved = configuring.post(f"{RULES}{second['id']}/move/", {"to": "up"}).json()
    planned = configuring.get(f"{RULES}plan/").json()
    configuring.patch(f"{RULES}{second['id']}/", {"is_active": False})
    applied = [configuring.post(f"{RULES}apply/", {}).json() for _ in range(2)]

    assert (first.status_code, first.json()["position"], second["position"], moved["position"]) == (201, 1, 2, 1)
    assert [rule["name"] for rule in configuring.get(RULES).json()["results"]] == ["Owners", "France"]
    change = {"handoff": row.pk, "to": {"id": ana.pk, "name": "Ana"}, "rule": first.json()["id"]}
    assert planned == {"waiting": 1, "kept": 0, "changes": [change]}
    assert applied == [{"changed": 1}, {"changed": 0}]
    row.refresh_from_db()
    assert (row.assigned_to, row.events.get(action="routed").by) == (ana, None)
    assert configuring.delete(f"{RULES}{second['id']}/").status_code == 204
    assert [(one.rule, one.what, one.by.split(" ")[0]) for one in latest_changes(2)] == [
        ("Owners", "deleted", "configure"),
        ("Owners", "changed", "configure"),
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "owner"}, "name"),
        ({"name": "R", "kind": "lottery"}, "kind"),
        ({"name": "R", "kind": "person"}, "person"),
        ({"name": "R", "kind": "person", "person": "an AE"}, "person"),
        ({"name": "R", "kind": "round_robin"}, "team"),
        ({"name": "R", "kind": "round_robin", "team": 0}, "team"),
        ({"name": "R", "kind": "owner", "employees_from": 5, "employees_to": 2}, "non_field_errors"),
        ({"name": "R", "kind": "owner", "employees_from": -1}, "employees_from"),
        ({"name": "R", "kind": "owner", "countries": "France"}, "countries"),
        ({"name": "R", "kind": "owner", "countries": ["x" * 121]}, "countries"),
        ({"name": "R", "kind": "owner", "countries": ["x"] * 201}, "countries"),
    ],
)
def test_what_is_no_rule_is_said_at_the_field(configuring: APIClient, body: dict[str, Any], field: str) -> None:
    ae, before = desk.user("ae"), AssignmentRule.objects.count()

    answer = configuring.post(RULES, {key: ae.pk if value == "an AE" else value for key, value in body.items()})

    assert (answer.status_code, list(answer.json()["errors"]), AssignmentRule.objects.count()) == (400, [field], before)


def test_the_policy_is_changed_within_what_clocks_can_count(configuring: APIClient) -> None:
    path = "/api/sla-policies/1/"

    changed = configuring.patch(path, {"claim_hours": 2.5, "workdays": "1234", "time_zone": "Europe/Berlin"}).json()
    bad = [
        configuring.patch(path, body)
        for body in (
            {"claim_hours": 1e300},
            {"claim_hours": "Infinity"},
            {"claim_hours": -1},
            {"decision_days": 30_000},
            {"workdays": "8"},
            {"time_zone": "Mars/Base"},
            {"holiday_country": "XX"},
            {"day_ends_at": "08:00"},
            {"min_completeness": 2},
            {"claim_limit": None},
            {"claim_limit": 0},
        )
    ]

    assert (changed["claim_hours"], changed["workdays"], changed["time_zone"]) == (2.5, "1234", "Europe/Berlin")
    assert {one.status_code for one in bad} == {400}
    assert bad[0].json()["message"] == "claim_hours: Give a number from 0 to 10,000."
    assert (DeskPolicy.objects.get().claim_hours, desk_policy().day_ends_at) == (2.5, dt.time(17))
    assert [row["id"] for row in configuring.get("/api/sla-policies/").json()["results"]] == [1]


def test_holidays_reasons_and_templates_are_the_admins(configuring: APIClient) -> None:
    reason = Reason.objects.filter(kind="return").first()
    assert reason is not None
    template = BuyingGroupTemplate.objects.order_by("id").first()
    assert template is not None

    day = configuring.post("/api/holidays/", {"day": "2026-12-24", "name": "Eve"})
    again = configuring.post("/api/holidays/", {"day": "2026-12-24", "name": "Eve"})
    gone = configuring.delete(f"/api/holidays/{day.json()['id']}/")
    made = configuring.post("/api/reasons/", {"kind": "loss", "key": "weather", "label": "Weather"})
    taken = configuring.post("/api/reasons/", {"kind": "return", "key": reason.key, "label": "Again"})
    retired = configuring.patch(f"/api/reasons/{reason.pk}/", {"is_active": False}).json()
    renamed = configuring.patch(f"/api/reasons/{reason.pk}/", {"key": "other"})
    roles = configuring.patch(
        f"/api/buying-group-templates/{template.pk}/", {"roles": [{"role": "blocker", "required": 1}]}
    ).json()["roles"]

    assert [one.status_code for one in (day, again, gone, made, taken, renamed)] == [201, 400, 204, 201, 400, 400]
    assert Holiday.objects.count() == 0
    assert (retired["is_active"], retired["key"]) == (False, reason.key)
    assert renamed.json()["message"] == "key: There is no such field. /api/docs/ lists those that there are."
    assert {row["role"]: row["required"] for row in roles} == {
        "champion": 1, "economic_buyer": 1, "decision_maker": 1, "influencer": 1, "end_user": 0, "blocker": 1,
    }  # fmt: skip
    listed = configuring.get("/api/reasons/?kind=return&is_active=false").json()["results"]
    assert [row["id"] for row in listed] == [reason.pk]


def test_users_are_added_changed_and_deactivated(configuring: APIClient) -> None:
    team = configuring.post("/api/teams/", {"name": "EMEA"}).json()

    made = configuring.post(
        "/api/users/", {"email": "Ana@Desk.example", "name": "Ana", "role": "marketing_ops", "team": team["id"]}
    )
    again = configuring.post("/api/users/", {"email": "ana@desk.EXAMPLE", "name": "Ana", "role": "sdr"})
    path = f"/api/users/{made.json()['id']}/"
    changed = configuring.patch(path, {"role": "sdr", "time_zone": "Europe/Berlin"}).json()
    gone = configuring.patch(path, {"is_active": False}).json()

    user = User.objects.get(email="ana@desk.example")
    assert (made.status_code, made.json()["team"], user.has_usable_password()) == (201, team["id"], False)
    assert (again.status_code, list(again.json()["errors"])) == (400, ["email"])
    assert (changed["role"], changed["time_zone"], gone["is_active"]) == ("sdr", "Europe/Berlin", False)
    assert (user.is_staff, user.is_active) == (False, False)
    assert not {"password", "last_login", "is_superuser", "is_staff"} & set(gone)
    found = configuring.get("/api/users/?email=ANA@desk.example&is_active=false").json()["results"]
    assert [row["id"] for row in found] == [user.pk]


def test_a_key_makes_no_admins_and_nobody_locks_themselves_out(configuring: APIClient) -> None:
    admin, sdr = desk.user("admin"), desk.user("sdr")

    by_key = [
        configuring.post("/api/users/", {"email": "x@desk.example", "name": "X", "role": "admin"}),
        configuring.patch(f"/api/users/{sdr.pk}/", {"role": "admin"}),
        configuring.patch(f"/api/users/{admin.pk}/", {"role": "sdr"}),
        configuring.patch(f"/api/users/{admin.pk}/", {"is_active": False}),
    ]
    own = [signed_in(admin).patch(f"/api/users/{admin.pk}/", body) for body in ({"role": "sdr"}, {"is_active": False})]
    raised = signed_in(admin).patch(f"/api/users/{sdr.pk}/", {"role": "admin"})

    assert [one.json()["message"] for one in by_key] == [
        "role: A key makes and changes no admins. An admin does, signed in."
    ] * 4
    assert [list(one.json()["errors"]) for one in own] == [["role"], ["is_active"]]
    assert (raised.status_code, User.objects.get(pk=sdr.pk).is_superuser) == (200, True)
    admin.refresh_from_db()
    assert (admin.role, admin.is_active, User.objects.count()) == ("admin", True, 2)


def test_absence_has_an_end_and_a_stand_in_of_that_work(configuring: APIClient) -> None:
    ana, ben, ae = desk.user("sdr"), desk.user("sdr"), desk.user("ae")
    path = f"/api/users/{ana.pk}/absence/"

    away = configuring.post(path, {"away_from": "2026-03-02", "away_until": "2026-03-06", "stand_in": ben.pk}).json()
    bad = [
        configuring.post(path, body)
        for body in (
            {"away_until": "2026-03-01"},
            {"away_until": None},
            {"stand_in": ae.pk},
            {"stand_in": ana.pk},
            {"capacity": -1},
            {"away_from": "soon"},
        )
    ]
    kept = configuring.post(path, {"capacity": 3}).json()
    back = configuring.post(path, {"away_from": None, "away_until": None}).json()

    assert (away["away_from"], away["away_until"], away["stand_in"]) == ("2026-03-02", "2026-03-06", ben.pk)
    assert [(one.status_code, list(one.json()["errors"])) for one in bad] == [
        (400, [field]) for field in ("away_until", "away_until", "stand_in", "stand_in", "capacity", "away_from")
    ]
    assert (kept["capacity"], kept["away_until"]) == (3, "2026-03-06")
    assert (back["away_until"], back["capacity"]) == (None, 3)


def test_a_team_that_rules_name_stays(configuring: APIClient) -> None:
    team, other = desk.team("EMEA"), desk.team("APAC")
    AssignmentRule.objects.create(name="Turns", kind="round_robin", team=team)
    ana = desk.user("sdr", team=other)

    answers = [configuring.delete(f"/api/teams/{one.pk}/") for one in (team, other)]

    assert (answers[0].status_code, answers[0].json()["message"]) == (
        409,
        "Assignment rules name EMEA: change or delete “Turns” first.",
    )
    assert (answers[1].status_code, list(Team.objects.all())) == (204, [team])
    ana.refresh_from_db()
    assert ana.team is None


@pytest.mark.parametrize(
    ("who", "configures", "assigns", "manages"),
    [
        ("sdr", False, False, False),
        ("ae", False, False, False),
        ("manager", False, True, False),
        ("marketing_ops", True, False, False),
        ("admin", True, True, True),
        ("write", False, False, False),
    ],
)
def test_who_sets_what(who: str, configures: bool, assigns: bool, manages: bool) -> None:
    client = key_client(who) if who == "write" else signed_in(desk.user(who))
    other = desk.user("sdr")
    rule = AssignmentRule.objects.get()
    before = list(User.objects.filter(pk=other.pk).values())

    answers = {
        "policy": client.patch("/api/sla-policies/1/", {"claim_hours": 9}).status_code,
        "holiday": client.post("/api/holidays/", {"day": "2026-12-24", "name": "Eve"}).status_code,
        "reason": client.post("/api/reasons/", {"kind": "loss", "key": "mood", "label": "Mood"}).status_code,
        "rule": client.post(RULES, {"name": "R", "kind": "owner"}).status_code,
        "move": client.post(f"{RULES}{rule.pk}/move/", {"to": "up"}).status_code,
        "apply": client.post(f"{RULES}apply/", {}).status_code,
        "absence": client.post(f"/api/users/{other.pk}/absence/", {"capacity": 1}).status_code,
        "user": client.post("/api/users/", {"email": "x@desk.example", "name": "X", "role": "sdr"}).status_code,
        "role": client.patch(f"/api/users/{other.pk}/", {"name": "Y"}).status_code,
        "team": client.post("/api/teams/", {"name": "EMEA"}).status_code,
    }

    allowed = dict.fromkeys(("policy", "holiday", "reason"), configures)
    allowed |= dict.fromkeys(("rule", "move", "apply", "absence"), assigns)
    allowed |= dict.fromkeys(("user", "role", "team"), manages)
    assert {name: status != 403 for name, status in answers.items()} == allowed
    assert (DeskPolicy.objects.get().claim_hours == 9, Holiday.objects.exists()) == (configures, configures)
    assert (AssignmentRule.objects.count() == 2, Team.objects.exists()) == (assigns, manages)
    assert (list(User.objects.filter(pk=other.pk).values()) == before) == (not assigns)
    assert client.get("/api/users/").status_code == 200
    assert client.get(RULES).status_code == (200 if assigns or who == "write" else 403)


def test_views_are_their_owners_and_their_teams() -> None:
    team = desk.team()
    ana, ben, stranger = desk.user("sdr", "Ana", team=team), desk.user("sdr", team=team), desk.user("sdr")
    client, colleague = signed_in(ana), signed_in(ben)

    made = client.post("/api/saved-views/", {"name": "Late", "query": "late=on&nonsense=1", "team": team.pk})
    path = f"/api/saved-views/{made.json()['id']}/"
    again = client.post("/api/saved-views/", {"name": "Late"})
    opened = colleague.post(f"{path}default/", {"is_default": True}).json()
    foreign = [colleague.patch(path, {"name": "Mine"}), colleague.delete(path)]
    unseen = [signed_in(stranger).get(path), signed_in(stranger).post(f"{path}default/", {"is_default": True})]
    key = key_client("configure")
    refused = [key.get("/api/saved-views/"), key.post("/api/saved-views/", {"name": "Key's"}), key.delete(path)]

    assert (made.status_code, made.json()["query"], made.json()["owner"]) == (201, "late=on", ana.email)
    assert (again.status_code, again.json()["message"]) == (
        409,
        "You have a view called “Late” already: choose another name.",
    )
    assert (opened["is_default"], DefaultView.objects.get().user) == (True, ben)
    assert [one.status_code for one in (*foreign, *unseen, *refused)] == [403, 403, 404, 404, 403, 403, 403]
    assert foreign[0].json()["message"] == "This view is Ana's: only they change it."
    assert list(SavedView.objects.values_list("name", "team")) == [("Late", team.pk)]
    alone = client.patch(path, {"team": None}).json()
    assert (alone["name"], alone["team"], client.delete(path).status_code) == ("Late", None, 204)


def test_which_clocks_fired(configuring: APIClient) -> None:
    row, other = desk.handoff(), desk.handoff()
    for each in (row, other):
        SlaEvent.objects.create(handoff=each, clock="claim", kind="breach", due_at=desk.NOW)

    found = configuring.get(f"/api/sla-events/?account={row.account_id}&kind=breach").json()["results"]

    assert [(one["handoff"], one["clock"]) for one in found] == [(row.pk, "claim")]
    assert configuring.get("/api/sla-events/?kind=dream").status_code == 400
