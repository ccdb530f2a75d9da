"""Promise R1: events are neither lost nor counted twice, and scores come out right, whatever is killed meanwhile.

    python -m benchmarks.faults [--events 100000] [--seed 1] [--connections 16]

Starts PostgreSQL, Valkey, web server, Celery worker and poller of its own in a throwaway folder; needs nothing, touches
nothing else. Sends the events over HTTP in batches, a twentieth of them twice, all out of order, as fast as the faults can keep
up with; `kill -9` hits while a transaction is open wherever one can be caught, by turns the whole process group and one process
inside. Senders come again on anything but 200. When the backlog has drained, everything is compared with what was sent and with
one evaluation of all centers together. Ends with 1 on any difference.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from benchmarks import traffic as traffic_of
from benchmarks import truth
from benchmarks.own_desk import OwnDesk

# So many events a second at most, and so many seconds for each fault, so that it hits a desk at work.
FASTEST = 500
SECONDS_A_FAULT = 2.5
# Events that the promise speaks of: how long Valkey is down goes with the number of events.
PROMISED_EVENTS = 100_000
LEAD = 0.05
DRAIN_SECONDS = 1_800
LOOK_SECONDS = 0.05

_WAITING = """
SELECT (SELECT count(*) FROM signals_rescorerequest), (SELECT count(*) FROM signals_transition WHERE processed_at IS NULL)"""


@dataclass
class Faults:
    """What is done to the desk, each at its share of the way, and what was done."""

    desk: OwnDesk
    options: argparse.Namespace
    dice: random.Random
    done: Counter[str] = field(default_factory=Counter)
    amid: Counter[str] = field(default_factory=Counter)
    down_seconds: float = 0.0
    _broker_back_at: float = 0.0

    def plan(self) -> list[tuple[float, Callable[[], str]]]:
        """Shares of the way and what happens there, in order."""
        asked = self.options
        found: list[tuple[float, Callable[[], str]]] = []
        for name, times in (("worker", asked.worker_kills), ("web", asked.web_kills), ("poller", asked.poller_kills)):
            found += [(self.dice.uniform(0.03, 0.97), self._kill(name, whole=turn % 2 == 0)) for turn in range(times)]
        found += [(self.dice.uniform(0.05, 0.4), self._flush) for _ in range(asked.flushes)]
        found += [(self.dice.uniform(0.1, 0.9), self._crash_database) for _ in range(asked.restarts)]
        if asked.broker_down:
            found.append((self.dice.uniform(0.45, 0.6), self._stop_broker))
        return sorted(found, key=lambda step: step[0])

    def _kill(self, name: str, *, whole: bool) -> Callable[[], str]:
        def act() -> str:
            amid = self.desk.kill(name, whole=whole, dice=self.dice)
            self.amid[name] += amid
            self.done[name] += 1
            return f"{name} killed{'' if whole else ', one process inside'}{' at work' if amid else ''}"

        return act

    def _flush(self) -> str:
        self.desk.flush_broker()
        self.done["flush"] += 1
        return "Valkey flushed"

    def _crash_database(self) -> str:
        self.desk.crash_database()
        self.done["restart"] += 1
        return "PostgreSQL ended and started"

    def _stop_broker(self) -> str:
        self.desk.stop_broker()
        self._broker_back_at = time.monotonic() + self.options.broker_down
        return f"Valkey stopped for {self.options.broker_down:.0f} s"

    def look(self, *, all_sent: bool) -> None:
        """Have Valkey back when it is time, and what ended by itself."""
        if self._broker_back_at and (time.monotonic() >= self._broker_back_at):
            self.down_seconds += self.options.broker_down + time.monotonic() - self._broker_back_at
            self._broker_back_at = 0.0
            self.desk.start_broker()
        if not all_sent or self.desk.ended_alone:
            self.desk.look()

    @property
    def is_over(self) -> bool:
        """Whether everything is up again that was taken down."""
        return not self._broker_back_at


def main(arguments: list[str] | None = None) -> int:
    """Run, print, and say by the exit status whether the promise was kept."""
    options = _options(arguments)
    # Ended in the middle, it cleans up behind itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    traffic = traffic_of.make(events=options.events, seed=options.seed, now=datetime.now(UTC))
    print(
        f"seed {options.seed}: {options.events:,} events of {traffic.companies:,} companies, {traffic.deliveries:,} deliveries "
        f"in {len(traffic.batches):,} requests over {options.connections} connections",
        flush=True,
    )
    began = time.monotonic()
    with OwnDesk(settings={"CONN_MAX_AGE": "60"}) as desk:
        _say(began, "servers and processes are up")
        try:
            senders, faults = _run(desk, traffic, options, began)
            drained = _drain(desk, faults, began)
            desk.stop_processes()
            wrong = _report(desk, traffic, senders, faults, drained=drained)
            _say(began, "checked")
        finally:
            if options.logs:
                desk.keep_logs(options.logs)
    print(
        "DIFFERENT: " + "; ".join(f"{count:,} {what}" for what, count in wrong.items()) if wrong else "All as promised."
    )
    return 1 if wrong else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=PROMISED_EVENTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--worker-kills", type=int, default=10)
    parser.add_argument("--web-kills", type=int, default=6)
    parser.add_argument("--poller-kills", type=int, default=4)
    parser.add_argument("--flushes", type=int, default=2)
    parser.add_argument("--restarts", type=int, default=1, help="of PostgreSQL, which ends without a checkpoint")
    parser.add_argument("--broker-down", type=float, help="seconds; default 60 at 100,000 events, fewer with fewer")
    parser.add_argument("--logs", type=Path, help="keep the processes' logs in this folder")
    options = parser.parse_args(arguments)
    if options.broker_down is None:
        options.broker_down = max(3.0, 60.0 * min(1.0, options.events / PROMISED_EVENTS))
    return options


def _say(began: float, what: str) -> None:
    print(f"{time.monotonic() - began:7.1f} s  {what}", flush=True)


def _run(
    desk: OwnDesk, traffic: traffic_of.Traffic, options: argparse.Namespace, began: float
) -> tuple[traffic_of.Senders, Faults]:
    """Send everything while the plan is carried out."""
    faults = Faults(desk, options, random.Random(options.seed + 1))
    plan = faults.plan()
    seconds = max(options.events / FASTEST, len(plan) * SECONDS_A_FAULT + options.broker_down)
    senders = traffic_of.Senders(traffic, port=desk.port, key=desk.key, connections=options.connections)
    senders.start()
    way, last = 0.0, time.monotonic()
    try:
        while not (senders.is_done and faults.is_over and not plan):
            now = time.monotonic()
            # What was answered leads, and waits a little before each fault until that has been done.
            share = senders.told.delivered / traffic.deliveries
            way = min(way + (now - last) / seconds, share + LEAD, plan[0][0] + LEAD if plan else 1 + LEAD)
            last = now
            senders.allowed = way * traffic.deliveries
            if plan and share >= plan[0][0]:
                _say(began, f"{senders.told.delivered:>9,} delivered: {plan.pop(0)[1]()}")
            faults.look(all_sent=False)
            time.sleep(LOOK_SECONDS)
    finally:
        if not senders.is_done:
            senders.stop()
    _say(began, f"all {senders.told.delivered:,} deliveries were answered with 200")
    return senders, faults


def _drain(desk: OwnDesk, faults: Faults, began: float) -> bool:
    """Wait until nothing is left to score or to act on; False if that does not come about."""
    until = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < until:
        faults.look(all_sent=False)
        try:
            with desk.connect() as connection:
                waiting = connection.execute(_WAITING).fetchone()
        except psycopg.OperationalError:
            continue
        if waiting == (0, 0):
            _say(began, "nothing is left to score or to act on")
            return True
        time.sleep(0.5)
    return False


def _report(
    desk: OwnDesk, traffic: traffic_of.Traffic, senders: traffic_of.Senders, faults: Faults, *, drained: bool
) -> dict[str, int]:
    """Print what was done, what came of it and every check. Returns the checks that failed."""
    truth.open_desk(desk.environ)
    told = senders.told
    counted, adds_up = truth.counts(traffic)
    centers, scores = truth.scores()
    tally, handoffs = truth.handoffs()
    _table("What was done", {
        "Celery worker, kill -9": f"{faults.done['worker']} ({faults.amid['worker']} at work)",
        "web server, kill -9": f"{faults.done['web']} ({faults.amid['web']} at work)",
        "poller, kill -9": f"{faults.done['poller']} ({faults.amid['poller']} at work)",
        "Valkey flushed": faults.done["flush"],
        "Valkey down": f"{faults.down_seconds:.0f} s",
        "PostgreSQL ended without a checkpoint": faults.done["restart"],
        "processes that ended by themselves": len(desk.ended_alone),
    })  # fmt: skip
    _table("What came of it", {
        "different events": len(traffic.events),
        "deliveries (some come twice)": traffic.deliveries,
        "sent, with what senders tried again": told.attempted,
        "answers to requests": ", ".join(f"{answer}: {count:,}" for answer, count in sorted(told.answers.items())),
        "deliveries answered 200": told.delivered,
        "received (the desk's count)": counted["received"],
        "accepted": counted["accepted"],
        "duplicates": counted["duplicate"],
        "set aside": counted["set_aside"],
        "touches to be stored": len(traffic.touches),
        "centers scored": centers,
        **tally,
    })  # fmt: skip
    checks = truth.ledger(traffic, told.acknowledged) | adds_up | truth.owners(traffic) | scores
    checks |= truth.decisions() | handoffs
    checks["deliveries never answered 200"] = traffic.deliveries - told.delivered
    checks["backlogs that did not drain"] = int(not drained)
    _table("Differences", checks)
    for line in desk.ended_alone[:10]:
        print(f"ended by itself: {line}")
    return {what: count for what, count in checks.items() if count}


def _table(title: str, rows: dict[str, int] | dict[str, object]) -> None:
    print(f"\n{title}")
    for what, value in rows.items():
        print(f"  {what:<58} {f'{value:,}' if isinstance(value, int) else value:>14}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
