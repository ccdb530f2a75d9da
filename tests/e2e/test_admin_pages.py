"""The admin in Chromium, under the product's strict policy: its calendars, autocompletes and inlines work, nothing is blocked."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.companies import create_account
from accounts.models import User
from signals.models import ScoringModel
from signals.publishing import active_model

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def admin_page(live_server: LiveServer, browser_context: BrowserContext, page: Page) -> Page:
    """A page of somebody who is signed in as an admin; it fails the test when the policy blocks anything."""
    user = User.objects.create_user("ada@desk.example", name="Ada", role="admin", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    browser_context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
    return page


def test_an_account_gets_a_parent_a_date_and_a_second_domain(admin_page: Page, live_server: LiveServer) -> None:
    parent, child = (
        create_account(name="Acme Group", domain="acme-group.com"),
        create_account(name="Acme", domain="acme.com"),
    )
    admin_page.goto(live_server.url + reverse("admin:accounts_account_change", args=[child.pk]))
    admin_page.locator(".select2-selection").first.click()
    admin_page.locator(".select2-search__field").fill("group")
    admin_page.get_by_role("option", name="Acme Group").click()
    admin_page.get_by_role("link", name="Today").first.click()
    admin_page.get_by_text("Add another Domain").click()
    admin_page.locator("[name='domains-1-name']").fill("acme.org")
    admin_page.get_by_role("button", name="Save", exact=True).click()
    expect(admin_page.locator(".messagelist")).to_contain_text("was changed successfully")
    child.refresh_from_db()
    assert child.parent == parent
    assert child.customer_since is not None
    assert set(child.domains.values_list("name", flat=True)) == {"acme.com", "acme.org"}


def test_a_draft_is_copied_edited_and_published(admin_page: Page, live_server: LiveServer) -> None:
    first = active_model()
    admin_page.goto(live_server.url + reverse("admin:signals_scoringmodel_change", args=[first.pk]))
    admin_page.get_by_role("button", name="Copy to a new draft").click()
    admin_page.locator("[name='gates.recent_days']").fill("120")
    admin_page.get_by_role("button", name="Save", exact=True).click()
    expect(admin_page.locator(".errorlist").first).to_contain_text("more than the look-back of 90")
    admin_page.locator("[name='gates.recent_days']").fill("20")
    admin_page.get_by_role("button", name="Save and continue editing").click()
    admin_page.get_by_role("link", name="Publish…").click()
    admin_page.get_by_label("Comment").fill("Only what is fresh")
    admin_page.get_by_role("button", name=re.compile("Publish model")).click()
    expect(admin_page.locator(".messagelist")).to_contain_text("is active")
    assert ScoringModel.objects.get(status="active").config["gates"]["recent_days"] == 20


def test_a_key_is_shown_on_the_page_after_its_making(admin_page: Page, live_server: LiveServer) -> None:
    admin_page.goto(live_server.url + reverse("admin:accounts_apikey_add"))
    admin_page.get_by_label("Name").fill("Website")
    admin_page.get_by_label("Scope").select_option("ingest")
    admin_page.get_by_role("button", name="Save", exact=True).click()
    expect(admin_page.get_by_label("Key")).to_have_value(re.compile(r"^mqa_[0-9a-f]{12}_[\w-]{43}$"))
