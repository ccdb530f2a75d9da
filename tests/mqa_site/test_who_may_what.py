"""Every address × method × role, generated from the URL map (promise X1). An address without a rule fails the suite."""

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from accounts.models import Account, BuyingCenter, User
from accounts.roles import Role
from handoff.models import Handoff, HandoffEvent, Note, Opportunity, TriageItem
from signals.models import ScoringModel, Touch
from signals.publishing import active_model, copy_to_draft
from tests.handoff import desk
from tests.signals import given
from tests.url_map import addresses

pytestmark = pytest.mark.django_db

EVERYBODY = frozenset(role.value for role in Role)
OPERATIONS = frozenset({"marketing_ops", "admin"})
DESK = frozenset({"sdr", "manager", "admin"})
MATCH = frozenset({"sdr", "manager"}) | OPERATIONS
MANAGERS = frozenset({"manager", "admin"})
EXPORTERS = frozenset({"manager"}) | OPERATIONS
ADMINS = frozenset({"admin"})
NOBODY: frozenset[str] = frozenset()

# Not behind sign-in, or with a door of their own: health checks, the events' write keys, the API (test_api_doors.py),
# allauth, and Django's admin, whose classes ask accounts/roles.py (tests/accounts/test_admin.py).
OTHER_DOORS = ("ingest:", "api-", "admin:", "account_", "mfa_")

