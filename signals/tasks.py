"""The door for Celery: a wake (architecture.md, "Background work"). What is due stands in PostgreSQL."""

import time

from celery import shared_task

from signals.loop import run_after_scoring
from signals.wake import mark_heard, wake_workers

# A worker gives way after this long; what is left is woken for again, or found by the poller.
TURN_SECONDS = 60


@shared_task(name="signals.wake", acks_late=True, ignore_result=True, soft_time_limit=240, time_limit=300)
def wake() -> int:
    """Score until nothing is due, then let the other rooms act on it; how many centers were scored."""
    # Inside, so that a parent that imports its tasks before it forks never loads what rescoring needs.
    from signals.rescore import BATCH, rescore_due

    mark_heard()
    until = time.monotonic() + TURN_SECONDS
    total = 0
    while time.monotonic() < until:
        done = rescore_due()
        if done:
            run_after_scoring()
        total += done
        if not done:
            return total
        if done >= BATCH:
            # More than one worker can do: let another one help.
            wake_workers()
    wake_workers()
    return total
