"""What credit is given to: the key of each touch, and what keys are called (domain.md §6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handoff.models import BuyingRole
from reports import asking
from reports.deal_columns import texts
from signals.facts import numbers
from signals.touches_sql import POSTGRES_EPOCH, TEXT_END

if TYPE_CHECKING:
    import polars as pl

BY = {"channel": "Channel", "campaign": "Campaign", "person": "Person", "persona": "Persona", "role": "Buying role"}
UNKNOWN = "(unknown)"
ANONYMOUS = "(anonymous)"
MOST_DIGITS = 18
# Of people the contact's id, of somebody unknown at an account the account's below zero; else a name.
Key = str | int


def of_touches(deals: pl.DataFrame, paths: pl.DataFrame, by: str) -> pl.Series:
    """The key of each touch on paths to these deals (see paths.py)."""
    if by in ("persona", "role"):
        read = paths.with_columns(known=deals["known"].gather(paths["deal"]))
        return _personas(read) if by == "persona" else _roles(read).fill_null(UNKNOWN)
    if by == "person":
        return paths["contact"].zip_with(paths["contact"].is_not_null(), -deals["account"].gather(paths["deal"]))
    return paths[by]


# Of a hundred thousand the planner would look at each.
_AMONG = "ARRAY(SELECT unnest(%(people)s::bigint[]))"
_PERSONAS_NOW = f"""
SELECT string_agg(int8send(id), ''), string_agg(int8send(COALESCE(persona_id, 0)), '')
FROM accounts_contact WHERE id = ANY({_AMONG})"""  # noqa: S608 - a constant
_PERSONAS = f"""
SELECT string_agg(int8send(contact_id), ''), string_agg(timestamptz_send(known_from), ''), string_agg(int8send(id), ''),
       string_agg(int8send(COALESCE((value #>> '{{}}')::bigint, 0)), '')
FROM accounts_contactfact WHERE contact_id = ANY({_AMONG}) AND field = 'persona'"""  # noqa: S608 - a constant
_NAMES = "SELECT id, name FROM accounts_persona"


def _personas(paths: pl.DataFrame) -> pl.Series:
    """The name of the persona that each touch's person was at that moment; of a touch before anything was known, the first known.

    In a closed month what became known later does not count. UNKNOWN where there is none.
    """
    import polars as pl

    people = paths["contact"].drop_nulls().unique()
    history = _columns(_PERSONAS, _array(people), ("contact", "at", "fact", "persona")).with_columns(
        pl.col("at") + POSTGRES_EPOCH
    )
    of_each = history.group_by("contact").agg(
        pl.col("persona").first(),
        is_one=pl.col("persona").min() == pl.col("persona").max(),
        is_early=(pl.col("at").min() <= pl.lit(paths["known"].min(), dtype=pl.Int64())).fill_null(value=True),
    )
    rest = _columns(
        _PERSONAS_NOW, _array(people.filter(~people.is_in(of_each["contact"].implode()))), ("contact", "persona")
    )
    told = pl.concat([of_each.select("contact", "persona"), rest])
    found = paths.select("contact").join(told, on="contact", how="left", maintain_order="left")["persona"]
    # Most were always the same, known before the first month closed.
    changed = of_each.filter(~pl.col("is_one") | ~pl.col("is_early"))["contact"].implode()
    of_history = (
        paths.select("contact", "at", "known")
        .with_row_index("row")
        .filter(pl.col("contact").is_in(changed))
        .sort("at", maintain_order=True)
    )
    if len(of_history):
        history = history.filter(pl.col("contact").is_in(changed)).sort("at", "fact")
        first = history.unique("contact", keep="first", maintain_order=True).select(
            "contact", first_at="at", first="persona"
        )
        since = history.with_columns(since="at")
        in_time = pl.col("known").is_null() | (pl.col("first_at") <= pl.col("known"))
        then = of_history.join_asof(since, on="at", by="contact", strategy="backward", check_sortedness=False).join(
            first, on="contact", how="left"
        )
        then = then.select(
            "row", was=pl.when(pl.col("since").is_not_null()).then("persona").when(in_time).then("first").otherwise(0)
        )
        found = found.scatter(then["row"], then["was"])
    called = {0: UNKNOWN, **dict(asking.rows(_NAMES, {}))}
    return found.fill_null(0).replace_strict(called, default=UNKNOWN, return_dtype=pl.String())


def _array(people: pl.Series) -> str:
    """These as one text: a list takes longer to send than to look up."""
    return f"{{{people.cast(str).str.join(',').item()}}}"


def _columns(sql: str, people: str, names: Sequence[str], *, text: str = "") -> pl.DataFrame:
    """What a statement sends of people, as columns of numbers, and after them one of texts."""
    import polars as pl

    (sent,) = asking.rows(sql, {"people": people}, binary=True)
    count = len(sent[0] or b"") // 8
    found = {name: numbers(one, count) for name, one in zip(names, sent, strict=False)}
    return pl.DataFrame(found | ({text: texts(sent[-1])} if text else {}))


_ROLES = f"""
SELECT string_agg(int8send(contact_id), ''), string_agg(int8send(id), ''),
       string_agg(timestamptz_send(COALESCE(since, '-infinity')), ''),
       string_agg(timestamptz_send(COALESCE(until, 'infinity')), ''), string_agg(role, chr({ord(TEXT_END)}))
FROM handoff_buyingrolespell WHERE contact_id = ANY({_AMONG})"""  # noqa: S608 - a constant


def _roles(paths: pl.DataFrame) -> pl.Series:
    """The buying role that each touch's person had at that moment (of several the one had longest), as personas are found.

    Null where there was none.
    """
    import polars as pl

    spells = _columns(
        _ROLES, _array(paths["contact"].drop_nulls().unique()), ("contact", "spell", "since", "until"), text="role"
    ).with_columns(first=pl.col("since").min().over("contact"))
    # In what the server counts from: there the ends of time are numbers.
    moments = pl.col("at", "known") - POSTGRES_EPOCH
    touches = paths.select("contact", moments).with_row_index("row")
    in_time = pl.col("known").is_null() | (pl.col("first") <= pl.col("known"))
    had = (pl.col("since") <= pl.col("at")) & (pl.col("at") < pl.col("until"))
    to_have = (pl.col("at") < pl.col("first")) & (pl.col("since") == pl.col("first")) & in_time
    found = (
        touches.join(spells, on="contact")
        .filter(had | to_have)
        .sort("since", "spell")
        .unique("row", keep="first", maintain_order=True)
        .select("row", key=pl.col("role").replace_strict(dict(BuyingRole.choices), return_dtype=pl.String))
    )
    return touches.select("row").join(found, on="row", how="left", maintain_order="left")["key"]


_PEOPLE = """
SELECT c.id, c.first_name, c.last_name, a.name
FROM accounts_contact c LEFT JOIN accounts_account a ON a.id = c.account_id WHERE c.id = ANY(%(people)s)"""
_ACCOUNTS = "SELECT id, name FROM accounts_account WHERE id = ANY(%(accounts)s)"


def names(keys: pl.Series, by: str) -> pl.DataFrame:
    """Of each key what it is in addresses and files (told), and what it is called (label): people by name and account, since
    several may have one name.
    """
    import polars as pl

    frame = pl.DataFrame({"key": keys})
    if by != "person":
        return frame.select("key", told="key", label="key")
    found = asking.rows(_PEOPLE, {"people": keys.filter(keys > 0).to_list()})
    texts = dict.fromkeys(("first", "last", "account"), pl.String())
    people = pl.DataFrame(found, schema={"key": pl.Int64(), **texts}, orient="row")
    strangers = asking.rows(_ACCOUNTS, {"accounts": (-keys.filter(keys < 0)).to_list()})
    accounts = pl.DataFrame(strangers, schema={"key": pl.Int64(), "name": pl.String()}, orient="row")
    nobody = pl.lit("Person ") + pl.col("key").cast(pl.String())
    name = pl.concat_str("first", "last", separator=" ").str.strip_chars()
    account = pl.col("account").fill_null("")
    known = pl.concat(
        [
            people.select(
                "key",
                label=pl.when(name == "").then(nobody).otherwise(name)
                + ", "
                + pl.when(account == "").then(pl.lit("no account")).otherwise(account),
            ),
            accounts.select(-pl.col("key"), label=pl.lit(f"{ANONYMOUS}, ") + pl.col("name")),
        ]
    )
    key = pl.col("key")
    unknown = pl.lit("account-") + (-key).cast(pl.String())
    return (
        frame.with_columns(told=pl.when(key < 0).then(unknown).otherwise(key.cast(pl.String())))
        .join(known, on="key", how="left")
        .select("key", "told", pl.col("label").fill_null(pl.lit("Person ") + pl.col("told")))
    )


def only(credited: pl.DataFrame, key: str, by: str) -> pl.DataFrame:
    """The touches of the key that was told so."""
    import polars as pl

    return credited.filter(pl.col("key") == _read(key, by))


def _read(key: str, by: str) -> Key:
    """The key that was told so; of people one that nobody has where it is none."""
    if by != "person":
        return key
    number = key.removeprefix("account-")
    if not number.isdecimal() or not number.isascii() or len(number) > MOST_DIGITS:
        return 0
    return int(number) if number == key else -int(number)
