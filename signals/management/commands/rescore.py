"""`manage.py rescore --all`: have everything evaluated now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from signals.actions import request_rescore, request_rescore_of_all
from signals.rescore import rescore_due


class Command(BaseCommand):
    """Puts centers on the list and, unless told to leave it to the workers, scores until nothing is due."""

    help = "Evaluate all accounts (--all) or some (--account ID ...)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", dest="everything")
        parser.add_argument("--account", type=int, nargs="+", default=[])
        parser.add_argument("--no-wait", action="store_true", help="leave the scoring to poller and workers")

    def handle(self, *args: Any, everything: bool, account: list[int], no_wait: bool, **options: Any) -> None:  # noqa: ARG002 - Django passes them
        if everything == bool(account):
            raise CommandError("Say --all, or --account with ids.")
        if everything:
            requested = request_rescore_of_all(reason="manual")
        else:
            requested = request_rescore(account_ids=account, reason="manual")
        self.stdout.write(f"{requested} centers requested")
        if no_wait:
            return
        total = 0
        while done := rescore_due():
            total += done
            self.stdout.write(f"{total} scored")
