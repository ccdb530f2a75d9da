"""Loads opportunities and the inbound touches before them as one frame (see attribution.py), in one statement.

Of a closed month (see closing.py) the touches are those that were known when it was closed or last restated, as they
were read then, and the opportunities stand as they stood then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from reports import asking
from reports.cohorts import WINDOW_DAYS
from reports.deals import BY_CLOSE, BY_CREATION, OF_SOURCE
from reports.period import Period
from signals.facts import unpacked
from signals.touches_sql import POSTGRES_EPOCH, TEXT_END, TEXTS, UNTIL, Touches, packed

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


# Numbers that are sent of each touch; of closed months also when it was known, and until when it was read so.
_NUMBERS = ("people", "types", "moments")
_OF_CLOSED = ("known", UNTIL)
_PATHS = """
WITH deal AS MATERIALIZED (
    SELECT row_number() OVER () AS number, o.id, o.name, o.account_id, o.account, COALESCE(o.amount, 0) AS amount, o.currency,
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
    FROM {opportunities} o
    WHERE {which}
      AND (%(segment)s = '' OR o.is_target = (%(segment)s = 'target'))
      AND (%(team)s::bigint IS NULL OR EXISTS (
          SELECT 1 FROM accounts_user u WHERE u.id = o.owner_id AND u.team_id = %(team)s))
      AND {of_source}
), of_either AS (
    SELECT d.*, d.account_id AS whose FROM deal d WHERE %(milestones)s
    UNION ALL SELECT d.*, d.of_account FROM deal d WHERE %(milestones)s AND d.of_account <> d.account_id
), qualified AS (
    SELECT d.number, min(h.qualified_at) AS qualified_at
    FROM of_either d JOIN handoff_handoff h ON h.account_id = d.whose AND h.is_mqa
        AND h.qualified_at <= d.created_at AND h.qualified_at > d.from_at
        AND d.of_account = COALESCE((
            SELECT m.gone_id FROM accounts_accountmerge m
            WHERE m.at > d.known_at AND m.undone_at IS NULL AND EXISTS (
                SELECT 1 FROM jsonb_array_elements(m.moved->'handoffs') one WHERE (one->>0)::bigint = h.id)
            ORDER BY m.at, m.id LIMIT 1
        ), h.account_id)
    GROUP BY d.number
), lead AS (  -- the day's last moment: what made somebody an MQL came on it
    SELECT d.number, min(least(d.created_at, (s.since + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond')) AS since
    FROM of_either d JOIN signals_mqlspell s ON s.account_id = d.whose
        AND s.since BETWEEN (d.from_at AT TIME ZONE 'UTC')::date AND (d.created_at AT TIME ZONE 'UTC')::date
        AND d.of_account = COALESCE((
            SELECT m.gone_id FROM accounts_accountmerge m
            WHERE m.at > d.known_at AND m.undone_at IS NULL AND m.moved->'mqls' @> to_jsonb(s.id)
            ORDER BY m.at, m.id LIMIT 1
        ), s.account_id)
    GROUP BY d.number
), run AS MATERIALIZED (
    SELECT min(month)::timestamp AT TIME ZONE 'UTC' AS since FROM signals_touchrun
), known AS MATERIALIZED (  -- since when there are touches: what was before them is not looked for
    SELECT COALESCE((SELECT min(occurred_at) FROM signals_touch WHERE occurred_at < run.since), run.since, '-infinity') AS since
    FROM run
), asked AS MATERIALIZED (
    SELECT DISTINCT month::date AS month, of_account AS account_id
    FROM deal CROSS JOIN known CROSS JOIN LATERAL generate_series(
        date_trunc('month', greatest(from_at, known.since) AT TIME ZONE 'UTC'), until_at AT TIME ZONE 'UTC', interval '1 month'
    ) month
    ORDER BY 1, 2
), not_kept AS MATERIALIZED ({not_kept})
SELECT d.number, d.id, d.name, d.account_id, d.account, d.amount, d.currency, d.won, d.created_at, d.closed_on, d.of_account,
       (date_part('epoch', d.from_at) * 1000000)::bigint, (date_part('epoch', d.until_at) * 1000000)::bigint,
       (date_part('epoch', d.created_at) * 1000000)::bigint,
       (date_part('epoch', COALESCE(q.qualified_at, l.since)) * 1000000)::bigint,
       (date_part('epoch', (d.closed_on + 1)::timestamp AT TIME ZONE 'UTC') * 1000000)::bigint - 1,
       (date_part('epoch', d.known_at) * 1000000)::bigint, {nothing}
FROM deal d LEFT JOIN qualified q USING (number) LEFT JOIN lead l USING (number)
UNION ALL SELECT {no_deal}, {sent} FROM ({kept}) k
UNION ALL SELECT {no_deal}, {sent} FROM ({fresh}) f
ORDER BY 2 NULLS LAST, 1
"""
# Of a deal in microseconds, beside what `Deal` has.
_TIMES = ("from_at", "until_at", "created", "qualified", "closed", "known")
_OF_DEAL = 11 + len(_TIMES)
# How "infinity" is sent.
_ALWAYS = 2**63 - 1
_OPPORTUNITIES = {"won": BY_CLOSE, "open": BY_CREATION, "closed": BY_CLOSE}
_WHICH = {
    "won": "o.stage = 'won' AND o.closed_on BETWEEN %(first)s AND %(last)s",
    "open": "o.stage = 'open' AND o.created_at >= %(start)s AND o.created_at < %(end)s",
    "closed": "o.stage IN ('won', 'lost') AND o.closed_on BETWEEN %(first)s AND %(last)s",
}


_BEFORE = """
SELECT ARRAY(SELECT id FROM signals_touchtype WHERE direction = 'inbound'), EXISTS (
    SELECT FROM reports_monthclose WHERE month BETWEEN date_trunc('month', %(first)s::date) AND %(last)s)"""


def load_paths(
    period: Period, *, which: str, lookback: int, until_close: bool, milestones: bool = True
) -> tuple[dict[int, Deal], pl.DataFrame]:
    """The period's deals (`which`: won, open, closed) by number, and the touches of the `lookback` days before each. An
    opportunity that closed in a closed month and, as it was edited since, in another one too is a deal in each.

    `until_close`: and those until it closed. `milestones`: `qualified` is looked for, else null. Columns of the frame: deal,
    account, at, channel, campaign, contact (null: nobody known), created, qualified (when the account became an MQA in the
    look-back, else somebody there an MQL), closed, known (when a closed month's touches were known; null: now); of the deal
    also won, cents, currency and day. In the order of deal and at, those of one moment by message id (domain.md §3).
    """
    import polars as pl  # not at import: see signals/tasks.py

    ((inbound, closed),) = asking.rows(_BEFORE, period.parameters)
    numbers = (*_NUMBERS, *(_OF_CLOSED if closed else ()))
    asked = {"window": WINDOW_DAYS, "lookback": lookback, "until_close": until_close, "milestones": milestones}
    rows = asking.rows(_statement(which, numbers), period.parameters | asked, binary=True)
    of_deals = [row[:_OF_DEAL] for row in rows if row[0] is not None]
    runs = [row[_OF_DEAL:] for row in rows if row[0] is None]
    deals = {row[0]: Deal._make(row[1:10]) for row in of_deals}
    framed = pl.DataFrame(
        [(row[0], row[3], *row[10:]) for row in of_deals],
        schema=dict.fromkeys(("deal", "account", "of_account", *_TIMES), pl.Int64()),
        orient="row",
    ).with_columns(
        pl.Series("won", [deal.won for deal in deals.values()], dtype=pl.Boolean()),
        pl.Series(
            "cents", [int(deal.amount.scaleb(2).to_integral_exact()) for deal in deals.values()], dtype=pl.Int64()
        ),
        pl.Series("currency", [deal.currency for deal in deals.values()], dtype=pl.String()),
        pl.Series("day", [deal.day for deal in deals.values()], dtype=pl.Date()),
    )
    touches = unpacked([run[: -len(TEXTS)] for run in runs], numbers).rename({"known": "learned"}, strict=False)
    channels, campaigns = (pl.concat(map(_texts, column)) for column in list(zip(*runs, strict=True))[-len(TEXTS) :])
    paths = (
        framed.join(
            touches.filter(pl.col("types").is_in(inbound)).with_columns(at=pl.col("moments") + POSTGRES_EPOCH),
            left_on="of_account",
            right_on="account_id",
            maintain_order="left_right",
        )
        .filter(pl.col("at").is_between("from_at", "until_at"))
        .filter(_valid() if closed else True)
    )
    in_order = (pl.col("deal") != pl.col("deal").shift()) | (pl.col("at") >= pl.col("at").shift())
    if not paths.select(in_order.all()).item():
        paths = paths.sort("deal", "at", maintain_order=True)
    return deals, paths.select(
        "deal", "account", "at", "created", "qualified", "closed", "known", "won", "cents", "currency", "day",
        channel=channels.gather(paths["turns"]),
        campaign=campaigns.gather(paths["turns"]),
        contact=pl.when(pl.col("people") > 0).then("people"),
    )  # fmt: skip


def _statement(which: str, numbers: Sequence[str]) -> str:
    """A row a deal, then two of the touches of all (see `unpacked`): of those that are kept, and of those that are not."""
    names = (*numbers, *TEXTS)
    touches = Touches(asked="asked", ever=UNTIL in names)
    sent = packed(names)
    return _PATHS.format(
        which=_WHICH[which],
        of_source=OF_SOURCE,
        opportunities=_OPPORTUNITIES[which],
        not_kept=touches.not_kept(),
        kept=touches.kept(names),
        fresh=touches.fresh_of_months(names),
        sent=", ".join(sent.values()),
        nothing=", ".join(["NULL"] * len(sent)),
        no_deal=", ".join(["NULL"] * _OF_DEAL),
    )


def _valid() -> pl.Expr:
    """Whether a reading of a touch is the one that counts: the one there is now, of a closed month the one there was then."""
    import polars as pl

    now = pl.col(UNTIL).is_null() | (pl.col(UNTIL) == _ALWAYS)
    known = pl.col("known") - POSTGRES_EPOCH
    then = (pl.col("learned") <= known) & (pl.col(UNTIL).is_null() | (pl.col(UNTIL) > known))
    return pl.when(pl.col("known").is_null()).then(now).otherwise(then)


def _texts(sent: str | None) -> pl.Series:
    import polars as pl

    if sent is None:
        return pl.Series([], dtype=pl.String())
    return pl.Series([sent], dtype=pl.String()).str.split(TEXT_END).explode()
