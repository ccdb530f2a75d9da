"""Win rate, deal size and days to close of a public file of opportunities, by the code of the reports, beside what is published.

    python -m benchmarks.published sales_pipeline.csv

The file is that of "CRM Sales Opportunities" by Maven Analytics (mavenanalytics.io, data playground), which is not part of this
repository. What others publish of it, and what has to come out here:

- zihanc1217/B2B-Sales-Pipeline (README.md), by MySQL: 6,711 closed, 4,238 of them won, 63.15 %; 2,360.91 dollars in the mean;
  47.99 days from engagement to close, 51.78 of won ones, 41.48 of lost ones; GTX Pro 63.56 % and 4,815.61 dollars, GTX Basic
  915 of 1,436 and 545.64 dollars.
- kisaraF/CRM-Sales_Analysis (Analysis.ipynb): Darcel Schlecht won 349 of 553, 63.11 %.
- Median days, as several analysts give them: 57 of won ones, 14 of lost ones, 45 of all.
"""

from __future__ import annotations

import csv
import os
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from benchmarks.base import insist

# Who; won, lost, per cent won; mean won amount; mean and median days to close. None: not published.
PUBLISHED = {
    "all": (4238, 2473, 63.15, "2360.91", 47.99, 45),
    "won": (4238, 0, 100, "2360.91", 51.78, 57),
    "lost": (0, 2473, 0, None, 41.48, 14),
    "GTXPro": (729, 418, 63.56, "4815.61", None, None),
    "GTX Basic": (915, 521, 63.72, "545.64", None, None),
    "Darcel Schlecht": (349, 204, 63.11, None, None, None),
}


def main() -> None:
    """Read the file, compute, compare."""
    insist(len(sys.argv) == 2, "name the file sales_pipeline.csv")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mqa_site.settings")
    import django

    django.setup()
    from reports import outcomes
    from reports.cohorts import Tally
    from reports.statistics import quantile

    with Path(sys.argv[1]).open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["deal_stage"] in ("Won", "Lost")]
    deals = [
        (
            ("all", row["deal_stage"].lower(), row["product"], row["sales_agent"]),
            Tally(row["deal_stage"].lower(), "USD", 1, Decimal(row["close_value"]), 1, _days(row), 1),
        )
        for row in rows
    ]
    for name, published in PUBLISHED.items():
        chosen = [deal for names, deal in deals if name in names]
        of_them = outcomes.group(name, chosen)
        cycle = outcomes.cycle(chosen)
        mean = of_them.mean_amount.get("USD")
        days = [deal.days for deal in chosen]
        found = (
            of_them.won, of_them.lost, round(100 * (of_them.win_rate.value or 0), 2), mean and str(mean),
            round(cycle.days or 0, 2), quantile(days, 0.5),
        )  # fmt: skip
        print(f"{name}: {found}; published {published}")
        same = all(told is None or told == value for told, value in zip(published, found, strict=True))
        insist(same, f"{name} differs from what is published")


def _days(row: dict[str, str]) -> int:
    return (_moment(row["close_date"]) - _moment(row["engage_date"])).days


def _moment(text: str) -> datetime:
    form = "%m/%d/%Y" if "/" in text else "%Y-%m-%d"
    return datetime.strptime(text, form).replace(tzinfo=UTC)


if __name__ == "__main__":
    main()
