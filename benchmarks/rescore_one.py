"""Rescoring one account in a small and in a large base (promise S3): request, claim, read, score, store, commit.

    python -m benchmarks.rescore_one [--small 1000] [--large 100000] [--touches 20] [--times 300]

Makes a database of its own beside that of DATABASE_URL and drops it. `--touches` is per account. The ratio is that of the
medians.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time

from benchmarks.base import database, fill, insist


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--small", type=int, default=1_000)
    options.add_argument("--large", type=int, default=100_000)
    options.add_argument("--touches", type=int, default=20)
    options.add_argument("--times", type=int, default=300)
    given = options.parse_args()
    medians = []
    with database("bench_rescore_one"):
        print(f"{'accounts':>10} {'median ms':>10} {'p95 ms':>10}")
        for accounts in (given.small, given.large):
            _empty()
            fill(accounts=accounts, touches=accounts * given.touches)
            taken = sorted(_once(accounts, number) for number in range(given.times))
            medians.append(statistics.median(taken))
            print(
                f"{accounts:>10,} {medians[-1] * 1000:>10.1f} {taken[int(len(taken) * 0.95)] * 1000:>10.1f}", flush=True
            )
    print(f"\nlarge / small: {medians[1] / medians[0]:.2f} (promised: at most 1.2)")


def _empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE accounts_account, accounts_source, signals_touch, signals_theme, signals_intenttopic,"
            " signals_rescorerequest RESTART IDENTITY CASCADE"
        )


def _once(accounts: int, number: int) -> float:
    from signals.actions import request_rescore
    from signals.rescore import rescore_due

    center = random.Random(number).randrange(accounts) + 1
    began = time.perf_counter()
    request_rescore(center_ids=[center], reason="bench")
    scored = rescore_due()
    taken = time.perf_counter() - began
    insist(scored == 1, "one account scored")
    return taken


if __name__ == "__main__":
    main()
