"""The ABM five, for target accounts (domain.md §6): coverage, awareness, engagement, reach, influence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from django.db import connection

from reports.cohorts import Deal, closed_deals
from reports.outcomes import Group, group
from reports.period import Period
from reports.statistics import Share

WINDOW_DAYS = 90


@dataclass(frozen=True)
class Coverage:
    """Of the target accounts: complete data, somebody in every required buying role, both; any inbound touch."""

    complete: Share
    roles: Share
    both: Share
    aware: Share


@dataclass(frozen=True)
class Engagement:
    """Inbound minutes per target account in the 90 days and in the 90 before, and key people engaged."""

    minutes: float | None
    minutes_before: float | None
    key_people: Share


@dataclass(frozen=True)
class Campaign:
    """One campaign: target accounts touched, and how many of its touches hit one."""

    name: str
    reach: Share
    aim: Share


_TARGET = """a.is_target AND (%(team)s::bigint IS NULL OR EXISTS (
        SELECT 1 FROM accounts_user u WHERE u.id = a.owner_sdr_id AND u.team_id = %(team)s))"""
_JUDGED = f"""
WITH required AS (
    SELECT r.role, r.required FROM handoff_templaterole r
    JOIN handoff_buyinggrouptemplate t ON t.id = r.template_id
    WHERE r.required > 0 AND t.segment = COALESCE(
        (SELECT segment FROM handoff_buyinggrouptemplate WHERE segment = 'target'), 'all')
), filled AS (
    SELECT b.account_id, m.role, count(DISTINCT m.contact_id) AS people
    FROM handoff_buyinggroupmember m
    JOIN handoff_buyinggroup g ON g.id = m.group_id
    JOIN accounts_buyingcenter b ON b.id = g.center_id
    WHERE m.status = 'validated'
    GROUP BY b.account_id, m.role
), judged AS (
    SELECT a.id, a.name,
           a.industry IS NOT NULL AND a.employees IS NOT NULL AND a.annual_revenue IS NOT NULL
               AND a.country IS NOT NULL AS complete,
           EXISTS (SELECT 1 FROM required) AND NOT EXISTS (
               SELECT 1 FROM required r LEFT JOIN filled f ON f.account_id = a.id AND f.role = r.role
               WHERE COALESCE(f.people, 0) < r.required
           ) AS roles,
           t.found IS NOT NULL AS aware
    FROM accounts_account a
    LEFT JOIN LATERAL (
        SELECT 1 AS found FROM signals_touch t
        WHERE t.account_id = a.id AND t.occurred_at >= %(from)s AND t.occurred_at < %(end)s AND t.ignored = ''
          AND t.touch_type_id = ANY(%(inbound)s)
        LIMIT 1
    ) t ON true
    WHERE {_TARGET}
)
"""  # noqa: S608 - constants of this module alone
_COVERAGE = """
SELECT count(*), count(*) FILTER (WHERE complete), count(*) FILTER (WHERE roles),
       count(*) FILTER (WHERE complete AND roles), count(*) FILTER (WHERE aware)
FROM judged
"""
_TARGETS = "SELECT id, name, complete, roles, aware FROM judged ORDER BY name, id"

_MINUTES = f"""
SELECT a.id, a.name, COALESCE(m.now, 0), COALESCE(m.before, 0)
FROM accounts_account a
CROSS JOIN LATERAL (
    SELECT sum(t.minutes) FILTER (WHERE t.occurred_at >= %(from)s) AS now,
           sum(t.minutes) FILTER (WHERE t.occurred_at < %(from)s) AS before, count(*) AS touches
    FROM signals_touch t
    WHERE t.account_id = a.id AND t.occurred_at >= %(before)s AND t.occurred_at < %(end)s AND t.ignored = ''
      AND t.touch_type_id = ANY(%(inbound)s)
) m
WHERE {_TARGET} AND m.touches > 0
ORDER BY 3 DESC, a.name, a.id
"""  # noqa: S608 - constants of this module alone

# Nobody marked key: everybody counts as key (domain.md §2).
_KEY_PEOPLE = f"""
SELECT c.id, c.account_id, a.name, c.first_name || ' ' || c.last_name, COALESCE(p.name, ''),
       t.found IS NOT NULL AS engaged
