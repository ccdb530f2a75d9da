"""What holds on every page of the desk: signing in, no inline script or style, size, headings."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse

from handoff.models import Handoff, TriageItem
from handoff.urls import urlpatterns
from tests.handoff import desk, worked

pytestmark = pytest.mark.django_db

INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", re.IGNORECASE)
POST_ONLY = {"next", "bulk_assign", "undo", "pin", "touch_wrong", "member", "notices_read", "triage_dismiss", "split"}
NOT_PAGES = {"search", "queue_rows", "home"}
NAMES = sorted(str(route.name) for route in urlpatterns if isinstance(route, URLPattern))


def address(name: str, row: Handoff) -> str:
    """The route with the ids of things that are there."""
    route = next(one for one in urlpatterns if one.name == name)
    if "<int:pk>" not in str(route.pattern):
        return reverse(f"desk:{name}")
    if name in {"account", "note"}:
        return reverse(f"desk:{name}", args=[row.account_id])
    if name == "decision":
        return reverse(f"desk:{name}", args=[(row.center.decisions.first() or desk.decision(row.center)).pk])
    if name == "member":
        return reverse(f"desk:{name}", args=[row.center_id])
    if name.startswith("triage"):
        return reverse(f"desk:{name}", args=[TriageItem.objects.get_or_create(
            touch_id=1, defaults={"occurred_at": row.queued_at, "due_at": row.queued_at})[0].pk])  # fmt: skip
    return reverse(f"desk:{name}", args=[row.pk])


def is_sign_in(response: HttpResponse) -> bool:
    """True for the way to the sign-in page."""
    return response.status_code == 302 and response["Location"].startswith("/auth/login/?next=")


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_gets_in_without_signing_in(client: Client, method: str) -> None:
    row = desk.handoff(company=desk.account("Halden"))
    before = desk.everything(row)
    answers = {name: getattr(client, method)(address(name, row)) for name in NAMES}
    wrong_method = {name for name, response in answers.items() if response.status_code == 405}
    inside = {name for name in NAMES if name not in wrong_method and not is_sign_in(answers[name])}
    assert inside == set()
    assert (wrong_method >= POST_ONLY) is (method == "get")
    assert desk.everything(row) == before


@pytest.mark.parametrize("role", ["sdr", "ae", "manager"])
def test_pages_have_no_inline_script_or_style(client: Client, role: str) -> None:
    user = desk.user(role)
    client.force_login(user)
    row = worked.queued()
    shown = set()
    for name in NAMES:
        if name in POST_ONLY | NOT_PAGES:
            continue
        response = client.get(address(name, row))
        assert response.status_code in {200, 302, 403, 404, 405, 409}, name
        if response.status_code in {302, 405} or "text/html" not in response["Content-Type"]:
            continue
        shown.add(name)
        body = response.content.decode()
        assert INLINE.findall(body) == [], name
        assert body.count("<h1") == 1, name
        assert len(response.content) < 100_000, name
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert "unsafe" not in response["Content-Security-Policy"]
    assert len(shown) >= 20


def test_what_changes_something_takes_no_get(client: Client) -> None:
    client.force_login(desk.user("admin"))
    row = desk.handoff(company=desk.account("Halden"))
    before = desk.everything(row)
    assert {name: client.get(address(name, row)).status_code for name in POST_ONLY} == dict.fromkeys(POST_ONLY, 405)
    assert desk.everything(row) == before
