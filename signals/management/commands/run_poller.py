"""`manage.py run_poller`: the loop that needs no broker."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from signals.loop import run_forever, steps


class Command(BaseCommand):
    """Runs the registered steps until SIGTERM or SIGINT; the step under way is finished first."""

    help = "Score what is due and run the desk's clocks. Any number may run at once; needs PostgreSQL alone."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - Django passes them
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write(f"Polling: {', '.join(step.name for step in steps())}")
        self.stdout.flush()
        run_forever(stop)
