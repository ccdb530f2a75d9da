"""One PostgreSQL server on a state folder: made, started, reached over a unix socket, stopped."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from mqa_site.embedded import locate
from mqa_site.embedded.bootstrap import Trouble, sentence
from mqa_site.embedded.home import Home, as_user
from mqa_site.embedded.processes import Child

ADMIN = "postgres"
APP_ROLE = "mqa"
DATABASE = "mqa"
START_SECONDS = 90
# Every connection of web, workers and a test's races fits.
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
}
# For data that nobody will miss.
THROWAWAY_SETTINGS = {
    "shared_buffers": "256MB",  # each table that a test empties is looked for in all of it
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Between tests it would find tables empty, and the next test's rows then meet plans made for none.
    "autovacuum": "off",
}


def memory(limit: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """The bytes that this machine has, or that the container we run in may have."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(found, int(limit.read_text()))
    except (OSError, ValueError):  # no such limit; it then says "max", or isn't there
        return found


def shared_buffers(memory: int) -> str:
    """An eighth of it: reports over a year of 100,000 accounts read up to 1 GB. Only what has been read takes room."""
    return f"{min(max(memory // 8 >> 20, 256), 4096)}MB"


class Postgres:
    """The server of one Home. `durable=False` trades safety for speed, for tests."""

    def __init__(self, home: Home, binaries: locate.PostgresBinaries, *, durable: bool = True) -> None:
        self.home = home
        self.major = binaries.major
        program = home.reachable(binaries.bin / "postgres", binaries.tree, binaries.version)
        self.bin = program.parent
        self.data = home.data / f"postgres-{self.major}"
        self.durable = durable
        self.settings = SETTINGS | ({"shared_buffers": shared_buffers(memory())} if durable else THROWAWAY_SETTINGS)
        self.sockets = home.sockets()

    def child(self) -> Child:
        """The server as a process to start, once its data folder is there."""
        self._make_data_folder()
        self._end_orphan()
        settings = self.settings | {"unix_socket_directories": str(self.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Child(
            name="PostgreSQL",
            command=[self.bin / "postgres", "-D", self.data, *options],
            log=self.home.folder / "logs" / "postgres.log",
            environ=self._environ(),
            cwd=self.data,
            user=self.home.servant,
            end=signal.SIGINT,
            hurry=signal.SIGQUIT,
            patience=20.0,
        )

    def wait(self, child: Child) -> None:
        """Return once the started server answers. Raises Trouble with its own words if it does not."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.connect(ADMIN).close()
            except psycopg.OperationalError as error:
                if child.is_running and "password authentication failed" not in str(error):
                    if time.monotonic() < deadline:
                        time.sleep(0.05)
                        continue
                    problem = f"it does not answer after {START_SECONDS} s"
                else:
                    problem = str(error).splitlines()[0] if child.is_running else child.last_words()
                if "No space left" in problem:
                    raise Trouble(sentence("PostgreSQL does not start", problem, self.data)) from error
                raise Trouble(
                    f"PostgreSQL does not start on {self.data} ({problem}): restore a backup, or move "
                    f"{self.home.folder} away to start afresh."
                ) from error
            return

    def make_database(self) -> None:
        """Make the application's role and database where they are missing."""
        secret = self.home.secret("postgres_password")
        with self.connect(ADMIN) as connection:
            role = sql.Identifier(APP_ROLE)
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE]).fetchone():
                # CREATEDB: the test suite makes its own databases.
                may = "LOGIN CREATEDB" if self.durable else "LOGIN CREATEDB CREATEROLE"
                connection.execute(sql.SQL("CREATE ROLE {} " + may).format(role))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(secret)))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), role))

    def connect(self, user: str) -> psycopg.Connection[tuple[object, ...]]:
        """An autocommit connection to the maintenance database."""
        return psycopg.connect(
            host=str(self.sockets),
            user=user,
            password=self.home.secret("postgres_admin_password" if user == ADMIN else "postgres_password"),
            dbname="postgres",
            connect_timeout=10,
            autocommit=True,
        )

    @property
    def url(self) -> str:
        """The DATABASE_URL of the application."""
        secret = quote(self.home.secret("postgres_password"), safe="")
        return f"postgres://{APP_ROLE}:{secret}@/{DATABASE}?host={quote(str(self.sockets), safe='/')}"

    # The data folder

    def _make_data_folder(self) -> None:
        if self.data.exists():
            if not (self.data / "PG_VERSION").exists() or not (self.data / "global" / "pg_control").exists():
                raise Trouble(
                    f"{self.data} is no PostgreSQL data folder, or a broken one: restore a backup, or move "
                    f"{self.home.folder} away to start afresh."
                )
            if not (self.home.folder / "postgres_admin_password").exists():
                raise Trouble(
                    f"{self.home.folder} has a database but no longer its password file postgres_admin_password: "
                    "put it back, or move the folder away to start afresh."
                )
            return
        others = [folder for folder in self.data.parent.glob("postgres-*") if folder.name.partition("-")[2].isdigit()]
        if others:
            older = max(others, key=lambda folder: int(folder.name.partition("-")[2]))
            raise Trouble(
                f"{older} was made by another PostgreSQL than the {self.major} found here: carry it over as "
                f"docs/deploy.md says under 'A new PostgreSQL', or move {self.home.folder} away to start afresh."
            )
        # Under another name until it is whole: an initdb that was killed leaves nothing to trip over.
        unfinished = self.data.with_name(self.data.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self.home.server_folder(unfinished.name)
        password = self.sockets / "initial-password"
        password.write_text(self.home.secret("postgres_admin_password"))
        password.chmod(0o600)
        self.home.give(password)
        try:
            self._initdb(unfinished, password)
        finally:
            password.unlink(missing_ok=True)
        unfinished.rename(self.data)

    def _initdb(self, folder: Path, password: Path) -> None:
        command: list[str | Path] = [self.bin / "initdb", "-D", folder, "-U", ADMIN, f"--pwfile={password}"]
        command += ["--auth=scram-sha-256", "--encoding=UTF8"]
        # Case of all letters, order of code points, the same on every machine; before 17 the C library's.
        if self.major >= 17:
            command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        else:
            command += ["--locale=C.UTF-8"]
        made = subprocess.run(
            command,
            env=self._environ(),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            start_new_session=True,
            **as_user(self.home.servant),
        )
        if made.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            raise Trouble(sentence("The database could not be made", made.stdout + made.stderr, folder))

    def _end_orphan(self) -> None:
        """End a server that outlived the desk that started it: we hold the state's lock, so nobody else uses it."""
        with suppress(OSError, ValueError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid = int(lines[0])
            if Path(lines[1]) != self.data or not _is_postgres(pid):
                return
            os.kill(pid, signal.SIGINT)
            for _ in range(400):
                time.sleep(0.05)
                os.kill(pid, 0)

    @staticmethod
    def _environ() -> dict[str, str]:
        # Nothing of the caller's PG* variables or locale may change what the server does.
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _is_postgres(pid: int) -> bool:
    """Whether that process is a PostgreSQL server: its number may have passed to another program since."""
    proc = Path(f"/proc/{pid}/comm")
    if proc.exists():
        return proc.read_text().strip() == "postgres"
    told = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return told.strip().endswith("postgres")
