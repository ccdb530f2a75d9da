"""What every test stands on: this machine only, real servers; on request a browser and the desk's real processes."""

import ipaddress
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.core import serializers
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.creation import BaseDatabaseCreation
from django.db.transaction import atomic
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from mqa_site.broker import as_broker_url
from mqa_site.celery import app as celery_app
from mqa_site.embedded.bootstrap import CHECKOUT
from tests.desk import RunningDesk

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Fixtures that commit, and so empty the tables afterwards.
COMMITTING = {"transactional_db", "live_server", "running_desk", "django_db_reset_sequences"}
# Names of its own that a Chromium asks for are answered nowhere.
THIS_MACHINE_ONLY = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"

# Where a change is judged, the same histories are drawn each time; at a desk, others in each run.
IS_CI = bool(os.environ.get("CI") or os.environ.get("MQA_REQUIRE_BROWSER"))
hypothesis_settings.register_profile("desk", deadline=None, database=None, print_blob=True, derandomize=IS_CI)
hypothesis_settings.load_profile("desk")


def pytest_configure() -> None:
    """Fast passwords, connections that no thread keeps, and a Valkey database per test process: before anything reads the
    settings.
    """
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    settings.REDIS_URL = with_valkey_database(settings.REDIS_URL, int(worker) + 1)
    settings.CELERY_BROKER_URL = as_broker_url(settings.REDIS_URL)
    celery_app.conf.broker_url = settings.CELERY_BROKER_URL
    BaseDatabaseCreation.deserialize_db_from_string = put_back_in_bulk


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What migrations installed must survive tests that commit: have it put back after they emptied the tables."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        names = getattr(item, "fixturenames", [])
        if COMMITTING & set(names) and marker is None:
            names.append("django_db_serialized_rollback")
        elif marker and (marker.kwargs.get("transaction") or COMMITTING & set(names)):
            # Where there is a marker, pytest-django goes by it alone.
            kept = marker.kwargs | {"transaction": True, "serialized_rollback": True}
            item.add_marker(pytest.mark.django_db(**kept), append=False)


def put_back_in_bulk(creation: BaseDatabaseCreation, data: str) -> None:
    """What Django does row by row before each test that commits: a statement a table instead of one for each of 840 rows."""
    with atomic(using=creation.connection.alias):
        rows = (found.object for found in serializers.deserialize("json", data, using=creation.connection.alias))
        for model, of_it in groupby(rows, type):
            # Before the first of them all rows are there still.
            model._base_manager.bulk_create(of_it, ignore_conflicts=True)
        creation.connection.check_constraints()


def with_valkey_database(url: str, number: int) -> str:
    """The same server, another of its sixteen databases."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))


# No test talks to another machine


@pytest.fixture(autouse=True, scope="session")
def this_machine_only() -> Iterator[None]:
    """Refuse connections to anywhere but this machine and the broker that the environment names."""
    allowed = {"localhost", urlsplit(settings.REDIS_URL).hostname}
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def refuse_elsewhere(sock: socket.socket, address: object) -> None:
        if sock.family in {socket.AF_INET, socket.AF_INET6} and isinstance(address, tuple):
            host = str(address[0])
            if host not in allowed and not _is_loopback(host):
                raise ConnectionRefusedError(f"A test tried to reach {host}: tests stay on this machine.")

    def guarded_connect(sock: socket.socket, address: object) -> None:
        refuse_elsewhere(sock, address)
        connect(sock, address)  # type: ignore[arg-type]

    def guarded_connect_ex(sock: socket.socket, address: object) -> int:
        refuse_elsewhere(sock, address)
        return connect_ex(sock, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


# A browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless. Without one: skipped; failed where MQA_REQUIRE_BROWSER or CI is set."""
    path = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if path is None:
        say = pytest.fail if os.environ.get("MQA_REQUIRE_BROWSER") or os.environ.get("CI") else pytest.skip
        say("no Chromium found: install chromium")
    # Playwright's synchronous API runs a loop in this thread; the ORM is called from here all the same.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # A running loop makes Django keep connections apart by context; it is one thread and one database all the same, and
    # what the tables held before the first test hangs on this connection (django_db_serialized_rollback).
    connection = connections[DEFAULT_DB_ALIAS]
    with sync_playwright() as playwright:
        connections[DEFAULT_DB_ALIAS] = connection
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", THIS_MACHINE_ONLY]
        )
        yield browser
        browser.close()


@pytest.fixture
def browser_context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser session of its own: no cookies, 1280 by 800, ten seconds of patience."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="en-US", timezone_id="UTC")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Iterator[Page]:
    """A page that must throw no script error and break no Content-Security-Policy while the test uses it."""
    page = browser_context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield page
    assert faults == []


# The desk's real processes


@pytest.fixture(scope="session")
def static_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Static files collected as a deployment does."""
    folder = tmp_path_factory.mktemp("static")
    # In a process of its own: this one may have set up its storage for other files already.
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
        cwd=CHECKOUT,
        env=os.environ | {"STATIC_ROOT": str(folder), "DEBUG": "0"},
        check=True,
    )
    return folder


@pytest.fixture
def running_desk(transactional_db: None, static_root: Path, tmp_path: Path) -> Iterator[RunningDesk]:
    """Web server, Celery worker and poller as processes of their own, on this test's database. `.url` is the door."""
    desk = RunningDesk(tmp_path, static_root)
    try:
        desk.start()
        yield desk
    finally:
        desk.stop()
