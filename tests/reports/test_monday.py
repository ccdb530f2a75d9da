"""The dashboard, and that it is mailed each week exactly once."""

import re
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail as outgoing
from django.db import connection
from django.test import Client
from django.utils.html import escape

from accounts.models import Team, User
from handoff.models import DeskPolicy, OutboxMessage
from handoff.outbox import deliver_due
from reports import mails
from reports.models import ReportMail
from reports.pages import monday
from reports.period import Period
from tests.reports.facts import company, deal, mqa

pytestmark = pytest.mark.django_db

WEDNESDAY = datetime(2026, 4, 1, 12, tzinfo=UTC)
MONDAY = datetime(2026, 4, 6, 5, 30, tzinfo=UTC)


@pytest.fixture
def mia() -> User:
    return User.objects.create_user("mia@desk.test", "x", name="Mia", role="manager")


@pytest.mark.parametrize(
    ("after", "zone", "due"),
    [
        (WEDNESDAY, "UTC", datetime(2026, 4, 6, 7, tzinfo=UTC)),
        (datetime(2026, 4, 6, 6, 59, tzinfo=UTC), "UTC", datetime(2026, 4, 6, 7, tzinfo=UTC)),
        (datetime(2026, 4, 6, 7, tzinfo=UTC), "UTC", datetime(2026, 4, 13, 7, tzinfo=UTC)),
        # Clocks go forward between: seven in the morning stays seven.
        (datetime(2026, 3, 23, 12, tzinfo=UTC), "Europe/Berlin", datetime(2026, 3, 30, 5, tzinfo=UTC)),
        # It is Monday already in Auckland.
        (datetime(2026, 4, 5, 13, tzinfo=UTC), "Pacific/Auckland", datetime(2026, 4, 5, 19, tzinfo=UTC)),
    ],
)
def test_it_is_due_at_seven_on_the_desks_clocks(after: datetime, zone: str, due: datetime) -> None:
    assert mails.next_due(1, after=after, zone=zone) == due


def test_the_dashboard_has_the_figures_of_the_reports(client: Client, mia: User) -> None:
    account = company("Halden", target=True)
    mqa(account)
    deal(account, day=3, stage="won", closed=date(2026, 3, 20), amount="100.00")
    client.force_login(mia)
    response = client.get("/reports/monday/?from=2026-03-01&to=2026-03-31")
    keys = [section.key for section in response.context["sections"]]
    assert keys == [
        "conversion", "weeks", "paths", "mqa_path", "mql_path", "deals", "velocity", "credits", "sla", "reasons", "five",
        "retention", "bands",
    ]  # fmt: skip
    content = response.content.decode()
    assert 'href="/reports/rows/mqa/?from=2026-03-01&amp;to=2026-03-31"' in content
    for url in re.findall(r'href="(/reports/rows/[^"]+)"', content):
        assert client.get(url.replace("&amp;", "&")).status_code == 200
    query = "from=2026-03-01&to=2026-03-31&compare=on"
    pages = {section.page for section in response.context["sections"]}
    reports = {page: client.get(f"/reports/{page}/?{query}").content.decode() for page in pages}
    for section in response.context["sections"]:
        assert escape(section.definition) in content
        assert f'href="/reports/{section.page}/?{escape(query)}#s-{section.key}"' in content
        assert f'id="s-{section.key}"' in reports[section.page]


def test_a_person_chooses_a_day_and_ends_it(client: Client, mia: User) -> None:
    team = Team.objects.create(name="EMEA")
    client.force_login(mia)
    with time_machine.travel(WEDNESDAY, tick=False):
        client.post("/reports/monday/mail/", {"weekday": "1", "segment": "target", "team": str(team.pk)})
    said = ReportMail.objects.values_list("user", "weekday", "segment", "team", "due_at")
    assert list(said) == [(mia.pk, 1, "target", team.pk, datetime(2026, 4, 6, 7, tzinfo=UTC))]
    for bad in ({"weekday": "8"}, {"weekday": "1", "team": "x"}, {"weekday": "1", "segment": "x"}):
        client.post("/reports/monday/mail/", bad)
        assert ReportMail.objects.get().segment == "target"
    content = client.get("/reports/monday/").content.decode()
    assert "every Monday" in content
    assert f": target accounts, {team.name}. Saved again" in content
    client.post("/reports/monday/mail/", {"weekday": ""})
    assert not ReportMail.objects.exists()


def test_a_mail_is_about_days_that_are_over_and_leads_to_them(mia: User) -> None:
    """At seven on Monday in Auckland it is six in the evening of Sunday, by UTC."""
    DeskPolicy.objects.update(time_zone="Pacific/Auckland")
    sunday = datetime(2026, 4, 5, 19, tzinfo=UTC)
    ReportMail.objects.create(user=mia, weekday=1, segment="target", due_at=sunday)
    assert mails.send_due(sunday) == 1
    text = OutboxMessage.objects.get().payload["text"]
    assert text.startswith("Mar 08 to Apr 04, 2026,")
    assert f"{settings.DESK_URL}/reports/monday/?from=2026-03-08&to=2026-04-04&segment=target\n" in text


