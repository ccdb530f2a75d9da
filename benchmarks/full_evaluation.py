"""A full evaluation with everything stored: a publish, then a new day (promise S1), and how two workers share it (S8).

    python -m benchmarks.full_evaluation [--accounts 100000] [--touches 10000000] [--workers 2]

Makes a database of its own beside that of DATABASE_URL and drops it. Workers are processes with one thread each.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from datetime import timedelta

from benchmarks.base import ROOT, database, fill, insist

_WORKER = """
import django; django.setup()
from django.utils import timezone
from datetime import timedelta
from signals.rescore import rescore_until_done
rescore_until_done(now=timezone.now() + timedelta(days={days}))
"""


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--accounts", type=int, default=100_000)
    options.add_argument("--touches", type=int, default=10_000_000)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--profile", action="store_true", help="where the time of one worker goes")
    given = options.parse_args()
    with database("bench_full_evaluation"):
        began = time.perf_counter()
        fill(accounts=given.accounts, touches=given.touches)
        print(f"{given.accounts:,} accounts, {given.touches:,} touches, made in {time.perf_counter() - began:.0f} s\n")
        print(f"{'what':<34} {'workers':>7} {'seconds':>9} {'centers/s':>10} {'decisions':>10}")
        if given.profile:
            _profile()
            return
        for what, days, workers in (
            ("first evaluation, all stored", 0, given.workers),
            ("publish, all stored", 0, given.workers),
            ("publish, all stored", 0, 1),
            ("new day, changes stored", 1, given.workers),
            ("new day, changes stored", 2, 1),
        ):
            _measure(what, given.accounts, workers, days)


def _measure(what: str, accounts: int, workers: int, days: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from signals import daily
    from signals.actions import request_rescore_of_all
    from signals.models import Decision, RescoreRequest
    from signals.publishing import active_model, copy_to_draft, publish

    decisions = Decision.objects.count()
    began = time.perf_counter()
    if what.startswith("publish"):
        publish(model=copy_to_draft(model=active_model(), by=None), comment="bench", by=None)
    elif what.startswith("new day"):
        requested = daily.run(timezone.now() + timedelta(days=days))
        insist(requested == accounts, f"{requested} centers of a new day")
    else:
        request_rescore_of_all(reason="bench")
    connection.close()
    work(workers, days)
    seconds = time.perf_counter() - began
    insist(not RescoreRequest.objects.exists(), "requests are left")
    made = Decision.objects.count() - decisions
    print(f"{what:<34} {workers:>7} {seconds:>9.1f} {accounts / seconds:>10,.0f} {made:>10,}", flush=True)


def work(workers: int, days: int) -> None:
    """So many processes, until nothing is due."""
    command = [sys.executable, "-c", _WORKER.format(days=days)]
    environ = os.environ | {"POLARS_MAX_THREADS": "1"}
    running = [subprocess.Popen(command, cwd=ROOT, env=environ) for _ in range(workers)]
    insist(sum(process.wait() for process in running) == 0, "a worker failed")


def _profile() -> None:
    import cProfile
    import pstats

    from signals.actions import request_rescore_of_all
    from signals.rescore import rescore_due

    request_rescore_of_all(reason="bench")
    rescore_due()
    profile = cProfile.Profile()
    profile.enable()
    for _ in range(3):
        rescore_due()
    profile.disable()
    pstats.Stats(profile).sort_stats("cumtime").print_stats(45)


if __name__ == "__main__":
    main()
