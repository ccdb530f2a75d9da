"""The frames that scoring reads: their schemas, and `Facts` that holds them (the contract with `signals` loaders).

Pure. Dtypes are named inside functions and nothing here runs Polars at import, so that a process may fork afterwards.
Facts are already those that were known at `as_of` (received by then, readings and histories valid then); `evaluate`
cuts by day. Touches are needed for `ScoringConfig.history_days` days back.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

# Columns of `accounts` beside these are custom fields, "custom.<key>": text, number, boolean or date.
ACCOUNT_TEXT_FIELDS = ("industry", "country", "region", "tier")


def account_schema() -> dict[str, pl.DataType]:
    """One row an account. `customer` is present, past, never or null (unknown)."""
    return {
        "account_id": pl.Int64(),
        "is_target": pl.Boolean(),
        "customer": pl.String(),
        "industry": pl.String(),
        "employees": pl.Int64(),
        "annual_revenue": pl.Float64(),
        "revenue_growth": pl.Float64(),
        "locations": pl.Int64(),
        "country": pl.String(),
        "region": pl.String(),
        "tier": pl.String(),
    }


def technology_schema() -> dict[str, pl.DataType]:
    """One row a technology of an account. `status` is uses or evaluating."""
    return {"account_id": pl.Int64(), "technology": pl.String(), "status": pl.String()}


def center_schema() -> dict[str, pl.DataType]:
    """One row a center to score. A default center stands for the whole account."""
    return {"center_id": pl.Int64(), "account_id": pl.Int64(), "is_default": pl.Boolean()}


def contact_schema() -> dict[str, pl.DataType]:
    """One row a contact. `center_id` is its named center; `seniority` one of c_level, vp, director, manager, other."""
    return {
        "contact_id": pl.Int64(),
        "account_id": pl.Int64(),
        "center_id": pl.Int64(),
        "seniority": pl.String(),
        "persona_id": pl.Int64(),
        "department": pl.String(),
        "excluded": pl.Boolean(),
    }


def touch_schema() -> dict[str, pl.DataType]:
    """One row a touch. `visitor`: a number that stands for one; null contact and visitor: the account's one unnamed visitor.
    `theme_id` null: no theme. `turn`: of an account's touches of one moment, the one with the lower turn counts first.
    """
    return {
        "touch_id": pl.Int64(),
        "account_id": pl.Int64(),
        "contact_id": pl.Int64(),
        "visitor": pl.Int64(),
        "type": pl.String(),
        "theme_id": pl.Int64(),
        "minutes": pl.Float64(),
        "occurred_at": pl.Datetime("us", "UTC"),
        "turn": pl.UInt32(),
    }


def intent_schema() -> dict[str, pl.DataType]:
    """One row an intent signal. `seq` (its id) decides between two received at the same instant."""
    return {
        "account_id": pl.Int64(),
        "topic": pl.String(),
        "theme_id": pl.Int64(),
        "provider": pl.String(),
        "kind": pl.String(),
        "composite": pl.Float64(),
        "observed_on": pl.Date(),
        "received_at": pl.Datetime("us", "UTC"),
        "seq": pl.Int64(),
    }


def external_mql_schema() -> dict[str, pl.DataType]:
    """One row a period in which a connected system calls the contact an MQL; `to_day` (inclusive) null: it still does."""
    return {"contact_id": pl.Int64(), "from_day": pl.Date(), "to_day": pl.Date()}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything `evaluate` needs of the accounts whose centers it scores. Column order does not matter; extra ones may stay.

    `intent_connected`: some intent source delivered within `ScoringConfig.intent.connected_days`, for any account.
    `themes_set_up`: at least one theme exists, by a rule or because an event named it.
    """

    accounts: pl.DataFrame
    technologies: pl.DataFrame
    centers: pl.DataFrame
    contacts: pl.DataFrame
    touches: pl.DataFrame
    intent: pl.DataFrame
    external_mqls: pl.DataFrame
    intent_connected: bool = False
    themes_set_up: bool = False


def schemas() -> dict[str, dict[str, pl.DataType]]:
    """The schema of each frame of `Facts`, by its name."""
    return {
        "accounts": account_schema(),
        "technologies": technology_schema(),
        "centers": center_schema(),
        "contacts": contact_schema(),
        "touches": touch_schema(),
        "intent": intent_schema(),
        "external_mqls": external_mql_schema(),
    }


def empty_facts(*, intent_connected: bool = False, themes_set_up: bool = False) -> Facts:
    """Facts without a row, every frame with its schema."""
    frames = {name: pl.DataFrame(schema=schema) for name, schema in schemas().items()}
    return Facts(**frames, intent_connected=intent_connected, themes_set_up=themes_set_up)


def frame(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """The frame called `name` from rows; missing keys are null, keys beyond the schema become columns of their own."""
    schema = schemas()[name]
    extra = sorted({key for row in rows for key in row} - set(schema))
    data = {key: [row.get(key) for row in rows] for key in (*schema, *extra)}
    return pl.DataFrame(data, schema_overrides=schema, strict=False).select(*schema, *extra)
