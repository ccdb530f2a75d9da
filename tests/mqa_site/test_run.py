"""`make run` on a state of its own: what it serves, what it says when it cannot, and what it leaves behind."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from mqa_site.embedded import home as home_module
from mqa_site.embedded.bootstrap import CHECKOUT, Trouble, require_space
from mqa_site.embedded.home import Home, running
from mqa_site.embedded.locate import PostgresBinaries
from mqa_site.embedded.postgres import Postgres
from mqa_site.embedded.run import listener
from tests.desk import wait_for

OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG", "PORT", "HOST", "STATIC_ROOT", "MQA_HOME", "HTTPS")


@pytest.fixture
def state() -> Iterator[Path]:
    # Not tmp_path: its parents are closed to the user that PostgreSQL runs as for root.
    folder = Path(tempfile.mkdtemp(prefix="mqa-run-", dir="/tmp"))
    yield folder
    elsewhere = folder / "servers-at"
    if elsewhere.exists():
        shutil.rmtree(elsewhere.read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture
def home(state: Path) -> Iterator[Home]:
    state.chmod(0o711)
    home = Home(state)
    home.open()
    yield home
    home.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


class Run:
    """A `make run` without make: `python -m mqa_site.embedded run`, its output in a file."""

    def __init__(self, state: Path, **environ: str) -> None:
        self.port = free_port()
        self.output = state.with_name(f"{state.name}.{self.port}.out")
        self.state = state
        inherited = {name: value for name, value in os.environ.items() if name not in OURS}
        asked = {"MQA_HOME": str(state), "PORT": str(self.port), "DEMO": "0"} | environ
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mqa_site.embedded", "run"],
                env=inherited | asked,
                cwd=CHECKOUT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_until_it_serves(self) -> None:
        wait_for(lambda: "is running at" in self.said or self.process.poll() is not None, "it serves", 180)
        assert f"MQA Desk is running at http://127.0.0.1:{self.port}/\n" in self.said, self.said

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as response:
                status: int = response.status
        except urllib.error.HTTPError as error:
            status = error.code
            error.close()
        return status

    def family(self) -> list[str]:
        """The command lines of all processes that belong to this state."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environ = (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if f"MQA_HOME={self.state}\0".encode() in environ or f"{self.state}/" in command:
                found.append(command)
        return sorted(found)

    def clear(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        self.output.unlink()


@pytest.fixture
def desk(state: Path) -> Iterator[Run]:
    run = Run(state)
    try:
        run.wait_until_it_serves()
        yield run
    finally:
        run.clear()


@pytest.mark.real_worker
def test_a_desk_serves_survives_crashes_keeps_its_data_and_leaves_nothing(state: Path, desk: Run) -> None:
    # Serving, with a worker.
    assert desk.get("/healthz") == 200
    wait_for(lambda: desk.get("/readyz") == 200, "a worker beats", 90)
    assert desk.get("/auth/login/") == 200
    assert "The first admin, shown this once:\n  admin@desk.example  " in desk.said

    # Others reach its database while it runs, and a second one on this state is refused.
    published = running(state)
    assert published is not None
    with psycopg.connect(published["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    second = Run(state)
    assert second.process.wait(60) == 1
    assert second.said == (
        f"Another desk already runs on {state} (process {desk.process.pid}): stop it, or set MQA_HOME to another folder.\n"
    )
    second.clear()

    # A killed web server comes back, and says so; who asks meanwhile waits instead of failing.
    web = _pids_of("gunicorn", state)[0]
    os.kill(web, signal.SIGKILL)
    wait_for(lambda: "web ended unexpectedly (killed by SIGKILL)" in desk.said, "the crash is told", 60)
    assert desk.get("/healthz") == 200

    # SIGTERM ends all of it.
    assert len(desk.family()) >= 7
    desk.process.terminate()
    assert desk.process.wait(60) == 0
    assert desk.family() == []
    assert running(state) is None

    # Again on the same state: the data is there. Killed outright, it still leaves nothing.
    again = Run(state)
    again.wait_until_it_serves()
    published = running(state)
    assert published is not None
    with psycopg.connect(published["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
    again.process.kill()
    again.process.wait(60)
    wait_for(lambda: again.family() == [], "all of its processes end", 30)
    again.clear()


def _pids_of(word: str, state: Path) -> list[int]:
    pids = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            mine = f"MQA_HOME={state}\0".encode() in (folder / "environ").read_bytes()
            if mine and word in (folder / "cmdline").read_text():
                pids.append(int(folder.name))
        except OSError:
            continue
    return sorted(pids)


@pytest.mark.real_worker
def test_a_failed_migration_stops_the_servers_again(state: Path) -> None:
    run = Run(state, LOG_LEVEL="no such level")
    assert run.process.wait(180) == 1

    assert run.said.startswith("The database could not be brought up to date (")
    assert f"{state}/logs/migrate.log has the rest.\n" in run.said
    assert run.family() == []
    run.clear()


# What it says when it cannot


def test_a_taken_port_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(Trouble) as trouble:
            listener({"PORT": str(port)})

    assert str(trouble.value) == (
        f"Port {port} on 127.0.0.1 is already taken: stop what listens there, or choose another, "
        f"as in `make run PORT={port + 1}`."
    )


@pytest.mark.parametrize("port", ["http", "70000", "-1"])
def test_a_port_that_is_none_is_one_sentence(port: str) -> None:
    with pytest.raises(Trouble, match=f"^PORT must be a number from 1 to 65535, not '{port}'\\.$"):
        listener({"PORT": port})


def test_a_host_of_another_machine_is_one_sentence() -> None:
    with pytest.raises(Trouble, match=r"^The desk cannot listen on 192\.0\.2\.1, port 0: .+\.$"):
        listener({"HOST": "192.0.2.1", "PORT": "0"})


def test_a_full_disk_is_one_sentence(state: Path) -> None:
    with pytest.raises(
        Trouble, match=rf"^The disk that holds {state}/x is full: \d+ MB are free, 10{{12}} MB are needed"
    ):
        require_space(state / "x", 10**12)


def test_a_state_folder_that_is_a_file_is_one_sentence(state: Path) -> None:
    (state / "file").touch()

    with pytest.raises(
        Trouble, match=rf"^{state}/file.* cannot be used \(.*\): mend that, or set MQA_HOME to another folder\.$"
    ):
        Home(state / "file").open()


def test_a_database_folder_that_is_none_is_one_sentence(home: Home) -> None:
    (home.data / "postgres-18").mkdir()

    with pytest.raises(Trouble) as trouble:
        Postgres(home, PostgresBinaries(Path("/nowhere/bin"), "18.6")).child()

    assert str(trouble.value) == (
        f"{home.data}/postgres-18 is no PostgreSQL data folder, or a broken one: restore a backup, or move "
        f"{home.folder} away to start afresh."
    )


def test_a_database_of_another_major_version_is_one_sentence(home: Home) -> None:
    (home.data / "postgres-17").mkdir()

    with pytest.raises(Trouble) as trouble:
        Postgres(home, PostgresBinaries(Path("/nowhere/bin"), "18.6")).child()

    assert str(trouble.value) == (
        f"{home.data}/postgres-17 was made by another PostgreSQL than the 18 found here: carry it over as docs/deploy.md "
        f"says under 'A new PostgreSQL', or move {home.folder} away to start afresh."
    )


def test_a_database_without_its_password_is_one_sentence(home: Home) -> None:
    for name in ("PG_VERSION", "global/pg_control"):
        (home.data / "postgres-18" / name).parent.mkdir(parents=True, exist_ok=True)
        (home.data / "postgres-18" / name).touch()

    with pytest.raises(
        Trouble, match=r"has a database but no longer its password file postgres_admin_password: put it"
    ):
        Postgres(home, PostgresBinaries(Path("/nowhere/bin"), "18.6")).child()


def test_a_lock_says_who_holds_it(state: Path) -> None:
    with (state / "lock").open("w") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(
            Trouble, match=rf"^Another desk already runs on {state} \(process 4711\): stop it, or set MQA_HOME"
        ):
            Home(state).open()


# Where things lie


def test_secrets_are_made_once_and_for_their_owner_alone(state: Path) -> None:
    home = Home(state)
    home.open()
    secret = home.secret("secret_key")

    assert home.secret("secret_key") == secret
    assert len(secret) == 64
    assert (state / "secret_key").stat().st_mode & 0o777 == 0o600
    home.close()


def test_sockets_of_a_deep_state_folder_lie_where_the_kernel_allows(state: Path) -> None:
    state.chmod(0o711)
    home = Home(state / ("deep" * 20))
    home.open()

    sockets = home.sockets()

    assert len(str(sockets)) < 60
    assert sockets.stat().st_mode & 0o777 == 0o700
    home.close()
    assert not sockets.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as another user")
def test_data_goes_elsewhere_when_the_servers_user_cannot_reach_it_and_stays_there(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closed = state / "closed"
    closed.mkdir(mode=0o700)
    home = Home(closed / "home")
    home.open()
    elsewhere = home.data
    home.close()
    assert capsys.readouterr().out == (
        f"The user {home_module.servant().name}, which runs the databases for root, cannot enter {closed}/home: "  # type: ignore[union-attr]
        f"their data goes to {elsewhere}.\n"
    )

    home.open()

    assert home.data == elsewhere
    assert closed.stat().st_mode & 0o777 == 0o700
    assert capsys.readouterr().out == ""
    home.close()
    home.remove()
    assert not elsewhere.exists()


def test_a_desk_that_does_not_run_publishes_nothing(state: Path) -> None:
    assert running(state) is None
    home = Home(state)
    home.open()
    home.publish({"DATABASE_URL": "postgres://x"})

    assert running(state) == {"DATABASE_URL": "postgres://x"}
    home.close()
    assert running(state) is None
    assert time.time() - state.stat().st_mtime < 60
