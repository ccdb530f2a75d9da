"""Ends a worker whose supervisor is gone.

The kernel's signal asks it to end in good order; with its broker gone at the same moment Celery may wait for that
broker for ever instead.
"""

import os
import signal
import threading
import time

from celery.signals import celeryd_init

LOOK_SECONDS = 2
GRACE_SECONDS = 8


@celeryd_init.connect
def watch_supervisor(**_: object) -> None:
    """Under `make run` (MQA_SUPERVISOR is its process id): look after it from a thread of the worker's first process."""
    if supervisor := os.environ.get("MQA_SUPERVISOR"):
        threading.Thread(target=_end_when_orphaned, args=(int(supervisor),), daemon=True).start()


def _end_when_orphaned(supervisor: int) -> None:
    while os.getppid() == supervisor:
        time.sleep(LOOK_SECONDS)
    time.sleep(GRACE_SECONDS)
    # The worker leads a session of its own: this takes its pool along.
    os.killpg(os.getpgrp(), signal.SIGKILL)
