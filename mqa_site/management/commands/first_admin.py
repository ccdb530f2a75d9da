"""`manage.py first_admin`: someone who can sign in to an empty desk and invite the others."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from accounts.models import User


class Command(BaseCommand):
    """Creates an admin with a password of its own making, unless somebody can sign in already."""

    help = "Create the first admin of an empty desk and print the log-in, once. Does nothing where users exist."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", default="admin@desk.example")

    @transaction.atomic
    def handle(self, *_args: Any, email: str, **_options: Any) -> None:
        if User.objects.exists():
            return
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser(email, password, name="First Admin")
        self.stdout.write("The first admin, shown this once:")
        self.stdout.write(f"  {email}  {password}")