FROM accounts_contact c
JOIN accounts_account a ON a.id = c.account_id AND {_TARGET}
LEFT JOIN accounts_persona p ON p.id = c.persona_id
LEFT JOIN LATERAL (
    SELECT 1 AS found FROM signals_touch t
    WHERE t.contact_id = c.id AND t.occurred_at >= %(from)s AND t.occurred_at < %(end)s AND t.ignored = ''
      AND t.touch_type_id = ANY(%(inbound)s)
    LIMIT 1
) t ON true
WHERE NOT c.excluded_from_scoring AND c.erased_at IS NULL
  AND (p.is_key OR NOT EXISTS (SELECT 1 FROM accounts_persona WHERE is_key))
"""  # noqa: S608 - constants of this module alone
_ENGAGED = f"SELECT count(*) FILTER (WHERE engaged), count(*) FROM ({_KEY_PEOPLE}) k"  # noqa: S608 - constants alone

_CAMPAIGNS = f"""
WITH every AS (
    SELECT t.campaign, count(*) AS touches FROM signals_touch t
    WHERE t.campaign <> '' AND t.occurred_at >= %(start)s AND t.occurred_at < %(end)s AND t.ignored = ''
      AND t.touch_type_id = ANY(%(inbound)s)
    GROUP BY t.campaign
), aimed AS (
    SELECT one.campaign, count(*) AS accounts, sum(one.touches) AS touches
    FROM accounts_account a
    CROSS JOIN LATERAL (
        SELECT t.campaign, count(*) AS touches FROM signals_touch t
        WHERE t.account_id = a.id AND t.campaign <> '' AND t.occurred_at >= %(start)s AND t.occurred_at < %(end)s
          AND t.ignored = '' AND t.touch_type_id = ANY(%(inbound)s)
        GROUP BY t.campaign
    ) one
    WHERE {_TARGET} GROUP BY one.campaign
)
SELECT e.campaign, COALESCE(a.accounts, 0), COALESCE(a.touches, 0)::bigint, e.touches
FROM every e LEFT JOIN aimed a USING (campaign)
ORDER BY 2 DESC, e.campaign
LIMIT 50
"""  # noqa: S608 - constants of this module alone

_REACHED = f"""
SELECT a.id, a.name, count(*), min(t.occurred_at), max(t.occurred_at)
FROM signals_touch t
JOIN accounts_account a ON a.id = t.account_id AND {_TARGET}
JOIN signals_touchtype y ON y.id = t.touch_type_id
WHERE t.campaign = %(campaign)s AND t.occurred_at >= %(start)s AND t.occurred_at < %(end)s AND t.ignored = ''
  AND y.direction = 'inbound'
GROUP BY a.id, a.name
ORDER BY 3 DESC, a.name, a.id
"""  # noqa: S608 - constants of this module alone

_TOUCHED_DEALS = """
SELECT DISTINCT o.id, t.campaign FROM handoff_opportunity o JOIN signals_touch t ON t.account_id = o.account_id
WHERE t.campaign = ANY(%(campaigns)s) AND t.ignored = '' AND o.id = ANY(%(deals)s)
  AND t.occurred_at >= o.created_at - make_interval(days => %(window)s)
  AND t.occurred_at < (o.closed_on + 1)::timestamp AT TIME ZONE 'UTC'
