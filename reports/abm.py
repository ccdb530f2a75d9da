"""The ABM five, for target accounts (domain.md §6): coverage, awareness, engagement, reach, influence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from reports import asking
from reports.cohorts import Deal, closed_deals
from reports.outcomes import Cycle, Group, cycle, group
from reports.period import Period
from reports.statistics import Share
from signals.sums import CAMPAIGN_DAYS, WINDOWS, months, windows

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
    """Inbound minutes per target account in the 90 days and in the 90 before (None: not asked for), and key people engaged."""

    minutes: float | None
    minutes_before: float | None
    key_people: Share


@dataclass(frozen=True)
class Campaign:
    """One campaign: target accounts touched, and how many of its touches hit one."""

    name: str
    reach: Share
    aim: Share


@dataclass(frozen=True)
class Five:
    """The five without influence. `earlier`: how it stood at the end of the period compared with, if one was asked for.

    `campaigns`: those that touched anybody in the period, the widest first, fifty at most; none where reach was not asked for.
    """

    coverage: Coverage
    engagement: Engagement
    earlier: tuple[Coverage, Engagement] | None
    campaigns: list[Campaign]


# The days of a month in each window that is asked for: the 90 days up to the period's end, the 90 before, the 90 up to the
# end of the period compared with, and the period. One row a month, so that a month is gone through once for all of them.
_BITS = """bits AS MATERIALIZED (
    SELECT month, COALESCE(max(days) FILTER (WHERE name = 'now'), 0) AS now,
           COALESCE(max(days) FILTER (WHERE name = 'before'), 0) AS before,
           COALESCE(max(days) FILTER (WHERE name = 'earlier'), 0) AS earlier,
           COALESCE(max(days) FILTER (WHERE name = 'period'), 0) AS period
    FROM win GROUP BY month
)"""
_SUMS = f"""WITH target AS MATERIALIZED (
    SELECT a.id, a.name, a.industry IS NOT NULL AND a.employees IS NOT NULL AND a.annual_revenue IS NOT NULL
           AND a.country IS NOT NULL AS complete
    FROM accounts_account a WHERE a.is_target AND (%(team)s::bigint IS NULL OR EXISTS (
        SELECT 1 FROM accounts_user u WHERE u.id = a.owner_sdr_id AND u.team_id = %(team)s))
), {months("ARRAY(SELECT id FROM target)")}, {WINDOWS}, {_BITS}, required AS MATERIALIZED (
    SELECT r.role, r.required FROM handoff_templaterole r
    JOIN handoff_buyinggrouptemplate t ON t.id = r.template_id
    WHERE r.required > 0 AND t.segment = COALESCE(
        (SELECT segment FROM handoff_buyinggrouptemplate WHERE segment = 'target'), 'all')
)"""  # noqa: S608 - constants of this module alone


def _judged(window: str, end: str) -> str:
    """The relation `judged_WINDOW` of the target accounts as they were at the moment that the parameter `end` says."""
    return f"""judged_{window} AS MATERIALIZED (
    SELECT a.id, a.name,
           CASE WHEN %({end})s > now() THEN a.complete
                ELSE (SELECT bool_and(known.value <> 'null') IS TRUE AND count(known.value) = 4
                      FROM unnest(ARRAY['industry', 'employees', 'annual_revenue', 'country']) asked(field)
                      CROSS JOIN LATERAL (
                          SELECT f.value FROM accounts_accountfact f
                          WHERE f.account_id = a.id AND f.field = asked.field AND f.known_from < %({end})s
                          ORDER BY f.known_from DESC, f.id DESC LIMIT 1
                      ) known) END AS complete,
           EXISTS (SELECT 1 FROM required) AND a.id IN (
               SELECT f.account_id FROM (
                   SELECT b.account_id, s.role, count(DISTINCT s.contact_id) AS people
                   FROM handoff_buyingrolespell s
                   JOIN handoff_buyinggroup g ON g.id = s.group_id
                   JOIN accounts_buyingcenter b ON b.id = g.center_id
                   WHERE (s.since IS NULL OR s.since < %({end})s) AND (s.until IS NULL OR s.until >= %({end})s)
                   GROUP BY b.account_id, s.role
               ) f JOIN required r ON r.role = f.role AND f.people >= r.required
               GROUP BY f.account_id HAVING count(*) = (SELECT count(*) FROM required)
           ) AS roles,
           a.id IN (SELECT m.account_id FROM months m JOIN bits b ON b.month = m.month WHERE m.days & b.{window} <> 0) AS aware
    FROM target a
)"""  # noqa: S608 - words of this module alone


def _covered(window: str) -> str:
    return f"""(SELECT json_build_array(count(*), count(*) FILTER (WHERE complete), count(*) FILTER (WHERE roles),
        count(*) FILTER (WHERE complete AND roles), count(*) FILTER (WHERE aware)) FROM judged_{window})"""  # noqa: S608


_TARGETS = f"{_SUMS}, {_judged('now', 'end')} SELECT id, name, complete, roles, aware FROM judged_now ORDER BY name, id"  # noqa: S608

# A month of which all days with touches lie in a window has its minutes as one sum, another one those of each day. Arrays are
# opened in the list of columns: as relations of a join they take three times as long.
_SPENT = """spent AS (
    SELECT m.account_id, m.minutes, m.days & ~b.now = 0 AS now, m.days & ~b.before = 0 AS before,
           m.days & ~b.earlier = 0 AS earlier
    FROM months m JOIN bits b ON b.month = m.month WHERE m.days & (b.now | b.before | b.earlier) <> 0
    UNION ALL
    SELECT account_id, minutes, (now >> (day - 1)) & 1 = 1, (before >> (day - 1)) & 1 = 1, (earlier >> (day - 1)) & 1 = 1
    FROM (
        SELECT m.account_id, unnest(m.on_days) AS day, unnest(m.day_minutes) AS minutes,
               CASE WHEN m.days & ~b.now = 0 THEN 0 ELSE b.now END AS now,
               CASE WHEN m.days & ~b.before = 0 THEN 0 ELSE b.before END AS before,
               CASE WHEN m.days & ~b.earlier = 0 THEN 0 ELSE b.earlier END AS earlier
        FROM months m JOIN bits b ON b.month = m.month
        WHERE (m.days & b.now <> 0 AND m.days & ~b.now <> 0) OR (m.days & b.before <> 0 AND m.days & ~b.before <> 0)
           OR (m.days & b.earlier <> 0 AND m.days & ~b.earlier <> 0)
    ) one
)"""
_MINUTES = f"""{_SUMS}, {_SPENT}
SELECT a.id, a.name, s.now, s.before FROM target a JOIN (
    SELECT account_id, COALESCE(sum(minutes) FILTER (WHERE now), 0) AS now,
           COALESCE(sum(minutes) FILTER (WHERE before), 0) AS before
    FROM spent GROUP BY account_id
) s ON s.account_id = a.id
ORDER BY 3 DESC, a.name, a.id
"""  # noqa: S608 - constants of this module alone

# Nobody marked key: everybody counts as key (domain.md §2).
# Who is engaged is looked up by IN, which hashes them: joined, the planner took them for few and went through all for each.
_KEY_PEOPLE = """engaged AS MATERIALIZED (
    SELECT account_id, contact_id, bool_or(days & now <> 0) AS now, bool_or(days & earlier <> 0) AS earlier
    FROM (
        SELECT m.account_id, unnest(m.people) AS contact_id, unnest(m.people_days) AS days, b.now, b.earlier
        FROM months m JOIN bits b ON b.month = m.month WHERE m.days & (b.now | b.earlier) <> 0
    ) one WHERE days & (now | earlier) <> 0 GROUP BY account_id, contact_id
), key_people AS (
    SELECT c.id, c.account_id, a.name AS account, c.first_name || ' ' || c.last_name AS name, COALESCE(p.name, '') AS persona,
           (c.account_id, c.id) IN (SELECT account_id, contact_id FROM engaged WHERE now) AS engaged,
           (c.account_id, c.id) IN (SELECT account_id, contact_id FROM engaged WHERE earlier) AS engaged_earlier
    FROM accounts_contact c
    JOIN target a ON a.id = c.account_id
    LEFT JOIN accounts_persona p ON p.id = c.persona_id
    WHERE c.account_id = ANY(ARRAY(SELECT id FROM target)) AND NOT c.excluded_from_scoring AND c.erased_at IS NULL
      AND (p.is_key OR NOT EXISTS (SELECT 1 FROM accounts_persona WHERE is_key))
)"""
_EACH_PERSON = f"""{_SUMS}, {_KEY_PEOPLE}
SELECT id, account_id, account, name, persona, engaged FROM key_people ORDER BY engaged DESC, account, id"""  # noqa: S608

# Touches of an account by campaign and day.
_CAMPAIGN_TOUCHES = """(
    SELECT * FROM (
        SELECT m.account_id, m.month, unnest(m.campaigns) AS campaign, unnest(m.campaign_days) AS day,
               unnest(m.campaign_touches) AS touches, b.period
        FROM months m JOIN bits b ON b.month = m.month WHERE m.days & b.period <> 0
    ) one WHERE (period >> (day - 1)) & 1 = 1
)"""
_CAMPAIGNS = f"""{CAMPAIGN_DAYS}, every AS (
    SELECT campaign, sum(touches) AS touches FROM campaign_days
    WHERE %(named)s::varchar[] IS NULL OR campaign = ANY(%(named)s) GROUP BY campaign HAVING sum(touches) > 0
), aimed AS (
    SELECT t.campaign, count(DISTINCT t.account_id) AS accounts, sum(t.touches) AS touches
    FROM {_CAMPAIGN_TOUCHES} t GROUP BY t.campaign
), widest AS (
    SELECT e.campaign, COALESCE(a.accounts, 0) AS accounts, COALESCE(a.touches, 0)::bigint AS hits, e.touches::bigint AS touches
    FROM every e LEFT JOIN aimed a USING (campaign)
    ORDER BY 2 DESC, e.campaign
    LIMIT 50
)"""  # noqa: S608 - constants of this module alone

# What a page counts, each as one value, so that one statement reads the months once for all that it wants.
_COUNTED = {
    "coverage": (_judged("now", "end"), _covered("now")),
    "earlier": (_judged("earlier", "earlier_end"), _covered("earlier")),
    "minutes": (
        _SPENT,
        """(SELECT json_build_array(COALESCE(sum(minutes) FILTER (WHERE now), 0),
            COALESCE(sum(minutes) FILTER (WHERE before), 0), COALESCE(sum(minutes) FILTER (WHERE earlier), 0)) FROM spent)""",
    ),
    "people": (
        _KEY_PEOPLE,
        """(SELECT json_build_array(count(*), count(*) FILTER (WHERE engaged), count(*) FILTER (WHERE engaged_earlier))
            FROM key_people)""",
    ),
    "campaigns": (
        _CAMPAIGNS,
        """(SELECT COALESCE(json_agg(json_build_array(campaign, accounts, hits, touches) ORDER BY accounts DESC, campaign), '[]')
            FROM widest)""",
    ),
}

_REACHED = f"""{_SUMS}
SELECT a.id, a.name, sum(t.touches)::bigint, min(t.month + t.day - 1), max(t.month + t.day - 1)
FROM {_CAMPAIGN_TOUCHES} t JOIN target a ON a.id = t.account_id
WHERE t.campaign = %(campaign)s
GROUP BY a.id, a.name
ORDER BY 3 DESC, a.name, a.id
"""  # noqa: S608 - constants of this module alone

_TOUCHED_DEALS = f"""WITH {months("%(accounts)s")}
SELECT DISTINCT o.id, t.campaign
FROM unnest(%(deals)s::bigint[], %(accounts)s::bigint[], %(days)s::date[], %(last_days)s::date[])
    o(id, account_id, day, last_day)
