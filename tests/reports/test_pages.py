"""The report pages open, explain what is wrong with a query, and export."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from reports.views import PAGES
from tests.reports.facts import company, deal, mqa

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client: Client) -> Client:
    client.force_login(User.objects.create_user("mia@example.com", "x", name="Mia", role="manager"))
    return client


@pytest.mark.parametrize("page", sorted(PAGES))
@pytest.mark.parametrize("query", ["", "?compare=on&segment=target", "?from=2020-01-01&to=2026-12-31&credit=markov"])
def test_each_report_opens_with_and_without_rows(manager: Client, page: str, query: str) -> None:
    assert manager.get(reverse(f"reports:{page}") + query).status_code == 200
    account = company("Halden")
    mqa(account)
    deal(account, day=3)
    response = manager.get(reverse(f"reports:{page}") + query)
    assert response.status_code == 200
    assert b"style=" not in response.content


def test_bad_days_are_explained_and_fall_back(manager: Client) -> None:
    response = manager.get(reverse("reports:funnel") + "?from=soon&team=x")
    assert response.status_code == 200
    assert response.context["asked"].errors == ("From is a day like 2026-03-31.", "Team is a number.")


def test_a_figure_opens_to_its_rows(manager: Client) -> None:
    mqa(company("Halden"))
    response = manager.get(reverse("reports:rows", args=["mqa"]) + "?from=2026-03-01&to=2026-03-31")
    assert [row.account for row in response.context["page"].object_list] == ["Halden"]


def test_a_manager_exports_and_an_sdr_does_not(manager: Client) -> None:
    url = reverse("reports:funnel") + "?csv=mqa_path"
    response = manager.get(url)
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Stage,Accounts,Conversion,Median days"
    assert len(lines) == 5
    manager.force_login(User.objects.create_user("sam@example.com", "x", name="Sam", role="sdr"))
    assert manager.get(url).status_code == 403


def test_nobody_sees_reports_without_signing_in(client: Client) -> None:
    response = client.get(reverse("reports:funnel"))
    assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("account_login"))
