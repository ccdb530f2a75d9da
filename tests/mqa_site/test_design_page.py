"""The design system in a real browser: no fault that axe finds, keys, palette, and life without JavaScript."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.roles import Role
from tests.audit import axe_faults, fits, show

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGE_LIMIT = 100_000  # bytes


@pytest.fixture
def cookie() -> dict[str, str]:
    user = User.objects.create_user("sdr@desk.example", name="Priya Nair", role=Role.SDR)
    client = Client()
    client.force_login(user)
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}


@pytest.fixture
def design(live_server: LiveServer, page: Page, cookie: dict[str, str]) -> Page:
    page.context.add_cookies([{**cookie, "url": live_server.url}])
    page.goto(live_server.url + reverse("design"))
    return page


@pytest.fixture
def without_scripts(live_server: LiveServer, chromium: Browser, cookie: dict[str, str]) -> Iterator[BrowserContext]:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    context.add_cookies([{**cookie, "url": live_server.url}])
    yield context
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_passes_axe_and_fits_in_both_themes(design: Page, scheme: str) -> None:
    for width in (360, 1280):
        show(design, scheme=scheme, width=width)
        assert axe_faults(design) == []
        assert fits(design)
    show(design, scheme=scheme, width=1920)
    assert fits(design)


def test_the_page_is_under_the_limit(design: Page) -> None:
    response = design.reload()
    assert response is not None
    assert response.status == 200
    assert len(response.body()) < PAGE_LIMIT


def test_j_and_k_move_between_rows_and_keys_press_the_current_rows_buttons(design: Page) -> None:
    design.evaluate(
        """document.addEventListener("click", (event) => {
             const claim = event.target.closest("[data-key=c]");
             if (claim) document.title = "claimed " + claim.closest("[data-row]").dataset.row;
           })"""
    )
    for key, focused in (("j", "Halden Freight Systems"), ("j", "Corvane Health"), ("j", "Pellham & Roy")):
        design.keyboard.press(key)
        assert design.evaluate("document.activeElement.textContent") == focused
    design.keyboard.press("k")
    assert design.evaluate("document.activeElement.textContent") == "Corvane Health"
    design.keyboard.press("x")
    assert design.locator("[data-select]:checked").get_attribute("aria-label") == "Select Corvane Health"
    design.keyboard.press("c")
    assert design.title() == "claimed 1"


def test_keys_do_nothing_while_typing_and_when_switched_off(design: Page) -> None:
    design.locator("#id_name").fill("")
    design.keyboard.type("jc?")
    assert design.locator("#id_name").input_value() == "jc?"
    assert design.locator("[data-current]").count() == 0
    design.keyboard.press("Escape")
    design.keyboard.press("?")
    assert design.locator("#keys").is_visible()
    assert "Next and previous row" in design.locator("#keys-list").inner_text()
    design.locator("#keys-on").uncheck()
    design.keyboard.press("Escape")
    design.keyboard.press("j")
    assert design.locator("[data-current]").count() == 0


def test_the_palette_finds_actions_and_closes(design: Page) -> None:
    design.keyboard.press("Control+k")
    design.keyboard.type("next acc")
    assert design.locator("#palette [role=option]").all_inner_texts() == ["Next account\naction"]
    design.evaluate(
        """document.querySelector("[data-command]").addEventListener("click", () => { document.title = "ran"; })"""
    )
    design.keyboard.press("Enter")
    assert design.title() == "ran"
    assert not design.locator("#palette").is_visible()


def test_the_chosen_theme_is_remembered(design: Page) -> None:
    design.get_by_role("button", name="Dark").first.click()
    assert design.evaluate("document.documentElement.dataset.theme") == "dark"
    design.reload()
    assert design.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 18, 20)"
    assert design.get_by_role("button", name="Dark").first.get_attribute("aria-pressed") == "true"


def test_without_scripts_the_menu_opens_and_nothing_dead_is_shown(
    without_scripts: BrowserContext, live_server: LiveServer
) -> None:
    page = without_scripts.new_page()
    page.goto(live_server.url + reverse("design"))
    link = page.locator(".menu-body").get_by_role("link", name="Sign out")
    assert not link.is_visible()
    page.locator(".menu > summary").click()
    assert link.is_visible()
    assert page.locator("[data-palette]:visible, [data-theme-set]:visible, .hints:visible").count() == 0