JOIN months m ON m.account_id = o.account_id AND m.month > o.day - 31 AND m.month <= o.last_day
    AND m.campaigns && %(campaigns)s::varchar[]
CROSS JOIN LATERAL unnest(m.campaigns, m.campaign_days) t(campaign, day)
WHERE t.campaign = ANY(%(campaigns)s) AND m.month + t.day - 1 BETWEEN o.day AND o.last_day
"""  # noqa: S608 - constants of this module alone


@dataclass(frozen=True)
class Influence:
    """Closed opportunities that a campaign touched, beside those that it did not, and their mean days to close."""

    campaign: str
    touched: Group
    touched_cycle: Cycle
    others: Group
    others_cycle: Cycle


def five(period: Period, before: Period | None = None, *, reach: bool = False) -> Five:
    """Coverage, awareness and engagement of the target accounts on the last day of the period, and reach in it."""
    parts = ["coverage", "minutes", "people", *(["earlier"] if before else []), *(["campaigns"] if reach else [])]
    found = _count(period, before, parts)
    (targets, *_), (now, past, then), (people, engaged, engaged_then) = (
        found[part] for part in ("coverage", "minutes", "people")
    )
    per_target = [float(spent) / targets if targets else None for spent in (now, past, then)]
    return Five(
        _coverage(found["coverage"]),
        Engagement(per_target[0], per_target[1], Share(engaged, people)),
        (_coverage(found["earlier"]), Engagement(per_target[2], None, Share(engaged_then, people))) if before else None,
        [_campaign(row, targets) for row in found.get("campaigns", ())],
    )


def _campaign(counted: Sequence[Any], targets: int) -> Campaign:
    name, accounts, hits, touches = counted
    return Campaign(name, Share(accounts, targets), Share(hits, touches))


def reach_of(campaigns: Sequence[str], period: Period, *, targets: int) -> dict[str, Campaign]:
    """By name the reach of those of these campaigns that touched anybody in the period, among as many `targets`."""
    found = _count(period, None, ["campaigns"], named=list(campaigns))["campaigns"] if campaigns else ()
    return {row[0]: _campaign(row, targets) for row in found}


def targets(period: Period) -> list[tuple[Any, ...]]:
    """The target accounts: id, name, complete data, all required roles, aware."""
    return _query(_TARGETS, period, **windows(now=_days(period)["now"]))


def minutes(period: Period) -> list[tuple[Any, ...]]:
    """Target accounts with inbound minutes: id, name, those of the 90 days, those of the 90 before."""
    days = _days(period)
    return _query(_MINUTES, period, **windows(now=days["now"], before=days["before"]))


def key_people(period: Period) -> list[tuple[Any, ...]]:
    """The key people of target accounts: id, account's id and name, name, persona, engaged in the 90 days."""
    return _query(_EACH_PERSON, period, **windows(now=_days(period)["now"]))


