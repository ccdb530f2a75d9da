"""From an accepted touch to its score on the desk (promise S4): 500 touches/s in batches of 10 over 20,000 accounts.

    python -m benchmarks.latency [--seconds 60] [--rate 500] [--batch 10] [--accounts 20000]

Starts a whole desk of its own (web server, Celery worker, poller, durable servers). Batches leave on a fixed timetable, whether
or not the ones before were answered. A touch is shown once the stored state of its account, which queue and account page are
made of, has its moment as the last touch; the clock starts when its batch is answered with 200. The states are looked at every
100 ms, and that wait is part of what is measured. Says what the generator itself used of the machine.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import random
import resource
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg

from benchmarks.ingest import PATHS, PEOPLE_PER_ACCOUNT, _companies
from benchmarks.own_desk import OwnDesk

CONNECTIONS = 16
LOOK_SECONDS = 0.1
DRAIN_SECONDS = 120.0
_STATES = "SELECT account_id, last_touch_at, evaluated_at FROM signals_centerstate WHERE evaluated_at > %s"


@dataclass
class Timings:
    """By account the touches that are not shown yet, as (moment, accepted at); what took how long; what failed."""

    waiting: dict[int, list[tuple[datetime, float]]] = field(default_factory=dict)
    accepting: list[float] = field(default_factory=list)
    showing: list[float] = field(default_factory=list)
    late: int = 0
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; 1 when a touch was never shown or refused."""
    options = _options(arguments)
    with OwnDesk() as desk:
        _companies(desk.environ["DATABASE_URL"], options.accounts)
        desk.manage("rescore", "--all")
        timings = Timings()
        done = threading.Event()
        looking = threading.Thread(target=_look, args=(desk, timings, done), daemon=True)
        looking.start()
        used, started = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        _send_all(desk, timings, options, started)
        took, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF)
        until = time.monotonic() + DRAIN_SECONDS
        while timings.waiting and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
        done.set()
        looking.join(30)
    cpu = (after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime) / took
    unseen = sum(len(touches) for touches in timings.waiting.values())
    rate = len(timings.showing) / took if took else 0.0
    print(
        f"{options.accounts:,} accounts, {options.rate:,.0f} touches/s asked for, batches of {options.batch}, {took:.0f} s"
    )
    print(f"{'':<28} {'count':>9} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'max ms':>8}")
    print(_row("batch sent to 200", timings.accepting))
    print(_row("touch accepted to shown", timings.showing))
    print(
        f"shown {rate:,.0f} touches/s; batches that left over 1 s late: {timings.late:,}; refused: {timings.refused:,}"
    )
    print(f"never shown: {unseen:,}; generator and watcher used {cpu:.0%} of one processor")
    return int(bool(unseen or timings.refused))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--accounts", type=int, default=20_000)
    return parser.parse_args(arguments)


def _row(what: str, seconds: list[float]) -> str:
    ordered = sorted(seconds) or [0.0]
    parts = [ordered[min(int(len(ordered) * share), len(ordered) - 1)] for share in (0.5, 0.95, 0.99, 1.0)]
    return f"{what:<28} {len(seconds):>9,} " + " ".join(f"{part * 1000:>8,.0f}" for part in parts)


def _send_all(desk: OwnDesk, timings: Timings, options: argparse.Namespace, started: float) -> None:
    """Batches on their timetable, one connection for every sixteenth."""
    every = options.batch / options.rate
    batches = int(options.seconds / every)

    def send(number: int) -> None:
        dice = random.Random(number)
        connection = http.client.HTTPConnection("127.0.0.1", desk.port, timeout=60)
        for turn in range(number, batches, CONNECTIONS):
            wait = started + turn * every - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            timings.late += wait < -1
            _send(connection, desk.key, timings, _batch(dice, options, turn))
        connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _batch(dice: random.Random, options: argparse.Namespace, turn: int) -> dict[int, dict[str, object]]:
    """By account one page view of just now; moments differ, so that each can be told apart."""
    now = datetime.now(UTC)
    found = {}
    for place, account in enumerate(dice.sample(range(1, options.accounts + 1), options.batch)):
        moment = now - timedelta(microseconds=place)
        path = dice.choice(PATHS)
        found[account] = {
            "type": "page",
            "messageId": f"{turn}-{place}-{now.timestamp()}",
            "userId": f"{account}-{dice.randrange(1, PEOPLE_PER_ACCOUNT + 1)}",
            "timestamp": moment.isoformat(),
            "properties": {"path": path, "url": f"https://example.com{path}"},
        }
    return found


def _send(
    connection: http.client.HTTPConnection, key: str, timings: Timings, batch: dict[int, dict[str, object]]
) -> None:
    headers = {
        "Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
        "Content-Type": "application/json",
    }
    began = time.monotonic()
    connection.request("POST", "/v1/batch", json.dumps({"batch": list(batch.values())}), headers)
    response = connection.getresponse()
    response.read()
    accepted = time.monotonic()
    with timings.lock:
        timings.accepting.append(accepted - began)
        if response.status != 200:
            timings.refused += len(batch)
            return
        for account, event in batch.items():
            moment = datetime.fromisoformat(str(event["timestamp"]))
            timings.waiting.setdefault(account, []).append((moment, accepted))


def _look(desk: OwnDesk, timings: Timings, done: threading.Event) -> None:
    """Note when states have the touches in them. A state that is seen before its batch's answer took no time."""
    shown: dict[int, datetime] = {}
    newest = datetime(2000, 1, 1, tzinfo=UTC)
    with psycopg.connect(desk.environ["DATABASE_URL"], autocommit=True) as connection:
        while not done.wait(LOOK_SECONDS):
            # States of evaluations that began earlier may commit later.
            rows = connection.execute(_STATES, [newest - timedelta(seconds=20)]).fetchall()
            now = time.monotonic()
            for account, last, evaluated in rows:
                newest = max(newest, evaluated)
                if last is not None:
                    shown[account] = last
            with timings.lock:
                _note(timings, shown, now)


def _note(timings: Timings, shown: dict[int, datetime], now: float) -> None:
    for account, touches in list(timings.waiting.items()):
        last = shown.get(account)
        left = [touch for touch in touches if last is None or touch[0] > last]
        timings.showing += [max(0.0, now - accepted) for moment, accepted in touches if last and moment <= last]
        if left:
            timings.waiting[account] = left
        else:
            del timings.waiting[account]


if __name__ == "__main__":
    sys.exit(main())
