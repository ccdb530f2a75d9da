"""A wake never fails and never waits (signals/wake.py)."""

import pytest
from django.conf import settings
from django.db import transaction

from mqa_site.broker import impatient_client
from signals import wake
from tests.desk import wait_for


@pytest.fixture
def waker(monkeypatch: pytest.MonkeyPatch) -> wake.Waker:
    found = wake.Waker()
    monkeypatch.setattr(wake, "_current", found)
    return found


def test_a_dead_broker_gets_a_rest_and_nobody_hears_of_it(
    waker: wake.Waker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
    wake.wake_workers()
    wait_for(lambda: waker._rest_until > 0, "the rest")

    wake.wake_workers()

    assert not waker._asked.is_set()  # dropped: the poller is there
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "The broker did not take a wake, next try in 1 s" in caplog.text


def test_a_wake_tried_again_finds_the_broker_back(waker: wake.Waker, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as away:
        away.setattr(settings, "REDIS_URL", "redis://127.0.0.1:1/0")
        wake.wake_workers()
        wait_for(lambda: waker._rest_until > 0, "the rest")
    waker._rest_until = 0.0
    with impatient_client(settings.REDIS_URL) as client:
        client.flushdb()
        wake.wake_workers()
        wait_for(lambda: client.llen("celery") == 1, "the wake")
        client.flushdb()
    assert waker._rest == 0.0


def test_a_heard_wake_makes_room_for_the_next(waker: wake.Waker) -> None:
    with impatient_client(settings.REDIS_URL) as client:
        client.flushdb()
        wake.wake_workers()
        wait_for(lambda: client.llen("celery") == 1, "the wake")
        wake.mark_heard()
        wake.wake_workers()
        wait_for(lambda: client.llen("celery") == 2, "the second wake")
        client.flushdb()
    assert waker._rest == 0.0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_rolls_back_wakes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[bool] = []
    monkeypatch.setattr(wake, "wake_workers", lambda: woken.append(True))

    with transaction.atomic():
        wake.wake_after_commit()
        transaction.set_rollback(True)
    assert woken == []
    with transaction.atomic():
        wake.wake_after_commit()
        assert woken == []
    assert woken == [True]
