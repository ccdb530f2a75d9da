"""Backups of the whole database in PostgreSQL's own format, which newer versions of it can read too."""

import os
import subprocess
import tempfile
from pathlib import Path

from django.db import connection

from mqa_site.embedded import locate
from mqa_site.embedded.bootstrap import Trouble, sentence

# What was there goes and what is restored comes in one transaction: a restore that fails changes nothing.
START_EMPTY = b"DROP SCHEMA public CASCADE;\nCREATE SCHEMA public;\n"


def back_up(path: Path) -> int:
    """Write a consistent copy of the database to a new file that only its owner may read. Returns its size in bytes.

    The desk may go on running meanwhile. Raises Trouble if the file exists or the copy could not be made.
    """
    program = locate.client("pg_dump", _server_major())
    try:
        # Made first and empty: pg_dump would let others read it.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Trouble(f"{path} exists already: name a new file.") from None
    except OSError as error:
        raise Trouble(f"{path} cannot be written: {error.strerror}.") from error
    made = subprocess.run(
        [program, "--format=custom", "--no-owner", "--no-privileges", f"--file={path}"],
        env=_environ(),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        path.unlink()
        raise Trouble(sentence("The backup could not be made", made.stderr, path.parent))
    return path.stat().st_size


def restore(path: Path) -> None:
    """Replace the whole database by what the backup holds, or change nothing and raise Trouble."""
    major = _server_major()
    read, write = locate.client("pg_restore", major), locate.client("psql", major)
    if not path.is_file():
        raise Trouble(f"There is no file {path}.")
    others = _other_sessions()
    if others:
        raise Trouble(f"{others} other sessions use this database: stop the desk first, then restore.")
    connection.close()
    with tempfile.TemporaryFile() as script:
        script.write(START_EMPTY)
        script.flush()
        told = subprocess.run(
            [read, "--no-owner", "--no-privileges", "--file=-", path],
            stdout=script,
            stderr=subprocess.PIPE,
            check=False,
        )
        if told.returncode:
            raise Trouble(sentence("The backup cannot be read", told.stderr.decode(errors="replace"), path.parent))
        script.seek(0)
        written = subprocess.run(
            [write, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"],
            env=_environ(),
            stdin=script,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
    if written.returncode:
        problem = written.stderr.decode(errors="replace")
        raise Trouble(sentence("The backup could not be restored, and nothing was changed", problem, path.parent))


def _server_major() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        return int(cursor.fetchone()[0])


def _other_sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _environ() -> dict[str, str]:
    """The connection of the settings as libpq's variables: a password does not belong on a command line."""
    known = {"dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD", "host": "PGHOST", "port": "PGPORT"}
    known |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}
    given = connection.get_connection_params()
    return os.environ | {variable: str(given[name]) for name, variable in known.items() if given.get(name)}
