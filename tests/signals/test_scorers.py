"""Scorers as real processes: killed, two at once, forked by Celery (architecture.md, "Background work"; promises R1, R8)."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections

from accounts.models import Account, BuyingCenter
from mqa_site.embedded.bootstrap import CHECKOUT
from signals.actions import request_rescore
from signals.models import CenterState, Decision, RescoreRequest, Transition
from signals.rescore import rescore_due, rescore_until_done
from signals.wake import PENDING_KEY, wake_workers
from tests.desk import _test_database_url, wait_for
from tests.signals import given
from tests.signals.given import NOW

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def environ() -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": _test_database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "SECRET_KEY": settings.SECRET_KEY,
        "POLARS_MAX_THREADS": "1",
    }


@pytest.fixture
def spawn(environ: dict[str, str], tmp_path: Path) -> Iterator:
    running: list[subprocess.Popen] = []

    def start(*arguments: str) -> subprocess.Popen:
        with (tmp_path / f"{len(running)}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=CHECKOUT,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        running.append(process)
        return process

    yield start
    for process in running:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its children too
        process.communicate()


def companies(count: int) -> list[Account]:
    return [given.worked_example(name=f"Company {number}") for number in range(count)]


def test_a_scorer_killed_before_its_commit_loses_nothing(spawn) -> None:
    companies(3)
    before = RescoreRequest.objects.count()
    scorer = spawn("-m", "tests.signals.scorer", "hold")
    assert scorer.stdout.readline() == "holding\n"
    assert rescore_due(now=NOW) == 0  # it holds all that is due

    scorer.kill()
    scorer.wait()

    wait_for(lambda: _free() == before, "the requests are free again")
    assert RescoreRequest.objects.count() == before
    assert CenterState.objects.count() == Decision.objects.count() == Transition.objects.count() == 0
    assert rescore_until_done(now=NOW) == 3
    assert CenterState.objects.filter(qualified=True).count() == 3
    assert Decision.objects.count() == Transition.objects.count() == 3


def _free() -> int:
    """How many requests nobody holds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM (SELECT FROM signals_rescorerequest FOR UPDATE SKIP LOCKED) r")
        return cursor.fetchone()[0]


def test_two_scorers_of_the_same_centers_neither_deadlock_nor_decide_twice() -> None:
    companies(20)
    ids = list(BuyingCenter.objects.values_list("id", flat=True))
    for turn in range(6):
        request_rescore(center_ids=ids[turn::2] or ids, reason="test")
    failures: list[BaseException] = []
    done: list[int] = []

    def score() -> None:
        try:
            while count := rescore_due(limit=7, now=NOW):
                done.append(count)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=score) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert failures == []
    assert RescoreRequest.objects.count() == 0
    assert CenterState.objects.filter(qualified=True).count() == 20
    assert Decision.objects.count() == 20
    assert Transition.objects.filter(kind="qualified").count() == 20


def test_what_comes_while_a_center_is_scored_is_scored_after(spawn) -> None:
    (company,) = companies(1)
    rescore_until_done(now=NOW)
    before = CenterState.objects.get().points_micro
    request_rescore(account_ids=[company.pk], reason="test")
    scorer = spawn("-m", "tests.signals.scorer", "hold")
    assert scorer.stdout.readline() == "holding\n"
    given.touch(company, None, "pricing_page", given.ago(0))
    request_rescore(account_ids=[company.pk], reason="touch")
    found: list[int] = []

    def score() -> None:
        found.append(rescore_due(now=NOW))
        connections.close_all()

    second = threading.Thread(target=score)
    second.start()
    second.join(1)
    assert second.is_alive()  # waits for the center's lock
    scorer.kill()
    second.join(30)

    assert found == [1]
    rescore_until_done(now=NOW)
    assert CenterState.objects.get().points_micro == before + 5_000_000


def test_a_forked_celery_child_scores(spawn) -> None:
    """Polars after a fork: a parent that had used it before would hang every child."""
    companies(2)
    wake_workers()
    worker = spawn(
        "-m", "celery", "-A", "mqa_site", "worker", "--pool=prefork", "--concurrency=2", "--loglevel=WARNING"
    )
    try:
        wait_for(lambda: _woken() and CenterState.objects.filter(evaluated_at__isnull=False).count() == 2, "scored", 60)
    finally:
        worker.terminate()
        worker.wait(90)
    assert RescoreRequest.objects.count() == 0


def _woken() -> bool:
    """Ask again and again, as commits do."""
    wake_workers()
    return True


def test_the_poller_scores_without_a_broker_and_ends_when_asked(spawn, environ: dict[str, str]) -> None:
    environ["REDIS_URL"] = "redis://127.0.0.1:1/0"
    companies(2)
    poller = spawn("manage.py", "run_poller")
    wait_for(lambda: CenterState.objects.filter(evaluated_at__isnull=False).count() == 2, "scored", 60)

    poller.terminate()

    assert poller.wait(30) == 0


def test_a_poller_outlives_the_loss_of_its_connections(spawn) -> None:
    poller = spawn("manage.py", "run_poller")
    wait_for(lambda: _others() > 0, "connected", 60)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    (company,) = companies(1)

    wait_for(lambda: CenterState.objects.filter(account=company, evaluated_at__isnull=False).exists(), "scored", 60)
    assert poller.poll() is None


def _others() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def test_the_unheard_wake_is_one_message() -> None:
    from mqa_site.broker import impatient_client

    with impatient_client(settings.REDIS_URL) as client:
        client.flushdb()
        for _ in range(50):
            wake_workers()
        wait_for(lambda: client.llen("celery") == 1, "one wake")
        assert client.exists(PENDING_KEY) == 1
        client.flushdb()
