"""`manage.py replay`: do stored decisions come out the same when computed again from stored facts?"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from signals.models import Decision
from signals.replay import replay


class Command(BaseCommand):
    """Prints each difference as a line of JSON; ends with 1 if there is any."""

    help = "Recompute decisions from stored facts and report every difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--sample", type=int, default=1000, help="how many decisions, taken at random (default 1000)"
        )
        parser.add_argument("--all", action="store_true", dest="everything")
        parser.add_argument("--decision", type=int, nargs="+", default=[])

    def handle(self, *args: Any, sample: int, everything: bool, decision: list[int], **options: Any) -> None:  # noqa: ARG002 - Django passes them
        wanted = Decision.objects.all()
        if decision:
            wanted = wanted.filter(pk__in=decision)
        elif not everything:
            wanted = wanted.filter(pk__in=list(Decision.objects.order_by("?").values_list("pk", flat=True)[:sample]))
        done = different = erased = 0
        for found in replay(wanted.select_related("model").order_by("pk").iterator(chunk_size=500)):
            done += 1
            if found.differences and found.erased:
                erased += 1
            elif found.differences:
                different += 1
                line = {"decision": found.decision_id, "differences": found.differences}
                self.stdout.write(json.dumps(line, default=str))
        rest = f", {erased} rest on touches that were erased" if erased else ""
        self.stdout.write(f"{done} decisions replayed, {different} came out differently{rest}")
        if different:
            raise CommandError(f"{different} of {done} decisions came out differently", returncode=1)
