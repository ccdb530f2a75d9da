"""The rows behind the ABM five."""

from collections.abc import Mapping
from typing import Any

from reports import abm, standing
from reports.influence import influenced
from reports.made import Made
from reports.period import Period
from reports.rows.base import Row, Rows, day, number, pick, yes
from reports.rows.funnel import DEAL_HEADER, deal_row


def targets(period: Period, _: Mapping[str, str]) -> Rows:
    """Target accounts with what of coverage and awareness holds."""
    return Rows(
        "Target accounts",
        ("Complete data", "All required roles", "Covered", "Inbound touch in 90 days"),
        Made(
            abm.targets(period),
            lambda one: Row(one[0], one[1], (*map(yes, one[2:4]), yes(one[2] and one[3]), yes(one[4]))),
        ),
    )


def minutes(period: Period, _: Mapping[str, str]) -> Rows:
    """Target accounts with inbound minutes; all others had none."""
    return Rows(
        "Inbound minutes of target accounts",
        ("In 90 days", "In the 90 before"),
        Made(abm.minutes(period), lambda one: Row(one[0], one[1], (number(one[2], 1), number(one[3], 1)))),
    )


def key_people(period: Period, _: Mapping[str, str]) -> Rows:
    """Key people of target accounts."""
    return Rows(
        "Key people of target accounts",
        ("Person", "Persona", "Inbound touch in 90 days"),
        Made(abm.key_people(period), _person),
    )


def _person(found: tuple[Any, ...]) -> Row:
    pk, account_id, account, name, persona, engaged = found
    return Row(account_id, account, (name.strip() or f"Person {pk}", persona, yes(engaged)))


def reach(period: Period, asks: Mapping[str, str]) -> Rows:
    """Target accounts that a campaign (`campaign`) touched."""
    campaign = asks.get("campaign", "")
    return Rows(
        f"Target accounts touched by {campaign}",
        ("Touches", "First", "Last"),
        Made(abm.reached(period, campaign), lambda one: Row(one[0], one[1], (one[2], day(one[3]), day(one[4])))),
    )


def influence(period: Period, asks: Mapping[str, str]) -> Rows:
    """Closed opportunities that a campaign (`campaign`) touched (`touched`: yes or no)."""
    campaign, touched = asks.get("campaign", ""), pick(asks, "touched", ("yes", "no"))
    found = influenced(period, campaign, touched=touched == "yes")
    title = f"Closed opportunities {'with' if touched == 'yes' else 'without'} touches of {campaign}"
    return Rows(title, DEAL_HEADER, Made(found, deal_row))


def standings(period: Period, asks: Mapping[str, str]) -> Rows:
    """Accounts of a segment (`of`) with an engagement score, in a `band`; or `without` points (yes)."""
    segment, band = pick(asks, "of", standing.SEGMENTS), pick(asks, "band", ("", *map(str, standing.BANDS)))
    without = pick(asks, "without", ("", "yes"))
    found = standing.standings(period, segment=segment, band=int(band) if band else None, without=bool(without))
    return Rows(
        f"Account Engagement Score: {standing.SEGMENTS[segment].lower()}",
        ("Score", "Points"),
        Made(found, lambda one: Row(one.account_id, one.account, (_score(one.score), number(one.points, 2)))),
    )


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.1f}"
