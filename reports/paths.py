"""Loads opportunities and the inbound touches before them as one frame (see attribution.py), in one statement.

Of a closed month (see closing.py) the touches are those that were known when it was closed or last restated, as they
were read then, and the opportunities stand as they stood then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports import asking, deal_columns
from reports.cohorts import WINDOW_DAYS
from reports.deals import BY_CLOSE, BY_CREATION, DEAL_ASKED_FOR
from reports.period import Period
from signals.facts import numbers, unpacked_runs
from signals.touches_sql import POSTGRES_EPOCH, TEXTS, UNTIL, Touches, packed

if TYPE_CHECKING:
    import polars as pl


# Numbers that are sent of each touch; of closed months also until when it was read so.
_NUMBERS = ("people", "types", "moments")
# And when it was known, of the runs that send it, with how many touches of each these are.
_LEARNED = {"known": "string_agg(known, '')", "said": "string_agg(int4send(coalesce(length(known) / 8, 0)), '')"}
_PATHS = """
WITH moved AS MATERIALIZED (  -- opportunities of accounts that were merged
    SELECT jsonb_array_elements_text(moved->'opportunities') AS one FROM accounts_accountmerge WHERE undone_at IS NULL
), deal AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY of_account, id, known_at) AS number, * FROM (
    SELECT o.id, o.account_id, COALESCE(o.amount, 0) AS amount, o.currency, o.stage, o.created_at, o.closed_on,
           CASE WHEN o.id IN (SELECT one::bigint FROM moved) THEN COALESCE((  -- whose it was then
               SELECT m.gone_id FROM accounts_accountmerge m
               WHERE m.at > o.known_at AND m.undone_at IS NULL AND m.moved->'opportunities' @> to_jsonb(o.id)
               ORDER BY m.at, m.id LIMIT 1
           ), o.account_id) ELSE o.account_id END AS of_account,
           o.known_at, o.created_at - make_interval(days => %(lookback)s) AS from_at,
           CASE WHEN %(until_close)s AND o.closed_on IS NOT NULL
                THEN greatest(o.created_at, (o.closed_on + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond')
                ELSE o.created_at END AS until_at
    FROM ({opportunities}) o
    WHERE {asked_for}
    ) one
), of_either AS (
    SELECT d.*, d.account_id AS whose FROM deal d
    UNION ALL SELECT d.*, d.of_account FROM deal d WHERE d.of_account <> d.account_id
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
    SELECT account_id, month, min(known_at) AS known_at, dense_rank() OVER (ORDER BY account_id) / %(most)s AS part
    FROM (
        SELECT account_id, month::date AS month, known_at
        FROM (
            SELECT of_account AS account_id, known_at, generate_series(
                date_trunc('month', greatest(from_at, known.since) AT TIME ZONE 'UTC'), until_at AT TIME ZONE 'UTC',
                interval '1 month'
            ) AS month
            FROM deal CROSS JOIN known
        ) of_deal
        ORDER BY account_id, month::date  -- sorted once: for the groups, and as runs are looked up best
    ) sorted
    GROUP BY account_id, month
    ORDER BY account_id, month
), asked_part AS MATERIALIZED (
    SELECT array_agg(account_id) AS accounts, array_agg(month) AS months, array_agg(known_at) AS known FROM asked GROUP BY part
), not_kept AS MATERIALIZED ({not_kept})
SELECT true, {of_deals}, {nothing} FROM deal d{milestones}
UNION ALL SELECT false, {no_deal}, m.* FROM asked_part p CROSS JOIN LATERAL (SELECT {sent} FROM ({kept}) k) m
UNION ALL SELECT false, {no_deal}, {sent} FROM ({fresh}) f
"""
# The months of so many accounts are sent together, while the next are looked up.
_MOST = 2048
_PART = "(SELECT * FROM unnest(p.accounts, p.months, p.known) one (account_id, month, known_at))"
_MILESTONES = " LEFT JOIN qualified q USING (number) LEFT JOIN lead l USING (number)"
# How "infinity" is sent.
_ALWAYS = 2**63 - 1
_CLOSED = f"SELECT * FROM {BY_CLOSE} o WHERE o.stage IN ('won', 'lost') AND o.closed_on BETWEEN %(first)s AND %(last)s"  # noqa: S608
_OPEN = f"SELECT * FROM {BY_CREATION} o WHERE o.stage = 'open' AND o.created_at >= %(start)s AND o.created_at < %(end)s"  # noqa: S608
_WHICH = {
    "won": f"{_CLOSED} AND o.stage = 'won'",
    "open": _OPEN,
    "closed": _CLOSED,
    "closed or open": f"{_CLOSED} UNION ALL {_OPEN}",
}


_BEFORE = """
SELECT ARRAY(SELECT id FROM signals_touchtype WHERE direction = 'inbound'), EXISTS (
    SELECT FROM reports_monthclose WHERE month BETWEEN date_trunc('month', %(first)s::date) AND %(last)s)"""


def load_paths(
    period: Period,
    *,
    which: str,
    lookback: int,
    until_close: bool,
    milestones: bool = True,
    texts: Sequence[str] = tuple(TEXTS),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The period's deals (`which`: won, open, closed, closed or open), and the touches of the `lookback` days before each. An
    opportunity that closed in a closed month and, as it was edited since, in another one too is a deal in each.

    `until_close`: and those until it closed. `milestones`: `qualified` is looked for. `texts`: those of a touch that are
    asked for.

    Columns of a deal: deal (its place), opportunity, account, won, open, cents, currency, day (on which its amount counts: when
    it was won, else when it was created), created, qualified (when the account became an MQA in the look-back, else somebody
    there an MQL), closed (the last moment of the day), known (when a closed month's touches were known; null: now). Of a
    touch: deal, at, contact (null: nobody known), channels and campaigns as asked. In the order of deal and at, those of one
    moment by message id (domain.md §3).
    """
    import polars as pl  # not at import: see signals/tasks.py

    ((inbound, closed),) = asking.rows(_BEFORE, period.parameters)
    asked = {"window": WINDOW_DAYS, "lookback": lookback, "until_close": until_close, "most": _MOST}
    of_deals, each = deal_columns.sent(milestones=milestones), (*_NUMBERS, *([UNTIL] if closed else []))
    of_runs = packed((*each, *texts)) | (_LEARNED if closed else {})
    statement = _statement(which, of_deals, of_runs, (*each, *texts, *(["known"] if closed else [])))
    deals, parts = pl.DataFrame(), []
    for is_deals, *row in asking.stream(statement, period.parameters | asked):  # they come first
        if is_deals:
            deals = deal_columns.read(dict(zip(of_deals, row, strict=False)))
        else:
            sent = dict(zip(of_runs, row[len(of_deals) :], strict=True))
            parts.append(_paths_of(deals, sent, names=each, texts=texts, inbound=inbound))
    paths = pl.concat(parts, rechunk=True)
    # Of accounts of which something is kept and something is not.
    deal, before = pl.col("deal"), pl.col("deal").shift()
    in_order = (deal > before) | ((deal == before) & (pl.col("at") >= pl.col("at").shift()))
    return deals, paths if paths.select(in_order.all()).item() else paths.sort("deal", "at", maintain_order=True)


def _paths_of(
    deals: pl.DataFrame, sent: Mapping[str, Any], *, names: Sequence[str], texts: Sequence[str], inbound: Sequence[int]
) -> pl.DataFrame:
    """The touches of runs that were sent together, in the look-back of the deals of their accounts."""
    import polars as pl

    runs, touches = unpacked_runs([sent[name] for name in ("accounts", "touches", *names)], names)
    touches = touches.select(
        *(deal_columns.texts(sent[name]).alias(TEXTS[name]) for name in texts),
        *([UNTIL, _learned(runs["touches"], sent["known"], sent["said"])] if "known" in sent else []),
        at=pl.col("moments") + POSTGRES_EPOCH,
        contact=pl.when(pl.col("people") > 0).then("people"),
        is_inbound=pl.col("types").is_in(inbound),
    )
    end = pl.col("touches").cum_sum()
    ranges = runs.select(of_account="account_id", start=end - pl.col("touches"), end=end)
    pairs = (
        deals.select("deal", "of_account")
        .join(ranges, on="of_account", maintain_order="left_right")
        .select("deal", turns=pl.int_ranges("start", "end", dtype=pl.UInt32))
        .explode("turns")
    )
    paths = pairs.with_columns(
        *(deals[name].gather(pairs["deal"]) for name in ("from_at", "until_at")),
        *(touches[name].gather(pairs["turns"]) for name in ("at", "is_inbound")),
    ).filter("is_inbound", pl.col("at").is_between("from_at", "until_at"))
    if "learned" in touches:
        counts = pl.repeat(value=True, n=len(paths), dtype=pl.Boolean(), eager=True)
        paths = paths.filter(counts.scatter(_others(deals, paths, touches), values=False))
    return paths.select(
        "deal", "at", *(touches[name].gather(paths["turns"]) for name in ("contact", *map(TEXTS.get, texts)))
    )


def _learned(touches: pl.Series, known: bytes | None, said: bytes | None) -> pl.Series:
    """When each touch was known, of runs that said so; else null. `touches`: how many each run has."""
    import polars as pl

    found = pl.repeat(None, int(touches.sum()), dtype=pl.Int64, eager=True).alias("learned")
    if not known:
        return found
    is_said = numbers(said, len(touches)) > 0
    places = pl.select(pl.lit(is_said).repeat_by(pl.lit(touches)).explode()).to_series().arg_true()
    return found.scatter(places, numbers(known, len(known) // 8))


def _statement(which: str, of_deals: Mapping[str, str], of_runs: Mapping[str, str], names: Sequence[str]) -> str:
    """A row of deals, then rows of the runs of all: of those that are kept, and one of those that are not. `names`: the columns
    of runs that are needed for what is sent of them.
    """
    touches = Touches(asked="asked", ever=UNTIL in names)
    return _PATHS.format(
        opportunities=_WHICH[which],
        asked_for=DEAL_ASKED_FOR,
        milestones=_MILESTONES if "qualified" in of_deals else "",
        not_kept=touches.not_kept(),
        kept=touches.kept(names, part=_PART),
        fresh=touches.fresh_of_months(names),
        of_deals=", ".join(of_deals.values()),
        nothing=", ".join(["NULL"] * len(of_runs)),
        sent=", ".join(of_runs.values()),
        no_deal=", ".join(["NULL"] * len(of_deals)),
    )


def _others(deals: pl.DataFrame, paths: pl.DataFrame, touches: pl.DataFrame) -> pl.Series:
    """Where a touch stands in a reading that isn't the one that counts: the one there is now, of a closed month the one there
    was then.
    """
    import polars as pl

    # Of most nothing was learned later, and they were never read otherwise.
    may_be = touches.select(pl.col("learned").is_not_null() | pl.col(UNTIL).is_not_null()).to_series()
    some = paths.with_row_index("row").filter(may_be.gather(paths["turns"])).select("row", "deal", "turns")
    read = some.with_columns(
        *(touches[name].gather(some["turns"]) for name in ("learned", UNTIL)),
        known=deals["known"].gather(some["deal"]) - POSTGRES_EPOCH,
    )
    now = pl.col(UNTIL).is_null() | (pl.col(UNTIL) == _ALWAYS)
    learned = pl.col("learned").is_null() | (pl.col("learned") <= pl.col("known"))
    then = learned & (pl.col(UNTIL).is_null() | (pl.col(UNTIL) > pl.col("known")))
    counts = pl.when(pl.col("known").is_null()).then(now).otherwise(then)
    return read.filter(~counts)["row"]
