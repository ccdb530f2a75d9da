"""`manage.py demo_logins`: the log-ins of the demo's staff, as long as they have the demo's password."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from handoff.demo.staff import logins


class Command(BaseCommand):
    """Print the demo log-ins."""

    help = (
        "Print who can sign in to the demo, with e-mail address and password. Nothing once the passwords are changed."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        """A table, or nothing."""
        rows = logins()
        if not rows:
            return
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        for does, email, password in rows:
            self.stdout.write(f"  {does:<{widths[0]}}  {email:<{widths[1]}}  {password}")