def reached(period: Period, campaign: str) -> list[tuple[Any, ...]]:
    """Target accounts that a campaign touched in the period: id, name, touches, the first and the last day of them."""
    return _query(_REACHED, period, campaign=campaign, **windows(period=_days(period)["period"]))


def influence(period: Period, campaigns: Sequence[str]) -> list[Influence]:
    """Closed opportunities with each campaign's touches beside those without.

    A touch counts from the 90th day before that on which the opportunity was created to that on which it closed.
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
                cycle(hit),
                group("Without it", missed),
                cycle(missed),
            )
        )
    return found


def influenced(period: Period, campaign: str, *, touched: bool) -> list[Deal]:
    """The closed opportunities that the campaign touched, or those that it did not."""
    deals = closed_deals(period)
    hits = _touched(deals, [campaign])
    return [deal for deal in deals if ((deal.opportunity_id, campaign) in hits) == touched]


def _touched(deals: Sequence[Deal], campaigns: Sequence[str]) -> set[tuple[Any, ...]]:
    """The pairs of a deal and a campaign that touched it."""
    if not deals or not campaigns:
        return set()
    days = [deal.created_at.astimezone(UTC).date() - timedelta(days=WINDOW_DAYS) for deal in deals]
    last_days = [deal.closed_on or deal.created_at.astimezone(UTC).date() for deal in deals]
    return set(
        asking.rows(
            _TOUCHED_DEALS,
            {
                "campaigns": list(campaigns),
                "deals": [deal.opportunity_id for deal in deals],
                "accounts": [deal.account_id for deal in deals],
                "days": days,
                "last_days": last_days,
                "first_month": min(days).replace(day=1),
                "last_month": max(last_days).replace(day=1),
            },
        )
    )


def _coverage(counted: list[int]) -> Coverage:
    targets, complete, roles, both, aware = counted
    return Coverage(Share(complete, targets), Share(roles, targets), Share(both, targets), Share(aware, targets))


def _count(
    period: Period, before: Period | None, parts: Sequence[str], *, named: list[str] | None = None
) -> dict[str, Any]:
    """The values of these parts of _COUNTED, in one statement; of the campaigns `named` alone."""
    wanted = _days(period)
    if "campaigns" not in parts:
        del wanted["period"]
    elif len(parts) == 1:
        wanted = {"period": wanted["period"]}
    if before:
        wanted["earlier"] = _days(before)["now"]
    relations = ", ".join([_SUMS, *(_COUNTED[part][0] for part in parts)])
    values = ", ".join(_COUNTED[part][1] for part in parts)
    more = {"earlier_end": before.end_at} if before else {}
    (found,) = _query(f"{relations} SELECT {values}", period, named=named, **windows(**wanted), **more)
    return dict(zip(parts, found, strict=True))


def _days(period: Period) -> dict[str, tuple[date, date]]:
    """The period, its last 90 days (`now`), and the 90 before."""
    first = period.end - timedelta(days=WINDOW_DAYS - 1)
    return {
        "now": (first, period.end),
        "before": (first - timedelta(days=WINDOW_DAYS), first - timedelta(days=1)),
        "period": (period.start, period.end),
    }


def _query(sql: str, period: Period, **more: Any) -> list[tuple[Any, ...]]:
    return asking.rows(sql, period.parameters | more)
