"""A whole desk on throwaway servers of its own: PostgreSQL, Valkey, web server, Celery worker, poller. All may be killed."""

from __future__ import annotations

import http.client
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
import redis

from mqa_site.embedded import locate
from mqa_site.embedded.bootstrap import CHECKOUT
from mqa_site.embedded.home import Home
from mqa_site.embedded.postgres import DATABASE, Postgres
from mqa_site.embedded.processes import Child
from mqa_site.embedded.valkey import Valkey

START_SECONDS = 180
LATE_SECONDS = 0.02
# What each process says once it is at work.
READY = {"worker": b" ready.", "poller": b"Polling:"}


class OwnDesk:
    """Servers and processes from entering to leaving; `url`, `key` and `environ` say how to reach them.

    The servers are durable, as a deployment's are. Must be used from the main thread, which children take for their parent.
    """

    def __init__(self, *, web_processes: int = 2, scorers: int = 2, settings: dict[str, str] | None = None) -> None:
        # Short, for the sockets in it.
        self.home = Home(Path(tempfile.mkdtemp(prefix="mqa-own-", dir="/tmp")))
        self.web_processes, self.scorers, self.settings = web_processes, scorers, settings or {}
        self.ended_alone: list[str] = []
        self.children: dict[str, Child] = {}
        self._servers: list[Child] = []
        self._said: dict[str, int] = {}
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._socket.getsockname()[1])

    def __enter__(self) -> Self:
        self.home.open()
        try:
            self._start_servers()
            self.environ = self._environ()
            self.manage("migrate", "--noinput", "--verbosity=0")
            self.key = self.manage("apikey", "create", "own", "--scope", "ingest").strip()
            self._make_children()
            for name in self.children:
                self.start(name)
            for name in self.children:
                self._require_up(name)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End everything and remove what it left."""
        self.stop_processes()
        for server in reversed(self._servers):
            server.stop()
        self._socket.close()
        self.home.close()
        self.home.remove()

    def _start_servers(self) -> None:
        self.postgres = Postgres(self.home, locate.postgres())
        self.database = self.postgres.child()
        self._servers.append(self.database)
        self.database.start()
        self.postgres.wait(self.database)
        self.postgres.make_database()
        self.valkey = Valkey(self.home, locate.valkey())
        self.broker = self.valkey.child()
        self._servers.append(self.broker)
        self.broker.start()
        self.valkey.wait(self.broker)

    def _environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "DJANGO_SETTINGS_MODULE": "mqa_site.settings",
            "SECRET_KEY": secrets.token_urlsafe(32),
            "DEBUG": "0",
            "HTTPS": "0",
            "LOG_FORMAT": "line",
            "PYTHONUNBUFFERED": "1",
            "POLARS_MAX_THREADS": "1",
            "WEB_CONCURRENCY": str(self.web_processes),
            "STATIC_ROOT": str(self.home.folder / "static"),
            **self.settings,
        }

    def manage(self, *arguments: str) -> str:
        """Run a management command; what it prints."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=CHECKOUT, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)}: {done.stderr[-2000:]}")
        return done.stdout

    def _make_children(self) -> None:
        fd = self._socket.fileno()
        commands = {
            "web": ["-m", "gunicorn", "-c", "python:mqa_site.gunicorn", "--bind", f"fd://{fd}", "mqa_site.wsgi"],
            "worker": ["-m", "celery", "-A", "mqa_site", "worker", f"--concurrency={self.scorers}", "--loglevel=INFO"],
            "poller": ["manage.py", "run_poller"],
        }
        for name, arguments in commands.items():
            self.children[name] = Child(
                name=name,
                command=[sys.executable, *arguments],
                log=self.home.folder / "logs" / f"{name}.log",
                # The server shows whose connection is which by this name.
                environ=self.environ | {"PGAPPNAME": name},
                cwd=CHECKOUT,
                pass_fds=(fd,) if name == "web" else (),
            )

    # The application's processes

    def start(self, name: str) -> None:
        """Start a process."""
        child = self.children[name]
        self._said[name] = child.log.stat().st_size if child.log.exists() else 0
        child.start()

    def stop_processes(self) -> None:
        """End web, worker and poller in good order; the servers stay."""
        for child in self.children.values():
            child.ask_to_end()
        for child in self.children.values():
            child.stop()

    def look(self) -> None:
        """Start again what ended without being killed by us, as a supervisor does, and remember its last words."""
        for name, child in self.children.items():
            if not child.is_running:
                self.ended_alone.append(f"{name}: {child.last_words()}")
                child.sweep()
                self.start(name)

    def is_up(self, name: str) -> bool:
        """Whether a process has come to work since it was last started."""
        child = self.children[name]
        if name == "web":
            return child.is_running and self._answers()
        with child.log.open("rb") as log:
            log.seek(self._said[name])
            return child.is_running and READY[name] in log.read()

    def _require_up(self, name: str) -> None:
        if not self.wait_until_up(name, START_SECONDS):
            raise RuntimeError(f"{name} does not start: {self.children[name].last_words()}")

    def wait_until_up(self, name: str, seconds: float) -> bool:
        """True once it is at work; False when it isn't within so many seconds."""
        return _within(seconds, lambda: self.is_up(name))

    def catch_amid(self, name: str, seconds: float) -> bool:
        """Return as soon as a connection of that process has a transaction open; False when none had in so many seconds."""
        statement = (
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = %s AND state <> 'idle'"
            " AND xact_start < clock_timestamp() - interval '1 millisecond')"
        )
        try:
            with self.postgres.connect("postgres") as connection:
                return _within(seconds, lambda: connection.execute(statement, [name]).fetchone() == (True,))
        except psycopg.OperationalError:
            return False

    def kill(self, name: str, *, whole: bool, dice: random.Random) -> bool:
        """`kill -9` up to 20 ms after it was seen with a transaction open, if it soon has one; True if so.

        So some die before they commit, and some after it and before they can say so.

        `whole`: the process with all that it started, which is then started again. Else one that it started and replaces.
        """
        self.wait_until_up(name, 10)
        amid = self.catch_amid(name, 3)
        time.sleep(dice.random() * LATE_SECONDS)
        inner = [] if whole else _started_by(self.children[name])
        if inner:
            os.kill(dice.choice(inner), signal.SIGKILL)
        else:
            self.children[name].sweep()
            self.start(name)
        return amid

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    # The servers

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection to the desk's database."""
        host, secret = quote(str(self.postgres.sockets), safe=""), self.home.secret("postgres_password")
        return psycopg.connect(f"postgresql://mqa:{secret}@/{DATABASE}?host={host}", autocommit=True)

    def crash_database(self) -> None:
        """End PostgreSQL at once, without a checkpoint, and start it again: it recovers from its log."""
        self.database.end = signal.SIGQUIT
        self.database.stop()
        self.database.end = signal.SIGINT
        self.database.start()
        self.postgres.wait(self.database)

    def flush_broker(self) -> None:
        """Have Valkey forget everything."""
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()

    def stop_broker(self) -> None:
        """End Valkey."""
        self.broker.stop()

    def start_broker(self) -> None:
        """Start Valkey again."""
        self.broker.start()
        self.valkey.wait(self.broker)

    def keep_logs(self, folder: Path) -> None:
        """Copy the logs to a folder that stays."""
        shutil.copytree(self.home.folder / "logs", folder, dirs_exist_ok=True)


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


def _started_by(child: Child) -> list[int]:
    if child.process is None:
        return []
    command = ["ps", "-o", "pid=", "--ppid", str(child.process.pid)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    return [int(text) for text in told.stdout.split()]
