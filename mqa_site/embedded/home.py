"""The state folder: who may use it, what lies where in it, and its secrets.

- `lock`, `run.json`: who runs on this state, and how to reach its servers
- `secret_key`, `postgres_password`, `postgres_admin_password`: secrets, 0600
- `postgres-18/`, `valkey/`: the servers' data, owned by whoever the servers run as
- `bin/`, `run/`: copied binaries, sockets
- `logs/`, `beat/`, `static/`: what the desk's own processes write
"""

import fcntl
import json
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypedDict

from mqa_site.embedded.bootstrap import APP, Trouble, explain, require_space

# A fresh database takes about 60 MB, the demo company another 100; below the second number nothing can be written on.
NEW_MEGABYTES = 300
USED_MEGABYTES = 30
# The kernel allows 108 bytes for a socket's path; PostgreSQL's own name in it takes 19.
LONGEST_SOCKET_FOLDER = 80


class AsUser(TypedDict, total=False):
    """The arguments that make subprocess start a program as another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Servant:
    """The user that the servers run as when root starts them: PostgreSQL refuses root."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether this user can reach and search the folder, through all of its parents."""
        return self._test("-x", folder)

    def can_run(self, program: Path) -> bool:
        """Whether this user can reach and execute the program."""
        return self._test("-x", program)

    def _test(self, flag: str, path: Path) -> bool:
        command = ["/bin/sh", "-c", f'test {flag} "$1"', "sh", str(path)]
        return subprocess.run(command, cwd="/", check=False, **as_user(self)).returncode == 0


def as_user(servant: Servant | None) -> AsUser:
    """What to hand to subprocess so that a program runs as that user, or as ourselves for None."""
    return {"user": servant.uid, "group": servant.gid, "extra_groups": []} if servant else {}


def servant() -> Servant | None:
    """`postgres`, else `nobody`, when this is root; None when the servers can run as this user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Servant(name, entry.pw_uid, entry.pw_gid)
    raise Trouble("PostgreSQL refuses to run as root and there is no user postgres or nobody: start as another user.")


class Home:
    """One state folder, locked for this process from `open` to `close`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servant = servant()
        self._lock: IO[str] | None = None
        self._short: Path | None = None

    def open(self) -> None:
        """Make the folder if need be and lock it. Raises Trouble if it cannot be used or is in use."""
        try:
            new = not (self.folder / "lock").exists()
            require_space(self.folder, NEW_MEGABYTES if new else USED_MEGABYTES)
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
            if self.servant:
                # The servers' user must pass through, not look; a folder from mktemp is closed to it.
                self.folder.chmod(0o711)
            for name in ("logs", "beat"):
                (self.folder / name).mkdir(exist_ok=True)
        except OSError as error:
            raise Trouble(explain(error, self.folder)) from error
        self.data = self._data_folder()

    def _locked(self) -> IO[str]:
        """The lock file, held, with our process number in it."""
        lock = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            lock.close()
            raise Trouble(
                f"Another desk already runs on {self.folder} (process {holder}): stop it, or set MQA_HOME to "
                "another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        return lock

    def close(self) -> None:
        """Forget what only holds while the desk runs, and unlock."""
        if self._lock is None:
            return
        (self.folder / "run.json").unlink(missing_ok=True)
        if self._short:
            shutil.rmtree(self._short, ignore_errors=True)
        self._lock.truncate(0)
        self._lock.close()
        self._lock = None

    def remove(self) -> None:
        """Delete the whole state: for throwaway ones, after `close`."""
        if self.data != self.folder:
            shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    # Where the servers' data lies

    def _data_folder(self) -> Path:
        """The state folder itself; elsewhere if the servers' user cannot reach it (and then for good)."""
        pointer = self.folder / "servers-at"
        if pointer.exists():
            return Path(pointer.read_text().strip())
        if self.servant is None or self.servant.can_enter(self.folder):
            return self.folder
        parent = Path("/var/lib") / APP / "elsewhere"
        parent.mkdir(parents=True, exist_ok=True)
        chosen = Path(tempfile.mkdtemp(dir=parent))
        chosen.chmod(0o711)
        if not self.servant.can_enter(chosen):
            raise Trouble(
                f"The user {self.servant.name}, which PostgreSQL must run as when root starts it, can enter neither "
                f"{self.folder} nor {chosen}: set MQA_HOME to a folder that every user may reach."
            )
        pointer.write_text(f"{chosen}\n")
        print(
            f"The user {self.servant.name}, which runs the databases for root, cannot enter {self.folder}: "
            f"their data goes to {chosen}.",
            flush=True,
        )
        return chosen

    def give(self, path: Path) -> Path:
        """Hand the path to the servers' user, so that they can use it. Returns it."""
        if self.servant:
            os.chown(path, self.servant.uid, self.servant.gid)
        return path

    def server_folder(self, name: str) -> Path:
        """A folder of the servers' data, made if need be, closed to others."""
        folder = self.data / name
        if not folder.exists():
            folder.mkdir(mode=0o700)
            self.give(folder)
        return folder

    def sockets(self) -> Path:
        """A folder for sockets with a path short enough for the kernel."""
        folder = self.data / "run"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            return self.server_folder("run")
        if self._short is None:
            runtime = os.environ.get("XDG_RUNTIME_DIR", "")
            fits = runtime and not self.servant and len(runtime) < LONGEST_SOCKET_FOLDER // 2 and Path(runtime).is_dir()
            self._short = self.give(Path(tempfile.mkdtemp(prefix="mqa-", dir=runtime if fits else "/tmp")))  # noqa: S108
        return self._short

    def reachable(self, program: Path, tree: tuple[tuple[str, Path], ...], version: str) -> Path:
        """The program itself, or that of a copy of `tree` that the servers' user can run.

        `tree` maps places in the copy to what is copied there; the program lies in one of them.
        """
        if self.servant is None or not tree or self.servant.can_run(program):
            return program
        copy = self.data / "bin" / f"{program.name}-{version}"
        if not copy.exists():
            unfinished = copy.with_name(copy.name + ".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            for place, source in tree:
                target = unfinished / place
                target.parent.mkdir(parents=True, exist_ok=True)
                if source.is_dir():
                    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
                else:
                    shutil.copy2(source, target)
            unfinished.rename(copy)
        for place, source in tree:
            if program.is_relative_to(source):
                return copy / place / program.relative_to(source)
        raise ValueError(f"{program} is in none of {tree}")

    # Secrets and what others may know of a running desk

    def secret(self, name: str) -> str:
        """The secret of that name, made at first use."""
        path = self.folder / name
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        value = path.read_text().strip()
        if not value:
            raise Trouble(f"{path} is empty: put the lost secret back, or move {self.folder} away to start afresh.")
        return value

    def publish(self, environment: dict[str, str]) -> None:
        """Tell other programs of this user (manage.py) how to reach what runs here."""
        path = self.folder / "run.json"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(environment, file)


def running(folder: Path) -> dict[str, str] | None:
    """What the desk that runs on this state published, or None if none runs (or it is not ours to see)."""
    try:
        with (folder / "lock").open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                published: Any = json.loads((folder / "run.json").read_text())
                return {str(key): str(value) for key, value in published.items()}
    except (OSError, ValueError):
        pass
    return None
