"""Credits of won or open amounts by channel, campaign and stakeholder: loads the paths, asks attribution.py (domain.md §6)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

from django.db import connection

from reports import attribution
from reports.markov import removal_shares
from reports.period import Period

BY = {"channel": "Channel", "campaign": "Campaign", "person": "Person", "persona": "Persona", "role": "Buying role"}
MODELS = {
    "first": "First touch",
    "last": "Last touch",
    "linear": "Linear",
    "u": "U 40-20-40",
    "w": "W 30-30-30-10",
    "full_path": "Full path",
    "time_decay": "Time decay, 7 days",
    "markov": "Data-driven (Markov)",
}
UNKNOWN = "(unknown)"


@dataclass(frozen=True)
class Options:
    """The visible choices: which money, which model, by what, how far back, how touches are read."""

    money: str = "won"
    model: str = "w"
    by: str = "channel"
    lookback: int = 180
    skip_direct: bool = False
    collapse: bool = False


@dataclass(frozen=True)
class Credit:
    """What one channel, campaign or stakeholder is credited with, by currency; and how many opportunities it touched."""

    key: str
    amounts: dict[str, Decimal]
    touches: int
    opportunities: int


@dataclass(frozen=True)
class Attribution:
    """Credits, the totals they sum to, and what had no touch to credit."""

    credits: Sequence[Credit]
    totals: dict[str, Decimal]
    untouched: dict[str, Decimal]
    opportunities: int


_PATHS = """
SELECT o.id, o.amount, o.currency, o.stage, o.created_at, o.closed_on, mqa.qualified_at,
       t.occurred_at, t.channel, t.campaign, t.contact_id, c.first_name || ' ' || c.last_name, p.name, role.role
FROM handoff_opportunity o
JOIN accounts_account a ON a.id = o.account_id
LEFT JOIN LATERAL (
    SELECT min(h.qualified_at) AS qualified_at FROM handoff_handoff h
    WHERE h.account_id = o.account_id AND h.is_mqa AND h.qualified_at <= o.created_at
      AND h.qualified_at > o.created_at - make_interval(days => %(lookback)s)
) mqa ON true
LEFT JOIN signals_touch t ON t.account_id = o.account_id
    AND t.occurred_at >= o.created_at - make_interval(days => %(lookback)s)
    AND t.occurred_at <= CASE WHEN %(until_close)s AND o.closed_on IS NOT NULL
                              THEN greatest(o.created_at, (o.closed_on + 1)::timestamp AT TIME ZONE 'UTC') ELSE o.created_at END
    AND t.ignored = ''
    AND t.touch_type_id IN (SELECT id FROM signals_touchtype WHERE direction = 'inbound')
LEFT JOIN accounts_contact c ON c.id = t.contact_id
LEFT JOIN accounts_persona p ON p.id = c.persona_id
LEFT JOIN LATERAL (
    SELECT m.role FROM handoff_buyinggroupmember m JOIN handoff_buyinggroup g ON g.id = m.group_id
    JOIN accounts_buyingcenter b ON b.id = g.center_id
    WHERE b.account_id = o.account_id AND m.contact_id = t.contact_id AND m.status = 'validated'
    ORDER BY m.id LIMIT 1
) role ON %(by)s = 'role'
WHERE {which}
  AND (%(segment)s = '' OR a.is_target = (%(segment)s = 'target'))
  AND (%(team)s::bigint IS NULL OR EXISTS (
      SELECT 1 FROM accounts_user u WHERE u.id = o.owner_id AND u.team_id = %(team)s))
