"""`make run`: servers, migrations, the demo company, then web, worker, scheduler and poller until someone ends it."""

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Self

import psycopg

from mqa_site.embedded.bootstrap import CHECKOUT, Trouble, state_folder
from mqa_site.embedded.processes import Child, Keeper, die_with_parent
from mqa_site.embedded.services import Services, say

SERVE_SECONDS = 120
LOOK_SECONDS = 0.2


class Ended(BaseException):
    """Someone asked us to end: not an error, so nothing may swallow it."""


def run() -> int:
    """Run the desk until a signal ends it. Returns an exit status."""
    end_on_signals()
    environ = os.environ
    try:
        with Services(state_folder()) as services, listener(environ) as listening, Desk(services, listening) as desk:
            desk.prepare()
            desk.serve()
            desk.watch()
    except Ended:
        say("MQA Desk has stopped.")
    return 0


def end_on_signals() -> None:
    """Turn the first Ctrl-C, SIGTERM or SIGHUP into Ended; ignore more of them while things end."""

    def end(_number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Ended

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end)
    # make passes SIGTERM on, but when make itself is killed nobody would tell us.
    with suppress(OSError):
        if Path(f"/proc/{os.getppid()}/comm").read_text().strip() in {"make", "gmake"}:
            die_with_parent()


def listener(environ: Mapping[str, str]) -> socket.socket:
    """The web server's listening socket, open before anything is started and kept open while the web server restarts.

    Raises Trouble if PORT or HOST cannot be used.
    """
    host = environ.get("HOST") or "127.0.0.1"
    told = environ.get("PORT") or "8000"
    if not told.isdecimal() or not 0 <= int(told) <= 65535:
        raise Trouble(f"PORT must be a number from 1 to 65535, not {told!r}.")
    port = int(told)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Trouble(
                f"Port {port} on {host} is already taken: stop what listens there, or choose another, "
                f"as in `make run PORT={port % 65535 + 1}`."
            ) from error
        raise Trouble(f"The desk cannot listen on {host}, port {port}: {error.strerror or error}.") from error


class Desk:
    """The application's own processes on running servers."""

    def __init__(self, services: Services, listening: socket.socket) -> None:
        self.services = services
        self.listening = listening
        bound, self.port = listening.getsockname()[:2]
        # Where a browser on this machine finds it.
        self.address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bound, bound)  # noqa: S104 - reads, binds nothing
        self.apps = Keeper(say)
        self.wants_demo = services.environ.get("DEMO", "1") != "0"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.apps.stop()

    def prepare(self) -> None:
        """Bring database and static files up to date; load the demo company into an empty desk."""
        manage = str(CHECKOUT / "manage.py")
        static = self.services.task("collectstatic", manage, "collectstatic", "--noinput", "--verbosity=0")
        static.start()
        try:
            migrate = self.services.task("migrate", manage, "migrate", "--noinput", "--verbosity=1")
            migrate.start()
            self.services.finish(migrate, "The database could not be brought up to date")
            if self.wants_demo and self._is_empty():
                say("Loading the demo company (once; `make run DEMO=0` starts empty) ...")
                load = self.services.task("load_demo", manage, "load_demo")
                load.start()
                self.services.finish(load, "The demo company could not be loaded")
            self.services.finish(static, "The static files could not be collected")
        finally:
            static.stop()

    def _is_empty(self) -> bool:
        with psycopg.connect(self.services.environ["DATABASE_URL"]) as connection:
            row = connection.execute(
                "SELECT EXISTS (SELECT FROM accounts_account) OR EXISTS (SELECT FROM accounts_user)"
            ).fetchone()
        return row == (False,)

    def serve(self) -> None:
        """Start everything, wait until the web server answers, and say where."""
        self.services.home.publish({name: self.services.environ[name] for name in PUBLISHED})
        for child in self.programs():
            self.apps.start(child)
        logins = self._read_logins()
        self._wait_for_web()
        host = f"[{self.address}]" if ":" in self.address else self.address
        say(f"MQA Desk is running at http://{host}:{self.port}/")
        if logins:
            say(logins)

    def programs(self) -> list[Child]:
        """Web, worker, scheduler and poller."""
        task = self.services.task
        fd = self.listening.fileno()
        web = task("web", "-m", "gunicorn", "-c", "python:mqa_site.gunicorn", "--bind", f"fd://{fd}", "mqa_site.wsgi")
        web.pass_fds = (fd,)
        worker = task("worker", "-m", "celery", "-A", "mqa_site", "worker", "--loglevel=INFO", "--concurrency=2")
        worker.hurry = signal.SIGQUIT
        worker.environ = {**(worker.environ or {}), "MQA_SUPERVISOR": str(os.getpid())}
        schedule = self.services.home.folder / "beat" / "schedule"
        beat = task(
            "beat", "-m", "celery", "-A", "mqa_site", "beat", "--loglevel=INFO", f"--schedule={schedule}", "--pidfile="
        )
        poller = task("poller", str(CHECKOUT / "manage.py"), "run_poller")
        return [web, worker, beat, poller]

    def _read_logins(self) -> str:
        """Who can sign in: the people of the demo company, or the first admin of an empty desk."""
        name = "demo_logins" if self.wants_demo else "first_admin"
        command = [sys.executable, str(CHECKOUT / "manage.py"), name]
        told = subprocess.run(
            command, env=self.services.environ, cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=60
        )
        return told.stdout.rstrip() if told.returncode == 0 else ""

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + SERVE_SECONDS
        web = self.apps.children[0]
        while not self._answers():
            if not web.is_running or time.monotonic() > deadline:
                raise Trouble(f"The web server does not start ({web.last_words()}): {web.log} has the rest.")
            time.sleep(0.1)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self.address, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def watch(self) -> None:
        """Keep everything running until Ended."""
        while True:
            self.services.servers.look()
            self.apps.look()
            time.sleep(LOOK_SECONDS)


# What `manage.py` in another terminal needs to know of a running desk.
PUBLISHED = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "STATIC_ROOT", "HTTPS", "POLARS_MAX_THREADS")
