"""Every operation of the API × role × scope, from its routes (promises X1, X3). An operation without a rule fails."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps

from accounts.models import ApiKey, User
from accounts.roles import Role
from mqa_site.api import router
from tests.mqa_site.api_clients import key_client

EVERYBODY = frozenset(role.value for role in Role)
OPERATIONS = frozenset({"marketing_ops", "admin"})
MANAGERS = frozenset({"manager", "admin"})
CHOOSERS = MANAGERS | OPERATIONS
MATCH = CHOOSERS | {"sdr"}
ADMINS = frozenset({"admin"})
WRITE, CONFIGURE = "write", "configure"

Door = tuple[frozenset[str], frozenset[str], str]
DATA: Door = (EVERYBODY, OPERATIONS, WRITE)  # who may look, who may act, and the scope of a key that acts
SETTING: Door = (EVERYBODY, OPERATIONS, CONFIGURE)
HIDDEN: Door = (OPERATIONS, OPERATIONS, CONFIGURE)
WORK: Door = (EVERYBODY, EVERYBODY, WRITE)  # whose it is, or what the work of somebody is, the action says
MATCHING: Door = (EVERYBODY, MATCH, WRITE)
STAFF: Door = (EVERYBODY, ADMINS, CONFIGURE)
SECRET: Door = (ADMINS, ADMINS, CONFIGURE)
# By resource; an address of its own before that.
DOORS: dict[str, Door] = {
    **dict.fromkeys(
        ("accounts", "domains", "account-identifiers", "technologies", "opportunities", "revenue-events"), DATA
    ),
    **dict.fromkeys(("intent-signals", "contacts/bulk"), DATA),
    **dict.fromkeys(("decisions", "sla-events"), SETTING),  # nothing to change
    **dict.fromkeys(("sla-policies", "holidays", "reasons", "buying-group-templates"), SETTING),
    **dict.fromkeys(
        ("touch-types", "themes", "intent-topics", "personas", "seniority-rules", "custom-fields", "sources"), SETTING
    ),
    **dict.fromkeys(("scoring-models",), SETTING),
    **dict.fromkeys(("mapping-rules", "theme-rules", "traffic-rules", "remappings"), HIDDEN),
    **dict.fromkeys(("unmapped-events", "set-aside-events", "event-conflicts"), HIDDEN),
    **dict.fromkeys(("scoring-models/N/what-if", "scoring-models/N/backtests"), HIDDEN),
    **dict.fromkeys(("contacts", "handoffs", "notes", "notices", "saved-views", "touches"), WORK),
    **dict.fromkeys(("buying-group-members",), WORK),
    **dict.fromkeys(("buying-centers", "triage"), MATCHING),
    "unmatched": (MATCH, MATCH, WRITE),
    "imports": (OPERATIONS, OPERATIONS, WRITE),
    "known-technologies": SETTING,
    "account-merges": (EVERYBODY, CHOOSERS, WRITE),
    "targets": (CHOOSERS, CHOOSERS, WRITE),
    "contacts/N/export": (CHOOSERS, CHOOSERS, WRITE),
    "contacts/N/erase": (EVERYBODY, ADMINS, CONFIGURE),
    "assignment-rules": (MANAGERS, MANAGERS, CONFIGURE),
    "users/N/absence": (EVERYBODY, MANAGERS, CONFIGURE),
    **dict.fromkeys(("users", "teams"), STAFF),
    **dict.fromkeys(("webhooks", "webhook-messages"), SECRET),
}
# What only a person does, whatever a key may.
PERSONAL = (
    r"handoffs/(next|N/\w+)|notes(/N)?|notices(/N)?(/read)?|saved-views(/N)?(/default)?|touches/N/wrong"
    r"|triage/N/(match|dismiss)"
)
OWN = {"notices", "saved-views"}
READS = {"get", "head", "options"}


def operations() -> Iterator[tuple[str, str, Any]]:
    """Method, address with N for what stands in it, and the view."""
    for pattern in router.urls:
        address = re.sub(r"<[^>]+>", "N", str(pattern.pattern)).strip("/")
        callback: Any = pattern.callback
        for method, action in list(callback.actions.items()):  # a request adds HEAD
            view = callback.cls(**callback.initkwargs)
            view.action = action
            yield method, address, view


def door(address: str) -> Door:
    return DOORS[address] if address in DOORS else DOORS[address.split("/", maxsplit=1)[0]]


def opened(view: Any, method: str, **asks: Any) -> bool:
    request: Any = SimpleNamespace(**{"method": method.upper(), "auth": None, "user": None} | asks)
    return all(one.has_permission(request, view) for one in view.get_permissions())


def test_every_operation_has_a_rule_and_every_rule_an_operation() -> None:
    addresses = {address for _, address, _ in operations()}
    assert {one for one in addresses if one.split("/")[0] not in DOORS} == set()
    assert {one for one in DOORS if one not in addresses} == set()


@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_a_role_opens_what_its_rule_says_and_no_more(role: str) -> None:
    user = User(role=role)
    wrong = {
        (method, address)
        for method, address, view in operations()
        if opened(view, method, user=user) != (role in door(address)[method not in READS])
    }
    assert wrong == set()


@pytest.mark.parametrize("scope", ["ingest", "read", "write", "configure"])
def test_a_key_opens_what_its_scope_stands_for(scope: str) -> None:
    key = ApiKey(scope=scope)
    grown = ["read", "write", "configure"]
    wrong = set()
    for method, address, view in operations():
        needed = "read" if method in READS else door(address)[2]
        if opened(view, method, auth=key) != (scope in grown[grown.index(needed) :]):
            wrong.add((method, address))
    assert wrong == set()


def test_nobody_opens_nothing() -> None:
    assert [address for method, address, view in operations() if opened(view, method)] == []


@pytest.mark.django_db
def test_what_is_a_persons_no_key_does() -> None:
    """A body that says nothing, about nothing: who asks is looked at first."""
    client = key_client("configure")
    before = counts()
    wrong = {}
    for method, address, _ in operations():
        personal = re.fullmatch(PERSONAL, address) and (method not in READS or address.split("/")[0] in OWN)
        if personal:
            status = client.generic(
                method.upper(), f"/api/{address.replace('N', '1')}/", "{}", content_type="application/json"
            ).status_code
            if status != 403:
                wrong[method, address] = status
    assert wrong == {}
    assert counts() == before


def counts() -> dict[str, int]:
    """How many rows each table of ours has, but for how often who asked."""
    rooms = ("accounts", "signals", "handoff", "reports")
    return {
        model._meta.label: model._base_manager.count()
        for room in rooms
        for model in apps.get_app_config(room).get_models()
    }