def test_a_mail_about_a_team_ends_with_the_team(mia: User) -> None:
    team = Team.objects.create(name="EMEA")
    ReportMail.objects.create(user=mia, weekday=1, team=team, due_at=MONDAY)
    team.delete()
    assert mails.send_due(MONDAY) == 0
    assert not OutboxMessage.objects.exists()


def test_it_is_mailed_once_and_weeks_that_were_missed_are_not_made_up_for(mia: User) -> None:
    DeskPolicy.objects.update(time_zone="Europe/Berlin")
    mqa(company("Halden"), day=20)
    ReportMail.objects.create(user=mia, weekday=1, due_at=datetime(2026, 4, 6, 5, tzinfo=UTC))
    assert [mails.send_due(WEDNESDAY), mails.send_due(MONDAY), mails.send_due(MONDAY)] == [0, 1, 0]
    assert [mails.send_due(datetime(2026, 5, 1, tzinfo=UTC)) for _ in range(2)] == [1, 0]
    assert ReportMail.objects.get().due_at == datetime(2026, 5, 4, 5, tzinfo=UTC)
    assert list(OutboxMessage.objects.order_by("pk").values_list("key", "recipient")) == [
        (f"report:{mia.pk}:2026-04-06", "mia@desk.test"),
        (f"report:{mia.pk}:2026-04-13", "mia@desk.test"),
    ]
    assert deliver_due() == 2
    first = outgoing.outbox[0]
    assert first.subject == "MQAs, Mar 09 to Apr 05"
    assert "Mar 09 to Apr 05, 2026, beside the 28 days before. All accounts." in first.body
    assert "  MQAs: 1 (before: 0)\n" in first.body


def test_one_that_cannot_be_written_is_set_aside_and_tried_again(client: Client, mia: User) -> None:
    behind = User.objects.create_user("ada@desk.test", name="Ada", role="manager")
    first = ReportMail.objects.create(user=mia, weekday=1, due_at=MONDAY - timedelta(minutes=1))
    ReportMail.objects.create(user=behind, weekday=1, due_at=MONDAY)
    ReportMail.objects.filter(pk=first.pk).update(segment="none such")
    assert mails.send_due(MONDAY) == 1
    assert list(OutboxMessage.objects.values_list("recipient", flat=True)) == ["ada@desk.test"]
    first.refresh_from_db()
    assert (first.due_at, first.retry_at) == (MONDAY - timedelta(minutes=1), MONDAY + timedelta(minutes=15))
    assert first.error == "KeyError: 'none such'"
    client.force_login(mia)
    assert "could not be written and is tried again" in client.get("/reports/monday/").content.decode()
    assert mails.send_due(MONDAY + timedelta(minutes=14)) == 0
    ReportMail.objects.filter(pk=first.pk).update(segment="")
    assert mails.send_due(MONDAY + timedelta(minutes=15)) == 1
    first.refresh_from_db()
    assert (first.retry_at, first.error, first.due_at) == (None, "", datetime(2026, 4, 6, 7, tzinfo=UTC))
    assert OutboxMessage.objects.filter(recipient="mia@desk.test").count() == 1


def test_who_left_gets_none(mia: User) -> None:
    User.objects.update(is_active=False)
    ReportMail.objects.create(user=mia, weekday=1, due_at=MONDAY)
    assert mails.send_due(MONDAY) == 1
    assert (OutboxMessage.objects.count(), ReportMail.objects.get().due_at) == (0, datetime(2026, 4, 6, 7, tzinfo=UTC))


@pytest.mark.django_db(transaction=True)
def test_two_loops_mail_it_once(mia: User) -> None:
    ReportMail.objects.create(user=mia, weekday=1, due_at=MONDAY)
    together = threading.Barrier(2)
    found: list[int] = []

    def send() -> None:
        together.wait()
        found.append(mails.send_due(MONDAY))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(found), OutboxMessage.objects.count()) == (1, 1)


def test_a_card_is_text_without_its_links() -> None:
    (first, *_) = monday.sections(Period(date(2026, 3, 1), date(2026, 3, 31)), now=MONDAY, before=None)
    assert mails.as_text(first) == (
        "MQA → OPPORTUNITY\n  Inquiries: 0; accounts with an inbound touch\n  MQAs: 0\n  With an opportunity: – (none)"
    )


def test_tables_of_the_sheet_are_narrow() -> None:
    period = Period(date(2026, 3, 1), date(2026, 3, 31))
    shown = {one.key: one.table for one in monday.sections(period, now=MONDAY, before=period.before())}
    labels = {key: [column.label for column in table.columns] for key, table in shown.items() if table}
    assert labels["mqa_path"] == ["Stage", "Accounts", "Conversion", "Accounts before"]
    assert labels["velocity"] == ["From → to", "Measured", "Median", "90th percentile", "Median before"]
    assert max(len(names) for names in labels.values()) == 5
