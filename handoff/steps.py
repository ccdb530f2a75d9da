"""What this room puts into the loop (signals/loop.py). Every process imports this: a step loads when it first runs."""

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

from signals.loop import register_step


def register() -> None:
    """Called once by the room's AppConfig."""
    register_step("handoff.transitions", _later("handoff.process.process_transitions"), 0.25, after_scoring=True)
    register_step("handoff.triage", _later("handoff.cooling.settle_triage"), 5)
    register_step("handoff.clocks", _later("handoff.clocks.fire_due"), 10)
    register_step("handoff.absence", _later("handoff.absence.move_on"), 60)
    register_step("handoff.cooling", _later("handoff.cooling.cool_and_withdraw"), 60)
    register_step("handoff.entering", _later("handoff.cooling.let_back_in"), 60)
    register_step("handoff.digests", _later("handoff.digests.send_due"), 60)
    register_step("handoff.outbox", _later("handoff.outbox.deliver_due"), 2)
    register_step("handoff.webhooks", _later("handoff.webhook_delivery.deliver_beside"), 1, after_scoring=False)


def _later(path: str) -> Callable[[], Any]:
    """The function at `path`, imported at its first call."""

    def step() -> Any:
        return import_string(path)()

    return step
