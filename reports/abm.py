"""The ABM five, for target accounts (domain.md §6): coverage, awareness, engagement, reach, influence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

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


_COVERAGE = """
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
    SELECT a.id,
           a.industry IS NOT NULL AND a.employees IS NOT NULL AND a.annual_revenue IS NOT NULL
               AND a.country IS NOT NULL AS complete,
           EXISTS (SELECT 1 FROM required) AND NOT EXISTS (
               SELECT 1 FROM required r LEFT JOIN filled f ON f.account_id = a.id AND f.role = r.role
               WHERE COALESCE(f.people, 0) < r.required
           ) AS roles,
           EXISTS (
               SELECT 1 FROM signals_touch t JOIN signals_touchtype y ON y.id = t.touch_type_id
               WHERE t.account_id = a.id AND t.occurred_at >= %(from)s AND t.occurred_at < %(end)s
                 AND t.ignored = '' AND y.direction = 'inbound'
           ) AS aware
    FROM accounts_account a WHERE a.is_target
)
SELECT count(*), count(*) FILTER (WHERE complete), count(*) FILTER (WHERE roles),
       count(*) FILTER (WHERE complete AND roles), count(*) FILTER (WHERE aware)
FROM judged
"""

_MINUTES = """
SELECT COALESCE(sum(t.minutes) FILTER (WHERE t.occurred_at >= %(from)s), 0),
       COALESCE(sum(t.minutes) FILTER (WHERE t.occurred_at < %(from)s), 0)
FROM signals_touch t
JOIN accounts_account a ON a.id = t.account_id AND a.is_target
JOIN signals_touchtype y ON y.id = t.touch_type_id
WHERE t.occurred_at >= %(before)s AND t.occurred_at < %(end)s AND t.ignored = '' AND y.direction = 'inbound'
"""

# Nobody marked key: everybody counts as key (domain.md §2).
_KEY_PEOPLE = """
SELECT count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM signals_touch t JOIN signals_touchtype y ON y.id = t.touch_type_id
           WHERE t.contact_id = c.id AND t.occurred_at >= %(from)s AND t.occurred_at < %(end)s
             AND t.ignored = '' AND y.direction = 'inbound')),
       count(*)
FROM accounts_contact c
JOIN accounts_account a ON a.id = c.account_id AND a.is_target
LEFT JOIN accounts_persona p ON p.id = c.persona_id
WHERE NOT c.excluded_from_scoring AND c.erased_at IS NULL
  AND (p.is_key OR NOT EXISTS (SELECT 1 FROM accounts_persona WHERE is_key))
"""

_CAMPAIGNS = """
SELECT t.campaign, count(DISTINCT t.account_id) FILTER (WHERE a.is_target), count(*) FILTER (WHERE a.is_target), count(*)
FROM signals_touch t
LEFT JOIN accounts_account a ON a.id = t.account_id
JOIN signals_touchtype y ON y.id = t.touch_type_id
WHERE t.campaign <> '' AND t.occurred_at >= %(start)s AND t.occurred_at < %(end)s AND t.ignored = ''
  AND y.direction = 'inbound'
GROUP BY t.campaign
ORDER BY 2 DESC, t.campaign
LIMIT 50
"""

_TOUCHED_DEALS = """
SELECT DISTINCT o.id FROM handoff_opportunity o JOIN signals_touch t ON t.account_id = o.account_id
WHERE t.campaign = %(campaign)s AND t.ignored = '' AND o.id = ANY(%(deals)s)
  AND t.occurred_at >= o.created_at - make_interval(days => %(window)s)
  AND t.occurred_at < (o.closed_on + 1)::timestamp AT TIME ZONE 'UTC'
"""


def coverage(period: Period) -> Coverage:
    """Coverage and awareness of the target accounts, on the last day of the period."""
    ((targets, complete, roles, both, aware),) = _query(_COVERAGE, period)
    return Coverage(Share(complete, targets), Share(roles, targets), Share(both, targets), Share(aware, targets))


def engagement(period: Period, targets: int) -> Engagement:
    """Minutes per target account and key people engaged, in the 90 days up to the period's end."""
    ((now, before),) = _query(_MINUTES, period)
    ((engaged, people),) = _query(_KEY_PEOPLE, period)
    return Engagement(
        float(now) / targets if targets else None,
        float(before) / targets if targets else None,
        Share(engaged, people),
    )


def campaigns(period: Period, targets: int) -> list[Campaign]:
    """Reach of the campaigns that touched anybody in the period, the widest first; fifty at most."""
    return [
        Campaign(name, Share(reached, targets), Share(hits, touches))
        for name, reached, hits, touches in _query(_CAMPAIGNS, period)
    ]


def influence(period: Period, campaign: str) -> tuple[Sequence[Group], Sequence[float]]:
    """Closed opportunities with the campaign's touches beside those without, and their mean cycle days.

    A touch counts from 90 days before the opportunity was created until it closed.
    """
    deals = closed_deals(period)
    with connection.cursor() as cursor:
        cursor.execute(
            _TOUCHED_DEALS,
            {"campaign": campaign, "deals": [deal.opportunity_id for deal in deals], "window": WINDOW_DAYS},
        )
        touched = {row[0] for row in cursor.fetchall()}
    kinds: list[tuple[str, list[Deal]]] = [
        ("With the campaign", [deal for deal in deals if deal.opportunity_id in touched]),
        ("Without it", [deal for deal in deals if deal.opportunity_id not in touched]),
    ]
    named = [group(name, rows) for name, rows in kinds]
    return named, [_mean_cycle(rows) for _, rows in kinds]


def _mean_cycle(deals: Sequence[Deal]) -> float:
    days = [(deal.closed_on - deal.created_at.date()).days for deal in deals if deal.closed_on is not None]
    forward = [day for day in days if day >= 0]
    return sum(forward) / len(forward) if forward else 0.0


def _query(sql: str, period: Period) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "start": period.start_at,
                "end": period.end_at,
                "from": period.end_at - timedelta(days=WINDOW_DAYS),
                "before": period.end_at - timedelta(days=2 * WINDOW_DAYS),
            },
        )
        return cursor.fetchall()
