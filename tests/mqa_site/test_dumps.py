"""Backup and restore: all of it comes back, or nothing changes."""

from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from accounts.roles import Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    User.objects.create_user("kept@acme.example", "secret", name="Kept", role=Role.SDR)
    path = tmp_path / "desk.dump"
    call_command("backup", path, stdout=StringIO())
    return path


def emails() -> list[str]:
    return list(User.objects.order_by("email").values_list("email", flat=True))


def schema() -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
            " UNION ALL SELECT tablename, indexname, 'index' FROM pg_indexes WHERE schemaname = 'public'"
            " UNION ALL SELECT tgrelid::regclass::text, tgname, 'trigger' FROM pg_trigger WHERE NOT tgisinternal"
            " UNION ALL SELECT conrelid::regclass::text, conname, contype::text FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2, 3"
        )
        return cursor.fetchall()


def test_a_restore_brings_back_rows_and_schema_as_they_were(backup: Path) -> None:
    before = schema()
    User.objects.create_user("later@acme.example", "secret", name="Later", role=Role.SDR)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE a_newer_table (id integer)")

    call_command("restore", backup, yes=True, stdout=StringIO())

    assert emails() == ["kept@acme.example"]
    assert schema() == before


def test_a_backup_is_for_its_owner_alone_and_never_overwritten(backup: Path) -> None:
    assert backup.stat().st_mode & 0o777 == 0o600
    content = backup.read_bytes()

    with pytest.raises(CommandError, match=rf"^{backup} exists already: name a new file\.$"):
        call_command("backup", backup)

    assert backup.read_bytes() == content


def test_a_broken_backup_changes_nothing(backup: Path) -> None:
    backup.write_bytes(backup.read_bytes()[:-2000])
    before = schema()

    with pytest.raises(CommandError, match=r"^The backup cannot be read: "):
        call_command("restore", backup, yes=True)

    assert emails() == ["kept@acme.example"]
    assert schema() == before


def test_a_restore_is_refused_while_someone_uses_the_database(backup: Path) -> None:
    other = psycopg.connect(**connection.get_connection_params())
    try:
        with pytest.raises(CommandError, match=r"^1 other sessions use this database: stop the desk first"):
            call_command("restore", backup, yes=True)
    finally:
        other.close()

    assert emails() == ["kept@acme.example"]


def test_a_restore_asks_first(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("later@acme.example", "secret", name="Later", role=Role.SDR)
    monkeypatch.setattr("builtins.input", lambda prompt: "no")

    with pytest.raises(CommandError, match=r"^Nothing was changed\.$"):
        call_command("restore", backup)

    assert emails() == ["kept@acme.example", "later@acme.example"]
