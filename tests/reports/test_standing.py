"""Account Engagement Scores, by segment (domain.md §6)."""

from datetime import date

import pytest

from accounts.models import Account
from reports import standing
from reports.pages import standing as page
from reports.period import Period
from reports.rows.abm import standings
from signals.models import CenterState
from tests.reports.facts import company

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))


def stands(name: str, score: float | None, *, target: bool = False, points: int | None = 0) -> Account:
    account = company(name, target=target)
    center = account.centers.get(is_default=True)
    CenterState.objects.update_or_create(
        center=center, defaults={"account": account, "engagement_score": score, "points_micro": points}
    )
    return account


def test_scores_are_counted_by_band_and_segment() -> None:
    for place, score in enumerate((8.0, 10.0, 88.0, 100.0)):
        stands(f"Aimed{place}", score, target=True, points=5_000_000)
    stands("Cold", None, target=True)
    stands("Plain", 12.5, points=1_000_000)
    stands("New", None, points=None)  # never evaluated: of no band, and not without points either
    found = standing.spreads(MARCH)
    assert {band: many for band, many in found["target"].bands.items() if many} == {0: 1, 10: 1, 80: 1, 90: 1}
    assert (found["target"].quartiles, found["target"].without) == ((9.5, 49.0, 91.0), 1)
    assert (found["other"].scored, found["other"].quartiles, found["other"].without) == (1, (12.5,) * 3, 0)
    section = page.section(MARCH)
    assert [str(figure.value) for figure in section.figures] == ["49 (4 accounts)", "1", "12 (1 account)", "0"]
    assert str(section.table and section.table.rows[1][2]) == "100 % (1 of 1; 21 % to 100 %)"


def test_nobody_has_a_score_yet() -> None:
    section = page.section(MARCH)
    assert (section.charts, section.table and section.table.rows) == ([], [])
    assert [str(figure.value) for figure in section.figures] == ["– (none)", "0", "– (none)", "0"]


def test_the_accounts_behind_a_band_are_those_of_team_and_segment() -> None:
    stands("Aimed", 95.0, target=True, points=7_500_000)
    stands("Plain", 95.0, points=7_500_000)
    stands("Cold", None)
    rows = [(row.account, row.cells) for row in standings(MARCH, {"of": "other", "band": "90"}).rows]
    assert rows == [("Plain", ("95.0", "7.50"))]
    assert [row.account for row in standings(MARCH, {"of": "other", "without": "yes"}).rows] == ["Cold"]
    assert standing.spreads(Period(MARCH.start, MARCH.end, team=10**8))["target"].scored == 0
