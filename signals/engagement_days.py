"""Account Engagement Scores of a past day (domain.md §3), by the points that were kept when it was compared (daily.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from signals.models import EngagementDay
from signals.month_frames import numbers

if TYPE_CHECKING:
    import polars as pl

# Keeps the points of a day, its parameter, of a relation {of} center_id and points_micro; anew where it was compared already.
KEEP = """
INSERT INTO signals_engagementday (day, centers, points)
SELECT %s, string_agg(int8send(center_id), '' ORDER BY center_id), string_agg(int8send(points_micro), '' ORDER BY center_id)
FROM {of} WHERE points_micro IS NOT NULL HAVING count(*) > 0
ON CONFLICT (day) DO UPDATE SET centers = EXCLUDED.centers, points = EXCLUDED.points"""


@dataclass(frozen=True)
class Compared:
    """The centers that were evaluated when `day` began: center_id, points_micro, engagement_score (null: without points).

    None of them, and no day, where there was no comparison yet.
    """

    day: date | None
    centers: pl.DataFrame


def compared_by(day: date) -> Compared:
    """The last comparison up to a day."""
    # Polars comes in here and not at import: see signals/tasks.py.
    import polars as pl

    from signals.scoring import engagement_scores

    kept = EngagementDay.objects.filter(day__lte=day).order_by("-day").first()
    centers, points = (numbers(bytes(sent), 8) for sent in ((kept.centers, kept.points) if kept else (b"", b"")))
    scores = engagement_scores(points)
    return Compared(
        kept.day if kept else None,
        pl.DataFrame({"center_id": centers, "points_micro": points, "engagement_score": scores}),
    )
