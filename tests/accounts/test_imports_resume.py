"""Killed anywhere, an import goes on as if it never was (promises R5), and workers do not get in each other's way."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.imports import actions, bulk, limits, results, worker
from accounts.imports.worker import forget_old, work_step
from accounts.models import Account, AccountFact, BuyingCenter, Domain, Import, ImportKey
from mqa_site.embedded.bootstrap import CHECKOUT
from signals.models import RescoreRequest
from tests.accounts.imports_help import checked, counts, imported, upload, work

ROWS = 40
TABLE = "Name,Domain,Employees,City\n" + "".join(
    f'Company {n},company{n % 35}.com,{"many" if n % 10 == 9 else n},"Old\nTown {n}"\n' for n in range(ROWS)
)


class Killed(BaseException):
    """As if the process ended: nothing catches it."""


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(worker, "CHUNK_ROWS", 6)


def contents() -> dict[str, object]:
    """All that an import leaves, without ids and moments."""
    return {
        "accounts": list(Account.objects.order_by("name").values_list("name", "employees", "city")),
        "domains": list(Domain.objects.order_by("name").values_list("name", "account__name", "is_primary")),
        "centers": list(BuyingCenter.objects.order_by("account__name").values_list("account__name", "is_default")),
        "facts": list(
            AccountFact.objects.order_by("account__name", "field").values_list("account__name", "field", "value")
        ),
        "requests": RescoreRequest.objects.count(),
    }


def outcome(owner: Import) -> dict[str, object]:
    owner.refresh_from_db()
    return {
        "counts": counts(owner),
        "found": owner.found,
        "rows": (owner.rows, owner.rows_done),
        "chunks": (owner.chunks, owner.next_chunk),
        "reasons": owner.reasons,
        "examples": owner.examples,
        "rejected": list(results.rejected_rows(owner)),
        "status": owner.status,
    }


@pytest.fixture
def never_killed(db):
    """What comes of the file when nothing happens; the database is as before."""
    before = transaction.savepoint()
    owner = imported(TABLE)
    found = {"outcome": outcome(owner), "contents": contents()}
    transaction.savepoint_rollback(before)
    return found


@pytest.mark.django_db
def test_the_file_of_these_tests_has_something_of_everything(never_killed):
    assert never_killed["outcome"]["counts"] == (32, 0, 0, 8)
    assert never_killed["outcome"]["chunks"] == (7, 7)
    assert len(never_killed["contents"]["accounts"]) == 32


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["check_chunk", "commit_chunk"])
@pytest.mark.parametrize("after", [0, 1, 2, 3, 4, 5, 6, 7])
def test_killed_at_the_end_of_any_chunk_before_its_commit(monkeypatch, never_killed, where, after):
    owner = upload(TABLE)
    real = getattr(worker, where)
    calls = []

    def deadly(one: Import) -> int:
        done = real(one)
        calls.append(1)
        if len(calls) == after + 1:
            raise Killed
        return done

    monkeypatch.setattr(worker, where, deadly)
    killed = 0

    def go_on() -> None:
        nonlocal killed
        while True:
            try:
                work()
            except Killed:
                killed += 1
            else:
                return

    actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)
    go_on()
    actions.start_commit(owner=owner, by=None)
    go_on()

    assert killed == (1 if len(calls) > after else 0)
    assert outcome(owner) == never_killed["outcome"]
    assert contents() == never_killed["contents"]


@pytest.mark.django_db
def test_killed_between_any_two_writes_of_a_chunk(monkeypatch, never_killed):
    """Whichever statement is the last: nothing of the chunk is there."""
    owner = checked(TABLE)
    actions.start_commit(owner=owner, by=None)
    real, left = bulk.copy, [3]

    def deadly(*args, **kwargs):
        done = real(*args, **kwargs)
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return done

    monkeypatch.setattr(bulk, "copy", deadly)
    for pause in (1, 2, 3, 4, 5, 7, 9):
        left[0] = pause
        with pytest.raises(Killed):
            work()
    monkeypatch.setattr(bulk, "copy", real)
    work()

    assert outcome(owner) == never_killed["outcome"]
    assert contents() == never_killed["contents"]


WORKER = """
import django; django.setup()
from accounts.imports import worker
worker.CHUNK_ROWS = 6
while worker.work_step(): pass
"""


def test_kill_nine_again_and_again(transactional_db, tmp_path):
    """Real processes, really killed, at whatever they are doing."""
    table = "Name,Domain,Employees\n" + "".join(f"Company {n},company{n}.com,{n}\n" for n in range(240))
    owner = upload(table)
    actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)
    parts = urlsplit(os.environ["DATABASE_URL"])
    environ = os.environ | {"DATABASE_URL": urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))}

    def process() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", WORKER], cwd=CHECKOUT, env=environ)

    def progress() -> int:
        owner.refresh_from_db()
        return owner.chunks + owner.next_chunk

    kills = 0
    deadline = time.monotonic() + 120
    while owner.status != "done":
        assert time.monotonic() < deadline
        if owner.status == "checked":
            actions.start_commit(owner=owner, by=None)
        before = progress()
        child = process()
        while child.poll() is None and progress() < before + 15:
            time.sleep(0.005)
        if child.poll() is None:
            child.send_signal(signal.SIGKILL)
            kills += 1
        child.wait(30)
        owner.refresh_from_db()

    assert kills >= 3
    assert counts(owner) == (240, 0, 0, 0)
    assert Account.objects.count() == 240
    assert Domain.objects.count() == 240
    assert AccountFact.objects.filter(field="employees").count() == 240


@pytest.mark.django_db
def test_a_chunk_that_fails_three_times_stops_its_file_and_no_other(monkeypatch):
    broken, sound = upload(TABLE, name="broken.csv"), upload("Name,Domain\nZed,zed.com\n", name="sound.csv")
    for owner in (broken, sound):
        actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)
    real = worker.check_chunk

    def faulty(one: Import) -> int:
        if one.pk == broken.pk and one.chunks == 2:
            raise ZeroDivisionError
        return real(one)

    monkeypatch.setattr(worker, "check_chunk", faulty)
    work()
    broken.refresh_from_db()
    sound.refresh_from_db()

    assert (broken.status, broken.stopped_at, broken.chunks) == ("failed", "checking", 2)
    assert "ZeroDivisionError" in broken.problem
    assert sound.status == "checked"

    monkeypatch.setattr(worker, "check_chunk", real)
    actions.resume(owner=broken)
    work()
    broken.refresh_from_db()
    assert (broken.status, counts(broken)) == ("checked", (32, 0, 0, 8))


@pytest.mark.django_db
def test_a_database_that_went_away_is_no_fault_of_the_file(monkeypatch):
    owner = upload(TABLE)
    actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)

    def gone(_one: Import) -> int:
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(worker, "check_chunk", gone)
    with pytest.raises(OperationalError):
        work_step()

    owner.refresh_from_db()
    assert (owner.status, owner.attempts) == ("checking", 0)


def test_two_workers_share_the_files_and_take_no_chunk_twice(transactional_db):
    owners = [upload(TABLE.replace("company", f"firm{n}x")) for n in range(3)]
    for owner in owners:
        actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)

    def run() -> None:
        try:
            for _ in range(200):
                work_step()
        finally:
            connection.close()

    for start in (None, actions.start_commit):
        if start:
            for owner in owners:
                start(owner=owner, by=None)
        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    for owner in owners:
        owner.refresh_from_db()
    assert [(owner.status, counts(owner)) for owner in owners] == [("done", (32, 0, 0, 8))] * 3
    assert Account.objects.count() == 96


@pytest.mark.django_db
def test_pressing_import_twice_imports_once():
    owner = checked(TABLE)
    actions.start_commit(owner=owner, by=None)
    work()
    actions.start_commit(owner=owner, by=None)
    work()

    owner.refresh_from_db()
    assert counts(owner) == (32, 0, 0, 8)
    assert Account.objects.count() == 32


@pytest.mark.django_db
def test_what_was_taken_meanwhile_is_rejected_at_the_commit_and_counted():
    owner = checked("Account ID,Account Name,Website\n001A0000006Vm9u,Acme,acme.com\n001A0000006Vm9v,Beta,beta.de\n")
    imported("Account ID,Account Name,Website\n001A0000006Vm9x,Other,acme.com\n")

    actions.start_commit(owner=owner, by=None)
    work()

    owner.refresh_from_db()
    assert (counts(owner), owner.found["new"]) == ((1, 0, 0, 1), 2)
    assert [row[-2:] for row in results.rejected_rows(owner)] == [
        ["2", "The account is already “001A0000006Vm9xIAC” in salesforce: two records for one company"]
    ]


@pytest.mark.django_db
def test_nothing_but_what_is_shown_stays_of_a_done_file_and_nothing_of_an_old_one():
    owner = imported(TABLE)
    assert owner.pieces.count() == 0
    assert ImportKey.objects.count() == 0
    assert len(list(results.rejected_rows(owner))) == 8

    assert forget_old() == 0
    Import.objects.update(created_at=timezone.now() - timedelta(days=limits.KEEP_DAYS + 1))
    assert forget_old() == 1

    owner.refresh_from_db()
    assert (list(results.rejected_rows(owner)), owner.examples, owner.status) == ([], {}, "done")
    assert counts(owner) == (32, 0, 0, 8)


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_rows(monkeypatch):
    monkeypatch.setattr(worker, "CHUNK_ROWS", 10_000)
    used = []
    for size in (10, 300):
        table = "Name,Domain,Employees\n" + "".join(f"C{size} {n},c{size}x{n}.com,{n}\n" for n in range(size))
        owner = upload(table)
        actions.start_check(owner=owner, mapping=owner.mapping, options={}, by=None)
        with CaptureQueriesContext(connection) as queries:
            work()
            actions.start_commit(owner=owner, by=None)
            work()
        used.append(len(queries))

    assert used[0] == used[1]
