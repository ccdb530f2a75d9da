"""`manage.py load_demo`: fills an empty desk with the demo company."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from handoff.demo.load import NotEmpty, load


class Command(BaseCommand):
    """Load the demo company."""

    help = "Fill an empty desk with Northbeam, an invented company with a year of accounts, touches and deals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The same seed on the same day gives the same demo."""
        parser.add_argument("--seed", type=int, default=7, help="Another number, another world.")
        parser.add_argument("--accounts", type=int, default=3000, help="How many accounts, 100 or more.")

    def handle(self, *_: Any, seed: int, accounts: int, **__: Any) -> None:
        """Load, and say how long it took."""
        if accounts < 100:
            raise CommandError("A demo needs at least 100 accounts.")
        began = time.monotonic()
        try:
            load(seed=seed, accounts=accounts, say=lambda text: self.stdout.write(f"  {text}"))
        except NotEmpty:
            raise CommandError("There are accounts already: the demo goes into an empty desk alone.") from None
        self.stdout.write(f"The demo company is loaded ({time.monotonic() - began:.0f} s).")