ORDER BY o.id, t.occurred_at, t.id
"""
_WHICH = {
    "won": "o.stage = 'won' AND o.closed_on BETWEEN %(first)s AND %(last)s",
    "open": "o.stage = 'open' AND o.created_at >= %(start)s AND o.created_at < %(end)s",
    "closed": "o.stage IN ('won', 'lost') AND o.closed_on BETWEEN %(first)s AND %(last)s",
}


@dataclass(frozen=True)
class _Deal:
    amount: Decimal
    currency: str
    won: bool
    path: attribution.Path
    keys: Sequence[str]


def attribute(period: Period, options: Options) -> Attribution:
    """Credits of the period's won (or open) amounts. They sum to the amounts of the touched, to the cent."""
    deals = _deals(period, options, which=options.money)
    shares = _markov_shares(period, options) if options.model == "markov" else {}
    amounts: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    touches: dict[str, int] = defaultdict(int)
    touched: dict[str, int] = defaultdict(int)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    untouched: dict[str, Decimal] = defaultdict(Decimal)
    for deal in deals:
        totals[deal.currency] += deal.amount
        if not deal.keys:
            untouched[deal.currency] += deal.amount
            continue
        weights = _weights(deal, options, shares)
        for key, credit in zip(deal.keys, attribution.allocate(deal.amount, weights), strict=True):
            amounts[key][deal.currency] += credit
            touches[key] += 1
        for key in set(deal.keys):
            touched[key] += 1
    rows = [Credit(key, dict(credit), touches[key], touched[key]) for key, credit in amounts.items()]
    rows.sort(key=lambda row: (-sum(row.amounts.values()), row.key))
    return Attribution(rows, dict(totals), dict(untouched), len(deals))


def _weights(deal: _Deal, options: Options, shares: dict[str, float]) -> list[float]:
    if options.model != "markov":
        return attribution.MODELS[options.model](deal.path)
    # A channel's share of the whole chain, within one path by how the path uses the channels; linear where none counts.
    weights = [shares.get(key, 0.0) / deal.keys.count(key) for key in deal.keys]
    return weights if sum(weights) > 0 else attribution.linear(deal.path)


def _markov_shares(period: Period, options: Options) -> dict[str, float]:
    closed = _deals(period, options, which="closed")
    return removal_shares((deal.keys, deal.won) for deal in closed)


def _deals(period: Period, options: Options, *, which: str) -> list[_Deal]:
    with connection.cursor() as cursor:
        cursor.execute(
            _PATHS.format(which=_WHICH[which]),
            {
                "start": period.start_at,
                "end": period.end_at,
                "first": period.start,
                "last": period.end,
                "segment": period.segment,
                "team": period.team,
                "lookback": options.lookback,
                "until_close": options.model == "full_path",
                "by": options.by,
            },
        )
        rows = cursor.fetchall()
    grouped: dict[int, list[tuple]] = defaultdict(list)
    for row in rows:
        grouped[row[0]].append(row)
    return [_deal(group, options) for group in grouped.values()]


def _deal(rows: Sequence[tuple], options: Options) -> _Deal:
    _, amount, currency, stage, created_at, closed_on, qualified_at = rows[0][:7]
    steps = [(row[7], row[8] or UNKNOWN, _key(row, options.by)) for row in rows if row[7] is not None]
    if options.skip_direct:
        steps = [steps[i] for i in attribution.without_direct([step[1] for step in steps])]
    if options.collapse:
        steps = [steps[i] for i in attribution.collapse_repeats([step[1] for step in steps])]
    return _Deal(
        amount=amount or Decimal(0),
        currency=currency,
        won=stage == "won",
        path=attribution.Path(
            touched_at=[step[0] for step in steps],
            created_at=created_at,
            qualified_at=qualified_at,
            closed_at=None if closed_on is None else datetime.combine(closed_on, time.max, UTC),
        ),
        keys=[step[2] for step in steps],
    )


def _key(row: tuple, by: str) -> str:
    _, channel, campaign, contact_id, name, persona, role = row[7:14]
    values = {
        "channel": channel,
        "campaign": campaign,
        "person": (name or "").strip() or (f"Person {contact_id}" if contact_id else "(anonymous)"),
        "persona": persona,
        "role": role,
    }
    return values[by] or UNKNOWN
