"""Account Engagement Score: how accounts stand now, target accounts beside all others (domain.md §3, §6)."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from reports import asking
from reports.period import Period
from reports.statistics import Share

SEGMENTS = {"target": "Target accounts", "other": "All others"}
WIDTH = 10
BANDS = tuple(range(0, 100, WIDTH))  # lower bounds; 100 is in the last


class Standing(NamedTuple):
    """An account as a whole: its percentile among centers with points, as of the start of today, and its points."""

    account_id: int
    account: str
    score: float | None
    points: float


@dataclass(frozen=True)
class Spread:
    """How the scores of a segment spread: how many in each band, quartiles, and how many accounts have no points."""

    bands: dict[int, int]
    quartiles: tuple[float, float, float] | None
    without: int

    @property
    def scored(self) -> int:
        """How many have a score."""
        return sum(self.bands.values())

    def share(self, band: int) -> Share:
        """Of the accounts with a score those in a band."""
        return Share(self.bands[band], self.scored)


_STANDING = """
WITH standing AS (
    SELECT a.id, a.name, CASE WHEN a.is_target THEN 'target' ELSE 'other' END AS segment,
           s.engagement_score AS score, s.points_micro / 1e6::float8 AS points,
           CASE WHEN s.engagement_score IS NOT NULL THEN least(floor(s.engagement_score / 10) * 10, 90)::int END AS band
    FROM signals_centerstate s
    JOIN accounts_buyingcenter c ON c.id = s.center_id AND c.is_default
    JOIN accounts_account a ON a.id = c.account_id
    WHERE s.points_micro IS NOT NULL AND a.merged_into_id IS NULL
      AND (%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))
      AND (%(team)s::bigint IS NULL OR EXISTS (
          SELECT 1 FROM accounts_user u WHERE u.id = a.owner_sdr_id AND u.team_id = %(team)s))
)
"""
_SPREAD = f"""{_STANDING}
SELECT segment, band, grouping(band) = 1, count(*), percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY score)
FROM standing GROUP BY GROUPING SETS ((segment, band), (segment))
"""  # noqa: S608 - constants of this module alone
_ROWS = f"""{_STANDING}
SELECT id, name, score, points FROM standing
WHERE segment = %(of)s AND (%(band)s::int IS NULL OR band = %(band)s) AND (score IS NULL) = %(without)s
ORDER BY score DESC NULLS LAST, id
"""  # noqa: S608 - constants of this module alone


def spreads(period: Period) -> dict[str, Spread]:
    """By segment, of the evaluated accounts of the period's segment and team, as they stand now."""
    rows: list[tuple[Any, ...]] = asking.rows(_SPREAD, period.parameters)
    found = {}
    for segment in SEGMENTS:
        counts = {band: many for name, band, is_all, many, _ in rows if name == segment and not is_all}
        quartiles = next((five for name, _, is_all, _, five in rows if name == segment and is_all), None)
        bands = {band: counts.get(band, 0) for band in BANDS}
        known = tuple(quartiles) if quartiles and any(bands.values()) else None
        found[segment] = Spread(bands, known, counts.get(None, 0))
    return found


def standings(period: Period, *, segment: str, band: int | None = None, without: bool = False) -> list[Standing]:
    """A segment's accounts with a score (in a band), the highest first; or those `without` points."""
    asked = {"of": segment, "band": band, "without": without}
    return [Standing._make(row) for row in asking.rows(_ROWS, period.parameters | asked)]
