"""Lists as files: what the page's filters leave, inert in a spreadsheet, streamed (promises X4)."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.companies import create_account
from accounts.people import create_contact
from signals import exports as signals_exports
from tests.handoff import desk
from tests.signals import given

pytestmark = pytest.mark.django_db


@pytest.fixture
def ops(client: Client) -> Client:
    client.force_login(desk.user("marketing_ops"))
    return client


def rows(client: Client, path: str) -> list[dict[str, str]]:
    answer: Any = client.get(path)
    assert (answer.status_code, answer.streaming) == (200, True)
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_accounts_come_with_what_is_known_and_what_was_measured(ops: Client) -> None:
    sdr = desk.user("sdr")
    northwind = create_account(
        name="Northwind",
        domain="northwind.com",
        more_domains=["northwind.io"],
        employees=120,
        owner_sdr=sdr,
        is_target=True,
    )
    desk.state(desk.whole(northwind), score=91.5, fit=100.0)
    create_account(name="Quiet", domain="quiet.com")

    first, second = sorted(rows(ops, "/accounts/export/"), key=lambda row: row["Account name"])

    expected = {
        "Desk ID": str(northwind.pk), "Account name": "Northwind", "Domain": "northwind.com", "More domains": "northwind.io",
        "Employees": "120", "Target account": "yes", "Owner (SDR)": sdr.email, "Stage": "mqa", "Qualified": "yes",
        "Score": "91.5", "Fit": "100.0", "Annual revenue": "",
    }  # fmt: skip
    assert {name: first[name] for name in expected} == expected
    assert (second["Account name"], second["Stage"], second["Score"]) == ("Quiet", "not evaluated yet", "")


def test_the_filters_of_the_page_hold_for_the_file(ops: Client) -> None:
    for name, target in (("Aim", True), ("Other", False)):
        desk.state(desk.whole(create_account(name=name, is_target=target)))
    create_account(name="Aimless", is_target=True)

    assert [row["Account name"] for row in rows(ops, "/accounts/export/?target=on")] == ["Aim"]
    assert [row["Account name"] for row in rows(ops, "/accounts/export/?target=on&sort=name")] == ["Aim", "Aimless"]
    assert [row["Account name"] for row in rows(ops, "/accounts/export/?stage=awareness")] == []


def test_no_cell_is_a_formula_to_a_spreadsheet(ops: Client) -> None:
    company = create_account(name='=HYPERLINK("http://evil","x")', city="+1", industry="@SUM(1)")
    create_contact(account=company, first_name="-2+3", last_name="\t=1", title="\uff1d1+1", email="a@b-c.com")

    account, person = rows(ops, "/accounts/export/")[0], rows(ops, "/people/export/")[0]

    assert (account["Account name"], account["City"], account["Industry"]) == (
        '\'=HYPERLINK("http://evil","x")',
        "'+1",
        "'@SUM(1)",
    )
    assert (person["First name"], person["Last name"], person["Title"]) == ("'-2+3", "'=1", "'\uff1d1+1")


def test_whom_nobody_may_contact_is_there_without_an_address(ops: Client) -> None:
    company = create_account(name="Northwind", domain="northwind.com")
    create_contact(account=company, first_name="Ann", email="ann@northwind.com", phone="1", seniority="vp")
    create_contact(account=company, first_name="Bob", email="bob@northwind.com", phone="2", do_not_contact=True)

    found = {row["First name"]: row for row in rows(ops, "/people/export/")}

    assert [found["Ann"][name] for name in ("E-mail", "Phone", "Seniority", "Account domain")] == [
        "ann@northwind.com",
        "1",
        "vp",
        "northwind.com",
    ]
    assert [found["Bob"][name] for name in ("E-mail", "Phone", "Do not contact")] == ["", "", "yes"]
    assert [row["First name"] for row in rows(ops, "/people/export/?seniority=vp")] == ["Ann"]


def test_a_user_id_that_is_an_address_is_hidden_like_one(ops: Client) -> None:
    company = create_account(name="Northwind", domain="northwind.com")
    for user_id, silent in (("ann@northwind.com", False), ("bob@northwind.com", True), ("u-3", True)):
        person = create_contact(account=company, user_id=user_id, do_not_contact=silent)
        given.touch(company, person, "pricing_page", given.ago(1), user_id=user_id)

    for path in ("/people/export/", "/data/touches/export/"):
        assert {row["User ID of events"] for row in rows(ops, path)} == {"ann@northwind.com", "", "u-3"}


def test_touches_come_a_page_at_a_time_the_latest_first(ops: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals_exports, "CHUNK", 2)
    company = create_account(name="Northwind", domain="northwind.com")
    made = [given.touch(company, None, "pricing_page", given.ago(days)).pk for days in (3, 1, 2, 400, 5)]
    found = [int(row["Desk ID of the touch"]) for row in rows(ops, "/data/touches/export/")]
    assert found == made[::-1]
    recent = rows(ops, "/data/touches/export/?days=365")
    assert [int(row["Desk ID of the touch"]) for row in recent] == [pk for pk in made[::-1] if pk != made[3]]
    own = rows(ops, f"/data/touches/export/?account={company.pk}")
    assert [int(row["Desk ID of the touch"]) for row in own] == [made[place] for place in (1, 2, 0, 4, 3)]


def test_the_queue_comes_in_its_order(client: Client) -> None:
    client.force_login(desk.user("manager"))
    low, high = desk.handoff(), desk.handoff()
    held = desk.handoff("working")
    desk.state(low.center, score=70)
    desk.state(high.center, score=90)

    assert [row["Handoff ID"] for row in rows(client, "/queue/export/?scope=pool")] == [str(high.pk), str(low.pk)]
    everything = rows(client, "/queue/export/?scope=all")
    assert {row["Handoff ID"] for row in everything} == {str(one.pk) for one in (low, high, held)}
    assert [row["Score"] for row in rows(client, "/queue/export/?scope=pool&score=80")] == ["90.0"]


def test_decisions_come_with_their_figures(ops: Client) -> None:
    company = desk.account("Northwind")
    found = desk.decision(desk.whole(company), score=77.25)
    desk.decision(desk.whole(desk.account("Other")), qualified=False)

    (row,) = rows(ops, "/model/decisions/export/?qualified=yes")

    assert (row["Decision ID"], row["Account name"], row["Score"], row["Points"], row["Blocked at"]) == (
        str(found.pk),
        "Northwind",
        "77.25",
        "40.0",
        "",
    )


@pytest.mark.parametrize("path", ["/accounts/export/", "/people/export/", "/queue/export/", "/model/decisions/export/"])
def test_a_file_costs_as_many_queries_for_fifty_rows_as_for_two(
    ops: Client, path: str, django_assert_num_queries: Any
) -> None:
    def more(number: int) -> None:
        for _ in range(number):
            row = desk.handoff()
            desk.state(row.center)
            create_contact(account=row.account, first_name="Ann")

    more(2)
    ops.get(path).getvalue()
    with CaptureQueriesContext(connection) as few:
        ops.get(path).getvalue()
    more(48)
    with django_assert_num_queries(len(few)):
        ops.get(path).getvalue()


def test_the_pages_link_their_files_for_those_who_may(ops: Client) -> None:
    row = desk.handoff()
    desk.state(row.center)
    create_contact(account=row.account, first_name="Ann")
    links = {
        "/accounts/?target=": 'href="/accounts/export/?target="',
        "/people/": 'href="/people/export/"',
        "/model/decisions/": 'href="/model/decisions/export/"',
        "/queue/": 'href="/queue/export/',
    }
    for page, link in links.items():
        assert link in ops.get(page).content.decode(), page

    ops.force_login(desk.user("sdr"))
    for page in links:
        assert "export" not in ops.get(page).content.decode(), page
