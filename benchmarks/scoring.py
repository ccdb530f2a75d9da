"""Times the one scoring function: all accounts in a frame, in batches as the workers take them, and one account alone.

    python benchmarks/scoring.py [--accounts 100000] [--touches 5000000] [--threads 2]

`--touches` are those in the look-back; a third more lie before it, for the MQLs of earlier days. Frames are made from a
hash of the row number, so every run scores the same companies.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--accounts", type=int, default=100_000)
arguments.add_argument("--touches", type=int, default=5_000_000)
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--profile", action="store_true", help="where the time of one account goes")
options = arguments.parse_args()
# Polars reads this when it is imported.
os.environ["POLARS_MAX_THREADS"] = str(options.threads)

import polars as pl  # noqa: E402

from signals.evidence import evidence_many  # noqa: E402
from signals.frames import Facts, empty_facts  # noqa: E402
from signals.scoring import Evaluation, evaluate  # noqa: E402
from signals.scoring_config import ScoringConfig  # noqa: E402

AS_OF = datetime(2026, 11, 21, 12, tzinfo=UTC)
TYPES = (
    *["page_other"] * 6, *["blog_page"] * 4, *["product_page"] * 4, *["pricing_page"] * 2, *["email_open"] * 5,
    *["email_click"] * 2, "case_study", "content_download", "webinar_attended", "webinar_registered", "comparison",
    "demo_request", *["call"] * 2, *["email_sent"] * 3, "meeting_held",
)  # fmt: skip
SENIORITIES = ("c_level", "vp", "director", "manager", "manager", "manager", "other", "other", "other")
INDUSTRIES = ("Software", "Logistics", "Manufacturing", "Retail", "Health", "Mining")


def dice(seed: int, sides: int) -> pl.Expr:
    """A number from 0 to sides - 1 by the hash of the row's `n`."""
    return (pl.col("n").hash(seed) % sides).cast(pl.Int64)


def pick(seed: int, values: tuple[str, ...]) -> pl.Expr:
    """One of the values."""
    return pl.lit(pl.Series(values)).gather(dice(seed, len(values)))


def numbered(rows: int) -> pl.DataFrame:
    """A frame with `n` from 0."""
    return pl.DataFrame({"n": pl.int_range(rows, eager=True)})


