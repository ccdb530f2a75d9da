"""Where the servers' programs are found, and what is said when there are none."""

from pathlib import Path

import pytest

from mqa_site.embedded import locate
from mqa_site.embedded.bootstrap import Trouble


def fake_postgres(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version} (Debian {version}-1)'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(locate, "_package", lambda name: None)
    monkeypatch.setattr(locate, "SYSTEM_POSTGRES", (f"{tmp_path}/pg/*/bin",))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


@pytest.mark.usefixtures("no_wheels")
def test_the_newest_postgresql_of_the_system_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    fake_postgres(tmp_path / "pg" / "9" / "bin", "9.6.24")
    fake_postgres(tmp_path / "pg" / "15" / "bin", "15.8")
    newest = fake_postgres(tmp_path / "pg" / "17" / "bin", "17.2")

    found = locate.postgres()

    assert (found.bin, found.version, found.major, found.tree) == (newest, "17.2", 17, ())


@pytest.mark.usefixtures("no_wheels")
def test_no_postgresql_is_one_sentence_that_says_what_to_install(tmp_path: Path) -> None:
    fake_postgres(tmp_path / "pg" / "14" / "bin", "14.1")

    with pytest.raises(Trouble) as trouble:
        locate.postgres()

    assert str(trouble.value) == (
        "No PostgreSQL was found for this machine: install it (on Debian and Ubuntu: apt-get install postgresql) "
        "or set DATABASE_URL."
    )


@pytest.mark.usefixtures("no_wheels")
def test_a_redis_of_the_system_will_do(tmp_path: Path) -> None:
    program = tmp_path / "path" / "redis-server"
    program.parent.mkdir()
    program.touch(0o755)

    assert locate.valkey() == locate.ValkeyBinary(program)


@pytest.mark.usefixtures("no_wheels")
def test_no_valkey_is_one_sentence_that_says_what_to_install() -> None:
    with pytest.raises(Trouble, match=r"^No Valkey was found .*apt-get install valkey-server.* or set REDIS_URL\.$"):
        locate.valkey()
