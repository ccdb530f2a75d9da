"""Children: started again when they crash, gone when we are gone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mqa_site.embedded.processes import Child, Keeper, describe, rotate
from tests.desk import wait_for

# A program that starts another one, says both numbers, and sleeps.
FAMILY = (
    "import subprocess, sys, os, time; p = subprocess.Popen(['sleep', '60']);"
    "print(os.getpid(), p.pid, flush=True); time.sleep(60)"
)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def start_family(folder: Path) -> tuple[Child, list[int]]:
    child = Child(name="family", command=[sys.executable, "-c", FAMILY], log=folder / "family.log")
    child.start()
    wait_for(lambda: child.log.read_text().endswith("\n"), "the family says its numbers")
    return child, [int(number) for number in child.log.read_text().split()]


def test_stop_ends_the_child_and_its_own_children(tmp_path: Path) -> None:
    child, pids = start_family(tmp_path)
    assert [is_alive(pid) for pid in pids] == [True, True]

    child.stop()

    wait_for(lambda: [is_alive(pid) for pid in pids] == [False, False], "both end")
    assert child.process is not None
    assert child.process.returncode == -signal.SIGTERM


def test_a_child_that_ignores_the_signal_is_killed_after_its_time(tmp_path: Path) -> None:
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    child = Child(name="x", command=[sys.executable, "-c", stubborn], log=tmp_path / "x.log", patience=0.2)
    child.start()
    wait_for(lambda: child.log.read_text() == "up\n", "it is up")

    child.stop()

    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from mqa_site.embedded.processes import Child;"
        "child = Child(name='c', command=['sleep', '60'], log=Path(sys.argv[1])); child.start();"
        "print(child.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "c.log")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_alive(child)

    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_for(lambda: not is_alive(child), "the child ends")


def test_a_crashed_child_is_started_again_with_a_line_that_says_so(tmp_path: Path) -> None:
    lines: list[str] = []
    keeper = Keeper(lines.append)
    keeper.start(Child(name="worker", command=[sys.executable, "-c", "raise SystemExit(3)"], log=tmp_path / "w.log"))
    child = keeper.children[0]
    assert child.process is not None
    first = child.process.pid

    def is_another() -> bool:
        keeper.look()
        return child.process is not None and child.process.pid != first

    wait_for(is_another, "a second start")
    keeper.stop()

    assert lines == [
        f"worker ended unexpectedly (exit status 3) and is started again in 1 s; its log: {tmp_path / 'w.log'}"
    ]


def test_each_crash_soon_after_the_last_waits_longer(tmp_path: Path) -> None:
    lines: list[str] = []
    keeper = Keeper(lines.append)
    keeper.start(Child(name="w", command=[sys.executable, "-c", ""], log=tmp_path / "w.log"))

    def two_lines() -> bool:
        keeper.look()
        return len(lines) == 2

    wait_for(two_lines, "two crashes")
    keeper.stop()

    assert [line.partition("again in ")[2].partition(";")[0] for line in lines] == ["1 s", "2 s"]


def test_an_outgrown_log_moves_aside_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("a") as writer:
        writer.write("first\n" * 10)
        writer.flush()

        rotate(log, limit=50)
        writer.write("second\n")

    assert log.read_text() == "second\n"
    assert (tmp_path / "web.log.1").read_text() == "first\n" * 10


def test_an_end_is_told_in_words() -> None:
    assert (describe(3), describe(-9)) == ("exit status 3", "killed by SIGKILL")


def test_a_child_does_not_get_our_terminals_signals(tmp_path: Path) -> None:
    child = Child(name="s", command=["sleep", "60"], log=tmp_path / "s.log")
    child.start()
    assert child.process is not None

    assert os.getsid(child.process.pid) == child.process.pid
    child.stop()
    assert time.monotonic() - child.started < 5
