"""The servers that the environment does not name, for as long as a `with` block lasts, and how to reach them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from mqa_site.embedded import locate
from mqa_site.embedded.bootstrap import CHECKOUT, Trouble, explain, sentence
from mqa_site.embedded.home import Home
from mqa_site.embedded.postgres import Postgres
from mqa_site.embedded.processes import Child, Keeper, rotate
from mqa_site.embedded.valkey import Valkey


def say(line: str) -> None:
    """A line to the person at the terminal, who may have gone."""
    try:
        print(line, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the terminal is gone, the work goes on


class Services:
    """A locked state folder and its servers. `environ` is what the application's processes are started with.

    Entering raises Trouble when the state or a server is unusable; what was started by then is stopped again.
    """

    def __init__(self, folder: Path, *, durable: bool = True, say: Callable[[str], None] = say) -> None:
        self.home = Home(folder)
        self.durable = durable
        self.servers = Keeper(say)
        self.environ: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.home.open()
        try:
            self.environ = self._environ()
            if not self.environ.get("DATABASE_URL"):
                self.environ["DATABASE_URL"] = self._start_postgres()
            if not self.environ.get("REDIS_URL"):
                self.environ["REDIS_URL"] = self._start_valkey()
        except OSError as error:
            self.stop()
            raise Trouble(explain(error, self.home.folder)) from error
        except psycopg.Error as error:
            self.stop()
            raise Trouble(sentence("The database cannot be used", str(error), self.home.data)) from error
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop the servers and unlock the state."""
        try:
            self.servers.stop()
        finally:
            self.home.close()

    def _start_postgres(self) -> str:
        server = Postgres(self.home, locate.postgres(), durable=self.durable)
        child = server.child()
        self.servers.start(child)
        server.wait(child)
        server.make_database()
        return server.url

    def _start_valkey(self) -> str:
        server = Valkey(self.home, locate.valkey(), durable=self.durable)
        child = server.child()
        self.servers.start(child)
        server.wait(child)
        return server.url

    def _environ(self) -> dict[str, str]:
        ours = {
            "DJANGO_SETTINGS_MODULE": "mqa_site.settings",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONUNBUFFERED": "1",
            # One thread each: the desk scales by processes.
            "POLARS_MAX_THREADS": "1",
        }
        defaults = {
            "SECRET_KEY": self.home.secret("secret_key"),
            "STATIC_ROOT": str(self.home.folder / "static"),
            # Plain HTTP on this machine alone.
            "HTTPS": "0",
        }
        return defaults | os.environ | ours

    def task(self, name: str, *command: str) -> Child:
        """One of the application's programs, with its log under its own name."""
        return Child(
            name=name,
            command=[sys.executable, *command],
            log=self.home.folder / "logs" / f"{name}.log",
            environ=self.environ,
            cwd=CHECKOUT,
        )

    def finish(self, child: Child, problem: str) -> None:
        """Wait for a started task to end well. Raises Trouble saying `problem` and its last words if it does not."""
        assert child.process is not None
        try:
            status = child.process.wait()
        except BaseException:
            child.stop()
            raise
        if status:
            raise Trouble(f"{problem} ({child.last_words()}): {child.log} has the rest.")
        rotate(child.log)