# Who may look (GET) and who may act (POST), by address. What one may do with a handoff depends on holding it besides:
# these are the roles that may with a handoff of another's, in the state that `WORLD` leaves it in.
RULES: dict[str, tuple[frozenset[str], frozenset[str] | None]] = {
    "design": (EVERYBODY, None),
    "accounts:imports": (OPERATIONS, OPERATIONS),
    "accounts:import": (OPERATIONS, None),
    "accounts:import_check": (NOBODY, OPERATIONS),
    "accounts:import_columns": (NOBODY, OPERATIONS),
    "accounts:import_commit": (NOBODY, OPERATIONS),
    "accounts:import_discard": (NOBODY, OPERATIONS),
    "accounts:import_progress": (OPERATIONS, None),
    "accounts:import_rejected": (OPERATIONS, None),
    "accounts:import_resume": (NOBODY, OPERATIONS),
    "signals:model": (EVERYBODY, None),
    "signals:progress": (EVERYBODY, None),
    "signals:take_catalogue": (NOBODY, OPERATIONS),
    "signals:whatif": (EVERYBODY, None),
    "signals:decisions": (EVERYBODY, None),
    "signals:copy": (NOBODY, OPERATIONS),
    "signals:whatif_of": (OPERATIONS, None),
    "signals:backtest": (OPERATIONS, OPERATIONS),
    "signals:backtest_progress": (OPERATIONS, None),
    "signals:publish": (OPERATIONS, OPERATIONS),
    "signals:criterion": (OPERATIONS, OPERATIONS),
    "signals:criterion_remove": (NOBODY, OPERATIONS),
    "signals:compare": (EVERYBODY, None),
    "signals:compare_any": (EVERYBODY, None),
    "signals:edit": (EVERYBODY, OPERATIONS),
}
RULES |= {
    "signals:events": (OPERATIONS, None),
    "signals:unmapped": (OPERATIONS, None),
    "signals:set_aside": (OPERATIONS, OPERATIONS),
    "signals:set_aside_one": (OPERATIONS, OPERATIONS),
    "signals:conflicts": (OPERATIONS, None),
    "signals:rules": (OPERATIONS, None),
    "signals:rule_new": (OPERATIONS, OPERATIONS),
    "signals:rule": (OPERATIONS, OPERATIONS),
    "signals:rule_move": (NOBODY, OPERATIONS),
    "signals:rule_active": (NOBODY, OPERATIONS),
    "signals:theme_rule_new": (OPERATIONS, OPERATIONS),
    "signals:theme_rule": (OPERATIONS, OPERATIONS),
    "signals:theme_rule_move": (NOBODY, OPERATIONS),
    "signals:theme_rule_active": (NOBODY, OPERATIONS),
    "signals:remap": (NOBODY, OPERATIONS),
    "signals:remap_progress": (OPERATIONS, None),
    "signals:touches_export": (EXPORTERS, None),
    "signals:set_aside_export": (OPERATIONS, None),
    "signals:unmapped_export": (OPERATIONS, None),
    "signals:unmatched_export": (EXPORTERS, None),
    "signals:intent_export": (EXPORTERS, None),
    "signals:traffic": (OPERATIONS, OPERATIONS),
    "signals:traffic_active": (NOBODY, OPERATIONS),
    "signals:unmatched": (MATCH, None),
    "signals:unmatched_match": (MATCH, MATCH),
}
RULES |= {
    f"reports:{name}": (EVERYBODY, None)
    for name in ("funnel", "attribution", "revenue", "speed", "model", "abm", "rows", "months", "monday")
} | {"reports:month": (EVERYBODY, EXPORTERS), "reports:mail": (NOBODY, EVERYBODY)}
RULES |= {"reports:learning": (EVERYBODY, None), "reports:learning_adopt": (NOBODY, OPERATIONS)}
RULES |= {
    "desk:home": (EVERYBODY, None),
    "desk:first_steps": (EVERYBODY, None),
    "desk:profile": (EVERYBODY, EVERYBODY),
    "desk:search": (EVERYBODY, None),
    "desk:queue": (EVERYBODY, None),
    "desk:queue_rows": (EVERYBODY, None),
    "desk:next": (NOBODY, DESK),
    "desk:bulk_assign": (NOBODY, MANAGERS),
    "desk:views": (EVERYBODY, EVERYBODY),
    "desk:view": (EVERYBODY, EVERYBODY),
    "desk:view_delete": (NOBODY, EVERYBODY),
    "desk:view_default": (NOBODY, EVERYBODY),
    "desk:assignment": (MANAGERS, None),
    "desk:assignment_apply": (MANAGERS, MANAGERS),
    "desk:rule_new": (MANAGERS, MANAGERS),
    "desk:rule": (MANAGERS, MANAGERS),
    "desk:rule_move": (NOBODY, MANAGERS),
    "desk:rule_delete": (NOBODY, MANAGERS),
    "desk:team": (MANAGERS, None),
    "desk:team_person": (MANAGERS, MANAGERS),
    "desk:mine": (EVERYBODY, None),
    "desk:passed": (EVERYBODY, None),
    "desk:inbox": (EVERYBODY, None),
    "desk:notices": (EVERYBODY, None),
    "desk:notices_read": (NOBODY, EVERYBODY),
    "desk:triage": (EVERYBODY, None),
    "desk:triage_match": (MATCH, MATCH),
    "desk:triage_dismiss": (NOBODY, MATCH),
    "desk:targets": (EXPORTERS, None),
    "desk:targets_mark": (NOBODY, EXPORTERS),
    "desk:targets_export": (EXPORTERS, None),
    "desk:people": (EVERYBODY, None),
    "desk:person": (EVERYBODY, EVERYBODY),
    "desk:person_export": (EXPORTERS, None),
    "desk:person_erase": (ADMINS, ADMINS),
    "desk:accounts": (EVERYBODY, None),
    "desk:account": (EVERYBODY, None),
    "desk:merge": (EXPORTERS, EXPORTERS),
    "desk:merged": (EVERYBODY, EXPORTERS),
    "desk:account_day": (EVERYBODY, None),
    "desk:centers": (EVERYBODY, MATCH),
    "desk:note": (EVERYBODY, EVERYBODY),
    "desk:pin": (NOBODY, EVERYBODY),
    "desk:touch_wrong": (NOBODY, EVERYBODY),
    "desk:member": (NOBODY, EVERYBODY),
    "desk:brief": (EVERYBODY, None),
    "desk:mail": (EVERYBODY, EVERYBODY),
    "desk:webhooks": (ADMINS, ADMINS),
    "desk:webhook": (ADMINS, None),
    "desk:webhook_switch": (NOBODY, ADMINS),
    "desk:webhook_test": (NOBODY, ADMINS),
    "desk:webhook_replay": (NOBODY, ADMINS),
    "desk:accounts_export": (EXPORTERS, None),
    "desk:people_export": (EXPORTERS, None),
    "desk:queue_export": (EXPORTERS, None),
    "desk:opportunities_export": (EXPORTERS, None),
    "signals:decisions_export": (EXPORTERS, None),
    "desk:decision": (EVERYBODY, None),
}

# The moves: the state of the handoff, and who of the cast may make it. `sdr` and `ae` have it, the other_ ones don't.
MOVES: dict[str, tuple[str, set[str]]] = {
    "claim": ("queued", {"sdr", "other_sdr", "manager", "admin"}),
    "assign": ("queued", {"manager", "admin"}),
    "release": ("working", {"sdr"}),
    "pass": ("working", {"sdr"}),
    "outreach": ("working", {"sdr"}),
    "recycle": ("working", {"sdr"}),
    "disqualify": ("queued", {"sdr", "other_sdr", "manager", "admin"}),
    "accept": ("passed", {"ae"}),
    "return": ("passed", {"ae"}),
    "opportunity": ("accepted", {"ae"}),
    "win": ("opportunity", {"ae"}),
    "lose": ("opportunity", {"ae"}),
    "split": ("queued", {"sdr", "other_sdr", "manager", "admin"}),
    "undo": ("working", set()),
}
CAST = ("sdr", "other_sdr", "ae", "other_ae", "manager", "marketing_ops", "admin")
REFUSED = {403, 405, 409}


