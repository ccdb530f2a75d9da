"""Locks the states of centers and writes evaluations, set-based: states, decisions and transitions in one statement."""

from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from django.db import connection

from accounts.imports import bulk
from signals.outcome import Before, Outcome

_INSERT_MISSING = """
INSERT INTO signals_centerstate
    (center_id, account_id, qualified, block, stage, icp, why, strip, evidence, people, mqls, is_surging)
SELECT c.id, c.account_id, false, '', '', '', '', '[]', '{}', 0, 0, false FROM accounts_buyingcenter c
JOIN accounts_account a ON a.id = c.account_id AND a.merged_into_id IS NULL
WHERE c.id = ANY(%s::bigint[]) AND NOT EXISTS (SELECT FROM signals_centerstate s WHERE s.center_id = c.id)
ORDER BY c.id ON CONFLICT DO NOTHING"""

_LOCK = """
SELECT center_id, model_id, evaluated_at, as_of_day, score, qualified, block, stage, hand_raise_touch_id, hand_raise_at,
    qualified_since, unqualified_since, decision_id IS NOT NULL, why <> ''
FROM signals_centerstate WHERE center_id = ANY(%s::bigint[]) ORDER BY center_id FOR NO KEY UPDATE"""

_STATE = {
    "account_id": "bigint",
    "score": "float8",
    "fit": "float8",
    "engagement": "float8",
    "intent": "float8",
    "points_micro": "bigint",
    "minutes": "float8",
    "outbound_minutes": "float8",
    "icp": "text",
    "qualified": "boolean",
    "block": "text",
    "stage": "text",
    "theme_id": "bigint",
    "people": "int",
    "mqls": "int",
    "is_surging": "boolean",
    "surged_on": "date",
    "last_touch_at": "timestamptz",
    "hand_raise_touch_id": "bigint",
    "hand_raise_at": "timestamptz",
    "qualified_since": "timestamptz",
    "unqualified_since": "date",
    "why": "text",
    "strip": "text",
    "evidence": "text",
}
# Stored once: where an evaluation is a decision, the decision has the evidence.
_EVIDENCE = "CASE WHEN NOT n.decide THEN n.evidence::jsonb END"
_DECISION = (
    "account_id", "model_id", "qualified", "block", "stage", "icp", "score", "fit", "engagement", "intent", "points_micro",
    "touch_ids",
)  # fmt: skip
_DECIDED = ", ".join("touch_ids::bigint[]" if name == "touch_ids" else name for name in _DECISION)
# The same of all centers of an evaluation.
_COMMON = {"model_id": "bigint", "evaluated_at": "timestamptz", "as_of_day": "date"}
_COLUMNS = {
    "center_id": "bigint",
    **_STATE,
    "decide": "boolean",
    "touch_ids": "text",
    "kinds": "text",
    "hand_raise_contact_id": "bigint",
}

# Documents and lists of numbers: the longest by far, and none has this sign in it, so they travel without any quoting. Empty
# stands for null.
_LONG, _END = ("strip", "evidence", "touch_ids"), "\x1e"
_SENT = ", ".join(
    "string_to_array(%s, E'\\x1e', '')" if name in _LONG else f"%s::{kind}[]" for name, kind in _COLUMNS.items()
)

_ASSIGN = ", ".join(
    f"{name} = {_EVIDENCE if name == 'evidence' else 'coalesce(n.strip::jsonb, s.strip)' if name == 'strip' else f'n.{name}'}"
    for name in (*_COMMON, *_STATE)
)

_STORE = f"""
WITH n AS MATERIALIZED (
    SELECT *, {", ".join(f"%s::{kind} AS {name}" for name, kind in _COMMON.items())}
    FROM unnest({_SENT}) AS n({", ".join(_COLUMNS)})
), d AS (
    INSERT INTO signals_decision (center_id, as_of, recorded_at, kept, {", ".join(_DECISION)})
    SELECT center_id, evaluated_at, clock_timestamp(), evidence, {_DECIDED} FROM n WHERE decide ORDER BY center_id
    RETURNING id, center_id
), u AS (
    UPDATE signals_centerstate s SET decision_id = coalesce(d.id, s.decision_id), {_ASSIGN}
    FROM n LEFT JOIN d USING (center_id) WHERE s.center_id = n.center_id
    RETURNING s.center_id, s.decision_id
)
INSERT INTO signals_transition (kind, center_id, decision_id, touch_id, contact_id, occurred_at, created_at)
SELECT k.kind, n.center_id, u.decision_id,
    CASE WHEN k.kind = 'hand_raise' THEN n.hand_raise_touch_id END,
    CASE WHEN k.kind = 'hand_raise' THEN (SELECT c.id FROM accounts_contact c WHERE c.id = n.hand_raise_contact_id) END,
    CASE WHEN k.kind = 'hand_raise' THEN n.hand_raise_at ELSE n.evaluated_at END, clock_timestamp()
FROM n JOIN u USING (center_id) CROSS JOIN LATERAL unnest(n.kinds::text[]) WITH ORDINALITY AS k(kind, place)
ORDER BY n.center_id, k.place"""  # noqa: S608 - names of columns of this module alone


def lock_states(center_ids: Iterable[int]) -> list[Before]:
    """Hold the states of these centers to the end of the transaction, in the order of ids; a center that is gone has none,
    nor has one whose account was merged into another.
    """
    ids = bulk.array(sorted(center_ids))
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_MISSING, [ids])
    # Moments as texts take most of the time of reading them.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_LOCK, [ids], binary=True)
        return [Before._make(row) for row in cursor.fetchall()]


def store(outcome: Outcome) -> None:
    """Write what an evaluation says of centers, whose states must be locked.

    Raises ValueError for a figure that is none (NaN, infinite), which no score may be.
    """
    connection.ensure_connection()
    # Columns, each one text of the form that the server has for arrays: it reads them twice as fast as a document, and a
    # cursor of psycopg's own sends them as they are.
    columns = [_array(name, kind, outcome.columns[name]) for name, kind in _COLUMNS.items()]
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(_STORE, [outcome.model_id, outcome.as_of, outcome.today, *columns])


def _array(name: str, kind: str, values: Sequence[Any]) -> str:
    if name in _LONG:
        return _END.join([text or "" for text in values])
    if kind == "text":
        return "{" + ",".join(["NULL" if text is None else _quoted(text) for text in values]) + "}"
    if kind in _MOMENTS:
        return "{" + ",".join(["NULL" if moment is None else f'"{moment.isoformat()}"' for moment in values]) + "}"
    joined = ",".join(map(str, values)).replace("None", "NULL")
    if kind == "float8" and "n" in joined:
        raise ValueError(f"{name} is no number")
    return "{" + joined + "}"


_MOMENTS = {"timestamptz", "date"}


def _quoted(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    return '"' + text.replace('"', '\\"') + '"'
