"""What is asked meanwhile is found on another connection, and the same; nobody waits for a helper that is busy."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone

from reports import meanwhile as helping
from reports.meanwhile import meanwhile
from reports.pages import abm, funnel, monday
from reports.period import Period
from reports.shapes import Section
from tests.reports.facts import company, deal, mqa

apart = pytest.mark.django_db(transaction=True)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
NOW = datetime(2026, 4, 6, 5, 30, tzinfo=UTC)


def _connection() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.fixture
def all_helpers_busy() -> Iterator[None]:
    done, begun = threading.Event(), threading.Semaphore(0)

    def wait() -> None:
        begun.release()
        done.wait(60)

    waiting: list[Future[None]] = [helping._helpers.submit(wait) for _ in range(helping.HELPERS)]
    for _ in waiting:
        assert begun.acquire(timeout=60)
    yield
    done.set()
    for one in waiting:
        one.result(60)


@apart
def test_a_helper_asks_on_its_own_connection_in_the_callers_zone() -> None:
    begun = threading.Event()

    def question() -> tuple[int, str, str]:
        begun.set()
        return _connection(), threading.current_thread().name, timezone.get_current_timezone_name()

    with timezone.override(ZoneInfo("Pacific/Auckland")):
        found = meanwhile(question)
        assert begun.wait(60)
        asked_on, thread, zone = found()
    assert asked_on != _connection()
    assert thread.startswith("report")
    assert zone == "Pacific/Auckland"


@apart
def test_what_a_helper_raises_is_raised_and_the_next_is_asked() -> None:
    begun = threading.Event()

    def question() -> None:
        begun.set()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    found = meanwhile(question)
    assert begun.wait(60)
    with pytest.raises(Exception, match="division by zero"):
        found()
    assert meanwhile(_connection)() > 0


@apart
@pytest.mark.usefixtures("all_helpers_busy")
def test_who_finds_no_helper_asks_itself() -> None:
    assert meanwhile(_connection)() == _connection()


@apart
def test_within_a_transaction_the_caller_sees_what_it_wrote() -> None:
    with transaction.atomic():
        account = company("Halden", target=True)
        mqa(account)
        found = meanwhile(lambda: (_connection(), funnel.sections(MARCH, now=NOW, before=None)))
        asked_on, (conversion, *_) = found()
        assert asked_on == _connection()
    assert [figure.value.text for figure in conversion.figures[:2]] == ["0", "1"]


@apart
@pytest.mark.parametrize("page", ["dashboard", "funnel", "abm"])
def test_pages_are_the_same_with_helpers_and_without(page: str) -> None:
    account = company("Halden", target=True)
    mqa(account)
    deal(account, day=3, stage="won", closed=date(2026, 3, 20), amount="100.00")
    made = {"dashboard": monday.sections, "funnel": funnel.sections, "abm": abm.sections}[page]

    def sections() -> list[Section]:
        return [replace(section, chart=None, charts=()) for section in made(MARCH, now=NOW, before=MARCH.before())]

    with transaction.atomic():
        alone = sections()
    assert sections() == alone
