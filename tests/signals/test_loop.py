"""The loop of steps (signals/loop.py)."""

import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError

from signals import loop


@pytest.fixture(autouse=True)
def own_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "_steps", {})
    monkeypatch.setattr(loop, "FIRST_REST_SECONDS", 0.01)
    monkeypatch.setattr(loop, "_drop_broken_connection", lambda: None)


class Calls:
    """A step that fails as told and stops the loop after so many calls."""

    def __init__(self, stop: threading.Event, until: int, answer: Callable[[int], int | None] = lambda _: None) -> None:
        self.stop, self.until, self.answer, self.count = stop, until, answer, 0

    def __call__(self) -> int | None:
        self.count += 1
        if self.count >= self.until:
            self.stop.set()
        return self.answer(self.count)


def test_a_step_that_fails_rests_and_the_others_go_on() -> None:
    stop = threading.Event()

    def fail(_: int) -> None:
        raise OperationalError("the database is gone")

    def break_(_: int) -> None:
        raise KeyError("a fault")

    failing, broken, good = Calls(stop, 1000, fail), Calls(stop, 1000, break_), Calls(stop, 20)
    loop.register_step("failing", failing, 0.0)
    loop.register_step("broken", broken, 0.0)
    loop.register_step("good", good, 0.005)
    loop.run_forever(stop)

    assert good.count == 20
    assert 2 <= failing.count < 20
    assert 2 <= broken.count < 20


def test_a_step_with_much_to_do_is_called_again_at_once() -> None:
    stop = threading.Event()
    busy = Calls(stop, 5, lambda _: loop.MORE)
    loop.register_step("busy", busy, 3600)
    loop.run_forever(stop)

    assert busy.count == 5


def test_a_step_with_its_work_done_waits_its_time() -> None:
    stop = threading.Event()
    idle, other = Calls(stop, 100, lambda _: loop.MORE - 1), Calls(stop, 10)
    loop.register_step("idle", idle, 3600)
    loop.register_step("other", other, 0.0)
    loop.run_forever(stop)

    assert (idle.count, other.count) == (1, 10)


def test_quick_steps_follow_scoring_in_a_woken_worker() -> None:
    called: list[str] = []

    def fail() -> None:
        called.append("failing")
        raise KeyError("a fault")

    loop.register_step("rescore", lambda: called.append("rescore"), 0.25)
    loop.register_step("failing", fail, 0.25)
    loop.register_step("quick", lambda: called.append("quick"), 0.25)
    loop.register_step("slow", lambda: called.append("slow"), 60)
    loop.register_step("asked", lambda: called.append("asked"), 60, after_scoring=True)
    loop.run_after_scoring()

    assert called == ["failing", "quick", "asked"]
