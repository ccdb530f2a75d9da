"""Reads the facts that scoring needs (domain.md §2 to §4): as they are known now, or as they were known at a past moment.

The past goes by history: readings of touches (`Touch.known_from`, `PastReading`), `AccountFact`, `ContactFact`, technologies
with their validity. A field without any history row was always as it is now. Ignored touches and those of erased people are
left out. Polars is imported inside functions: a Celery parent loads this module before it forks.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connection

from signals import facts_sql as sql
from signals.models import IntentSignal
from signals.scoring_config import ScoringConfig
from signals.touches_sql import POSTGRES_EPOCH

if TYPE_CHECKING:
    import polars as pl

    from signals.frames import Facts

Row = dict[str, Any]
# Clocks of two machines differ a little: what arrived "after" now by less than this has arrived.
SKEW = timedelta(minutes=5)
# Of more centers than these, touches are read from the runs that are kept. Where a few are read, something has just come,
# so that their runs are not made yet.
FEW = 200
# Nor where more notes than these bytes hold (80 each) wait to be taken, after a large import: whose months have one is looked
# for among all of them.
NOTES = 32 * 1024 * 1024

_NUMBERS = {"employees", "locations", "annual_revenue", "revenue_growth"}
_CUSTOMER = ("lifecycle", "customer_since", "customer_until")


@dataclass(frozen=True)
class Loaded:
    """Facts, and the latest moment at which a touch of them was received; None when that was before they were evaluated."""

    facts: Facts
    newest: datetime | None


def load_facts(
    *, center_ids: Sequence[int] | None, as_of: datetime, config: ScoringConfig, past: bool = False
) -> Facts:
    """The facts of these centers (None: of all) for `evaluate`. `past`: as known at `as_of`; else as known now."""
    return load(center_ids=center_ids, as_of=as_of, config=config, past=past).facts


def load(
    *,
    center_ids: Sequence[int] | None,
    as_of: datetime,
    config: ScoringConfig,
    past: bool = False,
    touch_ids: Sequence[int] | None = None,
    known_at: datetime | None = None,
    profiles: bool = False,
) -> Loaded:
    """`load_facts` for scorers and replay. `touch_ids`: of touches exactly these, whenever they became visible;
    `known_at`: the moment that history is read at, if not `as_of`. `profiles`: only what fit goes by, for `accounts.fit`.
    """
    wanted = wanted_at(
        center_ids=center_ids,
        as_of=as_of,
        config=config,
        past=past,
        touch_ids=touch_ids,
        known_at=known_at,
        profiles=profiles,
    )
    whole = touch_ids is None and not profiles
    wanted = replace(wanted, kept=whole and (center_ids is None or (len(center_ids) > FEW and _few_notes())))
    rows, touches = read(wanted)
    return made(rows, touches, config, as_of.astimezone(UTC).date())


def wanted_at(
    *,
    center_ids: Sequence[int] | None,
    as_of: datetime,
    config: ScoringConfig,
    past: bool = False,
    touch_ids: Sequence[int] | None = None,
    known_at: datetime | None = None,
    profiles: bool = False,
) -> sql.Wanted:
    """What to read for `load` and signals/history.py."""
    today = as_of.astimezone(UTC).date()
    skew = timedelta() if past else SKEW
    return sql.Wanted(
        center_ids=center_ids,
        known_at=known_at or as_of,
        occurred_until=as_of + skew,
        touches_from=_start(today - timedelta(days=config.history_days - 1)),
        intent_from=_start(today - timedelta(days=config.intent.window_days - 1)),
        delivered_from=_start(today - timedelta(days=config.intent.connected_days - 1)),
        received_until=(known_at or as_of) + skew,
        past=past,
        touch_ids=touch_ids,
        custom=any(item.field.startswith("custom.") for item in config.criteria),
        technologies=any(item.field.startswith("technology") for item in config.criteria),
        profiles=profiles,
    )


def _few_notes() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_relation_size('signals_touchchange') <= %s", [NOTES])
        return bool(cursor.fetchone()[0])


def is_intent_connected(config: ScoringConfig, as_of: datetime, *, past: bool = False) -> bool:
    """Whether some intent source had delivered by `as_of` within the days that `config` asks for (domain.md §3)."""
    first = as_of.astimezone(UTC).date() - timedelta(days=config.intent.connected_days - 1)
    until = as_of + (timedelta() if past else SKEW)
    return IntentSignal.objects.filter(received_at__gte=_start(first), received_at__lte=until).exists()


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def read(wanted: sql.Wanted) -> tuple[dict[int, pl.DataFrame], pl.DataFrame]:
    """The rows of the statement by what they are, and the touches."""
    import polars as pl

    answer = fetched(sql.statement(wanted))
    packed = [text for text, *_ in answer if text]
    rows = pl.read_csv(
        sql.ROW_END.join(packed).encode(),
        has_header=False,
        schema={name: _dtype(name) for name in sql.COLUMNS},
        separator=sql.FIELD_END,
        eol_char=sql.ROW_END,
        quote_char=None,
    )
    # Sent in parts, but of one kind: taken apart together.
    sent = zip(*(columns for text, *columns in answer if not text), strict=True)
    together = [b"".join(part or b"" for part in column) for column in sent]
    touches = unpacked([together] if together else [], wanted.numbers)
    if wanted.kept:
        touches = within(touches, wanted.touches_from, wanted.occurred_until, wanted.known_at if wanted.past else None)
    return {part["k"][0]: part for part in rows.partition_by("k")}, touches


def within(touches: pl.DataFrame, first: datetime, last: datetime, known_at: datetime | None) -> pl.DataFrame:
    """Of whole months, the touches that took place between two moments (and were known at a third)."""
    import polars as pl

    asked = pl.col("moments").is_between(micros(first), micros(last))
    if known_at is not None:
        asked &= pl.col("known") <= micros(known_at)
    return touches.filter(asked)


def micros(moment: datetime) -> int:
    """A moment as it is sent."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond - POSTGRES_EPOCH


