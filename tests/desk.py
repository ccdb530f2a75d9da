"""The desk as a deployment runs it, for tests: gunicorn, a Celery worker and the poller in processes of their own."""

import http.client
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis
from django.conf import settings
from django.db import connection

from mqa_site.embedded.bootstrap import CHECKOUT
from mqa_site.embedded.processes import Child

START_SECONDS = 120


def wait_for(condition: Callable[[], object], what: str, seconds: float = 15) -> None:
    """Return as soon as the condition holds; fail saying what did not come about in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


class RunningDesk:
    """Processes `web`, `worker` and `poller` in `children`, all on the test's own database and Valkey database."""

    def __init__(self, folder: Path, static_root: Path, redis_url: str | None = None) -> None:
        self.redis_url = redis_url or settings.REDIS_URL
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        environ = os.environ | {
            "DATABASE_URL": _test_database_url(),
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": settings.SECRET_KEY,
            "STATIC_ROOT": str(static_root),
            "DEBUG": "0",
            "HTTPS": "0",
            "LOG_FORMAT": "line",
            "WEB_CONCURRENCY": "1",
            "POLARS_MAX_THREADS": "1",
        }
        fd = self._socket.fileno()
        commands = {
            "web": ["-m", "gunicorn", "-c", "python:mqa_site.gunicorn", "--bind", f"fd://{fd}", "mqa_site.wsgi"],
            "worker": ["-m", "celery", "-A", "mqa_site", "worker", "--concurrency=1", "--loglevel=INFO"],
            "poller": ["manage.py", "run_poller"],
        }
        self.children = {
            name: Child(
                name=name,
                command=[sys.executable, *arguments],
                log=folder / f"{name}.log",
                environ=environ,
                cwd=CHECKOUT,
                pass_fds=(fd,) if name == "web" else (),
            )
            for name, arguments in commands.items()
        }

    def start(self) -> None:
        """Start all three and wait until pages are served and the worker takes tasks."""
        with redis.Redis.from_url(self.redis_url) as client:
            client.flushdb()
        for child in self.children.values():
            child.start()
        wait_for(lambda: self.get_status("/readyz") == 200, f"ready; {self.last_words()}", START_SECONDS)

    def stop(self) -> None:
        """End all that still runs, before the test's tables are emptied."""
        for child in self.children.values():
            child.ask_to_end()
        for child in self.children.values():
            child.stop()
        self._socket.close()

    def kill(self, name: str) -> None:
        """End one process and its own at once, as `kill -9` does."""
        self.children[name].sweep()

    def get_status(self, path: str) -> int:
        """The HTTP status of a GET, 0 if nothing answers."""
        client = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        try:
            client.request("GET", path)
            return client.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            client.close()

    def last_words(self) -> str:
        """The last line of each log that says most, for a failure's message."""
        return "; ".join(f"{name}: {child.last_words()}" for name, child in self.children.items() if child.log.exists())


def _test_database_url() -> str:
    parts = urlsplit(os.environ["DATABASE_URL"])
    return urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
