"""`make manage ARGS="..."`: one management command, on the running desk or on servers started just for it."""

import os
import signal
import subprocess
import sys

from mqa_site.embedded.bootstrap import CHECKOUT, state_folder
from mqa_site.embedded.home import running
from mqa_site.embedded.services import Services


def manage(arguments: list[str]) -> int:
    """Run manage.py with these arguments. Returns its exit status."""
    command = [sys.executable, str(CHECKOUT / "manage.py"), *arguments]
    if os.environ.get("DATABASE_URL") or running(state_folder()) is not None:
        return subprocess.run(command, cwd=CHECKOUT, check=False).returncode
    with Services(state_folder()) as services:
        # Ctrl-C reaches the command as well; it ends first, then the servers.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return subprocess.run(
                command,
                cwd=CHECKOUT,
                env=services.environ,
                check=False,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # no threads here
            ).returncode
        finally:
            signal.signal(signal.SIGINT, before)
