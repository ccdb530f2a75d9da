"""Child processes that end with us, however we end, and that are started again when they crash."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mqa_site.embedded.home import Servant, as_user

PR_SET_PDEATHSIG = 1
# Loaded before any fork: the child may not import or allocate much between fork and exec.
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

LOG_BYTES = 20_000_000
# A child that ran this long is started again at once; one that fails sooner waits longer each time.
SETTLED_SECONDS = 30
LONGEST_BACK_OFF_SECONDS = 30


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel to send this process a signal when its parent is gone. Linux only; elsewhere nothing happens."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


@dataclass
class Child:
    """A program in a session of its own, its output in a log file.

    `end` is the signal that asks it to end in good order, also sent by the kernel should we be killed. Start it from
    the main thread: the kernel means the thread that forked when it says parent.
    """

    name: str
    command: Sequence[str | Path]
    log: Path
    environ: Mapping[str, str] | None = None
    cwd: Path | None = None
    user: Servant | None = None
    end: signal.Signals = signal.SIGTERM
    hurry: signal.Signals = signal.SIGKILL
    patience: float = 10.0
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start it, its output at the end of its log."""
        rotate(self.log)
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [str(part) for part in self.command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(self.environ) if self.environ is not None else None,
                cwd=self.cwd,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(self.end),  # one call, from the main thread
                pass_fds=self.pass_fds,
                **as_user(self.user),
            )
        self.started = time.monotonic()

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def ask_to_end(self) -> None:
        """Send the signal that ends it in good order."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.end)

    def stop(self) -> None:
        """End it and everything it started: in good order, then in a hurry, then at once."""
        if self.process is None:
            return
        self.ask_to_end()
        if not self._wait(self.patience) and self.hurry != signal.SIGKILL:
            self.process.send_signal(self.hurry)
            self._wait(self.patience / 2)
        self.sweep()

    def sweep(self) -> None:
        """Kill what is left of its session, and collect it."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _wait(self, seconds: float) -> bool:
        assert self.process is not None
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def last_words(self) -> str:
        """The last line of its log that names an error, else the last line."""
        try:
            lines = self.log.read_text(errors="replace").splitlines()[-200:]
        except OSError:
            lines = []
        lines = [line.strip() for line in lines if line.strip()]
        told = [line for line in lines if "FATAL:" in line or "PANIC:" in line or "Error" in line]
        return (told or lines or ["it said nothing"])[-1]


def rotate(log: Path, limit: int = LOG_BYTES) -> None:
    """Keep one older part of a log that outgrew `limit` bytes.

    Children hold the file open, so its content moves, not the file; a line written in between may be lost. Where that
    cannot be done now (a full disk), the log stays as it is: logs never end the desk.
    """
    try:
        if log.stat().st_size <= limit:
            return
        log.with_name(log.name + ".1").write_bytes(log.read_bytes())
        os.truncate(log, 0)
    except OSError:
        return


class Keeper:
    """Keeps children running: what crashes is started again, later each time it does so soon after its start."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.children: list[Child] = []
        self._say = say
        self._failures: dict[str, int] = {}
        self._due: dict[str, float] = {}

    def start(self, child: Child) -> None:
        """Start a child and keep it running from now on."""
        self.children.append(child)
        child.start()

    def look(self) -> None:
        """Notice what ended, start again what is due, turn logs over. Call this a few times a second."""
        for child in self.children:
            if child.is_running:
                rotate(child.log)
            elif child.name not in self._due:
                self._note_end(child)
            elif time.monotonic() >= self._due[child.name]:
                del self._due[child.name]
                child.start()

    def _note_end(self, child: Child) -> None:
        assert child.process is not None
        child.sweep()
        lived = time.monotonic() - child.started
        failures = 0 if lived >= SETTLED_SECONDS else self._failures.get(child.name, 0) + 1
        self._failures[child.name] = failures
        wait = min(2.0**failures / 2, LONGEST_BACK_OFF_SECONDS)
        self._due[child.name] = time.monotonic() + wait
        self._say(
            f"{child.name} ended unexpectedly ({describe(child.process.returncode)}) and is started again in "
            f"{wait:g} s; its log: {child.log}"
        )

    def stop(self) -> None:
        """End all children, side by side: none of one keeper needs another to end in good order."""
        for child in self.children:
            child.ask_to_end()
        for child in self.children:
            child.stop()
        self.children.clear()


def describe(status: int) -> str:
    """A process's exit status in words."""
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
