"""Who may read and write what over the API."""

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from accounts.models import Account, ApiKey
from tests.handoff import desk
from tests.mqa_site.api_clients import LISTS, MERGES, WRITES, everything, key_client, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("scope", ["", "ingest", "read"])
def test_without_a_key_that_writes_nothing_is_written(scope: str) -> None:
    client = key_client(scope) if scope else APIClient()
    row = desk.handoff()
    person = desk.contact(row.account)
    ids = {"account": row.account_id, "contact": person.pk, "handoff": row.pk}
    before = everything()

    answers = [getattr(client, method)(path.format(**ids), body) for method, path, body in WRITES]

    assert {answer.status_code for answer in answers} == ({403} if scope else {401})
    assert all(set(answer.json()) == {"code", "message", "errors"} for answer in answers)
    assert everything() == before


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("sdr", {"/api/contacts/", "/api/contacts/{contact}/", "/api/handoffs/{handoff}/claim/"}),
        ("ae", {"/api/contacts/", "/api/contacts/{contact}/"}),
        ("manager", {"/api/contacts/", "/api/contacts/{contact}/", "/api/handoffs/{handoff}/claim/", *MERGES}),
        ("marketing_ops", {path for _, path, _ in WRITES if "handoffs" not in path}),
        ("admin", {path for _, path, _ in WRITES}),
    ],
)
def test_people_write_what_their_role_may(role: str, allowed: set[str]) -> None:
    client = signed_in(desk.user(role))
    row = desk.handoff()
    ids = {"account": row.account_id, "contact": desk.contact(row.account).pk, "handoff": row.pk}
    opened = set()
    for method, path, body in WRITES:
        before = everything()
        if getattr(client, method)(path.format(**ids), body).status_code == 403:
            assert everything() == before
        else:
            opened.add(path)

    assert opened == allowed


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(("scope", "status"), [("", 401), ("ingest", 403), ("read", 200), ("write", 200)])
def test_lists_are_for_keys_that_read(name: str, scope: str, status: int) -> None:
    client = key_client(scope) if scope else APIClient()

    assert client.get(f"/api/{name}/").status_code == status


def test_a_session_without_the_token_of_its_form_writes_nothing() -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(desk.user("admin"))

    answer = client.post("/api/accounts/", {"name": "New"})

    assert (answer.status_code, answer.json()["code"], Account.objects.count()) == (403, "permission_denied", 0)


def test_the_history_of_a_change_names_the_key(api: APIClient) -> None:
    made = api.post("/api/accounts/", {"name": "New"}).json()["id"]

    api.patch(f"/api/accounts/{made}/", {"tier": "A"})

    kept = apps.get_model("accounts", "AccountOwnershipEvent").objects.get()
    assert (kept.pgh_obj_id, kept.tier, kept.pgh_context.metadata) == (
        made,
        "A",
        {"user": None, "url": f"/api/accounts/{made}/", "api_key": f"write ({ApiKey.objects.get().prefix}…)"},
    )


def test_a_key_makes_no_moves(api: APIClient) -> None:
    row = desk.handoff()
    before = everything()

    answer = api.post(f"/api/handoffs/{row.pk}/claim/", {})

    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "A key makes no moves: each is a person's. Sign in, and call this with the session's cookie.",
    )
    assert everything() == before
