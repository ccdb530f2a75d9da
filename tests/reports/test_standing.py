"""Account Engagement Scores, by segment (domain.md §6)."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import Account, AccountFact
from reports import standing
from reports.pages import standing as page
from reports.period import Period
from reports.rows.abm import standings
from signals import daily
from signals.models import CenterState
from tests.reports.facts import company

pytestmark = pytest.mark.django_db

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
APRIL_1 = date(2026, 4, 1)


def stands(name: str, points: float | None, *, target: bool = False) -> Account:
    account = Account.objects.filter(name=name).first() or company(name, target=target)
    micro = None if points is None else round(points * 1_000_000)
    CenterState.objects.update_or_create(
        center=account.centers.get(is_default=True), defaults={"account": account, "points_micro": micro}
    )
    return account


def test_scores_are_counted_by_band_and_segment() -> None:
    for place, points in enumerate((1, 2, 8, 9)):
        stands(f"Aimed{place}", points, target=True)
    stands("Cold", 0, target=True)
    stands("Plain", 3)
    stands("New", None)  # never evaluated: of no band, and not without points either
    daily.compare(APRIL_1)
    found = standing.spreads(MARCH)[0]
    # Five with points: 10, 30, 50, 70, 90.
    assert {band: many for band, many in found.of["target"].bands.items() if many} == {10: 1, 30: 1, 70: 1, 90: 1}
    assert (found.of["target"].quartiles, found.of["target"].without) == ((25.0, 50.0, 75.0), 1)
    assert (found.of["other"].scored, found.of["other"].quartiles, found.of["other"].without) == (1, (50.0,) * 3, 0)
    section = page.section(MARCH)
    assert [str(figure.value) for figure in section.figures] == ["50 (4 accounts)", "1", "50 (1 account)", "0"]
    assert str(section.table and section.table.rows[5][2]) == "100 % (1 of 1; 21 % to 100 %)"


def test_nobody_has_a_score_yet() -> None:
    section = page.section(MARCH, MARCH.before())
    assert (section.charts, section.table and section.table.rows) == ([], [])
    assert [str(figure.value) for figure in section.figures] == ["– (none)", "0", "– (none)", "0"]
    assert section.warnings == [
        "Scores are kept from the day on which the desk first compared accounts, and these days are before it."
    ]


def test_a_past_day_is_as_it_was_counted_then_and_stands_beside_the_day_before() -> None:
    stands("Early", 4)
    stands("Late", 1)
    daily.compare(date(2026, 3, 1))
    stands("Early", 1)
    stands("Late", 4)
    stands("Third", 5)
    daily.compare(APRIL_1)
    stands("Early", 9)
    daily.compare(date(2026, 4, 2))

    names = [(row.account, row.cells) for row in standings(MARCH, {"of": "other"}).rows]
    before = [(row.account, row.cells) for row in standings(MARCH.before(), {"of": "other"}).rows]
    section = page.section(MARCH, MARCH.before())

    assert names == [("Third", ("83.3", "5.00")), ("Late", ("50.0", "4.00")), ("Early", ("16.7", "1.00"))]
    assert before == [("Early", ("75.0", "4.00")), ("Late", ("25.0", "1.00"))]
    assert [(figure.label, str(figure.value), figure.before) for figure in section.figures[2:]] == [
        ("Median, all others", "50 (3 accounts)", "50 (2 accounts)"),
        ("Without points, all others", "0", "0"),
    ]
    assert section.definition.endswith(" Here: as counted on Apr 01, 2026, before on Mar 01, 2026.")
    assert section.table is not None
    assert [str(column) for column in section.table.rows[7]][3:] == [
        "0 % (0 of 3; 0 % to 56 %)",
        "50 % (1 of 2; 9 % to 91 %)",
    ]


def test_of_a_past_day_the_segment_is_that_of_then() -> None:
    account = stands("Halden", 4)
    Account.objects.filter(pk=account.pk).update(is_target=True)
    AccountFact.objects.filter(account=account, field="is_target").delete()
    for value, since in ((False, datetime(2025, 1, 1, tzinfo=UTC)), (True, datetime(2026, 3, 20, tzinfo=UTC))):
        AccountFact.objects.create(account=account, field="is_target", value=value, known_from=since)
    daily.compare(date(2026, 3, 1))

    now, before = standing.spreads(MARCH, MARCH.before())
    assert (now.of["target"].scored, now.of["other"].scored) == (1, 0)
    assert (before.of["target"].scored, before.of["other"].scored) == (0, 1)


def test_the_accounts_behind_a_band_are_those_of_team_and_segment() -> None:
    stands("Aimed", 7.5, target=True)
    stands("Plain", 7.5)
    stands("Cold", 0)
    daily.compare(APRIL_1)
    rows = [(row.account, row.cells) for row in standings(MARCH, {"of": "other", "band": "50"}).rows]
    assert rows == [("Plain", ("50.0", "7.50"))]
    assert [row.account for row in standings(MARCH, {"of": "other", "without": "yes"}).rows] == ["Cold"]
    assert standing.spreads(Period(MARCH.start, MARCH.end, team=10**8))[0].of["target"].scored == 0
