"""Win rate, deal size and days to close of a public file of opportunities, by the code of the reports, beside what is published.

    python -m benchmarks.published sales_pipeline.csv

The file is that of "CRM Sales Opportunities" by Maven Analytics (mavenanalytics.io, data playground), which is not part of this
repository. Published by kisaraF/CRM-Sales_Analysis (Analysis.ipynb): of Darcel Schlecht's 553 closed opportunities 349
won, 63.11 %.
"""

from __future__ import annotations

import csv
import os
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from benchmarks.base import insist

PUBLISHED = {"Darcel Schlecht": (349, 204, 63.11)}


def main() -> None:
    """Read the file, compute, compare."""
    insist(len(sys.argv) == 2, "name the file sales_pipeline.csv")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mqa_site.settings")
    import django

    django.setup()
    from reports import outcomes
    from reports.cohorts import Deal

    with Path(sys.argv[1]).open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["deal_stage"] in ("Won", "Lost")]
    deals = [
        (
            row["sales_agent"],
            Deal(
                number, row["product"], 0, row["account"], is_target=False, stage=row["deal_stage"].lower(),
                amount=Decimal(row["close_value"]), currency="USD", created_at=_moment(row["engage_date"]),
                closed_on=_moment(row["close_date"]).date(), sourced=False,
            ),
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip
    every = outcomes.group("Everybody", [deal for _, deal in deals])
    days = [(closed - deal.created_at.date()).days for _, deal in deals if isinstance(closed := deal.closed_on, date)]
    won_days = [
        (deal.closed_on - deal.created_at.date()).days for _, deal in deals if deal.stage == "won" and deal.closed_on
    ]
    print(
        f"{every.won:,} won, {every.lost:,} lost: {every.win_rate.value:.2%}; mean won {every.mean_amount['USD']:,} USD"
    )
    print(f"mean days to close {sum(days) / len(days):.2f}, of won ones {sum(won_days) / len(won_days):.2f}")
    for agent, (won, lost, rate) in PUBLISHED.items():
        found = outcomes.group(agent, [deal for name, deal in deals if name == agent])
        shown = round(100 * (found.win_rate.value or 0), 2)
        print(f"{agent}: {found.won} won, {found.lost} lost, {shown} %; published {won}, {lost}, {rate} %")
        insist((found.won, found.lost, shown) == (won, lost, rate), f"{agent} differs from what is published")


def _moment(text: str) -> datetime:
    form = "%m/%d/%Y" if "/" in text else "%Y-%m-%d"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


if __name__ == "__main__":
    main()
