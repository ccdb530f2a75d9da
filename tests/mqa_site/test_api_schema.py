"""The API keeps its own OpenAPI document, whatever it is sent: no 500, every answer as described."""

from collections.abc import Iterator
from functools import cache
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.companies import add_identifier, create_account
from accounts.keys import create_key
from accounts.models import Account, Contact, User
from accounts.people import create_contact
from accounts.technologies import set_technology
from handoff.actions import add_note
from handoff.groups import validate_member
from handoff.models import (
    AssignmentRule,
    BuyingGroupTemplate,
    DeskPolicy,
    Handoff,
    Holiday,
    Notice,
    Reason,
    SavedView,
    SlaEvent,
    TriageItem,
)
from handoff.webhooks import announce_test, create_endpoint
from mqa_site.api import router
from signals.models import Decision, ScoringModel
from signals.publishing import active_model, copy_to_draft, revision_of
from tests.handoff import desk
from tests.mqa_site.api_world import catalogue_ids
from tests.signals import given as facts

# Of what is sent a body, of the others.
EXAMPLES, PLAIN = 10, 5
SEQUENCES = 6
# What is a person's, or has writes that are.
PERSONS = {"handoffs", "notes", "notices", "saved-views", "touches", "triage"}
# Which ids the fields of a request's body are.
NAMED = {
    "account": "accounts",
    "center": "buying-centers",
    "contact": "contacts",
    "parent": "accounts",
    "team": "teams",
    "person": "users",
    "stand_in": "users",
}
# What the ids of a resource are of.
MODELS = {
    prefix: view.queryset.model for prefix, view, _ in router.registry if getattr(view, "queryset", None) is not None
}
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


def test_the_document_is_whole_and_without_warnings() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


@cache
def document() -> dict[str, Any]:
    """The document, made once."""
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def schema() -> Any:
    """As Schemathesis reads it, over the real application."""
    found = schemathesis.openapi.from_dict(document())
    found.app = get_wsgi_application()
    return found


def operations() -> dict[str, list[tuple[str, str]]]:
    """By resource the method and path of each operation."""
    found: dict[str, list[tuple[str, str]]] = {}
    for path, methods in document()["paths"].items():
        if path != "/api/schema/":
            found.setdefault(resource(path), []).extend((method.upper(), path) for method in methods)
    return found


def examples_of(method: str, path: str) -> int:
    """How many times an operation is asked."""
    return EXAMPLES if "requestBody" in document()["paths"][path][method.lower()] else PLAIN


def resource(path: str) -> str:
    """What an address is about: `accounts`."""
    return path.split("/")[2]


def asker(world: dict[str, Any], path: str) -> dict[str, Any]:
    """Who asks: a person where a key may not, else a key."""
    return world["person" if resource(path) in PERSONS else "key"]


def of_the_desk(company: Account, person: Contact, handoff: Handoff, admin: User) -> dict[str, int]:
    """An id of each resource of accounts and the desk."""
    center = handoff.center
    webhook, _ = create_endpoint(kind="standard", name="CRM", url="https://crm.example/in", event_types=[], by=admin)
    set_technology(account=company, technology="SAP", status="uses", by=None)
    return {
        "account-identifiers": add_identifier(account=company, system="crm", value="1", by=None).pk,
        "buying-centers": center.pk,
        "buying-group-members": validate_member(center=center, contact=person, role="champion", by=None).pk,
        "assignment-rules": AssignmentRule.objects.get().pk,
        "buying-group-templates": BuyingGroupTemplate.objects.first().pk,
        "domains": company.domains.get().pk,
        "holidays": Holiday.objects.create(day=facts.NOW, name="Eve").pk,
        "notes": add_note(account=company, by=admin, text="They buy.").pk,
        "notices": Notice.objects.create(recipient=admin, kind="mention", text="Read this.", key="1").pk,
        "reasons": Reason.objects.first().pk,
        "saved-views": SavedView.objects.create(owner=admin, name="Late", query="late=on").pk,
        "sla-events": SlaEvent.objects.create(handoff=handoff, clock="claim", kind="breach", due_at=facts.NOW).pk,
        "sla-policies": DeskPolicy.objects.get().pk,
        "teams": desk.team().pk,
        "technologies": company.technologies.get().pk,
        "triage": TriageItem.objects.create(touch_id=1, occurred_at=facts.NOW, due_at=facts.NOW).pk,
        "users": desk.user("sdr").pk,
        "webhook-messages": announce_test(webhook).pk,
        "webhooks": webhook.pk,
    }


