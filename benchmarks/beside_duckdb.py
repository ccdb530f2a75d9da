"""A full evaluation, what-if and backtest beside DuckDB on the same base, in one run (promises S1 and S2).

    python -m benchmarks.beside_duckdb [--accounts 20000] [--touches 2000000] [--days 180] [--workers 2] [--weeks 52]

DuckDB reads a file of its own, with as many threads as there are workers, and computes domain.md §3 and §4 with the default
model in SQL (`benchmarks/duckdb.sql`): points with caps, people, MQLs, spans, gates, score. Both must say the same of every
account, and of the backtest's days the same number of MQAs each, or nothing is told. A base of `--days 484` has touches for
all of 52 weeks. Makes a database of its own beside that of DATABASE_URL and drops it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.base import ROOT, database, fill, insist
from benchmarks.full_evaluation import work

SQL = Path(__file__).with_name("duckdb.sql")
TABLES = {
    "touch": "SELECT t.id, t.account_id, t.contact_id, nullif(t.visitor, '') AS visitor, y.key AS type, t.theme_id,"
    " t.minutes, t.occurred_at AT TIME ZONE 'UTC' AS occurred_at, t.message_id"
    " FROM signals_touch t JOIN signals_touchtype y ON y.id = t.touch_type_id WHERE t.ignored = ''",
    "account": "SELECT c.id AS center_id, a.id AS account_id, a.is_target FROM accounts_account a"
    " JOIN accounts_buyingcenter c ON c.account_id = a.id",
    "contact": "SELECT id, account_id, seniority FROM accounts_contact",
    "signal": "SELECT id, account_id, topic_id, provider, kind, composite, observed_on,"
    " received_at AT TIME ZONE 'UTC' AS received_at FROM signals_intentsignal",
}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--accounts", type=int, default=20_000)
    options.add_argument("--touches", type=int, default=2_000_000)
    options.add_argument("--days", type=int, default=180)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--weeks", type=int, default=52)
    options.add_argument("--only", choices=("backtest",), help="leave out the rest")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder, database("bench_beside_duckdb", threads=given.workers):
        fill(accounts=given.accounts, touches=given.touches, days=given.days)
        print(
            f"{given.accounts:,} accounts, {given.touches:,} touches of {given.days} days, {given.workers} workers; {_load()}\n"
        )
        beside = duckdb.connect(str(Path(folder, "base.duckdb")), config={"threads": given.workers})
        _copy(beside, Path(folder))
        print(f"{'what':<44} {'seconds':>8} {'x DuckDB':>9}", flush=True)
        if not given.only:
            _measure(beside, given.accounts, given.workers)
        _backtest(beside, given.weeks, given.workers)
        print(f"\nthe same of all {given.accounts:,} accounts; {_load()}")


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


def _copy(beside: Any, folder: Path) -> None:
    from django.db import connection

    from signals.publishing import active_model, config_of
    from signals.scoring_config import TIERS

    for name, query in TABLES.items():
        path = folder / f"{name}.csv"
        command = f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)"
        with connection.cursor() as cursor, path.open("wb") as file, cursor.copy(command) as rows:
            file.writelines(rows)
        beside.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{path}')")  # noqa: S608 - names of this module
        path.unlink()
    config = config_of(active_model())
    beside.execute("CREATE TABLE type (key VARCHAR, weight DOUBLE, inbound BOOLEAN, decision BOOLEAN, tier INTEGER)")
    beside.executemany(
        "INSERT INTO type VALUES (?, ?, ?, ?, ?)",
        [
            (key, config.weight_of(key), spec.direction == "inbound", spec.decision_stage, 3 - TIERS.index(spec.tier))
            for key, spec in config.touch_types.items()
        ],
    )


def _statements(day: str) -> Iterator[str]:
    lines = [line for line in SQL.read_text().splitlines() if not line.startswith("--")]
    text = "\n".join(lines).replace("$today", f"DATE '{day}'")
    return (part for part in text.split(";") if part.strip())


def _ask(beside: Any, day: str) -> tuple[float, list[tuple[Any, ...]]]:
    """Seconds, and (center, score, points, block or null) of each center."""
    began = time.perf_counter()
    for part in _statements(day):
        beside.execute(part)
    seconds = time.perf_counter() - began
    return seconds, beside.execute("SELECT center_id, score, micro, block FROM decided ORDER BY center_id").fetchall()


def _measure(beside: Any, accounts: int, workers: int) -> None:
    from django.db import connection
    from django.utils import timezone

    from signals import daily
    from signals.actions import request_rescore_of_all
    from signals.models import CenterState
    from signals.publishing import active_model, copy_to_draft, publish
    from signals.rescore import rescore_until_done

    request_rescore_of_all(reason="bench")
    insist(rescore_until_done() == accounts, "everything evaluated once")
    publish(model=copy_to_draft(model=active_model(), by=None), comment="bench", by=None)
    connection.close()
    began = time.perf_counter()
    work(workers, 0)
    stored = time.perf_counter() - began
    today = timezone.now().date()
    asked = sorted(_ask(beside, today.isoformat()) for _ in range(3))
    seconds, said = asked[1]
    ours = list(CenterState.objects.order_by("center_id").values_list("center_id", "score", "points_micro", "block"))
    different = [(a, b) for a, b in zip(ours, said, strict=True) if (a[0], a[2], a[3]) != (b[0], b[2], b[3] or "")]
    different += [(a, b) for a, b in zip(ours, said, strict=True) if abs(a[1] - b[1]) > 1e-6]
    insist(not different, f"{len(different)} accounts differ, as {different[:1]}")
    insist(daily.run(timezone.now() + timedelta(days=1)) == accounts, "everything is due on a new day")
    connection.close()
    began = time.perf_counter()
    work(workers, 1)
    nightly = time.perf_counter() - began
    print(f"{'DuckDB, §3 and §4 (median of 3)':<44} {seconds:>8.2f} {1:>9.1f}")
    print(f"{'publish, everything stored (promised 3)':<44} {stored:>8.2f} {stored / seconds:>9.1f}")
    print(f"{'new day, changes stored (promised 2)':<44} {nightly:>8.2f} {nightly / seconds:>9.1f}")
    _previews(seconds)


_BACKTESTER = """
import django
django.setup()
from signals.backtest import work_step
while work_step():
    pass
