"""The two health paths: what they say when all is well, and when one part is not."""

import pytest
import redis
from django.test import Client
from pytest_django import Settings

from mqa_site import health


@pytest.fixture(autouse=True)
def no_worker_yet() -> None:
    with health.broker() as client:
        client.flushdb()


def test_healthz_answers_whatever_the_host_and_without_a_database(client: Client) -> None:
    response = client.get("/healthz", headers={"host": "10.0.0.7:8000"})

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_health_paths_are_never_cached_or_redirected_to_https(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    response = client.get("/healthz")

    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")


def test_health_paths_take_no_other_method(client: Client) -> None:
    assert client.post("/readyz").status_code == 405


@pytest.mark.django_db
def test_not_ready_before_a_worker_was_heard_of(client: Client) -> None:
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {
        "ready": False,
        "checks": {"database": "ok", "broker": "ok", "worker": "no worker was heard of in the last 15 seconds"},
    }


@pytest.mark.django_db
def test_ready_after_a_worker_beat(client: Client) -> None:
    health.beat()

    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {"ready": True, "checks": {"database": "ok", "broker": "ok", "worker": "ok"}}


def test_a_beat_is_forgotten_when_no_other_follows() -> None:
    health.beat()

    with health.broker() as client:
        [key] = client.scan_iter(match=f"{health.WORKER_PREFIX}*")
        assert 0 < client.ttl(key) <= health.BEAT_SECONDS


@pytest.mark.django_db
def test_not_ready_while_the_broker_is_down_and_says_so(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    response = client.get("/readyz")

    assert response.status_code == 503
    checks = response.json()["checks"]
    assert checks["database"] == "ok"
    assert "127.0.0.1:1" in checks["broker"]
    assert checks["worker"].startswith("unknown: ")


def test_a_beat_with_the_broker_down_is_no_error(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    health.beat()

    with pytest.raises(redis.ConnectionError):
        health.broker().ping()
