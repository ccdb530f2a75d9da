"""Every page of the URL map in Chromium: axe finds nothing in either theme, nothing is wider than a phone (WCAG 2.2 AA).

A page that is added is walked by itself; one that has nothing to show here fails until `world.py` gives it something.
What the browser shows is what Django's test client was answered: no server, and each page is made once.
"""

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, reverse
from playwright.sync_api import Page, Route

from tests.audit import fits, load_axe, prune, show, wcag_faults
from tests.e2e import world
from tests.url_map import addresses

pytestmark = [pytest.mark.browser, pytest.mark.django_db]

# Doors that are no pages: events, the REST API but its documentation, sign-on elsewhere, what a mailed link opens, the
# admin's look-ups.
NO_PAGES = re.compile(
    r"ingest:|api-(?!docs)|openid_connect_|socialaccount_|account_(confirm_email|reset_password_from_key)$"
    r"|admin:(autocomplete|jsi18n|view_on_site|app_list|$)|$"
)
# Walked apart, so that they share the machine out; "" is what has no room: signing in, the design and the API.
ROOMS = ("accounts", "signals", "reports", "desk", "admin", "")
# Opened, they lead to a page that is walked under its own address.
LEAD_ON = {"desk:home", "signals:compare_any", "signals:whatif", "signals:unmatched_match"}
# The admin makes these from one template: one history and one question before deleting stand for all, and what adds a row
# is the form that changes one.
ALIKE = re.compile(r"admin:.+_(history|delete)$|admin:(.+)_(?:add|change)$")
ADMINS_WORDS = "/admin/jsi18n/"
BASE = "http://127.0.0.1"


class Tab:
    """A tab of the browser that shows answers of the test client."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answer: HttpResponseBase | None = None
        self.words = b""
        load_axe(page)
        page.emulate_media(reduced_motion="reduce")
        page.route("**/*", self._serve)

    def _serve(self, route: Route) -> None:
        """The page itself once, files of the checkout, nothing else. No queries: a handler has no database."""
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            route.fulfill(path=file_of(path))
        elif path == ADMINS_WORDS:
            route.fulfill(content_type="text/javascript", body=self.words)
        elif self.answer is not None and route.request.is_navigation_request():
            route.fulfill(status=200, headers=dict(self.answer.items()), body=self.answer.content)  # type: ignore[attr-defined]
        else:
            route.fulfill(status=204)

    def faults(self, path: str, answer: HttpResponseBase, *, framed: bool) -> list[tuple[str, ...]]:
        """What is wrong with a page, in both themes and on a phone."""
        page, self.answer = self.page, answer
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(BASE + path)
        found: list[tuple[str, ...]] = [] if fits(page) else [("390 px", "too wide")]
        page.set_viewport_size({"width": 1440, "height": 900})
        prune(page, framed=framed)
        found += [("light", *fault) for fault in wcag_faults(page)]
        show(page, scheme="dark", width=1440)
        return found + [("dark", *fault) for fault in wcag_faults(page, rule="color-contrast")]


@cache
def file_of(path: str) -> str:
    return str(finders.find(path.removeprefix("/static/")))


@pytest.fixture
def tab(page: Page) -> Tab:
    return Tab(page)


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(world.build())
    return client


def answers(client: Client, room: str) -> Iterator[tuple[str, str, HttpResponseBase]]:
    """(address, path, answer) of what can be opened."""
    alike = set()
    for name, pattern in addresses():
        if NO_PAGES.match(name) or name.rpartition(":")[0] != room:
            continue
        kind = one[1] or one[2] if (one := ALIKE.match(name)) else None
        if kind in alike:
            continue
        path = path_of(name, pattern)
        answer = client.get(path)
        if not room and answer.status_code == 302:
            answer = Client().get(path)  # for who is not signed in yet
        if kind and answer.status_code == 200:
            alike.add(kind)
        if answer.status_code != 405:
            yield name, path, answer


def path_of(name: str, pattern: URLPattern) -> str:
    return reverse(name, kwargs=world.arguments(name, pattern)) + world.QUERY.get(name, "")


def is_page(answer: HttpResponseBase) -> bool:
    html = answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming
    return answer.status_code == 200 and html and b"<html" in answer.content  # type: ignore[attr-defined]


@pytest.mark.parametrize("room", ROOMS)
def test_every_page_passes_axe_in_both_themes_and_fits_a_phone(tab: Tab, client: Client, room: str) -> None:
    tab.words = client.get(ADMINS_WORDS).content
    faults, unseen, seen = [], {}, 0
    for name, path, answer in answers(client, room):
        if is_page(answer):
            faults += [(name, *fault) for fault in tab.faults(path, answer, framed=not seen)]
            seen += 1
        elif answer.status_code not in {200, 204} and room not in {"admin", ""} and name not in LEAD_ON:
            unseen[name] = answer.status_code
    assert unseen == {}
    assert faults == []
    assert seen > 1


def test_every_page_is_in_a_room() -> None:
    rooms = {name.rpartition(":")[0] for name, _ in addresses() if not NO_PAGES.match(name)}
    assert rooms == set(ROOMS)
