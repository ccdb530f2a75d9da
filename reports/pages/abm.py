"""The ABM five, for target accounts."""

from datetime import datetime

from reports import abm
from reports.period import Period
from reports.shapes import Bar, Bars, Column, Figure, Section, Table, days_text, money_text, share_text


def sections(period: Period, *, now: datetime, before: Period | None) -> list[Section]:  # noqa: ARG001 - pages are called alike
    """All cards of the page; influence is of the campaigns with the widest reach."""
    covered = abm.coverage(period)
    earlier = abm.coverage(before) if before else None
    targets = covered.complete.whole
    engaged = abm.engagement(period, targets)
    campaigns = abm.campaigns(period, targets)
    return [
        Section(
            key="five",
            title="Target accounts",
            definition="On the last day of the period. Coverage: industry, employees, revenue and country are known, and "
            "every required buying role has validated people. Awareness: any inbound touch in 90 days. Engagement: inbound "
            "minutes an account in 90 days beside the 90 before, and the share of key people with a touch.",
            figures=[
                Figure("Coverage", share_text(covered.both), before=share_text(earlier.both) if earlier else ""),
                Figure("Complete data", share_text(covered.complete)),
                Figure("All required roles", share_text(covered.roles)),
                Figure("Awareness", share_text(covered.aware), before=share_text(earlier.aware) if earlier else ""),
                Figure("Minutes an account", _minutes(engaged.minutes), before=_minutes(engaged.minutes_before)),
                Figure("Key people engaged", share_text(engaged.key_people)),
            ],
        ),
        Section(
            key="reach",
            title="Reach",
            definition="Per campaign: target accounts touched in the period, and how many of its touches hit one.",
            chart=Bars(
                "Target accounts touched",
                [Bar(row.name, row.reach.part, f"{row.reach.part:,}") for row in campaigns[:12]],
            )
            if campaigns
            else None,
            table=Table(
                [Column("Campaign"), Column("Target accounts touched"), Column("Touches that hit one")],
                [(row.name, share_text(row.reach), share_text(row.aim)) for row in campaigns],
                empty="No touch of this period names a campaign.",
            ),
        ),
        Section(
            key="influence",
            title="Influence",
            definition="Opportunities closed in the period: those that a campaign touched from 90 days before they were "
            "created until they closed, beside those that it did not. It shows what goes together, not what causes what.",
            table=Table(
                [
                    Column("Campaign"),
                    Column("Opportunities"),
                    Column("Win rate"),
                    Column("Mean amount"),
                    Column("Mean days to close"),
                ],
                [row for campaign in campaigns[:5] for row in _influence(period, campaign.name)],
                empty="No campaign touched an opportunity that closed in this period.",
            ),
        ),
    ]


def _influence(period: Period, campaign: str) -> list[tuple[str, ...]]:
    groups, cycles = abm.influence(period, campaign)
    return [
        (campaign, group.name, share_text(group.win_rate), money_text(group.mean_amount), days_text(days or None))
        for group, days in zip(groups, cycles, strict=True)
    ]


def _minutes(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"