def fetched(statement: str) -> list[Any]:
    """The rows as they are sent, numbers in binary: by a cursor of psycopg's own, as Django's have each byte sent as two."""
    connection.ensure_connection()
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(statement.encode(), binary=True)
        return cursor.fetchall()


def unpacked(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> pl.DataFrame:
    """Touches that were sent as runs, rows of `touches_sql.packed`: beside their numbers, `account_id` and `turns`, by which
    those of an account are in the order in which they count. A column that is not sent is null.
    """
    import polars as pl

    found = []
    for row in rows or [[None] * (2 + len(names))]:
        runs, touches = unpacked_runs(row, names)
        found.append(touches.with_columns(runs.select(pl.col("account_id").repeat_by("touches").explode())))
    some = [frame for frame in found if frame.height] or found[:1]
    return pl.concat(some, how="vertical_relaxed").with_row_index("turns")


def unpacked_runs(row: Sequence[Any], names: Sequence[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of one row: account_id and how many `touches` each run has, then the numbers of all these, one after the other."""
    import polars as pl

    accounts, lengths, *sent = row
    count = len(accounts or b"") // 8
    runs = pl.DataFrame({"account_id": numbers(accounts, count), "touches": numbers(lengths, count)})
    many = int(runs["touches"].sum())
    return runs, pl.DataFrame({name: numbers(one, many) for name, one in zip(names, sent, strict=True)})


def numbers(sent: bytes | None, count: int) -> pl.Series:
    """What int8send or int4send wrote, one after the other; nulls where nothing was sent."""
    import polars as pl

    if not sent:
        return pl.repeat(None, count, dtype=pl.Int64, eager=True)
    dtype = pl.Array(pl.Int64 if len(sent) == 8 * count else pl.Int32, count)
    return pl.Series([sent], dtype=pl.Binary).bin.reinterpret(dtype=dtype, endianness="big").explode()


def made(rows: dict[int, pl.DataFrame], touches: pl.DataFrame, config: ScoringConfig, today: date) -> Loaded:
    """The frames of what was read for a day."""
    import polars as pl

    from signals.frames import Facts, schemas

    def part(kind: int) -> pl.DataFrame:
        found = rows.get(kind)
        return pl.DataFrame(schema={name: _dtype(name) for name in sql.COLUMNS}) if found is None else found

    accounts = _accounts(part(sql.CENTER), _known(part(sql.ACCOUNT_FACT)), config, today)
    contacts, external, erased = _contacts(part(sql.CONTACT), _known(part(sql.CONTACT_FACT)))
    types = dict(part(sql.TOUCH_TYPE).select("i1", "s1").iter_rows())
    keys = pl.Series([types.get(number) for number in range(max(types, default=0) + 1)], dtype=pl.String)
    touches = touches.select(
        "account_id",
        touch_id="ids",
        contact_id=pl.when(pl.col("people") > 0).then("people"),
        visitor=pl.when(pl.col("people") < 0).then("people"),
        type=pl.lit(keys).gather(pl.col("types")),
        theme_id=pl.when(pl.col("themes") > 0).then(pl.col("themes").cast(pl.Int64)),
        minutes=pl.col("minutes") / 100,
        occurred_at=(pl.col("moments") + POSTGRES_EPOCH).cast(pl.Datetime("us", "UTC")),
        turn="turns",
    )
    if erased:
        touches = touches.filter(~pl.col("contact_id").is_in(erased).fill_null(False))
    flags = part(sql.FLAGS).row(0, named=True)
    facts = Facts(
        accounts=accounts,
        technologies=part(sql.TECHNOLOGY).select(account_id="a", technology="s1", status="s2"),
        centers=part(sql.CENTER).select(center_id="i1", account_id="a", is_default=pl.col("i2") == 1),
        contacts=contacts,
        touches=touches,
        intent=part(sql.INTENT).select(
            account_id="a",
            topic="s1",
            theme_id="i3",
            provider="s2",
            kind="s3",
            composite="f1",
            observed_on=pl.col("s4").str.to_date("%Y-%m-%d"),
            received_at=pl.col("t").cast(pl.Datetime("us", "UTC")),
            seq="i1",
        ),
        external_mqls=pl.DataFrame(external, schema=schemas()["external_mqls"], orient="row"),
        intent_connected=flags["i1"] == 1,
        themes_set_up=flags["i2"] == 1,
    )
    newest = None if flags["t"] is None else datetime.fromtimestamp(flags["t"] / 1_000_000, tz=UTC)
    return Loaded(facts, newest)


def _dtype(name: str) -> pl.DataType:
    import polars as pl

    return pl.String() if name[0] == "s" else pl.Float64() if name[0] == "f" else pl.Int64()


def _known(facts: pl.DataFrame) -> dict[int, Row]:
    """By account or contact: field → value as known then, None where it was not known yet."""
    found: dict[int, Row] = defaultdict(dict)
    values = {None: None} | {value: json.loads(value) for value in facts["s2"].drop_nulls().unique()}  # most come often
    for owner, known, field, value in facts.select("a", "i1", "s1", "s2").iter_rows():
        found[owner][field] = values[value] if known else None
    return found


def _accounts(centers: pl.DataFrame, history: dict[int, Row], config: ScoringConfig, today: date) -> pl.DataFrame:
    """One row an account, custom fields that criteria ask for in columns of their own."""
    from signals.frames import frame

    custom = sorted({item.field for item in config.criteria if item.field.startswith("custom.")})
    found = []
    for row in centers.unique("a", keep="first", maintain_order=True).iter_rows(named=True):
        lifecycle, since, until = row["s5"].split("|")
        values: Row = {
            "is_target": row["s6"] == "1",
            "employees": row["i3"],
            "locations": row["i4"],
            "annual_revenue": row["f1"],
            "revenue_growth": row["f2"],
            "industry": row["s1"],
            "country": row["s2"],
            "region": row["s3"],
            "tier": row["s4"],
            "lifecycle": lifecycle,
            "customer_since": since,
            "customer_until": until,
        }
        own = json.loads(row["s7"]) if row["s7"] else {}
        values |= {field: own.get(field.removeprefix("custom.")) for field in custom}
        values |= {field: _typed(field, value) for field, value in history.get(row["a"], {}).items() if field in values}
        lifecycle, since, until = (values.pop(name) or "" for name in _CUSTOMER)
        customer = customer_status(lifecycle, since, until, today)
        values |= {field: None if values[field] is None else _plain(values[field]) for field in custom}
        found.append({**values, "is_target": bool(values["is_target"]), "account_id": row["a"], "customer": customer})
    return frame("accounts", found)


def _typed(field: str, value: Any) -> Any:
    """A value of history as the frame holds it: decimals were kept as text."""
    if value is None or field not in _NUMBERS:
        return value
    return float(value) if field in {"annual_revenue", "revenue_growth"} else int(float(value))


def _plain(value: Any) -> str:
    """A custom value as text, which `accounts.fit` reads by the criterion's type."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def customer_status(lifecycle: str, since: str, until: str, today: date) -> str:
    """present, past or never, on a day. Dates decide; where there are none, the lifecycle does."""
    if until and date.fromisoformat(until) < today:
        return "past"
    if since:
        return "present" if date.fromisoformat(since) <= today else "never"
    return {"customer": "present", "former_customer": "past"}.get(lifecycle, "never")


def _contacts(people: pl.DataFrame, history: dict[int, Row]) -> tuple[pl.DataFrame, list[tuple[Any, ...]], list[int]]:
    """The contacts, the periods in which a connected system calls them MQLs, and the ids of erased people."""
    import polars as pl

    frame = people.select(
        contact_id="i1",
        account_id="a",
        center_id="i2",
        seniority="s1",
        persona_id="i3",
        department=pl.when(pl.col("s2") != "").then(pl.col("s2")),
        excluded=(pl.col("i4") == 1).fill_null(False),
    )
    revised = [contact for contact, known in history.items() if known.keys() & {_MQL_FROM, _MQL_UNTIL}]
    called = people.filter(pl.col("s3").is_not_null() | pl.col("i1").is_in(revised)).select("i1", "s3", "s4").rows()
    external = _external(called, history)
    erased = people.filter(pl.col("s5") == "1")["i1"].to_list()
    if history:
        frame = pl.DataFrame(
            [_as_known(row, history.get(row["contact_id"], {})) for row in frame.iter_rows(named=True)],
            schema=frame.schema,
        )
    return frame, external, erased


_MQL_FROM, _MQL_UNTIL = "mql_external_from", "mql_external_until"


def _external(called: list[tuple[Any, ...]], history: dict[int, Row]) -> list[tuple[Any, ...]]:
    """(contact, first day, last day or None) in which a connected system calls somebody an MQL, as was known then."""
    found = []
    for contact, *days in called:
        known = history.get(contact, {})
        first, last = known.get(_MQL_FROM, days[0]), known.get(_MQL_UNTIL, days[1])
        if first:
            found.append((contact, date.fromisoformat(first), last and date.fromisoformat(last)))
    return found


_CONTACT_FIELDS = {
    "account": "account_id",
    "center": "center_id",
    "persona": "persona_id",
    "account_id": "account_id",
    "center_id": "center_id",
    "persona_id": "persona_id",
    "seniority": "seniority",
    "department": "department",
    "excluded_from_scoring": "excluded",
}


def _as_known(row: Row, known: Row) -> Row:
    changed = {_CONTACT_FIELDS[field]: value for field, value in known.items() if field in _CONTACT_FIELDS}
    row = {**row, **changed}
    return {**row, "excluded": bool(row["excluded"]), "seniority": row["seniority"] or "other"}
