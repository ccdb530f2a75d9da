"""What credit is given to: the key of each touch, and what keys are called (domain.md §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handoff.models import BuyingRole
from reports import asking

if TYPE_CHECKING:
    import polars as pl

BY = {"channel": "Channel", "campaign": "Campaign", "person": "Person", "persona": "Persona", "role": "Buying role"}
UNKNOWN = "(unknown)"
ANONYMOUS = "(anonymous)"
MOST_DIGITS = 18
# Of people the contact's id, of somebody unknown at an account the account's below zero; else a name.
Key = str | int


def of_touches(paths: pl.DataFrame, by: str) -> pl.Series:
    """The key of each touch."""
    import polars as pl  # not at import: see signals/tasks.py

    if by == "persona":
        return _personas(paths).fill_null(UNKNOWN)
    if by == "role":
        return _roles(paths).fill_null(UNKNOWN)
    key = pl.coalesce("contact", -pl.col("account")) if by == "person" else pl.col(by)
    return paths.select(key.alias("key"))["key"]


_PERSONAS_NOW = """
SELECT c.id, p.name FROM accounts_contact c LEFT JOIN accounts_persona p ON p.id = c.persona_id WHERE c.id = ANY(%(people)s)"""
_PERSONAS = """
SELECT f.contact_id, (date_part('epoch', f.known_from) * 1000000)::bigint, p.name
FROM accounts_contactfact f LEFT JOIN accounts_persona p ON p.id = (f.value #>> '{}')::bigint
WHERE f.contact_id = ANY(%(people)s) AND f.field = 'persona' ORDER BY f.contact_id, f.known_from, f.id"""


def _personas(paths: pl.DataFrame) -> pl.Series:
    """The name of the persona that each touch's person was at that moment; of a touch before anything was known, the first known.

    In a closed month what became known later does not count. Null where there is none.
    """
    import polars as pl

    people = paths["contact"].drop_nulls().unique().to_list()
    now, known = asking.rows(_PERSONAS_NOW, {"people": people}), asking.rows(_PERSONAS, {"people": people})
    schema = {"contact": pl.Int64(), "at": pl.Int64(), "persona": pl.String()}
    history = pl.DataFrame(known, schema=schema, orient="row").sort("at", maintain_order=True)
    first = history.unique("contact", keep="first", maintain_order=True).rename({"at": "first_at", "persona": "first"})
    ever = pl.DataFrame(now, schema={"contact": pl.Int64(), "now": pl.String()}, orient="row")
    found = (
        paths.select("contact", "at", "known")
        .with_row_index("row")
        .sort("at", maintain_order=True)
        .join_asof(history.with_columns(since="at"), on="at", by="contact", strategy="backward", check_sortedness=False)
        .join(first, on="contact", how="left")
        .join(ever, on="contact", how="left")
        .sort("row")
    )
    in_time = pl.col("known").is_null() | (pl.col("first_at") <= pl.col("known"))
    of_history = pl.when(pl.col("since").is_not_null()).then("persona").when(in_time).then("first")
    return found.select(pl.when(pl.col("first_at").is_not_null()).then(of_history).otherwise("now").alias("key"))["key"]


_ROLES = """
SELECT s.contact_id, s.role, s.id, COALESCE((date_part('epoch', s.since) * 1000000)::bigint, %(always)s),
       COALESCE((date_part('epoch', s.until) * 1000000)::bigint, %(ever)s)
FROM handoff_buyingrolespell s WHERE s.contact_id = ANY(%(people)s)"""
_ALWAYS, _EVER = -(2**62), 2**62


def _roles(paths: pl.DataFrame) -> pl.Series:
    """The buying role that each touch's person had at that moment (of several the one had longest), as personas are found.

    Null where there was none.
    """
    import polars as pl

    people = paths["contact"].drop_nulls().unique().to_list()
    rows = asking.rows(_ROLES, {"people": people, "always": _ALWAYS, "ever": _EVER})
    spells = pl.DataFrame(
        rows,
        schema={"contact": pl.Int64(), "role": pl.String(), "spell": pl.Int64(), "since": pl.Int64(), "until": pl.Int64()},
        orient="row",
    ).with_columns(first=pl.col("since").min().over("contact"))  # fmt: skip
    touches = paths.select("contact", "at", "known").with_row_index("row")
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
    return touches.join(found, on="row", how="left", maintain_order="left")["key"]


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
