"""Loads opportunities and the inbound touches before them as one frame (see attribution.py), in one statement.

Of a closed month (see closing.py) the touches are those that were known when it was closed or last restated, as they
were read then, and the opportunities stand as they stood then.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from reports import asking
from reports.cohorts import WINDOW_DAYS
from reports.deals import BY_CLOSE, BY_CREATION, OF_SOURCE
from reports.period import Period
from signals.facts import unpacked
from signals.touches_sql import POSTGRES_EPOCH

if TYPE_CHECKING:
    import polars as pl


class Deal(NamedTuple):
    """An opportunity whose amount is credited; without an amount it is 0."""

    opportunity_id: int
    name: str
    account_id: int
    account: str
    amount: Decimal
    currency: str
    won: bool
    created_at: datetime
    closed_on: date | None

    @property
    def day(self) -> date:
        """The day on which its amount counts: when it was won, else when it was created."""
        return self.closed_on if self.won and self.closed_on else self.created_at.date()


# Touches travel as a few long columns: rows one by one cost the client many times as much. Never in a text.
_END = "\x1e"
_PATHS = f"""
WITH deal AS MATERIALIZED (
    SELECT o.id, o.name, o.account_id, o.account, COALESCE(o.amount, 0) AS amount, o.currency,
           o.stage = 'won' AS won, o.created_at, o.closed_on,
           COALESCE((  -- whose it was then, where accounts were merged since
               SELECT m.gone_id FROM accounts_accountmerge m
               WHERE m.at > o.known_at AND m.undone_at IS NULL AND m.moved->'opportunities' @> to_jsonb(o.id)
               ORDER BY m.at, m.id LIMIT 1
           ), o.account_id) AS of_account,
           o.known_at, o.created_at - make_interval(days => %(lookback)s) AS from_at,
           CASE WHEN %(until_close)s AND o.closed_on IS NOT NULL
                THEN greatest(o.created_at, (o.closed_on + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond')
                ELSE o.created_at END AS until_at
    FROM {{opportunities}} o
    WHERE {{which}}
      AND (%(segment)s = '' OR o.is_target = (%(segment)s = 'target'))
      AND (%(team)s::bigint IS NULL OR EXISTS (
          SELECT 1 FROM accounts_user u WHERE u.id = o.owner_id AND u.team_id = %(team)s))
      AND {{of_source}}
), qualified AS (
    SELECT d.id, min(h.qualified_at) AS qualified_at
    FROM deal d JOIN handoff_handoff h ON h.account_id IN (d.account_id, d.of_account) AND h.is_mqa
        AND h.qualified_at <= d.created_at AND h.qualified_at > d.from_at
        AND d.of_account = COALESCE((
            SELECT m.gone_id FROM accounts_accountmerge m
            WHERE m.at > d.known_at AND m.undone_at IS NULL AND EXISTS (
                SELECT 1 FROM jsonb_array_elements(m.moved->'handoffs') one WHERE (one->>0)::bigint = h.id)
            ORDER BY m.at, m.id LIMIT 1
        ), h.account_id)
    GROUP BY d.id
), touch AS (
    SELECT d.id AS deal, t.id, t.occurred_at, t.channel, t.campaign, t.contact_id
    FROM deal d JOIN signals_touch t ON t.account_id = d.of_account
        AND t.occurred_at >= d.from_at AND t.occurred_at <= d.until_at AND t.ignored = ''
        AND t.touch_type_id = ANY(%(inbound)s)
        AND (d.known_at IS NULL OR (t.received_at <= d.known_at AND t.known_from <= d.known_at))
    UNION ALL
    SELECT d.id, t.id, t.occurred_at, r.channel, r.campaign, r.contact_id
    FROM deal d JOIN signals_pastreading r ON r.account_id = d.of_account AND r.ignored = ''
        AND r.touch_type_id = ANY(%(inbound)s) AND r.known_from <= d.known_at AND r.known_until > d.known_at
    JOIN signals_touch t ON t.id = r.touch_id AND t.occurred_at >= d.from_at AND t.occurred_at <= d.until_at
        AND t.received_at <= d.known_at
), sent AS (
    SELECT int8send(0), int4send(count(*)::int), string_agg(int8send(deal), ''), string_agg(int8send(id), ''),
           string_agg(timestamptz_send(occurred_at), ''), string_agg(int8send(COALESCE(contact_id, 0)), ''),
           string_agg(translate(channel, E'\\x1e', ''), E'\\x1e'), string_agg(translate(campaign, E'\\x1e', ''), E'\\x1e')
    FROM touch
)
SELECT d.id, d.name, d.account_id, d.account, d.amount, d.currency, d.won, d.created_at, d.closed_on,
       (date_part('epoch', d.created_at) * 1000000)::bigint, (date_part('epoch', q.qualified_at) * 1000000)::bigint,
       (date_part('epoch', (d.closed_on + 1)::timestamp AT TIME ZONE 'UTC') * 1000000)::bigint - 1,
       (date_part('epoch', d.known_at) * 1000000)::bigint, {", ".join(["NULL"] * 8)}
FROM deal d LEFT JOIN qualified q USING (id)
UNION ALL SELECT {", ".join(["NULL"] * 13)}, sent.* FROM sent
ORDER BY 1 NULLS LAST
"""  # noqa: S608 - constants of this project; what a call fills in are constants of this module too
_OPPORTUNITIES = {"won": BY_CLOSE, "open": BY_CREATION, "closed": BY_CLOSE}
_WHICH = {
    "won": "o.stage = 'won' AND o.closed_on BETWEEN %(first)s AND %(last)s",
    "open": "o.stage = 'open' AND o.created_at >= %(start)s AND o.created_at < %(end)s",
    "closed": "o.stage IN ('won', 'lost') AND o.closed_on BETWEEN %(first)s AND %(last)s",
}


def load_paths(period: Period, *, which: str, lookback: int, until_close: bool) -> tuple[dict[int, Deal], pl.DataFrame]:
    """The period's deals (`which`: won, open, closed) by id, and the touches of the `lookback` days before each.

    `until_close`: and those until it closed. Columns of the frame: deal, account, at, channel, campaign, contact (null: nobody
    known), created, qualified, closed, known (when a closed month's touches were known; null: now); of the deal also won, cents,
    currency and day. In the order of deal, at and the touch's id.
    """
    import polars as pl  # not at import: see signals/tasks.py

    *rows, last = _rows(period, which=which, lookback=lookback, until_close=until_close)
    deals = {row[0]: Deal._make(row[:9]) for row in rows}
    names = ("deal", "account", "created", "qualified", "closed", "known")
    of_deals = pl.DataFrame(
        [(row[0], row[2], *row[9:13]) for row in rows], schema=dict.fromkeys(names, pl.Int64()), orient="row"
    ).with_columns(
        pl.Series("won", [deal.won for deal in deals.values()], dtype=pl.Boolean()),
        pl.Series(
            "cents", [int(deal.amount.scaleb(2).to_integral_exact()) for deal in deals.values()], dtype=pl.Int64()
        ),
        pl.Series("currency", [deal.currency for deal in deals.values()], dtype=pl.String()),
        pl.Series("day", [deal.day for deal in deals.values()], dtype=pl.Date()),
    )
    *numbers, channels, campaigns = last[13:]
    touches = unpacked([numbers] if numbers[2] else [], ("deal", "touch", "at", "contact")).select(
        "deal",
        "touch",
        pl.col("at") + POSTGRES_EPOCH,
        _texts(channels).alias("channel"),
        _texts(campaigns).alias("campaign"),
        contact=pl.when(pl.col("contact") != 0).then("contact"),
    )
    return deals, touches.sort("deal", "at", "touch").join(of_deals, on="deal", how="left", maintain_order="left")


def _texts(sent: str | None) -> pl.Series:
    import polars as pl

    if sent is None:
        return pl.Series([], dtype=pl.String())
    return pl.Series([sent], dtype=pl.String()).str.split(_END).explode()


def _rows(period: Period, *, which: str, lookback: int, until_close: bool) -> list[tuple[Any, ...]]:
    """A row a deal, and one of the touches of all (see `unpacked`)."""
    inbound = [pk for (pk,) in asking.rows("SELECT id FROM signals_touchtype WHERE direction = 'inbound'", {})]
    return asking.rows(
        _PATHS.format(which=_WHICH[which], of_source=OF_SOURCE, opportunities=_OPPORTUNITIES[which]),
        period.parameters
        | {"window": WINDOW_DAYS, "lookback": lookback, "until_close": until_close, "inbound": inbound},
    )
