"""`manage.py restore FILE`: the database as a backup holds it, brought up to date."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from mqa_site.dumps import restore
from mqa_site.embedded.bootstrap import Trouble


class Command(BaseCommand):
    """Replaces the database, after the desk was stopped."""

    help = "Replace the whole database by a backup and bring it up to date. Stop the desk first."
    # The tables may be anything before a restore; migrations run after it.
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="do not ask before what is there is replaced")

    def handle(self, *_args: Any, file: Path, yes: bool, **_options: Any) -> None:
        if not yes and input("Everything in this database is replaced. Type yes to go on: ") != "yes":
            raise CommandError("Nothing was changed.")
        try:
            restore(file.absolute())
        except Trouble as trouble:
            raise CommandError(str(trouble)) from trouble
        call_command("migrate", "--noinput", "--verbosity=0")
        self.stdout.write(f"The database is as {file} holds it.")
