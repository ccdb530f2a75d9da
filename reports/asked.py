"""What a page of reports is asked for: the period of its query, of teams and versions that there are."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from accounts.models import Team
from reports.period import DEFAULT_DAYS, Asked, read_period
from signals.models import ScoringModel


def versions() -> list[int]:
    """Of scoring models, those that have ever been published."""
    return list(ScoringModel.objects.exclude(status=ScoringModel.Status.DRAFT).values_list("version", flat=True))


def ask(query: Mapping[str, str], *, now: datetime, days: int = DEFAULT_DAYS) -> Asked:
    """As `read_period`; a team or a version that there is not narrows nothing, and is said."""
    asked = read_period(query, today=now.astimezone(UTC).date(), days=days)
    period, errors = asked.period, list(asked.errors)
    if period.team is not None and not Team.objects.filter(pk=period.team).exists():
        period = replace(period, team=None)
        errors.append("There is no such team: these are all of them.")
    if period.model_version is not None and period.model_version not in versions():
        period = replace(period, model_version=None)
        errors.append("No such version was ever published: these are all of them.")
    return Asked(period, tuple(errors))
