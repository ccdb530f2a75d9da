"""Mornings in Chromium: an AE answers, opens and wins; a manager gives late work away, deals out and plans an absence."""

import datetime as dt
import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from handoff.models import Handoff
from tests.audit import fits
from tests.handoff import desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def sign_in(page: Page, live_server: LiveServer, user: User) -> None:
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
    page.goto(live_server.url)


def handed(name: str, status: str, **fields: object) -> Handoff:
    company = desk.account(name)
    desk.state(desk.whole(company), score=82.0, why="3 people in 5 days", strip=[])
    return desk.handoff(status, company=company, **fields)


@pytest.mark.parametrize("width", [1920, 390])
def test_an_ae_returns_one_accepts_another_opens_and_wins_it(live_server: LiveServer, page: Page, width: int) -> None:
    tom, priya = desk.user("ae", "Tom Okafor"), desk.user("sdr", "Priya Nair")
    weak = handed("Corvane Health", "passed", sdr=priya, ae=tom)
    good = handed("Halden Freight", "passed", sdr=priya, ae=tom)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_server, tom)
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
    assert fits(page)

    page.get_by_role("link", name="Return Corvane Health").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name=re.compile("agreed to call an MQA")).check()
    dialog.get_by_label("What is missing or wrong").fill("Nobody of finance was seen.")
    dialog.get_by_role("button", name=re.compile("Return")).click()
    expect(page.locator("#messages")).to_contain_text("Corvane Health")
    weak.refresh_from_db()
    assert (weak.state, weak.claimed_by) == ("working", priya)
    assert weak.events.get(action="return").comment == "Nobody of finance was seen."

    page.get_by_role("button", name="Accept Halden Freight").click()
    expect(page.locator("#messages")).to_contain_text("Halden Freight is accepted.")
    page.goto(f"{live_server.url}/handoffs/{good.pk}/brief/")
    expect(page.get_by_role("heading", name="What Priya Nair says")).to_be_visible()
    page.get_by_role("link", name=re.compile("opportunity", re.IGNORECASE)).first.click()
    dialog.get_by_label("Amount").fill("42000")
    dialog.get_by_label("Expected close").fill((timezone.localdate() + dt.timedelta(days=30)).isoformat())
    dialog.get_by_role("button", name="Open opportunity").click()
    expect(dialog).to_be_hidden()
    good.refresh_from_db()
    assert (good.state, good.opportunity.amount) == ("opportunity", 42_000)
    page.goto(f"{live_server.url}/handoffs/{good.pk}/brief/")
    page.get_by_role("link", name="Won").first.click()
    dialog.get_by_role("button", name="Won").click()
    expect(dialog).to_be_hidden()
    good.refresh_from_db()
    assert (good.state, good.opportunity.stage) == ("won", "won")


@pytest.mark.parametrize("width", [1920, 390])
def test_a_manager_gives_late_work_away_deals_out_and_plans_an_absence(
    live_server: LiveServer, page: Page, width: int
) -> None:
    emea = desk.team("EMEA")
    judith = desk.user("manager", "Judith Aalto", team=emea)
    priya, sam = desk.user("sdr", "Priya Nair", team=emea), desk.user("sdr", "Sam Berg", team=emea)
    late = handed("Corvane Health", "queued", claim_due_at=timezone.now() - dt.timedelta(hours=3))
    others = [handed(name, "queued") for name in ("Halden Freight", "Mirelle Cosmetics")]
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, live_server, judith)
    page.goto(f"{live_server.url}/team/")
    assert fits(page)

    page.get_by_role("link", name="Give Corvane Health to somebody").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Give it to").select_option(label="Sam Berg")
    dialog.get_by_role("button").filter(has_text=re.compile("Give|Assign")).click()
    expect(dialog).to_be_hidden()
    late.refresh_from_db()
    assert (late.state, late.claimed_by) == ("working", sam)

    page.goto(f"{live_server.url}/queue/")
    for row in others:
        page.get_by_label(f"Select {row.account.name}").check()
    page.get_by_label("Give the selected accounts to").select_option(label="Priya Nair")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("2")
    assert [Handoff.objects.get(pk=row.pk).claimed_by for row in others] == [priya, priya]

    page.goto(f"{live_server.url}/team/")
    page.get_by_role("link", name="Absence and capacity of Priya Nair").click()
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    dialog.get_by_label("Away from").fill(tomorrow.isoformat())
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Give the last day too.")).to_be_visible()
    page.get_by_label("Away until").fill((tomorrow + dt.timedelta(days=4)).isoformat())
    page.get_by_label("Stand in").select_option(label="Sam Berg")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Team")
    priya.refresh_from_db()
    assert (priya.away_from, priya.away_until, priya.stand_in) == (tomorrow, tomorrow + dt.timedelta(days=4), sam)