def make_facts(accounts: int, touches: int, history_days: int, lookback_days: int) -> Facts:
    """Companies of six people; half of the touches lie in a burst of ten days, a quarter is anonymous."""
    people = accounts * 6
    empty = empty_facts()
    midnight = int(datetime(AS_OF.year, AS_OF.month, AS_OF.day, tzinfo=UTC).timestamp() * 1_000_000)
    day = 86_400_000_000
    burst = (pl.col("account_id").hash(9) % history_days).cast(pl.Int64)
    age = (
        pl.when(dice(5, 2) == 0).then(dice(6, history_days)).otherwise((burst + dice(7, 10)).clip(0, history_days - 1))
    )
    made = (
        numbered(touches * history_days // lookback_days)
        .with_columns(account_id=dice(1, accounts))
        .select(
            touch_id="n",
            account_id="account_id",
            contact_id=pl.when(dice(2, 4) > 0).then(pl.col("account_id") * 6 + dice(3, 6)),
            visitor=pl.when(dice(2, 4) == 0).then(-1 - dice(3, 3)),
            type=pick(4, TYPES),
            theme_id=pl.when(dice(8, 3) > 0).then((pl.col("account_id") + dice(10, 3)) % 12),
            minutes=dice(11, 10).cast(pl.Float64),
            occurred_at=(midnight - age * day + dice(12, day // 2)).cast(pl.Datetime("us", "UTC")),
            turn=pl.col("n").cast(pl.UInt32),
        )
    )
    return Facts(
        accounts=numbered(accounts).select(
            account_id="n",
            is_target=dice(20, 3) == 0,
            customer=pl.lit(None, dtype=pl.String),
            industry=pick(21, INDUSTRIES),
            employees=dice(22, 5000),
            annual_revenue=dice(23, 10**9).cast(pl.Float64),
            revenue_growth=dice(24, 40).cast(pl.Float64),
            locations=dice(25, 30),
            country=pl.lit("NL"),
            region=pl.lit("EMEA"),
            tier=pl.lit("1"),
        ),
        technologies=numbered(accounts).select(
            account_id="n", technology=pick(26, ("SAP", "Oracle")), status=pl.lit("uses")
        ),
        centers=numbered(accounts).select(center_id="n", account_id="n", is_default=pl.lit(True)),
        contacts=numbered(people).select(
            contact_id="n",
            account_id=pl.col("n") // 6,
            center_id=pl.lit(None, dtype=pl.Int64),
            seniority=pick(27, SENIORITIES),
            persona_id=dice(28, 8),
            department=pick(29, ("IT", "Finance", "Operations", "Sales")),
            excluded=dice(30, 100) == 0,
        ),
        touches=made,
        intent=numbered(accounts).select(
            account_id="n",
            topic=pick(31, ("iPaaS", "ERP", "Security")),
            theme_id=dice(32, 12),
            provider=pl.lit("bombora"),
            kind=pl.lit("topic_surge"),
            composite=dice(33, 100).cast(pl.Float64),
            observed_on=pl.lit(AS_OF.date()) - pl.duration(days=dice(34, 40)),
            received_at=pl.lit(AS_OF),
            seq="n",
        ),
        external_mqls=empty.external_mqls,
        intent_connected=True,
        themes_set_up=True,
    )


def batch(facts: Facts, first: int, last: int) -> Facts:
    """The facts of accounts first to last - 1, as a loader would hand them over."""
    keep = pl.col("account_id").is_between(first, last - 1)
    return Facts(
        accounts=facts.accounts.filter(keep),
        technologies=facts.technologies.filter(keep),
        centers=facts.centers.filter(keep),
        contacts=facts.contacts.filter(keep),
        touches=facts.touches.filter(keep),
        intent=facts.intent.filter(keep),
        external_mqls=facts.external_mqls,
        intent_connected=True,
        themes_set_up=True,
    )


def timed(work: Callable[[], object], times: int) -> float:
    """Median seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[len(taken) // 2]


def main() -> None:
    config = ScoringConfig.model_validate(
        {
            "criteria": [
                {"id": "size", "field": "employees", "operator": "at_least", "value": 500, "kind": "required"},
                {"id": "industry", "field": "industry", "operator": "not_in", "value": ["Mining"]},
                {"id": "sap", "field": "technology_used", "operator": "in", "value": ["SAP"]},
            ],
            "key_personas": [1, 2, 3, 4],
        }
    )
    start = time.perf_counter()
    facts = make_facts(options.accounts, options.touches, config.history_days, config.lookback_days)
    print(
        f"made {facts.touches.height:,} touches in {time.perf_counter() - start:.1f} s; {pl.thread_pool_size()} threads"
    )
    found: list[Evaluation] = []
    spent = time.process_time()
    seconds = timed(lambda: found.append(evaluate(facts, config, AS_OF)), 3)
    # On a busy machine the processor's time says more than the clock.
    spent = (time.process_time() - spent) / 3
    each = 1e3 * seconds / options.accounts
    print(f"all {options.accounts:,} accounts: {seconds:.2f} s, {spent:.2f} s of CPU ({each:.3f} ms each)")
    blocks = found[-1].centers["block"].value_counts(sort=True).rows()
    print("blocks:", ", ".join(f"{name or 'none'} {count:,}" for name, count in blocks))
    found.clear()
    for size in (1_000, 100, 1):
        part = batch(facts, 0, size)
        seconds = timed(lambda part=part: evaluate(part, config, AS_OF), 20)
        evaluation = evaluate(part, config, AS_OF)
        told = timed(lambda evaluation=evaluation: evidence_many(evaluation), 5)
        print(
            f"{size:,} in a frame: {1e3 * seconds:.1f} ms ({1e3 * seconds / size:.3f} each), "
            f"evidence {1e3 * told:.1f} ms ({1e3 * told / size:.3f} each)"
        )
    if options.profile:
        import cProfile

        part = batch(facts, 0, 1)
        cProfile.runctx("for _ in range(50): evaluate(part, config, AS_OF)", globals(), locals(), sort="tottime")


if __name__ == "__main__":
    main()
