"""The ABM five, for target accounts."""

from datetime import datetime

from reports import abm, drawn
from reports.influence import Influence, influence
from reports.meanwhile import meanwhile
from reports.outcomes import cycle_text, mean_text
from reports.pages import standing
from reports.period import Period
from reports.shapes import Bar, Bars, Cell, Column, Figure, Section, Table, share_text

MOST_INFLUENCE = 5


def sections(period: Period, *, now: datetime, before: Period | None, campaign: str = "") -> list[Section]:  # noqa: ARG001 - pages are called alike
    """All cards of the page; influence is of one `campaign`, or of those with the widest reach."""
    stood = meanwhile(lambda: standing.section(period, before))
    found = abm.five(period, before, reach=True)
    campaigns = found.campaigns
    names = [row.name for row in campaigns]
    reached = found.campaigns_before if before else None
    looked_at = [campaign] if campaign else names[:MOST_INFLUENCE]
    influenced_before = meanwhile(lambda: influence(before, looked_at) if before else [None] * len(looked_at))
    influenced = influence(period, looked_at)
    earlier = influenced_before()
    return [
        _five(found),
        Section(
            key="reach",
            title="Reach",
            definition="Per campaign of the period: target accounts touched, and how many of its touches hit one; of the fifty "
            "campaigns that reached the most.",
            chart=Bars(
                "Target accounts touched",
                [Bar(row.name, row.reach.part, f"{row.reach.part:,}") for row in campaigns[:12]],
            )
            if campaigns
            else None,
            table=Table(
                [
                    Column("Campaign"),
                    Column("Target accounts touched"),
                    Column("Touches that hit one"),
                    *(
                        [Column("Accounts before", was="Target accounts touched"), Column("Touches before")]
                        if reached is not None
                        else []
                    ),
                ],
                [
                    (
                        row.name,
                        Cell(share_text(row.reach), "reach", {"campaign": row.name}),
                        share_text(row.aim),
                        *(_reached_before(reached.get(row.name)) if reached is not None else ()),
                    )
                    for row in campaigns
                ],
                empty="No touch of this period names a campaign.",
            ),
        ),
        Section(
            key="influence",
            title="Influence",
            definition="Opportunities closed in the period: those that a campaign touched from 90 days before they were "
            "created until they closed, beside those that it did not. Amounts are means of won ones that name an amount; how "
            "many is in brackets. It shows what goes together, not what causes what. "
            + (
                "Of the campaign asked for."
                if campaign
                else f"Of the {MOST_INFLUENCE} campaigns that reached the most."
            ),
            charts=drawn.influence(influenced),
            table=Table(
                [
                    Column("Campaign"),
                    Column("Opportunities"),
                    Column("Win rate"),
                    Column("Mean amount"),
                    Column("Mean days to close"),
                    *(
                        [Column("Win rate before", was="Win rate"), Column("Mean amount before"), Column("Days before")]
                        if before
                        else []
                    ),
                ],
                [row for one, was in zip(influenced, earlier, strict=True) for row in _influence(one, was)],
                empty="No campaign touched an opportunity that closed in this period.",
            ),
        ),
        stood(),
    ]


def five(period: Period, before: Period | None) -> Section:
    """Coverage, awareness and engagement."""
    return _five(abm.five(period, before))


def _five(found: abm.Five) -> Section:
    covered, engaged = found.coverage, found.engagement
    earlier, before = found.earlier or (None, None)
    people = before.key_people if before else None
    rows = [
        ("Coverage", covered.both, earlier.both if earlier else None),
        ("Complete data", covered.complete, earlier.complete if earlier else None),
        ("All required roles", covered.roles, earlier.roles if earlier else None),
        ("Awareness", covered.aware, earlier.aware if earlier else None),
        ("Key people engaged", engaged.key_people, people),
    ]
    return Section(
        key="five",
        title="Target accounts",
        definition="Of the accounts that were targets at the end of the period's last day. Coverage: industry, employees, "
        "revenue and country were known, and every required buying role had validated people. Awareness: any inbound touch in 90 "
        "days. Engagement: inbound minutes an account in 90 days beside the 90 before, and the share of key people with a "
        "touch.",
        figures=[
            Figure(
                "Coverage",
                Cell(share_text(covered.both), "targets"),
                before=share_text(earlier.both) if earlier else "",
            ),
            Figure(
                "Complete data",
                Cell(share_text(covered.complete), "targets"),
                before=share_text(earlier.complete) if earlier else "",
            ),
            Figure(
                "All required roles",
                Cell(share_text(covered.roles), "targets"),
                before=share_text(earlier.roles) if earlier else "",
            ),
            Figure(
                "Awareness",
                Cell(share_text(covered.aware), "targets"),
                before=share_text(earlier.aware) if earlier else "",
            ),
            Figure(
                "Minutes an account",
                Cell(_minutes(engaged.minutes), "minutes"),
                f"{_minutes(engaged.minutes_before)} in the 90 days before",
                before=_minutes(before.minutes) if before else "",
            ),
            Figure(
                "Key people engaged",
                Cell(share_text(engaged.key_people), "key_people"),
                before=share_text(people) if people else "",
            ),
        ],
        charts=drawn.shares("five", "Shares of target accounts and of their key people, with 95 % intervals", rows),
        table=Table(
            [Column("Measure"), Column("Share"), *([Column("Share before")] if earlier else [])],
            [
                (name, share_text(share), *([share_text(was) if was else "–"] if earlier else []))
                for name, share, was in rows
            ],
        ),
        folded=True,
    )


def _reached_before(was: abm.Campaign | None) -> tuple[str, str]:
    return (share_text(was.reach), share_text(was.aim)) if was else ("–", "–")


def _influence(one: Influence, before: Influence | None) -> list[tuple[str | Cell, ...]]:
    sides = [
        (one.touched, "yes", before.touched if before else None),
        (one.others, "no", before.others if before else None),
    ]
    return [
        (
            one.campaign,
            group.name,
            Cell(share_text(group.win_rate), "influence", {"campaign": one.campaign, "touched": touched}),
            mean_text(group),
            cycle_text(group.cycle),
            *((share_text(was.win_rate), mean_text(was), cycle_text(was.cycle)) if was else ()),
        )
        for group, touched, was in sides
    ]


def _minutes(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}"