"""


def _backtest(beside: Any, weeks: int, workers: int) -> None:
    """One model on the same days: so many pollers, and DuckDB with as many threads."""
    from django.db import connection

    from signals import backtest
    from signals.publishing import active_model

    run = backtest.request_backtest(model=active_model(), weeks=weeks, by=None)
    backtest.work_step()
    connection.close()
    began = time.perf_counter()
    environ = os.environ | {"POLARS_MAX_THREADS": "1"}
    running = [subprocess.Popen([sys.executable, "-c", _BACKTESTER], cwd=ROOT, env=environ) for _ in range(workers)]
    insist(sum(process.wait() for process in running) == 0, "a poller failed")
    ours = time.perf_counter() - began
    run.refresh_from_db()
    found = backtest.result_of(run)
    if found is None:
        raise SystemExit("not measured: the backtest is done")
    counts, seconds = [], 0.0
    for day in found.days:
        taken, said = _ask(beside, day.isoformat())
        seconds += taken
        counts.append(sum(block is None for *_, block in said))
    ((name, mqas),) = found.qualified.items()
    insist(mqas == counts, f"{name} called {mqas}, DuckDB {counts}")
    print(f"{f'DuckDB, the same of {weeks} days':<44} {seconds:>8.1f} {1:>9.1f}")
    print(f"{f'backtest of {weeks} weeks (promised 1.5)':<44} {ours:>8.1f} {ours / seconds:>9.1f}", flush=True)


def _previews(seconds: float) -> None:
    from django.utils import timezone

    from signals.model_fields import changed
    from signals.publishing import active_model, config_of
    from signals.scoring_config import ScoringConfig
    from signals.snapshot import evaluated

    active = config_of(active_model())
    now = timezone.now() + timedelta(days=1)

    def timed(path: str, value: float) -> float:
        draft = ScoringConfig.model_validate(changed(active.model_dump(mode="json"), {path: value}))
        began = time.perf_counter()
        evaluated([active, draft], now)
        return time.perf_counter() - began

    timed("gates.mqa_score", 71.0)
    bar = sorted(timed("gates.mqa_score", float(score)) for score in range(60, 65))[2]
    weight = sorted(timed("tier_weights.high", float(points)) for points in (8, 9, 11))[1]
    print(f"{'what-if, another bar (promised 0.1 s)':<44} {bar:>8.2f} {bar / seconds:>9.2f}")
    print(f"{'what-if, other weights (promised 1.5)':<44} {weight:>8.2f} {weight / seconds:>9.1f}")


if __name__ == "__main__":
    main()
