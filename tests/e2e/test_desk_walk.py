"""The desk in Chromium: queue, claim, pass and accept by keyboard alone; without scripts; live; axe on every page."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.companies import create_account
from accounts.models import User
from handoff import actions, saved_views
from handoff.models import Handoff, Notice
from tests.audit import axe_faults, fits, show
from tests.handoff import desk, worked

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

SignIn = Callable[[BrowserContext, User], None]


@pytest.fixture
def sign_in(live_server: LiveServer) -> SignIn:
    """Puts a user's session into a browser context."""

    def into(context: BrowserContext, user: User) -> None:
        client = Client()
        client.force_login(user)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])

    return into


@pytest.fixture
def without_scripts(chromium: Browser) -> Iterator[BrowserContext]:
    """A phone's browser with scripts switched off."""
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    yield context
    context.close()


@pytest.fixture
def second_browser(chromium: Browser) -> Iterator[BrowserContext]:
    """Another browser beside the first."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def priya() -> User:
    return desk.user("sdr", "Priya Nair")


@pytest.fixture
def tom() -> User:
    return desk.user("ae", "Tom Okafor")


@pytest.fixture
def row(priya: User, tom: User) -> Handoff:
    """The worked example in the queue, with a buying group that is complete enough."""
    found = worked.queued()
    desk.ready_to_pass(found)
    found.account.owner_ae = tom
    found.account.save()
    return found


def test_an_account_goes_from_queue_to_accepted_by_keyboard(
    live_server: LiveServer,
    page: Page,
    second_browser: BrowserContext,
    sign_in: SignIn,
    row: Handoff,
    priya: User,
    tom: User,
) -> None:
    sign_in(page.context, priya)
    page.goto(live_server.url)
    expect(page.get_by_role("link", name="Halden Freight Systems")).to_be_visible()

    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Halden Freight Systems")).to_be_focused()
    page.keyboard.press("c")
    expect(page.locator("#messages")).to_contain_text("Halden Freight Systems is yours.")
    expect(page.locator(f"#row-{row.pk}")).to_contain_text("First outreach")
    expect(page.get_by_role("link", name="Halden Freight Systems")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden Freight Systems")
    expect(page.get_by_role("heading", name="Why it qualified")).to_be_visible()

    page.keyboard.press("n")
    page.keyboard.type("Dana confirms a project.")
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    dialog = page.get_by_role("dialog", name="Pass to an AE")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("To")).to_be_focused()
    expect(dialog.get_by_label("To")).to_have_value(str(tom.pk))
    page.keyboard.press("Tab")
    page.keyboard.type("They compare three vendors.")
    page.keyboard.press("Tab")
    page.keyboard.type("Call on Tuesday.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("is with Tom Okafor now.")
    row.refresh_from_db()
    assert (row.state, row.ae, row.summary) == ("passed", tom, "They compare three vendors.")

    sign_in(second_browser, tom)
    other = second_browser.new_page()
    other.goto(live_server.url)
    other.keyboard.press("j")
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name="What Priya Nair says")).to_be_visible()
    other.keyboard.press("a")
    expect(other.locator("#messages")).to_contain_text("Halden Freight Systems is accepted.")
    row.refresh_from_db()
    assert (row.state, row.accepted_by) == ("accepted", tom)


def test_the_same_walk_works_without_scripts(
    live_server: LiveServer, without_scripts: BrowserContext, sign_in: SignIn, row: Handoff, priya: User, tom: User
) -> None:
    sign_in(without_scripts, priya)
    page = without_scripts.new_page()
    page.goto(live_server.url + "/queue/")
    page.get_by_role("button", name="Claim Halden Freight Systems").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden Freight Systems")
    page.get_by_role("link", name="Pass to AE").first.click()
    page.get_by_label("Summary").fill("They compare three vendors.")
    page.get_by_role("button", name="Pass to AE").click()
    expect(page.locator("#messages")).to_contain_text("is with Tom Okafor now.")
    without_scripts.clear_cookies()
    sign_in(without_scripts, tom)
    page.goto(live_server.url)
    page.get_by_role("button", name="Accept Halden Freight Systems").click()
    row.refresh_from_db()
    assert row.state == "accepted"


def test_what_others_do_appears_without_moving_the_rows(
    live_server: LiveServer, page: Page, sign_in: SignIn, row: Handoff, priya: User
) -> None:
    sign_in(page.context, priya)
    page.goto(live_server.url + "/queue/")
    page.keyboard.press("j")
    actions.claim(handoff_id=row.pk, by=desk.user("sdr", "Sam Berg"))
    worked.queued(name="Ardenne Optics", domain="ardenneoptics.com")
    expect(page.locator(f"#row-{row.pk}")).to_contain_text("Sam B. has it", timeout=15_000)
    expect(page.locator("#new-rows")).to_contain_text("New: Ardenne Optics qualified")
    assert page.locator("tr[data-row]").count() == 1
    expect(page.get_by_role("link", name="Halden Freight Systems")).to_be_focused()
    page.get_by_role("link", name="Show").click()
    expect(page.get_by_role("link", name="Ardenne Optics")).to_be_visible()


def test_the_palette_finds_an_account(
    live_server: LiveServer, page: Page, sign_in: SignIn, row: Handoff, priya: User
) -> None:
    sign_in(page.context, priya)
    page.goto(live_server.url + "/notices/")
    page.keyboard.press("Control+k")
    page.keyboard.type("halden")
    expect(page.get_by_role("option", name="Halden Freight Systems")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/accounts/{row.account_id}/")


@pytest.fixture
def everything(row: Handoff, priya: User, tom: User) -> Iterator[dict[str, str]]:
    """What one sees of the pages that look different to each, by a name; all others are walked in test_every_page.py."""
    held = worked.queued(name="Corvane Health", domain="corvanehealth.com")
    actions.claim(handoff_id=held.pk, by=priya)
    actions.add_note(account=held.account, by=priya, text="Budget @Tom Okafor", pinned=True, handoff=held)
    passed = desk.handoff("passed", company=desk.account("Pellham & Roy"), sdr=priya, ae=tom)
    desk.handoff("accepted", company=desk.account("Ostrava Glassworks"), ae=tom)
    empty = create_account(name="Tamsin Robotics")
    Notice.objects.create(recipient=priya, kind="x", text="Halden qualified.", key="k", account=row.account)
    return {
        "queue": reverse("desk:queue"),
        "account": reverse("desk:account", args=[held.account_id]),
        "empty account": reverse("desk:account", args=[empty.pk]),
        "refused": reverse("desk:accept", args=[passed.pk]),
    }


def test_what_each_role_sees_passes_axe_and_fits(
    live_server: LiveServer,
    page: Page,
    sign_in: SignIn,
    everything: dict[str, str],
    priya: User,
    tom: User,
) -> None:
    faults = []
    managers = {"team": reverse("desk:team")} | {"sorted": reverse("desk:queue") + "?sort=-score"}
    boss = desk.user("manager", "Meg Lin")
    Handoff.objects.filter(state="queued").update(claim_due_at=boss.date_joined)
    saved_views.keep(by=boss, name="Best first", query="sort=-score")
    inboxes = {"inbox": reverse("desk:inbox")}
    for user, addresses in ((priya, everything), (tom, inboxes), (boss, managers)):
        sign_in(page.context, user)
        for name, address in addresses.items():
            page.goto(live_server.url + address)
            # Both themes and both layouts, each pair of them once: colours come by theme, places by width.
            for scheme, width in (("light", 1440), ("dark", 390)):
                show(page, scheme=scheme, width=width)
                faults += [(name, scheme, *fault) for fault in axe_faults(page)]
                if not fits(page):
                    faults.append((name, scheme, "too wide", str(width)))
    assert faults == []