"""


@dataclass(frozen=True)
class Influence:
    """Closed opportunities that a campaign touched, beside those that it did not, and their mean days to close."""

    campaign: str
    touched: Group
    touched_days: float | None
    others: Group
    others_days: float | None


def coverage(period: Period) -> Coverage:
    """Coverage and awareness of the target accounts, on the last day of the period."""
    ((targets, complete, roles, both, aware),) = _query(_JUDGED + _COVERAGE, period)
    return Coverage(Share(complete, targets), Share(roles, targets), Share(both, targets), Share(aware, targets))


def targets(period: Period) -> list[tuple[Any, ...]]:
    """The target accounts: id, name, complete data, all required roles, aware."""
    return _query(_JUDGED + _TARGETS, period)


def engagement(period: Period, targets: int) -> Engagement:
    """Minutes per target account and key people engaged, in the 90 days up to the period's end."""
    rows = minutes(period)
    ((engaged, people),) = _query(_ENGAGED, period)
    return Engagement(
        float(sum(row[2] for row in rows)) / targets if targets else None,
        float(sum(row[3] for row in rows)) / targets if targets else None,
        Share(engaged, people),
    )


def minutes(period: Period) -> list[tuple[Any, ...]]:
    """Target accounts with inbound minutes: id, name, those of the 90 days, those of the 90 before."""
    return _query(_MINUTES, period)


def key_people(period: Period) -> list[tuple[Any, ...]]:
    """The key people of target accounts: id, account's id and name, name, persona, engaged in the 90 days."""
    return _query(f"{_KEY_PEOPLE} ORDER BY engaged DESC, a.name, c.id", period)


def campaigns(period: Period, targets: int) -> list[Campaign]:
    """Reach of the campaigns that touched anybody in the period, the widest first; fifty at most."""
    return [
        Campaign(name, Share(reached, targets), Share(hits, touches))
        for name, reached, hits, touches in _query(_CAMPAIGNS, period)
    ]


def reached(period: Period, campaign: str) -> list[tuple[Any, ...]]:
    """Target accounts that a campaign touched in the period: id, name, touches, the first and the last of them."""
    return _query(_REACHED, period, campaign=campaign)


def influence(period: Period, campaigns: Sequence[str]) -> list[Influence]:
    """Closed opportunities with each campaign's touches beside those without.

    A touch counts from 90 days before the opportunity was created until it closed.
    """
    deals = closed_deals(period)
    touched = _touched(deals, campaigns)
    found = []
    for campaign in campaigns:
        hit = [deal for deal in deals if (deal.opportunity_id, campaign) in touched]
        missed = [deal for deal in deals if (deal.opportunity_id, campaign) not in touched]
        found.append(
            Influence(
                campaign,
                group("With the campaign", hit),
                _mean_cycle(hit),
                group("Without it", missed),
                _mean_cycle(missed),
            )
        )
    return found


def influenced(period: Period, campaign: str, *, touched: bool) -> list[Deal]:
    """The closed opportunities that the campaign touched, or those that it did not."""
    deals = closed_deals(period)
    hits = _touched(deals, [campaign])
    return [deal for deal in deals if ((deal.opportunity_id, campaign) in hits) == touched]


def _touched(deals: Sequence[Deal], campaigns: Sequence[str]) -> set[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            _TOUCHED_DEALS,
            {
                "campaigns": list(campaigns),
                "deals": [deal.opportunity_id for deal in deals],
                "window": WINDOW_DAYS,
            },
        )
        return {(pk, campaign) for pk, campaign in cursor.fetchall()}


def _mean_cycle(deals: Sequence[Deal]) -> float | None:
    days = [(deal.closed_on - deal.created_at.astimezone(UTC).date()).days for deal in deals if deal.closed_on]
    forward = [day for day in days if day >= 0]
    return sum(forward) / len(forward) if forward else None


def _query(sql: str, period: Period, **more: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        # As an array of constants: the planner then goes by accounts, and does not read every touch there is.
        cursor.execute("SELECT id FROM signals_touchtype WHERE direction = 'inbound'")
        inbound = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(
            sql,
            {
                "inbound": inbound,
                "team": period.team,
                "start": period.start_at,
                "end": period.end_at,
                "from": period.end_at - timedelta(days=WINDOW_DAYS),
                "before": period.end_at - timedelta(days=2 * WINDOW_DAYS),
                **more,
            },
        )
        return cursor.fetchall()
