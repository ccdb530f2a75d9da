"""The loop that finds what is due without any broker, and the steps that rooms put into it (architecture.md, "Background work").

Several loops may run at once, on one machine or many: each step claims its work in PostgreSQL.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.25
FIRST_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 30.0
# A step that returned this many or more units of work is called again without waiting.
MORE = 500


@dataclass
class Step:
    """A function that does what is due and returns how much it did (None: it doesn't say)."""

    name: str
    function: Callable[[], int | None]
    every_seconds: float
    after_scoring: bool
    next_at: float = 0.0
    rest: float = 0.0


_steps: dict[str, Step] = {}


def register_step(
    name: str,
    function: Callable[[], int | None],
    every_seconds: float,
    *,
    after_scoring: bool | None = None,
) -> None:
    """Have `function` called about every so many seconds, in the order of registration; the same name replaces.

    It must be idempotent and claim its work in the database. Steps of a second or less also run in a woken worker after each
    batch of scoring, unless `after_scoring` says otherwise.
    """
    _steps[name] = Step(name, function, every_seconds, every_seconds <= 1 if after_scoring is None else after_scoring)


def steps() -> tuple[Step, ...]:
    """The registered steps in their order."""
    return tuple(_steps.values())


def run_after_scoring() -> None:
    """What follows a batch of scoring in a woken worker: the quick steps of all rooms. One that fails is left to the poller."""
    for step in steps():
        if step.after_scoring and step.name != "rescore":
            try:
                step.function()
            except Exception:  # a step of another room must not undo or stop scoring, which has committed
                logger.exception("The step %s failed in a worker; the poller runs it again", step.name)
                _drop_broken_connection()


def run_forever(stop: threading.Event) -> None:
    """Run the steps until `stop` is set; outlives restarts of the database and steps that fail, which rest longer each time."""
    for step in steps():
        step.next_at = 0.0
        step.rest = 0.0
    while not stop.is_set():
        for step in steps():
            if stop.is_set():
                return
            if time.monotonic() >= step.next_at:
                _run(step)
        wait = min((step.next_at for step in steps()), default=0.0) - time.monotonic()
        stop.wait(min(max(wait, 0.0), TICK_SECONDS))


def _run(step: Step) -> None:
    try:
        done = step.function()
    except Exception as error:  # whatever one step does, the others go on; each failure is logged
        step.rest = min(max(step.rest * 2, FIRST_REST_SECONDS), LONGEST_REST_SECONDS)
        step.next_at = time.monotonic() + step.rest
        if isinstance(error, OperationalError | InterfaceError):
            logger.warning("The step %s lost the database, next try in %.1f s: %s", step.name, step.rest, error)
        else:
            logger.exception("The step %s failed, next try in %.1f s", step.name, step.rest)
        _drop_broken_connection()
    else:
        step.rest = 0.0
        step.next_at = time.monotonic() + (0.0 if (done or 0) >= MORE else step.every_seconds)


def _drop_broken_connection() -> None:
    """The next query opens a new connection, unless a transaction of the caller (a test's) still holds this one."""
    if not connection.in_atomic_block:
        connection.close()
