"""The buying group by mouse: drag a person into a role, into one that nobody needs yet, and out again."""

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from handoff.models import BuyingGroup, BuyingGroupMember
from tests.handoff import desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def roles() -> dict[str, str]:
    return dict(BuyingGroupMember.objects.values_list("role", "status"))


def test_people_are_dragged_between_roles_and_out(live_server: LiveServer, page: Page) -> None:
    priya = desk.user("sdr", "Priya Nair")
    row = desk.handoff("working", company=desk.account("Halden"), sdr=priya)
    desk.state(desk.whole(row.account))
    dana = desk.contact(row.account, first_name="Dana", last_name="Whitlock")
    group = BuyingGroup.objects.create(center=row.center)
    BuyingGroupMember.objects.create(group=group, contact=dana, role="champion", status="validated")
    client = Client()
    client.force_login(priya)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
    page.goto(f"{live_server.url}/accounts/{row.account_id}/")
    person = page.locator(f"[data-person='{dana.pk}']")
    expect(page.locator("[data-role='blocker']")).to_be_hidden()

    person.drag_to(page.locator("[data-role='influencer']"))
    expect(page.locator("#messages")).to_contain_text("Dana Whitlock is influencer.")
    assert roles() == {"influencer": "validated"}

    person.hover()
    page.mouse.down()
    page.mouse.move(400, 400, steps=3)
    expect(page.locator("[data-role='blocker']")).to_be_visible()
    page.locator("[data-out]").hover()
    page.mouse.up()
    expect(page.locator("#messages")).to_contain_text("Dana Whitlock is not influencer.")
    assert roles() == {"influencer": "rejected"}
