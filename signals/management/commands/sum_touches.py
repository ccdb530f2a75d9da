"""`manage.py sum_touches`: what is kept of touches (signals/sums.py, signals/runs.py), anew or compared with the touches."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from signals import first_days, sums


class Command(BaseCommand):
    """Needed by nobody as long as `--check` finds nothing; reports and evaluations are right while it runs."""

    help = "Sum all touches anew for reports and evaluations; with --check compare what is kept with them instead."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; end with 1 if anything differs")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:  # noqa: ARG002 - Django passes them
        if not check:
            self.stdout.write(f"{sums.rebuild()} months summed.")
            first_days.rebuild()
            return
        wrong = sums.differences()
        for month, count in wrong.items():
            self.stdout.write(f"{month:%Y-%m}: {count} sums differ")
        if wrong:
            raise CommandError("Some sums are not what the touches give: run `manage.py sum_touches`.")
        self.stdout.write("All sums are what the touches give.")
