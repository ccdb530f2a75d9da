"""Touches per second through HTTP with authentication and commit (promise S5): in batches of 10 and 100, and one by one.

    python -m benchmarks.ingest [--seconds 10] [--accounts 20000] [--connections 8]

Makes a database of its own beside that of DATABASE_URL, serves it with gunicorn as a deployment does, sends from this
process over keep-alive connections, checks that the database holds exactly what was answered with 200, and drops it.
Nothing scores meanwhile: `--backlog` requests to rescore pile up. The generator's own share of the processor is shown, for
on a machine of two cores it competes with what it measures.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import itertools
import json
import os
import random
import resource
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PEOPLE_PER_ACCOUNT = 3
SHARE_ANONYMOUS = 0.5
PATHS = ("/pricing", "/product/tour", "/blog/a", "/customers/x", "/", "/integrations", "/compare/us", "/docs/api")
EVENTS = ("Webinar Attended", "Case Study Downloaded", "Whitepaper Downloaded", "Email Opened", "Button Clicked")


@dataclass
class Measured:
    """What one way of sending came to."""

    way: str
    events: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    generator_share: float = 0.0

    def row(self) -> str:
        """A line of the table."""
        ordered = sorted(self.latencies)
        p50, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        return (
            f"{self.way:<14} {self.events:>8,} {self.events / self.seconds:>10,.0f} {p50 * 1000:>9.1f} {p99 * 1000:>9.1f}"
            f" {self.generator_share:>10.0%}"
        )


def main() -> None:
    """Measure and print."""
    options = _options()
    with _database() as url:
        environ = os.environ | {
            "DATABASE_URL": url, "DEBUG": "0", "HTTPS": "0", "SECRET_KEY": "bench", "POLARS_MAX_THREADS": "1",
            "INGEST_BACKLOG_LIMIT": "100000000", "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environ, check=True)
        command = [sys.executable, "manage.py", "apikey", "create", "bench", "--scope", "ingest"]
        made = subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, text=True)
        _companies(url, options.accounts)
        with _served(environ, options.workers) as port:
            print(f"{options.connections} connections, {options.workers} web processes, {options.accounts:,} accounts")
            print(f"{'way':<14} {'events':>8} {'events/s':>10} {'p50 ms':>9} {'p99 ms':>9} {'generator':>10}")
            sent = 0
            for size in options.sizes:
                measured = _measure(port, made.stdout.strip(), size, options)
                sent += measured.events
                print(measured.row(), flush=True)
        with psycopg.connect(url) as connection:
            stored = connection.execute("SELECT count(*) FROM signals_touch").fetchone()
            counts = connection.execute("SELECT sum(received), sum(accepted) FROM signals_ingestcount").fetchone()
        print(f"answered with 200: {sent:,}; touches stored: {stored[0]:,}; counted as received, accepted: {counts}")
        if stored[0] != sent:
            sys.exit("What was answered and what was stored differ.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10, 1])
    return parser.parse_args()


@contextmanager
def _database() -> Iterator[str]:
    parts = urlsplit(os.environ["DATABASE_URL"])
    name = f"{parts.path.strip('/')}_bench_ingest"
    admin = os.environ["DATABASE_URL"]
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _companies(url: str, accounts: int) -> None:
    """Companies with a domain and a few known people each."""
    with psycopg.connect(url) as connection:
        connection.execute(
            """
            INSERT INTO accounts_account (id, name, website, annual_revenue_currency, city, is_target, lifecycle, custom,
                field_times, created_at, updated_at)
            SELECT n, 'Company ' || n, '', 'USD', '', mod(n, 5) = 0, 'prospect', '{}', '{}', now(), now()
            FROM generate_series(1, %(n)s) n;
            """,
            {"n": accounts},
        )
        connection.execute(
            "INSERT INTO accounts_domain (account_id, name, is_primary) SELECT n, 'company' || n || '.com', true"
            " FROM generate_series(1, %s) n",
            [accounts],
        )
        connection.execute(
            "INSERT INTO accounts_buyingcenter (account_id, name, is_default, created_at) SELECT n, '', true, now()"
            " FROM generate_series(1, %s) n",
            [accounts],
        )
        connection.execute(
            """
            INSERT INTO accounts_contact (account_id, email, domain, user_id, first_name, last_name, phone, title, department,
                seniority, seniority_overridden, persona_overridden, do_not_contact, excluded_from_scoring, field_times,
                created_at, updated_at)
            SELECT n, 'p' || k || '@company' || n || '.com', 'company' || n || '.com', n || '-' || k, 'P', 'Q', '', '', '',
                'manager', false, false, false, false, '{}', now(), now()
            FROM generate_series(1, %s) n, generate_series(1, %s) k
            """,
            [accounts, PEOPLE_PER_ACCOUNT],
        )
        connection.commit()
        connection.execute("ANALYZE")


@contextmanager
def _served(environ: dict[str, str], workers: int) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "mqa_site/gunicorn.py", "mqa_site.wsgi:application"]
    settings = {"PORT": str(port), "WEB_CONCURRENCY": str(workers)}
    server = subprocess.Popen(command, cwd=ROOT, env=environ | settings, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("the web server did not start")


def _measure(port: int, key: str, size: int, options: argparse.Namespace) -> Measured:
    measured = Measured("single" if size == 1 else f"batches of {size}")
    for warm in (True, False):
        seconds = 1.0 if warm else options.seconds
        until = time.monotonic() + seconds
        results = [Measured("") for _ in range(options.connections)]
        threads = [
            threading.Thread(target=_send, args=(port, key, size, options.accounts, until, result))
            for result in results
        ]
        used, started = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_SELF)
        measured.events += sum(result.events for result in results)
        if not warm:
            timed = sum(result.events for result in results)
            measured.seconds = took * measured.events / timed
            measured.latencies = list(itertools.chain.from_iterable(result.latencies for result in results))
            cpu = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
            measured.generator_share = cpu / took / (os.cpu_count() or 1)
    return measured


def _send(port: int, key: str, size: int, accounts: int, until: float, result: Measured) -> None:
    dice = random.Random(f"{port}-{size}-{threading.get_ident()}-{until}")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode(),
        "Content-Type": "application/json",
    }
    numbers = itertools.count()
    while time.monotonic() < until:
        events = [_event(dice, accounts, next(numbers)) for _ in range(size)]
        body = json.dumps(events[0] if size == 1 else {"batch": events})
        path = f"/v1/{events[0]['type']}" if size == 1 else "/v1/batch"
        started = time.monotonic()
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        answer = response.read()
        result.latencies.append(time.monotonic() - started)
        if (response.status, answer) != (200, b'{"success": true}'):
            sys.exit(f"{response.status} {answer!r}")
        result.events += size


def _event(dice: random.Random, accounts: int, number: int) -> dict[str, object]:
    account = dice.randrange(1, accounts + 1)
    event: dict[str, object] = {
        "messageId": f"{dice.getrandbits(96):x}-{number}",
        "anonymousId": f"{dice.getrandbits(64):x}",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - dice.randrange(80 * 86_400))),
        "context": {"library": {"name": "bench", "version": "1"}, "userAgent": "Mozilla/5.0 (X11; Linux x86_64)"},
    }
    if dice.random() > SHARE_ANONYMOUS:
        event["userId"] = f"{account}-{dice.randrange(1, PEOPLE_PER_ACCOUNT + 1)}"
        event["anonymousId"] = None
    if dice.random() < 0.7:
        path = dice.choice(PATHS)
        return {**event, "type": "page", "properties": {"path": path, "url": f"https://example.com{path}?utm_source=x"}}
    return {**event, "type": "track", "event": dice.choice(EVENTS), "properties": {"theme": "integrations"}}


if __name__ == "__main__":
    main()
