"""`manage.py backup FILE`: the whole database in one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mqa_site.dumps import back_up
from mqa_site.embedded.bootstrap import Trouble


class Command(BaseCommand):
    """Writes a backup while the desk goes on running."""

    help = "Write the whole database to a new file that only you may read. The desk may go on running."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_args: Any, file: Path, **_options: Any) -> None:
        try:
            size = back_up(file.absolute())
        except Trouble as trouble:
            raise CommandError(str(trouble)) from trouble
        self.stdout.write(f"{file}: {size:,} bytes. It holds personal data; keep it as you keep the database.")