def ours() -> dict[str, URLPattern]:
    return {
        name: p
        for name, p in addresses()
        if (name and not name.startswith(OTHER_DOORS) and ":" in name) or name == "design"
    }


def person(name: str) -> User:
    return desk.user(name.removeprefix("other_"), name)


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def arguments(name: str, pattern: URLPattern) -> dict[str, Any]:
    """Something that exists, for each argument of an address; 0 for what a test need not make."""
    known = {
        "version": ScoringModel.objects.order_by("-version").first().version,
        "other": 1,
        "tab": "gates",
        "kind": "mqa",
    }
    models = {
        "desk:account": Account,
        "desk:centers": Account,
        "desk:note": Account,
        "desk:member": BuyingCenter,
        "desk:brief": Handoff,
        "desk:touch_wrong": Touch,
        "desk:triage_match": TriageItem,
        "desk:triage_dismiss": TriageItem,
    }
    found: dict[str, Any] = {}
    for key in pattern.pattern.converters:
        if key == "pk" and name in models:
            found[key] = models[name].objects.order_by("pk").values_list("pk", flat=True).first()
        else:
            found[key] = known.get(key, 0)
    return found


def test_every_address_has_a_rule() -> None:
    names = set(ours())
    moves = {f"desk:{action}" for action in MOVES}
    assert names - moves - set(RULES) == set()
    assert (set(RULES) | moves) - names == set()


@pytest.fixture
def world() -> Handoff:
    """A handoff that an SDR has passed to an AE, and a draft of the model."""
    copy_to_draft(model=active_model(), by=None)
    handoff = desk.handoff("passed", sdr=person("sdr"), ae=person("ae"))
    touch = given.touch(handoff.account, None, "demo_request", given.ago(1))
    TriageItem.objects.create(touch_id=touch.pk, occurred_at=touch.occurred_at, due_at=touch.occurred_at)
    return handoff


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_each_role_opens_what_its_rule_says_and_no_more(world: Handoff, role: str) -> None:
    client = client_of(person(role))
    wrong = {}
    for name, (readers, _) in RULES.items():
        status = client.get(reverse(name, kwargs=arguments(name, ours()[name]))).status_code
        # 404: nothing has the id 0; the door was open.
        opened = status in {200, 204, 302, 304, 404}
        if opened != (role in readers):
            wrong[name] = status
    assert wrong == {}


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_each_role_is_refused_what_it_may_not_do_and_nothing_changes(world: Handoff, role: str) -> None:
    client = client_of(person(role))
    before = snapshot()
    wrong = {}
    for name, (_, actors) in RULES.items():
        if actors is not None and role in actors:
            continue
        status = client.post(
            reverse(name, kwargs=arguments(name, ours()[name])), {"comment": "x", "text": "x"}
        ).status_code
        if status != (405 if actors is None else 403):
            wrong[name] = status
    assert wrong == {}
    assert snapshot() == before


@pytest.mark.parametrize("who", CAST)
@pytest.mark.parametrize("action", sorted(MOVES))
def test_a_move_is_open_to_whom_the_table_names(action: str, who: str) -> None:
    state, allowed = MOVES[action]
    cast = {name: person(name) for name in CAST}
    row = desk.handoff(state) if state == "queued" else desk.handoff(state, sdr=cast["sdr"], ae=cast["ae"])
    client = client_of(cast[who])
    url = reverse(f"desk:{action}", args=[row.pk])
    center = BuyingCenter.objects.create(account=row.account, name="EMEA")
    before = snapshot()
    status = client.post(url, {"kind": "call", "text": "Spoke to reception", "center": center.pk}).status_code
    if who in allowed:
        # A center that does not qualify can't be split off: the door is open, the handoff is not ready.
        assert status not in (REFUSED - {409} if action == "split" else REFUSED), status
    else:
        assert status in REFUSED, status
        assert snapshot() == before


@pytest.mark.parametrize("name", sorted([*RULES, *(f"desk:{action}" for action in MOVES)]))
def test_nobody_enters_without_signing_in(world: Handoff, client: Client, name: str) -> None:
    url = reverse(name, kwargs=arguments(name, ours()[name]))
    for response in (client.get(url), client.post(url)):
        assert response.status_code == 405 or "/auth/login/" in response.headers.get("Location", "")


def snapshot() -> dict[str, Any]:
    """What a refusal must leave as it was."""
    return {
        "handoffs": list(Handoff.objects.order_by("pk").values()),
        "events": HandoffEvent.objects.count(),
        "notes": Note.objects.count(),
        "triage": list(TriageItem.objects.order_by("pk").values()),
        "touches": list(Touch.objects.order_by("pk").values("pk", "ignored")),
        "opportunities": Opportunity.objects.count(),
        "targets": list(Account.objects.order_by("pk").values("pk", "is_target")),
        "models": list(ScoringModel.objects.order_by("pk").values("version", "status", "config")),
    }
