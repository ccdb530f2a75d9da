"""`manage.py allow_again ADDRESS_OR_ID`: somebody who was erased comes back (accounts/suppression.py)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.suppression import allow_again


class Command(BaseCommand):
    """Lets an erased person be known again by an e-mail address, a user id or a visitor id."""

    help = "Somebody who was erased comes back: accept this e-mail address, user id or visitor id again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", help="the e-mail address, user id or visitor id")

    def handle(self, *, text: str, **_options: Any) -> None:
        """Lift it, or say that there is nothing to lift."""
        if not allow_again(text):
            raise CommandError("Nobody who was erased had this.")
        self.stdout.write("From now on this is accepted again. What was erased stays erased.")
