"""The rows behind a figure."""

from collections.abc import Callable
from dataclasses import dataclass

from reports import cohorts
from reports.period import Period


@dataclass(frozen=True)
class Row:
    """One row: the account it belongs to, and what the figure saw of it."""

    account_id: int
    account: str
    cells: tuple[str, ...]


HEADER = ("Qualified", "Accepted", "Opportunity", "Created", "Stage", "Closed")


def _mqas(period: Period, keep: Callable[[cohorts.Mqa], bool]) -> list[Row]:
    return [
        Row(
            mqa.account_id,
            mqa.account,
            (
                f"{mqa.qualified_at:%Y-%m-%d}",
                f"{mqa.accepted_at:%Y-%m-%d}" if mqa.accepted_at else "",
                mqa.opportunity or "",
                f"{mqa.created_at:%Y-%m-%d}" if mqa.created_at else "",
                mqa.stage or "",
                f"{mqa.closed_on:%Y-%m-%d}" if mqa.closed_on else "",
            ),
        )
        for mqa in cohorts.qualified(period)
        if keep(mqa)
    ]


KINDS: dict[str, tuple[str, Callable[[Period], list[Row]]]] = {
    "mqa": ("MQAs that qualified in the period", lambda period: _mqas(period, lambda _: True)),
    "mqa_opportunity": (
        "MQAs with an opportunity within 90 days",
        lambda period: _mqas(period, lambda mqa: mqa.created_at is not None),
    ),
}
