"""The broker stops while the desk runs, and comes back: pages go on, readiness tells, the worker returns."""

import json
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from mqa_site.embedded import locate
from mqa_site.embedded.bootstrap import Trouble
from mqa_site.embedded.home import Home
from mqa_site.embedded.valkey import Valkey
from tests.desk import RunningDesk, wait_for


class OwnValkey:
    """A Valkey that a test may stop: the suite's own serves other tests."""

    def __init__(self, home: Home) -> None:
        self.server = Valkey(home, locate.valkey(), durable=False)
        self.url = self.server.url

    def start(self) -> None:
        self.child = self.server.child()
        self.child.start()
        self.server.wait(self.child)

    def stop(self) -> None:
        self.child.stop()


@pytest.fixture
def own_valkey() -> Iterator[OwnValkey]:
    folder = Path(tempfile.mkdtemp(prefix="mqa-valkey-", dir="/tmp"))
    home = Home(folder)
    home.open()
    try:
        valkey = OwnValkey(home)
    except Trouble as trouble:
        pytest.skip(str(trouble))
    try:
        valkey.start()
        yield valkey
    finally:
        valkey.stop()
        home.close()
        shutil.rmtree(folder)


def ready_checks(desk: RunningDesk) -> dict[str, str]:
    try:
        with urllib.request.urlopen(f"{desk.url}/readyz", timeout=30) as response:  # noqa: S310 - our own http URL
            body = response.read()
    except urllib.error.HTTPError as error:
        body = error.read()
        error.close()
    checks: dict[str, str] = json.loads(body)["checks"]
    return checks


@pytest.mark.real_worker
def test_pages_go_on_while_the_broker_is_down_and_the_worker_returns_with_it(
    transactional_db: None, static_root: Path, tmp_path: Path, own_valkey: OwnValkey
) -> None:
    desk = RunningDesk(tmp_path, static_root, redis_url=own_valkey.url)
    try:
        desk.start()
        assert ready_checks(desk) == {"database": "ok", "broker": "ok", "worker": "ok"}

        own_valkey.stop()

        checks = ready_checks(desk)
        assert checks["database"] == "ok"
        assert checks["broker"].startswith("Error ")
        assert checks["worker"].startswith("unknown: Error ")
        assert desk.get_status("/readyz") == 503
        assert desk.get_status("/healthz") == 200
        assert desk.get_status("/auth/login/") == 200
        assert desk.children["poller"].is_running

        own_valkey.start()

        wait_for(lambda: desk.get_status("/readyz") == 200, "the worker is back", 90)
        assert {name: child.is_running for name, child in desk.children.items()} == {
            "web": True,
            "worker": True,
            "poller": True,
        }
    finally:
        desk.stop()