@pytest.fixture
def world(db: None, settings: Any) -> Iterator[dict[str, Any]]:
    """Something behind each address; the key's header."""
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    settings.ALLOWED_HOSTS = ["*"]
    company = create_account(name="Northwind", domain="northwind.com")
    person = create_contact(account=company, email="ann@northwind.com", title="VP IT")
    touch = facts.touch(company, person, "pricing_page", facts.ago(1))
    facts.intent(company, 80, facts.NOW.date())
    desk.qualify(desk.whole(company))
    handoff, admin = desk.handoff("opportunity", company=company), desk.user("admin")
    ids = {
        "accounts": company.pk,
        "contacts": person.pk,
        "handoffs": handoff.pk,
        "opportunities": handoff.opportunity_id,
        "touches": touch.pk,
        "decisions": Decision.objects.get().pk,
        **of_the_desk(company, person, handoff, admin),
        **catalogue_ids(),
        "scoring-models": copy_to_draft(model=active_model(), by=None).version,
    }
    key = create_key(name="sync", scope="configure", by=None)[1]
    client = Client()
    client.force_login(admin)
    token = "a" * 32
    # As Django's own test client: a request's end must not close the connection that holds the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield {
        "key": {"headers": {"Authorization": f"Bearer {key}"}},
        "person": {
            "headers": {"X-CSRFToken": token},
            "cookies": {"sessionid": client.cookies["sessionid"].value, "csrftoken": token},
        },
        "ids": ids,
    }
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("name", operations())
def test_whatever_comes_is_answered_as_described(world: dict[str, Any], name: str) -> None:
    for method, path in operations()[name]:
        # What one operation deletes is there for the next.
        with transaction.atomic():
            answers = _ask(world, method, path)
            transaction.set_rollback(True)
        assert len(answers) == examples_of(method, path), (method, path)
        assert not {401, 403} & set(answers), (method, path)


def _ask(world: dict[str, Any], method: str, path: str) -> list[int]:
    @given(case=schema()[path][method].as_strategy())
    @settings(
        max_examples=examples_of(method, path),
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def asked(case: Any) -> None:
        help_along(case, world["ids"])
        who = asker(world, path)
        answers.append(case.call_and_validate(base_url="http://localhost", checks=list(CHECKS), **who).status_code)

    answers: list[int] = []
    asked()
    return answers


def help_along(case: Any, ids: dict[str, int]) -> None:
    """What no generator guesses: who asks, in every other case an id that there is, domains, no owners of nowhere."""
    case.headers.pop("Authorization", None)
    case.cookies.clear()
    known = ids.get(resource(case.operation.path))
    for name in {"id", "version"} & case.path_parameters.keys():
        number = case.path_parameters[name]
        if isinstance(number, int) and known is not None and number % 2 == 0:
            case.path_parameters[name] = known
    said = case.body if isinstance(case.body, dict) else {}
    for name in NAMED.keys() & said.keys():
        if isinstance(said[name], int) and said[name] % 2 == 0:
            said[name] = ids[NAMED[name]]
    draft = ScoringModel.objects.filter(version=case.path_parameters.get("version"), status="draft").first()
    if draft is not None and len(said.get("revision", "")) % 2 == 0:
        said["revision"] = revision_of(draft)
    items = case.body.get("items") if isinstance(case.body, dict) else None
    for place, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            for name in {"domain", "account_domain"} & item.keys():
                item[name] = "northwind.com" if place % 2 else f"company{place}.com"
            for name in {"owner", "owner_sdr", "owner_ae", "custom"} & item.keys():
                del item[name]


def test_one_request_after_another_is_answered_as_described(world: dict[str, Any]) -> None:
    """Stateful: what one answer names (an id of what was made) is what the next requests are about."""
    answers: list[tuple[str, int]] = []

    class Visitor(schema().as_state_machine()):  # type: ignore[misc]
        def before_call(self, case: Any) -> None:
            followed = case.path_parameters.get("id")
            help_along(case, world["ids"])
            model = MODELS.get(resource(case.operation.path))
            if isinstance(followed, int) and model and model.objects.filter(pk=followed).exists():
                case.path_parameters["id"] = followed

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"base_url": "http://localhost", **asker(world, case.operation.path)}

        def validate_response(self, response: Any, case: Any, **_: Any) -> None:
            answers.append((case.operation.label, response.status_code))
            case.validate_response(response, checks=list(CHECKS))

    run_state_machine_as_test(
        Visitor,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    statuses = {status for _, status in answers}
    assert {200, 201} & statuses
    assert not {401, 403} & statuses
