"""The charts in Chromium under the strict policy: drawn whole in both themes, beside their tables, on one sheet of paper."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from handoff.models import HandoffEvent
from signals.publishing import active_model, copy_to_draft
from tests.audit import axe_faults, fits, show
from tests.handoff.desk import decision
from tests.reports.facts import DAY, company, deal, mqa, pays, touch

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

PERIOD = "?from=2026-03-01&to=2026-03-31&compare=on"
CHARTS = {
    "monday": 3, "funnel": 7, "attribution": 1, "revenue": 2, "speed": 1, "model": 1, "abm": 2,
}  # fmt: skip
PAGE_LIMIT = 100_000  # bytes, as of every page; the library is a file of its own, which browsers keep
# What is drawn, and what the chart was given to draw: dots, columns or cells against rows.
DRAWN = """() => [...document.querySelectorAll("[data-chart]")].map((figure) => [
    figure.querySelectorAll("g.role-mark.mark-rect > path, g.role-mark.mark-symbol > path").length,
    JSON.parse(figure.querySelector("template").content.textContent).data.values.length,
])"""


@pytest.fixture
def cookie(live_server: LiveServer) -> dict[str, str]:
    user = User.objects.create_user("mia@desk.example", name="Mia", role="admin")
    client = Client()
    client.force_login(user)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}


@pytest.fixture
def signed_in(browser_context: BrowserContext, page: Page, cookie: dict[str, str]) -> Page:
    browser_context.add_cookies([cookie])
    return page


@pytest.fixture
def march() -> None:
    """Something for each chart of the reports."""
    account, other = company("Halden", target=True), company("Beta")
    handoff = mqa(account)
    for number in range(1, 4):
        one = company(f"Company{number}")
        mqa(one, day=7 * number)
        deal(one, day=7 * number + 2, stage="won", closed=date(2026, 3, 30))
        touch(one, day=7 * number + 1, channel=f"channel {number}")
    mqa(company("Earlier"), day=-20)
    touch(account, day=1, channel="ads", campaign="spring")
    deal(account, day=3, stage="won", closed=DAY.date() + timedelta(days=9))
    deal(other, day=3, stage="lost", closed=DAY.date() + timedelta(days=9))
    by = User.objects.create_user("sam@desk.test", name="Sam", role="sdr")
    HandoffEvent.objects.create(handoff=handoff, action="claim", at=DAY, from_state="queued", to_state="working", by=by)
    decision(account.centers.get(), as_of=DAY)
    pays(other, "new", "100.00", date(2025, 11, 1))
    pays(other, "expansion", "10.00", date(2026, 3, 10))


def wait_until_drawn(page: Page) -> None:
    expect(page.locator("[data-chart]:not([data-drawn])")).to_have_count(0)


@pytest.mark.usefixtures("march")
def test_every_chart_draws_its_rows_and_the_dashboard_prints_on_one_sheet(
    signed_in: Page, live_server: LiveServer
) -> None:
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            errors.append(message.text)

    signed_in.on("console", note)
    for name, number in CHARTS.items():
        response = signed_in.goto(live_server.url + reverse(f"reports:{name}") + PERIOD)
        assert response is not None
        assert len(response.body()) < PAGE_LIMIT
        wait_until_drawn(signed_in)
        drawn = signed_in.evaluate(DRAWN)
        assert [rows for _, rows in drawn] == [marks for marks, _ in drawn]
        assert len(drawn) == number, name
        if name == "monday":
            pdf = signed_in.pdf(prefer_css_page_size=True)
            assert len(re.findall(rb"/Type /Page\b", pdf)) == 1
    assert errors == []


@pytest.mark.usefixtures("march")
def test_colours_follow_the_theme_without_drawing_anew(signed_in: Page, live_server: LiveServer) -> None:
    signed_in.goto(live_server.url + reverse("reports:funnel") + PERIOD)
    wait_until_drawn(signed_in)
    column = signed_in.locator("g.role-mark.mark-rect > path").first
    for scheme, width, fill in (("light", 1280, "rgb(50, 71, 197)"), ("dark", 390, "rgb(143, 160, 255)")):
        show(signed_in, scheme=scheme, width=width)
        expect(column).to_have_css("fill", fill)
        assert axe_faults(signed_in) == []
        assert fits(signed_in)
    # On paper it is light, also where the screen is dark.
    signed_in.emulate_media(media="print", color_scheme="dark")
    expect(column).to_have_css("fill", "rgb(50, 71, 197)")


@pytest.mark.usefixtures("march")
def test_each_chart_has_a_table_of_what_it_draws_which_needs_no_script(client: Client) -> None:
    client.force_login(User.objects.create_user("mia@desk.example", name="Mia", role="manager"))
    for name in CHARTS:
        response = client.get(reverse(f"reports:{name}") + PERIOD)
        for section in response.context["sections"]:
            if not section.charts or (name == "monday" and section.key == "paths"):  # whose tables are the next two
                continue
            said = {str(cell) for row in section.table.rows for cell in row}
            for chart in section.charts:
                for row in chart.spec["data"]["values"]:
                    assert expected(row) <= said, (section.key, row)
            assert f'aria-labelledby="s-{section.key}"><table'.encode() in response.content or name == "monday"


def expected(row: dict[str, Any]) -> set[str]:
    """What the table says of a row of a chart."""
    if "many" in row:
        return {row["text"].split(": ")[0], f"{row['many']:,}"}
    return {row["text"].split(": ", 1)[1]}


def test_a_what_if_is_drawn_anew_for_other_bars(signed_in: Page, live_server: LiveServer) -> None:
    draft = copy_to_draft(model=active_model(), by=None)
    signed_in.goto(live_server.url + reverse("signals:whatif_of", args=[draft.version]))
    wait_until_drawn(signed_in)
    signed_in.evaluate("document.querySelector('[data-chart]').id = 'old'")
    signed_in.get_by_label("Score of an MQA").fill("50")
    expect(signed_in.locator("#old")).to_have_count(0)
    wait_until_drawn(signed_in)
    assert signed_in.evaluate(DRAWN) == [[40, 40]]
