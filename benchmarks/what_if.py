"""What-if and backtest over a whole base (promise S2): the first look, another bar, another weight, weeks of the past.

    python -m benchmarks.what_if [--accounts 20000] [--touches 2000000] [--weeks 4]

Makes a database of its own beside that of DATABASE_URL and drops it. One process with two threads, as in the web server on
two cores. Everything has been evaluated before, as in a desk that runs; a bar is what a slider of the page changes. Load is
that of the machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks.base import database, fill, insist


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--accounts", type=int, default=20_000)
    options.add_argument("--touches", type=int, default=2_000_000)
    options.add_argument("--weeks", type=int, default=4)
    given = options.parse_args()
    with database("bench_what_if", threads=2):
        fill(accounts=given.accounts, touches=given.touches)
        _evaluate_all(given.accounts)
        load = os.getloadavg()[0]
        print(f"{given.accounts:,} accounts, {given.touches:,} touches; load {load:.1f}\n")
        print(f"{'what':<58} {'ms':>9}")
        _what_ifs()
        _backtest(given.accounts, given.weeks)
        print(f"\nload {os.getloadavg()[0]:.1f}")


def _evaluate_all(accounts: int) -> None:
    from signals.actions import request_rescore_of_all
    from signals.models import RescoreRequest
    from signals.rescore import rescore_until_done

    request_rescore_of_all(reason="bench")
    insist(rescore_until_done() == accounts, "everything evaluated")
    insist(not RescoreRequest.objects.exists(), "requests are left")


def _what_ifs() -> None:
    from django.utils import timezone

    from signals import snapshot
    from signals.model_fields import changed
    from signals.publishing import active_model, config_of
    from signals.scoring_config import ScoringConfig
    from signals.snapshot import evaluated
    from signals.whatif import what_if

    now = timezone.now()
    active = config_of(active_model())

    def draft(**values: Any) -> ScoringConfig:
        paths = {path.replace("__", "."): value for path, value in values.items()}
        return ScoringConfig.model_validate(changed(active.model_dump(mode="json"), paths))

    def say(what: str, *works: Callable[[], object]) -> None:
        taken = []
        for work in works:
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
        print(f"{what:<58} {1000 * statistics.median(taken):>9,.0f}", flush=True)

    def scored(*configs: ScoringConfig) -> list[Callable[[], object]]:
        return [lambda config=config: evaluated([active, config], now) for config in configs]

    say("all centers read and measured, both models", *scored(draft(gates__mqa_score=71)))
    say("another score of an MQA (median of 10)", *scored(*(draft(gates__mqa_score=float(n)) for n in range(60, 70))))
    say("other full points (median of 10)", *scored(*(draft(full_points=float(n)) for n in range(40, 50))))
    say("another fit of the ICP (median of 5)", *scored(*(draft(min_fit=float(n)) for n in range(40, 45))))
    say(
        "other person-days of a cluster (median of 4)",
        *scored(*(draft(gates__cluster_person_days=n) for n in (4, 5, 6, 7))),
    )
    say("other people of a spread (median of 4)", *scored(*(draft(gates__min_contacts=n) for n in (3, 4, 5, 6))))
    say(
        "another share of a theme (median of 4)", *scored(*(draft(gates__min_theme_share=n / 10) for n in (3, 5, 6, 7)))
    )
    snapshot.LOOK_EVERY = 0.0
    say(
        "another score, with a look at what has changed (of 5)",
        *scored(*(draft(gates__mqa_score=n + 0.5) for n in range(60, 65))),
    )
    snapshot.LOOK_EVERY = 3.0
    say("other weights (median of 3)", *scored(*(draft(tier_weights__high=float(n)) for n in (8, 9, 11))))
    page = [lambda n=n: what_if(active=active, draft=draft(gates__mqa_score=float(n)), now=now) for n in range(50, 56)]
    say("the page's whole what-if, first (a week ago is read)", page[0])
    say("the page's whole what-if, another bar (median of 5)", *page[1:])


def _backtest(accounts: int, weeks: int) -> None:
    from signals import backtest
    from signals.publishing import active_model, copy_to_draft

    run = backtest.request_backtest(model=copy_to_draft(model=active_model(), by=None), weeks=weeks, by=None)
    began = time.perf_counter()
    done = 0
    while step := backtest.work_step():
        done += step
    seconds = time.perf_counter() - began
    run.refresh_from_db()
    insist(run.result is not None, "the backtest is done")
    insist(run.result["qualified"].keys() == {name for name, _ in run.configs}, "of both models")
    print(
        f"{f'a week of the backtest, both models ({weeks} measured)':<58} {1000 * seconds / weeks:>9,.0f}"
        f"   ({weeks * accounts / seconds:,.0f} centers/s)"
    )


if __name__ == "__main__":
    main()
