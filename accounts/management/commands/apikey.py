"""`manage.py apikey create NAME --scope ingest|read|write|configure`, `apikey list`, `apikey revoke PREFIX` (promises X3)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.keys import create_key, revoke_key
from accounts.models import ApiKey


class Command(BaseCommand):
    """Makes, lists and revokes API keys."""

    help = "API keys: create (prints the key once), list, revoke."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a key and print it, once")
        create.add_argument("name", help="who uses it; events sent with it have a source of this name")
        create.add_argument("--scope", choices=ApiKey.Scope.values, required=True)
        actions.add_parser("list", help="the keys, without their secrets")
        revoke = actions.add_parser("revoke", help="from now on the key opens nothing")
        revoke.add_argument("prefix", help="the key's prefix as `list` shows it, or the whole key")

    def handle(self, *, action: str, **options: Any) -> None:
        """Run the action; what a program needs goes to standard output, the rest to standard error."""
        if action == "create":
            self._create(options["name"], options["scope"])
        elif action == "list":
            self._list()
        else:
            self._revoke(options["prefix"])

    def _create(self, name: str, scope: str) -> None:
        name = name.strip()
        if not name or len(name) > 100:
            raise CommandError("Give the key a name of at most 100 characters.")
        _, text = create_key(name=name, scope=scope, by=None)
        self.stderr.write(f"The key “{name}” ({scope}) is shown this once; keep it safe.")
        self.stdout.write(text)

    def _list(self) -> None:
        for row in ApiKey.objects.order_by("created_at", "pk"):
            used = f"last used {row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"
            state = f"revoked {row.revoked_at:%Y-%m-%d %H:%M}" if row.revoked_at else used
            self.stdout.write(f"{row.prefix}  {row.scope:<9}  {row.created_at:%Y-%m-%d}  {state}  {row.name}")

    def _revoke(self, prefix: str) -> None:
        prefix = prefix.split("_")[1] if prefix.startswith("mqa_") else prefix
        key = ApiKey.objects.filter(prefix=prefix).first()
        if key is None:
            raise CommandError(f"No key has the prefix “{prefix}”. `apikey list` shows them.")
        revoke_key(key, by=None)
        self.stderr.write(f"The key “{key.name}” opens nothing any more.")
