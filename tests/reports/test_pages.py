"""The report pages open, explain what is wrong with a query, and export."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.people import create_contact
from handoff.models import HandoffEvent
from reports.period import read_period
from reports.shapes import Cell, Column, Section, Table
from reports.templatetags.reports import opens
from reports.views import PAGES
from signals.models import MqlSpell
from tests.handoff.desk import decision
from tests.reports.facts import DAY, company, deal, mqa, pays, touch

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


@pytest.mark.parametrize("query", ["?from=9999-12-31&to=9999-12-31", "?from=0001-01-01&to=0001-01-02&compare=on"])
def test_days_at_the_ends_of_the_calendar_are_explained(manager: Client, query: str) -> None:
    response = manager.get(reverse("reports:funnel") + query)
    assert response.context["asked"].errors == ("From is a day from 1970 to 2999.", "To is a day from 1970 to 2999.")


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({"to": "2026-03-31"}, date(2026, 1, 1), date(2026, 3, 31)),
        ({"from": "2026-03-31"}, date(2026, 3, 31), date(2026, 6, 30)),
        ({"from": "2026-07-10"}, date(2026, 7, 10), date(2026, 10, 7)),
        ({"from": "soon", "to": "2026-03-31"}, date(2026, 1, 1), date(2026, 3, 31)),
    ],
)
def test_one_day_says_where_a_period_ends_or_begins(query: dict[str, str], first: date, last: date) -> None:
    period = read_period(query, today=date(2026, 6, 30)).period
    assert (period.start, period.end) == (first, last)


def test_what_is_not_on_offer_is_said_and_narrows_nothing(manager: Client) -> None:
    mqa(company("Halden"))
    of_march = "?from=2026-03-01&to=2026-03-31"
    response = manager.get(reverse("reports:funnel") + of_march + "&team=999&model=999&compare=never")
    assert response.context["asked"].errors == (
        "There is no such team: these are all of them.",
        "No such version was ever published: these are all of them.",
        "Compare is on, year, or empty for nothing.",
    )
    assert response.context["sections"][0].figures[1].value.text == "1"
    response = manager.get(reverse("reports:rows", args=["mqa"]) + of_march + "&team=999")
    assert response.context["page"].paginator.count == 1
    assert "There is no such team" in response.content.decode()
    response = manager.get(reverse("reports:attribution") + "?lookback=0&credit=x")
    assert response.context["asked"].errors == (
        "Credit is one of first, last, linear, u, w, full_path, time_decay, markov: these figures are by w.",
        "Look-back is one of 30, 90, 180, 365: these figures are by 180.",
    )


def test_a_figure_opens_to_its_rows(manager: Client) -> None:
    mqa(company("Halden"))
    response = manager.get(reverse("reports:rows", args=["mqa"]) + "?from=2026-03-01&to=2026-03-31")
    assert [row.account for row in response.context["page"].object_list] == ["Halden"]


def cells(sections: list[Section]) -> list[Cell]:
    values: list[object] = []
    for section in sections:
        values += [value for figure in section.figures for value in (figure.value, figure.was)]
        values += [cell for line in section.table.lines for cell, _ in line] if section.table else []
    return [value for value in values if isinstance(value, Cell)]


@pytest.fixture
def spring() -> str:
    """A little of everything in March; the query for it."""
    account, other = company("Halden", target=True), company("Beta")
    handoff = mqa(account)
    touch(account, day=1, channel="ads", campaign="spring")
    touch(account, day=1.5, channel="mail")
    deal(account, day=3, stage="won", closed=DAY.date() + timedelta(days=9))
    deal(other, day=3, stage="lost", closed=DAY.date() + timedelta(days=9), currency="EUR")
    HandoffEvent.objects.create(
        handoff=handoff,
        action="claim",
        at=DAY,
        from_state="queued",
        to_state="working",
        by=User.objects.create_user("sam@desk.test", name="Sam", role="sdr"),
    )
    HandoffEvent.objects.create(handoff=handoff, action="return", at=DAY, from_state="passed", to_state="working")
    MqlSpell.objects.create(
        contact=create_contact(account=account, email="a@halden.com"), account=account, since=DAY.date()
    )
    decision(account.centers.get(), as_of=DAY)
    pays(other, "new", "100.00", date(2026, 1, 1), currency="EUR")
    pays(other, "expansion", "10.00", date(2026, 3, 10), currency="EUR")
    pays(account, "new", "50.00", date(2026, 3, 12))
    return "?from=2026-03-01&to=2026-03-31"


def counts(text: str) -> set[int] | None:
    """How many rows may stand behind a figure: what it counts; of a share the part or the whole; of a mean those in brackets."""
    if found := re.fullmatch(r"([\d,]+)|.*\(([\d,]+) of ([\d,]+)\b.*|.*\(([\d,]+)( accounts?)?\)", text):
        return {int(part.replace(",", "")) for part in found.groups()[:4] if part}
    return {0} if text == "– (none)" else None


def test_what_a_figure_may_open_to() -> None:
    texts = ["1,024", "30 % (3 of 10; 11 % to 60 %)", "45.00 USD (14)", "70 (321 accounts)", "– (none)", "45.00 USD"]
    assert [counts(text) for text in texts] == [{1024}, {3, 10}, {14}, {321}, {0}, None]


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "&compare=year&credit=markov&by=role&skip_direct=on",
        "&by=person",
        "&from=2026-04-01&to=2026-04-30&compare=on",
    ],
)
@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_figure_opens_to_as_many_rows_as_it_counts(manager: Client, page: str, asked: str, spring: str) -> None:
    response = manager.get(reverse(f"reports:{page}") + spring + asked)
    found = cells(response.context["sections"])
    opened = re.findall(r'href="(/reports/rows/[^"]+)"', response.content.decode())
    assert len(opened) == len(found) > 0
    rows = {url: manager.get(unescape(url)) for url in set(opened)}
    assert {response.status_code for response in rows.values()} == {200}
    numbers = {url: response.context["page"].paginator.count for url, response in rows.items()}
    for cell, url in zip(found, opened, strict=True):
        said = None if "at_least" in cell.asks else counts(cell.text)  # a score counts nothing
        assert said is None or numbers[url] in said, (cell.text, url)
    for url, number in numbers.items():
        lines = b"".join(manager.get(unescape(url) + "&csv=rows").streaming_content).decode().splitlines()
        assert len(lines) == number + 1, url


def test_influence_is_of_any_campaign_that_is_asked_for(manager: Client) -> None:
    """The page has the five that reached the most; the sixth touched the only opportunity."""
    won = company("Halden", target=True)
    touch(won, day=1, channel="ads", campaign="six & <co>")
    deal(won, day=2, stage="won", closed=date(2026, 3, 20))
    for number in range(5):
        for other in range(2):
            touch(company(f"Co{number}{other}", target=True), day=1, channel="ads", campaign=f"wide {number}")
    page = "/reports/abm/?from=2026-03-01&to=2026-03-31&compare=on"

    def influence(query: str) -> list[list[str]]:
        response = manager.get(page + query)
        (card,) = (section for section in response.context["sections"] if section.key == "influence")
        assert len(re.findall(r'<option value="(?:wide|six)', response.content.decode())) == 6
        return [[str(cell) for cell in row[:3]] for row in card.table.rows]

    assert {row[0] for row in influence("")} == {f"wide {number}" for number in range(5)}
    assert influence("&influence=six+%26+%3Cco%3E") == [
        ["six & <co>", "With the campaign", "100 % (1 of 1; 21 % to 100 %)"],
        ["six & <co>", "Without it", "– (none)"],
    ]
    assert [row[2] for row in influence("&influence=none%00")] == ["– (none)", "100 % (1 of 1; 21 % to 100 %)"]


def test_what_is_drawn_opens_to_its_rows(manager: Client) -> None:
    """MQAs of the 10th of February, the 2nd and the 9th of March, of which the last came to an opportunity in a day."""
    last = company("Gamma")
    for number, account in enumerate((company("Alpha"), company("Beta"), last)):
        mqa(account, day=(-20, 0, 7)[number])
    deal(last, day=8, stage="won", closed=date(2026, 3, 20))
    page = manager.get("/reports/funnel/?from=2026-03-01&to=2026-03-31&compare=on")
    tables = {section.key: section.table for section in page.context["sections"]}
    rows = tables["weeks"].rows + tables["paths"].rows + tables["durations"].rows
    found = {
        str(cell.asks): [row.account for row in manager.get(unescape(url)).context["page"].object_list]
        for line in rows
        for cell in line
        if isinstance(cell, Cell) and cell.text != "0"
        for url in [re.search(r'href="([^"]+)"', opens({"kept": page.context["kept"]}, cell))[1]]
    }
    weeks = [found[str({"from": f"2026-{first}", "to": f"2026-{end}"})] for first, end in WEEKS]
    assert weeks == [["Beta"], ["Gamma"], ["Alpha"]]
    assert found[str({"step": "start", "path": "mqa"})] == ["Beta", "Gamma"]
    assert found[str({"step": "start", "path": "mqa", "from": "2026-01-29", "to": "2026-02-28"})] == ["Alpha"]
    assert found[str({"leg": "opportunity", "bin": 1})] == ["Gamma"]
    assert manager.get("/reports/rows/velocity/?leg=opportunity&bin=9").status_code == 404


WEEKS = [("03-02", "03-08"), ("03-09", "03-15"), ("02-06", "02-12")]


@pytest.mark.parametrize(
    "url",
    ["path/?path=mqa&step=x", "path/", "velocity/?leg=", "clock/?clock=claim&how=x", "nothing/", "reach/?campaign=%00"],
)
def test_rows_of_no_figure_are_not_found(manager: Client, url: str) -> None:
    assert manager.get(f"/reports/rows/{url}").status_code == 404


def test_an_sdr_sees_rows_but_takes_no_file(client: Client) -> None:
    client.force_login(User.objects.create_user("sam@example.com", "x", name="Sam", role="sdr"))
    assert client.get("/reports/rows/mqa/").status_code == 200
    assert client.get("/reports/rows/mqa/?csv=rows").status_code == 403


def test_a_manager_exports_and_an_sdr_does_not(manager: Client) -> None:
    url = reverse("reports:funnel") + "?csv=mqa_path"
    response = manager.get(url)
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    parts = ",".join(f"Conversion {part}" for part in ("part", "of", "low", "high"))
    assert lines[0] == f"Stage,Accounts,Conversion,{parts},Median days"
    assert len(lines) == 6
    manager.force_login(User.objects.create_user("sam@example.com", "x", name="Sam", role="sdr"))
    assert manager.get(url).status_code == 403


def test_nobody_sees_reports_without_signing_in(client: Client) -> None:
    response = client.get(reverse("reports:funnel"))
    assert (response.status_code, response["Location"].split("?")[0]) == (302, reverse("account_login"))


def test_a_page_draws_the_first_rows_and_says_how_many_more_there_are() -> None:
    table = Table([Column("Name")], [(f"row {n}",) for n in range(130)])
    assert (len(table.lines), table.left_out, table.lines[99][0][0]) == (100, 30, "row 99")
    assert Table([Column("Name")], [("one",)]).left_out == 0


def test_tables_show_the_period_before_when_asked(manager: Client, spring: str) -> None:
    mqa(company("Earlier"), day=-20)
    page = "/reports/funnel/?from=2026-03-01&to=2026-03-31&compare=on"
    path = {section.key: section for section in manager.get(page).context["sections"]}["mqa_path"].table
    assert [column.label for column in path.columns][-3:] == ["Accounts before", "Conversion before", "Days before"]
    assert [str(cell) for cell in path.rows[1]] == ["MQA", "1", "0 % (0 of 1; 0 % to 79 %)", "–", "1", "– (none)", "–"]
    shown = manager.get(page.replace("funnel", "attribution")).context["sections"][1]
    assert [column.label for column in shown.table.columns][-1] == "Credit before"
